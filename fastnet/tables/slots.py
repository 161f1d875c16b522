"""Rows of inputs, dense or sparse, made of what columns write in their slots, block by block."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..data.sparse import SparseRows
from ..typing import Array
from .columns import Fill

BLOCK = 1 << 16  # slots that are filled together,
LEAST = 128  # and rows, at the least


def blocks(fills: list[tuple[int, Fill]], n: int) -> Iterator[tuple[int, Array, Array]]:
    """Yield the first row of each block of rows, and its values and inputs (rows, slots)."""
    slots = sum(count for count, _ in fills)
    size = max(LEAST, BLOCK // max(1, slots))
    for start in range(0, n, size):
        stop = min(start + size, n)
        values, places = np.empty((stop - start, slots)), np.empty((stop - start, slots), np.int32)
        first = 0
        for count, fill in fills:
            own = np.s_[:, first : first + count]
            fill(start, stop, values[own], places[own])
            first += count
        yield start, values, places


def dense_rows(fills: list[tuple[int, Fill]], n: int, width: int, dtype: np.dtype) -> Array:
    """Return n rows (n, width). `fills` has the number of slots of each column and its filler."""
    rows = np.zeros((n, width), dtype)
    for start, values, places in blocks(fills, n):
        own = rows[start : start + len(values)]
        with np.errstate(under="ignore"):
            own[np.arange(len(own))[:, None], places] = values
    return rows


def sparse_rows(fills: list[tuple[int, Fill]], n: int, width: int, dtype: np.dtype) -> SparseRows:
    """Return n rows (n, width) with no zero among their entries. See `dense_rows`."""
    most = n * sum(count for count, _ in fills)
    data, indices = np.empty(most, dtype), np.empty(most, np.int32)  # pages of no use stay unused
    indptr = np.zeros(n + 1, np.int64)
    end = 0
    for start, values, places in blocks(fills, n):
        if (places[:, 1:] <= places[:, :-1]).any():  # of a stream, whose inputs grow
            order = np.argsort(places, axis=1, kind="stable")
            values, places = (np.take_along_axis(a, order, axis=1) for a in (values, places))
        with np.errstate(under="ignore"):
            numbers = values.astype(dtype)
        there = numbers != 0
        indptr[start + 1 : start + len(there) + 1] = end + np.cumsum(there.sum(axis=1))
        stop = int(indptr[start + len(there)])
        data[end:stop], indices[end:stop] = numbers[there], places[there]
        end = stop
    data.resize(end, refcheck=False)
    indices.resize(end, refcheck=False)
    return SparseRows(data, indices, indptr, width)
