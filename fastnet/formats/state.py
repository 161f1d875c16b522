"""The layers in a state dict: arrays by such keys as "0.weight" and "fc1.bias", of PyTorch."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
    "original": "a parametrization",
    "weight_g": "a weight normalisation",
    "weight_v": "a weight normalisation",
    "weight_orig": "a pruned layer",
    "_packed": "a quantised layer",
}
# Where a state dict of fastnet has, in its metadata of the whole module, what tensors do not say.
MEANING, ACTIVATIONS = "fastnet", "activations"
TIES = 4  # tensors may share numbers, but all together have at most so many times the file's bytes
LOOK = 1_000_000  # steps to look for the order of layers
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


def states_in(given: Mapping[Any, Any]) -> dict[Any, Mapping[Any, Any]]:
    """Return the state dicts that a checkpoint holds, by their keys; one alone has the key None."""
    if _is_state(given):
        return {None: given}
    found = {key: value for key, value in given.items() if _is_state(value)}
    others = any(_other(_leaf(key)) for key in given)  # which its layers are refused for, by name
    return found or ({None: given} if others else {})


def _is_state(given: Any) -> bool:
    """Tell whether this looks like a state dict: a key of it names weights."""
    return isinstance(given, Mapping) and any(_leaf(key) == "weight" for key in given)


def state_in(given: Mapping[Any, Any], name: str) -> Mapping[Any, Any]:
    """Return the state dict that this is, or the one in a checkpoint: a dict that holds one.

    Raises
    ------
    TypeError, ValueError
        There is none, or there are several.
    """
    found = states_in(given)
    if not found:
        wanted = "wanted a path, a model, or a state dict of weights and biases"
        raise TypeError(f"{name}: {checks.came(given)}, {wanted}")
    if len(found) > 1:
        wanted = f"wanted one, as {name}[{next(iter(found))!r}]"
        raise ValueError(f"{name}: several state dicts, {[*found]}, {wanted}")
    return next(iter(found.values()))


def layers_in(
    state: Mapping[str, Array], activation: Any = None, in_order: bool = True
) -> list[Layer]:
    """Return the layers in a state dict.

    Layers are in the order of the keys if that fits their shapes. Else they are in the only order
    that does, or in which keys that differ by numbers alone are sorted by these.

    Parameters
    ----------
    state : mapping of numpy.ndarray
        Weights (n_out, n_in) and biases (n_out,), floating point. A layer without a bias has zeros.
    activation : str, pair of functions, or sequence of these
        The activation of the hidden layers, or those of each; or of all layers, the output layer's
        last. Without the latter the outputs are identity.
    in_order : bool
        False if the keys have no order of their own.

    Raises
    ------
    TypeError, ValueError
        An array is none of a dense layer, or shapes do not chain; the error names the key.
    """
    parts: dict[str, dict[str, Array]] = {}
    for key in state:
        prefix, _, leaf = str(key).rpartition(".")
        _check(key, leaf, state[key])
        parts.setdefault(prefix, {})[leaf] = state[key]
    if not parts:
        raise ValueError("no weights in it")
    found = {prefix: _layer(prefix, arrays) for prefix, arrays in parts.items()}
    layers = _chained(found, in_order)
    names = activations_of(activation, len(layers))
    return [layer._replace(activation=a) for layer, a in zip(layers, names, strict=True)]


def _leaf(key: Any) -> str:
    """Return the last part of a key."""
    return str(key).rpartition(".")[2]


def _other(leaf: str) -> str | None:
    """Return what a layer is that has such a key, if it is no dense one."""
    return next((what for start, what in OTHERS.items() if leaf.startswith(start)), None)


def _by_numbers(key: str) -> list[tuple[int, str]]:
    """Return what sorts keys by the numbers in them: "2.weight" comes before "10.weight"."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", key)]


def _check(key: Any, leaf: str, array: Array) -> None:
    """Refuse an array that is none of a dense layer."""
    other = _other(leaf)
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


def _chained(layers: dict[str, Layer], in_order: bool) -> list[Layer]:
    """Return layers, by their keys, in the only order that the keys or the shapes tell."""
    if in_order and _misfit(layers) is None:
        return [*layers.values()]
    keys = sorted(layers, key=_by_numbers)
    alike: dict[str, list[Layer]] = {}  # fc1 comes before fc2, but a decoder not before an encoder
    for key in keys:
        alike.setdefault(re.sub(r"\d+", "0", key), []).append(layers[key])
    for groups in [*alike.values()], [[layer] for layer in layers.values()]:
        orders = [*itertools.islice(_orders(groups), 2)]
        if len(orders) == 1:
            return orders[0]
        if orders:
            raise ValueError(
                f"layers such as {keys[0]!r} and {keys[-1]!r} fit in several orders, wanted keys "
                "with numbers, such as '0.weight' and '2.weight'"
            )
    raise ValueError(_misfit({key: layers[key] for key in (layers if in_order else keys)}))


def _misfit(layers: dict[str, Layer]) -> str | None:
    """Say which layer does not fit the one before; None if all do."""
    for (_, before), (key, after) in pairwise(layers.items()):
        came, wanted = len(after.weights), len(before.biases)
        if came != wanted:
            return f"{key}.weight: {came} inputs, wanted {wanted}, the outputs of the layer before"
    return None


def _orders(groups: Sequence[Sequence[Layer]]) -> Iterator[list[Layer]]:
    """Yield the orders that fit the shapes of layers, and in which each group keeps its own."""
    left = [[*reversed(group)] for group in groups]
    depth = sum(map(len, groups))
    chain: list[Layer] = []
    of: list[int] = []  # from which groups
    tried = [iter(range(len(groups)))]
    for _ in range(LOOK):
        group = next(tried[-1], None)
        if group is None:
            tried.pop()
            if not tried:
                return
            left[of.pop()].append(chain.pop())
        elif left[group] and (not chain or len(chain[-1].biases) == len(left[group][-1].weights)):
            chain.append(left[group].pop())
            of.append(group)
            tried.append(iter(range(len(groups))))
            if len(chain) == depth:
                yield [*chain]
    raise ValueError(f"{depth} layers whose keys do not tell their order, wanted numbers in them")


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
