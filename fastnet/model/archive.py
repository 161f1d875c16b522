"""The file of a network, or of several: an .npz of plain arrays.

One of them is JSON that describes the others.
"""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any, BinaryIO

import numpy as np

from ..data.fingerprint import hashed
from ..data.npy import Npz
from ..files import atomic_write, blaming
from ..typing import Array
from .about import arrays_of, as_json, check, nets_in

PIECE = 1 << 20  # bytes that are hashed together


def write(path: str | os.PathLike[str], about: dict[str, Any], arrays: dict[str, Array]) -> None:
    """Write a file, atomically: `about`, as JSON, and arrays by name. Nothing is pickled.

    If `read` would refuse the file, raise ValueError and write nothing.
    """
    _check_path(path)
    text = as_json(about).encode()
    _check_finite(arrays)
    arrays = {**arrays, "about": np.frombuffer(text, np.uint8)}
    arrays["sha256"] = np.frombuffer(_sha256(arrays), np.uint8)

    def write_arrays(file: BinaryIO) -> None:
        with zipfile.ZipFile(file, "w") as archive:  # savez would put the time of day in it
            for name, array in arrays.items():
                entry = zipfile.ZipInfo(f"{name}.npy")
                with archive.open(entry, "w", force_zip64=True) as member:
                    np.lib.format.write_array(member, array, allow_pickle=False)

    atomic_write(path, write_arrays)


def read(path: str | os.PathLike[str]) -> tuple[dict[str, Any], dict[str, Array]]:
    """Read a file of `write`. Nothing in it is executed, and its size bounds the memory.

    Raises
    ------
    ValueError
        The file is truncated, was changed, or is not a network's file.
    OSError
        The file cannot be read.
    """
    _check_path(path)
    with open(path, "rb") as file, intact(path):
        npz = Npz(file)
        if npz.packed or npz.size > os.fstat(file.fileno()).st_size:
            raise ValueError("its arrays are compressed or overlap, wanted them as they were saved")
        about = json.loads(npz["about"].tobytes())
        check(about)
        _check_names(about, npz.names)
        arrays = {name: npz[name] for name in npz.names}
        if arrays.pop("sha256").tobytes() != _sha256(arrays):
            raise ValueError("its contents do not fit its checksum")
        _check_finite(arrays)
        return about, arrays


def check_arrays(about: dict[str, Any], arrays: dict[str, Array]) -> None:
    """Raise ValueError if these, of another format, are not the arrays of what `about` says."""
    _check_names(about, [*arrays, "about", "sha256"])
    _check_finite(arrays)


def intact(path: str | os.PathLike[str]) -> AbstractContextManager[None]:
    """Turn any error within into one that names the file."""
    return blaming(path, "not an intact fastnet model ({})")


def _check_path(path: Any) -> None:
    if not isinstance(path, str | bytes | os.PathLike):  # open() accepts a file descriptor, too
        raise TypeError(f"path: {path!r}, wanted a path")


def _check_names(about: dict[str, Any], came: list[str]) -> None:
    """Refuse a file that has not all arrays, or others; some of a checkpoint may be missing."""
    nets = nets_in(about)
    names = {prefix + name for prefix, net in nets.items() for name in arrays_of(net)}
    names -= {prefix + "classes" for prefix in nets} - {*came}
    names |= {"about", "sha256", *(["checkpoint_params"] if "checkpoint" in about else [])}
    if {*came} - {"checkpoint_best", "checkpoint_average"} != names:
        raise ValueError(f"it holds {', '.join(came)}")


def _check_finite(arrays: dict[str, Array]) -> None:
    for name, array in arrays.items():
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise ValueError(f"{name}: NaN or infinite, wanted finite numbers")


def _sha256(arrays: dict[str, Array]) -> bytes:
    """Return the checksum of arrays. An array with gaps is copied, a piece at a time."""

    def pieces() -> Iterator[Any]:
        for name in sorted(arrays):
            array = arrays[name]
            yield f"{name} {array.dtype.str} {array.shape}\n".encode()
            rows = np.atleast_1d(array)
            step = max(1, PIECE // max(1, rows[:1].nbytes))
            for start in range(0, len(rows), step):
                yield np.ascontiguousarray(rows[start : start + step]).data

    return bytes(hashed(pieces()).digest())
