"""A table in memory: named columns of numbers or of words. Every source of tables gives one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

import numpy as np

from ..typing import Array

NumberKind = Literal["number", "flag", "time"]
MISSING = -1  # the code of a missing word


@dataclass(frozen=True, eq=False)
class Numbers:
    """A column of numbers.

    Attributes
    ----------
    data : ndarray, shape (n,)
        Real numbers or truth values, as the source has them, so that a frame is not copied. NaN
        stands for a missing value. There may be infinities, which encodings refuse.
    kind : str
        "number"; "flag", truth values as 0 and 1; or "time", seconds since 1970 in UTC.
    """

    data: Array
    kind: NumberKind = "number"

    def __len__(self) -> int:
        return len(self.data)

    @property
    def values(self) -> Array:
        """The numbers (n,) as float64."""
        return np.ascontiguousarray(self.data, np.float64)

    def rows(self, places: Any) -> Numbers:
        """Return the values at these places."""
        return Numbers(self.data[places], self.kind)


@dataclass(frozen=True, eq=False)
class Words:
    """A column of words, as codes.

    Attributes
    ----------
    codes : ndarray of int32, shape (n,)
        The index in `words` of each value, or -1 for a missing one.
    words : sequence of str
        The distinct words, without surrounding blanks, in any order. Some may not occur.
    is_text : bool
        True if the words come from a text, or are plain strings: what they are, numbers perhaps, is
        decided by the whole column. False if they are surely words, such as categories.
    decimal : str
        What stands before the decimals of numbers in the text: "." or ",".
    """

    codes: Array
    words: Sequence[str]
    is_text: bool = True
    decimal: str = "."

    def __len__(self) -> int:
        return len(self.codes)

    def rows(self, places: Any) -> Words:
        """Return the values at these places; few rows keep no more words than they have."""
        codes, words = self.codes[places], self.words
        if len(words) > 2 * len(codes):
            used, codes = np.unique(codes, return_inverse=True)
            gone = int(MISSING in used[:1])
            codes = (codes - gone).astype(np.int32)
            words = words if len(words) > 16 * len(used) else list(words)  # quick to look up in
            words = [words[code] for code in used[gone:].tolist()]
        return replace(self, codes=codes, words=words)


Column: TypeAlias = Numbers | Words


def concatenated(columns: Sequence[Any]) -> Column:
    """Return columns of following rows as one; all are numbers of one kind, or all are words."""
    first = columns[0]
    if len(columns) == 1:
        return first  # type: ignore[no-any-return]
    if isinstance(first, Numbers):
        return replace(first, data=np.concatenate([column.values for column in columns]))
    index: dict[str, int] = {}
    codes = []
    for column in columns:
        of = [index.setdefault(word, len(index)) for word in column.words]
        codes.append(np.array([*of, MISSING], np.int32)[column.codes])
    # a decimal comma may become known late
    decimal = "," if any(column.decimal == "," for column in columns) else "."
    return replace(first, codes=np.concatenate(codes), words=[*index], decimal=decimal)


@dataclass(frozen=True, eq=False)
class Table:
    """Named columns of the same length, or a chunk of their rows.

    Attributes
    ----------
    names : tuple of str
        The names of the columns. No name comes twice.
    columns : tuple of Numbers or Words
    named : bool
        False if the source has no names: then these are made up, and the columns of another table
        are matched by place.
    target : str or None
        The name of the target that belongs to these rows; it is none of the columns.
    places : ndarray of int64, shape (n,), or None
        The place of each row in its source, for errors. None: rows count from `first`.
    noun : str
        The word for a place: "row" of a frame, from 0, or "line" of a file, from 1.
    first : int
        The number of rows before these in the source, of which this may be a chunk.
    weights : ndarray of float64, shape (n,), or None
        The weight of each row, if a file has a column of weights; it is none of the columns.
    loose : bool
        True if the rows are dicts, each of which may lack columns: in a stream these are gaps.
    count : int
        The number of rows if there are no columns, as of empty dicts.
    """

    names: tuple[str, ...]
    columns: tuple[Column, ...]
    named: bool = True
    target: str | None = None
    places: Array | None = None
    noun: str = "row"
    first: int = 0
    weights: Array | None = None
    loose: bool = False
    count: int = 0

    def __post_init__(self) -> None:
        check_once(self.names, "X: ")

    def __len__(self) -> int:
        return len(self.columns[0]) if self.columns else self.count

    @property
    def shape(self) -> tuple[int, int]:
        """The numbers of rows and of columns."""
        return len(self), len(self.columns)

    def __getitem__(self, key: Any) -> Any:
        """Return a column by its name; or a table of some rows, by a slice or an array."""
        if isinstance(key, str):
            if key not in self.names:
                raise KeyError(f"no column {key!r}, wanted one of {', '.join(self.names)}")
            return self.columns[self.names.index(key)]
        columns = tuple(column.rows(key) for column in self.columns)
        count = 0 if columns else len(np.arange(self.count)[key])
        weights = None if self.weights is None else self.weights[key]
        if self.places is None and isinstance(key, slice):
            start, _, step = key.indices(len(self))
            if step == 1:
                first = self.first + start
                return replace(self, columns=columns, first=first, weights=weights, count=count)
        places = np.arange(len(self)) + self.first if self.places is None else self.places
        return replace(self, columns=columns, places=places[key], weights=weights, count=count)

    def __array__(self, *args: Any, **more: Any) -> Array:
        """Refuse to be an array: the kinds of columns, such as dates, are an encoding's to find."""
        raise TypeError(f"X: {self!r}, wanted numbers here; nets with encode='table' learn tables")

    def without(self, names: Sequence[str]) -> Table:
        """Return the table without these columns."""
        kept = [k for k, name in enumerate(self.names) if name not in names]
        both = tuple(self.names[k] for k in kept), tuple(self.columns[k] for k in kept)
        return replace(self, names=both[0], columns=both[1])

    def where(self, row: int) -> str:
        """Return the place of a row for an error, such as "line 7" of a file or "row 5"."""
        return f"{self.noun} {row + self.first if self.places is None else self.places[row]}"

    def __repr__(self) -> str:
        return f"Table({len(self):,} rows, columns {', '.join(self.names)})"


def check_once(names: Sequence[str], about: str = "") -> None:
    """Refuse two columns of one name; `about` is the beginning of the error."""
    if len({*names}) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{about}two columns {twice!r}, wanted each name once")
