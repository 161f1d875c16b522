"""Arrays from the user's data: lists, masked arrays, frames and series of pandas, Arrow or Polars.

A plain array of numbers or of words stays as it is. None of these packages is imported: the methods
of an object tell what it is.
"""

from __future__ import annotations

import contextlib
import reprlib
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ..diagnostics import warn
from ..typing import Array
from .labels import BYTES, LETTERS, NUMBERS, WHOLE, WORDS, is_missing, type_name

SHOWN = 3  # an error names so many rows
HINT = "; encode='table' takes words, dates, gaps and names"  # of `fastnet.train`
NUMPYS = 32  # NumPy makes strings of so many characters from floats


def matrix(X: Any, name: str = "X") -> tuple[Array, Sequence[Any] | None]:
    """Return X, or one sample, as an array, and the names of its columns or None.

    A frame, a series, or an array of Python's numbers becomes an array of floats. The uint8 numbers
    of a frame are plain numbers, not pixels.

    Raises
    ------
    TypeError
        A column does not hold real numbers.
    ValueError
        Rows of different lengths, or masked values.
    """
    if type(X) is np.ndarray and not X.dtype.hasobject:
        return X, None
    if hasattr(X, "columns") and hasattr(X, "__array__"):
        names, columns = _columns(X)
        return _joined(columns, names, len(X), name), names
    array = _asarray(X, name, "(samples, features)" if name != "x" else "one sample")
    if array.dtype.kind == "O":
        if array.ndim not in (1, 2):
            came = "dtype object" if array.ndim else type(X).__name__
            raise TypeError(f"{name}: {came}, wanted real numbers{HINT}")
        rows = np.atleast_2d(array)
        array = _joined(rows.T, range(rows.shape[1]), len(rows), name).reshape(array.shape)
    elif hasattr(X, "iloc") and array.dtype.kind in "buif":  # a row of a frame
        array = array.astype(np.result_type(np.float32, array))
    return array, None


def names_of(X: Any) -> list[Any] | None:
    """Return the names of a frame's columns, or those in a row of a frame; None without names."""
    if hasattr(X, "columns") and hasattr(X, "__array__"):
        return list(getattr(X, "column_names", X.columns))
    if hasattr(X, "iloc") and len(getattr(X, "shape", ())) == 1:  # a series
        names = list(X.index)
        return names if all(isinstance(name, str) for name in names) else None
    return None


def _columns(frame: Any) -> tuple[Sequence[Any], Sequence[Any]]:
    """Return the names of a frame's columns, which may occur twice, and the columns."""
    if hasattr(frame, "iloc"):  # pandas
        return list(frame.columns), [frame.iloc[:, j] for j in range(len(frame.columns))]
    if hasattr(frame, "column_names"):  # Arrow
        return frame.column_names, frame.columns
    if hasattr(frame, "get_columns"):  # Polars
        return frame.columns, frame.get_columns()
    return frame.columns, list(np.asarray(frame).T)


def _joined(columns: Iterable[Any], names: Sequence[Any], n: int, name: str) -> Array:
    """Join columns of numbers to one matrix (n, columns) of floats."""
    arrays = [_column(c, label, name) for c, label in zip(columns, names, strict=True)]
    joined = np.empty((n, len(arrays)), np.result_type(np.float32, *arrays))
    for j, array in enumerate(arrays):
        joined[:, j] = array
    return joined


def _column(column: Any, label: Any, name: str) -> Array:
    """Return a column of real numbers as an array."""
    array = np.asarray(column)
    if array.dtype.kind in "buif":
        return array
    dtype = getattr(column, "dtype", getattr(column, "type", array.dtype))
    if array.dtype.kind == "O":
        names = (type_name(type(value)) for value in array)
        other = next((i for i, name in enumerate(names) if name not in (WHOLE, NUMBERS)), None)
        if other is None:
            return _floats(array, f"{name}: column {label!r}")
        came = f"dtype {dtype}, {shown(array[other])} in row {other}, column {label!r}"
    else:
        came = f"dtype {dtype} in column {label!r}"
    raise TypeError(f"{name}: {came}, wanted real numbers{HINT}")


def answers(y: Any, name: str = "y") -> Array:
    """Return labels or numbers as one array: of truth values, whole numbers, floats, str or bytes.

    Whole numbers beyond 64 bits make an array of Python's. No value changes its type, as it may in
    NumPy. An array of another dtype is returned as it is.

    Raises
    ------
    TypeError
        The labels have more than one type, or a type that labels cannot have.
    ValueError
        There are missing or masked values, or rows of different lengths.
    """
    if type(y) is not np.ndarray or y.dtype.hasobject:
        y = _plain(y, name)
    if y.dtype.kind == "U":
        _refuse_missing(nan_as_word(y), name)
    return y


def nan_as_word(y: Array) -> Array:
    """Return where NumPy has made the word "nan" of a NaN, as it does with words and floats."""
    return np.logical_and(y.dtype.itemsize >= NUMPYS * 4, y == "nan")


def _plain(y: Any, name: str) -> Array:
    """Return values that are not a plain array as one."""
    for ask in ("isna", "is_null"):
        if hasattr(y, ask):
            with contextlib.suppress(NotImplementedError):  # an index of tuples
                _refuse_missing(np.asarray(getattr(y, ask)()), name)
    listed = isinstance(y, list | tuple)
    array = _asarray(y, name, "one answer for each sample", object if listed else None)
    if not array.dtype.hasobject:
        return array
    if array.ndim == 0:
        raise TypeError(f"{name}: {type(y).__name__}, wanted class labels or real numbers")
    values = array.reshape(-1).tolist()
    names = {type_name(of) for of in set(map(type, values))}
    if len(names) > 1 or "" in names:
        missing = np.array([is_missing(value) for value in values])
        there = {type_name(type(v)) for v, gone in zip(values, missing, strict=True) if not gone}
        if there != names:  # else NaN is one of the numbers, which are checked later
            _refuse_missing(missing.reshape(array.shape), name)
    if names <= {WHOLE, NUMBERS}:
        plain = _floats(values, name) if NUMBERS in names else _whole(values)
    elif names == {WORDS} or names == {BYTES}:
        plain = np.array(values)
    else:
        plain = _of_others(y, array, name) if "" in names else _refuse_mixed(array, names, name)
    return plain.reshape(array.shape)


def _of_others(y: Any, array: Array, name: str) -> Array:
    """Return NumPy's array of values that are neither labels nor numbers, such as arrays."""
    values = array.reshape(-1).tolist()
    if any(isinstance(value, list | tuple) for value in values):
        raise ValueError(f"{name}: rows of different lengths, wanted one answer for each sample")
    plain = np.asarray(y)
    if plain.dtype.hasobject or plain.shape != array.shape:
        other = next(i for i, value in enumerate(values) if not type_name(type(value)))
        where = other // max(1, array[:1].size)
        raise TypeError(
            f"{name}: {shown(values[other])} in row {where}, wanted class labels or real numbers"
        )
    return plain


def _refuse_mixed(array: Array, names: set[str], name: str) -> Array:
    """Raise TypeError, and say how many labels of each type there are."""
    each = [type_name(type(value)) for value in array.reshape(-1).tolist()]
    width = max(1, array[:1].size)
    first = sorted((each.index(one) // width, each.count(one), one) for one in names)
    came = " and ".join(f"{one} ({count}, the first in row {row})" for row, count, one in first)
    raise TypeError(f"{name}: {came}, wanted labels of one type")


def _whole(values: list[Any]) -> Array:
    """Return whole numbers, in 64 bits if they fit."""
    if {*map(type, values)} <= {bool, np.bool_}:
        return np.array(values, bool)
    least, most = min(values, default=0), max(values, default=0)
    if least >= -(2**63) and most < 2**63:
        return np.array(values, np.int64)
    if least >= 0 and most < 2**64:
        return np.array(values, np.uint64)
    return np.array([int(value) for value in values], object)


def _floats(values: Any, name: str) -> Array:
    try:
        return np.array(values, np.float64)
    except OverflowError:
        raise ValueError(f"{name}: a number beyond float64, wanted finite numbers") from None


def _asarray(x: Any, name: str, wanted: str, dtype: Any = None) -> Array:
    """Return NumPy's array of x; a masked value is an error."""
    listed = set(map(type, x)) if isinstance(x, list | tuple) else set()
    if any(issubclass(of, np.ma.MaskedArray) for of in listed - {type(np.ma.masked)}):
        x = np.ma.array(x)
    if isinstance(x, np.ma.MaskedArray):
        _refuse(np.ma.getmaskarray(x), name, "masked value", "fill them, or drop these rows")
        x = x.data
    try:
        return np.asarray(x, dtype)
    except ValueError as error:
        raise ValueError(f"{name}: rows of different lengths, wanted {wanted}") from error


def without_column(y: Array, name: str = "y", told: bool = False) -> Array:
    """Return labels (n, 1) as (n,), with a warning unless `told`. Return other y as it is."""
    if y.ndim != 2 or y.shape[1] != 1 or y.dtype.kind not in LETTERS:
        return y
    if not told:
        warn(f"{name}: labels in a column, (n, 1), are taken as (n,), as y.ravel() gives them")
    return y[:, 0]


def _refuse_missing(missing: Array, name: str) -> None:
    _refuse(missing, name, "missing value", "drop these rows")


def _refuse(bad: Array, name: str, what: str, cure: str) -> None:
    """Raise if some values are bad; say how many, and in which rows."""
    if bad.any():
        count = int(bad.sum())
        rows = np.flatnonzero(bad.reshape(len(bad), -1).any(axis=1)) if bad.ndim else np.zeros(1)
        raise ValueError(
            f"{name}: {count} {what}{'s' * (count > 1)} in {in_rows(rows)}, wanted none ({cure})"
        )


def shown(value: Any) -> str:
    """Return the text of a value for an error: one line with its beginning and its end."""
    return " ".join(reprlib.repr(value).split())


def in_rows(places: Array) -> str:
    """Return rows in words: the first few."""
    shown = ", ".join(str(int(place)) for place in places[:SHOWN])
    more = f" and {len(places) - SHOWN} more" if len(places) > SHOWN else ""
    return f"row{'s' * (len(places) > 1)} {shown}{more}"
