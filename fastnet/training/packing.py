"""Objects as bytes for workers in other processes, with their arrays left where they lie.

Only bytes that a process has written for its own workers are ever unpickled here: they carry the
functions that the workers shall call, so a format without code would carry no less.
"""

from __future__ import annotations

import copyreg
import io
import mmap
import os
import pickle
import platform
import sys
from collections import ChainMap
from collections.abc import Callable
from typing import Any

import numpy as np

from ..diagnostics import reason
from ..typing import Array

PROTOCOL = 5  # the first that leaves arrays out
ALIGNED = 64  # bytes: arrays in a file begin at multiples of it
NAMES = "arrays", "rest"  # the files of a folder

unpickle = pickle.loads  # which any worker has


def packed(value: Any, by_value: bool) -> tuple[bytes, list[Array]]:
    """Return an object as bytes, and the memory of its arrays, each piece once and not copied.

    Parameters
    ----------
    value : object
    by_value : bool
        Whether functions of the main module and nameless ones are sent too, if cloudpickle is
        loaded, which Dask and loky need themselves.

    Raises
    ------
    TypeError
        It cannot be sent.
    """
    buffers: list[Array] = []
    places: dict[tuple[int, int], int] = {}
    which = []  # of the buffers, for each array

    def out(buffer: pickle.PickleBuffer) -> None:
        array = np.frombuffer(buffer.raw(), np.uint8)
        which.append(places.setdefault((array.ctypes.data, array.size), len(buffers)))
        if which[-1] == len(buffers):
            buffers.append(array)

    rest = in_band(value, by_value, out)
    return pickle.dumps((which, rest)), buffers


def unpacked(rest: bytes, buffers: list[Array]) -> Any:
    """Return the object again, over this memory."""
    which, rest = pickle.loads(rest)
    return pickle.loads(rest, buffers=[buffers[k] for k in which])


def in_band(value: Any, by_value: bool, out: Callable[[Any], Any] | None = None) -> bytes:
    """Return an object as bytes. `out` takes the memory of its arrays if they are left out."""
    names = ("cloudpickle", "joblib.externals.cloudpickle") if by_value else ()
    loaded = [*filter(None, map(sys.modules.get, names))]
    base: Any = loaded[0].Pickler if loaded else pickle.Pickler
    table: Any = base.dispatch_table if loaded else copyreg.dispatch_table
    table = ChainMap({np.ndarray: _reduced, np.memmap: _reduced}, table)
    kind: Any = type("Pickler", (base,), {"dispatch_table": table})
    file = io.BytesIO()
    try:
        kind(file, PROTOCOL, buffer_callback=out).dump(value)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        wanted = "wanted what other processes can import, as functions of a module"
        raise TypeError(f"executor: {reason(error)}; {wanted}") from error
    return file.getvalue()


def _reduced(array: Array) -> Any:
    """Return how to make an array again: in its file if it has one, else from contiguous memory."""
    in_file = place_of(array)
    if in_file is not None:
        return _mapped, in_file
    plain = array if array.flags.forc else np.ascontiguousarray(array)
    return plain.view(np.ndarray).__reduce_ex__(PROTOCOL)


def call_of(function: Callable[..., Any], *arguments: Any, buffers: int = 0) -> bytes:
    """Return bytes whose unpickling by `unpickle` calls function(*arguments, buffers).

    So a worker that cannot import the function fails at its task, and says so. If an executor
    sends the function itself, a worker that cannot read it dies in the midst of others' messages.

    Parameters
    ----------
    function : callable
        A function of a module.
    *arguments
        Numbers, text and bytes.
    buffers : int
        The number of arrays that `unpickle` gets as its `buffers`, and the function in a list.
    """
    places = [pickle.PickleBuffer(bytearray()) for _ in range(buffers)]
    call = _Call(function, (*arguments, places))
    return pickle.dumps(call, PROTOCOL, buffer_callback=lambda place: None)


class _Call:
    """What is unpickled as the result of a call."""

    def __init__(self, function: Callable[..., Any], arguments: tuple[Any, ...]):
        self.call = function, arguments

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return self.call


def place_of(array: Array) -> tuple[Any, ...] | None:
    """Return where an array lies in a file that it is a map of; None if it is in memory.

    Workers open that file, however large it is. A map whose changes its file does not have is in
    memory.
    """
    base: Any = array
    while isinstance(base, np.ndarray) and not isinstance(base.base, mmap.mmap):
        base = base.base
    if not isinstance(base, np.memmap) or base.mode == "c" or not base.filename:
        return None
    try:
        state = os.stat(base.filename)
    except OSError:  # it has been removed
        return None
    if base.mode != "r":
        base.flush()
        state = os.stat(base.filename)
    offset = base.offset + array.ctypes.data - base.ctypes.data
    stamp = platform.node(), state.st_size, state.st_mtime_ns
    return os.path.abspath(base.filename), stamp, array.dtype, array.shape, offset, array.strides


def _mapped(
    path: str,
    stamp: tuple[str, int, int],
    dtype: np.dtype,
    shape: tuple[int, ...],
    offset: int,
    strides: tuple[int, ...],
) -> Array:
    """Return an array that lies in a file, if the file is still the same."""
    host, size, changed = stamp
    cure = "wanted a folder that all hosts share, or np.array(X), which is sent"
    try:
        state = os.stat(path)
        memory = np.memmap(path, np.uint8, "r")
    except FileNotFoundError:
        raise FileNotFoundError(
            f"executor: {here()} has no file {path}, of which {host} has rows; {cure}"
        ) from None
    if (state.st_size, state.st_mtime_ns) != (size, changed):
        raise ValueError(f"executor: {path} of {here()} is not that of {host}; {cure}")
    return np.ndarray(shape, dtype, memory.data, offset, strides)


def here() -> str:
    """Return the name of this worker."""
    return f"the worker {os.getpid()} of {platform.node()}"


def write(folder: str, rest: bytes, buffers: list[Array]) -> None:
    """Write what `packed` returns to a folder."""
    spans, end = [], 0
    arrays, others = (os.path.join(folder, name) for name in NAMES)
    with open(arrays, "xb") as file:
        for buffer in buffers:
            file.seek(end)
            file.write(buffer.data)
            spans.append((end, end + len(buffer)))
            end = -(-(end + len(buffer)) // ALIGNED) * ALIGNED
    with open(others, "xb") as file:
        pickle.dump((spans, rest), file)


def read(folder: str, host: str) -> Any:
    """Return the object that a process of this host has written to a folder."""
    arrays, others = (os.path.join(folder, name) for name in NAMES)
    try:
        with open(others, "rb") as file:
            spans, rest = pickle.load(file)
        whole = np.memmap(arrays, np.uint8, "r") if spans and spans[-1][1] else np.zeros(0, "u1")
    except FileNotFoundError:
        raise FileNotFoundError(
            f"executor: {here()} does not see the folder {folder} of {host}; "
            "wanted TMPDIR to be a folder that all hosts share"
        ) from None
    return unpacked(rest, [whole[start:stop] for start, stop in spans])
