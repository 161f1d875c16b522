"""The one rule that decides, by the whole column, what a column of text holds."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from ..data.fields import is_missing
from .table import MISSING, Column, Numbers, Words

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


def typed(column: Column) -> Column:
    """Return a column of text as numbers, truth values or times if it holds these, else as it is.

    A column that is surely typed is returned as it is.
    """
    if not isinstance(column, Words) or not column.is_text:
        return column
    words = column.words
    gone = np.array([is_missing(word) for word in words] + [True])
    if all(missing or NUMBER.fullmatch(word) for word, missing in zip(words, gone, strict=False)):
        numbers = [np.nan if m else float(w) for w, m in zip(words, gone, strict=False)]
        return Numbers(np.array([*numbers, np.nan])[column.codes])
    codes = np.where(gone[column.codes], MISSING, column.codes).astype(np.int32)
    return Words(codes, words, is_text=False)


def as_kind(column: Column, kind: str) -> Any:
    """Return a column as one of a known kind, for an encoding that was made before."""
    raise NotImplementedError
