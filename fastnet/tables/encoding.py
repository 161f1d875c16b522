"""The encoding of a table: what people have becomes what the kernels take.

`kinds` decides what a column holds, `fitting` makes the encoding, `columns` has each column's part,
`scaling` has the rule for numbers, and `running` learns along with a stream.
"""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..data.samples import Samples
from ..diagnostics import warn
from ..typing import Array
from .columns import WAITING, AnyColumn, Fill, LeftOut, copied
from .contents import columns_of, contents
from .fitting import Fitter
from .frames import table_of
from .matching import filled, matched, mentioned
from .notes import Notes
from .running import Step, begun
from .shown import of_encoding
from .single import Single
from .slots import dense_rows, sparse_rows
from .statistics import Statistics
from .table import Table

DENSE = 2  # rows are sparse if they have more than so many times their entries


class Encoding:
    """The encoding of a table as inputs of a net: plain data, frozen once it is made.

    Attributes
    ----------
    columns : list of NumberColumn, WordColumn or LeftOut
        In the order of the table.
    named : bool
        True if columns are matched by name, False by place.
    target : str or None
        The name of the target.
    running : bool
        True if it learns along with a stream: see `learn`.
    width : int
        The number of inputs.
    statistics : Statistics or None
        The statistics of the columns for `plain.Plain`, if all have plain numbers.
    said : set of str
        The columns of which a warning was given: none is given twice.
    """

    def __init__(
        self,
        columns: Sequence[AnyColumn] = (),
        named: bool = True,
        target: str | None = None,
        running: bool = False,
    ):
        self.named, self.target, self.running = named, target, running
        self.columns = [*columns]
        self.width = sum(len(column.inputs) for column in columns)
        self.said: set[str] = set()
        self._singles: dict[np.dtype, Single] = {}

    @classmethod
    def fit(cls, table: Table, places: Array | None = None, name: str = "X") -> Encoding:
        """Return the encoding that the rows at `places`, in any order, or all rows call for.

        A row whose place comes twice counts as two.
        """
        fitter = Fitter(name)
        fitter.see(table, None if places is None else np.sort(np.arange(len(table))[places]))
        return cls(*fitter.finish())

    @classmethod
    def begin(cls, tables: Sequence[Table], name: str = "X") -> Encoding:
        """Return a running encoding that knows the columns and the words of a stream's beginning.

        It has learned nothing yet: these rows are learned like all others.
        """
        first = tables[0]
        return cls(begun(tables, name), first.named, first.target, running=True)

    @property
    def columns(self) -> list[AnyColumn]:
        """The columns, with what single rows have taught them."""
        if self.statistics is not None:
            self.statistics.store()
        return self._columns

    @columns.setter
    def columns(self, columns: list[AnyColumn]) -> None:
        self._columns, self.statistics = columns, Statistics.of(columns)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(column.name for column in self._columns)

    def column_of(self, place: int) -> str:
        """Return the name of the column that has the input at a place."""
        return next(column.name for column in self.columns if place in column.inputs)

    def samples(self, X: Any, dtype: np.dtype, name: str = "X") -> Samples:
        """Return the samples of a table, or of an array by place, for a net of this dtype.

        Parameters
        ----------
        X : Table, frame, dicts, or array_like (n, columns)
        dtype : numpy.dtype
        name : str
            The name of X in errors.

        Returns
        -------
        Samples
            Dense, or sparse if that is smaller; their bits are equal.

        Raises
        ------
        ValueError
            A column is missing, or holds something else than it did. The error has its place.
        """
        table, notes = self._table(X, name), Notes()
        if not len(table):
            raise ValueError(f"{name}: no rows, wanted at least one")
        pairs = matched(self.columns, self.named, self.target, table, name, notes)
        fills = [
            (
                column.slots,
                column.encoder(data, f"{name}: column {column.name!r}", table.where, notes),
            )
            for column, data in pairs
            if not isinstance(column, LeftOut)
        ]
        self._say(notes, name)
        return self._made(fills, len(table), dtype, name)

    def learn(self, X: Any, dtype: np.dtype, name: str = "X") -> Samples:
        """Learn the next rows of a stream, and return their samples; see `samples`.

        Each row joins the statistics before it is scaled. The encoding grows by an input for each
        category, gap and column of dicts that is new. An error changes nothing.
        """
        table, notes = self._table(X, name), Notes()
        named, target = self.named, self.target
        if not self.columns:
            named, target = table.named, table.target
        known = {*self.names, target}
        grows = table.loose or not self.columns
        new = [LeftOut(each, WAITING) for each in table.names if grows and each not in known]
        columns = [*self.columns, *new]
        step = Step(matched(columns, named, target, table, name, notes), table, name)
        own = {column.name: column for column in step.columns}
        self.width = step.grow(self.width)
        self.columns = [own.get(column.name, column) for column in columns]
        self.named, self.target = named, target
        self._singles.clear()
        fills = step.learn(notes)
        notes.others |= step.said
        self._say(notes, name)
        return self._made(fills, len(table), dtype, name)

    def _table(self, X: Any, name: str) -> Table:
        """Return X as a table; dicts in a stream have gaps where they have no value."""
        table = table_of(X, name)
        fills = self.running and table.loose
        return filled(table, self.names) if fills else table

    def _made(self, fills: list[tuple[int, Fill]], n: int, dtype: np.dtype, name: str) -> Samples:
        """Return samples of n rows as the columns fill them."""
        make = sparse_rows if self.is_sparse else dense_rows
        samples = Samples(make(fills, n, self.width, dtype), dtype, self.width, name)
        samples.encoding = self
        return samples

    @property
    def is_sparse(self) -> bool:
        """Tell whether encoded rows are sparse."""
        return self.width > DENSE * sum(column.slots for column in self.columns)

    def row(self, x: Any, dtype: np.dtype, name: str = "x") -> Array:
        """Return the inputs (width,) of one row: a dict, a series, or values by place.

        They are those of `samples([x])`, made faster.
        """
        return self._row(x, dtype, name, learn=False)

    def learn_row(self, x: Any, dtype: np.dtype, name: str = "x") -> Array:
        """Learn the next row of a stream, and return its inputs (width,).

        They are those of `learn([x])`, made faster.
        """
        return self._row(x, dtype, name, learn=True)

    def _row(self, x: Any, dtype: np.dtype, name: str, learn: bool) -> Array:
        """Return the inputs of a row, which is perhaps learned."""
        columns, single = self.columns, self._singles.get(dtype)
        if single is None or single.width != self.width:
            single = self._singles[dtype] = Single(
                columns, self.width, dtype, self.running, self.said
            )
        values = x if type(x) is dict else mentioned(self.names, x, name)
        inputs = single.inputs(values, learn)
        if learn and self.statistics is not None:
            self.statistics.behind = True
        if inputs is None:  # something unusual
            rows = (self.learn if learn else self.samples)([values], dtype, name).rows
            inputs = rows.toarray()[0] if hasattr(rows, "tocsr") else rows[0]
            single.allowed.update(values)  # further columns are said by now
        return inputs

    def _say(self, notes: Notes, name: str) -> None:
        """Warn of what was noted and is not said yet."""
        text = notes.text(self.said)
        if text:
            warn(f"{name}: {text}")

    def typed(self, table: Table) -> Table:
        """Return a table whose text is numbers and words, as the columns have it.

        That is done once for all rows of a chunk, which a stream then learns in parts. If a word
        does not fit, return the table as it is: its own part then has the error.
        """
        own = {column.name: column for column in self.columns}
        try:
            columns = [
                own[each].typed(column, table.where) if each in own else column
                for each, column in zip(table.names, table.columns, strict=True)
            ]
        except ValueError:
            return table
        return replace(table, columns=tuple(columns))

    def frozen(self) -> Encoding:
        """Return an encoding that encodes as this one does now, and learns nothing more."""
        frozen = self.copy()
        frozen.running = False
        return frozen

    def copy(self) -> Encoding:
        """Return a copy that shares nothing with this encoding."""
        return copy.deepcopy(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Encoding:
        columns = [copied(column) for column in self.columns]
        return Encoding(columns, self.named, self.target, self.running)

    def __getstate__(self) -> dict[str, Any]:
        return self.to_dict()

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(*columns_of(state))  # type: ignore[misc]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Encoding):
            return NotImplemented
        return self.to_dict() == other.to_dict()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self.columns)} columns, {self.width} inputs)"

    def _repr_html_(self) -> str:
        """Return a table of the columns for a notebook."""
        return of_encoding(self)

    def to_dict(self) -> dict[str, Any]:
        """Return the encoding in JSON types."""
        return {
            "running": self.running,
            "named": self.named,
            "target": self.target,
            "columns": [contents(column, self.running) for column in self.columns],
        }

    @classmethod
    def from_dict(cls, about: dict[str, Any]) -> Encoding:
        """Return the encoding of `to_dict`, running or frozen.

        Raises
        ------
        ValueError
            It is damaged: it comes from an untrusted file.
        """
        return cls(*columns_of(about))

    def digest(self) -> str:
        """Return the SHA-256 of the encoding: equal if it encodes equally.

        The name of the target does not count: an array of targets has none. Nor do names that are
        made up.
        """
        about = self.to_dict() | {"target": None}
        if not self.named:
            about["columns"] = [column | {"name": ""} for column in about["columns"]]
        return hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()
