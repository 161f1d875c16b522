"""The tables of addresses that the compiled passes read: see `fastnet.kernels.entries`."""

from __future__ import annotations

import ctypes
import functools
import struct
from collections.abc import Sequence
from typing import Any
from weakref import ref

import numpy as np

from ..kernels.codes import ARRAYS, OF_PASS, REAL, TASK
from ..typing import Array

addressof, read = ctypes.addressof, ctypes.c_char.from_buffer

# Where an array or a number lies in a table of words.
WORDS = {name: TASK.fields[name][1] // 8 for name in TASK.names or ()}  # type: ignore[index]
NAMES = tuple(OF_PASS)
HEAD = struct.Struct(f"={2 * len(NAMES) + 2}qd")  # what may change from pass to pass


class Tasks:
    """A table for each member of a team, for nets of a dtype.

    A table has addresses. Whoever lets a pass read it keeps the arrays alive meanwhile.

    Attributes
    ----------
    tables : numpy.ndarray
        The TASK records.
    addresses : list of int
        Of each table.
    """

    def __init__(self, team: int, dtype: np.dtype):
        words: Any = np.zeros((team, TASK.itemsize // 8), np.int64)
        self.tables = words.view(TASK)[:, 0]
        first = address(words)
        self.addresses = [first + i * TASK.itemsize for i in range(team)]
        # Python reads and writes a memoryview in a third of the time of an array.
        self._words = [memoryview(table) for table in words]
        self._dtypes = _dtypes(dtype)
        self._wanted = [self._dtypes[name] for name in NAMES]
        self._places = [0] * (2 * len(NAMES))
        self._seen = [_gone] * len(NAMES)  # weak references to the arrays at these places

    def begin(self, arrays: Sequence[Array], stored: int, loss: int, cost: float) -> None:
        """Set the arrays of a pass, which are named in OF_PASS, and its numbers, for all members.

        The place of an array that comes again, as those of the data do, is not looked up again.
        """
        places, seen = self._places, self._seen
        for k, array in enumerate(arrays):
            if seen[k]() is not array:
                seen[k] = _gone  # first: Ctrl-C may come at any moment
                places[2 * k : 2 * k + 2] = _placed(array, self._wanted[k], NAMES[k])
                seen[k] = ref(array)
        for words in self._words:
            HEAD.pack_into(words, 0, *places, stored, loss, cost)

    def set(self, **values: Array | int) -> None:
        """Set arrays and whole numbers of all members."""
        for me in range(len(self._words)):
            self.give(me, **values)

    def give(self, me: int, /, **values: Array | int) -> None:
        """Set arrays and whole numbers of one member."""
        words = self._words[me]
        for name, value in values.items():
            word = WORDS[name]
            if isinstance(value, int):
                words[word] = value
            else:
                words[word], words[word + 1] = _placed(value, self._dtypes[name], name)


def _gone() -> Any:
    """Return None, as a weak reference does to an array that is gone."""
    return None


def _placed(array: Any, wanted: np.dtype, name: str) -> tuple[int, int]:
    """Return the address of an array, and its length. If it is empty, the address is 0."""
    if array.dtype != wanted:  # the kernels do not look
        raise TypeError(f"{name}: dtype {array.dtype}, wanted {wanted}")
    n = len(array)
    return address(array, name) if n else 0, n


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
