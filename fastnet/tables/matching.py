"""Which column of a table is which of an encoding: by name, or by place if there are no names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from .columns import AnyColumn, LeftOut, Notes
from .frames import record
from .table import MISSING, Column, Table, Words

NAMED = 3  # columns that an error names


def matched(
    columns: Sequence[AnyColumn],
    named: bool,
    target: str | None,
    table: Table,
    name: str,
    notes: Notes,
) -> list[tuple[AnyColumn, Column]]:
    """Return the columns of an encoding with their data; those that are left out may lack theirs.

    Further columns are noted, but for the target.

    Raises
    ------
    ValueError
        A column is missing, or a table without names has another number of columns.
    """
    if not (named and table.named):
        if len(table.columns) != len(columns):
            wanted = f"{len(columns)}: {some([c.name for c in columns], quoted=False)}"
            raise ValueError(f"{name}: {len(table.columns)} columns, wanted {wanted}")
        return list(zip(columns, table.columns, strict=True))
    of = dict(zip(table.names, table.columns, strict=True))
    own = [column.name for column in columns]
    absent = [c.name for c in columns if c.name not in of and not isinstance(c, LeftOut)]
    further = [other for other in table.names if other not in own]
    if absent:
        raise missing(absent, own, further, name)
    further = [other for other in further if other != target]
    if further:
        few = "a column" if len(further) == 1 else f"{len(further)} columns"
        notes.lines[""] = f"{few} that the net does not know ({some(further)}), left aside"
    return [(column, of[column.name]) for column in columns if column.name in of]


def missing(
    absent: Sequence[str], own: Sequence[str], further: Sequence[str], name: str
) -> ValueError:
    """Return the error of columns that are not there, with a hint if only blanks or case differ."""
    near = {other.strip().casefold(): other for other in further}
    like = [near[each.strip().casefold()] for each in absent if each.strip().casefold() in near]
    hint = f" (but {some(like)})" if like else ""
    noun = "column" if len(absent) == 1 else "columns"
    return ValueError(f"{name}: no {noun} {some(absent)}{hint}, wanted {some(own, quoted=False)}")


def some(names: Sequence[str], quoted: bool = True) -> str:
    """Return a few names for a message, and how many more there are."""
    few = [repr(name) if quoted else name for name in names[: NAMED if quoted else 2 * NAMED]]
    more = len(names) - len(few)
    return f"{', '.join(few)} and {more} more" if more else ", ".join(few)


def mentioned(names: Sequence[str], x: Any, name: str) -> dict[str, Any]:
    """Return one row, a dict, a series, a named tuple or values by place, as a dict by name."""
    if type(x) is dict:
        return x
    row = record(x)
    if row is not None:
        return dict(row)
    if isinstance(x, str | bytes) or not hasattr(x, "__len__") or getattr(x, "ndim", 1) != 1:
        raise TypeError(f"{name}: {type(x).__name__}, wanted one row: a dict, or values by place")
    if len(x) != len(names):
        wanted = f"{len(names)}: {some(names, quoted=False)}"
        raise ValueError(f"{name}: {len(x)} values, wanted {wanted}")
    values = x.tolist() if hasattr(x, "tolist") else x
    return dict(zip(names, values, strict=True))


def filled(table: Table, names: Sequence[str]) -> Table:
    """Return a table with columns of gaps for those of `names` that it lacks."""
    absent = [name for name in names if name not in table.names]
    gaps = Words(np.full(len(table), MISSING, np.int32), [])
    columns = (*table.columns, *(gaps for _ in absent))
    return replace(table, names=(*table.names, *absent), columns=columns)
