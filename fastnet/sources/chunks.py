"""Files in chunks: for streams, and for what is larger than memory."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from .. import checks
from ..diagnostics import warn
from ..tables.kinds import as_words
from ..tables.table import Table, Words
from ..typing import Array
from .parts import array_of, column_of, plain_columns, without
from .readers import parts_of, reader_of
from .reading import Path, Reading
from .targets import TargetRule

ROWS = 1 << 16


def chunks(path: Path, rows: int = ROWS, **reading: Any) -> Iterator[tuple[Any, Array | None]]:
    """Yield the rows of a file in chunks, in bounded memory, for `fastnet.train_stream`.

    A table is read twice: what its target holds is decided by the whole column, before the first
    chunk is given. `classes` says it, and saves this if the first line has names.

    Parameters
    ----------
    path
        A file, or a folder, as in `fastnet.datasets.read`.
    rows
        The number of rows in each chunk; the last may have fewer.
    **reading
        The options of `fastnet.datasets.read` but `weight`.

    Yields
    ------
    X, y
        As `fastnet.datasets.read` returns them: the first part of the data that is there.

    Raises
    ------
    TypeError, ValueError, OSError
        As `fastnet.datasets.read` does.
    """
    rows = checks.whole("rows", rows, 1)
    if "weight" in reading:
        raise TypeError("weight: chunks have no weights")
    options = Reading.of(**reading)
    if reader_of(path).tables is not None:
        return _of_table(Source(path, options, rows))
    (X, y), (X_test, y_test) = parts_of(path, options)
    X, y = (X_test, y_test) if X is None else (X, y)
    return _of_array(X, y, rows)


def _of_table(source: Source) -> Iterator[tuple[Any, Array | None]]:
    source.survey()
    return source.parts()


def _of_array(X: Any, y: Array | None, rows: int) -> Iterator[tuple[Any, Array | None]]:
    for start in range(0, X.shape[0], rows):
        yield X[start : start + rows], None if y is None else y[start : start + rows]


class Source:
    """A table in a file, which is read again and again, in chunks of so many rows.

    Attributes
    ----------
    target : str or None
        The name of the target; None if there are to be no labels.
    longest : int
        The most characters of a word in it.
    """

    def __init__(self, path: Path, reading: Reading, rows: int):
        self.path, self.reading, self.rows = os.fspath(path), reading, rows
        self.rule = TargetRule(reading.classes, f"{self.path}: ")
        self.target: str | None = None
        self.arrays = self.known = False
        self.longest = 1

    def tables(self) -> Iterator[Table]:
        """Yield all columns but those to drop. `first` of each table is right."""
        read = reader_of(self.path).tables
        assert read is not None
        given = 0
        for table in read(self.path, self.reading, self.rows):
            if self.reading.labels and self.target is None:
                self.target = column_of(table.names, self.path, self.reading)
            if len(table):
                yield replace(table, first=given)
            given += len(table)
        if not given:
            raise ValueError(f"{self.path}: no rows, wanted some")

    def survey(self) -> None:
        """Read what decides the form of all chunks, unless the first of them says it."""
        needed = self.reading.labels and self.reading.classes is None
        for _ in self.inputs(needed):
            if not needed and not self.arrays:
                return

    def inputs(self, needed: bool = True) -> Iterator[tuple[Table, Array]]:
        """Yield the inputs in each chunk, and the places of rows with a target, and learn of them.

        The target is seen if it is `needed`.
        """
        first = True
        for table in self.tables():
            if self.target is not None and needed:
                self.rule.see(table, self.target)
            rows = without(table, self.path, self.reading, self.target)
            self.arrays = (first or self.arrays) and plain_columns(rows, self.path) is not None
            places, first = self.there(table), False
            yield rows, places

    def there(self, table: Table) -> Array:
        """Return the places of the rows that have a target."""
        if self.target is None:
            return np.arange(len(table))
        column = table[self.target]
        if isinstance(column, Words):
            self.longest = max(self.longest, *map(len, column.words), 1)
            return np.flatnonzero(as_words(column).codes >= 0)
        return np.flatnonzero(~np.isnan(column.values))

    def parts(self) -> Iterator[tuple[Any, Array | None]]:
        """Yield X and y of the rows that have a target; at the end, the others are said."""
        gone = 0
        for table in self.tables():
            rows, y, places = self.part(table)
            gone += len(table) - len(places)
            if len(places):
                X = rows if len(places) == len(rows) else rows[places]
                pixels = self.reading.pixels
                yield array_of(X, self.path, pixels) if self.arrays or pixels else X, y
        self.say(gone)

    def part(self, table: Table) -> tuple[Table, Array | None, Array]:
        """Return the inputs in a chunk, the answers, and the places of the rows that have one."""
        rows, places = without(table, self.path, self.reading, self.target), self.there(table)
        if self.target is None or not len(places):
            return rows, None, places
        return rows, *self.rule.answers(table, self.target)

    def say(self, gone: int) -> None:
        """Warn of rows that have no target."""
        if gone:
            warn(f"{self.path}: {gone:,} rows have no {self.target!r}: they are left out")
