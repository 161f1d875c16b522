"""IDX, the format of MNIST: two zero bytes, type, number of axes, their lengths, the data."""

from __future__ import annotations

import gzip
import math
import os
import struct
from io import BufferedReader

import numpy as np
from numpy.typing import NDArray

from ..files import open_unpacked
from .reading import NO_PART, Part, Path, Reading, flat, part

FILES = (
    ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
)
_UBYTE = 0x08  # other types (0x09 to 0x0e) hold neither images nor labels


def read_folder(path: Path, reading: Reading) -> tuple[Part, Part]:
    """Read a folder of IDX files under MNIST's names; see `fastnet.datasets.read`."""
    train, test = (_part(path, names, reading.labels) for names in FILES)
    if train[0] is None and test[0] is None:
        wanted = " or ".join(images for images, _ in FILES)
        raise ValueError(f"{path}: no IDX files in this folder; wanted {wanted}, raw or .gz")
    return train, test


def read_images(path: Path, reading: Reading) -> tuple[Part, Part]:
    """Read an IDX file of images, which has no labels; see `fastnet.datasets.read`."""
    if reading.labels:
        raise ValueError(f"{path}: an IDX file has images or labels, wanted the folder of both")
    return (flat(read_idx(path, 3)), None), NO_PART


def find(folder: Path, name: str) -> str | None:
    """Return the path of an IDX file by its name or a usual variant; a raw file comes first."""
    dotted = name.replace("-idx", ".idx")
    for variant in (name, dotted, f"{name}.gz", f"{dotted}.gz"):
        file = os.path.join(folder, variant)
        if os.path.isfile(file):
            return file
    return None


def _part(folder: Path, names: tuple[str, str], labels: bool) -> Part:
    images_file, labels_file = (find(folder, name) for name in names)
    X = None if images_file is None else read_idx(images_file, 3)
    # int64, since differences of unsigned labels would wrap
    y = None if labels_file is None else read_idx(labels_file, 1).astype(np.int64)
    return part(folder, names, (X, y), labels)


def read_idx(path: Path, ndim: int) -> NDArray[np.uint8]:
    """Read an IDX file of unsigned bytes with `ndim` axes, raw or gzipped.

    Returns
    -------
    ndarray of uint8
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
    """Read the rest, piece by piece, so that a header's claim alone allocates no memory."""
    data = bytearray()
    while len(data) < limit and (piece := file.read(min(1 << 20, limit - len(data)))):
        data += piece
    return data
