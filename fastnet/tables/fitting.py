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
from .columns import AnyColumn, LeftOut, NumberColumn, WordColumn, blocks, check_finite
from .kinds import MOST_WORDS, Kind, Tally, Where, as_numbers
from .matching import first
from .notes import few, several
from .scaling import centre_and_scale
from .table import Column, Numbers, Table, concatenated

SAMPLED = 1 << 17  # rows from which medians and quartiles come, at the most
MOST = 1_000  # categories of a column
LEAST, LEAST_SHARE = 3, 50  # a category has 3 rows, or 1 in 50 of few: bench/studies/encodings.py
INDEX = re.compile(  # names of columns that number rows, as pandas and R write them, and of IDs
    r"|(?i:unnamed: ?\d+|index|level_0|row_?id|row\.?names?)|(?:.*[\W_])?(?i:id)|.*[a-z]I[dD]"
)
INDEXED = 10  # rows from which a column of distinct whole numbers may be an index


class NothingToLearn(ValueError):
    """All columns of a table are left out."""


class Fitter:
    """What an encoding needs to know of a table, gathered in bounded memory.

    Parameters
    ----------
    name : str
        The name of the table in errors.
    """

    def __init__(self, name: str = "X") -> None:
        self.name, self.rows, self.level = name, 0, 0
        self.names: tuple[str, ...] = ()
        self.named = True
        self.target: str | None = None
        self.parts: list[ColumnFit] = []
        self.hashes = np.zeros(0, np.uint64)  # of the rows in the sample

    def see(self, table: Table, places: Array | None = None) -> None:
        """Learn from the next rows: those of a table, or those at `places` in it.

        Raises
        ------
        ValueError
            The columns are others than before, or a number is infinite.
        """
        if not self.parts:
            self.names, self.named, self.target = table.names, table.named, table.target
            self.parts = [ColumnFit(name, self.name) for name in table.names]
        if table.names != self.names:
            came, wanted = first(table.names), first(self.names)
            raise ValueError(f"{self.name}: columns {came}, wanted {wanted}, as before")
        places = np.arange(len(table)) if places is None else places
        old, chosen = self._chosen(len(places))
        for part, column in zip(self.parts, table.columns, strict=True):
            if old is not None:
                part.keep(old)
            part.see(column, places, table.where)
            part.sample.append(compact(column.rows(places[chosen])))

    def _chosen(self, n: int) -> tuple[Array | None, Array]:
        """Return which rows of the sample stay, None if all do, and which of the next n join it."""
        level, old = self.level, self.hashes
        chosen, hashes = np.zeros(0, np.int64), np.zeros(0, np.uint64)
        for start, stop in blocks(n):
            new = hashed(np.arange(self.rows + start, self.rows + stop, dtype=np.uint64))
            near = np.flatnonzero(self._sampled(new))
            chosen, hashes = np.append(chosen, start + near), np.append(hashes, new[near])
            while len(old) + len(hashes) > SAMPLED:
                self.level += 1
                kept = self._sampled(hashes)
                chosen, hashes, old = chosen[kept], hashes[kept], old[self._sampled(old)]
        stay = None if level == self.level else np.flatnonzero(self._sampled(self.hashes))
        self.rows, self.hashes = self.rows + n, np.append(old, hashes)
        return stay, chosen

    def _sampled(self, hashes: Array) -> Array:
        """Tell which rows are in the sample, by the hashes of their places."""
        return hashes <= np.uint64(2 ** (64 - self.level) - 1)

    def finish(self) -> tuple[list[AnyColumn], bool, str | None]:
        """Return the columns, whether they have names, and the name of the target.

        Columns that are left out, and numbers that are read in an odd way, are said.
        """
        if not self.rows:
            raise ValueError(f"{self.name}: no rows, wanted at least one")
        place, columns, said = counting(), [], []
        for part in self.parts:
            column, words = part.column(place, alone=len(self.parts) == 1)
            columns.append(column)
            said += [f"column {part.name!r}: {words}"] if words else []
        if said:
            warn(f"{self.name}: {several(said)}")
        if not any(column.inputs for column in columns):
            left = [f"{c.name!r} ({c.reason})" for c in columns if isinstance(c, LeftOut)]
            raise NothingToLearn(f"{self.name}: no column to learn from, of {few(left)}")
        return columns, self.named, self.target


class ColumnFit:
    """What the encoding of one column needs to know."""

    def __init__(self, name: str, table: str) -> None:
        self.name, self.label = name, f"{table}: column {name!r}"
        self.tally = Tally(self.label)
        self.sample: list[Column] = []

    def see(self, column: Column, places: Array, where: Where) -> None:
        """Learn from the next rows, which are at `places` of a column."""
        # numbers block by block: no copy of all, and the words all together: they are read once
        n = len(places)
        for start, stop in blocks(n) if isinstance(column, Numbers) else [(0, n)]:
            own = places[start:stop]
            rows = column.rows(own)
            self.tally.see(rows, lambda row, own=own: where(own[row]))  # type: ignore[misc]
            if isinstance(rows, Numbers):
                check_finite(rows.values, self.label, lambda row, own=own: where(own[row]))  # type: ignore[misc]

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
        infinite = np.isinf(sample).any()  # is an error when its row is encoded
        sample = sample[np.isfinite(sample)]
        if not alone and kind.name == "number" and is_index(self.name, sample, gaps):
            return LeftOut(self.name, "ID"), (
                "a number for each row, so it is left out (another name keeps it)"
            )
        centre, scale = centre_and_scale(sample) if len(sample) else (0.0, 0.0)
        if scale == 0 and infinite:  # not one value: its row is to be named
            scale = 1.0
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
        if not words and not gaps:
            said = f"all of {len(counts):,} different words are rare; it is left out"
            return LeftOut(self.name, "rare words"), said
        rare = self.tally.there - sum(counts[word] for word in words)
        index = {word: next(place) for word in words}
        gap = next(place) if gaps else None
        return WordColumn(self.name, index, gap, rare), kind.said


def categories(counts: dict[str, int], rows: int) -> list[str]:
    """Return the words that are frequent enough to be categories, in the order of the alphabet."""
    least = min(LEAST, rows // LEAST_SHARE)
    frequent = [word for word, count in counts.items() if count >= least]
    return sorted(sorted(frequent, key=lambda word: (-counts[word], word))[:MOST])


def is_index(name: str, sample: Array, gaps: bool) -> bool:
    """Tell whether a column of numbers only numbers the rows, by its name and its values."""
    if gaps or len(sample) < INDEXED or not INDEX.fullmatch(name.strip()):
        return False
    whole = (sample == np.rint(sample)).all() and sample.min() >= 0
    return bool(whole and (np.diff(np.sort(sample)) > 0).all())


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
        return Numbers(column.data.copy(), column.kind)
    used = np.zeros(len(column.words) + 1, bool)
    used[column.codes] = True
    used[-1] = False  # the code of a missing word
    codes = np.where(used, np.cumsum(used) - 1, -1).astype(np.int32)[column.codes]
    return replace(column, codes=codes, words=list(compress(column.words, used[:-1].tolist())))


def merged(columns: list[Column]) -> list[Column]:
    """Return columns of following rows with neighbours of one type as one."""
    return [concatenated(list(group)) for _, group in groupby(columns, key=type)]
