"""The running form of an encoding: it learns along with a stream, before the net does.

Numbers are scaled by the mean and the deviation so far (`kernels.tables`). A category, a gap or a
column gets its input when it first occurs, in the order of rows, then of columns. So the inputs and
all bits are the same however a stream is cut in calls. What a column holds is decided by the first
call that has a value of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..diagnostics import warn
from ..typing import Array
from .columns import WAITING, AnyColumn, Fill, LeftOut, NumberColumn, WordColumn, worded
from .fitting import MOST
from .kinds import Kind, Tally
from .matching import filled
from .notes import Notes, several
from .table import Column, Numbers, Table, Words

Event = tuple[int, int, Callable[[int], None]]  # row, column, and what gives it its input


def begun(tables: Sequence[Table], name: str) -> list[AnyColumn]:
    """Return columns that know what tables hold, the next ones of a stream.

    They have inputs, but no number joins the statistics.
    """
    tallies: dict[str, Tally] = {}
    text = {n for t in tables for n, c in zip(t.names, t.columns, strict=True) if is_text(c)}
    for table in tables:
        for each, data in zip(table.names, table.columns, strict=True):
            tally = tallies.setdefault(each, Tally(f"{name}: column {each!r}"))
            if each in text and isinstance(data, Numbers):
                data = replace(worded(data, ()), is_text=True)
            tally.see(data, table.where)
    kinds = {each: tally.kind() for each, tally in tallies.items()}
    said = [f"column {each!r}: {kind.said}" for each, kind in kinds.items() if kind.said]
    if said:
        warn(f"{name}: {several(said)}")
    columns = [started(each, kind) for each, kind in kinds.items()]
    width = 0
    for table in tables:
        whole = filled(table, [*tallies])
        pairs = [(column, whole[column.name]) for column in columns]
        width = Step(pairs, table, name).grow(width, known=True)
    return columns


def is_text(column: Column) -> bool:
    """Tell whether the whole column decides what it holds."""
    return isinstance(column, Words) and column.is_text and len(column.words) > 0


class Step:
    """Some rows of a stream on their way: first all is read and checked, then learned.

    Parameters
    ----------
    pairs : list of (column, data)
        The columns of the encoding and their data. Those that had no values become new ones.
    table : Table
    name : str
        The name of the table in errors.
    """

    def __init__(self, pairs: list[tuple[AnyColumn, Column]], table: Table, name: str):
        self.n = len(table)
        self.said: dict[str, str] = {}
        self.first: dict[int, int] = {}  # the row of the first value of a new column
        self.columns: list[AnyColumn] = []
        self.data: list[Any] = []  # float64 numbers, or Words, or None
        for column, data in pairs:
            label = f"{name}: column {column.name!r}"
            if isinstance(column, LeftOut) and column.reason == WAITING:
                tally = Tally(label)
                tally.see(data, table.where)
                kind = tally.kind()
                column = started(column.name, kind)
                if kind.said:
                    self.said[column.name] = kind.said
            self.columns.append(column)
            self.data.append(None)
            if isinstance(column, NumberColumn):
                self.data[-1] = column.numbers(data, label, table.where)(0, self.n)
            elif isinstance(column, WordColumn):
                self.data[-1] = column.words(data)

    def grow(self, width: int, known: bool = False) -> int:
        """Give inputs from `width` to all that occurs for the first time; return the new width.

        Before its first value, a column has no gaps, unless it is known.
        """
        events: list[Event] = []
        for k, (column, data) in enumerate(zip(self.columns, self.data, strict=True)):
            if isinstance(column, LeftOut):
                continue
            gone = data.codes < 0 if isinstance(data, Words) else np.isnan(data)
            first = int(np.argmin(gone))
            start = 0 if column.inputs or known else first
            self.first[k] = start
            if isinstance(column, WordColumn):
                events += word_events(k, column, data)
            elif column.value is None and not gone[first]:
                events.append((first, k, giver(column, "value")))
            if column.gap is None and gone[start:].any():
                events.append((start + int(np.argmax(gone[start:])), k, giver(column, "gap")))
        for _, _, give in sorted(events, key=lambda event: event[:2]):
            give(width)
            width += 1
        return width

    def learn(self, notes: Notes) -> list[tuple[int, Fill]]:
        """Learn the numbers, and return what encodes the rows."""
        numbers = [
            (column, x)
            for column, x in zip(self.columns, self.data, strict=True)
            if isinstance(column, NumberColumn)
        ]
        z = iter(learned(numbers, self.n).T)
        fills: list[tuple[int, Fill]] = []
        for k, (column, data) in enumerate(zip(self.columns, self.data, strict=True)):
            if isinstance(column, LeftOut):
                continue
            fill = (
                column.filler(reading(data), next(z))
                if isinstance(column, NumberColumn)
                else column.filler(data, notes)
            )
            fills.append((column.slots, after(self.first.get(k, 0), fill)))
        return fills


def reading(x: Array) -> Callable[[int, int], Array]:
    """Return what gives some of the numbers."""
    return lambda start, stop: x[start:stop]


def started(name: str, kind: Kind) -> AnyColumn:
    """Return a column of a kind, without inputs."""
    if kind.name == "left out":
        return LeftOut(name, kind.reason)
    if kind.name == "word":
        return WordColumn(name, {}, None)
    return NumberColumn(name, kind.name, kind.order, 0.0, 0.0, None, None)


def giver(column: AnyColumn, name: str) -> Callable[[int], None]:
    """Return what gives a column an input."""
    return lambda place: setattr(column, name, place)


def word_events(k: int, column: WordColumn, words: Words) -> list[Event]:
    """Return the first row of each new word."""
    codes, first = np.unique(words.codes, return_index=True)
    new = [
        (row, words.words[code])
        for code, row in zip(codes.tolist(), first.tolist(), strict=True)
        if code >= 0 and words.words[code] not in column.index
    ]

    def give(word: str) -> Callable[[int], None]:
        return lambda place: column.index.__setitem__(word, place)

    return [(row, k, give(word)) for row, word in sorted(new)[: MOST - len(column.index)]]


def after(first: int, fill: Fill) -> Fill:
    """Return what writes rows, but leaves those before the first value of a column at 0."""

    def later(start: int, stop: int, values: Array, places: Array) -> None:
        fill(start, stop, values, places)
        values[: max(0, first - start)] = 0

    return later if first else fill


def learned(numbers: Sequence[tuple[NumberColumn, Array]], n: int) -> Array:
    """Update the columns by their numbers, row by row; return the scaled numbers (n, columns)."""
    x, z = np.empty((n, len(numbers))), np.empty((n, len(numbers)))
    if not numbers:
        return z
    from ..kernels.tables import scale_along  # it imports Numba

    for j, (_, values) in enumerate(numbers):
        x[:, j] = values
    seen = np.array([column.seen for column, _ in numbers], np.int64)
    mean = np.array([column.centre for column, _ in numbers])
    squares = np.array([column.squares for column, _ in numbers])
    with np.errstate(all="ignore"):  # kernels as plain Python would warn
        scale_along(x, seen, mean, squares, z)
    for j, (column, _) in enumerate(numbers):
        column.seen, column.centre, column.squares = int(seen[j]), float(mean[j]), float(squares[j])
        column.scale = float(np.sqrt(squares[j] / max(1, seen[j])))
    return z
