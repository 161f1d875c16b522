"""Data in files: a folder of IDX files, or a .npz file."""

import math
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastnet.data.arrays import without_column
from fastnet.data.npy import Npz, blaming

from .idx import read_idx

Part = tuple[NDArray[Any] | None, NDArray[Any] | None]  # images and labels

IDX_FILES = (
    ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
)
NPZ_ARRAYS = (
    (("X", "y"), ("X_train", "y_train"), ("x_train", "y_train")),
    (("X_test", "y_test"), ("x_test", "y_test")),
)


def read(path: str | os.PathLike[str], *, labels: bool = True) -> tuple[Part, Part]:
    """Read data to train and to test on.

    Parameters
    ----------
    path
        One of

        - a folder of IDX files, raw or gzipped, under MNIST's names
          (``train-images-idx3-ubyte``, ``t10k-labels.idx1-ubyte.gz``, ...);
        - a ``.npz`` file with the arrays ``X``, ``y`` and, if there is a test part, ``X_test``,
          ``y_test``; Keras' names ``x_train``, ``y_train``, ``x_test``, ``y_test`` do too.
    labels
        False: the labels may be missing (and are None then), as is enough to predict.

    Returns
    -------
    (X, y), (X_test, y_test)
        X: (n, features), images are flattened; the dtype is the file's; raw IDX files are
        memory-mapped and read-only. y: (n,), int64 from IDX files, else as in the file; labels
        (n, 1) are made (n,), with a warning.
        A part that the data does not have is (None, None); one of the two is always there.

    Raises
    ------
    ValueError
        When something is missing, damaged, does not fit together, or holds Python objects
        (which are never unpickled).
    OSError
        When `path` cannot be opened.
    """
    path = Path(path)
    if path.is_dir():
        train, test = (_read_idx_part(path, *names, labels) for names in IDX_FILES)
        if train[0] is None and test[0] is None:
            wanted = " or ".join(images for images, _ in IDX_FILES)
            raise ValueError(f"{path}: no IDX files in this folder; wanted {wanted}, raw or .gz")
    else:
        train, test = _read_npz(path, labels)
    if train[0] is not None and test[0] is not None:
        features, test_features = train[0].shape[1], test[0].shape[1]
        if features != test_features:
            raise ValueError(
                f"{path}: the test data has {test_features} features, the training data {features}"
            )
    return train, test


def idx_file(folder: Path, name: str) -> Path | None:
    """Find an IDX file by its name or a usual variant of it, the raw one first."""
    dotted = name.replace("-idx", ".idx")
    for variant in (name, dotted, f"{name}.gz", f"{dotted}.gz"):
        if (folder / variant).is_file():
            return folder / variant
    return None


def _read_idx_part(folder: Path, images_name: str, labels_name: str, labels: bool) -> Part:
    images_file, labels_file = idx_file(folder, images_name), idx_file(folder, labels_name)
    X = None if images_file is None else read_idx(images_file, 3)
    # int64, since differences of unsigned labels would wrap
    y = None if labels_file is None else read_idx(labels_file, 1).astype(np.int64)
    return _fit(folder, X, y, images_name, labels_name, labels)


def _read_npz(path: Path, labels: bool) -> tuple[Part, Part]:
    known = {name for part in NPZ_ARRAYS for pair in part for name in pair}
    with open(path, "rb") as file:
        if not zipfile.is_zipfile(file):
            raise ValueError(
                f"{path}: wanted a .npz file or a folder of IDX files; "
                "this is a file of another format, or a .npz that was cut short"
            )
        with blaming(path, "not readable as .npz: {}"):
            npz = Npz(file)
            found = npz.names
            arrays = {name: npz[name] for name in sorted(known.intersection(found))}

    parts: list[Part] = []
    told = not labels
    for pairs in NPZ_ARRAYS:
        x_name, y_name = next((pair for pair in pairs if pair[0] in arrays), pairs[0])
        X, y = arrays.get(x_name), arrays.get(y_name)
        if y is not None:
            column, y = y, without_column(y, f"{path}: {y_name}", told)
            told = told or y is not column
        parts.append(_fit(path, X, y, x_name, y_name, labels))
    if all(X is None for X, _ in parts):
        held = ", ".join(found) or "no arrays"
        raise ValueError(f"{path}: the file holds {held}; wanted X and y, or x_train and y_train")
    return parts[0], parts[1]


def _fit(
    path: Path,
    X: NDArray[Any] | None,
    y: NDArray[Any] | None,
    x_name: str,
    y_name: str,
    labels: bool,
) -> Part:
    """Check that images and labels belong together, and flatten the images."""
    if X is None and y is None:
        return None, None
    if X is None:
        raise ValueError(f"{path}: {y_name} is there, but {x_name} is missing")
    if y is None and labels:
        raise ValueError(f"{path}: {x_name} is there, but {y_name} is missing")
    if X.ndim < 2:
        raise ValueError(f"{path}: {x_name} has shape {X.shape}, wanted (n, features)")
    if y is not None and y.shape[:1] != X.shape[:1]:
        came = f"shape {y.shape}, wanted ({len(X)},)" if y.ndim != 1 else f"{len(y)} labels"
        raise ValueError(f"{path}: {y_name} has {came}, {x_name} has {len(X)} rows")
    return X.reshape(len(X), math.prod(X.shape[1:])), y
