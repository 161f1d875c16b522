"""The target of a table in a file: classes or numbers, by the whole column."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..data.fields import is_missing, is_whole, shown
from ..data.text_labels import NO_GAPS, truth_of
from ..diagnostics import warn
from ..tables.forms import PRICED, numbers_of
from ..tables.kinds import Tally, Where, as_numbers
from ..tables.table import Numbers, Table, Words
from ..typing import Array

MOST = 20  # distinct whole numbers that are classes
MOST_POINTED = 10  # as many, if they are written as 1.0
MOST_COUNTED = 1_000  # as many, if they count up from 0 or 1, and each has EACH rows
EACH = 10
FEW_ODD = 0.02  # of the rows; so few other values among whole numbers are slips
LARGEST = 2.0**53  # whole numbers below it are exact in 64 bits
LONGEST = 1_000  # characters of a label
ZEROS = re.compile(r"(?<![^+-])0+(?=\d)", re.ASCII)  # before a number


class TargetRule:
    """The rule that reads a target: it sees all rows, perhaps in chunks, before it gives answers.

    Words and truth values are classes. So are whole numbers if they are few, or count up from 0 or
    1. Other numbers make a regression.

    Parameters
    ----------
    classes
        All labels: words, or whole numbers. An empty list means numbers. None: by the column.
    about : str
        The beginning of errors.
    others : bool
        True if labels that are none of `classes` may come.
    """

    def __init__(
        self, classes: Sequence[Any] | None = None, about: str = "", others: bool = False
    ):
        self.others = others
        self.classes = None if classes is None else list(np.asarray(classes).tolist())
        self.about, self.tally = about, Tally(f"{about}target")
        self.counts: dict[float, int] | None = {}  # of the numbers; None if they are no classes
        self.pointed = False  # True if one is written as 1.0
        self.odd, self.first_odd = 0, ""  # rows with a number that is not whole
        self.type = ""  # known at the first answer

    def see(self, table: Table, name: str) -> None:
        """See the target in a table, or in the next chunk of one."""
        column = table[name]
        self.tally.name = f"{self.about}target {shown(name)}"
        self.tally.see(column, table.where)
        if isinstance(column, Numbers):
            numbers, counts = np.unique(column.values, return_counts=True)
        elif column.is_text:
            numbers = numbers_of(column.words, "number", decimal=column.decimal)
            counts = np.bincount(column.codes[column.codes >= 0], minlength=len(numbers))
            used = (counts > 0) & ~np.isnan(numbers)
            words = (word for word, one in zip(column.words, used, strict=True) if one)
            self.pointed = self.pointed or not all(map(is_whole, words))
        else:
            return
        whole = (np.rint(numbers) == numbers) & (np.abs(numbers) < LARGEST)
        odd = ~(whole | np.isnan(numbers)) & (counts > 0)
        if odd.any():
            self.first_odd = self.first_odd or _first(column, numbers, odd, table.where)
            self.odd += int(counts[odd].sum())
        self._count(numbers[whole], counts[whole])

    def _count(self, numbers: Array, counts: Array) -> None:
        """Count the rows of each whole number, as long as these may be classes."""
        if self.counts is None:
            return
        there = counts > 0
        for number, count in zip(numbers[there].tolist(), counts[there].tolist(), strict=True):
            self.counts[number] = self.counts.get(number, 0) + count
            if len(self.counts) > MOST_COUNTED:
                self.counts = None
                return

    def answers(self, table: Table, name: str) -> tuple[Array, Array]:
        """Return the answers of the rows that have one, and the places of these rows.

        The answers are whole numbers or words, which are classes, or floats.

        Raises
        ------
        ValueError
            The column has no values, or values of another kind. The error names the line.
        """
        self.type = self.type or self._type(name)
        column = table[name]
        if self.type == "word":
            return self._words(table, name)
        if self.type == "flag":
            about = f"{self.about}target {shown(name)}"
            flags = as_numbers(column, "flag", "", about, table.where).values
            kept = np.flatnonzero(~np.isnan(flags))
            return flags[kept] == 1, kept
        values = self._numbers(column, name, table.where)
        kept = np.flatnonzero(~np.isnan(values))
        answers = values[kept]
        self._check(np.isfinite(answers), kept, table, name, "a finite number")
        if self.type == "whole":
            whole = (np.rint(answers) == answers) & (np.abs(answers) < LARGEST)
            self._check(whole, kept, table, name, "a whole number")
            answers = answers.astype(np.int64)
            if self.classes and not self.others:
                known = np.isin(answers, self.classes)
                self._check(known, kept, table, name, "one of the classes")
        return answers, kept

    def _check(self, good: Array, kept: Array, table: Table, name: str, wanted: str) -> None:
        """Refuse the first answer that is not good; `kept` are the places of their rows."""
        if not good.all():
            row = int(kept[np.argmin(good)])
            column = table[name]
            came = column.words[column.codes[row]] if isinstance(column, Words) else ""
            came = shown(came) if came else f"{column.values[row]:g}"
            raise ValueError(
                f"{self.about}{table.where(row)}: {shown(name)} is {came}, wanted {wanted}"
            )

    def _numbers(self, column: Numbers | Words, name: str, where: Where) -> Array:
        """Return numbers as answers, NaN where one is missing."""
        if isinstance(column, Words) and self.classes is not None:  # 007 is one too
            column = replace(column, words=[ZEROS.sub("", word) for word in column.words])
        return as_numbers(column, "number", "", f"{self.about}{shown(name)}", where).values

    def _type(self, name: str) -> str:
        """Return "word", "flag", "whole" or "number"."""
        about = f"{self.about}target {shown(name)}"
        if self.classes is not None:
            first = self.classes[0] if self.classes else 0.5
            return {str: "word", bool: "flag", int: "whole"}.get(type(first), "number")
        kind = self.tally.kind()
        if not self.tally.there:
            raise ValueError(f"{about}: no values, wanted a target")
        if kind.name == "time":
            raise ValueError(f"{about}: times, wanted classes or numbers")
        if kind.name == "left out":
            came = (kind.said or kind.reason).removesuffix(", so it is left out")
            raise ValueError(f"{about}: {came}, wanted classes or numbers")
        if kind.said:
            warn(f"{about}: {kind.said}")
        if kind.name == "flag":
            return "flag" if "flag" in self.tally.sure else "word"
        if kind.name == "number":
            self._refuse_few(about, self.odd, self.first_odd, "or classes=[] for a regression")
            return "whole" if not self.odd and self._are_classes() else "number"
        if "word" not in self.tally.sure:
            places = {form: first for form, first in self.tally.first.items() if form != PRICED}
            _, where, word = min(places.values(), default=(0, "", ""))
            others = self.tally.there - sum((self.counts or {}).values())
            self._refuse_few(about, others, f"{shown(word)} in {where}", "or all words in classes")
        return "word"

    def _refuse_few(self, about: str, n: int, first: str, otherwise: str) -> None:
        """Refuse n other values among the rows of a few whole numbers, if n is small.

        A slip in one row would silently make a regression, or words, of all classes.
        """
        if 0 < n <= FEW_ODD * self.tally.there and self._are_classes():
            wanted = "wanted whole numbers, as classes"
            raise ValueError(f"{about}: {first} among whole numbers, {wanted}, {otherwise}")

    def _are_classes(self) -> bool:
        """Tell whether the whole numbers that were seen are classes."""
        if not self.counts:
            return False
        n, low = len(self.counts), min(self.counts)
        if n <= (MOST_POINTED if self.pointed else MOST):
            return True
        counted = low in (0, 1) and max(self.counts) == low + n - 1
        return counted and not self.pointed and min(self.counts.values()) >= EACH

    def _words(self, table: Table, name: str) -> tuple[Array, Array]:
        """Return words as answers. Those of `classes`, and none, are labels, not missing."""
        column = _spelled(table[name], truth_of(self.classes or ()))
        if isinstance(column, Numbers):
            raise ValueError(
                f"{self.about}target {shown(name)}: {column.kind}s, wanted words, as classes"
            )
        labels = {*NO_GAPS, *(self.classes or ())}
        gone = [column.is_text and is_missing(w) and w not in labels for w in column.words]
        kept = np.flatnonzero(np.array([*gone, True])[column.codes] == 0)
        if self.classes and not self.others:
            known = np.array([word in labels for word in column.words], bool)
            self._check(known[column.codes[kept]], kept, table, name, "one of the classes")
        long = np.array([len(word) <= LONGEST for word in column.words], bool)
        self._check(long[column.codes[kept]], kept, table, name, f"at most {LONGEST} characters")
        words = [word if fits else "" for word, fits in zip(column.words, long, strict=True)]
        return np.array(words, str)[column.codes[kept]], kept


def _spelled(column: Numbers | Words, truth: dict[str, Any]) -> Numbers | Words:
    """Return truth values as the classes spell them, such as "True" for true in JSON."""
    if not truth or (isinstance(column, Numbers) and column.kind != "flag"):
        return column
    if isinstance(column, Numbers):
        codes = np.where(np.isnan(column.values), -1, column.values).astype(np.int32)
        return Words(codes, [truth["false"], truth["true"]])
    return replace(column, words=[truth.get(word.casefold(), word) for word in column.words])


def _first(column: Numbers | Words, numbers: Array, odd: Array, where: Where) -> str:
    """Return the first value that is odd, and its place."""
    if isinstance(column, Words):
        row = int(np.argmax(np.append(odd, False)[column.codes]))
        return f"{shown(column.words[column.codes[row]])} in {where(row)}"
    row = int(np.argmax(np.isin(column.values, numbers[odd])))
    return f"{column.values[row]:g} in {where(row)}"
