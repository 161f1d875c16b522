"""Small data, in memory of every kind, and what is learned of them."""

from typing import Any

import numpy as np

from fastnet import datasets, train
from tests.helpers import COMPILED, samples

N = 24 if COMPILED else 10


def digits(n: int = N) -> tuple[np.ndarray, np.ndarray]:
    (X, y), _ = datasets.load("digits")
    return X[:n], y[:n]


def learned(X: Any, y: Any, dtype: str = "float32") -> str:
    """The digest of a net that learned X, with what it then answers."""
    net = train(X, y, hidden=(6,), epochs=1, learning_rate=0.5, dtype=dtype)
    return f"{net.digest()} {net.history[0]['loss']} {net.predict_proba(X).sum()} {net.score(X, y)}"


def mapped(array: np.ndarray, folder: Any) -> np.memmap:
    path = folder / "rows"
    array.tofile(path)
    return np.memmap(path, array.dtype, mode="r", shape=array.shape)


def read_only(array: np.ndarray) -> np.ndarray:
    array = array.copy()
    array.flags.writeable = False
    return array


# Layouts: an array in another place or order.
LAYOUTS = {
    "Fortran order": lambda a, folder: np.asfortranarray(a),
    "every other row": lambda a, folder: np.repeat(a, 2, axis=0)[::2],
    "every other column": lambda a, folder: np.repeat(a, 2, axis=1)[:, ::2],
    "rows from below": lambda a, folder: np.ascontiguousarray(a[::-1])[::-1],
    "part of a wider array": lambda a, folder: np.pad(a, 3)[3:-3, 3:-3],
    "at an odd address": lambda a, folder: odd(a),
    "other byte order": lambda a, folder: a.astype(a.dtype.newbyteorder()),
    "read-only": lambda a, folder: read_only(a),
    "memory map": mapped,
    "memory map, sliced": lambda a, folder: mapped(np.pad(a, 3), folder)[3:-3, 3:-3],
    "subclass": lambda a, folder: a.view(type("Images", (np.ndarray,), {})),
}


def odd(array: np.ndarray) -> np.ndarray:
    room = np.zeros(array.nbytes + 1, np.uint8)
    room[1:] = np.frombuffer(array.tobytes(), np.uint8)
    return room[1:].view(array.dtype).reshape(array.shape)


GOOD = samples(6, 4)
LABEL = np.arange(6) % 3
NET = train(GOOD, LABEL, hidden=(3,), epochs=0)


def never(*_: Any) -> None:
    raise AssertionError("something was learned")


def with_one(value: Any, dtype: str = "float64") -> np.ndarray:
    X = GOOD.astype(dtype)
    X[3, 2] = value
    return X
