"""What a notebook shows of an encoding: a table in HTML with a row for each column."""

from __future__ import annotations

import datetime
from typing import Any

from ..html import some, table

MOST = 40  # columns
WORDS = 8  # categories of a column
DAY = 86_400


def of_encoding(encoding: Any) -> str:
    """Return an encoding as a table: its columns, their inputs, and what these mean."""
    columns = encoding.columns
    rows = [
        (column.name, column.kind, f"{len(column.inputs):,}", "; ".join(details(column)))
        for column in columns[:MOST]
    ]
    more = f"; the first {MOST} columns" if len(columns) > MOST else ""
    target = f", target {encoding.target}" if encoding.target else ""
    title = f"Encoding: {len(columns):,} columns, {encoding.width:,} inputs{target}{more}"
    return table(title, ["column", "kind", "inputs", "meaning"], rows)


def details(column: Any) -> list[str]:
    """Return what the inputs of a column mean: its scale, its categories, its gaps."""
    gaps = ["gaps"] * (getattr(column, "gap", None) is not None)
    if column.kind == "left out":
        return [str(column.reason)]
    if column.kind == "word":
        rows = f"{column.rare:,} row{'s' * (column.rare != 1)}"
        rare = [f"{rows} with rare words"] * bool(column.rare)
        return [some(column.index, WORDS), *rare, *gaps]
    if column.kind == "flag":
        return gaps
    return [f"centre {_centre(column)}, scale {_scale(column)}", *gaps]


def _centre(column: Any) -> str:
    """Return the centre of numbers, or of times as a date, as text."""
    if column.kind != "time" or column.order == "clock":
        return f"{column.centre:.4g}"
    try:
        begin = datetime.datetime(1970, 1, 1)
        return str(begin + datetime.timedelta(seconds=round(column.centre)))
    except (OverflowError, ValueError):  # NaN, or a year that is none
        return f"{column.centre:.4g} s"


def _scale(column: Any) -> str:
    if column.kind != "time" or column.order == "clock":
        return f"{column.scale:.4g}"
    return f"{column.scale / DAY:.4g} days"
