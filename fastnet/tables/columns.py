"""How the columns of a table become inputs of a net: each column's part of an encoding.

A column has slots: the inputs that it can set in one row. Numbers have one for the value and one
for a gap; words have one, whichever category it is. What a slot holds is a value and the place of
its input, so dense and sparse rows come from the same numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from ..data.fields import is_number, is_pointed
from ..typing import Array
from .forms import numbers_of
from .kinds import Where, as_numbers, as_words, check_kind, word_numbers
from .notes import Notes
from .scaling import joined, scaled
from .table import Column, Numbers, Words

WAITING = "no values"  # why a column is left out; in a stream, until it has one

# Write the values and the places of the inputs of rows from start to before stop.
Fill = Callable[[int, int, Array, Array], None]


@dataclass
class NumberColumn:
    """A column of numbers, truth values or times.

    Attributes
    ----------
    name : str
    kind : str
        "number", "flag" or "time", which is seconds since 1970.
    order : str
        How times are written: see `forms.numbers_of`.
    centre, scale : float
        See `scaling.scaled`.
    value, gap : int or None
        The input of the number, and the one that is 1 where it is missing.
    seen, squares : int, float
        In a stream: the count of numbers, and the sum of their squared distances from the mean.
    """

    name: str
    kind: str
    order: str
    centre: float
    scale: float
    value: int | None
    gap: int | None
    seen: int = 0
    squares: float = 0.0

    @property
    def inputs(self) -> list[int]:
        """The places of the inputs."""
        return [place for place in (self.value, self.gap) if place is not None]

    @property
    def slots(self) -> int:
        """The number of inputs that a row can set."""
        return len(self.inputs)

    def learn(self, x: float) -> None:
        """Learn the next number of a stream."""
        self.seen, self.centre, self.squares = joined(x, self.seen, self.centre, self.squares)
        self.scale = math.sqrt(self.squares / self.seen)

    def encoder(self, column: Column, label: str, where: Where, notes: Notes) -> Fill:
        """Return what encodes the rows of a column; `label` is its name in errors."""
        numbers = self.numbers(column, label, where)
        if self.gap is None:
            count = sum(int(np.isnan(numbers(*block)).sum()) for block in blocks(len(column)))
            if count:
                notes.gaps[self.name] = count
        return self.filler(numbers)

    def typed(self, column: Column, where: Where) -> Column:
        """Return a column of text as numbers."""
        return as_numbers(column, self.kind, self.order, self.name, where)

    def filler(self, numbers: Callable[[int, int], Array], z: Array | None = None) -> Fill:
        """Return what writes the numbers of rows; z (n,) are the scaled ones if known."""

        def fill(start: int, stop: int, values: Array, places: Array) -> None:
            x = numbers(start, stop)
            if self.value is not None:
                values[:, 0] = scaled(x, self.centre, self.scale) if z is None else z[start:stop]
                places[:, 0] = self.value
            if self.gap is not None:
                values[:, -1], places[:, -1] = np.isnan(x), self.gap

        return fill

    def numbers(self, column: Column, label: str, where: Where) -> Callable[[int, int], Array]:
        """Return what gives the numbers (float64, NaN where missing) of some rows, checked."""
        if isinstance(column, Numbers):
            check_kind(column, self.kind, label, where)
            check_finite(column.values, label, where)
            return lambda start, stop: column.rows(slice(start, stop)).values
        of = np.append(word_numbers(column, self.kind, self.order, label, where), np.nan)
        codes = column.codes
        if np.isinf(of).any():
            check_finite(of[codes], label, where)
        return lambda start, stop: of[codes[start:stop]]


@dataclass
class WordColumn:
    """A column of words: an input for each category, and one for missing values.

    Attributes
    ----------
    name : str
    index : dict of str to int
        The input of each category.
    gap : int or None
        The input of missing values.
    rare : int
        The number of rows with words that were too rare to be categories.
    """

    name: str
    index: dict[str, int]
    gap: int | None
    rare: int = 0
    kind: ClassVar[str] = "word"
    slots: ClassVar[int] = 1

    @property
    def inputs(self) -> list[int]:
        """The places of the inputs."""
        return [*self.index.values(), *([] if self.gap is None else [self.gap])]

    def encoder(self, column: Column, label: str, where: Where, notes: Notes) -> Fill:
        """Return what encodes the rows of a column; `label` is its name in errors."""
        words = self.words(column)
        if self.gap is None and (words.codes < 0).any():
            notes.gaps[self.name] = int((words.codes < 0).sum())
        return self.filler(words, notes)

    def typed(self, column: Column, where: Where) -> Column:
        """Return a column of text as sure words."""
        return column if isinstance(column, Numbers) else as_words(column)

    def filler(self, words: Words, notes: Notes) -> Fill:
        """Return what writes the categories of words; words that are none are noted."""
        gap = -1 if self.gap is None else self.gap
        of = np.array([*self.places(words.words), gap], np.int32)
        codes, first = words.codes, min(self.inputs, default=0)
        none = np.flatnonzero(of[:-1] < 0)
        if len(none):
            self._note(words, none, notes)

        def fill(start: int, stop: int, values: Array, places: Array) -> None:
            place = of[codes[start:stop]]
            values[:, 0], places[:, 0] = place >= 0, np.where(place < 0, first, place)

        return fill

    def places(self, words: Sequence[str]) -> list[int]:
        """Return the inputs of words, -1 for those that are no categories.

        A number with a point, such as 1.0, is the category of the same number, 1.
        """
        of = [self.index.get(word, -1) for word in words]
        pointed = [k for k, place in enumerate(of) if place < 0 and is_pointed(words[k])]
        known = by_number(self.index, "number") if pointed else {}
        for k in pointed:
            of[k] = self.index.get(known.get(float(words[k]), ""), -1)
        return of

    def words(self, column: Column) -> Words:
        """Return a column of any kind as words, of which missing ones have no code."""
        return worded(column, self.index) if isinstance(column, Numbers) else as_words(column)

    def _note(self, words: Words, none: Array, notes: Notes) -> None:
        """Note the words at the places `none`, as far as they occur."""
        counts = np.bincount(words.codes + 1, minlength=len(words.words) + 1)[1:][none]
        if counts.any():
            unknown = sorted(words.words[k] for k in none[counts > 0].tolist())
            notes.unknown[self.name] = int(counts.sum()), unknown


@dataclass
class LeftOut:
    """A column that is not learned; `reason` says why."""

    name: str
    reason: str
    kind: ClassVar[str] = "left out"
    slots: ClassVar[int] = 0
    inputs: ClassVar[list[int]] = []

    def typed(self, column: Column, where: Where) -> Column:
        """Return the column as it is."""
        return column


AnyColumn = NumberColumn | WordColumn | LeftOut


def copied(column: AnyColumn) -> AnyColumn:
    """Return a copy of a column that shares nothing with it."""
    if isinstance(column, WordColumn):
        return replace(column, index={**column.index})
    return replace(column)


def blocks(n: int, size: int = 1 << 16) -> list[tuple[int, int]]:
    """Return the starts and stops of n rows, some at a time."""
    return [(start, min(start + size, n)) for start in range(0, n, size)]


def check_finite(numbers: Array, label: str, where: Where) -> None:
    """Refuse infinity, with the place of the first."""
    bad = np.isinf(numbers)
    if bad.any():
        row = int(np.argmax(bad))
        raise ValueError(f"{label}: {numbers[row]} in {where(row)}, wanted finite numbers")


def worded(column: Numbers, words: Iterable[str]) -> Words:
    """Return numbers as words: as those of `words` that say the same number, if there are any.

    So the number 1, or 1.0 in a frame with gaps, is the category "1", or "01"; and True is "true".
    """
    there = ~np.isnan(column.values)
    distinct, inverse = np.unique(column.values[there], return_inverse=True)
    codes = np.full(len(column), -1, np.int32)
    codes[there] = inverse
    known = by_number(words, column.kind)
    said = [known.get(number, _text(number, column.kind)) for number in distinct.tolist()]
    return Words(codes, said, is_text=False)


def by_number(words: Iterable[str], kind: str) -> dict[float, str]:
    """Return words by the number that they say to a column of this kind, the shortest of equals."""
    own = [word for word in words if is_number(word) == (kind == "number")]
    words = sorted(own, key=lambda word: (len(word), word), reverse=True)
    numbers = map(float, words) if kind == "number" else numbers_of(words, kind).tolist()
    return {x: word for x, word in zip(numbers, words, strict=True) if x == x}


def _text(number: float, kind: str) -> str:
    """Return a number as a word."""
    if kind == "flag":
        return str(bool(number))
    if kind == "time":
        return str(np.datetime64(int(number * 1e6), "us"))
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)
