"""The types of labels: one answer to which values are labels, numbers, or missing."""

from __future__ import annotations

import functools
import numbers
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np

LETTERS = "biuUSO"  # letters of the dtypes of labels; O: whole numbers, some beyond 64 bits

# The types of labels and numbers, as errors call them; of other values an error shows the first.
# Truth values are whole numbers, as they are to Python: True and 1 are one label.
WHOLE, WORDS, BYTES, NUMBERS = "whole numbers", "words", "bytes", "numbers"
TYPES: dict[str, tuple[type, ...]] = {
    WHOLE: (int, np.integer, np.bool_),
    WORDS: (str,),
    BYTES: (bytes,),
    NUMBERS: (numbers.Real, Decimal),
}


def _type_name(of: type) -> str:
    """Return the word of TYPES for values of this type, or ""."""
    if issubclass(of, np.timedelta64):  # which NumPy counts among its whole numbers
        return ""
    return next((name for name, types in TYPES.items() if issubclass(of, types)), "")


type_name: Callable[[type], str] = functools.lru_cache(256)(_type_name)  # each learn_one asks


def label_type(y: Any) -> str:
    """Return the word of TYPES for one answer, which may be a row of numbers, or ""."""
    if is_missing(y):
        return ""
    name = type_name(type(y))
    if name:
        return name
    array = np.asarray(y)
    if array.ndim == 0:
        return type_name(type(array[()]))
    return NUMBERS if array.dtype.kind in "biuf" else ""


def plain(label: Any) -> Any:
    """Return a label as a value of Python's own."""
    return label.item() if isinstance(label, np.generic) else label


def is_missing(value: Any) -> bool:
    """Tell whether a value stands for one that is not there."""
    if value is None or value is np.ma.masked or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, TYPES[NUMBERS] + (np.datetime64,)) and bool(value != value)
