"""The task that all peers learn, and the methods of a peer."""

from __future__ import annotations

import time
from itertools import cycle, islice
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastnet.reference import sigmoid

Array = NDArray[Any]


def as_floats(X: Array) -> Array:
    """Return inputs as float32: bytes stand for v / 255."""
    return X.astype(np.float32) / np.float32(255 if X.dtype == np.uint8 else 1)


def aligned(array: Array) -> Array:
    """Return a copy of float32 numbers that begins with a cache line."""
    room = np.empty(array.size + 16, np.float32)
    start = -room.ctypes.data % 64 // 4
    copy = room[start : start + array.size].reshape(array.shape)
    copy[...] = array
    return copy


class Task(NamedTuple):
    """A net before it learns, the samples in their order, and the rate: sigmoid, sum (a - y)**2."""

    weights: list[Array]  # (n_in, n_out) each
    biases: list[Array]
    rate: float
    X: Array  # (n, n_in), uint8 or float32
    y: Array  # (n,), labels

    @property
    def sizes(self) -> tuple[int, ...]:
        """Units of each layer, the inputs first."""
        return (len(self.weights[0]), *map(len, self.biases))

    def inputs(self) -> Array:
        """The samples (n, n_in) as float32."""
        return as_floats(self.X)

    def targets(self) -> Array:
        """The labels as one-hot rows (n, n_out)."""
        return np.eye(self.sizes[-1], dtype=np.float32)[self.y]


class Clock:
    """A clock of the seconds in `with clock:` blocks."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __enter__(self) -> None:
        self.began = time.perf_counter()

    def __exit__(self, *error: object) -> None:
        self.seconds += time.perf_counter() - self.began


class Peer:
    """A peer with a task. `start` sets the start weights, `learn(n)` learns the first n samples.

    `parameters`, `outputs`, `learn_one` and `predict_one` are optional.
    """

    def seconds(self, n: int) -> float:
        """Return the seconds to learn the first n samples, from the start."""
        self.start()
        began = time.perf_counter()
        self.learn(n)
        return time.perf_counter() - began

    def epochs_seconds(self, epochs: int) -> float:
        """Return the seconds to learn all samples so many times, from the start."""
        self.start()
        began = time.perf_counter()
        for _ in range(epochs):
            self.learn(len(self.task.X))
        return time.perf_counter() - began

    def predict(self, X: Array) -> Array:
        """Return the labels (n,) of samples X (n, n_in)."""
        a = as_floats(X)
        for w, b in zip(*self.parameters(), strict=True):
            a = sigmoid(a @ w + b)
        return a.argmax(axis=1)

    def call_seconds(self, method: str, X: Array, y: Array, calls: int) -> float:
        """Return the seconds for some calls of a method of one sample."""
        call = getattr(self, method)
        rows = zip(X) if "predict" in method else zip(X, y, strict=True)
        arguments = list(islice(cycle(rows), calls))
        began = time.perf_counter()
        for given in arguments:
            call(*given)
        return time.perf_counter() - began

    def proba(self, X: Array) -> Array:
        """Return the outputs (n, n_out)."""
        return np.asarray(self.outputs(self.prepared(X)))

    def outputs_seconds(self, X: Array) -> float:
        """Return the seconds for the outputs of many samples."""
        X = self.prepared(X)
        began = time.perf_counter()
        self.outputs(X)
        return time.perf_counter() - began

    def prepared(self, X: Array) -> Any:
        """Return samples in the form that this peer uses."""
        return as_floats(X)
