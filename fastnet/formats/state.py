"""The layers in a state dict: arrays by such keys as "0.weight" and "fc1.bias", of PyTorch."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from .. import checks
from ..diagnostics import reason
from ..model.activations import is_pair
from ..model.form import layer_activations
from ..model.network import Network
from ..typing import Array
from .incoming import incoming
from .layers import Layer, Meaning
from .loading import Given

# What keys tell of layers that are no dense ones, by the last part of the key.
OTHERS = {
    "running_": "a batch normalisation",
    "num_batches_tracked": "a batch normalisation",
    "weight_ih": "a recurrent layer",
    "weight_hh": "a recurrent layer",
    "in_proj": "an attention",
}
# Where a state dict of fastnet has, in its metadata of the whole module, what tensors do not say.
MEANING, ACTIVATIONS = "fastnet", "activations"
KINDS = {1: "a normalisation", 3: "a convolution", 4: "a convolution", 5: "a convolution"}


def taken(given: Mapping[Any, Any], said: Given) -> Network:
    """Return the network of a state dict, or of a checkpoint that holds one.

    Its values are PyTorch's tensors or NumPy's arrays. `write` of fastnet notes activations and the
    meaning beside the tensors; of another state dict the caller says them.
    """
    state = state_in(given, "model")
    arrays = arrays_of(state)
    about = (getattr(state, "_metadata", None) or {}).get("") or {}
    activation = said.activation
    if activation is None and ACTIVATIONS in about:
        activation = about[ACTIVATIONS]
        if type(activation) is not list or not all(type(name) is str for name in activation):
            raise ValueError("its activations are damaged")
    layers = layers_in(arrays, activation)
    meaning = Meaning.from_json(about[MEANING]) if MEANING in about else None
    return incoming(layers, said, dtype_of(arrays.values()), meaning)


def dtype_of(arrays: Iterable[Array]) -> str:
    """Return the dtype of a network with these numbers: float64 if one of them is."""
    wide = any(array.dtype.kind == "f" and array.dtype.itemsize > 4 for array in arrays)
    return "float64" if wide else "float32"


def arrays_of(state: Mapping[Any, Any]) -> dict[Any, Array]:
    """Return the tensors of a state dict as arrays."""
    return {key: _array(key, value) for key, value in state.items()}


def _array(key: Any, value: Any) -> Array:
    """Return a tensor or an array as an array."""
    try:
        if hasattr(value, "detach"):  # PyTorch's, which need not be imported for that
            value = value.detach().cpu()
            small = value.is_floating_point() and value.dtype.itemsize < 4  # NumPy has not all
            value = (value.float() if small else value).numpy()
    except Exception as error:
        raise ValueError(f"{key}: no plain tensor ({reason(error)})") from None
    if not isinstance(value, np.ndarray):
        raise TypeError(f"{key}: {checks.came(value)}, wanted a tensor or an array")
    return value


def is_state(given: Any) -> bool:
    """Tell whether this looks like a state dict: a key of it names weights."""
    return isinstance(given, Mapping) and any(_leaf(key) == "weight" for key in given)


def states_in(given: Mapping[Any, Any]) -> list[Any]:
    """Return the keys of a checkpoint whose values are state dicts."""
    return [key for key, value in given.items() if is_state(value)]


def state_in(given: Mapping[Any, Any], name: str) -> Mapping[Any, Any]:
    """Return the state dict that this is, or the one in a checkpoint: a dict that holds one.

    Raises
    ------
    TypeError, ValueError
        There is none, or there are several.
    """
    if is_state(given):
        return given
    found = states_in(given)
    if not found:
        wanted = "wanted a path, a model, or a state dict of weights and biases"
        raise TypeError(f"{name}: {checks.came(given)}, {wanted}")
    if len(found) > 1:
        wanted = f"wanted one, as {name}[{found[0]!r}]"
        raise ValueError(f"{name}: several state dicts, {found}, {wanted}")
    state: Mapping[Any, Any] = given[found[0]]
    return state


def layers_in(
    state: Mapping[str, Array], activation: Any = None, in_order: bool = True
) -> list[Layer]:
    """Return the layers in a state dict.

    Layers are in the order of the keys if that fits their shapes. Else they are in the only order
    that does.

    Parameters
    ----------
    state : mapping of numpy.ndarray
        Weights (n_out, n_in) and biases (n_out,), floating point. A layer without a bias has zeros.
    activation : str, pair of functions, or sequence of these
        The activation of the hidden layers, or those of each; or of all layers, the output layer's
        last. Without the latter the outputs are identity.
    in_order : bool
        False if the keys have no order of their own: then numbers in them are sorted as such.

    Raises
    ------
    TypeError, ValueError
        An array is none of a dense layer, or shapes do not chain; the error names the key.
    """
    parts: dict[str, dict[str, Array]] = {}
    for key in state if in_order else sorted(state, key=_by_numbers):
        prefix, _, leaf = str(key).rpartition(".")
        _check(key, leaf, state[key])
        parts.setdefault(prefix, {})[leaf] = state[key]
    if not parts:
        raise ValueError("no weights in it")
    layers = _chained({prefix: _layer(prefix, arrays) for prefix, arrays in parts.items()})
    names = activations_of(activation, len(layers))
    return [layer._replace(activation=a) for layer, a in zip(layers, names, strict=True)]


def _leaf(key: Any) -> str:
    """Return the last part of a key."""
    return str(key).rpartition(".")[2]


def _by_numbers(key: str) -> list[tuple[int, str]]:
    """Return what sorts keys by the numbers in them: "2.weight" comes before "10.weight"."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", key)]


def _check(key: Any, leaf: str, array: Array) -> None:
    """Refuse an array that is none of a dense layer."""
    other = next((what for start, what in OTHERS.items() if leaf.startswith(start)), None)
    if other is None and leaf == "weight":
        other = None if array.ndim == 2 else KINDS.get(array.ndim, "no dense layer")
    if other is None and leaf not in ("weight", "bias"):
        other = "neither a weight nor a bias"
    if other is not None:
        raise ValueError(f"{key}: shape {array.shape}, {other}, wanted dense layers only")
    if array.dtype.kind != "f":
        raise TypeError(f"{key}: dtype {array.dtype}, wanted floating-point numbers")


def _layer(prefix: str, arrays: dict[str, Array]) -> Layer:
    """Return the layer of a weight and a bias; its activation is not known yet."""
    start = prefix and f"{prefix}."
    if "weight" not in arrays:
        raise ValueError(f"{start}bias: without {start}weight")
    weights = arrays["weight"].astype(np.float64).T
    biases = np.zeros(weights.shape[1])
    if "bias" in arrays:
        biases = checks.array(f"{start}bias", arrays["bias"], biases.shape).astype(np.float64)
    return Layer(weights, biases, "")


def _chained(layers: dict[str, Layer]) -> list[Layer]:
    """Return layers, by their keys, in an order that fits their shapes."""
    for (_, before), (key, after) in pairwise(layers.items()):
        came, wanted = len(after.weights), len(before.biases)
        if came != wanted:
            chain = _by_inputs([*layers.values()])
            if chain is None:
                raise ValueError(
                    f"{key}.weight: {came} inputs, wanted {wanted}, the outputs of the layer before"
                )
            return chain
    return [*layers.values()]


def _by_inputs(layers: Sequence[Layer]) -> list[Layer] | None:
    """Return the only chain of layers, if no two have the same number of inputs."""
    after = {len(layer.weights): layer for layer in layers}
    first = after.keys() - {len(layer.biases) for layer in layers}
    if len(after) < len(layers) or len(first) != 1:
        return None
    chain = [after.pop(*first)]
    while len(chain[-1].biases) in after:
        chain.append(after.pop(len(chain[-1].biases)))
    return None if after else chain


def activations_of(given: Any, depth: int) -> Sequence[Any]:
    """Return the activations of all layers from what the caller says of them."""
    given = checks.scalar(given)
    if given is None and depth == 1:
        return ["identity"]
    if given is None:
        raise ValueError(
            "activation: none came, and a state dict does not say it, wanted what its layers have, "
            "such as load(path, activation='relu')"
        )
    if checks.in_order(given) and not is_pair(given) and len([*given]) == depth - 1:
        return [*given, "identity"]
    return layer_activations(given, depth, "quadratic", labels=False)
