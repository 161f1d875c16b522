"""One row at a time, fast: the inputs of a dict of plain values."""

from __future__ import annotations

import datetime
import math
from itertools import chain
from typing import Any

import numpy as np

from ..data.fields import is_missing, is_pointed
from ..typing import Array
from .columns import WAITING, AnyColumn, LeftOut, NumberColumn, WordColumn
from .forms import numbers_of
from .objects import moment
from .scaling import scaled_one

PLAIN = {float, int, bool, np.float64, np.float32, np.int64, np.int32, np.bool_}


class Single:
    """What encodes single rows with the same bits as `Encoding.samples`.

    Parameters
    ----------
    columns : list of NumberColumn, WordColumn or LeftOut
    width : int
        The number of inputs.
    dtype : numpy.dtype
    loose : bool
        True if what a row lacks is a gap.
    said : set of str
        The columns of which a warning was given.

    Attributes
    ----------
    allowed : set of str
        The columns that a row may have: those of the encoding, and those that were said.
    """

    def __init__(
        self, columns: list[AnyColumn], width: int, dtype: np.dtype, loose: bool, said: set[str]
    ):
        self.width, self.dtype, self.loose, self.said = width, dtype, loose, said
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
        if not self.usual or not x.keys() <= (self.names if learn else self.allowed):
            return None
        if learn and any(x.get(name) is not None for name in self.left):  # something new
            return None
        inputs, numbers = np.zeros(self.width, self.dtype), []
        value_of = x.get if self.loose else x.__getitem__
        try:
            for words in self.words:
                value = value_of(words.name)
                place = words.index.get(value) if isinstance(value, str) else None
                if place is None:
                    place = self._other(words, value, learn)
                if place >= 0:
                    inputs[place] = 1
            for column in self.numbers:
                number = number_of(value_of(column.name), column)
                if number == number:
                    numbers.append((column, number))
                elif (gap := self._gap(column, learn)) >= 0:
                    inputs[gap] = 1
        except (KeyError, OverflowError, TypeError, ValueError):  # nothing usual
            return None
        for column, number in numbers:
            if learn:
                column.learn(number)
            if column.value is not None:
                inputs[column.value] = scaled_one(number, column.centre, column.scale)
        return inputs

    def _gap(self, column: NumberColumn | WordColumn, learn: bool) -> int:
        """Return the input of a gap, -1 if there is none, and this was said before."""
        if column.gap is not None:
            return column.gap
        if learn or column.name not in self.said:
            raise ValueError
        return -1

    def _other(self, column: WordColumn, value: Any, learn: bool) -> int:
        """Return the input of a value that is no category: see `_gap`."""
        if is_gap(value):
            return self._gap(column, learn)
        plain = isinstance(value, str) and value == value.strip() and not is_pointed(value)
        if not plain or learn or column.name not in self.said:
            raise ValueError
        return -1


def is_gap(value: Any) -> bool:
    """Tell whether a value is missing."""
    return value is None or bool(value != value) or (isinstance(value, str) and is_missing(value))


def number_of(value: Any, column: NumberColumn) -> float:
    """Return the number of a value in a column, NaN if it is missing.

    Raises
    ------
    ValueError
        It has another type, or cannot be read.
    """
    if type(value) in PLAIN and column.kind != "time":
        number = float(value)
    elif is_gap(value):
        return math.nan
    elif isinstance(value, str):
        number = float(numbers_of([value.strip()], column.kind, column.order)[0])
    elif isinstance(value, datetime.date | np.datetime64) and column.kind == "time":
        return moment(value)
    else:
        raise ValueError
    if number - number != 0 and (number == number or isinstance(value, str)):  # infinity
        raise ValueError
    if column.kind == "flag" and number == number and number not in (0, 1):
        raise ValueError
    return number
