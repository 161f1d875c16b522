"""IDX, the format of MNIST: two zero bytes, type, number of axes, their lengths, the data."""

from __future__ import annotations

import gzip
import math
import os
import struct
from io import BufferedReader
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data.samples import flat
from ..files import open_unpacked
from .reading import NO_PART, Part, Path, Reading

FILES = (
    ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
)
UBYTE, INT = 0x08, 0x0C  # the types of images and labels; other types hold neither
DTYPES: dict[int, np.dtype[Any]] = {UBYTE: np.dtype("u1"), INT: np.dtype(">i4")}
NAMES = {UBYTE: "unsigned bytes", INT: "whole numbers"}


def read_images(path: Path, reading: Reading) -> tuple[Part, Part]:
    """Read an IDX file of images, which has no labels; see `fastnet.datasets.read`."""
    if reading.labels:
        raise ValueError(f"{path}: an IDX file has images or labels, wanted the folder of both")
    images = read_idx(path, 3)
    return (flat(images) if reading.flatten else images, None), NO_PART


def find(folder: Path, name: str) -> str | None:
    """Return the path of an IDX file by its name or a usual variant; a raw file comes first."""
    dotted = name.replace("-idx", ".idx")
    for variant in (name, dotted, f"{name}.gz", f"{dotted}.gz"):
        file = os.path.join(folder, variant)
        if os.path.isfile(file):
            return file
    return None


def read_idx(path: Path, ndim: int, code: int = UBYTE) -> NDArray[Any]:
    """Read an IDX file with `ndim` axes, raw or gzipped; `code` is UBYTE or INT.

    Returns
    -------
    ndarray of uint8, or of int32 with the first byte first
        For a raw file, a read-only memory map, which is read when it is used. For a gzipped one, an
        array in memory.

    Raises
    ------
    ValueError
        The file is not such an IDX file, is damaged, too short or too long.
    OSError
        The file cannot be opened.
    """
    path = os.fspath(path)
    with open_unpacked(path) as (file, packed):
        header = file.read(4 + 4 * ndim)
        shape, dtype = _shape(path, header, ndim, code), DTYPES[code]
        wanted = math.prod(shape) * dtype.itemsize
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
        return np.frombuffer(data, dtype).reshape(shape)
    # a plain array on top of the map: indexing np.memmap is slower
    return np.asarray(np.memmap(path, dtype, mode="r", offset=len(header), shape=shape))


def _shape(path: str, header: bytes, ndim: int, code: int) -> tuple[int, ...]:
    """Check the header of an IDX file and return the lengths of the axes."""
    magic = bytes([0, 0, code, ndim])
    if header[:4] != magic:
        raise ValueError(
            f"{path}: the file begins with {header[:4].hex(' ') or 'nothing'}; "
            f"an IDX file of {NAMES[code]} with {ndim} axes begins with {magic.hex(' ')}"
        )
    if len(header) < 4 + 4 * ndim:
        raise ValueError(f"{path}: {len(header)} bytes came, the header has {4 + 4 * ndim}")
    return struct.unpack(f">{ndim}I", header[4:])


def _read_at_most(file: gzip.GzipFile | BufferedReader, limit: int) -> bytearray:
    """Read the rest, piece by piece, so that a header's claim alone allocates no memory."""
    data = bytearray()
    while len(data) < limit and (piece := file.read(min(1 << 20, limit - len(data)))):
        data += piece
    return data
