"""A model as other formats have it: raw rows, layers with every linear scale folded in, answers.

What leaves is made by `exported`; what comes in becomes a network by `network`.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple, get_args

import numpy as np

from ..kernels.activations import ACTIVATIONS, HEIGHT, STEEPNESS
from ..model.activations import names_of
from ..model.ensemble import Ensemble, nets_of
from ..model.network import Network
from ..model.outputs import LOSSES, Task
from ..model.pixels import PIXEL, PIXELS, known_of, unsaid
from ..model.units import Units
from ..typing import Array

NAMED = frozenset(ACTIVATIONS)


class Layer(NamedTuple):
    """A layer: activation(x @ weights + biases)."""

    weights: Array  # (n_in, n_out), float64
    biases: Array  # (n_out,), float64
    activation: str


Layers = tuple[Layer, ...]


def as_softmax(layer: Layer) -> Layer:
    """Return a layer with one sigmoid output p as one with two softmax outputs, 1 - p and p."""
    halves = np.array([-0.5, 0.5])  # sigmoid(z) is the second of softmax(-z/2, z/2)
    return Layer(layer.weights * halves, layer.biases * halves, "softmax")


class Meaning(NamedTuple):
    """What the inputs and the outputs of a model stand for: what its layers do not say.

    Attributes
    ----------
    task : str
        "classification", "multilabel" or "regression".
    loss : str
        "quadratic" or "cross-entropy".
    classes : list or None
        The labels of the outputs, in Python's types; None without labels.
    column : bool or None
        See `fastnet.model.outputs.Outputs`.
    pixels : bool or None
        True if rows are uint8 pixels, whose scale is folded into the first layer. None if a model
        that came in does not say it.
    """

    task: Task
    loss: str
    classes: list[Any] | None
    column: bool | None = None
    pixels: bool | None = False

    def to_json(self) -> str:
        """Return the meaning as JSON, for the metadata of other formats."""
        return json.dumps(self._asdict())

    @classmethod
    def from_json(cls, text: str) -> Meaning:
        """Return the meaning of `to_json`.

        Raises
        ------
        ValueError
            It is damaged: it comes from an untrusted file.
        """
        about = json.loads(text)
        if type(about) is not dict or {*about} != {*cls._fields}:
            raise ValueError(f"its meaning, wanted {', '.join(cls._fields)}")
        classes = about["classes"]
        right = (
            about["task"] in get_args(Task)
            and about["loss"] in [*LOSSES]  # it may be anything, not only a word
            and all(type(about[k]) in (bool, type(None)) for k in ("column", "pixels"))
            and (classes is None or type(classes) is list)
            and all(type(label) in (bool, int, float, str) for label in classes or [])
        )
        if not right:
            raise ValueError("its meaning is damaged")
        return cls(**about)


class Exported(NamedTuple):
    """A model as other formats have it.

    Attributes
    ----------
    nets : tuple of tuple of Layer
        The layers of each net. Several answer by the mean of their outputs.
    meaning : Meaning
    encoding : fastnet.tables.Encoding or None
        How the columns of a table become the inputs, frozen. It is not linear, so not folded.
    dtype : numpy.dtype
        The dtype in which the net computes: the layers are float64 so that folding rounds once.
    """

    nets: tuple[Layers, ...]
    meaning: Meaning
    encoding: Any
    dtype: np.dtype

    @property
    def inputs(self) -> int:
        """The number of inputs of the first layer."""
        return len(self.nets[0][0].weights)

    @property
    def outputs(self) -> int:
        """The number of outputs."""
        return len(self.nets[0][-1].biases)


def exported(
    model: Network | Ensemble,
    name: str,
    input: str | None = None,
    activations: Collection[str] = NAMED,
    outputs: Collection[str] | None = None,
) -> Exported:
    """Return a model as the format `name` has it.

    Parameters
    ----------
    model : Network or Ensemble
    name : str
        The format, in errors.
    input : str, optional
        The rows that a consumer gives: "uint8" for pixels, or "float" for numbers, which are taken
        as `net.predict` takes them. The default goes by what the net has learned: see `input_of`.
    activations, outputs : collection of str, optional
        The activations that the format has, in hidden layers and in the output layer. Where it has
        tanh only, a scaled tanh is folded into its neighbours.

    Raises
    ------
    TypeError, ValueError
        The format cannot say this model, or the weights are not finite.
    """
    model = model_of(model)
    nets = nets_of(model)
    for net in nets:
        if not net.is_finite():
            raise ValueError("model: NaN or infinite weights, wanted finite numbers")
    first = nets[0]
    if len(nets) > 1 and model.encoding is None and any(net.encoding is not None for net in nets):
        raise ValueError(f"model: its nets read tables by encodings of their own; {name} has one")
    pixels = pixels_wanted(input, first)
    outputs = activations if outputs is None else outputs
    layers = tuple(_layers(net, name, pixels, activations, outputs) for net in nets)
    classes = None if first.classes is None else first.classes.tolist()
    said = None if not pixels and unsaid(first.origin, first.run) else pixels
    meaning = Meaning(first.task, first.loss, classes, first.outputs.column, said)
    encoding = None if first.encoding is None else first.encoding.frozen()
    return Exported(layers, meaning, encoding, np.result_type(*(net.dtype for net in nets)))


def model_of(model: Any) -> Network | Ensemble:
    """Return what leaves: a network or an ensemble, or that of a fitted estimator of fastnet.

    Raises
    ------
    TypeError
        It is something else.
    """
    answering = getattr(model, "model_", model)
    if not isinstance(answering, Network | Ensemble):
        unfitted = ", which is not fitted" if hasattr(model, "fit") else ""
        came = type(model).__name__
        raise TypeError(f"model: {came}{unfitted}, wanted a Network or an Ensemble")
    return answering


def pixels_wanted(input: str | None, net: Network) -> bool:
    """Tell whether rows are uint8 pixels, from the option `input`."""
    if input not in (None, "uint8", "float"):
        raise ValueError(f"input: {input!r}, wanted 'uint8' or 'float'")
    if input == "uint8" and net.encoding is not None:
        raise ValueError("input: 'uint8', but the net takes a table, wanted 'float'")
    return input_of(net) == "uint8" if input is None else input == "uint8"


def input_of(net: Network) -> str:
    """Return the rows that a net has learned: "uint8" for pixels, "float" for other numbers.

    A net that says nothing, having learned nothing and come from nowhere, takes "float".
    """
    pixels = (net.origin or {}).get("pixels") or net.parameters.learned == PIXELS
    if net.run is not None:
        pixels = net.run["data"]["dtype"] == "uint8"
    return "uint8" if pixels and net.encoding is None else "float"


def _layers(
    net: Network, name: str, pixels: bool, activations: Collection[str], outputs: Collection[str]
) -> Layers:
    """Return the layers of a net, with all linear scales folded in."""
    layers = []
    for weights, biases, activation in zip(
        net.weights, net.biases, net.activations, strict=True
    ):
        if not isinstance(activation, str):
            own = "/".join(names_of(activation))
            raise ValueError(f"activation: {own}, a function of your own, which {name} cannot hold")
        layers.append(Layer(weights.astype(np.float64), biases.astype(np.float64), activation))
    if "scaled-tanh" not in activations:
        layers = _folded_tanh(layers)
    for k, layer in enumerate(layers):
        known = activations if k < len(layers) - 1 else outputs
        if layer.activation not in known:
            came, wanted = layer.activation, ", ".join(sorted(known))
            raise ValueError(f"activation: {came!r} in layer {k}, but {name} has only {wanted}")
    if pixels:
        layers[0] = layers[0]._replace(weights=layers[0].weights / PIXEL)
    units = net.outputs.units
    if units is not None:  # the output layer is identity then
        last = layers[-1]
        layers[-1] = last._replace(
            weights=last.weights * units.scale, biases=units.restored(last.biases)
        )
    return tuple(layers)


def without_units(last: Layer, about: dict[str, Any]) -> tuple[Layer, Units]:
    """Return an output layer without the units that are folded into it, and the units of `about`.

    Raises
    ------
    ValueError
        They are damaged: they come from an untrusted file.
    """
    units = Units.from_dict(about, len(last.biases))
    if not (np.isfinite(units).all() and (units.scale > 0).all()):
        raise ValueError("units: wanted finite numbers, and scales above 0")
    return Layer(last.weights / units.scale, units.scaled(last.biases), last.activation), units


def _folded_tanh(layers: Sequence[Layer]) -> list[Layer]:
    """Return layers with tanh for scaled tanh in hidden layers: its factors go to neighbours."""
    folded, height = [], 1.0
    for k, (weights, biases, name) in enumerate(layers):
        scaled = name == "scaled-tanh" and k < len(layers) - 1
        steepness = STEEPNESS if scaled else 1.0
        folded.append(
            Layer(weights * (height * steepness), biases * steepness, "tanh" if scaled else name)
        )
        height = HEIGHT if scaled else 1.0
    return folded


def network(
    layers: Sequence[Layer], meaning: Meaning, dtype: Any = None, encoding: Any = None
) -> Network:
    """Return the network of layers that came in from another format.

    Where rows are pixels, the first weights are multiplied by 255, as a network divides uint8.

    Raises
    ------
    ValueError
        The layers do not fit each other, or the meaning does not fit them.
    """
    weights = [layer.weights for layer in layers]
    activations: Any = [layer.activation for layer in layers]
    if meaning.pixels:
        weights[0] = weights[0] * PIXEL
    net = Network.from_weights(
        weights,
        [layer.biases for layer in layers],
        activations,
        meaning.loss,
        meaning.classes,
        dtype,
    )
    if meaning.classes is None:
        net.classes = None
    net.outputs.column = meaning.column
    net.encoding = encoding
    net.origin = {"pixels": meaning.pixels}
    net.parameters.unsaid, net.parameters.learned = unsaid(net.origin), known_of(net.origin, None)
    if net.task != meaning.task:
        raise ValueError(f"task: {meaning.task!r}, but such outputs are those of {net.task!r}")
    return net
