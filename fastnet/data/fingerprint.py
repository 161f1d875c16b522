"""The SHA-256 of arrays, and of bytes in pieces."""

from __future__ import annotations

import functools
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from ..typing import Array
from .sparse import sparse_rows

HASHED = 1 << 18  # numbers that are hashed together; fingerprints depend on it
THREADS = 8


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
    return f"sha256:{hashed(_pieces(x)).hexdigest()}"


def _pieces(x: Any) -> Iterator[bytes]:
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
        chunks = [part[start : start + step] for start in range(0, len(part), step)]
        yield from _side_by_side(functools.partial(_digest, dtype), chunks)


def _digest(dtype: np.dtype, chunk: Array) -> bytes:
    """Return the SHA-256 of an array's values alone."""
    numbers = np.ascontiguousarray(chunk, dtype).reshape(-1)
    return hashlib.sha256(numbers.view(np.uint8).data).digest()


def _side_by_side(function: Callable[[Array], bytes], chunks: list[Array]) -> Iterable[bytes]:
    """Apply a function to each chunk, in threads: it must not hold Python's lock for long."""
    if len(chunks) < 2:
        return map(function, chunks)
    with ThreadPoolExecutor(min(THREADS, os.cpu_count() or 1)) as pool:
        return pool.map(function, chunks)
