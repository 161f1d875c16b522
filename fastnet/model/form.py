"""The form of a network: its checked arguments, and the two parts made of them."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .. import checks
from ..kernels.activations import HIDDEN
from ..typing import Array
from .activations import Activation, functions, is_pair, names_of
from .outputs import LOSSES, Outputs
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


# Activations of all layers -------------------------------------------------------------------


def layer_activations(
    activation: Activation | Sequence[Activation], depth: int, loss: str, labels: bool
) -> tuple[Activation, ...]:
    """Return the activations of all layers. One activation is that of the hidden layers.

    The output layer is then softmax (cross-entropy and class labels), sigmoid (cross-entropy and
    several labels at once, or quadratic loss and class labels), or identity (regression).
    """
    if isinstance(activation, str) or is_pair(activation):
        if isinstance(activation, str):
            checks.one_of("activation", activation, HIDDEN)
        else:
            functions(tuple(activation))
        last = LOSSES[loss].of_labels if labels else LOSSES[loss].of_numbers
        hidden: Any = activation
        return (*(hidden,) * (depth - 1), last)
    wanted = "a name or (f, f_prime), or these for each layer"
    return _by_layer("activation", activation, depth, wanted)


def checked_activations(given: Any, depth: int, loss: str) -> tuple[Activation, ...]:
    """Return the activations of all layers, if they fit the depth and the loss."""
    given = checks.scalar(given)
    example = str(given) if isinstance(given, str) else "sigmoid"
    examples = ", ".join([repr(example)] * depth) + "," * (depth == 1)
    wanted = f"one for each layer, such as ({examples})"
    layers = _by_layer("activations", given, depth, wanted)
    activations: Any = tuple(tuple(a) if is_pair(a) else a for a in layers)
    for activation in activations[:-1]:
        if not is_pair(activation):
            checks.one_of("activation", activation, HIDDEN)
    codes, last = LOSSES[loss].codes, activations[-1]
    outputs = [name for name in codes if name is not None]
    if not isinstance(last, str) and not is_pair(last):
        checks.one_of("activation", last, outputs)
    if (last if isinstance(last, str) else None) not in codes:
        came = last if isinstance(last, str) else "/".join(names_of(last))
        wanted = " or ".join(outputs)
        raise ValueError(f"activation: {came!r} outputs with {loss} loss, wanted {wanted}")
    return activations


def _by_layer(name: str, given: Any, depth: int, wanted: str) -> tuple[Any, ...]:
    """Return what is given for each layer, if it is a sequence of that length."""
    if is_pair(given) or not checks.in_order(given):
        raise TypeError(f"{name}: {checks.came(given)}, wanted {wanted}")
    layers = tuple(given)
    if len(layers) != depth:
        raise ValueError(f"{name}: {len(layers)} names, wanted {depth}, one for each layer")
    return layers
