"""Samples without labels, to predict: .npz, .npy, .csv and IDX files."""

import os
import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .idx import read_idx
from .readers import read


def read_features(path: str | os.PathLike[str], *, pixels: bool = False) -> NDArray[Any]:
    """Read samples that need no labels.

    Parameters
    ----------
    path
        By its ending: ``.npz`` with an array ``X`` (or ``X_test``), ``.npy``, or ``.csv``: numbers
        with commas between, a sample a line, after a line of names if there is one. Anything else
        is an IDX file of images, raw or gzipped.
    pixels
        A ``.csv`` holds pixels, 0 to 255: return them as images are, uint8.

    Returns
    -------
    ndarray, shape (n, features)
        As stored; float64 from a ``.csv``.

    Raises
    ------
    ValueError
        When the file is damaged, of another format, or holds Python objects.
    OSError
        When it cannot be opened.
    """
    path = os.fspath(path)
    if path.endswith(".npz"):
        (X, _), (X_test, _) = read(path, labels=False)
        return X_test if X is None else X  # type: ignore[return-value]  # one is always there
    if path.endswith(".npy"):
        try:
            return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
        except (ValueError, EOFError) as error:
            raise ValueError(f"{path}: not readable as .npy: {error}") from None
    if path.endswith(".csv"):
        return _read_csv(path, pixels)
    X = read_idx(path, 3)
    return X.reshape(len(X), -1)


def _read_csv(path: str, pixels: bool) -> NDArray[Any]:
    try:
        with open(path, encoding="utf-8") as file:
            names = not is_number(file.readline().split(",")[0])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of an empty file, see below
            X = np.loadtxt(path, delimiter=",", ndmin=2, skiprows=int(names), encoding="utf-8")
    except ValueError as error:
        raise ValueError(f"{path}: not readable as numbers: {error}") from None
    if X.size == 0:
        raise ValueError(f"{path}: no numbers in this file")
    if not pixels:
        return X
    try:
        return as_pixels(X)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def as_pixels(X: NDArray[Any]) -> NDArray[Any]:
    """Return numbers as images have them, uint8."""
    if not ((X >= 0) & (X <= 255) & (np.rint(X) == X)).all():
        raise ValueError("pixels are whole numbers from 0 to 255, others came")
    return X.astype(np.uint8)


def is_number(text: str) -> bool:
    """Return whether a field is a number, not a name."""
    try:
        float(text)
    except ValueError:
        return False
    return True
