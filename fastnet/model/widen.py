"""Add an output for one more class to a network, or inputs for what an encoding has met."""

from __future__ import annotations

from typing import Any

from ..data.arrays import answers
from ..data.labels import label_type, plain, type_name
from ..rng import stream
from ..typing import Array
from .form import parts_of
from .parameters import Parameters
from .start import first_weights, weights_of_input


def with_class(net: Any, label: Any, seed: int) -> Any:
    """Return a copy with an output for one more class. The others keep their weights and biases.

    The new weights are drawn like those of a new network, by the seed and the number of outputs:
    zeros would never learn with a relu output layer. The new bias is 0.
    """
    sizes, classes = (*net.sizes[:-1], net.sizes[-1] + 1), _one_more(net.classes, label)
    parameters, outputs = parts_of(sizes, net.activations, net.loss, net.dtype, classes)
    outputs.usual_rate = net.outputs.usual_rate
    parameters.take_said(net.parameters)
    others = net.copy().__getstate__()
    wide = net.of(**others | {"parameters": parameters, "outputs": outputs})
    views = [*wide.weights, *wide.biases]
    for old, new in zip([*net.weights, *net.biases], views, strict=True):
        new[..., : old.shape[-1]] = old
    last = wide.weights[-1]
    rng = stream(seed, "outputs", net.sizes[-1])
    drawn = first_weights(None, [last.shape], net.activations[-1:], rng)
    last[:, -1] = next(drawn)[:, -1]
    return wide


def with_inputs(old: Parameters, inputs: int, seed: int) -> Parameters:
    """Return the parameters of a net with further inputs, up to so many. The others keep theirs.

    The weights of a new input depend on the seed and its index alone, so it does not matter when
    it is added, or with how many others. While it is 0 the outputs are as before.
    """
    new = Parameters((inputs, *old.sizes[1:]), old.activations, old.dtype)
    new.embed(old, old.vector, new.vector)
    for index in range(old.sizes[0], inputs):
        new.weights[0][index] = weights_of_input(index, old.sizes[1], old.activations[0], seed)
    return new


def _one_more(classes: Any, label: Any) -> Array:
    """Return the classes, and after them a label of their type."""
    if label_type(label) != type_name(type(classes[0])):
        raise ValueError(
            f"y: label {plain(label)!r}, wanted one of the type of the net's classes, "
            f"such as {classes.tolist()[0]!r}"
        )
    return answers([*classes.tolist(), label])
