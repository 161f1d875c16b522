"""Tables from what people have in memory: frames, lists of dicts, structured arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .table import MISSING, Column, Numbers, Table, Words


def as_table(X: Any, name: str = "X") -> Table | None:
    """Return a table of X, or None if X is no table but an array, a list of rows or sparse.

    Parameters
    ----------
    X : object
        A `Table`, a frame (pandas, Polars, PyArrow, ...), a sequence of dicts, a dict of columns,
        or a NumPy array with named fields.
    name : str
        The name of X in errors.
    """
    if isinstance(X, Table):
        return X
    if isinstance(X, Sequence) and len(X) and all(isinstance(row, Mapping) for row in X):
        names = tuple(dict.fromkeys(str(key) for row in X for key in row))
        return Table(names, tuple(column_of([row.get(key) for row in X]) for key in names))
    if hasattr(X, "iloc") and hasattr(X, "columns"):
        names = tuple(map(str, X.columns))
        return Table(names, tuple(column_of(X.iloc[:, k].tolist()) for k in range(len(names))))
    return None


def column_of(values: Sequence[Any]) -> Column:
    """Return a column of Python's values; None and NaN are missing."""
    gone = [value is None or value != value for value in values]
    there = [value for value, missing in zip(values, gone, strict=True) if not missing]
    if all(isinstance(value, bool | np.bool_) for value in there) and there:
        numbers = [np.nan if m else float(v) for v, m in zip(values, gone, strict=True)]
        return Numbers(np.array(numbers), "flag")
    if all(isinstance(value, int | float | np.number) for value in there):
        numbers = [np.nan if m else float(v) for v, m in zip(values, gone, strict=True)]
        return Numbers(np.array(numbers))
    words = {word: k for k, word in enumerate(dict.fromkeys(str(v).strip() for v in there))}
    codes = [MISSING if m else words[str(v).strip()] for v, m in zip(values, gone, strict=True)]
    return Words(np.array(codes, np.int32), list(words))
