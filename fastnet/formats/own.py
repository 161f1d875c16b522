"""Files of fastnet as one of the formats, and all of a model as JSON and arrays of numbers."""

from __future__ import annotations

import json
import math
import os
import re
from typing import Any

import numpy as np

from ..model import saving
from ..model.about import as_json, check, nets_in
from ..model.archive import check_arrays, intact
from ..model.contents import contents_of
from ..model.ensemble import Ensemble
from ..model.loading import model_in
from ..model.network import Network
from ..model.rounding import rounding_of
from ..typing import Array
from .layers import model_of
from .loading import Given, completed

Model = Network | Ensemble
Contents = tuple[dict[str, Any], dict[str, Array]]  # JSON, and arrays of numbers by name
NUMBER = "number"  # {"number": "NaN"} stands for what JSON lacks
LACKING = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
ROOM = 1 << 26  # bytes of all labels


def write(
    model: Model, path: str | os.PathLike[str], weights: str | None = None, data: Any = None
) -> dict[str, Any]:
    """Write a file of fastnet: see `Network.save`. Return the record of the rounding, or {}."""
    return saving.write(path, model, weights, data) or {}


def all_of(model: Model, weights: str | None, data: Any) -> tuple[Contents, dict[str, Any]]:
    """Return all of a model as JSON and arrays of numbers, and the record of the rounding, or {}.

    The JSON is that of a file of fastnet; labels, which may be words, are in it. What `load` would
    refuse is an error.
    """
    model = model_of(model)
    record = rounding_of(model, weights, data)
    about, arrays = contents_of(model, record)
    about = json.loads(as_json(about))
    for prefix, net in nets_in(about).items():
        labels = arrays.pop(f"{prefix}classes", None)
        if labels is not None:
            net |= _labels_out(labels)
    check_arrays(about, arrays)
    return (about, arrays), record or {}


def restored(contents: Contents, given: Given, path: str | os.PathLike[str]) -> Model:
    """Return the model of what `all_of` returned, from an untrusted file."""
    about, arrays = contents
    with intact(path):
        check(about)
        for prefix, net in nets_in(about).items():
            if net.get("classes") is not None:
                labels = net.pop("classes"), net.pop("label_type", None)
                arrays[f"{prefix}classes"] = _labels_in(*labels)
        check_arrays(about, arrays)
    model: Model = completed(model_in(about, arrays, given.activation, path), given, path)
    return model


def _labels_out(labels: Array) -> dict[str, Any]:
    """Return labels in JSON types, and their dtype. Bytes are letters of the same codes."""
    _check_room(labels.dtype.itemsize, len(labels))
    plain = np.char.decode(labels, "latin-1") if labels.dtype.kind == "S" else labels
    return {"classes": plain.tolist(), "label_type": labels.dtype.str}


def _labels_in(labels: Any, dtype: Any) -> Array:
    """Return the labels of `_labels_out`. Without a width, words have that of the longest."""
    if type(dtype) is not str or not re.fullmatch(r"[<>|]([iu][1248]|b1|[US]\d*)", dtype):
        raise ValueError(f"label_type: {dtype!r}, wanted a dtype such as '<i8', '|b1' or '<U'")
    kind = np.dtype(dtype)
    known = {"b": bool, "i": int, "u": int}.get(kind.kind, str)
    if type(labels) is not list or not {*map(type, labels)} <= {known}:
        raise ValueError(f"classes: wanted a list of labels of dtype {dtype}")
    longest = max(map(len, labels), default=0) if known is str else 0
    _check_room(kind.itemsize or 4 * longest, len(labels))
    given = [label.encode("latin-1") for label in labels] if kind.kind == "S" else labels
    array = np.array(given, kind)
    if array.tolist() != given:
        raise ValueError(f"classes: longer than dtype {dtype} has")
    return array


def _check_room(size: int, n: int) -> None:
    """Refuse n labels of so many bytes each that the array is large, though their words are few."""
    if size * n > ROOM:
        raise ValueError(f"classes: {n} labels of {size} bytes each, wanted shorter ones")


# JSON that any program can read, with NaN and infinity in words ---------------------------------


def dumped(value: Any) -> str:
    """Return a value as JSON."""
    return json.dumps(_said(value), allow_nan=False)


def parsed(text: str) -> Any:
    """Return the value of `dumped`; refuse names that come twice, and what JSON lacks."""
    return json.loads(text, object_pairs_hook=_object, parse_constant=_refuse)


def _said(value: Any) -> Any:
    """Return a value with all that JSON lacks in words."""
    if isinstance(value, float) and not math.isfinite(value):
        return {NUMBER: next(name for name in LACKING if str(float(name)) == str(value))}
    if isinstance(value, dict):
        return {key: _said(inner) for key, inner in value.items()}
    return [*map(_said, value)] if isinstance(value, list) else value


def _object(pairs: list[tuple[str, Any]]) -> Any:
    """Return an object of JSON, or the number that it stands for."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name comes twice in an object")
    if [*found] == [NUMBER] and type(found[NUMBER]) is str and found[NUMBER] in LACKING:
        return LACKING[found[NUMBER]]
    return found


def _refuse(name: str) -> None:
    raise ValueError(f"{name}, which JSON lacks")
