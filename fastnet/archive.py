"""A network's file: an .npz of plain arrays, of which one says in JSON what the others are."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import zipfile
from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np

from .data import Array
from .files import atomic_write

FORMAT = "fastnet model"
FORMAT_VERSION = 2  # 1 had no run


def write(path: str | os.PathLike[str], about: dict[str, Any], arrays: dict[str, Array]) -> None:
    """Write a file, atomically: `about`, which is JSON, and arrays by name, nothing pickled."""
    about = {"format": FORMAT, "format_version": FORMAT_VERSION, **about}
    text = json.dumps(about, default=_plain).encode()
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
    """What `write` wrote; nothing in the file is executed.

    Raises
    ------
    ValueError
        The file is truncated, was changed, or is something else.
    OSError
        It cannot be read.
    """
    with open(path, "rb") as file, intact(path):
        with np.load(file, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        about = json.loads(arrays["about"].tobytes())
        if about["format"] != FORMAT or about["format_version"] > FORMAT_VERSION:
            raise ValueError(
                f"format {about['format']!r} version {about['format_version']}, "
                f"wanted {FORMAT!r} up to version {FORMAT_VERSION}"
            )
        if arrays.pop("sha256").tobytes() != _sha256(arrays):
            raise ValueError("its contents do not fit its checksum")
        return about, arrays


@contextlib.contextmanager
def intact(path: str | os.PathLike[str]) -> Iterator[None]:
    """Say of any error that the file is to blame."""
    try:
        yield
    except Exception as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ValueError(f"{os.fspath(path)}: not an intact fastnet model ({reason})") from error


def _plain(value: Any) -> Any:
    """NumPy's numbers and arrays as JSON has them."""
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    raise TypeError(f"history: a {type(value).__name__} in a record, wanted what JSON has")


def _sha256(arrays: dict[str, Array]) -> bytes:
    sha = hashlib.sha256()
    for name in sorted(arrays):
        array = arrays[name]
        sha.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
        sha.update(array.tobytes())
    return sha.digest()
