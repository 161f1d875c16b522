"""Which column of a table is which of an encoding: by name, or by place if there are no names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..diagnostics import printable
from .columns import AnyColumn, LeftOut
from .frames import record
from .notes import Notes, some
from .table import MISSING, Column, Table, Words

NAMED = 6  # columns of an encoding that an error names


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
            wanted = f"{len(columns)}: {first(column.name for column in columns)}"
            raise ValueError(f"{name}: {len(table.columns)} columns, wanted {wanted}")
        return list(zip(columns, table.columns, strict=True))
    of = dict(zip(table.names, table.columns, strict=True))
    own = [column.name for column in columns]
    absent = [c.name for c in columns if c.name not in of and not isinstance(c, LeftOut)]
    known = {*own}
    further = [other for other in table.names if other not in known]
    if absent:
        raise missing(absent, own, further, name)
    further = [other for other in further if other != target]
    notes.further += further
    return [(column, of[column.name]) for column in columns if column.name in of]


def missing(
    absent: Sequence[str], own: Sequence[str], further: Sequence[str], name: str
) -> ValueError:
    """Return the error of columns that are not there, with a hint if only blanks or case differ."""
    near = {other.strip().casefold(): other for other in further}
    like = [near[each.strip().casefold()] for each in absent if each.strip().casefold() in near]
    hint = f" (but {some(like)})" if like else ""
    noun = "column" if len(absent) == 1 else "columns"
    return ValueError(f"{name}: no {noun} {some(absent)}{hint}, wanted {first(own)}")


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
        wanted = f"{len(names)}: {first(names)}"
        raise ValueError(f"{name}: {len(x)} values, wanted {wanted}")
    values = x.tolist() if hasattr(x, "tolist") else x
    return dict(zip(names, values, strict=True))


def filled(table: Table, names: Sequence[str]) -> Table:
    """Return a table with columns of gaps for those of `names` that it lacks."""
    known = {*table.names}
    absent = [name for name in names if name not in known]
    gaps = Words(np.full(len(table), MISSING, np.int32), [])
    columns = (*table.columns, *(gaps for _ in absent))
    return replace(table, names=(*table.names, *absent), columns=columns)


def first(names: Iterable[str]) -> str:
    """Return the names of an encoding's first columns."""
    names = [*names]
    return printable(", ".join(names[:NAMED]) + ", ..." * (len(names) > NAMED))
