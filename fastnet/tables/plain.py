"""One row of plain numbers at a time, scaled in a compiled call."""

from __future__ import annotations

import struct
from operator import itemgetter
from typing import Any

import numpy as np
from numpy import ndarray

from ..data.samples import CODES
from ..kernels.codes import ROW
from ..kernels.entries import direct
from ..kernels.tables import scale_row
from ..typing import Array
from .statistics import Statistics

WIDE = np.dtype("f8")
REAL = frozenset("?bhilqBHILQefd")  # codes of dtypes whose numbers become float64
PLAIN = frozenset([float, int, bool, *(np.dtype(code).type for code in "?ildf")])
ODD = KeyError, OverflowError, TypeError, ValueError, NotImplementedError, struct.error


class Plain:
    """What encodes rows of plain numbers with the same bits as `Single`. Each thread needs its own.

    Parameters
    ----------
    statistics : Statistics
    inputs : numpy.ndarray
        Where the inputs (width,) are written.
    """

    def __init__(self, statistics: Statistics, inputs: Array):
        names = [column.name for column in statistics.columns]
        self.statistics, self.inputs, self.n = statistics, inputs, len(names)
        self._numbers = np.zeros(self.n)
        self._view: Any = memoryview(self._numbers)  # type: ignore[arg-type]
        self._pack = struct.Struct(f"{self.n}d").pack_into
        self._values_of: Any = itemgetter(*names) if self.n > 1 else lambda x: (x[names[0]],)
        self._row = np.zeros(1, ROW)
        for name, array in (
            ("columns", statistics.records), ("numbers", self._numbers), ("inputs", inputs),
        ):  # fmt: skip
            self._row[0][name] = array.ctypes.data, len(array)
        self._row[0]["stored"] = CODES[inputs.dtype]
        self._address, self._run = self._row.ctypes.data, direct(scale_row)

    def fills(self, x: Any, learn: bool) -> bool:
        """Write the inputs of a row, and tell whether it has nothing but plain numbers.

        If not, nothing is changed. With `learn`, the row joins the statistics first.
        """
        try:
            if type(x) is ndarray:
                if x.dtype is WIDE:
                    self._view[:] = x  # which checks the shape
                elif x.dtype.char in REAL and x.shape == (self.n,):
                    self._numbers[:] = x
                else:
                    return False
            else:
                values = self._values_of(x) if type(x) is dict else x
                usual = type(values) is tuple or type(values) is list
                if not usual or len(x) != self.n or not PLAIN.issuperset(map(type, values)):
                    return False
                self._pack(self._view, 0, *values)
        except ODD:
            return False
        statistics = self.statistics
        if statistics.behind:
            statistics.load()
        filled: bool = self._run(self._address, learn, 0.0)
        if learn:
            statistics.ahead = True
        return filled
