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

from .arrays import LABELS, answers, in_rows, matrix, shown, without_column
from .diagnostics import warn
from .kernels.samples import FLOAT32, FLOAT64, UINT8
from .kernels.sparse import NO_COLUMN, ORDERED, OUTSIDE, look

Array = NDArray[Any]

# What the kernels read as it is; other dtypes, and other orders of bytes, are converted.
KINDS = {np.dtype("u1"): UINT8, np.dtype("f4"): FLOAT32, np.dtype("f8"): FLOAT64}
CHECKED = 1 << 20  # numbers looked at together, when looking for NaN
CONVERTED = 1 << 22  # numbers converted together
ENDLESS = 1 << 62
HASHED = 1 << 18  # numbers hashed together, by up to so many threads: fingerprints depend on it
THREADS = 8
SORTED = 1 << 16  # labels sorted together
HEAD = 1024  # samples that stand for all where zeros are counted
COLUMNS = 1 << 31  # that the kernels can tell apart
FAR = 1 << 30  # diagonals that SciPy tells apart, however it counts


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
    X : array_like, frame or scipy.sparse array, shape (n, features)
        uint8 stands for x / 255; other numbers for themselves, those of a frame all do.
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
        Its shape is not (n, features), it is empty, or holds NaN, infinity or what `dtype` cannot;
        or the arrays of sparse rows contradict each other.
    """

    def __init__(self, X: Any, dtype: np.dtype, features: int | None = None, name: str = "X"):
        sparse = hasattr(X, "tocsr")
        rows: Any
        rows, columns = (_compressed(X, name), None) if sparse else matrix(X, name)
        if rows.ndim != 2:
            hint = _shape_hint(rows.shape, features)
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
            rows, indptr, indices = _canonical(rows, name)
        native = rows.dtype in KINDS
        self.stored = rows.dtype if native else dtype
        if sparse:
            self._native: Rows | None = self._sparse(rows, indptr, indices, name)
        else:
            _check_finite(rows, dtype, name, columns=columns)
            self._native = _dense(rows) if native and rows.flags.c_contiguous else None
        self.rows = rows
        self.columns = columns  # a frame's names of the features
        self.seen: Any = None  # what fastnet.signs has seen of them

    @functools.cached_property
    def sha256(self) -> str:
        """What tells these inputs from others: see `sha256`. Worked out once."""
        return sha256(self.rows)

    def _sparse(self, rows: Any, indptr: Array, indices: Array, name: str) -> Rows:
        """Sparse rows as the kernels read them."""
        _check_finite(rows.data[None], self.dtype, name, rows)
        numbers = np.ascontiguousarray(rows.data, self.stored)
        return _dense(numbers)._replace(indptr=indptr, indices=indices)

    @property
    def chunk(self) -> int:
        """How many rows `take` should be asked for, or a few more."""
        return ENDLESS if self._native else max(1, CONVERTED // self.features)

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


def _shape_hint(shape: tuple[int, ...], features: int | None) -> str:
    """What to write in the place of an X of a wrong shape."""
    if len(shape) != 1:
        return " (flat: X.reshape(len(X), -1))" if shape else ""
    hints = ["one sample: X[None, :]"] if features in (None, *shape) else []
    hints += ["one feature: X[:, None]"] if features in (None, 1) else []
    return f" ({'; '.join(hints)})" if hints else ""


def sparse_rows(X: Any, name: str = "X") -> Any:
    """Sparse X as CSR rows that lie within their arrays, each row's columns in order."""
    return _canonical(_compressed(X, name), name)[0]


def _compressed(X: Any, name: str) -> Any:
    """Sparse X as CSR rows; what SciPy would follow out of bounds is refused."""
    form, shape = getattr(X, "format", None), X.shape
    if form in ("csc", "bsr"):  # other compressed rows, here columns or blocks
        high, wide = getattr(X, "blocksize", (1, 1))
        n, columns = shape[::-1] if form == "csc" else (shape[0] // high, shape[1] // wide)
        _look(X, n, columns, name)
    elif form == "lil":
        if len(X.rows) != shape[0] or list(map(len, X.rows)) != list(map(len, X.data)):
            raise ValueError(f"{name}: rows of other lengths than their data, wanted as many")
    elif form == "dia":
        if X.data.ndim != 2 or X.offsets.shape != X.data.shape[:1]:
            came = f"{len(X.offsets)} offsets"
            raise ValueError(f"{name}: {came}, wanted {len(X.data)}, as diagonals")
        if X.offsets.dtype.kind not in "iu" or (np.abs(X.offsets / 1.0) >= FAR).any():
            raise ValueError(f"{name}: an offset that is none, wanted whole numbers within {FAR:,}")
    elif form == "coo":
        for places, size in zip(getattr(X, "coords", None) or (X.row, X.col), shape, strict=True):
            if len(places) != len(X.data):
                raise ValueError(f"{name}: {len(X.data)} entries, but {len(places)} places of them")
            if len(places) and not 0 <= places.min() <= places.max() < size:
                raise ValueError(f"{name}: an entry out of its shape {shape}, wanted it within")
    return X.tocsr()


def _canonical(rows: Any, name: str) -> tuple[Any, Array, Array]:
    """CSR rows with each row's columns in order, once each: as a dense row has them.

    Also their indptr and indices, as the kernels read them. The flags with which SciPy says so are
    not asked: they may be stale.
    """
    n, columns = rows.shape
    if rows.data.ndim != 1:
        raise ValueError(f"{name}: data of shape {rows.data.shape}, wanted a row of numbers")
    finding, indptr, indices = _look(rows, n, columns, name)
    end = indptr[-1]
    if finding != ORDERED or len(rows.data) > end:
        dtype = rows.data.dtype.newbyteorder("=")
        numbers = rows.data[:end].astype(np.float32 if dtype == np.float16 else dtype)  # SciPy's
        rows = type(rows)((numbers, indices[:end].copy(), indptr), (n, columns))  # without flags
        rows.sum_duplicates()
        _, indptr, indices = _look(rows, n, columns, name)
    return rows, indptr, indices


def _look(rows: Any, n: int, columns: int, name: str) -> tuple[int, Array, Array]:
    """What `fastnet.kernels.sparse.look` finds in n compressed rows, and what it has looked at.

    indptr (n + 1,) int64, indices (entries,) int32.
    """
    given, numbers = [rows.indptr, rows.indices], rows.data
    if any(not isinstance(p, np.ndarray) or p.ndim != 1 or p.dtype.kind not in "iu" for p in given):
        raise TypeError(f"{name}: indptr or indices of another kind, wanted rows of whole numbers")
    indptr, indices = given[0].astype(np.int64), given[1]
    if len(indptr) != n + 1:
        raise ValueError(f"{name}: {len(indptr)} in indptr, wanted {n + 1}, for {n} rows")
    if len(indices) != len(numbers):
        raise ValueError(f"{name}: {len(indices)} indices, wanted {len(numbers)}, as numbers")
    wide, indices = indices, np.require(indices, np.int32, ["C", "A", "W"])
    if wide.dtype.itemsize > 4:
        indices[(wide < 0) | (wide >= COLUMNS)] = -1  # in 32 bits these are others
    finding, row = look(indptr, indices, columns)
    if finding == OUTSIDE:
        came = f"{indptr[row]} to {indptr[row + 1]} of row {row}"
        raise ValueError(f"{name}: indptr {came}, wanted whole rows of {len(numbers)} numbers")
    if finding == NO_COLUMN:
        raise ValueError(f"{name}: an index out of range in row {row}, wanted 0 to {columns - 1}")
    return int(finding), indptr, indices


def sha256(x: Any) -> str:
    """SHA-256 of an array's shape, dtype and values, wherever these lie, and in whatever order.

    It is that of the digests of its chunks: cores share the work. "sha256:" stands before its 64
    digits. Of a sparse array it is another than of a dense one.
    """
    sha = hashlib.sha256()
    if hasattr(x, "tocsr"):
        rows = sparse_rows(x)
        sha.update(f"sparse {rows.shape}\n".encode())
        parts = [rows.indptr, rows.indices, rows.data]
        dtypes = [np.dtype("i8"), np.dtype("i8"), rows.dtype]
    else:
        array = np.asarray(x)
        parts = [array.astype(str) if array.dtype.kind == "O" else array]  # great whole numbers
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


def _check_finite(
    numbers: Array, dtype: np.dtype, name: str, sparse: Any = None, columns: Any = None
) -> None:
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
            label = column if columns is None else repr(columns[column])
            raise ValueError(
                f"{name}: {number} in row {row}, column {label}, "
                f"wanted finite numbers within {dtype}"
            )


class Targets(NamedTuple):
    """Checked targets of n samples: the places of their classes, or their rows of numbers."""

    labels: Array  # (n,) int32, or (0,); -1 for one that is none of the classes
    numbers: Array  # (n * outputs,) of the net's dtype, or (0,)
    outputs: int
    classes: Array | None
    column: bool = False  # whether they came as (n, 1)

    def take(self, order: Array) -> tuple[Array, Array]:
        """Labels and numbers of the samples `order` names."""
        rows = self.numbers.reshape(-1, self.outputs)
        return (
            (self.labels[order], self.numbers)
            if len(self.labels)
            else (self.labels, rows[order].reshape(-1))
        )


def checked_classes(classes: Any, name: str = "classes") -> Array:
    """Classes as an array of labels, each of them once.

    Raises
    ------
    TypeError
        They are no whole numbers or strings.
    ValueError
        They are no row, or one of them comes twice.
    """
    array = answers(classes, name)
    if array.dtype.kind not in LABELS:
        raise TypeError(f"{name}: dtype {array.dtype}, wanted integers or strings")
    if array.ndim != 1:
        raise ValueError(f"{name}: shape {array.shape}, wanted a row of labels")
    if len(np.unique(array)) < len(array):
        raise ValueError(f"{name}: one of them comes twice, wanted each once")
    return array.copy()


def as_targets(
    y: Any,
    n: int,
    dtype: np.dtype,
    classes: Array | None = None,
    name: str = "y",
    labels: bool = True,
    least: int | None = None,
) -> Targets:
    """Check what n samples stand for.

    Parameters
    ----------
    y : array_like
        Class labels (n,) or (n, 1): integers or strings; or numbers (n,) or (n, outputs).
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
    least : int, optional
        How many labels must be among the classes at least: the others are a warning. By default all
        must be.

    Raises
    ------
    TypeError
        y holds neither labels nor real numbers.
    ValueError
        Wrong length or shape, an unknown or missing label, NaN or infinity.
    """
    array = answers(y, name)
    if array.ndim not in (1, 2) or len(array) != n:
        raise ValueError(f"{name}: shape {array.shape}, wanted ({n},) or ({n}, outputs), as X")
    none = np.zeros(0, np.int32)
    column = array.ndim == 2 and array.shape[1] == 1
    if labels and array.dtype.kind in LABELS and (column or array.ndim == 1):
        array = without_column(array, name, told=classes is not None)
        if classes is None:
            classes = _distinct(array)
            if len(classes) < 2:
                only = classes.tolist()[0]
                raise ValueError(f"{name}: only one class, {only!r}, wanted two or more")
        places = _places(array, classes, name, least)
        return Targets(places, none.astype(dtype), len(classes), classes)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{name}: dtype {array.dtype}, wanted class labels or real numbers")
    numbers = array.reshape(n, -1)
    if not numbers.shape[1]:
        raise ValueError(f"{name}: shape {array.shape}, wanted at least one output")
    _check_finite(numbers, dtype, name)
    flat = np.require(numbers.reshape(-1), dtype, ["C", "W", "A"])
    return Targets(none, flat, numbers.shape[1], None, column)


def _parts(labels: Array) -> list[Array]:
    """Parts of the labels: sorting takes many times their memory."""
    return [labels[start : start + SORTED] for start in range(0, len(labels), SORTED)]


def _distinct(labels: Array) -> Array:
    """The labels that occur, sorted."""
    return np.unique(np.concatenate([np.unique(part) for part in _parts(labels)]))


def _places(labels: Array, classes: Array, name: str, least: int | None) -> Array:
    """The place of each label among the classes, int32."""
    of = places_of(classes)
    places = np.empty(len(labels), np.int32)
    start = 0
    for part in _parts(labels):
        known, which = np.unique(part, return_inverse=True)
        of_known = np.array([of.get(label, -1) for label in known.tolist()], np.int32)
        places[start : start + len(part)] = of_known[which]
        start += len(part)
    unknown = np.flatnonzero(places < 0)
    if len(unknown):
        kinds = {_kind(labels), _kind(classes)}
        if least is None or len(labels) - len(unknown) < least or len(kinds) > 1:
            label = labels[unknown[0]].item() if labels.dtype != object else labels[unknown[0]]
            same = unknown[labels[unknown] == label]
            raise _no_class(f"{shown(label)} in {in_rows(same)}", of, name)
        some = _few(np.unique(labels[unknown]).tolist())
        warn(
            f"{len(unknown):,} of {len(labels):,} labels are none of the network's classes "
            f"({some}): they count as wrong, and in no loss"
        )
    return places


def _kind(labels: Array) -> str:
    """Labels of which kind may stand together: words, bytes or whole numbers."""
    return labels.dtype.kind if labels.dtype.kind in "US" else "i"


def _few(labels: list[Any]) -> str:
    return ", ".join(map(str, labels[:10])) + (", ..." if len(labels) > 10 else "")


def places_of(classes: Array) -> dict[Any, int]:
    """The place of each class."""
    return {label: place for place, label in enumerate(classes.tolist())}


def place_of(label: Any, places: dict[Any, int], name: str) -> int:
    """The place of one label among the classes."""
    try:
        return places[label]
    except (KeyError, TypeError):  # TypeError: an array, a list
        raise _no_class(repr(label), places, name) from None


def _no_class(label: str, places: dict[Any, int], name: str) -> ValueError:
    known = _few(list(places))
    return ValueError(f"{name}: label {label} is none of the net's classes ({known})")


RANGES = {
    "sigmoid": (0.0, 1.0),
    "softmax": (0.0, 1.0),
    "tanh": (-1.0, 1.0),
    "scaled-tanh": (-1.7159, 1.7159),
    "relu": (0.0, np.inf),
}


def check_range(
    numbers: Array,
    activation: Any,
    outputs: int,
    name: str,
    cure: str = "scale them, or use identity outputs",
) -> None:
    """Refuse target numbers (n * outputs,) that the output layer can never reach."""
    if not len(numbers) or activation not in RANGES:
        return
    low, high = RANGES[activation]
    least, most = numbers.min(), numbers.max()
    if not (low <= least and most <= high):
        raise ValueError(
            f"{name}: {least if least < low else most}, wanted numbers within [{low:g}, {high:g}], "
            f"as {activation} outputs are ({cure})"
        )
    if activation == "softmax":
        sums = numbers.reshape(-1, outputs).sum(axis=1)
        worst = sums[np.abs(sums - 1).argmax()]
        if abs(worst - 1) > 1e-3:
            raise ValueError(
                f"{name}: a row that adds up to {worst:g}, wanted 1, as softmax outputs do "
                "(for several labels at once use sigmoid outputs)"
            )
