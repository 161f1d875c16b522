"""The SHA-256 of arrays, and of bytes in pieces."""

from __future__ import annotations

import contextlib
import hashlib
import threading
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..cores import cores
from ..typing import Array
from .sparse import sparse_rows

HASHED = 1 << 18  # numbers that are hashed together; fingerprints depend on it
THREADS = 8
FEW = 3  # pieces that are hashed in the time that a thread takes to start


def hashed(pieces: Iterable[Any]) -> Any:
    """Return the SHA-256 object of pieces, which are bytes or plain arrays."""
    sha = hashlib.sha256()
    for piece in pieces:
        sha.update(piece)
    return sha


def sha256(x: Any) -> str:
    """Return the SHA-256 of an array's shape, dtype and values, whatever their layout in memory.

    It is the hash of the digests of chunks, so that cores share the work. It has 64 digits after
    "sha256:". A sparse array and its dense form have different ones.
    """
    return Hash(x).shared()


class Hash:
    """The SHA-256 of an array in the making: threads may work on it, at any time, side by side.

    It sees a change of the array until it is complete.
    """

    def __init__(self, x: Any):
        self._pieces = list(_pieces(x))  # bytes, or chunks that are not hashed yet
        self._next = iter(range(len(self._pieces)))  # what no thread has begun
        self._text: str | None = None
        self.threads = 0  # those of `side_by_side`

    @property
    def is_large(self) -> bool:
        """True if it is worth a thread."""
        return len(self._pieces) > FEW

    def work(self) -> None:
        """Hash chunks until each is hashed, or in the hands of another thread."""
        for k in self._next:
            self._hash(k)

    def stop(self) -> None:
        """Let the threads at work leave soon; `text` does what they leave."""
        self._next = iter(())

    def text(self) -> str:
        """Return the fingerprint, as of `sha256`, after what is left to do."""
        if self._text is None:
            self.work()
            for k in range(len(self._pieces)):
                self._hash(k)  # also what is still in the hands of others, or was left
            self._text = f"sha256:{hashed(self._pieces).hexdigest()}"
        return self._text

    def shared(self) -> str:
        """Return the fingerprint. Threads share the work."""
        if self._text is None and self.is_large:
            with side_by_side([self], min(THREADS, cores()) - 1 - self.threads):
                return self.text()
        return self.text()

    def _hash(self, k: int) -> None:
        piece = self._pieces[k]
        if isinstance(piece, _Chunk):
            self._pieces[k] = piece.digest()


@contextlib.contextmanager
def side_by_side(hashes: Sequence[Hash], threads: int) -> Iterator[bool]:
    """Let so many threads work on hashes, and yield True if any do. At the end none is left."""

    def work() -> None:
        with contextlib.suppress(Exception):  # `text` does again what fails, and raises
            for each in hashes:
                each.work()

    started = []
    try:
        for _ in range(threads):
            thread = threading.Thread(target=work, name="fastnet-hash", daemon=True)
            with contextlib.suppress(RuntimeError):  # the system has no more threads
                thread.start()
                started.append(thread)
        for each in hashes:
            each.threads += len(started)
        yield bool(started)
    finally:
        for each in hashes:
            each.threads -= len(started)
            each.stop()
        for thread in started:
            thread.join()


class _Chunk(NamedTuple):
    """Rows of an array, whose values are hashed together."""

    array: Array
    dtype: np.dtype
    start: int
    stop: int

    def digest(self) -> bytes:
        """Return the SHA-256 of the values alone. Python's lock is free for most of the time."""
        numbers = np.ascontiguousarray(self.array[self.start : self.stop], self.dtype).reshape(-1)
        return hashlib.sha256(numbers.view(np.uint8).data).digest()


def _pieces(x: Any) -> Iterator[bytes | _Chunk]:
    """Yield the pieces of an array that are hashed."""
    if hasattr(x, "tocsr"):
        rows = sparse_rows(x)
        yield f"sparse {rows.shape}\n".encode()
        parts = [rows.indptr, rows.indices, rows.data]
        dtypes = [np.dtype("i8"), np.dtype("i8"), rows.dtype]
    else:
        array = np.asarray(x)
        parts = [array.astype(str) if array.dtype.kind == "O" else array]  # beyond 64 bits
        dtypes = [parts[0].dtype]
    for part, dtype in zip(parts, dtypes, strict=True):
        dtype = dtype.newbyteorder("<")
        if dtype.kind == "f" and dtype.itemsize > 8:
            dtype = np.dtype("<f8")  # a long double has padding bytes
        yield f"{dtype.str} {part.shape}\n".encode()
        step = max(1, HASHED // max(1, part[:1].size))
        for start in range(0, len(part), step):
            yield _Chunk(part, dtype, start, start + step)
