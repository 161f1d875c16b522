"""Samples: rows of numbers for the kernels. They are checked once and never copied as a whole.

The kernels read uint8, float32 and float64 rows where they lie in memory or in a memory map. Other
rows are converted, a chunk at a time.
"""

from __future__ import annotations

import functools
import math
from typing import Any, NamedTuple, Protocol

import numpy as np

from ..kernels.codes import FLOAT32, FLOAT64, UINT8
from ..typing import Array
from .arrays import HINT, matrix
from .fingerprint import Hash
from .sparse import canonical, compressed

# The dtypes that the kernels read. Others, and other orders of bytes, are converted.
CODES = {np.dtype("u1"): UINT8, np.dtype("f4"): FLOAT32, np.dtype("f8"): FLOAT64}
CHECKED = 1 << 20  # numbers that are checked together for NaN
CONVERTED = 1 << 22  # numbers that are converted together
ENDLESS = 1 << 62
LOOKED = 16  # rows whose mean stands for that of all, where no sum is at hand
COUNTED = 1024  # samples whose share of zeros stands for that of all
NO_INDPTR, NO_INDICES = np.zeros(0, np.int64), np.zeros(0, np.int32)


class Rows(NamedTuple):
    """Rows as the kernels read them: bytes, their dtype code, and the indices of sparse rows."""

    data: Array
    dtype_code: int
    indptr: Array
    indices: Array


def dense(numbers: Array) -> Rows:
    """Return the memory of a contiguous array for the kernels."""
    data = numbers.reshape(-1).view(np.uint8)
    return Rows(data, CODES[numbers.dtype], NO_INDPTR, NO_INDICES)


class Takeable(Protocol):
    """What a pass takes its rows from."""

    def take(self, order: Array, /) -> tuple[Rows, Array]:
        """Return rows for the kernels, and the places in them of the samples at `order`."""


class Described(Protocol):
    """What says how samples are, so that a pass is made for them."""

    @property
    def features(self) -> int:
        """The numbers of a sample."""

    def density(self, places: Array | None = None, most: int | None = None) -> float:
        """Return the share of non-zeros in the first samples, or in those at `places`."""

    def have_products(self) -> bool:
        """Tell whether the product x . y of any two samples is surely finite for the net."""


class Samples:
    """Checked inputs (n, features) of a net.

    Parameters
    ----------
    X : array_like, frame or scipy.sparse array, shape (n, features)
        Images, (n, rows, columns) or with more dimensions, are taken row by row.
        uint8 stands for x / 255. Other numbers, and all numbers of a frame, stand for themselves.
    dtype : numpy.dtype
        The dtype of the net, float32 or float64.
    features : int, optional
        The number of inputs of the net.
    name : str
        The name of X in errors.

    Raises
    ------
    TypeError
        X does not hold real numbers.
    ValueError
        Its shape is not (n, features), it is empty, or it holds NaN, infinity or a number too large
        for `dtype`; or the arrays of sparse rows contradict each other.
    """

    def __init__(self, X: Any, dtype: np.dtype, features: int | None = None, name: str = "X"):
        sparse = hasattr(X, "tocsr")
        rows: Any
        rows, columns = (compressed(X, name), None) if sparse else matrix(X, name)
        shape = rows.shape
        rows = rows if sparse else flat(rows)
        if rows.ndim != 2:
            hint = _shape_hint(rows.shape, features)
            raise ValueError(f"{name}: shape {rows.shape}, wanted (samples, features){hint}")
        if 0 in rows.shape:
            raise ValueError(f"{name}: shape {rows.shape}, wanted at least one sample and feature")
        if rows.dtype.kind not in "buif":
            raise TypeError(f"{name}: dtype {rows.dtype}, wanted real numbers{HINT}")
        self.n, self.features = rows.shape
        self.dtype = dtype
        if features is not None and self.features != features:
            came = f"{self.features} features{_product(shape)}"
            raise ValueError(f"{name}: {came}, but the net takes {features}")
        if sparse:
            rows, indptr, indices = canonical(rows, name)
        native = rows.dtype in CODES
        self.stored = rows.dtype if native else dtype
        if sparse:
            self._native: Rows | None = self._sparse(rows, indptr, indices, name)
        else:
            self._mean = check_finite(rows, dtype, name, columns=columns, hint=HINT)
            self._native = dense(rows) if native and rows.flags.c_contiguous else None
        self.rows, self.shape = rows, tuple(shape)  # before images became rows
        self.columns = columns  # a frame's names of the features
        self.encoding: Any = None  # that of the table that these rows encode

    @property
    def mean(self) -> float:
        """The mean of the first numbers, or of the first that sparse rows have."""
        if self._mean is None:
            some = self.rows[:LOOKED]
            self._mean = float(some.mean())
        return self._mean

    @functools.cached_property
    def hash(self) -> Hash:
        """The SHA-256 of these inputs in the making."""
        return Hash(self.rows)

    @property
    def sha256(self) -> str:
        """The SHA-256 of these inputs, computed once: see `fingerprint.sha256`."""
        return self.hash.shared()

    def _sparse(self, rows: Any, indptr: Array, indices: Array, name: str) -> Rows:
        """Return sparse rows as the kernels read them."""
        self._mean = check_finite(rows.data[None], self.dtype, name, rows)
        numbers = np.ascontiguousarray(rows.data, self.stored)
        return dense(numbers)._replace(indptr=indptr, indices=indices)

    @property
    def chunk(self) -> int:
        """The best number of rows, or a few more, for one call of `take`."""
        return ENDLESS if self._native else max(1, CONVERTED // self.features)

    def density(self, places: Array | None = None, most: int | None = None) -> float:
        """Return the share of non-zeros in the first samples, or in those at `places`."""
        if places is None:
            n = min(self.n, COUNTED if most is None else most)
            return self._nonzeros(0, n) / (n * self.features)
        count = sum(self._nonzeros(i, i + 1) for i in places)
        return count / (len(places) * self.features)

    def _nonzeros(self, start: int, stop: int) -> int:
        """Count the numbers in rows from `start` to before `stop` that are not 0 for the net."""
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
        """Tell whether the product x . y of any two samples is surely finite for the net."""
        if self.stored == np.uint8:
            return True
        largest = np.finfo(self.dtype).max
        rows = self.rows.data[None] if hasattr(self.rows, "tocsr") else self.rows
        step = max(1, CHECKED // max(1, rows.shape[1]))
        for start in range(0, len(rows), step):
            numbers = rows[start : start + step].astype(self.stored, copy=False).reshape(-1)
            with np.errstate(over="ignore"):
                if not np.dot(numbers, numbers) <= largest:  # an upper bound of all |x . y|
                    return False
        return True

    def take(self, order: Array) -> tuple[Rows, Array]:
        """Return rows for the kernels, and the places in them of the samples at `order`."""
        if self._native:
            return self._native, order
        rows = np.ascontiguousarray(self.rows[order], self.stored)
        return dense(rows), np.arange(len(order))


def as_samples(X: Any, dtype: np.dtype, features: int | None = None, name: str = "X") -> Samples:
    """Return X as `Samples`. Samples are returned as they are, so that nets can share them."""
    if not isinstance(X, Samples):
        return Samples(X, dtype, features, name)
    if X.dtype == dtype and features in (None, X.features):
        return X
    other = Samples(X.rows, dtype, features, name)
    other.encoding, other.shape = X.encoding, X.shape
    return other


def flat(rows: Any) -> Any:
    """Return images (n, ...) as rows (n, features), and others as they are."""
    return rows if len(rows.shape) <= 2 else rows.reshape(len(rows), math.prod(rows.shape[1:]))


def _product(shape: tuple[int, ...]) -> str:
    """Return how many features come about, if they are images."""
    return f" ({' x '.join(map(str, shape[1:]))})" if len(shape) > 2 else ""


def _shape_hint(shape: tuple[int, ...], features: int | None) -> str:
    """Return a hint what to write instead of an X of a wrong shape."""
    if len(shape) != 1:
        return ""
    hints = ["one sample: X[None, :]"] if features in (None, *shape) else []
    hints += ["one feature: X[:, None]"] if features in (None, 1) else []
    return f" ({'; '.join(hints)})" if hints else ""


def check_finite(
    numbers: Array,
    dtype: np.dtype,
    name: str,
    sparse: Any = None,
    columns: Any = None,
    hint: str = "",
) -> float | None:
    """Refuse NaN, infinity and numbers too large for `dtype`, a chunk at a time.

    `hint` says what to do with NaN. Return the mean of the first chunk, or None if there was no
    need to look.
    """
    if numbers.dtype.kind != "f" or not numbers.size:
        return None
    mean = None
    step = max(1, CHECKED // max(1, numbers.shape[1]))
    largest = np.finfo(dtype).max
    for start in range(0, len(numbers), step):
        chunk = numbers[start : start + step]
        # NaN and infinity survive a sum, so one sum finds them. A second look rules out alarms.
        with np.errstate(over="ignore", invalid="ignore"):
            total = float(chunk.sum())
            mean = total / chunk.size if mean is None else mean
            if math.isfinite(total) and (
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
            label = column if columns is None else repr(columns[column])
            raise ValueError(
                f"{name}: {number} in row {row}, column {label}, "
                f"wanted finite numbers within {dtype}{hint * bool(np.isnan(number))}"
            )
    return mean
