"""Tables larger than memory: a file is encoded once, chunk by chunk, into memory maps on disk."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import ExitStack
from pathlib import Path as Folder
from typing import Any

import numpy as np

from .. import checks
from .._version import __version__
from ..data.labels import plain
from ..data.npy import Growing, header
from ..data.samples import Samples
from ..data.sparse import SparseRows
from ..files import atomic_folder, atomic_write, blaming
from ..tables.encoding import Encoding
from ..tables.fitting import Fitter, hashed
from ..tables.table import Table
from ..typing import Array
from .chunks import ROWS, Source
from .readers import reader_of
from .reading import NO_PART, Part, Path, Reading

ABOUT = "about.json"
LOOKED = 1 << 20  # bytes at both ends of the source that tell a change
PARTS = ("", "_test")  # ends of the names of files


def encode(
    path: Path,
    folder: Path,
    *,
    test: float = 0.0,
    dtype: str = "float32",
    **reading: Any,
) -> tuple[Part, Part]:
    """Encode a table that may be larger than memory into memory maps, to learn it in epochs.

    The file is read twice, in chunks: the first pass decides what the columns hold and fits the
    encoding, the second writes the encoded rows. If the folder has the rows of this file and these
    options already, they are used again.

    Parameters
    ----------
    path
        The file of a table, as in `fastnet.datasets.read`.
    folder
        The folder for the encoded rows. It appears whole or not at all; encoded rows of another
        file or of other options that it has are replaced.
    test
        The share of the rows that are held out for a test, from 0 to below 1. A hash of their
        places chooses them, so they are the same each time. The encoding is fitted on the others.
    dtype
        Precision of the rows, that of the net: "float32" or "float64".
    **reading
        The options of `fastnet.datasets.read` for a table, but `weight`.

    Returns
    -------
    (X, y), (X_test, y_test)
        X: `fastnet.data.Samples` on a memory map, with the encoding, which the net takes over; they
        are sparse where that is smaller. y: (n,), memory-mapped. Without a test part, (None, None).

    Raises
    ------
    ValueError
        The file has no table, or it does not fit; or the folder has something else in it.
    TypeError, OSError
        As `fastnet.datasets.read` does.
    """
    path, folder = os.fspath(path), Folder(folder)
    checks.one_of("dtype", dtype, ("float32", "float64"))
    if not checks.number("test", test, 0) < 1:
        raise ValueError(f"test: {test}, wanted a share of the rows below 1")
    for name in ("weight", "labels"):
        if name in reading:
            raise TypeError(f"{name}: encoded rows have a target and no weights")
    options = Reading.of(**reading)
    if reader_of(path).tables is None:
        raise ValueError(f"{path}: arrays, wanted a table; fastnet.datasets.read maps arrays")
    wanted = {
        "format": 1, "fastnet": __version__, "source": _look(path), "test": float(test),
        "dtype": dtype, "options": {k: _plain(v) for k, v in vars(options).items()},
    }  # fmt: skip
    if _about(folder) != wanted:
        with atomic_folder(folder) as new:
            encoding = _write(Source(path, options, ROWS), Folder(new), test, np.dtype(dtype))
            about = json.dumps({**wanted, "encoding": encoding.to_dict()}).encode()
            atomic_write(Folder(new) / ABOUT, lambda file: file.write(about))
    return load_encoded(folder)


def load_encoded(folder: Path) -> tuple[Part, Part]:
    """Return the encoded rows in a folder; see `encode`."""
    folder = Folder(folder)
    with blaming(folder, "not readable as encoded rows: {}"):
        about = json.loads((folder / ABOUT).read_bytes())
        encoding = Encoding.from_dict(about["encoding"])
        first, second = (_part(folder, end, encoding, about["dtype"]) for end in PARTS)
    return first, second


def _part(folder: Folder, end: str, encoding: Encoding, dtype: str) -> Part:
    """Return the samples and targets of one part."""
    if not (folder / f"y{end}.npy").exists():
        return NO_PART
    rows: Any
    if encoding.is_sparse:
        names = (f"{name}{end}" for name in ("data", "indices", "indptr"))
        data, indices, indptr = (_mapped(folder, name) for name in names)
        rows = SparseRows(data, indices, indptr, encoding.width)
    else:
        rows = _mapped(folder, f"X{end}")
    samples = Samples(rows, np.dtype(dtype), encoding.width, f"X{end}")
    samples.encoding = encoding
    return samples, _mapped(folder, f"y{end}")


def _mapped(folder: Folder, name: str) -> Array:
    """Return the memory map of an array. What is written to it stays in memory."""
    path = folder / f"{name}.npy"
    with open(path, "rb") as file:
        header(file, os.fstat(file.fileno()).st_size)  # checks the size
    return np.asarray(np.load(path, mmap_mode="c", allow_pickle=False))


def _about(folder: Folder) -> dict[str, Any] | None:
    """Return what the encoded rows in a folder are of, or None if there is no folder.

    Raises
    ------
    ValueError
        The folder has something else.
    """
    try:
        about = json.loads((folder / ABOUT).read_bytes())
        del about["encoding"]
        return dict(about)
    except (FileNotFoundError, NotADirectoryError):
        if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
            raise ValueError(f"{folder}: no encoded rows in it, wanted a new folder") from None
        return None
    except (ValueError, KeyError, TypeError):
        raise ValueError(f"{folder}: {ABOUT} is damaged, wanted a new folder") from None


def _look(path: str) -> dict[str, Any]:
    """Return what tells whether a file is the same: its size, time, and a digest of its ends."""
    with open(path, "rb") as file:
        status = os.fstat(file.fileno())
        sha = hashlib.sha256(file.read(LOOKED))
        file.seek(max(0, status.st_size - LOOKED))
        sha.update(file.read(LOOKED))
    return {"size": status.st_size, "mtime_ns": status.st_mtime_ns, "ends": sha.hexdigest()}


def _plain(value: Any) -> Any:
    """Return the value of an option in JSON types."""
    if hasattr(value, "tolist"):
        return value.tolist()
    return [plain(each) for each in value] if isinstance(value, list | tuple) else value


def _write(source: Source, folder: Folder, test: float, dtype: np.dtype) -> Encoding:
    """Write the encoded rows of a table into a folder; return the encoding."""
    fitter = Fitter(source.path)
    for rows, places in source.inputs():
        learned = rows[places[~held(rows, test)[places]]]
        if len(learned):
            fitter.see(learned)
    encoding, gone = Encoding(*fitter.finish()), 0
    with ExitStack() as files:
        parts = [Writer(folder, end, encoding, dtype, files) for end in PARTS[: 1 + (test > 0)]]
        for table in source.tables():
            rows, y, places = source.part(table)
            gone += len(rows) - len(places)
            away = held(rows, test)[places]
            for part, own in zip(parts, (~away, away), strict=False):
                if own.any() and y is not None:
                    part.add(rows[places[own]], y[own], source)
        for part in parts:
            part.finish()
    source.say(gone)
    return encoding


def held(table: Table, test: float) -> Array:
    """Tell which rows of a chunk are held out, by a hash of their places in the file."""
    places = np.arange(table.first, table.first + len(table), dtype=np.uint64)
    return hashed(hashed(places)) < np.uint64(test * 2.0**64)


class Writer:
    """The files of one part: the targets, and rows that are dense or sparse."""

    def __init__(
        self, folder: Folder, end: str, encoding: Encoding, dtype: np.dtype, files: ExitStack
    ):
        self.folder, self.end, self.files = folder, end, files
        self.encoding, self.dtype, self.entries = encoding, dtype, 0
        self.arrays: dict[str, Growing] = {}

    def add(self, table: Table, y: Array, source: Source) -> None:
        """Write encoded rows and their targets."""
        rows = self.encoding.samples(table, self.dtype, source.path).rows
        if self.encoding.is_sparse:
            self._add("data", rows.data)
            self._add("indices", rows.indices)
            if not self.entries:
                self._add("indptr", np.zeros(1, np.int64))
            self._add("indptr", rows.indptr[1:] + self.entries)
            self.entries += len(rows.data)
        else:
            self._add("X", rows)
        self._add("y", y.astype(f"U{source.longest}") if y.dtype.kind == "U" else y)

    def _add(self, name: str, rows: Array) -> None:
        if name not in self.arrays:
            file = (self.folder / f"{name}{self.end}.npy").open("wb")
            self.files.callback(file.close)
            self.arrays[name] = Growing(file, rows.dtype, rows.shape[1:])
        self.arrays[name].add(rows)

    def finish(self) -> None:
        """Write the headers."""
        for array in self.arrays.values():
            array.finish()
