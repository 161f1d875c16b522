"""The tables of addresses that the compiled passes read: see `fastnet.kernels.entries`."""

from __future__ import annotations

import ctypes
import functools
import weakref
from typing import Any

import numpy as np

from ..kernels.codes import ARRAYS, REAL, TASK
from ..typing import Array

addressof, read = ctypes.addressof, ctypes.c_char.from_buffer

# Where an array or a number lies in a table of words.
WORDS = {name: TASK.fields[name][1] // 8 for name in TASK.names or ()}  # type: ignore[index]


class Tasks:
    """A table for each member of a team, for nets of a dtype.

    Attributes
    ----------
    tables : numpy.ndarray
        The TASK records.
    addresses : list of int
        Of each table.
    """

    def __init__(self, team: int, dtype: np.dtype):
        self.tables = np.zeros(team, TASK)
        self.addresses = [self.tables.ctypes.data + i * TASK.itemsize for i in range(team)]
        words: Any = self.tables.view(np.int64).reshape(team, -1)
        # Python reads and writes a memoryview in a third of the time of an array.
        self._words = [memoryview(table) for table in words]
        self._reals = [memoryview(table) for table in words.view(np.float64)]
        self._dtypes = _dtypes(dtype)
        self._seen: dict[str, Any] = {}  # weak references: the caller keeps the arrays alive

    def set(self, **values: Any) -> None:
        """Set arrays and numbers of all members."""
        for name, value in values.items():
            if type(value) is not np.ndarray:
                for table in self._reals if isinstance(value, float) else self._words:
                    table[WORDS[name]] = value
            elif name not in self._seen or self._seen[name]() is not value:
                self._place(name, value, self._words)
                self._seen[name] = weakref.ref(value)

    def give(self, me: int, /, **arrays: Array) -> None:
        """Set arrays of one member."""
        for name, array in arrays.items():
            self._place(name, array, self._words[me : me + 1])

    def _place(self, name: str, array: Any, tables: list[Any]) -> None:
        wanted, word, n = self._dtypes[name], WORDS[name], len(array)
        if array.dtype != wanted:  # the kernels do not look
            raise TypeError(f"{name}: dtype {array.dtype}, wanted {wanted}")
        where = address(array, name) if n else 0
        for table in tables:
            table[word], table[word + 1] = where, n


@functools.cache
def _dtypes(real: np.dtype) -> dict[str, np.dtype]:
    """Return the dtypes of the arrays, for nets of a dtype."""
    return {name: np.dtype(real if of is REAL else of) for name, of in ARRAYS.items()}


def address(array: Any, name: str = "array") -> int:
    """Return the address of a contiguous array."""
    try:
        return addressof(read(array))  # takes a quarter of the time
    except (TypeError, ValueError, BufferError):  # it cannot be written to
        if not array.flags.c_contiguous:
            raise TypeError(f"{name}: strides {array.strides}, wanted no gaps") from None
        return int(array.ctypes.data)
