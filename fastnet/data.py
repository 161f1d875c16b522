"""What the kernels are given: rows of numbers and what they stand for, checked once, copied never.

uint8, float32 and float64 rows go to the kernels as they lie in memory (a memory map included);
anything else is converted a chunk of rows at a time.
"""

from __future__ import annotations

import functools
import hashlib
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .kernels.samples import FLOAT32, FLOAT64, UINT8

Array = NDArray[Any]

# What the kernels read as it is; other dtypes, and other orders of bytes, are converted.
KINDS = {np.dtype("u1"): UINT8, np.dtype("f4"): FLOAT32, np.dtype("f8"): FLOAT64}
CHECKED = 1 << 20  # numbers looked at together, when looking for NaN
CONVERTED = 1 << 22  # numbers converted together
HASHED = 1 << 18  # numbers hashed together, by up to so many threads: fingerprints depend on it
THREADS = 8
SORTED = 1 << 16  # labels sorted together
HEAD = 1024  # samples that stand for all where zeros are counted


class Rows(NamedTuple):
    """Rows as the kernels read them: bytes, what they are, and where sparse rows begin."""

    data: Array
    kind: int
    indptr: Array
    indices: Array


def _dense(numbers: Array) -> Rows:
    """The memory of a contiguous array, as the one type of array that the kernels know."""
    data = numbers.reshape(-1).view(np.uint8)
    data.flags.writeable = False
    none = np.zeros(0, np.int64)
    return Rows(data, KINDS[numbers.dtype], none, none.astype(np.int32))


class Samples:
    """Checked inputs (n, features) of a net.

    Parameters
    ----------
    X : array_like or scipy.sparse array, shape (n, features)
        uint8 stands for x / 255; other numbers for themselves.
    dtype : numpy.dtype
        The net's, float32 or float64.
    features : int, optional
        How many the net takes.
    name : str
        What errors call X.

    Raises
    ------
    TypeError
        X does not hold real numbers.
    ValueError
        Its shape is not (n, features), it is empty, or holds NaN, infinity or what `dtype` cannot.
    """

    def __init__(self, X: Any, dtype: np.dtype, features: int | None = None, name: str = "X"):
        sparse = hasattr(X, "tocsr")
        rows: Any = X.tocsr() if sparse else _asarray(X, name)
        if rows.ndim != 2:
            hint = {1: " (one sample: X[None, :])", 0: ""}.get(
                rows.ndim, " (flat: X.reshape(len(X), -1))"
            )
            raise ValueError(f"{name}: shape {rows.shape}, wanted (samples, features){hint}")
        if 0 in rows.shape:
            raise ValueError(f"{name}: shape {rows.shape}, wanted at least one sample and feature")
        if rows.dtype.kind not in "buif":
            raise TypeError(f"{name}: dtype {rows.dtype}, wanted real numbers")
        self.n, self.features = rows.shape
        self.dtype = dtype
        if features is not None and self.features != features:
            raise ValueError(f"{name}: {self.features} features, but the net takes {features}")
        if sparse:
            rows = _canonical(rows, name)
        native = rows.dtype in KINDS
        self.stored = rows.dtype if native else dtype
        if sparse:
            self._native: Rows | None = self._sparse(rows, name, dtype)
        else:
            _check_finite(rows, dtype, name)
            self._native = _dense(rows) if native and rows.flags.c_contiguous else None
        self.rows = rows
        self.columns: Any = getattr(X, "columns", None)  # a frame's names of the features
        self.seen: Any = None  # what fastnet.signs has seen of them

    @functools.cached_property
    def sha256(self) -> str:
        """What tells these inputs from others: see `sha256`. Worked out once."""
        return sha256(self.rows)

    def _sparse(self, rows: Any, name: str, dtype: np.dtype) -> Rows:
        """Sparse rows as the kernels read them."""
        _check_finite(rows.data[None], dtype, name, rows)
        indices = np.require(rows.indices, np.int32, ["C", "W"])
        numbers = np.ascontiguousarray(rows.data, self.stored)
        return _dense(numbers)._replace(indptr=rows.indptr.astype(np.int64), indices=indices)

    @property
    def chunk(self) -> int:
        """How many rows `take` should be asked for, or a few more."""
        return self.n if self._native else max(1, CONVERTED // self.features)

    def density(self, places: Array | None = None) -> float:
        """The share of the numbers that are not 0 in the first samples, or in those at `places`."""
        if places is None:
            n = min(self.n, HEAD)
            return self._nonzeros(0, n) / (n * self.features)
        count = sum(self._nonzeros(i, i + 1) for i in places)
        return count / (len(places) * self.features)

    def _nonzeros(self, start: int, stop: int) -> int:
        """How many numbers in some rows are not 0 for the net."""
        if self._native and len(self._native.indptr):
            indptr = self._native.indptr
            numbers = self._native.data.view(self.stored)[indptr[start] : indptr[stop]]
        else:
            numbers = self.rows[start:stop]
        if numbers.dtype.itemsize > self.dtype.itemsize:
            with np.errstate(under="ignore"):
                numbers = numbers.astype(self.dtype)  # some may become 0
        return int(np.count_nonzero(numbers))

    def have_products(self) -> bool:
        """Whether the product x . y of any two samples is surely finite for the net."""
        if self.stored == np.uint8:
            return True
        largest = np.finfo(self.dtype).max
        rows = self.rows.data[None] if hasattr(self.rows, "tocsr") else self.rows
        step = max(1, CHECKED // max(1, rows.shape[1]))
        for start in range(0, len(rows), step):
            numbers = rows[start : start + step].astype(self.stored, copy=False).reshape(-1)
            with np.errstate(over="ignore"):
                if not np.dot(numbers, numbers) <= largest:  # no less than any |x . y|
                    return False
        return True

    def take(self, order: Array) -> tuple[Rows, Array]:
        """Rows that the kernels can read, and the places of the samples `order` names in them."""
        if self._native:
            return self._native, order
        rows = np.ascontiguousarray(self.rows[order], self.stored)
        return _dense(rows), np.arange(len(order))


def as_samples(X: Any, dtype: np.dtype, features: int | None = None, name: str = "X") -> Samples:
    """X as `Samples`; what is that already is taken as it is, so that nets may share it."""
    if not isinstance(X, Samples):
        return Samples(X, dtype, features, name)
    same = X.dtype == dtype and features in (None, X.features)
    return X if same else Samples(X.rows, dtype, features, name)


def _canonical(rows: Any, name: str) -> Any:
    """CSR rows with each row's columns in order, once each: as a dense row has them."""
    try:
        rows.check_format()  # the kernels trust the indices
    except ValueError as error:
        raise ValueError(f"{name}: {error}, wanted whole CSR rows") from error
    if not rows.has_canonical_format:
        rows = rows.copy()
        rows.sum_duplicates()
    return rows


def sha256(x: Any) -> str:
    """SHA-256 of an array's shape, dtype and values, wherever these lie, and in whatever order.

    It is that of the digests of its chunks: cores share the work. "sha256:" stands before its 64
    digits. Of a sparse array it is another than of a dense one.
    """
    sha = hashlib.sha256()
    if hasattr(x, "tocsr"):
        rows = _canonical(x.tocsr(), "X")
        sha.update(f"sparse {rows.shape}\n".encode())
        parts = [rows.indptr, rows.indices, rows.data]
        dtypes = [np.dtype("i8"), np.dtype("i8"), rows.dtype]
    else:
        parts = [np.asarray(x)]
        dtypes = [parts[0].dtype]
    for part, dtype in zip(parts, dtypes, strict=True):
        dtype = dtype.newbyteorder("<")
        if dtype.kind == "f" and dtype.itemsize > 8:
            dtype = np.dtype("<f8")  # a long double has bytes that mean nothing
        sha.update(f"{dtype.str} {part.shape}\n".encode())
        step = max(1, HASHED // max(1, part[:1].size))
        chunks = [part[start : start + step] for start in range(0, len(part), step)]
        for digest in _side_by_side(functools.partial(_digest, dtype), chunks):
            sha.update(digest)
    return f"sha256:{sha.hexdigest()}"


def _digest(dtype: np.dtype, chunk: Array) -> bytes:
    """SHA-256 of an array's values alone."""
    numbers = np.ascontiguousarray(chunk, dtype).reshape(-1)
    return hashlib.sha256(numbers.view(np.uint8).data).digest()


def _side_by_side(function: Callable[[Array], bytes], chunks: list[Array]) -> Iterable[bytes]:
    """What a function gives for each chunk; it must not hold Python's lock for long."""
    if len(chunks) < 2:
        return map(function, chunks)
    with ThreadPoolExecutor(min(THREADS, os.cpu_count() or 1)) as pool:
        return pool.map(function, chunks)


def _asarray(x: Any, name: str) -> Array:
    try:
        array = np.asarray(x)
    except ValueError as error:
        raise ValueError(
            f"{name}: rows of different lengths, wanted (samples, features)"
        ) from error
    if array.dtype.hasobject:
        raise TypeError(f"{name}: dtype object, wanted real numbers (or labels of one type)")
    return array


def _check_finite(numbers: Array, dtype: np.dtype, name: str, sparse: Any = None) -> None:
    """Refuse NaN, infinity and what overflows `dtype`, a chunk at a time."""
    if numbers.dtype.kind != "f" or not numbers.size:
        return
    step = max(1, CHECKED // max(1, numbers.shape[1]))
    largest = np.finfo(dtype).max
    for start in range(0, len(numbers), step):
        chunk = numbers[start : start + step]
        # One pass where all is well: NaN and infinity survive a sum; a false alarm is looked into.
        with np.errstate(over="ignore", invalid="ignore"):
            if np.isfinite(chunk.sum()) and (
                numbers.dtype.itemsize <= dtype.itemsize or np.abs(chunk).max() <= largest
            ):
                continue
            bad = np.argwhere(~(np.abs(chunk) <= largest))
        if len(bad):
            row, column = bad[0]
            number, row = chunk[row, column], start + row
            if sparse is not None:
                places = sparse.tocoo()
                row, column = places.row[column], places.col[column]
            raise ValueError(
                f"{name}: {number} in row {row}, column {column}, "
                f"wanted finite numbers within {dtype}"
            )


class Targets(NamedTuple):
    """Checked targets of n samples: the places of their classes, or their rows of numbers."""

    labels: Array  # (n,) int32, or (0,)
    numbers: Array  # (n * outputs,) of the net's dtype, or (0,)
    outputs: int
    classes: Array | None

    def take(self, order: Array) -> tuple[Array, Array]:
        """Labels and numbers of the samples `order` names."""
        rows = self.numbers.reshape(-1, self.outputs)
        return (
            (self.labels[order], self.numbers)
            if len(self.labels)
            else (self.labels, rows[order].reshape(-1))
        )


def is_labels(y: Any, name: str = "y") -> bool:
    """Whether y holds class labels: a row of whole numbers, truth values or strings."""
    return (array := _asarray(y, name)).dtype.kind in "biuUST" and array.ndim == 1


def as_targets(
    y: Any,
    n: int,
    dtype: np.dtype,
    classes: Array | None = None,
    name: str = "y",
    labels: bool = True,
) -> Targets:
    """Check what n samples stand for.

    Parameters
    ----------
    y : array_like
        Class labels (n,): integers or strings; or numbers (n,) or (n, outputs).
    n : int
        The number of samples.
    dtype : numpy.dtype
        The net's.
    classes : array, optional
        The classes that are known; without them, and if y holds labels, those in y.
    name : str
        What errors call y.
    labels : bool
        Whether y may hold labels; else whole numbers are numbers.

    Raises
    ------
    TypeError
        y holds neither labels nor real numbers.
    ValueError
        Wrong length or shape, an unknown label, NaN or infinity.
    """
    array = _asarray(y, name)
    if array.ndim not in (1, 2) or len(array) != n:
        raise ValueError(f"{name}: shape {array.shape}, wanted ({n},) or ({n}, outputs), as X")
    none = np.zeros(0, np.int32)
    if labels and is_labels(array, name):
        if classes is None:
            classes = _distinct(array)
            if len(classes) < 2:
                only = classes.tolist()[0]
                raise ValueError(f"{name}: only one class, {only!r}, wanted two or more")
        places = _places(array, classes, name)
        return Targets(places, none.astype(dtype), len(classes), classes)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{name}: dtype {array.dtype}, wanted class labels or real numbers")
    numbers = array.reshape(n, -1)
    if not numbers.shape[1]:
        raise ValueError(f"{name}: shape {array.shape}, wanted at least one output")
    _check_finite(numbers, dtype, name)
    return Targets(none, np.require(numbers.reshape(-1), dtype, ["C", "W"]), numbers.shape[1], None)


def _parts(labels: Array) -> list[Array]:
    """Parts of the labels: sorting takes many times their memory."""
    return [labels[start : start + SORTED] for start in range(0, len(labels), SORTED)]


def _distinct(labels: Array) -> Array:
    """The labels that occur, sorted."""
    return np.unique(np.concatenate([np.unique(part) for part in _parts(labels)]))


def _places(labels: Array, classes: Array, name: str) -> Array:
    """The place of each label among the classes, int32."""
    of = places_of(classes)
    places = np.empty(len(labels), np.int32)
    start = 0
    for part in _parts(labels):
        known, which = np.unique(part, return_inverse=True)
        of_known = np.array([place_of(label, of, name) for label in known.tolist()], np.int32)
        places[start : start + len(part)] = of_known[which]
        start += len(part)
    return places


def places_of(classes: Array) -> dict[Any, int]:
    """The place of each class."""
    return {label: place for place, label in enumerate(classes.tolist())}


def place_of(label: Any, places: dict[Any, int], name: str) -> int:
    """The place of one label among the classes."""
    try:
        return places[label]
    except (KeyError, TypeError):  # TypeError: an array, a list
        known = ", ".join(map(str, list(places)[:10])) + (", ..." if len(places) > 10 else "")
        raise ValueError(
            f"{name}: label {label!r} is none of the net's classes ({known})"
        ) from None


RANGES = {
    "sigmoid": (0.0, 1.0),
    "softmax": (0.0, 1.0),
    "tanh": (-1.0, 1.0),
    "scaled-tanh": (-1.7159, 1.7159),
    "relu": (0.0, np.inf),
}


def check_range(numbers: Array, activation: Any, outputs: int, name: str) -> None:
    """Refuse target numbers (n * outputs,) that the output layer can never reach."""
    if not len(numbers) or activation not in RANGES:
        return
    low, high = RANGES[activation]
    least, most = numbers.min(), numbers.max()
    if not (low <= least and most <= high):
        raise ValueError(
            f"{name}: {least if least < low else most}, wanted numbers within [{low:g}, {high:g}], "
            f"as {activation} outputs are (scale them, or use identity outputs)"
        )
    if activation == "softmax":
        sums = numbers.reshape(-1, outputs).sum(axis=1)
        worst = sums[np.abs(sums - 1).argmax()]
        if abs(worst - 1) > 1e-3:
            raise ValueError(
                f"{name}: a row that adds up to {worst:g}, wanted 1, as softmax outputs do "
                "(for several labels at once use sigmoid outputs)"
            )
