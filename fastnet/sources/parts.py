"""A table of a file becomes samples and their targets: one column is the target, some are left."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..diagnostics import reason, warn
from ..spelling import meant
from ..tables.kinds import typed
from ..tables.table import Numbers, Table, check_once
from ..typing import Array
from .reading import Part, Path, Reading
from .targets import TargetRule


def part_of(table: Table, path: Path, reading: Reading) -> Part:
    """Return the samples and the targets in the table of a file.

    Raises
    ------
    ValueError
        A column that is named is not there, or does not fit.
    """
    if not len(table):
        raise ValueError(f"{path}: no rows, wanted some")
    if not reading.labels:
        return plain(without(table, path, reading), path, reading), None
    target = column_of(table.names, path, reading)
    y, places = answers_in(table, target, path, reading)
    rows = without(table, path, reading, target)
    return plain(rows[places] if len(places) < len(table) else rows, path, reading), y


def answers_in(table: Table, target: str, path: Path, reading: Reading) -> tuple[Array, Array]:
    """Return the answers in a whole table, and the places of their rows; the others are said."""
    rule = TargetRule(reading.classes, f"{path}: ", reading.others)
    rule.see(table, target)
    y, places = rule.answers(table, target)
    if len(y) < len(table):
        gone = f"{len(table) - len(y):,} of {len(table):,} rows"
        warn(f"{path}: {gone} have no {target!r}: they are left out")
    return y, places


def without(table: Table, path: Path, reading: Reading, target: str | None = None) -> Table:
    """Return the inputs of a table: all columns but the target, the weights and those to drop."""
    rows, weights = table.without([*kept_out(reading), *([target] if target else [])]), None
    if not rows.columns:
        raise ValueError(f"{path}: no columns but {listed(table.names)}, wanted inputs too")
    if reading.weight and (reading.labels or reading.weight in table.names):
        check_names([reading.weight], table.names, path)
        about = f"{path}: column {reading.weight!r}"
        column = typed(table[reading.weight], about, table.where)
        if not isinstance(column, Numbers):
            raise ValueError(f"{path}: column {reading.weight!r} holds words, wanted weights")
        weights = column.values
        bad = ~(np.isfinite(weights) & (weights >= 0))
        if bad.any():
            row = int(np.argmax(bad))
            came = "a missing weight" if np.isnan(weights[row]) else f"weight {weights[row]:g}"
            raise ValueError(f"{path}: {table.where(row)}: {came}, wanted numbers >= 0")
    return replace(rows, target=target, weights=weights)


def kept(names: Sequence[str], path: Path, reading: Reading) -> list[str]:
    """Return the names of the columns that a reader reads: all but those to drop.

    A name that is not there is an error, unless the rows are only to be answered or to judge.
    """
    check_once(names, f"{path}: ")
    if reading.labels and not reading.others:
        check_names(reading.drop, names, path)
    return [name for name in names if name not in reading.drop]


def kept_out(reading: Reading) -> list[str]:
    """Return the names of the columns that are no inputs, besides the target."""
    return [*reading.drop, *([reading.weight] if reading.weight else [])]


def plain(table: Table, path: Path, reading: Reading) -> Any:
    """Return a table; or the array of one that has pixels, or no names, words and gaps."""
    if reading.pixels:
        return array_of(table, path, pixels=True)
    columns = plain_columns(table, path) if reading.arrays else None
    return table if columns is None else np.stack(columns, axis=1)


def plain_columns(table: Table, path: Path) -> list[Array] | None:
    """Return the numbers in each column; None if a table has names, weights, words or gaps."""
    if table.named or table.weights is not None:
        return None
    columns = []
    for name, column in zip(table.names, table.columns, strict=True):
        numbers = typed(column, f"{path}: column {name!r}", table.where)
        if not isinstance(numbers, Numbers) or numbers.kind != "number":
            return None
        columns.append(numbers.values)
        if np.isnan(columns[-1]).any():
            return None
    return columns


def array_of(table: Table, path: Path, pixels: bool = False) -> Array:
    """Return the array (n, columns) of a table of numbers; pixels are uint8."""
    columns = []
    for name, column in zip(table.names, table.columns, strict=True):
        numbers = typed(column, f"{path}: column {name!r}", table.where)
        if isinstance(numbers, Numbers):
            columns.append(numbers.values)
        elif (numbers.codes >= 0).any():
            raise ValueError(f"{path}: column {name!r} holds words, wanted numbers")
        else:
            columns.append(np.full(len(table), np.nan))
    rows = np.stack(columns, axis=1)
    if not pixels:
        return rows
    good = (rows >= 0) & (rows <= 255) & (np.rint(rows) == rows)
    if not good.all():
        row = table.where(int(np.argmin(good.all(axis=1))))
        raise ValueError(f"{path}: {row}: pixels are whole numbers from 0 to 255, others came")
    return rows.astype(np.uint8)


def column_of(names: Sequence[str], path: Path, reading: Reading) -> str:
    """Return the name of the target's column."""
    if reading.target in kept_out(reading):
        how = "dropped" if reading.target in reading.drop else "the weight"
        raise ValueError(f"{path}: {reading.target!r} is the target and {how}, wanted one of these")
    left = [name for name in names if name not in kept_out(reading)]
    if reading.target in ("last", "first") and left:
        return left[-1 if reading.target == "last" else 0]
    check_names([reading.target], names, path)
    return reading.target


def check_names(wanted: Iterable[str], names: Sequence[str], path: Path) -> None:
    """Refuse the name of a column that is not there."""
    for name in wanted:
        if name not in names:
            some = listed(names)
            hint = meant(name, names)
            raise ValueError(f"{path}: no column {name!r}, wanted one of {some}{hint}")


def listed(names: Sequence[str]) -> str:
    """Return the first of some names for an error, which a terminal can show."""
    text = ", ".join(names[:10]) + (", ..." if len(names) > 10 else "")
    return reason(ValueError(text)) if text else "none"
