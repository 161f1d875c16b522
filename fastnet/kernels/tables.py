"""Scaling of numbers, which perhaps join the mean and the deviation of those seen so far."""

import math

import numpy as np

from .codes import CLIP, COLUMN, FAR, FLOAT32, LARGEST, LIMIT, ROW, SURE
from .jit import entry, inline
from .simd import get, place, put


@inline
def joined(v, seen, mean, squares):
    """The count, the mean and the sum of squared distances from it, when v has joined them.

    That is the way of Welford ('Note on a method for calculating corrected sums of squares and
    products', Technometrics 1962). The limits stand in `codes`. `fastnet.tables.scaling` has the
    same for Python.
    """
    near = min(max(v, -LARGEST), LARGEST)
    if seen >= SURE and squares > 0.0:
        far = FAR * math.sqrt(squares / seen)
        near = min(max(near, mean - far), mean + far)
    seen += 1
    distance = near - mean
    mean += distance / seen
    return seen, mean, squares + distance * (near - mean)


@inline
def scaled(v, centre, scale):
    """A number scaled, and smoothly clipped: see `fastnet.tables.scaling`."""
    if not scale > 0.0:
        return 0.0
    z = min(max((v - centre) / scale, -CLIP), CLIP)
    return z / math.sqrt(1.0 + (z / LIMIT) * (z / LIMIT))


@entry
def scale_along(x, seen, mean, squares, z):
    """Scale rows of numbers x (rows, columns) to z, each after it has joined the statistics.

    seen (columns,), int64, mean and squares (columns,) are those of `joined`. A missing number,
    NaN, joins nothing, and its z is 0.
    """
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            v = x[i, j]
            z[i, j] = 0.0
            if v == v:
                seen[j], mean[j], squares[j] = joined(v, seen[j], mean[j], squares[j])
                z[i, j] = scaled(v, mean[j], math.sqrt(squares[j] / seen[j]))


@entry
def scale_row(address, joins, _):
    """Scale the numbers of the ROW at an address to its inputs.

    If `joins` is 1, they join the statistics first. A missing number, NaN, makes the input of the
    gap 1. All other inputs become 0. Return False, with nothing changed, if there is infinity, or
    NaN in a column without such an input.
    """
    row = get(place(address, 1, ROW), 0)
    columns = place(row.columns.address, row.columns.n, COLUMN)
    numbers = place(row.numbers.address, row.numbers.n, np.float64)
    for j in range(row.columns.n):
        v = get(numbers, j)
        if not math.isfinite(v) and (v == v or get(columns, j).gap < 0):
            return False
    for k in range(row.inputs.n):
        put_input(row, k, 0.0)
    for j in range(row.columns.n):
        column, v = get(columns, j), get(numbers, j)
        if v != v:
            put_input(row, column.gap, 1.0)
            continue
        if joins == 1:
            seen, mean, squares = joined(v, column.seen, column.centre, column.squares)
            column.seen, column.centre, column.squares = seen, mean, squares
            column.scale = math.sqrt(squares / seen)
        put_input(row, column.value, scaled(v, column.centre, column.scale))
    return True


@inline
def put_input(row, k, x):
    """Write input k of a row."""
    if row.stored == FLOAT32:
        put(place(row.inputs.address, row.inputs.n, np.float32), k, x)
    else:
        put(place(row.inputs.address, row.inputs.n, np.float64), k, x)
