"""All of a model as one JSON document. docs/json.md describes it field by field."""

from __future__ import annotations

import json
import os
from typing import Any

import numpy as np

from .. import checks
from ..files import atomic_write
from ..model.about import arrays_of, check, nets_in
from ..model.archive import intact
from ..model.parameters import DTYPES
from ..typing import Array
from .loading import Given
from .own import Contents, Model, all_of, dumped, parsed, restored


@np.errstate(under="ignore")
def to_json(model: Model, weights: str | None = None, data: Any = None) -> str:
    """Return all of a model as JSON; `fastnet.load` reads a file of it.

    Numbers have the fewest digits that bring back the same bits.

    Parameters
    ----------
    model : Network or Ensemble
    weights : str, optional
        "float16" or "int8" for weights rounded to few bits: see `Network.save`.
    data : tuple of arrays, optional
        (X, y): then the score before and after the rounding is in the document.

    Raises
    ------
    TypeError, ValueError
        `fastnet.load` would refuse it, as with NaN weights.
    """
    return _text(*all_of(model, weights, data)[0])


def write(
    model: Model, path: str | os.PathLike[str], weights: str | None = None, data: Any = None
) -> dict[str, Any]:
    """Write `to_json`; return the record of the rounding, or {}."""
    contents, report = all_of(model, weights, data)
    text = _text(*contents)
    atomic_write(path, lambda file: file.write(text.encode()))
    return report


def read(path: str | os.PathLike[str], given: Given) -> Model:
    """Read a model from a file of `write`, or one that another program wrote."""
    with open(path, "rb") as file:
        text = file.read()
    with intact(path):
        contents = _parts(parsed(text.decode("utf-8-sig")))
    return restored(contents, given, path)


def _text(about: dict[str, Any], arrays: dict[str, Array]) -> str:
    """Return contents as JSON, a line for each field."""
    for prefix, net in nets_in(about).items():
        net["dtype"] = arrays[f"{prefix}biases_0"].dtype.name
        for kind, layers in _kinds(net).items():
            net[kind] = [_decimals(arrays[f"{prefix}{kind}_{k}"]) for k in layers]
    lines = (f"{json.dumps(name)}: {dumped(value)}" for name, value in about.items())
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _kinds(net: dict[str, Any]) -> dict[str, list[int]]:
    """Return the fields of a net that hold arrays of numbers, and the layers that have one."""
    kinds: dict[str, list[int]] = {}
    for name in arrays_of(net):
        kind, _, layer = name.partition("_")
        if layer:
            kinds.setdefault(kind, []).append(int(layer))
    return kinds


def _decimals(array: Array) -> list[Any]:
    """Return numbers as floats whose shortest decimals are those of the array's dtype."""
    if array.dtype.kind == "f" and array.dtype != np.float64:
        wide = array.astype(str).astype(np.float64)
        array = np.where(wide.astype(array.dtype) == array, wide, array)  # if rounded twice
    return list(array.tolist())


def _parts(document: Any) -> Contents:
    """Return a document as the contents of a file: see `all_of`."""
    check(document)
    arrays = {}
    for prefix, net in nets_in(document).items():
        own = np.dtype(checks.one_of("dtype", net.pop("dtype", None), DTYPES))
        few = (net.get("rounding") or {}).get("weights")
        for kind, layers in _kinds(net).items():
            given = net.pop(kind, None)
            if type(given) is not list or len(given) != len(layers):
                raise ValueError(f"{kind}: wanted a list with {len(layers)} items, one a layer")
            dtype = np.dtype(few) if few and kind == "weights" else own
            for k in layers:
                arrays[f"{prefix}{kind}_{k}"] = _array(given[k], kind, dtype)
    return document, arrays


def _array(given: Any, kind: str, dtype: np.dtype) -> Array:
    """Return an array of numbers: of weights rows, else one row."""
    rows = given if kind == "weights" else [given]
    known = {int} if dtype.kind == "i" else {int, float}
    if type(rows) is not list or not all(
        type(row) is list and {*map(type, row)} <= known for row in rows
    ):
        raise ValueError(f"{kind}: wanted {'lists' if kind == 'weights' else 'a list'} of numbers")
    with np.errstate(over="ignore"):  # it is then no finite number
        return np.array(given, np.int8 if dtype.kind == "i" else np.float64).astype(dtype)
