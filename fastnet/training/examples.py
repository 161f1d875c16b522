"""The forms in which examples of a stream come: inputs and labels of one, or of several."""

from __future__ import annotations

import contextlib
import reprlib
from collections.abc import Mapping, Set
from typing import Any

import numpy as np

from ..data.arrays import answers, matrix, nan_as_word
from ..data.labels import is_missing
from ..typing import Array


def came(example: Any) -> str:
    """Describe what came in the place of an example."""
    try:
        x, y = example
        shape = x.shape if hasattr(x, "shape") else np.shape(x)
        labels = f" and {len(y)} labels" if len(shape) == 2 and np.ndim(y) == 1 else ""
        return f"x: shape {shape}{labels}"
    except (TypeError, ValueError):
        return type(example).__name__


def by_place(x: Any) -> Array:
    """Return an array, whatever the index of a frame; of objects, if some are no numbers."""
    with contextlib.suppress(TypeError, ValueError):
        return matrix(x, "x")[0]
    return np.asarray(x)


def _row(array: Array) -> Array:
    """Return a row of objects of one type as an array of these; another as it is."""
    if array.dtype.hasobject and array.ndim:
        with contextlib.suppress(ValueError, TypeError):
            return answers(array)
    return array


def answers_of(y: Any) -> Array | list[Any]:
    """Return what several examples stand for: an array, or a list where some are no plain ones."""
    if isinstance(y, str | bytes | Set | Mapping):
        raise TypeError  # nothing in a row
    y = _without_mask(y)
    rows = len(getattr(y, "shape", ())) == 2
    if rows:
        with contextlib.suppress(ValueError, TypeError):
            return answers(y)
    if rows or isinstance(getattr(y, "dtype", None), np.dtype):
        array = np.asarray(y)
        if array.dtype.kind == "U" and (nan := nan_as_word(array)).any():
            array = array.astype(object)
            array[nan] = None
        if rows:  # some do not fit
            return list(array[:, 0]) if array.shape[1] == 1 else [*map(_row, array)]
        return list(array) if array.dtype.hasobject else array
    for method in ("to_pylist", "tolist"):  # Arrow's; pandas'
        if hasattr(y, method):
            return list(getattr(y, method)())
    listed = list(y)
    if listed and isinstance(listed[0], list | tuple):
        with contextlib.suppress(ValueError, TypeError):  # which the examples are looked at for
            return answers(listed)
    return listed


def answer_of(y: Any) -> Any:
    """Return what one example stands for, no plain number or word; never a view."""
    if hasattr(y, "as_py"):  # Arrow's
        return y.as_py()
    return np.array(_row(np.asarray(_without_mask(y))))[()]


def _without_mask(y: Any) -> Any:
    """Return a masked array as a plain one, None where it is masked; all else as it is."""
    if np.ma.is_masked(y):
        return np.where(np.ma.getmaskarray(y), None, y.data)
    return y


def listed(y: Any) -> list[Any]:
    """Return labels, or rows of numbers, as a list."""
    return y.tolist() if isinstance(y, np.ndarray) else list(y)


def unfit(y: Any) -> str:
    """Say what is wrong with an answer that is neither a label nor numbers."""
    if is_missing(y):
        return f"y: label {y} is a missing value, wanted a label or numbers"
    return f"y: label {reprlib.repr(y)}, wanted one of the same type as the others, or numbers"
