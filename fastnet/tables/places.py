"""Tables of arrays and lists of rows, whose columns have no names and are known by their places."""

from __future__ import annotations

from typing import Any

import numpy as np

from .frames import array_column
from .table import Table


def by_place(X: Any, name: str = "X") -> Table:
    """Return a table of an array (n, features) or of rows; its columns are called "0", "1", ...

    None, NaN and masked values are missing.

    Raises
    ------
    TypeError, ValueError
        X is sparse, its shape is another, or it holds what a table cannot hold.
    """
    if hasattr(X, "tocsr"):
        raise TypeError(
            f"{name}: sparse rows, wanted a table (sparse rows are learned as they are)"
        )
    if not isinstance(X, np.ndarray):
        X = _array(X, name)
    if X.ndim != 2 or 0 in X.shape:
        hint = " (one row: X[None, :])" if X.ndim == 1 else ""
        raise ValueError(f"{name}: shape {X.shape}, wanted (samples, features){hint}")
    mask = np.ma.getmaskarray(X).T if isinstance(X, np.ma.MaskedArray) else [None] * X.shape[1]
    columns = [
        array_column(np.asarray(values), f"{name}: column {k}", mask[k])
        for k, values in enumerate(X.T)
    ]
    return Table(tuple(map(str, range(len(columns)))), tuple(columns), named=False)


def _array(rows: Any, name: str) -> Any:
    """Return rows as an array of numbers, or of objects."""
    if isinstance(rows, str | bytes) or not hasattr(rows, "__len__"):
        raise TypeError(f"{name}: {type(rows).__name__}, wanted rows")
    rows = list(rows)
    lengths = {
        len(row) if hasattr(row, "__len__") and not isinstance(row, str | bytes) else -1
        for row in rows
    }
    if len(lengths) != 1 or -1 in lengths:
        hint = "values without rows (one row: [x])"
        came = hint if -1 in lengths else "rows of other lengths"
        raise ValueError(f"{name}: {came if rows else 'no rows'}, wanted rows of one length")
    array = np.empty((len(rows), *lengths), object)
    array[:] = [list(row) for row in rows]
    return array
