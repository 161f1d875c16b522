"""The meaning of fields of text: numbers, missing values, names."""

from __future__ import annotations

import csv
import functools
import itertools
import math
import re
from collections.abc import Iterable

import numpy as np

from ..typing import Array

# Missing values of pandas, R, SAS and the UCI repository, and the errors of Excel.
MISSING_WORDS = {
    "", "?", ".", "-", "na", "<na>", "n/a", "nan", "-nan", "+nan", "nat", "null", "none", "nil",
    "1.#ind", "-1.#ind", "1.#qnan", "-1.#qnan",
    "#na", "#n/a", "#n/a n/a", "#div/0!", "#value!", "#ref!", "#name?", "#num!", "#null!",
}  # fmt: skip

# Numbers in forms that cannot be read: "1,234", 1_000, 90%, $5, <0.5, 1D0, a typeset minus. A first
# line of these alone is a sample, not names, so that it is not silently dropped.
MINUS = r"[-+\u2212\u2013]?"
ODD = re.compile(
    rf"[<>=~≈≤≥$€£¥(\s]*{MINUS}\s?[.,]?\d[\d.,'\u2019_\s]*([eEdD]{MINUS}\d+)?[%°*)$€£¥]*"
)

POINTED = re.compile(r"[+-]?(\d+\.\d*|\.\d+|\d+(?=[eE]))([eE][+-]?\d+)?", re.ASCII)
WHOLE = re.compile(r"0|-?[1-9]\d{0,17}", re.ASCII)  # 64 bits can hold these


class FieldError(ValueError):
    """A field does not fit its column; `column` counts from 1. A `word` is no number at all."""

    def __init__(self, column: int, message: str, word: bool = False):
        super().__init__(message)
        self.column, self.word = column, word


def split(line: str) -> list[str]:
    """Return the fields of a line of CSV, without surrounding blanks."""
    return [field.strip() for field in next(csv.reader([line.strip()]), [])]


def is_heading(fields: list[str]) -> bool:
    """Tell whether fields are names: none is a number or missing, except the name of an index."""
    named = fields[1:] if len(fields) > 1 and not fields[0] else fields
    odd = all(ODD.fullmatch(field) for field in named)
    return bool(named) and not any(map(_is_row, named)) and not odd


def _is_row(field: str) -> bool:
    """Tell whether a field is a number or a missing value, or several of these without commas."""
    return all(is_number(part) or is_missing(part) for part in re.split(r"[;\s]", field))


def is_number(text: str) -> bool:
    """Tell whether a field is a number or infinity. NaN is a missing value."""
    try:
        return text.isascii() and "_" not in text and not math.isnan(float(text))
    except ValueError:
        return False


@functools.cache
def spellings() -> list[str]:
    """Return the words that stand for a missing value, in capital and small letters."""
    both = [[{letter, letter.upper()} for letter in word] for word in sorted(MISSING_WORDS)]
    return sorted("".join(word) for letters in both for word in itertools.product(*letters))


def is_missing(text: str) -> bool:
    """Tell whether a field stands for a missing value."""
    return text.strip().casefold() in MISSING_WORDS


def is_whole(text: str) -> bool:
    """Tell whether a field is a whole number in its usual form: 007 and 1_0 are words."""
    return WHOLE.fullmatch(text) is not None


def is_pointed(text: str) -> bool:
    """Tell whether a field is a number with a point or an exponent."""
    return POINTED.fullmatch(text) is not None


def check_numbers(fields: Iterable[str]) -> None:
    """Raise a `FieldError` for the first field that is not a finite number."""
    for column, field in enumerate(fields, 1):
        if is_missing(field):
            raise FieldError(column, f"{shown(field)}, a missing value, wanted a number")
        if not is_number(field) and any(other in field for other in ";\t "):
            wanted = "wanted commas between numbers, and points in them"
            raise FieldError(column, f"{shown(field)}, {wanted}")
        if not is_number(field) or not math.isfinite(float(field)):
            word = not is_number(field) and not ODD.fullmatch(field)
            raise FieldError(column, f"{shown(field)}, wanted a finite number", word)


def shown(text: str) -> str:
    """Return a field, or a line, as errors show it: its beginning."""
    return repr(text.strip() if len(text) < 40 else text[:37] + "...")


def as_pixels(X: Array) -> Array:
    """Return numbers as the pixels of images, uint8."""
    if not ((X >= 0) & (X <= 255) & (np.rint(X) == X)).all():
        raise ValueError("pixels are whole numbers from 0 to 255, others came")
    return X.astype(np.uint8)
