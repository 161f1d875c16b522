"""Sparse rows. They are checked before anything follows their indices."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..kernels.codes import NO_COLUMN, ORDERED, OUTSIDE
from ..typing import Array

COLUMNS = 1 << 31  # the largest number of columns for the kernels
FAR = 1 << 30  # the largest offset of a diagonal for SciPy, with any type of index


class SparseRows:
    """Sparse rows (n, columns) in CSR form, with the part of SciPy's face that fastnet uses.

    Encoded tables have this form where SciPy is not installed, or not needed.

    Parameters
    ----------
    data : ndarray, shape (entries,)
    indices : ndarray of int32, shape (entries,)
        The column of each number, in order within a row.
    indptr : ndarray of int64, shape (n + 1,)
        The place of each row's first number, and the number of entries.
    columns : int
    """

    format = "csr"

    def __init__(self, data: Array, indices: Array, indptr: Array, columns: int):
        self.data, self.indices, self.indptr = data, indices, indptr
        self.shape, self.dtype, self.ndim = (len(indptr) - 1, columns), data.dtype, 2

    def tocsr(self) -> SparseRows:
        """Return the rows themselves."""
        return self

    def __getitem__(self, places: Any) -> SparseRows:
        """Return the rows at these places: a slice or an array."""
        places = np.arange(self.shape[0])[places]
        counts = np.diff(self.indptr)[places]
        indptr = np.concatenate([[0], np.cumsum(counts)])
        entries = np.repeat(self.indptr[places] - indptr[:-1], counts) + np.arange(indptr[-1])
        return SparseRows(self.data[entries], self.indices[entries], indptr, self.shape[1])

    def toarray(self) -> Array:
        """Return the dense array (n, columns)."""
        dense = np.zeros(self.shape, self.dtype)
        dense[np.repeat(np.arange(self.shape[0]), np.diff(self.indptr)), self.indices] = self.data
        return dense

    def max(self) -> Any:
        """Return the largest number."""
        return max(self.data.max(initial=0), 0)


def of_places(data: Array, rows: Array, columns: Array, shape: tuple[int, int]) -> SparseRows:
    """Return sparse rows of numbers at these places; numbers at one place are added in their order.

    Raises
    ------
    ValueError
        There are not as many rows and columns as numbers, or one is out of range.
    """
    if data.dtype.kind not in "biuf" or not data.ndim == rows.ndim == columns.ndim == 1:
        raise ValueError(f"{data.dtype} {data.shape}, wanted a row of real numbers")
    for places, size, what in ((rows, shape[0], "rows"), (columns, shape[1], "columns")):
        if places.dtype.kind not in "iu" or len(places) != len(data) or size >= COLUMNS:
            came = f"{len(places)} {what} as {places.dtype} of {size}"
            raise ValueError(f"{came}, wanted whole numbers, {len(data)} below {COLUMNS:,}")
        if len(places) and not 0 <= places.min() <= places.max() < size:
            raise ValueError(f"an entry out of range, wanted {what} from 0 to {size - 1}")
    order = np.lexsort((columns, rows))
    data, rows, columns = data[order], rows[order], columns[order]
    new = np.ones(len(data), bool)
    new[1:] = (rows[1:] != rows[:-1]) | (columns[1:] != columns[:-1])
    if not new.all():
        sums = np.zeros(int(new.sum()), data.dtype)
        np.add.at(sums, np.cumsum(new) - 1, data)
        data, rows, columns = sums, rows[new], columns[new]
    indptr = np.searchsorted(rows, np.arange(shape[0] + 1)).astype(np.int64)
    return SparseRows(data, columns.astype(np.int32), indptr, shape[1])


def sparse_rows(X: Any, name: str = "X") -> Any:
    """Return sparse X as CSR rows that lie within their arrays, with columns in order."""
    return canonical(compressed(X, name), name)[0]


def compressed(X: Any, name: str) -> Any:
    """Return sparse X as CSR rows. An index that SciPy would follow out of bounds is an error."""
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
            raise ValueError(f"{name}: a wrong offset, wanted whole numbers within {FAR:,}")
    elif form == "coo":
        for places, size in zip(getattr(X, "coords", None) or (X.row, X.col), shape, strict=True):
            if len(places) != len(X.data):
                raise ValueError(f"{name}: {len(X.data)} entries, but places for {len(places)}")
            if len(places) and not 0 <= places.min() <= places.max() < size:
                raise ValueError(f"{name}: an entry outside of shape {shape}, wanted all within")
    return X.tocsr()


def canonical(rows: Any, name: str) -> tuple[Any, Array, Array]:
    """Return CSR rows with each row's columns in order, once each.

    Return their indptr and indices too, in the dtypes of the kernels. SciPy's flags of order are
    ignored, since they may be stale.
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
    """Check n compressed rows with `fastnet.kernels.sparse.look`.

    Return its finding, indptr (n + 1,) int64 and indices (entries,) int32.
    """
    given, numbers = [rows.indptr, rows.indices], rows.data
    if any(not isinstance(p, np.ndarray) or p.ndim != 1 or p.dtype.kind not in "iu" for p in given):
        raise TypeError(f"{name}: indptr or indices of another type, wanted rows of whole numbers")
    own = isinstance(rows, SparseRows)  # perhaps memory maps, which nobody changes
    indptr, indices = given[0].astype(np.int64, copy=not own), given[1]
    if len(indptr) != n + 1:
        raise ValueError(f"{name}: {len(indptr)} in indptr, wanted {n + 1}, for {n} rows")
    if len(indices) != len(numbers):
        raise ValueError(f"{name}: {len(indices)} indices, wanted {len(numbers)}, as numbers")
    wide, indices = indices, np.require(indices, np.int32, ["C", "A", "W"])
    if wide.dtype.itemsize > 4:
        indices[(wide < 0) | (wide >= COLUMNS)] = -1  # 32 bits would wrap them
    from ..kernels.sparse import look  # it imports Numba, which dense data do not need

    finding, row = look(indptr, indices, columns)
    if finding == OUTSIDE:
        came = f"{indptr[row]} to {indptr[row + 1]} of row {row}"
        raise ValueError(f"{name}: indptr {came}, wanted whole rows of {len(numbers)} numbers")
    if finding == NO_COLUMN:
        raise ValueError(f"{name}: an index out of range in row {row}, wanted 0 to {columns - 1}")
    return int(finding), indptr, indices
