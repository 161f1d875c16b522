"""The fitting of an encoding, from chunks of a table: the same bits in whatever chunks.

Counts are exact. Medians and quartiles come from all rows, or of many rows from a sample that
depends on their places alone: a row is in it if the hash of its place is below a bound, and the
bound is halved whenever more than SAMPLED rows are.
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import compress, groupby
from itertools import count as counting
from typing import Any

import numpy as np

from ..diagnostics import warn
from ..typing import Array
from .columns import AnyColumn, LeftOut, NumberColumn, WordColumn, check_finite
from .kinds import MOST_WORDS, Kind, Tally, Where, as_numbers
from .scaling import centre_and_scale
from .table import Column, Numbers, Table

SAMPLED = 1 << 17  # rows from which medians and quartiles come, at the most
MOST = 1_000  # categories of a column
RARE, RARE_SHARE = 10, 1e-3  # a category has so many rows, or so large a share of them if less
INDEX = re.compile(r"|unnamed: ?\d+|index|id|row_?id|row\.?names?|level_0", re.IGNORECASE)
INDEXED = 10  # rows from which a column of distinct whole numbers may be an index


class Fitter:
    """What an encoding needs to know of a table, gathered in bounded memory.

    Parameters
    ----------
    name : str
        The name of the table in errors.
    """

    def __init__(self, name: str = "X") -> None:
        self.name, self.rows, self.level = name, 0, 0
        self.first: Table | None = None
        self.parts: list[ColumnFit] = []
        self.hashes = np.zeros(0, np.uint64)  # of the rows in the sample

    def see(self, table: Table) -> None:
        """Learn from the next rows.

        Raises
        ------
        ValueError
            The columns are others than before, or a number is infinite.
        """
        if self.first is None:
            self.first = table[:0]
            self.parts = [ColumnFit(name, self.name) for name in table.names]
        if table.names != self.first.names:
            came, wanted = (", ".join(names) for names in (table.names, self.first.names))
            raise ValueError(f"{self.name}: columns {came}, wanted {wanted}, as before")
        new = hashed(np.arange(self.rows, self.rows + len(table), dtype=np.uint64))
        self.rows += len(table)
        while self._sampled(self.hashes).sum() + self._sampled(new).sum() > SAMPLED:
            self.level += 1
        old, kept = (np.flatnonzero(self._sampled(hashes)) for hashes in (self.hashes, new))
        for part, column in zip(self.parts, table.columns, strict=True):
            if len(old) < len(self.hashes):
                part.keep(old)
            part.see(column, table.where, kept)
        self.hashes = np.append(self.hashes[old], new[kept])

    def _sampled(self, hashes: Array) -> Array:
        """Tell which rows are in the sample, by the hashes of their places."""
        return hashes <= np.uint64(2 ** (64 - self.level) - 1)

    def finish(self) -> tuple[list[AnyColumn], bool, str | None]:
        """Return the columns, whether they have names, and the name of the target.

        Columns that are left out, and numbers that are read in an odd way, are said.
        """
        if self.first is None or not self.rows:
            raise ValueError(f"{self.name}: no rows, wanted at least one")
        place, columns, said = counting(), [], []
        for part in self.parts:
            column, words = part.column(place, alone=len(self.parts) == 1)
            columns.append(column)
            said += [f"column {part.name!r}: {words}"] if words else []
        if said:
            warn(f"{self.name}: {'; '.join(said)}")
        if not any(column.inputs for column in columns):
            left = [f"{c.name!r} ({c.reason})" for c in columns if isinstance(c, LeftOut)]
            raise ValueError(f"{self.name}: no column to learn from, of {', '.join(left)}")
        return columns, self.first.named, self.first.target


class ColumnFit:
    """What the encoding of one column needs to know."""

    def __init__(self, name: str, table: str) -> None:
        self.name, self.label = name, f"{table}: column {name!r}"
        self.tally = Tally(self.label)
        self.sample: list[Column] = []

    def see(self, column: Column, where: Where, kept: Array) -> None:
        """Learn from the next rows, of which those at the places `kept` are in the sample."""
        self.tally.see(column, where)
        if isinstance(column, Numbers):
            check_finite(column.values, self.label, where)
        self.sample.append(compact(column.rows(kept)))

    def keep(self, kept: Array) -> None:
        """Keep some rows of the sample, at places in order."""
        parts, start = merged(self.sample), 0
        self.sample = []
        for part in parts:
            own = kept[(kept >= start) & (kept < start + len(part))] - start
            self.sample.append(compact(part.rows(own)))
            start += len(part)

    def column(self, place: Any, alone: bool) -> tuple[AnyColumn, str]:
        """Return the column's encoding, with inputs from `place`, and what to say about it."""
        kind = self.tally.kind()
        if kind.name == "left out":
            return LeftOut(self.name, kind.reason), kind.said or f"{kind.reason}; it is left out"
        gaps = bool(self.tally.rows[0])
        if kind.name == "word":
            return self._words(kind, gaps, place)
        return self._numbers(kind, gaps, place, alone)

    def _numbers(self, kind: Kind, gaps: bool, place: Any, alone: bool) -> tuple[AnyColumn, str]:
        parts = [as_numbers(part, kind.name, kind.order, self.label, str) for part in
                 merged(self.sample)]  # fmt: skip
        sample = np.concatenate([part.values for part in parts])
        sample = sample[np.isfinite(sample)]  # infinity is an error when its row is encoded
        if not alone and kind.name == "number" and is_index(self.name, sample, gaps):
            return LeftOut(self.name, "index"), (
                "it numbers the rows, so it is left out (another name keeps it)"
            )
        centre, scale = centre_and_scale(sample) if len(sample) else (0.0, 0.0)
        if scale == 0 and not gaps:
            return LeftOut(self.name, "one value"), ""
        value = next(place) if scale else None
        gap = next(place) if gaps else None
        column = NumberColumn(self.name, kind.name, kind.order, centre, scale, value, gap)
        return column, kind.said

    def _words(self, kind: Kind, gaps: bool, place: Any) -> tuple[AnyColumn, str]:
        counts = self.tally.counts
        if counts is None or self.tally.is_id():
            many = f"{len(counts):,}" if counts is not None else f"more than {MOST_WORDS:,}"
            said = f"{many} different words in {self.tally.there:,} rows, an ID; it is left out"
            return LeftOut(self.name, "ID"), said
        words = categories(counts, self.tally.there)
        if len(counts) == 1 and not gaps:
            return LeftOut(self.name, "one value"), ""
        rare = self.tally.there - sum(counts[word] for word in words)
        index = {word: next(place) for word in words}
        gap = next(place) if gaps else None
        return WordColumn(self.name, index, gap, rare), kind.said


def categories(counts: dict[str, int], rows: int) -> list[str]:
    """Return the words that are frequent enough to be categories, in the order of the alphabet."""
    least = min(RARE, RARE_SHARE * rows)
    frequent = [word for word, count in counts.items() if count >= least]
    return sorted(sorted(frequent, key=lambda word: (-counts[word], word))[:MOST])


def is_index(name: str, sample: Array, gaps: bool) -> bool:
    """Tell whether a column of numbers only numbers the rows, by its name and its values."""
    if gaps or len(sample) < INDEXED or not INDEX.fullmatch(name.strip()):
        return False
    return bool((sample == np.rint(sample)).all() and len(np.unique(sample)) == len(sample))


def hashed(places: Array) -> Array:
    """Return a hash of each place (n,), uint64: splitmix64 (Steele, Lea & Flood 2014)."""
    with np.errstate(over="ignore"):
        z = (places + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))  # type: ignore[no-any-return]


def compact(column: Column) -> Column:
    """Return a column that holds no words but its own, and no memory of a larger one."""
    if isinstance(column, Numbers):
        return Numbers(column.values.copy(), column.kind)
    used = np.zeros(len(column.words) + 1, bool)
    used[column.codes] = True
    used[-1] = False  # the code of a missing word
    codes = np.where(used, np.cumsum(used) - 1, -1).astype(np.int32)[column.codes]
    return replace(column, codes=codes, words=list(compress(column.words, used[:-1].tolist())))


def merged(columns: list[Column]) -> list[Column]:
    """Return columns of following rows with neighbours of one type as one."""
    return [joined(list(group)) for _, group in groupby(columns, key=type)]


def joined(columns: list[Any]) -> Column:
    """Return columns of one type as one."""
    if len(columns) == 1:
        return columns[0]  # type: ignore[no-any-return]
    if isinstance(columns[0], Numbers):
        return replace(columns[0], values=np.concatenate([column.values for column in columns]))
    index: dict[str, int] = {}
    codes = []
    for column in columns:
        of = [index.setdefault(word, len(index)) for word in column.words]
        codes.append(np.array([*of, -1], np.int32)[column.codes])
    return replace(columns[0], codes=np.concatenate(codes), words=list(index))
