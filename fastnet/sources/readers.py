"""The one door to data in files: the table of readers, by endings or contents, and `read`."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple, TypeAlias

from ..files import open_unpacked
from ..tables.table import Table
from . import csv_text, idx, image_sets, json_text, lines, npz, parquet, svmlight, text
from .parts import part_of
from .reading import NO_PART, Part, Path, Reading

Read: TypeAlias = Callable[[Path, Reading], tuple[Part, Part]]
Tables: TypeAlias = Callable[[Path, Reading, int | None], Iterator[Table]]


class Reader(NamedTuple):
    """A row of the table: a type of file, and the function that reads it.

    A file of arrays has `read`, which returns its two parts. A file of a table has `tables`, which
    yields the columns that `parts.kept` names, in tables of so many rows, or whole if that is None.
    """

    name: str  # in errors
    read: Read | None = None
    endings: tuple[str, ...] = ()
    begins: tuple[bytes, ...] = ()  # its first unpacked bytes, if it has no ending
    is_text: bool = False  # True if the options for text apply
    tables: Tables | None = None
    fits: Callable[[bytes], bool] | None = None  # tells by these bytes, as `begins` does


HEAD = 1 << 16  # bytes that tell what is in a file
PACKED_ENDINGS = (".gz", ".bz2", ".xz")

# To add a source of data, add a row here, and a module with its `read` or `tables`.
FOLDER = Reader("a folder of IDX files", image_sets.read)
READERS = (
    Reader(".npz", npz.read, (".npz",), (b"PK",)),
    Reader(".npy", npz.read_npy, (".npy",), (b"\x93NUMPY",)),
    Reader("libsvm", svmlight.read, (".svm", ".libsvm", ".svmlight"), fits=svmlight.fits),
    Reader("flat JSON", tables=text.tables, endings=(".jsonl", ".ndjson", ".json"),
           fits=json_text.is_flat, is_text=True),
    Reader(".jsonl", lines.read, (".jsonl", ".ndjson"), fits=json_text.is_json, is_text=True),
    Reader("Parquet", tables=partial(parquet.tables, form="Parquet"),
           endings=(".parquet", ".pq"), begins=(b"PAR1",)),
    Reader("Feather or Arrow", tables=partial(parquet.tables, form="Arrow"),
           endings=(".feather", ".arrow", ".ipc"), begins=(b"ARROW1",)),
    Reader("IDX images", idx.read_images, ("-ubyte", "-ubyte.gz"), (b"\0\0\x08",)),
    Reader(".csv", tables=text.tables, endings=(".csv", ".tsv", ".tab", ".txt"),
           fits=csv_text.fits, is_text=True),
)  # fmt: skip


def reader_of(path: Path) -> Reader:
    """Return the reader of a file or folder.

    Raises
    ------
    ValueError
        There is no reader for it.
    OSError
        It cannot be opened.
    """
    name = os.fspath(path)
    if image_sets.is_set(name):
        return FOLDER
    bare = name.lower()
    for ending in PACKED_ENDINGS:
        bare = bare.removesuffix(ending)
    named = [r for r in READERS if bare.endswith(r.endings) or name.endswith(r.endings)]
    if len(named) == 1:
        return named[0]
    with open_unpacked(name) as (file, packed):
        start = file.read(HEAD)
    for reader in named or READERS:
        if start.startswith(reader.begins) or (reader.fits is not None and reader.fits(start)):
            return reader
    if named:
        return named[-1]
    wanted = ", ".join([FOLDER.name, *(reader.name for reader in READERS)])
    hint = " (gunzip it, if it is text)" if packed else ""
    raise ValueError(f"{name}: a file of another format came, wanted one of {wanted}{hint}")


def read(
    path: Path,
    *,
    target: str = "last",
    classes: Sequence[Any] | None = None,
    drop: Sequence[str] = (),
    weight: str | None = None,
    labels: bool = True,
    pixels: bool = False,
    delimiter: str | None = None,
    decimal: str | None = None,
    header: bool | None = None,
    missing: Sequence[str] = (),
    features: int | None = None,
    flatten: bool = True,
    label: str | None = None,
) -> tuple[Part, Part]:
    """Read data to train and to test on.

    Parameters
    ----------
    path
        One of

        - text with a row on each line: ``.csv``, ``.tsv``, ``.txt``, or objects in ``.jsonl``,
          packed by gzip, bzip2 or xz or not. Delimiter, names, quotes and encoding are found out;
        - a ``.parquet``, ``.feather`` or ``.arrow`` file, which PyArrow reads;
        - a libsvm file, ``.svm``;
        - a ``.npz`` file with the arrays ``X``, ``y`` and, if there is a test part, ``X_test``,
          ``y_test``, or other usual names: ``x_train``, ``data`` and ``target``, ``train_images``
          and ``train_labels``, ...;
        - a ``.npy`` file: rows of numbers, of which one is the target, or rows with named fields;
        - a folder of IDX files, raw or gzipped, under the names of MNIST
          (``train-images-idx3-ubyte``, ``t10k-labels.idx1-ubyte.gz``, ...), EMNIST, KMNIST or
          QMNIST; of several sets in one folder, its path and the name of the set:
          ``folder/emnist-letters``;
        - a ``.jsonl`` file of ``{"x": [numbers], "y": label}`` or ``[numbers, label]``;
        - without labels, also an IDX file of images, and what SciPy's ``save_npz`` writes.

        A row of text has at most 4 MiB. Empty lines are skipped. So are lines of CSV that begin
        with #, unless the first column has words and they have as many fields as a row.
    target
        The column of the target: its name, "first" or "last". Rows without a target are left out,
        with a warning.
    classes
        All labels: words, or whole numbers. An empty list means numbers (a regression). By default
        the whole column decides: words, truth values and few whole numbers are classes.
    drop
        Names of columns of a table to leave out.
    weight
        Name of the column of a table that has the weight of each row; X.weights has the weights.
    labels
        False: labels may be missing, and are then None. That is enough to predict. A table has all
        columns then, and names in `drop` and `weight` need not be there.
    pixels
        True: the numbers of a table are pixels, 0 to 255, and X is uint8, as in images.
    delimiter, decimal
        What stands between the fields of a text, and before the decimals of a number. By default
        the text says it.
    header
        True: the first line of a text has names; False: it has none. By default the text says it.
    missing
        Words that stand for missing values, besides the usual ones.
    features
        The number of features in a text of libsvm, which need not have the last of them.
    flatten
        False: images keep their rows and columns, (n, rows, columns).
    label
        Another name of `target`.

    Returns
    -------
    (X, y), (X_test, y_test)
        X: (n, features): a `fastnet.tables.Table` if the file has a table with names, words or
        gaps; else an array, with flat images unless `flatten` is False, float64 from text. Raw IDX
        files and ``.npy`` files are memory-mapped and read-only. y: (n,): int64, bool or str for
        classes, float64 for numbers, from a table; else as in the file, and int64 from IDX files.
        Labels (n, 1) become (n,), with a warning. A part that is missing is (None, None). One of
        the two is always there.

    Raises
    ------
    ValueError
        Data are missing, damaged, do not fit together, or are Python objects, which are never
        unpickled.
    OSError
        `path` cannot be opened.
    ImportError
        The file needs PyArrow, and it is not installed.
    """
    reading = Reading.of(
        target=target, label=label, classes=classes, drop=drop, weight=weight, labels=labels,
        pixels=pixels, delimiter=delimiter, decimal=decimal, header=header, missing=missing,
        features=features, flatten=flatten,
    )  # fmt: skip
    return parts_of(path, reading)


def parts_of(path: Path, reading: Reading) -> tuple[Part, Part]:
    """Return the two parts of the data in a file: see `read`."""
    path = os.fspath(path)
    reader = reader_of(path)
    if reader.tables is not None:
        (table,) = reader.tables(path, reading, None)
        return part_of(table, path, reading), NO_PART
    assert reader.read is not None
    train, test = reader.read(path, reading)
    if train[0] is not None and test[0] is not None:
        features, test_features = (math.prod(X.shape[1:]) for X in (train[0], test[0]))
        if features != test_features:
            raise ValueError(
                f"{path}: the test data has {test_features} features, the training data {features}"
            )
    return train, test
