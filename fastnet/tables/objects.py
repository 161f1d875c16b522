"""Columns of Python's values: the types of all of them decide what a column holds."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import Any

import numpy as np

from ..data.arrays import shown
from ..data.labels import BYTES, NUMBERS, WHOLE, WORDS, is_missing, type_name
from ..typing import Array
from .table import MISSING, Column, Numbers, Words

TIME, SPAN = "times", "spans of time"
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
MICROSECOND = datetime.timedelta(microseconds=1)
# Values of pandas that are none of Python's: an interval is a word, a period a time, its start.
PANDAS: dict[str, Callable[[Any], Any]] = {"Interval": str, "Period": attrgetter("start_time")}


def column_of(values: Sequence[Any], about: str) -> Column:
    """Return a column of Python's values; None, NaN and the like are missing.

    `about` names the column in errors. Words and numbers together are text, so that the whole
    column decides what they are.

    Raises
    ------
    TypeError
        A value is none that a table can hold, or values are of types that do not fit together.
    """
    types = set(map(type, values))
    if types <= {str, type(None)}:
        return text(values)
    if any(of.__name__ in PANDAS for of in types):
        values = [PANDAS.get(type(value).__name__, _same)(value) for value in values]
        types = set(map(type, values))
    kinds = {of: _kind(of) for of in types}
    if not {"", NUMBERS, TIME, SPAN}.isdisjoint(kinds.values()):  # of which some may be missing
        values = [None if is_missing(value) else value for value in values]
        kinds = {of: kinds[of] for of in set(map(type, values)) - {type(None)}}
    found = {*kinds.values()}
    if found <= {WHOLE, NUMBERS}:
        return Numbers(_floats(values, about), "flag" if found and _flags(kinds) else "number")
    if found == {BYTES}:
        return text([None if v is None else v.decode(errors="replace") for v in values])
    if found <= {WORDS, WHOLE, NUMBERS}:
        return text([None if value is None else str(value) for value in values])
    if found == {TIME}:
        return Numbers(np.array([np.nan if v is None else moment(v) for v in values]), "time")
    if found == {SPAN}:
        return Numbers(np.array([np.nan if v is None else span(v) for v in values]))
    raise _odd(values, kinds, about)


def _same(value: Any) -> Any:
    """Return the value."""
    return value


def _kind(of: type) -> str:
    """Return the word for what values of a type are, or ""."""
    if issubclass(of, datetime.date | np.datetime64):
        return TIME
    if issubclass(of, datetime.timedelta | datetime.time | np.timedelta64):
        return SPAN
    return type_name(of)


def _flags(kinds: Iterable[type]) -> bool:
    """Tell whether all values are truth values."""
    return all(issubclass(of, bool | np.bool_) for of in kinds)


def _floats(values: Sequence[Any], about: str) -> Array:
    """Return numbers as float64, and NaN where one is missing."""
    try:
        return np.array([np.nan if value is None else value for value in values], np.float64)
    except OverflowError:
        raise ValueError(f"{about}: a number beyond float64, wanted finite numbers") from None


def _odd(values: Sequence[Any], kinds: dict[type, str], about: str) -> TypeError:
    """Return the error that names the first value that does not fit."""
    of = [kinds.get(type(value)) for value in values]
    first = next(kind for kind in of if kind is not None)
    row = next(k for k, kind in enumerate(of) if kind is not None and (not kind or kind != first))
    came = f"{about}: {type(values[row]).__name__} {shown(values[row])} in row {row}"
    if of[row]:
        return TypeError(f"{came} among {first}, wanted values of one kind")
    return TypeError(f"{came}, wanted numbers, words, truth values or times")


def text(values: Iterable[Any]) -> Words:
    """Return strings as a column of text; None is missing."""
    values = list(values)
    index = {word: code for code, word in enumerate(dict.fromkeys(values))}
    codes = np.fromiter(map(index.__getitem__, values), np.int32, len(values))
    return words_of(codes, list(index), is_text=True)


def words_of(codes: Array, words: Sequence[Any], is_text: bool) -> Words:
    """Return a column of words by their codes. None among them is missing; blanks are cut off."""
    codes, words = codes.astype(np.int32, copy=False), list(words)
    usual = {*map(type, words)} <= {str} and len({*words}) == len(words)
    if usual and list(map(str.strip, words)) == words:
        return Words(codes, words, is_text)
    index: dict[str, int] = {}
    new = np.full(len(words) + 1, MISSING, np.int32)  # the last is that of the code -1
    for code, word in enumerate(words):
        if word is not None and word == word:
            new[code] = index.setdefault(str(word).strip(), len(index))
    return Words(new[codes], list(index), is_text)


def moment(value: Any) -> float:
    """Return the seconds from 1970 to a date or time; a time without a zone is in UTC."""
    if isinstance(value, np.datetime64):
        return float(seconds(np.array([value]))[0])
    if not isinstance(value, datetime.datetime):
        return (value - EPOCH.date()).days * 86400.0
    return span((value if value.tzinfo else value.replace(tzinfo=EPOCH.tzinfo)) - EPOCH)


def span(value: Any) -> float:
    """Return the seconds of a span of time, or of a time of the day."""
    if isinstance(value, np.timedelta64):
        return float(seconds(np.array([value]))[0])
    if isinstance(value, datetime.time):
        value = datetime.datetime.combine(EPOCH, value.replace(tzinfo=EPOCH.tzinfo)) - EPOCH
    return float(value // MICROSECOND) / 1e6


def seconds(times: Array) -> Array:
    """Return NumPy's times or spans as seconds, NaN for NaT.

    They are cut to microseconds, which 64 bits of a float can hold: so equal times in any unit, and
    in text, are equal numbers.
    """
    micros = times.astype(f"{times.dtype.kind}8[us]").astype(np.int64)
    return np.where(np.isnat(times), np.nan, micros / 1e6)
