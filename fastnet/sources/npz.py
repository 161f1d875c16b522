"""NumPy's files: arrays, sparse ones as SciPy saves them, and tables, which are arrays with fields.

A .npz file has the arrays X and y, X_test and y_test, or other usual names of them. A .npy file has
rows of numbers with the target in a column, or named fields.
"""

from __future__ import annotations

import os
import zipfile
from typing import Any

import numpy as np

from ..data.arrays import without_column
from ..data.npy import Npz, header
from ..data.samples import flat
from ..data.sparse import of_places
from ..files import blaming
from ..tables.frames import as_table
from ..tables.table import Numbers, Table
from ..typing import Array
from .parts import answers_in, listed, part_of
from .reading import NO_PART, Part, Path, Reading, part

TRAIN = (
    ("X", "y"), ("x", "y"), ("X_train", "y_train"), ("x_train", "y_train"), ("data", "target"),
    ("data", "labels"), ("images", "labels"), ("features", "labels"),
    ("train_data", "train_labels"), ("train_images", "train_labels"), ("arr_0", "arr_1"),
)  # fmt: skip
TEST = (
    ("X_test", "y_test"), ("x_test", "y_test"), ("test_images", "test_labels"),
    ("test_data", "test_labels"),
)  # fmt: skip
SPARSE = {"format", "shape", "data"}  # in each of SciPy's files


def read(path: Path, reading: Reading) -> tuple[Part, Part]:
    """Read a .npz file; see `fastnet.datasets.read`."""
    with open(path, "rb") as file:
        if not zipfile.is_zipfile(file):
            raise ValueError(
                f"{path}: a file of another format, or a damaged one, wanted a .npz file"
            )
        with blaming(path, "not readable as .npz: {}"):
            npz = Npz(file)
            if {*npz.names} >= SPARSE:
                return _sparse(npz, reading), NO_PART
            train, test = (_named(npz, pairs) for pairs in (TRAIN, TEST))
            arrays = {name: npz[name] for name in (*train, *test) if name in npz.names}
    parts: list[Part] = []
    told = not reading.labels
    for names in (train, test):
        X: Any = arrays.get(names[0])
        y = arrays.get(names[1])
        if y is not None:
            column, y = y, without_column(y, f"{path}: {names[1]}", told)
            told = told or y is not column
        X = X if X is None or X.dtype.names is None else as_table(X, f"{path}: {names[0]}")
        parts.append(part(path, names, (X, y), reading))
    if all(X is None for X, _ in parts):
        held, wanted = listed(npz.names or ["no arrays"]), "X and y, or x_train and y_train"
        if {"xl/workbook.xml", "content.xml"} & {*npz.names}:
            held, wanted = "a workbook", "CSV (in Excel: CSV UTF-8)"
        raise ValueError(f"{path}: the file holds {held}; wanted {wanted}")
    return parts[0], parts[1]


def _named(npz: Npz, pairs: tuple[tuple[str, str], ...]) -> tuple[str, str]:
    """Return the names of samples and targets: those that are both there, or else one of them."""
    names = {*npz.names}
    if "arr_2" in names:  # there is no telling which is which
        names -= {"arr_0", "arr_1"}
    best = max(pairs, key=lambda pair: len(names & {*pair}))
    return best if names & {*best} else pairs[0]


def _sparse(npz: Npz, reading: Reading) -> Part:
    """Return the rows of a sparse array that SciPy has saved. It has no targets."""
    if reading.labels:
        raise ValueError("a sparse array without labels, wanted X and y (libsvm files have both)")
    form, shape = bytes(npz["format"].item()).decode(), npz["shape"]
    if shape.shape != (2,) or shape.dtype.kind not in "iu" or shape.min() < 0:
        raise ValueError(f"shape {shape.tolist()}, wanted rows and columns")
    data = npz["data"]
    if form == "coo":
        rows, columns = npz["coords"] if "coords" in npz.names else (npz["row"], npz["col"])
    elif form in ("csr", "csc"):
        counts, columns = np.diff(npz["indptr"].astype(np.int64)), npz["indices"]
        lines = int(shape[1 if form == "csc" else 0])
        if counts.min(initial=0) < 0 or counts.sum() != len(columns) or len(counts) != lines:
            came = f"indptr of {counts.sum()} numbers in {len(counts)} parts"
            raise ValueError(f"{came}, wanted {len(columns)} in {lines}")
        rows = np.repeat(np.arange(len(counts)), counts.tolist())
        rows, columns = (rows, columns) if form == "csr" else (columns, rows)
    else:
        raise ValueError(f"a sparse array of form {form}, wanted csr, csc or coo")
    return of_places(data, rows, columns, (int(shape[0]), int(shape[1]))), None


def read_npy(path: Path, reading: Reading) -> tuple[Part, Part]:
    """Read a .npy file into a memory map; see `fastnet.datasets.read`."""
    with open(path, "rb") as file, blaming(path, "not readable as .npy: {}"):
        header(file, os.fstat(file.fileno()).st_size)
        rows = np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
    table = as_table(rows, os.fspath(path))
    if table is not None:
        return part_of(table, path, reading), NO_PART
    if not reading.labels:
        return (flat(rows) if reading.flatten else rows, None), NO_PART
    return _with_target(rows, path, reading), NO_PART


def _with_target(rows: Array, path: Path, reading: Reading) -> Part:
    """Return the samples and the targets in rows of numbers, of which one column is the target."""
    if rows.ndim != 2 or rows.shape[1] < 2 or rows.dtype.kind not in "biuf":
        came = f"{rows.dtype} {rows.shape}"
        raise ValueError(f"{path}: {came}, wanted rows of numbers and y in a column, or a .npz")
    if reading.target not in ("first", "last") or reading.drop or reading.weight:
        asked = [*reading.drop, *filter(None, [reading.weight])] or [reading.target]
        raise ValueError(f"{path}: no column {asked[0]!r}, wanted first or last: it has no names")
    first = reading.target == "first"
    X, y = (rows[:, 1:], rows[:, 0]) if first else (rows[:, :-1], rows[:, -1])
    kind: Any = "flag" if y.dtype.kind == "b" else "number"
    column = Table((reading.target,), (Numbers(y.astype(np.float64), kind),), named=False)
    y, places = answers_in(column, reading.target, path, reading)
    return (X if len(places) == len(X) else X[places]), y
