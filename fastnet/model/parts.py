"""The two parts of a network: its parameters and its outputs."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .. import checks
from ..typing import Array
from .activations import Activation
from .outputs import LOSSES, Outputs, checked_activations, layer_activations
from .parameters import Parameters, checked_dtype, checked_sizes

Parts = tuple[Parameters, Outputs]


def part_of(path: str) -> Any:
    """Return a read-only property that is an attribute of one of the network's parts."""
    return property(operator.attrgetter(path))


def parts_of(
    sizes: Sequence[int],
    activations: Sequence[Activation],
    loss: str,
    dtype: Any,
    classes: ArrayLike | None = None,
) -> Parts:
    """Check the arguments of `Network`, and make its parts. The parameters are 0."""
    sizes, loss = checked_sizes(sizes), checks.one_of("loss", loss, LOSSES)
    dtype = checked_dtype(dtype)
    activations = checked_activations(activations, len(sizes) - 1, loss)
    parameters = Parameters(sizes, activations, dtype)
    return parameters, Outputs(sizes[-1], activations[-1], loss, dtype, classes)


def form_with(
    weights: Sequence[ArrayLike],
    biases: Sequence[ArrayLike],
    activation: Activation | Sequence[Activation],
    loss: str,
    dtype: Any = None,
    classes: ArrayLike | None = None,
) -> tuple[tuple[Any, ...], tuple[list[Array], list[Any]]]:
    """Return the form of a network with these weights and biases, and both as lists of arrays.

    The form is the arguments of `Network`; see `Network.from_weights`.
    """
    arrays = _matrices(weights)
    biases, loss = checks.arrays("biases", biases), checks.one_of("loss", loss, LOSSES)
    if len(arrays) != len(biases):
        raise ValueError(f"biases: {len(biases)}, wanted {len(arrays)}, as weights")
    sizes = [arrays[0].shape[0], *(w.shape[1] for w in arrays)]
    names = layer_activations(activation, len(arrays), loss, labels=sizes[-1] > 1)
    if classes is None and sizes[-1] > 1 and names[-1] != "identity":
        classes = np.arange(sizes[-1])
    if dtype is None:
        dtype = "float64" if arrays[0].dtype == np.float64 else "float32"
    return (sizes, names, loss, dtype, classes), (arrays, biases)


def _matrices(weights: Sequence[ArrayLike]) -> list[Array]:
    """Return the weights of each layer as an array, if each has two dimensions."""
    weights = checks.arrays("weights", weights)
    arrays = [checks.array(f"weights[{k}]", w) for k, w in enumerate(weights)]
    if not arrays or any(w.ndim != 2 for w in arrays):
        shapes = [w.shape for w in arrays]
        raise ValueError(f"weights: shapes {shapes}, wanted one (n_in, n_out) for each layer")
    return arrays
