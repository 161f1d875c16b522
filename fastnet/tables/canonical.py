"""An order of rows that depends on their contents alone, not on where they stand.

A row's hash is the sum, modulo 2**64, of a hash of each value and its column. So it costs a few
operations a value, and zeros of sparse rows cost nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import numpy as np

from ..data.arrays import answers, matrix
from ..data.sparse import sparse_rows
from ..typing import Array
from .columns import blocks
from .fitting import hashed
from .table import Column, Table, Words

GONE = np.array(np.nan).view(np.uint64)  # the bits of a missing value
TOGETHER = 1 << 14  # values that are hashed together, within a core's cache


def canonical_order(X: Any, y: Any = None, weights: Any = None) -> Array:
    """Return the places (n,) of rows, sorted by a 64-bit hash of their contents.

    Equal rows are neighbours. So `X[places]` does not depend on the order of X, and rows that are
    repeated come where weights repeat them. Numbers are equal as float64, -0.0 is 0.0, NaN and gaps
    are equal, words count by their letters, and sparse rows are as dense ones.

    Parameters
    ----------
    X : array_like (n, columns), frame of numbers, sparse array, or fastnet.tables.Table
    y : array_like (n,) or (n, outputs), optional
        Labels or numbers, which belong to the rows.
    weights : array_like (n,), optional
        The order of rows that are equal. Without them it is that of X, which matters for weights
        with fractions only.

    Returns
    -------
    ndarray of int64

    Raises
    ------
    TypeError, ValueError
        X or y does not hold real numbers or words, or has masked or missing values.
    """
    X, y = _rows(X), None if y is None else answers(y)
    n, columns = X.shape
    if y is not None and len(y) != n:
        raise ValueError(f"y: {len(y)} answers, wanted {n}, as X")
    hashes = row_hashes(X)
    if y is not None:
        y = y.reshape(n, -1)
        hashes += _of_columns(map(_bits, y.T), y.shape[1], columns)
    order = np.argsort(hashes, kind="stable")
    if weights is not None:
        same = np.diff(hashes[order]) == 0
        equal = np.append(same, False) | np.append(False, same)  # to a neighbour
        rows = order[equal]
        order[equal] = rows[np.lexsort((np.asarray(weights, np.float64)[rows], hashes[rows]))]
    return order


def _rows(X: Any) -> Any:
    """Return X as a table, an array, or sparse rows in order."""
    if isinstance(X, Table):
        return X
    if hasattr(X, "tocsr"):
        return sparse_rows(X)
    rows = matrix(X)[0]
    if rows.ndim != 2 or rows.dtype.kind not in "biuf":
        raise ValueError(
            f"X: shape {rows.shape}, dtype {rows.dtype}, wanted rows of real numbers (n, columns)"
        )
    return rows


def row_hashes(X: Any) -> Array:
    """Return a hash of each row (n,), uint64, of a table, an array, or sparse rows in order."""
    if isinstance(X, Table):
        return _of_columns(map(_column_bits, X.columns), len(X.columns))
    if hasattr(X, "tocsr"):
        return _of_sparse(X)
    keys, sums = hashed(np.arange(X.shape[1], dtype=np.uint64)), np.empty(len(X), np.uint64)
    for start, stop in blocks(len(X), max(1, TOGETHER // X.shape[1])):
        hashed(_number_bits(X[start:stop]) + keys).sum(axis=1, out=sums[start:stop])
    return sums - hashed(keys).sum()


def _of_sparse(rows: Any) -> Array:
    """Return the hashes of sparse rows, whose columns are in order, once each."""
    keys = hashed(rows.indices.astype(np.uint64))
    sums = np.zeros(len(keys) + 1, np.uint64)
    np.cumsum(hashed(_number_bits(rows.data) + keys) - hashed(keys), out=sums[1:])
    return np.diff(sums[rows.indptr])


def _of_columns(columns: Iterable[Array], count: int, first: int = 0) -> Array:
    """Return the hashes of rows, of the bits (n,) of so many columns, from the number `first`."""
    keys = hashed(np.arange(first, first + count, dtype=np.uint64))
    sums = np.zeros(1, np.uint64) - hashed(keys).sum()  # so that zeros add nothing
    for bits, key in zip(columns, keys, strict=True):
        sums = sums + hashed(bits + key)
    return sums


def _number_bits(numbers: Array) -> Array:
    """Return the bits of numbers as float64, those of 0.0 and of one NaN for all that are equal."""
    numbers = numbers.astype(np.float64)
    numbers += 0.0  # which makes 0.0 of -0.0
    numbers[np.isnan(numbers)] = np.nan
    return numbers.view(np.uint64)


def _column_bits(column: Column) -> Array:
    """Return bits (n,) of the values of a column."""
    if isinstance(column, Words):
        return np.append(_word_bits(column.words), GONE)[column.codes]
    return _number_bits(column.values)


def _bits(y: Array) -> Array:
    """Return bits (n,) of a column of answers."""
    if y.dtype.kind in "biuf":
        return _number_bits(y)
    words = [*map(str, y.tolist())]
    index = {word: k for k, word in enumerate(dict.fromkeys(words))}  # quicker than a sort
    return _word_bits(index)[[index[word] for word in words]]


def _word_bits(words: Iterable[str]) -> Array:
    """Return a hash of the letters of each word, uint64."""
    digests = [
        hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        for word in words
    ]
    return np.frombuffer(b"".join(digests), "<u8").astype(np.uint64)
