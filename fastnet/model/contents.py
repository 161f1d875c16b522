"""The contents of a net's file: a net, or several, as JSON and arrays, and the way back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np

from .. import checks
from .._version import __version__
from ..typing import Array
from .about import arrays_of
from .about import nets_in as prefixed
from .activations import Activation, is_pair, names_of
from .encoded import fitting
from .form import Parts, parts_of
from .history import History
from .outputs import Outputs
from .parameters import Parameters
from .pixels import known_of
from .rounding import Rounded, rounded
from .units import Units


class Net(Protocol):
    """The attributes of a network that its file holds."""

    parameters: Parameters
    outputs: Outputs
    encoding: Any
    version: str
    seed: int | None
    history: History
    stopped: str | None
    run: dict[str, Any] | None
    origin: dict[str, Any] | None


Contents = tuple[dict[str, Any], dict[str, Array]]  # of a file: JSON, and arrays by name


def contents_of(model: Any, rounding: dict[str, Any] | None = None) -> Contents:
    """Return the contents of the file of a net or an ensemble."""
    if hasattr(model, "nets"):
        return contents_of_all(model.nets, rounding)
    return contents(model, rounding=rounding)


def contents(
    net: Net, vector: Array | None = None, rounding: dict[str, Any] | None = None
) -> Contents:
    """Return the contents of a net's file, as JSON and as arrays.

    The parameters are those of `vector`, if it is given. With the record of a `rounding`, the
    weights are rounded, as it says.

    Raises
    ------
    TypeError, ValueError
        The file could not be read again.
    """
    parameters, outputs = net.parameters, net.outputs
    _check_names(parameters.activations)
    weights, biases = parameters.views(parameters.vector if vector is None else vector)
    named = {"weights": [*weights], "biases": [*biases]}
    if rounding is not None:
        few = [rounded(array, rounding["weights"]) for array in weights]
        named["weights"] = [each.values for each in few]
        named["scales"] = [each.scales for each in few if each.scales is not None]
    arrays = {f"{name}_{k}": array for name, of in named.items() for k, array in enumerate(of)}
    great = outputs.classes is not None and outputs.classes.dtype == object
    if outputs.classes is not None:  # those beyond 64 bits are written as text
        arrays["classes"] = outputs.classes.astype(str) if great else outputs.classes
    about: dict[str, Any] = {
        "fastnet": net.version,
        "activations": [a if isinstance(a, str) else names_of(a) for a in parameters.activations],
        "loss": outputs.loss,
        "seed": net.seed,
        "history": net.history,
        "stopped": net.stopped,
        "run": net.run,
        "column": outputs.column,
        "great_classes": great,
    }
    if outputs.usual_rate is not None:
        about["usual_rate"] = outputs.usual_rate
    if parameters.learned != known_of(net.origin, net.run):
        about["learned"] = parameters.learned
    if net.origin is not None:
        about["origin"] = net.origin
    needs: dict[str, Any] = {} if net.encoding is None else {"encoding": net.encoding.to_dict()}
    if outputs.units is not None:
        needs["units"] = outputs.units.to_dict()
    if rounding is not None:
        needs["rounding"] = rounding
    if needs:
        about |= {"needs": [*needs], **needs}
    parts_in(about, arrays)
    encoding_in(about)
    return about, arrays


def contents_of_all(nets: Sequence[Net], rounding: dict[str, Any] | None = None) -> Contents:
    """Return the contents of the file of several nets, as JSON and as arrays: see `contents`.

    Nets that share a frozen encoding have it once.
    """
    _check_names(a for net in nets for a in net.parameters.activations)
    each: list[dict[str, Any]] = []
    encodings: dict[Any, tuple[int, Any]] = {}
    arrays: dict[str, Array] = {}
    for k, net in enumerate(nets):
        about, own = contents(net, rounding=rounding)
        if net.encoding is not None:  # a running one is of one net alone
            key = (k if net.encoding.running else -1), id(net.encoding)
            place, _ = encodings.setdefault(key, (len(encodings), about["encoding"]))
            about["encoding"] = place
        each.append(about)
        arrays |= {f"net_{k}_{name}": array for name, array in own.items()}
    both = {"nets": each, "encodings": [encoding for _, encoding in encodings.values()]}
    return {"fastnet": __version__, "needs": ["ensemble"], "ensemble": both}, arrays


def _check_names(activations: Iterable[Activation]) -> None:
    """Refuse functions of the user's that a file could not tell apart."""
    pairs = {a for a in activations if not isinstance(a, str)}
    if len({tuple(names_of(pair)) for pair in pairs}) < len(pairs):
        raise ValueError(
            "activation: two pairs of functions with the same names, wanted other names: a file "
            "holds only names"
        )


class Stored(NamedTuple):
    """A net in a file: its JSON, its arrays, its parts and its encoding."""

    about: dict[str, Any]
    arrays: dict[str, Array]
    parts: Parts
    encoding: Any


def nets_in(about: dict[str, Any], arrays: dict[str, Array]) -> list[Stored]:
    """Return each net in a file. Functions of the user's are "identity" in its parts.

    Raises
    ------
    TypeError, ValueError
        The contents do not make nets.
    """
    if "ensemble" not in about:
        return [_stored(about, arrays, encoding_in(about))]
    encodings = [encoding_in({"encoding": each}) for each in about["ensemble"]["encodings"]]
    nets = prefixed(about)
    _check_places([net.get("encoding") for net in nets.values()], encodings)
    each = []
    for prefix, net in nets.items():
        place = net.get("encoding")
        own = {name: arrays.get(prefix + name) for name in arrays_of(net)}
        each.append(_stored(net, own, None if place is None else encodings[place]))
    return each


def _check_places(places: list[int | None], encodings: list[Any]) -> None:
    """Refuse places of encodings that are not there, that nobody uses, or that nets cannot share.

    A running encoding learns along with its net, so it is of one net alone.
    """
    times = Counter(place for place in places if place is not None)
    if {*times} != {*range(len(encodings))}:
        raise ValueError(f"encodings: {len(encodings)}, wanted each of them in use, and no others")
    if any(times[k] > 1 and encoding.running for k, encoding in enumerate(encodings)):
        raise ValueError("encodings: a running one is of several nets, wanted of one")


def _stored(about: dict[str, Any], arrays: dict[str, Any], encoding: Any) -> Stored:
    parameters, outputs = parts_in(about, arrays)
    return Stored(about, arrays, (parameters, outputs), fitting(encoding, parameters.sizes[0]))


def parts_in(
    about: dict[str, Any], arrays: dict[str, Array], activations: Sequence[Activation] | None = None
) -> Parts:
    """Return a net's parameters and outputs.

    The default activations are those of the file, with "identity" for functions of the user's.

    Raises
    ------
    TypeError, ValueError
        The arrays do not make a net.
    """
    depth = len(about["activations"])
    weights = [arrays[f"weights_{k}"] for k in range(depth)]
    biases = [arrays[f"biases_{k}"] for k in range(depth)]
    rounding = about.get("rounding")
    sizes, dtype = _sizes(weights, biases, None if rounding is None else rounding["weights"])
    if rounding is not None:
        weights = [_restored(arrays, k, dtype) for k in range(depth)]
    if activations is None:
        activations = ["identity" if isinstance(a, list) else a for a in about["activations"]]
    classes: Any = arrays.get("classes")
    if about.get("great_classes"):
        classes = [int(label) for label in classes]
    parameters, outputs = parts_of(sizes, activations, about["loss"], dtype, classes)
    outputs.column, outputs.usual_rate = about.get("column"), about.get("usual_rate")
    if about.get("units") is not None:
        if not outputs.may_have_units:
            raise ValueError("units: of targets that are no numbers, wanted none")
        outputs.units = Units.from_dict(about["units"], outputs.n)
    parameters.assign(weights, biases)
    return parameters, outputs


def encoding_in(about: dict[str, Any]) -> Any:
    """Return the encoding in a net's file, or None.

    Raises
    ------
    ValueError
        It is damaged.
    """
    if about.get("encoding") is None:
        return None
    from ..tables.encoding import Encoding

    return Encoding.from_dict(about["encoding"])


def with_functions(about: dict[str, Any], given: Any, path: str) -> list[Activation]:
    """Return the activations of a file, with given functions for the names that it holds."""
    if given is not None and not is_pair(given) and not checks.in_order(given):
        came = checks.came(given)
        raise TypeError(f"activation: {came}, wanted (f, f_prime), or several of these")
    pairs = {tuple(names_of(p)): p for p in ([given] if is_pair(given) else given or [])}
    activations = []
    for k, name in enumerate(about["activations"]):
        if isinstance(name, list) and tuple(name) not in pairs:
            raise ValueError(
                f"{path}: layer {k} has functions of your own, which the file cannot hold; wanted "
                f"load(path, activation=({', '.join(name)}))"
            )
        activations.append(pairs[tuple(name)] if isinstance(name, list) else name)
    return activations


def _sizes(
    weights: Sequence[Array], biases: Sequence[Array], stored: str | None
) -> tuple[list[int], np.dtype]:
    """Return the sizes of the layers, and the dtype of the net; weights may be `stored` in another.

    Raise, before memory is allocated, if they do not fit.
    """
    sizes = [*weights[0].shape[:1], *(len(b) for b in biases)]
    dtype = biases[0].dtype.newbyteorder("=")
    wanted = dtype if stored is None else np.dtype(stored)
    for k, (w, b) in enumerate(zip(weights, biases, strict=True)):
        if w.shape != tuple(sizes[k : k + 2]) or b.ndim != 1:
            raise ValueError(f"layer {k}: shapes {w.shape} and {b.shape}, wanted those of a layer")
        if (w.dtype.newbyteorder("="), b.dtype.newbyteorder("=")) != (wanted, dtype):
            raise ValueError(f"layer {k}: {w.dtype} and {b.dtype}, wanted {wanted} and {dtype}")
    return sizes, dtype


def _restored(arrays: dict[str, Array], k: int, dtype: np.dtype) -> Array:
    """Return the weights of layer k, which were rounded."""
    values, scales = arrays[f"weights_{k}"], arrays.get(f"scales_{k}")
    if scales is not None:
        if scales.shape != values.shape[1:] or scales.dtype.newbyteorder("=") != dtype:
            wanted = f"{dtype} {values.shape[1:]}"
            raise ValueError(f"scales_{k}: {scales.dtype} {scales.shape}, wanted {wanted}")
        if not (scales > 0).all():
            raise ValueError(f"scales_{k}: {scales.min()}, wanted numbers > 0")
    return Rounded(values, scales).restored(dtype)
