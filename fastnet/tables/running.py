"""The running form of an encoding: it learns along with a stream, before the net does.

Numbers are scaled by the mean and the deviation so far (`kernels.tables`). A category, a gap or a
column gets its input when it first occurs, in the order of rows, then of columns. So the inputs and
all bits are the same however a stream is cut in calls. What a column holds is decided by the first
call that has a value of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..typing import Array
from .columns import AnyColumn, Fill, LeftOut, Notes, NumberColumn, WordColumn
from .fitting import MOST
from .kinds import Kind, Tally
from .matching import filled
from .table import Column, Table, Words

WAITING = "no values"  # so far
Event = tuple[int, int, Callable[[int], None]]  # row, column, and what gives it its input


def begun(tables: Sequence[Table], name: str) -> tuple[list[AnyColumn], int]:
    """Return columns that know what tables hold, the next ones of a stream, and their inputs.

    No number joins the statistics.
    """
    tallies: dict[str, Tally] = {}
    for table in tables:
        for each, data in zip(table.names, table.columns, strict=True):
            tally = tallies.setdefault(each, Tally(f"{name}: column {each!r}"))
            tally.see(data, table.where)
    columns = [started(each, tally.kind()) for each, tally in tallies.items()]
    width = 0
    for table in tables:
        whole = filled(table, [*tallies])
        pairs = [(column, whole[column.name]) for column in columns]
        width = Step(pairs, table, name).grow(width)
    return columns, width


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
                    self.said[column.name] = f"column {column.name!r}: {kind.said}"
            self.columns.append(column)
            self.data.append(None)
            if isinstance(column, NumberColumn):
                self.data[-1] = column.numbers(data, label, table.where)(0, self.n)
            elif isinstance(column, WordColumn):
                self.data[-1] = column.words(data)

    def grow(self, width: int) -> int:
        """Give inputs from `width` to all that occurs for the first time; return the new width."""
        events: list[Event] = []
        for k, (column, data) in enumerate(zip(self.columns, self.data, strict=True)):
            if isinstance(column, NumberColumn):
                events += number_events(k, column, data)
            elif isinstance(column, WordColumn):
                events += word_events(k, column, data)
        for _, _, give in sorted(events, key=lambda event: event[:2]):
            give(width)
            width += 1
        return width

    def fills(self, notes: Notes) -> list[tuple[int, Fill]]:
        """Learn the numbers, and return what encodes the rows."""
        numbers = [
            (column, x)
            for column, x in zip(self.columns, self.data, strict=True)
            if isinstance(column, NumberColumn)
        ]
        z = iter(learned(numbers, self.n).T)
        fills: list[tuple[int, Fill]] = []
        for column, data in zip(self.columns, self.data, strict=True):
            if isinstance(column, NumberColumn):
                fills.append((column.slots, column.filler(reading(data), next(z))))
            elif isinstance(column, WordColumn):
                fills.append((column.slots, column.filler(data, notes)))
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


def number_events(k: int, column: NumberColumn, x: Array) -> list[Event]:
    """Return the first value and the first gap after a value, as far as they have no input."""
    gone, events, start = np.isnan(x), [], 0
    if column.value is None:
        start = int(np.argmin(gone))
        if gone[start]:
            return []
        events.append((start, k, lambda place: setattr(column, "value", place)))
    return events + gap_events(k, column, gone, start)


def word_events(k: int, column: WordColumn, words: Words) -> list[Event]:
    """Return the first row of each new word, and the first gap after a word."""
    codes, first = np.unique(words.codes, return_index=True)
    new = [
        (row, words.words[code])
        for code, row in zip(codes.tolist(), first.tolist(), strict=True)
        if code >= 0 and words.words[code] not in column.index
    ]
    new = sorted(new)[: MOST - len(column.index)]
    start = 0 if column.index else new[0][0] if new else len(words)

    def give(word: str) -> Callable[[int], None]:
        return lambda place: column.index.__setitem__(word, place)

    events: list[Event] = [(row, k, give(word)) for row, word in new]
    return events + gap_events(k, column, words.codes < 0, start)


def gap_events(k: int, column: NumberColumn | WordColumn, gone: Array, start: int) -> list[Event]:
    """Return the first gap from row `start`, if the column has no input for gaps."""
    if column.gap is not None or not gone[start:].any():
        return []
    row = start + int(np.argmax(gone[start:]))
    return [(row, k, lambda place: setattr(column, "gap", place))]


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
    scale_along(x, seen, mean, squares, z)
    for j, (column, _) in enumerate(numbers):
        column.seen, column.centre, column.squares = int(seen[j]), float(mean[j]), float(squares[j])
        column.scale = float(np.sqrt(squares[j] / max(1, seen[j])))
    return z
