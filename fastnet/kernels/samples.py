"""From a row of the data to the list of its inputs that are not zero.

`data` is an array of bytes. It holds whole rows of `features` numbers each, or, where the data are
sparse, the numbers that indptr (rows + 1,) and indices place in their rows (CSR). The numbers are
uint8, standing for x / 255, or floats. `source` is all that the kernels know of the data, a tuple:
data, kind, sparse, indptr, indices, unit, features.
"""

import numpy as np

from .codes import FLOAT32, LANES, SIZES, UINT8
from .jit import flat, inline, kernel
from .simd import (
    bits,
    get,
    lowest_bit,
    nonzero_bytes,
    number,
    numbers,
    pack_bytes,
    pack_numbers,
    packs_bytes,
    prefetch,
    put,
    unpack_bytes,
)

PACKED = 1 << 16  # features that 16 bits can number: a wider row is listed in pieces
ALL = np.uint64(2**64 - 1)
GROUP = np.uint64(2**LANES - 1)


@inline
def read(data, kind, unit, i):
    """Number i of the data, as float64; unit (256,) has the values of the bytes."""
    if kind == UINT8:
        return np.float64(get(unit, np.int64(get(data, i))))
    if kind == FLOAT32:
        return np.float64(number(data, 4 * i, np.float32))
    return number(data, 8 * i, np.float64)


@inline
def append(index, values, n, j, x):
    """Add input j with the value x to the list, unless x is 0; returns the list's new length."""
    put(index, n, j)
    put(values, n, x)
    return n + (get(values, n) != 0)


@inline
def append_bits(mask, data, kind, unit, i, j, index, values, n):
    """Add the inputs j + k with the values of numbers i + k, for every bit k set in the mask."""
    while mask != 0:
        k = lowest_bit(mask)
        put(index, n, j + k)
        put(values, n, read(data, kind, unit, i + k))
        mask &= mask - np.uint64(1)
        n += 1
    return n


@kernel
def pack_row(data, i, features, index, values, n):
    """List the non-zeros of data[i : i + features], 64 and more; returns the list's new length.

    They are packed first, as bytes, 64 looked at at a time, at the end of the list's own memory: so
    only those that are not 0 are made numbers.
    """
    for first in range(0, features, PACKED):
        stop = min(first + PACKED, features)
        room, m = (stop - first + 63) // 64 * 64, np.int64(0)
        for j in range(first, stop, 64):
            done = max(j + 64 - stop, 0)  # the last 64 bytes again, without those that are done
            m = pack_bytes(
                data, i + j - done, j - done - first, ALL << np.uint64(done), index, values, n,
                room, m,
            )  # fmt: skip
        for k in range(0, m, LANES):
            unpack_bytes(index, values, n, room, k, first)
        n += m
    return n


@inline
def scan_bytes(data, kind, unit, i, features, index, values, n):
    """List the non-zeros of data[i : i + features], 64 bytes at a time.

    Returns the list's new length, and how many of the bytes are done.
    """
    if packs_bytes() and features >= 64:
        return pack_row(data, i, features, index, values, n), features
    j = np.int64(0)
    while j + 64 <= features:
        mask = nonzero_bytes(data, i + j)
        n = append_bits(mask, data, kind, unit, i + j, j, index, values, n)
        j += 64
    return n, j


def scan_floats(stored, size):
    """The kernel that finds non-zeros among floats of type `stored`, a group at a time."""

    @inline
    def scan(data, kind, unit, i, features, index, values, n):
        j = np.int64(0)
        while j + LANES <= features:
            x = numbers(data, size * (i + j), stored, values)
            if packs_bytes():
                n = pack_numbers(x, j, index, values, n)
            else:
                mask = bits(x == 0.0) ^ GROUP
                n = append_bits(mask, data, kind, unit, i + j, j, index, values, n)
            j += LANES
        return n, j

    return scan


scan_float32 = scan_floats(np.float32, 4)
scan_float64 = scan_floats(np.float64, 8)


@kernel
def dense_row(data, kind, unit, i, features, index, values, n):
    """Append the non-zeros among `features` numbers from number i of the data on."""
    if kind == UINT8:
        n, j = scan_bytes(data, kind, unit, i, features, index, values, n)
    elif kind == FLOAT32:
        n, j = scan_float32(data, kind, unit, i, features, index, values, n)
    else:
        n, j = scan_float64(data, kind, unit, i, features, index, values, n)
    while j < features:
        n = append(index, values, n, j, read(data, kind, unit, i + j))
        j += 1
    return n


@kernel
def sparse_row(data, kind, unit, start, stop, indices, index, values, n):
    """Append the non-zeros among the numbers start ... stop - 1 of sparse data."""
    for i in range(start, stop):
        n = append(index, values, n, get(indices, i), read(data, kind, unit, i))
    return n


@kernel
def nonzeros(source, row, index, values, n):
    """List the non-zero inputs of a row in index and values, from entry n on, a multiple of 8.

    There must be room for `features` + ROOM entries. Returns where the list ends, again a multiple
    of 8: entries (0, 0) fill it up.
    """
    data, kind, sparse, indptr, indices, unit, features = source
    if sparse:
        start, stop = get(indptr, row), get(indptr, row + 1)
        n = sparse_row(data, kind, unit, start, stop, indices, index, values, n)
    else:
        n = dense_row(data, kind, unit, row * features, features, index, values, n)
    for k in range(n, n + 8):
        put(index, k, np.int64(0))
        put(values, k, 0.0)
    return (n + 7) // 8 * 8


@flat
def prefetch_row(source, row):
    """Ask for a row that will be read soon."""
    data, kind, sparse, indptr, _, _, features = source
    start, stop = row * features, (row + 1) * features
    if sparse:
        start, stop = get(indptr, row), get(indptr, row + 1)
    for i in range(start * SIZES[kind], stop * SIZES[kind], 64):
        prefetch(data, i)
