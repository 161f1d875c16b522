"""Tables to compare."""

from typing import Any

import numpy as np

from fastnet.tables import Table
from fastnet.tables.table import Column, Numbers, Words


def listed(column: Column) -> list[Any]:
    """The values of a column, None where one is missing."""
    if isinstance(column, Words):
        return [column.words[code] if code >= 0 else None for code in column.codes]
    return [None if np.isnan(value) else value for value in column.values.tolist()]


def kind(column: Column) -> str:
    """What a column holds."""
    if isinstance(column, Words):
        return "text" if column.is_text else "words"
    return column.kind


def contents(table: Table | None) -> dict[str, tuple[str, list[Any]]]:
    """The names, kinds and values of the columns."""
    assert table is not None
    both = zip(table.names, table.columns, strict=True)
    for column in table.columns:
        if isinstance(column, Words):
            assert column.codes.dtype == np.int32
            assert len({*column.words}) == len(column.words)
        else:
            assert column.values.dtype == np.float64 and column.values.flags.c_contiguous
    return {name: (kind(column), listed(column)) for name, column in both}


def many(n: int, seed: int = 0) -> Table:
    """A table of numbers, numbers as text, and words, with gaps."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    x[::9] = np.nan
    text = Words(rng.permutation(n).astype(np.int32), [str(k / 8) for k in range(n)])
    words = Words(rng.integers(-1, 40, n).astype(np.int32), [f"w{k}" for k in range(40)])
    return Table(("x", "text", "word"), (Numbers(x), text, words))
