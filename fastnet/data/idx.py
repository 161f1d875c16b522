"""IDX, the format of MNIST: two zero bytes, type, number of axes, their lengths, the data."""

import contextlib
import gzip
import math
import os
import struct
import zlib
from collections.abc import Iterator
from io import BufferedReader

import numpy as np
from numpy.typing import NDArray

_UBYTE = 0x08  # the other types (0x09 to 0x0e) hold neither images nor labels


@contextlib.contextmanager
def open_idx(path: str | os.PathLike[str]) -> Iterator[tuple[gzip.GzipFile | BufferedReader, bool]]:
    """Open a file that may be gzipped, to read its unpacked bytes: (file, whether it is packed).

    An error of unpacking inside the with block becomes a ValueError that names the file.
    """
    with open(path, "rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        try:
            with gzip.GzipFile(fileobj=raw) if packed else raw as file:
                yield file, packed
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise ValueError(f"{os.fspath(path)}: damaged gzip file: {error}") from None


def read_idx(path: str | os.PathLike[str], ndim: int) -> NDArray[np.uint8]:
    """Read an IDX file of unsigned bytes with `ndim` axes, raw or gzipped.

    Returns
    -------
    ndarray of uint8
        Of a raw file: a read-only memory map; nothing is read before it is used.
        Of a gzipped one: an array in memory.

    Raises
    ------
    ValueError
        When the file is no such IDX file, is damaged, too short or too long.
    OSError
        When it cannot be opened.
    """
    path = os.fspath(path)
    with open_idx(path) as (file, packed):
        header = file.read(4 + 4 * ndim)
        shape = _shape(path, header, ndim)
        wanted = math.prod(shape)
        if packed:
            data = _read_at_most(file, wanted + 1)
            came = len(data)
        else:
            came = os.fstat(file.fileno()).st_size - len(header)
    if came != wanted:
        came_text = f"more than {wanted}" if packed and came > wanted else str(came)
        raise ValueError(
            f"{path}: {came_text} bytes of data came, "
            f"{wanted} were wanted for {' x '.join(map(str, shape))}"
        )
    if packed:
        return np.frombuffer(data, np.uint8).reshape(shape)
    # a plain array on top of the map: indexing np.memmap is slower
    return np.asarray(np.memmap(path, np.uint8, mode="r", offset=len(header), shape=shape))


def _shape(path: str, header: bytes, ndim: int) -> tuple[int, ...]:
    """Check the header of an IDX file and return the lengths of the axes."""
    magic = bytes([0, 0, _UBYTE, ndim])
    if header[:4] != magic:
        raise ValueError(
            f"{path}: the file begins with {header[:4].hex(' ') or 'nothing'}; "
            f"an IDX file of unsigned bytes with {ndim} axes begins with {magic.hex(' ')}"
        )
    if len(header) < 4 + 4 * ndim:
        raise ValueError(f"{path}: {len(header)} bytes came, the header has {4 + 4 * ndim}")
    return struct.unpack(f">{ndim}I", header[4:])


def _read_at_most(file: gzip.GzipFile | BufferedReader, limit: int) -> bytearray:
    """Read on, piece by piece: memory is taken for what comes, not for what a header claims."""
    data = bytearray()
    while len(data) < limit and (piece := file.read(min(1 << 20, limit - len(data)))):
        data += piece
    return data
