"""The tables of addresses that the compiled passes read: see `fastnet.kernels.entries`."""

from __future__ import annotations

import ctypes
import weakref
from typing import Any

import numpy as np

from ..kernels.codes import ARRAYS, REAL, TASK
from ..typing import Array

# Where an array or a number lies in a table of words.
WORDS = {name: TASK.fields[name][1] // 8 for name in TASK.names or ()}  # type: ignore[index]


class Tasks:
    """A table for each member of a team, for nets of a dtype.

    Attributes
    ----------
    addresses : list of int
        Of each table.
    """

    def __init__(self, team: int, dtype: np.dtype):
        self.dtype = dtype
        tables = np.zeros(team, TASK)
        self.addresses = [tables.ctypes.data + i * TASK.itemsize for i in range(team)]
        self._words = tables.view(np.int64).reshape(team, -1)
        self._reals = self._words.view(np.float64)
        self._seen: dict[str, Any] = {}  # weak references: the caller keeps the arrays alive

    def set(self, **values: Any) -> None:
        """Set arrays and numbers of all members."""
        for name, value in values.items():
            if not isinstance(value, np.ndarray):
                (self._reals if isinstance(value, float) else self._words)[:, WORDS[name]] = value
            elif name not in self._seen or self._seen[name]() is not value:
                self._seen[name] = weakref.ref(value)
                self._place(name, value, slice(None))

    def give(self, me: int, /, **arrays: Array) -> None:
        """Set arrays of one member."""
        for name, array in arrays.items():
            self._place(name, array, me)

    def _place(self, name: str, array: Array, members: Any) -> None:
        wanted, word = ARRAYS[name], WORDS[name]
        wanted = np.dtype(self.dtype if wanted is REAL else wanted)
        if array.dtype != wanted or not array.flags.c_contiguous:  # the kernels do not look
            raise TypeError(f"{name}: dtype {array.dtype}, wanted a contiguous array of {wanted}")
        self._words[members, word] = address(array)
        self._words[members, word + 1] = len(array)


def address(array: Any) -> int:
    """Return the address of a contiguous array."""
    try:
        return ctypes.addressof(ctypes.c_char.from_buffer(array))  # takes a quarter of the time
    except (TypeError, ValueError):  # it cannot be written to, or is empty
        return int(array.ctypes.data)
