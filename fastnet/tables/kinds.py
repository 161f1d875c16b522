"""The one rule that decides, by the whole column, what a column of text holds.

All values that are there are numbers: numbers. All are true or false: flags. All are dates or
times: times. Otherwise they are words. So one word among numbers makes words of a column of few
numbers, such as 0, 1, 2, 3+; among many different numbers it is an error that names its place.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from ..data.fields import shown
from ..typing import Array
from . import forms
from .table import MISSING, Column, Numbers, Words

FEW = 20  # distinct numbers, or numbers that cannot be read, among which other words may stand
MOSTLY = 0.9  # the share of numbers from which other words among them are an error
MOST_WORDS = 1 << 17  # the distinct words of a column that are counted
ID_ROWS, ID_SHARE = 20, 0.75  # from so many rows, so many distinct words a row are an ID

WANTED = {"number": "a number", "flag": "true or false", "time": "a date or a time"}
WRITTEN = {  # a time in each order
    "": "2024-12-31", "day first": "31/12/2024", "month first": "12/31/2024", "clock": "23:59",
}  # fmt: skip
PLAIN = {"number": forms.NUMBER, "flag": forms.FLAG, "time": forms.TIME}
Where = Callable[[int], str]


@dataclass(frozen=True)
class Kind:
    """What a column holds.

    Attributes
    ----------
    name : str
        "number", "flag", "time" or "word"; or "left out".
    order : str
        How times are written: see `forms.numbers_of`.
    reason : str
        Why the column is left out.
    said : str
        What a person is told about it.
    """

    name: str
    order: str = ""
    reason: str = ""
    said: str = ""


class Tally:
    """The counts of a column's values, chunk by chunk, in bounded memory.

    Parameters
    ----------
    name : str
        The column's name in errors.

    Attributes
    ----------
    rows : ndarray of int64
        The number of rows of each form: see `forms`.
    counts : dict of str to int, or None
        The number of rows of each word; None if there are more than MOST_WORDS.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.decimal = "."
        self.rows = np.zeros(forms.FORMS, np.int64)
        self.counts: dict[str, int] | None = {}
        self.sure: set[str] = set()  # kinds of columns that are typed already
        self.orders: set[str] = set()  # of dates such as 31/12/2024
        self.numbers: set[str] = set()  # distinct numbers, or what looks so, up to FEW and one
        self.first: dict[int, tuple[int, str, str]] = {}  # of each form: count, place and word

    def see(self, column: Column, where: Where = "row {}".format) -> None:
        """Count the values of a chunk; `where` tells the place of a row."""
        before = int(self.rows.sum())
        if isinstance(column, Numbers):
            there = len(column) - int(np.isnan(column.values).sum())
            self.rows[forms.GONE] += len(column) - there
            self.rows[PLAIN[column.kind]] += there
            self.sure |= {column.kind} if there else set()
            return
        counts = np.bincount(column.codes + 1, minlength=len(column.words) + 1)
        self.rows[forms.GONE] += counts[0]
        used = counts[1:] > 0
        if not column.is_text:
            self.rows[forms.WORD] += counts[1:].sum()
            self.sure |= {"word"} if used.any() else set()
        else:
            self.decimal = column.decimal
            of = forms.forms_of(column.words, column.decimal)
            np.add.at(self.rows, of, counts[1:])
            used &= of != forms.GONE
            self._look(column, np.where(used, of, forms.GONE), where, before)
        self._count(column, counts[1:], used)

    def _count(self, column: Words, counts: Array, used: Array) -> None:
        """Count each word, up to the bound."""
        places = np.flatnonzero(used)
        if self.counts is None or len(places) > MOST_WORDS:
            self.counts = None
            return
        words = list(column.words)  # quicker than what unpacks them
        for place, count in zip(places.tolist(), counts[places].tolist(), strict=True):
            self.counts[words[place]] = self.counts.get(words[place], 0) + count
        if len(self.counts) > MOST_WORDS:
            self.counts = None

    def _look(self, column: Words, of: Array, where: Where, before: int) -> None:
        """Note the first word of each form but numbers, and a few distinct numbers."""
        there = {*np.flatnonzero(np.bincount(of)).tolist()}
        for form in there - {forms.GONE, forms.NUMBER} - self.first.keys():
            row = int(np.argmax(np.append(of, forms.GONE)[column.codes] == form))
            self.first[form] = before + row, where(row), column.words[column.codes[row]]
        if forms.DAY in there:
            days = np.flatnonzero(of == forms.DAY).tolist()
            self.orders |= forms.day_order([column.words[k] for k in days])
        numeric = np.flatnonzero(np.isin(of, (forms.NUMBER, forms.PRICED, forms.LIKE)))
        for place in numeric[: FEW + 1].tolist():
            if len(self.numbers) <= FEW:
                self.numbers.add(column.words[place])

    @property
    def there(self) -> int:
        """The number of values that are not missing."""
        return int(self.rows.sum() - self.rows[forms.GONE])

    def kind(self) -> Kind:
        """Return what the column holds.

        Raises
        ------
        ValueError
            There are words among many numbers, or chunks of different kinds.
        """
        kind = self._kind()
        if self.there and self.sure - {kind.name}:
            kinds = " and ".join(sorted({f"{name}s" for name in (*self.sure, kind.name)}))
            raise ValueError(f"{self.name}: {kinds}, wanted values of one kind")
        return kind

    def _kind(self) -> Kind:
        if not self.there:
            return Kind("left out", reason="no values")
        if "word" in self.sure:
            return Kind("word")
        return self._all_of_a_kind() or self._number_likes() or Kind("word")

    def _only(self, *of: int) -> bool:
        """Tell whether all values that are there have these forms."""
        return int(self.rows[list(of)].sum()) == self.there

    def _all_of_a_kind(self) -> Kind | None:
        """Return the kind that all values have, or None."""
        if self._only(forms.NUMBER):
            return Kind("number")
        if self._only(forms.NUMBER, forms.PRICED):
            word = self.first[forms.PRICED][2]
            (number,) = forms.numbers_of([word], "number", decimal=self.decimal)
            return Kind("number", said=f"{shown(word)} counts as {number:.17g}")
        if self._only(forms.FLAG):
            return Kind("flag")
        if self._only(forms.TIME):
            return Kind("time")
        if self._only(forms.CLOCK):
            return Kind("time", "clock")
        if self._only(forms.DAY):
            if len(self.orders) == 1:
                return Kind("time", *self.orders)
            word = self.first[forms.DAY][2]
            return Kind("word", said=f"no day above 12 tells what {shown(word)} means, so dates "
                                     "count as words; write them as 2024-12-31")  # fmt: skip
        return None

    def _number_likes(self) -> Kind | None:
        """Refuse words among many numbers; leave out numbers that cannot be read."""
        if len(self.numbers) <= FEW:
            return None
        numbers = int(self.rows[[forms.NUMBER, forms.PRICED]].sum())
        if self._only(forms.NUMBER, forms.PRICED, forms.LIKE):
            _, where, word = self.first[forms.LIKE]
            said = f"{shown(word)} in {where} cannot be read as a number, so it is left out"
            return Kind("left out", reason="numbers that cannot be read", said=said)
        if self.rows[forms.CODE] == 0 and numbers >= MOSTLY * self.there:
            others = {**self.first}
            others.pop(forms.PRICED, None)
            _, where, word = min(others.values())
            raise ValueError(
                f"{self.name}: {shown(word)} in {where} among numbers, wanted numbers "
                f"(name {shown(word)} as a missing value, or leave the column out)"
            )
        return None

    def is_id(self) -> bool:
        """Tell whether nearly every row has a word of its own."""
        if self.counts is None:
            return True
        return self.there >= ID_ROWS and len(self.counts) >= ID_SHARE * self.there


def typed(column: Column, name: str = "", where: Where = "row {}".format) -> Column:
    """Return a column of text as numbers, truth values or times if it holds these, else as words.

    A column that is surely typed is returned as it is.

    Raises
    ------
    ValueError
        A few words stand among many numbers. The error has the name and the place.
    """
    if not isinstance(column, Words) or not column.is_text:
        return column
    tally = Tally(name)
    tally.see(column, where)
    kind = tally.kind()
    if kind.name in WANTED:
        return as_numbers(column, kind.name, kind.order, name, where)
    return as_words(column)


def as_words(column: Words) -> Words:
    """Return a column of text as sure words, of which the missing ones have no code."""
    if not column.is_text:
        return column
    gone = forms.missing(column.words)
    if not any(gone):
        return replace(column, is_text=False)
    codes = np.where(np.array([*gone, True])[column.codes], MISSING, column.codes)
    return Words(codes.astype(np.int32), column.words, is_text=False)


def as_numbers(column: Column, kind: str, order: str, name: str, where: Where) -> Numbers:
    """Return a column as numbers of a kind that is known: see `word_numbers`."""
    if isinstance(column, Numbers):
        check_kind(column, kind, name, where)
        return column
    values = np.append(word_numbers(column, kind, order, name, where), np.nan)
    return Numbers(values[column.codes], kind)  # type: ignore[arg-type]


def check_kind(column: Numbers, kind: str, name: str, where: Where) -> None:
    """Refuse numbers of another kind: times for numbers, numbers for times, 2 for a flag."""
    there = ~np.isnan(column.values)
    bad = there if (kind == "time") != (column.kind == "time") else np.zeros(len(there), bool)
    if kind == "flag" and column.kind == "number":
        bad = there & (column.values != 0) & (column.values != 1)
    if bad.any():
        row = int(np.argmax(bad))
        came = "a time" if column.kind == "time" else f"{column.values[row]:g}"
        raise ValueError(f"{name}: {came} in {where(row)}, wanted {WANTED[kind]}")


def word_numbers(column: Words, kind: str, order: str, name: str, where: Where) -> Array:
    """Return the number (distinct words,) of each word, as one of a kind that is known.

    Raises
    ------
    ValueError
        A word that occurs is of another kind. The error has its place.
    """
    values = forms.numbers_of(column.words, kind, order, column.decimal)
    unread = np.append(np.isnan(values), False)
    if unread.any():
        unread[:-1] &= np.logical_not(forms.missing(column.words))
        bad = unread[column.codes]
        if bad.any():
            row = int(np.argmax(bad))
            word = column.words[column.codes[row]]
            wanted = WANTED[kind] + (f" such as {WRITTEN[order]}" if kind == "time" else "")
            raise ValueError(f"{name}: {shown(word)} in {where(row)}, wanted {wanted}")
    return values
