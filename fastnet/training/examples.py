"""The forms of examples in a stream: the inputs and labels of one, or of several."""

from __future__ import annotations

import contextlib
import numbers
import reprlib
from collections.abc import Mapping, Set
from typing import Any

import numpy as np

from ..data.arrays import HINT, answers, matrix, nan_as_word
from ..data.labels import is_missing
from ..model.outputs import task_of
from ..typing import Array


def came(example: Any) -> str:
    """Describe an object that is not an example."""
    try:
        x, y = example
        shape = x.shape if hasattr(x, "shape") else np.shape(x)
        labels = f" and {len(y)} labels" if len(shape) == 2 and np.ndim(y) == 1 else ""
        return f"x: shape {shape}{labels}"
    except (TypeError, ValueError):
        return type(example).__name__


def by_place(x: Any) -> Array:
    """Return an array, and ignore the index of a frame. It has objects if some are not numbers."""
    with contextlib.suppress(TypeError, ValueError):
        return matrix(x, "x")[0]
    return np.asarray(x)


def _row(array: Array) -> Array:
    """Return a row of objects of one type as an array of that type, and any other as it is."""
    if array.dtype.hasobject and array.ndim:
        with contextlib.suppress(ValueError, TypeError):
            return answers(array)
    return array


def answers_of(y: Any) -> Array | list[Any]:
    """Return the answers of several examples: an array, or a list if some are not plain."""
    if isinstance(y, str | bytes | Set | Mapping):
        raise TypeError  # not a sequence
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
    for method in ("to_pylist", "tolist"):  # Arrow; pandas
        if hasattr(y, method):
            return list(getattr(y, method)())
    listed = list(y)
    if listed and isinstance(listed[0], list | tuple):
        with contextlib.suppress(ValueError, TypeError):  # which the examples are looked at for
            return answers(listed)
    return listed


def answer_of(y: Any) -> Any:
    """Return the answer of one example that is not a plain number or word. It is never a view."""
    if hasattr(y, "as_py"):  # Arrow
        return y.as_py()
    return np.array(_row(np.asarray(_without_mask(y))))[()]


def _without_mask(y: Any) -> Any:
    """Return a masked array as a plain one, with None where it is masked, and others unchanged."""
    if np.ma.is_masked(y):
        return np.where(np.ma.getmaskarray(y), None, y.data)
    return y


def listed(y: Any) -> list[Any]:
    """Return labels, or rows of numbers, as a list."""
    return y.tolist() if isinstance(y, np.ndarray) else list(y)


def task_among(some: list[Any], loss: str | None, labels: bool) -> str:
    """Return the task of a net for a stream that begins with these answers: see `task_of`."""
    try:
        y = answers(some)
    except (ValueError, TypeError):  # some do not fit
        y = np.zeros(0)
    return task_of(loss, y, labels)


def unfit(y: Any) -> str:
    """Return the error text for an answer that is neither a label nor numbers."""
    if is_missing(y):
        return f"y: label {y} is a missing value, wanted a label or numbers"
    return f"y: label {reprlib.repr(y)}, wanted one of the same type as the others, or numbers"


def dense(rows: Any) -> Any:
    """Return rows as they are, or sparse ones as an array."""
    return rows.toarray() if hasattr(rows, "tocsr") else rows


def check_numbers(x: Array) -> None:
    """Refuse a row of objects that are not all numbers."""
    for column, value in enumerate(x if x.dtype.hasobject else []):
        if not isinstance(value, numbers.Number):
            raise TypeError(f"x: {value!r} in column {column}, wanted real numbers{HINT}")


# Examples of a table ------------------------------------------------------------------------------


def has_names(x: Any) -> bool:
    """Tell whether an example, or several, are named: a dict, a frame and the like."""
    if type(x) is np.ndarray or hasattr(x, "tocsr"):
        return type(x) is np.ndarray and x.dtype.names is not None
    from ..tables.frames import as_table

    with contextlib.suppress(TypeError, ValueError):
        return as_table(x) is not None or as_table([x]) is not None
    return True  # but they do not fit


def is_named(example: Any) -> bool:
    """Tell whether what came as an example has names, for an error."""
    with contextlib.suppress(TypeError, ValueError):
        x, _ = example
        return has_names(x)
    return False


def is_row(x: Any) -> bool:
    """Tell whether this is one example of a table, with names or without, not several."""
    if isinstance(x, Mapping):
        return not any(hasattr(v, "__len__") for v in x.values() if not isinstance(v, str | bytes))
    if isinstance(x, np.void) or hasattr(x, "_asdict") or not hasattr(x, "__len__"):
        return True
    if hasattr(x, "shape"):
        return len(x.shape) == 1 and getattr(x.dtype, "names", None) is None
    several = Mapping | list | tuple | np.ndarray
    return isinstance(x, list | tuple) and not (len(x) and isinstance(x[0], several))


def table_of(X: Any) -> Any:
    """Return several examples as a table, of named columns or of columns by place."""
    from ..tables import frames

    return frames.table_of(X, "x")


def keys_of(x: Any) -> Any:
    """Return what examples that are gathered must share; each dict may lack columns."""
    return Mapping if isinstance(x, Mapping) else (type(x), np.shape(x))
