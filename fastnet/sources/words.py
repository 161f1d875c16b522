"""Columns of words: their codes, the compact form of many; and chunks, joined or cut anew."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..tables.matching import filled
from ..tables.table import MISSING, Column, Table, Words, concatenated
from ..typing import Array

FEW = 1000  # so many words stay a list


class Index(dict[str, int]):
    """The code of each distinct word, in the order of their first appearance."""

    def __missing__(self, word: str) -> int:
        self[word] = code = len(self)
        return code

    def codes(self, words: Iterable[str], n: int) -> Array:
        """Return the codes (n,) int32 of words; new words get new codes."""
        return np.fromiter(map(self.__getitem__, words), np.int32, n)


class Texts(Sequence[str]):
    r"""Many words in one string of bytes, each but the last with \0 behind it."""

    def __init__(self, words: Sequence[str]):
        self.packed, self.n = "\0".join(words).encode(), len(words)
        self.starts: Array | None = None  # made when a single word is asked for

    def __len__(self) -> int:
        return self.n

    def __iter__(self) -> Iterator[str]:
        return iter(self.packed.decode().split("\0") if self.n else ())

    def __getitem__(self, key: Any) -> Any:
        """Return a word by its code, or a list of words by a slice."""
        if isinstance(key, slice):
            return [self[k] for k in range(*key.indices(self.n))]
        if not -self.n <= key < self.n:
            raise IndexError(f"word {key} of {self.n}")
        if self.starts is None:
            ends = np.flatnonzero(np.frombuffer(self.packed, np.uint8) == 0)
            self.starts = np.concatenate([[0], ends + 1, [len(self.packed) + 1]])
        key %= self.n
        return self.packed[self.starts[key] : self.starts[key + 1] - 1].decode()


def compact(words: Iterable[str]) -> Sequence[str]:
    """Return words as a list, or in a compact form if they are many."""
    words = list(words)
    return words if len(words) <= FEW else Texts(words)


def words_of(fields: Sequence[str]) -> Words:
    """Return fields of text as a column of words, without the blanks around them."""
    index = Index()
    codes = index.codes(map(str.strip, fields), len(fields))
    return Words(codes, compact(index))


def said_of(column: Words, decimal: str | None, missing: Sequence[str]) -> Words:
    """Return a column with what is said of its words: the decimal point, and which are missing."""
    if not {*missing}.isdisjoint(column.words):
        new = [MISSING if word in missing else code for code, word in enumerate(column.words)]
        column = replace(column, codes=np.array([*new, MISSING], np.int32)[column.codes])
    return replace(column, decimal=decimal or ".")


def joined(tables: Sequence[Table]) -> Table:
    """Return one table of the rows of tables. A column that one of them lacks is missing there."""
    if len(tables) == 1:
        return tables[0]
    names = tuple(dict.fromkeys(name for table in tables for name in table.names))
    last = tables[0].names[-1:] if tables else ()  # stays the last: it may be the target
    names = (*(name for name in names if name not in last), *last)
    whole = (filled(table, names) for table in tables)
    parts = [dict(zip(table.names, table.columns, strict=True)) for table in whole]
    columns = tuple(_compacted(concatenated([part[name] for part in parts])) for name in names)
    known = [table.places for table in tables if table.places is not None]
    places = np.concatenate(known) if len(known) == len(tables) else None
    return replace(tables[0], names=names, columns=columns, places=places)


def _compacted(column: Column) -> Column:
    """Return a column with its words, if it has any, in a compact form."""
    if isinstance(column, Words):
        return replace(column, words=compact(column.words))
    return column


def regrouped(parts: Iterable[Any], rows: int | None) -> Iterator[list[Any]]:
    """Yield tables, or batches of Arrow, in lists of so many rows; in one list if that is None.

    Those that lie in two lists are cut. The last list may have fewer rows.
    """
    held, count = list[Any](), 0
    for part in parts:
        start = 0
        while rows is not None and count + len(part) - start >= rows:
            stop = start + rows - count
            yield [*held, part[start:stop]]
            held, count, start = [], 0, stop
        rest = part[start:] if start else part
        if len(rest) or (rows is None and not held):
            held.append(rest)
            count += len(rest)
    if held:
        yield held
