"""The encoding of a table: what people have becomes what the kernels take."""

from __future__ import annotations

import copy
import dataclasses
import hashlib
import json
from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ..data.samples import Samples
from ..typing import Array
from .frames import as_table
from .kinds import typed
from .places import by_place
from .table import Column, Numbers, Table, Words


@dataclass
class NumberColumn:
    """A column of numbers: z = clip((x - centre) / scale), and 1 where a value is missing."""

    name: str
    kind: str
    centre: float
    scale: float
    gaps: bool

    @property
    def width(self) -> int:
        """The number of inputs."""
        return 1 + self.gaps

    def encode(self, column: Column) -> Array:
        """Return the inputs (n, width)."""
        assert isinstance(column, Numbers)
        gone = np.isnan(column.values)
        z = (np.where(gone, self.centre, column.values) - self.centre) / (self.scale or 1)
        z = z / np.sqrt(1 + (z / 3) ** 2)
        return np.stack([z, gone], axis=1)[:, : self.width]


@dataclass
class WordColumn:
    """A column of words: an input for each category, and one for missing values."""

    name: str
    words: list[str]
    gaps: bool
    kind: str = "word"

    @property
    def width(self) -> int:
        """The number of inputs."""
        return len(self.words) + self.gaps

    def encode(self, column: Column) -> Array:
        """Return the inputs (n, width)."""
        assert isinstance(column, Words)
        index = {word: k for k, word in enumerate(self.words)}
        of = np.array([index.get(word, -1) for word in column.words] + [len(self.words)])
        codes = of[column.codes]
        return (codes[:, None] == np.arange(self.width)).astype(np.float64)


class Encoding:
    """The encoding of a table as inputs of a net: plain data, frozen once it is made.

    Attributes
    ----------
    columns : list of NumberColumn or WordColumn
        In the order of the table.
    named : bool
        True if columns are matched by name, False by place.
    target : str or None
        The name of the target.
    """

    running = False
    grown: int

    def __init__(self, columns: list[Any], named: bool, target: str | None):
        self.columns, self.named, self.target = columns, named, target

    @classmethod
    def fit(cls, table: Table, places: Array | None = None) -> Encoding:
        """Return the encoding that the rows at `places`, or all, call for."""
        seen = table if places is None else table[places]
        columns = [fitted(n, typed(c)) for n, c in zip(seen.names, seen.columns, strict=True)]
        return cls(columns, table.named, table.target)

    @property
    def width(self) -> int:
        """The number of inputs."""
        if hasattr(self, "grown"):
            return self.grown
        return sum(column.width for column in self.columns)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(column.name for column in self.columns)

    def samples(self, X: Any, dtype: np.dtype, name: str = "X") -> Samples:
        """Return the samples of a table, or of an array by place, for a net of this dtype."""
        table = as_table(X, name) or by_place(X, name)
        if not table.named:
            table = dataclasses.replace(table, names=self.names)
        if hasattr(self, "grown"):
            twin = self.copy()
            counts = {id(c): (c.centre, c.scale) for c in twin.columns if c.kind != "word"}
            assert counts is not None
            return Samples(twin.learn(table, dtype, name).rows[:, : self.width], dtype, self.width)
        parts = [column.encode(typed(table[column.name])) for column in self.columns]
        samples = Samples(np.concatenate(parts, axis=1).astype(dtype), dtype, self.width, name)
        samples.encoding = self
        return samples

    def row(self, x: Any, dtype: np.dtype, name: str = "x") -> Array:
        """Return the inputs (width,) of one row: a dict, a series, or values by place."""
        return self.samples([x], dtype, name).rows[0]

    # Provisional: the running form, until branch enc has it.

    @classmethod
    def begin(cls, tables: Any) -> Encoding:
        """Return a running encoding that knows the kinds and the words of some tables."""
        rows = [
            dict(zip(t.names, values, strict=True))
            for t in tables
            for values in zip(*(_values(c) for c in t.columns), strict=True)
        ]
        table = dataclasses.replace(as_table(rows) or tables[0], named=tables[0].named)
        encoding = cls.fit(table)
        encoding.running, place = True, 0
        encoding.columns = []
        for name, column in zip(table.names, table.columns, strict=True):
            column = typed(column)
            made: Any
            if isinstance(column, Words):
                made = WordColumn(name, [], False)
                made.inputs = []
                for code in column.codes.tolist():
                    word = None if code < 0 else column.words[code]
                    if word not in made.words:
                        made.words.append(word)  # type: ignore[arg-type]
                        made.inputs.append(place)
                        place += 1
            else:
                made = NumberColumn(name, column.kind, 0.0, 0.0, True)
                made.inputs, made.seen, made.squares = [place, place + 1], 0, 0.0
                place += 2
            encoding.columns.append(made)
        encoding.grown = place
        return encoding

    def learn(self, X: Any, dtype: np.dtype, name: str = "X") -> Samples:
        """Learn the statistics of rows, and return them as samples."""
        table = as_table(X, name) or by_place(X, name)
        if not table.named:
            table = dataclasses.replace(table, names=self.names)
        for column in self.columns:
            if column.name not in table.names:
                raise ValueError(f"{name}: no column {column.name!r}")
            came = typed(table[column.name])
            if column.kind != "word" and (
                isinstance(came, Words) or bool(np.isinf(came.values).any())
            ):
                raise ValueError(f"{name}: no number in column {column.name!r}")
        rows: list[dict[int, float]] = [{} for _ in range(len(table))]
        for column in self.columns:
            came = typed(table[column.name])
            for k, row in enumerate(rows):
                if column.kind == "word":
                    assert isinstance(came, Words)
                    word = None if came.codes[k] < 0 else came.words[came.codes[k]]
                    if word not in column.words:
                        column.words.append(word)
                        column.inputs.append(self.grown)
                        self.grown += 1
                    row[column.inputs[column.words.index(word)]] = 1.0
                    continue
                x = float(came.values[k])  # type: ignore[union-attr]
                if x != x:
                    row[column.inputs[1]] = 1.0
                    continue
                column.seen += 1
                away = x - column.centre
                column.centre += away / column.seen
                column.squares += away * (x - column.centre)
                scale = np.sqrt(column.squares / column.seen) or 1.0
                z = (x - column.centre) / scale
                row[column.inputs[0]] = z / np.sqrt(1 + (z / 3) ** 2)
        out = np.zeros((len(rows), self.grown), dtype)
        for k, row in enumerate(rows):
            for place, z in row.items():
                out[k, place] = z
        samples = Samples(out, dtype, self.grown, name)
        samples.encoding = self
        return samples

    def copy(self) -> Encoding:
        """Return a copy."""
        return copy.deepcopy(self)

    def frozen(self) -> Encoding:
        """Return one that no longer changes."""
        twin = copy.deepcopy(self)
        twin.running = False
        return twin

    def to_dict(self) -> dict[str, Any]:
        """Return the encoding in JSON types."""
        columns = [asdict(column) for column in self.columns]
        return {"columns": columns, "named": self.named, "target": self.target}

    @classmethod
    def from_dict(cls, about: dict[str, Any]) -> Encoding:
        """Return the encoding of `to_dict`.

        Raises
        ------
        ValueError
            It is damaged: it comes from an untrusted file.
        """
        of = {True: WordColumn, False: NumberColumn}
        columns = [of[column["kind"] == "word"](**column) for column in about["columns"]]
        return cls(columns, about["named"], about["target"])

    def digest(self) -> str:
        """Return the SHA-256 of the encoding: equal if it encodes equally."""
        return hashlib.sha256(json.dumps(self.to_dict()).encode()).hexdigest()


def fitted(name: str, column: Column) -> NumberColumn | WordColumn:
    """Return the encoding of one column."""
    if isinstance(column, Words):
        counts = Counter(column.codes.tolist())
        words = sorted(column.words[code] for code in counts if code >= 0)
        return WordColumn(name, words, counts[-1] > 0)
    there = column.values[~np.isnan(column.values)]
    low, centre, high = np.quantile(there, [0.25, 0.5, 0.75]).tolist() if len(there) else (0, 0, 0)
    return NumberColumn(name, column.kind, centre, (high - low) / 1.35, len(there) < len(column))


def _values(column: Column) -> list[Any]:
    if isinstance(column, Numbers):
        values = [None if x != x else x for x in column.values.tolist()]
        return [bool(x) for x in values] if column.kind == "flag" else values
    return [None if code < 0 else column.words[code] for code in column.codes.tolist()]
