"""The one door for data in files: a table says what reads which, by its ending or its content."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

from ..typing import Array
from . import idx, npy, npz, text
from .parts import Part, Path, Reading

Read = Callable[[Path, Reading], tuple[Part, Part]]


class Reader(NamedTuple):
    """A row of the table: the files, and what reads them."""

    name: str  # in errors
    read: Read
    endings: tuple[str, ...] = ()
    begins: tuple[bytes, ...] = ()  # its bytes, gunzipped, where no ending says it
    is_text: bool = False  # whether `label`, `classes` and `pixels` say how


# A source of data is a row here, and a module with its `read`.
FOLDER = Reader("a folder of IDX files", idx.read_folder)
READERS = (
    Reader(".npz", npz.read, (".npz",), (b"PK",)),
    Reader(".npy", npy.read, (".npy",), (b"\x93NUMPY",)),
    Reader(".csv", partial(text.read, form="csv"), (".csv",), is_text=True),
    Reader(".jsonl", partial(text.read, form="jsonl"), (".jsonl", ".ndjson"), is_text=True),
    Reader("IDX images", idx.read_images, ("-ubyte", "-ubyte.gz"), (b"\0\0\x08",)),
)


def reader_of(path: Path) -> Reader:
    """Return what reads a file or folder.

    Raises
    ------
    ValueError
        Nothing does.
    OSError
        It cannot be opened.
    """
    name = os.fspath(path)
    if os.path.isdir(name):
        return FOLDER
    for reader in READERS:
        if name.lower().endswith(reader.endings):
            return reader
    with idx.open_idx(name) as (file, packed):
        start = file.read(8)
    for reader in READERS:
        if start.startswith(reader.begins):
            return reader
    wanted = ", ".join([FOLDER.name, *(reader.name for reader in READERS)])
    hint = " (gunzip it, if it is text)" if packed else ""
    raise ValueError(f"{name}: a file of another format came, wanted one of {wanted}{hint}")


def read(
    path: Path,
    *,
    labels: bool = True,
    label: str = "last",
    classes: Sequence[Any] | None = None,
    pixels: bool = False,
) -> tuple[Part, Part]:
    """Read data to train and to test on.

    Parameters
    ----------
    path
        One of

        - a folder of IDX files, raw or gzipped, under MNIST's names
          (``train-images-idx3-ubyte``, ``t10k-labels.idx1-ubyte.gz``, ...);
        - a ``.npz`` file with the arrays ``X``, ``y`` and, if there is a test part, ``X_test``,
          ``y_test``; Keras' names ``x_train``, ``y_train``, ``x_test``, ``y_test`` do too;
        - a ``.csv`` file: numbers and a label with commas between, a sample a line, after a line of
          names if there is one; or a ``.jsonl`` file: ``{"x": [numbers], "y": label}`` or
          ``[numbers, label]`` a line. A line has at most 4 MiB, and an empty one is passed over; in
          a ``.csv``, one that begins with # too, where no label may;
        - without labels, also a ``.npy`` file or an IDX file of images.
    labels
        False: the labels may be missing (and are None then), as is enough to predict. A line of
        text then has numbers only.
    label
        Where the label is in a line of text: "last", "first", or the name of a column.
    classes
        The labels in a text: words, or whole numbers; none, where they are numbers (for a
        regression). By default most of the first 1,000 labels say it, by their looks.
    pixels
        The numbers in a text are pixels, 0 to 255: return them as images are, uint8.

    Returns
    -------
    (X, y), (X_test, y_test)
        X: (n, features), images are flattened; the dtype is the file's, and float64 from text; raw
        IDX files are memory-mapped and read-only. y: (n,), int64 from IDX files, else as in the
        file; labels (n, 1) are made (n,), with a warning.
        A part that the data does not have is (None, None); one of the two is always there.

    Raises
    ------
    ValueError
        Something is missing, damaged, does not fit together, or is a Python object (which is never
        unpickled).
    OSError
        `path` cannot be opened.
    """
    path = os.fspath(path)
    train, test = reader_of(path).read(path, Reading(labels, label, classes, pixels))
    if train[0] is not None and test[0] is not None:
        features, test_features = train[0].shape[1], test[0].shape[1]
        if features != test_features:
            raise ValueError(
                f"{path}: the test data has {test_features} features, the training data {features}"
            )
    return train, test


def read_samples(path: Path, *, pixels: bool = False) -> Array:
    """Read samples (n, features), of which no labels are wanted: those of `read`, in its order."""
    (X, _), (X_test, _) = read(path, labels=False, pixels=pixels)
    found = X_test if X is None else X
    assert found is not None  # one of the two is there
    return found
