"""Arrays in .npy and .npz files. Nothing is unpickled, and the file's size bounds the memory."""

from __future__ import annotations

import math
import struct
import zipfile
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from ..diagnostics import reason

HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}
HEADER = 128  # bytes of the header of a file that grows
PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # other methods unpack all at once


def header(file: IO[bytes], size: int) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Return the shape, the order (True: Fortran's) and the dtype of the array in a .npy file.

    The file, of `size` bytes, is read up to the numbers. If their number differs from the header's,
    or if they are Python objects, it is an error.
    """
    version = np.lib.format.read_magic(file)
    if version not in HEADERS:
        raise ValueError(f"version {version[0]}.{version[1]} of NumPy's format, wanted 1.0 or 2.0")
    shape, fortran, dtype = HEADERS[version](file)
    if dtype.hasobject:
        raise ValueError("Object arrays, which are never unpickled")
    wanted, came = math.prod(shape) * dtype.itemsize, size - file.tell()
    if min(shape, default=0) < 0 or came != wanted:
        raise ValueError(f"{came} bytes, wanted {wanted} for {dtype} {shape}")
    return shape, fortran, dtype


class Growing:
    """A .npy file that grows by rows of one dtype; its header is written at the end.

    Parameters
    ----------
    file
        A file open for binary writing.
    dtype : numpy.dtype
    row : tuple of int
        The shape of one row; () for a number.
    """

    def __init__(self, file: IO[bytes], dtype: np.dtype, row: tuple[int, ...] = ()):
        self.file, self.dtype, self.row, self.n = file, np.dtype(dtype), row, 0
        file.write(bytes(HEADER))

    def add(self, rows: NDArray[Any]) -> None:
        """Write some rows."""
        self.file.write(np.ascontiguousarray(rows, self.dtype).data)
        self.n += len(rows)

    def finish(self) -> None:
        """Write the header: that of version 1.0, filled with blanks."""
        about = {
            "descr": np.lib.format.dtype_to_descr(self.dtype), "fortran_order": False,
            "shape": (self.n, *self.row),
        }  # fmt: skip
        start = b"\x93NUMPY\x01\x00" + struct.pack("<H", HEADER - 10)
        self.file.seek(0)
        self.file.write(start + repr(about).encode().ljust(HEADER - 11) + b"\n")


class Npz:
    """The arrays of a .npz file. They are read on demand, in memory that the file's size bounds.

    Parameters
    ----------
    file
        A file open for binary reading.
    """

    def __init__(self, file: IO[bytes]):
        file.seek(0)
        if file.read(2) != b"PK":  # zipfile accepts anything with a zip file at its end
            raise ValueError("it does not begin as a .npz file does")
        self._zip = zipfile.ZipFile(file)
        members = self._zip.infolist()
        self._members = {member.filename.removesuffix(".npy"): member for member in members}
        if len(self._members) < len(members):
            raise ValueError("two arrays of the same name")

    @property
    def names(self) -> list[str]:
        """The names of the arrays."""
        return list(self._members)

    @property
    def size(self) -> int:
        """The bytes of the arrays, by the file's directory."""
        return sum(member.file_size for member in self._members.values())

    @property
    def packed(self) -> bool:
        """True if an array is compressed."""
        stored = zipfile.ZIP_STORED
        return any(member.compress_type != stored for member in self._members.values())

    def __getitem__(self, name: str) -> NDArray[Any]:
        member = self._members[name]
        if not member.filename.endswith(".npy"):
            raise ValueError(f"{name} is not an array in NumPy's format")
        if member.compress_type not in PACKINGS:
            raise ValueError(f"{name}: an unusual compression, wanted none or deflate")
        with self._zip.open(member) as file:
            try:
                header(file, member.file_size)  # before memory is allocated
                file.seek(0)
                return np.lib.format.read_array(file, allow_pickle=False)
            except Exception as error:
                raise ValueError(f"{reason(error)}, in {name}") from error
