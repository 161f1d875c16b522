"""One row at a time, fast: the inputs of a dict of plain values."""

from __future__ import annotations

from itertools import chain
from typing import Any

import numpy as np

from ..data.fields import is_missing
from ..typing import Array
from .columns import WAITING, AnyColumn, LeftOut, NumberColumn, WordColumn
from .scaling import scaled_one

PLAIN, FLAGS = (float, int), (bool,)


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
    sizes : set of int
        The numbers of values that a row may have without being looked at.
    """

    def __init__(self, columns: list[AnyColumn], width: int, dtype: np.dtype):
        self.width, self.dtype = width, dtype
        self.sizes = {len(columns)}
        self.numbers = [c for c in columns if isinstance(c, NumberColumn)]
        self.words = [c for c in columns if isinstance(c, WordColumn)]
        self.names = {c.name for c in columns}
        self.left = [c.name for c in columns if isinstance(c, LeftOut) and c.reason == WAITING]
        # values of these columns have other forms than the plain ones below
        odd = any(c.kind == "time" for c in self.numbers)
        self.usual = not odd and not any(map(is_missing, chain(*(c.index for c in self.words))))

    def inputs(self, x: dict[str, Any], learn: bool = False) -> Array | None:
        """Return the inputs (width,) of a row; None if it has anything but usual values.

        With `learn`, the columns learn the row first, unless it is None.
        """
        if not self.usual or len(x) not in self.sizes:
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
                elif type(value) in (FLAGS if column.kind == "flag" else PLAIN):
                    number = float(value)
                    if number - number != 0:  # infinity
                        return None
                    numbers.append((column, number))
                else:
                    return None
        except (KeyError, OverflowError):  # a word or a column that is not known, a huge number
            return None
        for column, number in numbers:
            if learn:
                column.learn(number)
            if column.value is not None:
                inputs[column.value] = scaled_one(number, column.centre, column.scale)
        return inputs
