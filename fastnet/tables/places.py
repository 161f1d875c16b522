"""Tables of arrays and lists of rows, whose columns have no names and are known by their places."""

from __future__ import annotations

from typing import Any

import numpy as np

from .objects import column_of
from .table import Column, Numbers, Table


def by_place(X: Any, name: str = "X") -> Table:
    """Return a table of an array (n, features) or of rows; its columns are called "0", "1", ...

    Raises
    ------
    ValueError
        The shape of X is another.
    """
    rows = X.toarray() if hasattr(X, "tocsr") else X
    if not isinstance(rows, np.ndarray):
        first = len(rows[0]) if len(rows) and hasattr(rows[0], "__len__") else 0
        if not first or any(not hasattr(row, "__len__") or len(row) != first for row in rows):
            raise ValueError(f"{name}: {type(X).__name__}, wanted rows of equal length")
        columns = [column_of(v, f"{name}: column {k}") for k, v in enumerate(zip(*rows, strict=True))]
        return Table(tuple(map(str, range(first))), tuple(columns), named=False)
    if rows.ndim != 2 or 0 in rows.shape:
        raise ValueError(f"{name}: shape {rows.shape}, wanted (samples, features)")
    columns = [_column(column, f"{name}: column {k}") for k, column in enumerate(rows.T)]
    return Table(tuple(map(str, range(len(columns)))), tuple(columns), named=False)


def _column(values: Any, about: str) -> Column:
    if values.dtype.kind == "b":
        return Numbers(values.astype(np.float64), "flag")
    if values.dtype.kind in "iuf":
        return Numbers(values.astype(np.float64))
    return column_of(values.tolist(), about)
