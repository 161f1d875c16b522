"""One row at a time, fast: the inputs of a dict of plain values."""

from __future__ import annotations

from itertools import chain
from typing import Any

import numpy as np

from ..data.fields import is_missing
from ..typing import Array
from .columns import WAITING, AnyColumn, LeftOut, NumberColumn, WordColumn
from .forms import numbers_of
from .scaling import scaled_one

TYPES = {"number": (float, int), "flag": (bool,), "time": (str,)}


class Single:
    """What encodes single rows with the same bits as `Encoding.samples`.

    Parameters
    ----------
    columns : list of NumberColumn, WordColumn or LeftOut
    width : int
        The number of inputs.
    dtype : numpy.dtype

    Attributes
    ----------
    allowed : set of str
        The columns that a row may have: those of the encoding, and those that were said.
    """

    def __init__(self, columns: list[AnyColumn], width: int, dtype: np.dtype):
        self.width, self.dtype = width, dtype
        self.sizes = {len(columns)}
        self.numbers = [c for c in columns if isinstance(c, NumberColumn)]
        self.words = [c for c in columns if isinstance(c, WordColumn)]
        self.names = {c.name for c in columns}
        self.allowed = {*self.names}
        self.left = [c.name for c in columns if isinstance(c, LeftOut) and c.reason == WAITING]
        # a category may have the name of a missing value
        self.usual = not any(map(is_missing, chain(*(c.index for c in self.words))))

    def inputs(self, x: dict[str, Any], learn: bool = False) -> Array | None:
        """Return the inputs (width,) of a row; None if it has anything but usual values.

        With `learn`, the columns learn the row first, unless it is None.
        """
        if not self.usual or not x.keys() <= self.allowed:
            return None
        if learn and (
            x.keys() != self.names or any(x[name] is not None for name in self.left)
        ):  # something new
            return None
        inputs = np.zeros(self.width, self.dtype)
        numbers = []
        try:
            for words in self.words:
                value = x[words.name]
                if type(value) is str:
                    inputs[words.index[value]] = 1
                elif value is None and words.gap is not None:
                    inputs[words.gap] = 1
                else:
                    return None
            for column in self.numbers:
                value = x[column.name]
                if value is None or value != value:
                    if column.gap is None:
                        return None
                    inputs[column.gap] = 1
                    continue
                if type(value) not in TYPES[column.kind]:
                    return None
                is_time = column.kind == "time"
                number = seconds_of(value, column.order) if is_time else float(value)
                if number - number != 0:  # infinity, or no time
                    return None
                numbers.append((column, number))
        except (KeyError, OverflowError, TypeError, ValueError):  # nothing usual
            return None
        for column, number in numbers:
            if learn:
                column.learn(number)
            if column.value is not None:
                inputs[column.value] = scaled_one(number, column.centre, column.scale)
        return inputs


def seconds_of(word: str, order: str) -> float:
    """Return the seconds of a time in words, or NaN."""
    return float(numbers_of([word], "time", order)[0])
