"""The forms of single words: numbers, truth values, dates, times, and what only looks like these.

Words are judged together, since tables have millions of them; a column of plain numbers costs two
passes in C.
"""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Sequence
from itertools import compress
from operator import not_

import numpy as np

from ..data.fields import MISSING_WORDS, ODD
from ..typing import Array

# The forms, by what a column of these alone holds.
GONE = 0  # a missing value
NUMBER = 1
PRICED = 2  # a number with a currency, a percent sign, or commas between thousands
FLAG = 3  # true or false
TIME = 4  # 2024-12-31, or with a time of day: 2024-12-31 23:59
CLOCK = 5  # 23:59, a time of day
DAY = 6  # 31/12/2024 or 12/31/2024: the whole column says which
CODE = 7  # 007
LIKE = 8  # a number in a form that cannot be read, such as <5
WORD = 9
FORMS = 10

_PLAIN = r"[+-]?(?:\d+\.\d*|\.\d+|0|[1-9]\d*)(?:[eE][+-]?\d+)?"
_NUMBER = re.compile(rf"{_PLAIN}|[+-]?(?i:inf(?:inity)?)", re.ASCII)
_NO_NUMBER = re.compile(rf"^(?!(?:{_PLAIN})$)", re.ASCII | re.MULTILINE)
_CODE = re.compile(r"[+-]?0\d+", re.ASCII)
_PRICED = re.compile(
    r"[$€£¥]?\s?([+-]?)\s?[$€£¥]?((?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|\.\d+)\s?[%€£¥$]?", re.ASCII
)
_CLOCK = r"(\d\d?):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?"
_ZONE = r"\s?(Z|[+-]\d\d(?::?\d\d)?)?"
_TIME = re.compile(rf"(\d{{4}})-(\d\d)-(\d\d)(?:[T ]{_CLOCK}{_ZONE})?", re.ASCII)
_TIME_OF_DAY = re.compile(_CLOCK, re.ASCII)
_DAY = re.compile(rf"(\d\d?)([/.-])(\d\d?)\2(\d{{4}})(?:[T ]{_CLOCK}{_ZONE})?", re.ASCII)
_PLAIN_TIME = r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)?"
_NO_PLAIN_TIME = re.compile(rf"^(?!{_PLAIN_TIME}$)", re.ASCII | re.MULTILINE)
_EPOCH = datetime.date(1970, 1, 1).toordinal()
_FLAGS = {"true": 1.0, "false": 0.0}
DAY_ORDERS = ("day first", "month first")
_SWAPPED = str.maketrans(".,", ",.")


def forms_of(words: Sequence[str], decimal: str = ".") -> Array:
    """Return the form of each word (n,), uint8; `decimal` stands before the decimals of numbers."""
    words = list(words)  # quicker than what unpacks them
    if _none_matches(_NO_NUMBER, _pointed(words, decimal)):  # none is missing
        return np.full(len(words), NUMBER, np.uint8)
    gone = missing(words)
    there = _there(words, gone)
    forms = np.where(gone, np.uint8(GONE), np.uint8(NUMBER))
    if _none_matches(_NO_NUMBER, _pointed(there, decimal)):
        return forms
    plain = _plain_times(there) is not None
    forms[forms != GONE] = TIME if plain else [_form(word, decimal) for word in there]
    return forms


def numbers_of(words: Sequence[str], kind: str, order: str = "", decimal: str = ".") -> Array:
    """Return the number for which each word stands (n,), float64.

    Missing words give NaN, and so do words that cannot be read as this kind.

    Parameters
    ----------
    words : sequence of str
    kind : str
        "number"; "flag": 1 for true, 0 for false; or "time": seconds since 1970 in UTC.
    order : str
        How times are written: "" as in ISO 8601, "day first" as 31/12/2024, "month first", or
        "clock", times of day, which give seconds since midnight.
    decimal : str
        What stands before the decimals of numbers: "." or ",".
    """
    words = list(words)
    if kind == "number" and _none_matches(_NO_NUMBER, pointed := _pointed(words, decimal)):
        return np.fromiter(map(float, pointed), np.float64, len(words))
    gone = missing(words)
    there = _there(words, gone)
    numbers = np.full(len(words), np.nan)
    numbers[np.logical_not(gone)] = (
        _times(there, order) if kind == "time" else _numbers(_pointed(there, decimal), kind)
    )
    return numbers


def _numbers(words: Sequence[str], kind: str) -> list[float]:
    """Return the numbers, or the truth values, of words that are not missing."""
    if kind == "flag":
        return list(map(_flag, words))
    if _none_matches(_NO_NUMBER, words):
        return list(map(float, words))
    return list(map(_number, words))


def _times(words: Sequence[str], order: str) -> Array | list[float]:
    """Return the seconds of times that are not missing."""
    plain = None if order else _plain_times(words)
    return [_seconds(word, order) for word in words] if plain is None else plain


def missing(words: Sequence[str]) -> list[bool]:
    """Tell which words stand for a missing value."""
    return [word.casefold() in MISSING_WORDS for word in words]


def day_order(words: Sequence[str]) -> set[str]:
    """Return the orders of dates such as 31/12/2024 that at least one word proves."""
    days = [found for found in map(_DAY.fullmatch, words) if found]
    firsts, seconds = (max((int(day[k]) for day in days), default=0) for k in (1, 3))
    return {order for order, most in zip(DAY_ORDERS, (firsts, seconds), strict=True) if most > 12}


def _there(words: Sequence[str], gone: list[bool]) -> Sequence[str]:
    """Return the words that are not missing."""
    return list(compress(words, map(not_, gone))) if any(gone) else words


def _pointed(words: Sequence[str], decimal: str) -> Sequence[str]:
    """Return words with a point before the decimals of numbers."""
    return words if decimal == "." else [word.translate(_SWAPPED) for word in words]


def _none_matches(odd: re.Pattern[str], words: Sequence[str]) -> bool:
    """Tell whether no word matches a pattern of lines; of no words, it is true."""
    text = "\n".join(words)
    return not words or (odd.search(text) is None and text.count("\n") == len(words) - 1)


def _form(word: str, decimal: str) -> int:
    """Return the form of one word that is not missing."""
    if word[:1].isalpha():  # the usual word, quickly
        spelled = FLAG if word.casefold() in _FLAGS else WORD
        return NUMBER if _NUMBER.fullmatch(word) else spelled
    (pointed,) = _pointed([word], decimal)
    if _NUMBER.fullmatch(pointed):
        return NUMBER
    if _CODE.fullmatch(word):
        return CODE
    if _PRICED.fullmatch(pointed):
        return PRICED
    for form, orders in ((TIME, ("",)), (CLOCK, ("clock",)), (DAY, DAY_ORDERS)):
        if not all(math.isnan(_seconds(word, order)) for order in orders):
            return form
    return LIKE if ODD.fullmatch(word) else WORD


def _number(word: str) -> float:
    """Return the number that a word with a decimal point says; NaN if it is none."""
    if _NUMBER.fullmatch(word) or _CODE.fullmatch(word):
        return float(word)
    priced = _PRICED.fullmatch(word)
    return float((priced[1] + priced[2]).replace(",", "")) if priced else math.nan


def _flag(word: str) -> float:
    """Return 1 for true or 1, and 0 for false or 0; NaN for another word."""
    number = _FLAGS.get(word.casefold(), _number(word))
    return number if number in (0, 1) else math.nan


def _plain_times(words: Sequence[str]) -> Array | None:
    """Return the seconds of dates and times without a zone; None if there are others."""
    if not _none_matches(_NO_PLAIN_TIME, words):
        return None
    try:
        times: Array = np.array(words, "datetime64[us]").astype(np.int64) / 1e6
    except ValueError:  # February has no 30th day
        return None
    return times


def _seconds(word: str, order: str) -> float:
    """Return the seconds of a time, or NaN if the word is none: see `numbers_of`."""
    found = {"": _TIME, "clock": _TIME_OF_DAY}.get(order, _DAY).fullmatch(word)
    if found is None:
        return math.nan
    if order == "clock":
        return _micros(0, *found.groups())
    year, month, day, *clock, zone = found.groups()
    if order:
        first, _, second, year, *clock, zone = found.groups()
        day, month = (first, second) if order == "day first" else (second, first)
    try:
        days = datetime.date(int(year), int(month), int(day)).toordinal() - _EPOCH
    except ValueError:
        return math.nan
    return _micros(86_400 * days - _offset(zone), *clock)


def _micros(start: int, h: str | None, m: str | None, s: str | None, part: str | None) -> float:
    """Return seconds from `start` to a time of day, to the microsecond; NaN if it is none."""
    hours, minutes, seconds = int(h or 0), int(m or 0), int(s or 0)
    if hours > 23 or minutes > 59 or seconds > 59:
        return math.nan
    whole = start + 3600 * hours + 60 * minutes + seconds
    return float(1_000_000 * whole + int((part or "0").ljust(6, "0")[:6])) / 1e6


def _offset(zone: str | None) -> int:
    """Return the seconds by which a zone such as +01:00 is before UTC."""
    if not zone or zone == "Z":
        return 0
    digits = zone[1:].replace(":", "").ljust(4, "0")
    return int(zone[0] + "1") * (3600 * int(digits[:2]) + 60 * int(digits[2:]))
