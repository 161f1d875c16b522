"""Make the list of non-zero inputs from a row of the data."""

from typing import Any, NamedTuple

import numpy as np

from .codes import FLOAT32, LANES, START, UINT8
from .jit import flat, inline, kernel
from .losses import prefetch_target
from .simd import (
    bits,
    get,
    load_head,
    lowest_bit,
    nonzero_bytes,
    number,
    numbers,
    pack_bytes,
    pack_numbers,
    packs_bytes,
    prefetch,
    put,
    total,
    unpack_bytes,
    zeros,
)

PACKED = 1 << 16  # features that 16 bits can number: a wider row is listed in pieces
PIECES, PIECE = 4, 832  # a row is prefetched in so many pieces, of so many bytes at least
ALL = np.uint64(2**64 - 1)
GROUP = np.uint64(2**LANES - 1)


class Source(NamedTuple):
    """The data as the kernels read them.

    `data` is an array of bytes. It holds rows of `features` numbers each. If the data are sparse
    (CSR), it holds the numbers that indptr (rows + 1,) and indices place in their rows. `dtype` is
    their dtype code: floats, or uint8 whose values are byte_values (256,).
    """

    data: Any
    dtype: Any
    sparse: Any
    indptr: Any
    indices: Any
    byte_values: Any
    features: Any


class Lists(NamedTuple):
    """Two lists side by side: input index[k] has the value values[k]."""

    index: Any
    values: Any


class Coming(NamedTuple):
    """What remains to be prefetched of a row: data[start:stop], so many bytes at once.

    A core stops where it asks for more than some twenty lines at once. So a long row is prefetched
    in PIECES pieces, with other work between them.
    """

    start: Any
    stop: Any
    piece: Any


@inline
def read(source, i):
    """Number i of the data, as float64."""
    if source.dtype == UINT8:
        return np.float64(get(source.byte_values, np.int64(get(source.data, i))))
    if source.dtype == FLOAT32:
        return np.float64(number(source.data, 4 * i, np.float32))
    return number(source.data, 8 * i, np.float64)


@inline
def append(lists, n, j, x):
    """Add input j with the value x to the lists, unless x is 0; return their new length."""
    put(lists.index, n, j)
    put(lists.values, n, x)
    return n + (get(lists.values, n) != 0)


@inline
def append_bits(source, mask, i, j, lists, n):
    """Add the inputs j + k with the values of numbers i + k, for every bit k set in the mask."""
    while mask != 0:
        k = lowest_bit(mask)
        put(lists.index, n, j + k)
        put(lists.values, n, read(source, i + k))
        mask &= mask - np.uint64(1)
        n += 1
    return n


@inline
def packed_room(features):
    """Room for so many packed bytes: whole 64."""
    return (features + 63) // 64 * 64


@flat
def pack_piece(data, i, first, stop, lists, n):
    """Pack the non-zeros of data[i + first : i + stop] at the end of the lists' memory.

    The bytes stay bytes, and their positions are counted from `first`. `unpack_piece` makes entries
    n, n + 1, ... of the lists from them. So only the non-zeros are converted to numbers. There must
    be 64 bytes up to i + stop, and stop - first <= PACKED. Return the number of non-zeros.
    """
    room, m = packed_room(stop - first), START
    whole = stop - (stop - first) % 64
    for j in range(first, whole, 64):
        m = pack_bytes(data, i + j, j - first, ALL, lists, n, room, m)
    if whole < stop:  # the last 64 bytes overlap some that are done
        j = stop - 64
        m = pack_bytes(data, i + j, j - first, ALL << np.uint64(whole - j), lists, n, room, m)
    return m


@flat
def unpack_piece(lists, n, m, first, stop):
    """Unpack m non-zeros that `pack_piece` has packed; return the lists' new length."""
    room = packed_room(stop - first)
    for k in range(0, m, 64):  # nested: LLVM would end the loop in several ways, hard to predict
        for part in range(k, k + 64, LANES):
            unpack_bytes(lists, n, room, part, first)
    return n + m


@inline
def pack_row(data, i, features, lists, n):
    """List the non-zeros of data[i : i + features], features >= 64; return the new length."""
    for first in range(0, features, PACKED):
        stop = min(first + PACKED, features)
        m = pack_piece(data, i, first, stop, lists, n)
        n = unpack_piece(lists, n, m, first, stop)
    return n


@flat
def scan_bytes(source, i, lists, n):
    """List the non-zeros among the bytes of a row from number i on, 64 at a time.

    Return the lists' new length, and how many of the bytes are done.
    """
    features = source.features
    if packs_bytes() and features >= 64:
        return pack_row(source.data, i, features, lists, n), features
    j = np.int64(0)
    while j + 64 <= features:
        n = append_bits(source, nonzero_bytes(source.data, i + j), i + j, j, lists, n)
        j += 64
    return n, j


def scan_floats(stored, size):
    """Make the kernel that finds non-zeros among floats of type `stored`, a group at a time."""

    @flat
    def scan(source, i, j, stop, lists, n):
        while j + LANES <= stop:
            x = numbers(source.data, size * (i + j), stored, lists.values)
            if packs_bytes():
                n = pack_numbers(x, j, lists, n)
            else:
                n = append_bits(source, bits(x == 0.0) ^ GROUP, i + j, j, lists, n)
            j += LANES
        return n, j

    return scan


scan_float32 = scan_floats(np.float32, 4)
scan_float64 = scan_floats(np.float64, 8)


@inline
def append_all(source, i, j, stop, lists, n):
    """Append the non-zeros among numbers j ... stop - 1 of a row from number i on, one by one."""
    for k in range(j, stop):
        n = append(lists, n, k, read(source, i + k))
    return n


@kernel
def floats(source, i, j, stop, lists, n):
    """Append the non-zeros among numbers j ... stop - 1 of a row of floats from number i on."""
    if source.dtype == FLOAT32:
        n, j = scan_float32(source, i, j, stop, lists, n)
    else:
        n, j = scan_float64(source, i, j, stop, lists, n)
    return append_all(source, i, j, stop, lists, n)


@kernel
def dense_row(source, i, lists, n):
    """Append the non-zeros of a row: of `features` numbers from number i of the data on."""
    if source.dtype != UINT8:
        return floats(source, i, START, source.features, lists, n)
    n, j = scan_bytes(source, i, lists, n)
    return append_all(source, i, j, source.features, lists, n)


@kernel
def sparse_row(source, start, stop, lists, n):
    """Append the non-zeros among the numbers start ... stop - 1 of sparse data."""
    for i in range(start, stop):
        n = append(lists, n, get(source.indices, i), read(source, i))
    return n


@kernel
def nonzeros(source, row, lists, n):
    """List the non-zero inputs of a row from entry n on; return where the lists end.

    There must be room for `features` + ROOM entries. n and the result are multiples of 8: entries
    (0, 0) fill up the lists.
    """
    if source.sparse:
        start, stop = get(source.indptr, row), get(source.indptr, row + 1)
        n = sparse_row(source, start, stop, lists, n)
    else:
        n = dense_row(source, row * source.features, lists, n)
    return fill_up(lists, n)


@inline
def fill_up(lists, n):
    """Fill up the lists with entries (0, 0) to a multiple of 8; return it."""
    for k in range(n, n + 8):
        put(lists.index, k, np.int64(0))
        put(lists.values, k, 0.0)
    return (n + 7) // 8 * 8


@kernel
def finite(source, row, lists):
    """Tell whether the numbers of a row are finite as the net's numbers."""
    n = nonzeros(source, row, lists, START)
    s = zeros(lists.values, 1, 1)
    for k in range(0, n, LANES):
        s = s + load_head(lists.values, k, n - k) * 0.0  # infinity times 0 is NaN
    return total(s) == 0.0


@inline
def in_two_steps(source):
    """Tell whether rows can be listed in two steps, `begin_row` and `end_row`."""
    packed = packs_bytes() and 64 <= source.features <= PACKED
    return not source.sparse and (source.dtype != UINT8 or packed)


@inline
def half(source):
    """How many numbers of a row of floats the first of two steps lists: whole groups."""
    return source.features // (2 * LANES) * LANES


@inline
def begin_row(source, row, lists, n):
    """Begin to list the non-zeros of a row from entry n on; return how many are found."""
    i = row * source.features
    if source.dtype == UINT8:
        return pack_piece(source.data, i, START, source.features, lists, n)
    return floats(source, i, START, half(source), lists, n) - n


@inline
def end_row(source, row, lists, n, m):
    """Complete the lists that `begin_row` has begun; return where they end, as `nonzeros` does."""
    if source.dtype == UINT8:
        n = unpack_piece(lists, n, m, START, source.features)
    else:
        i = row * source.features
        n = floats(source, i, half(source), source.features, lists, n + m)
    return fill_up(lists, n)


@inline
def size_of(dtype):
    """Bytes of one number, by its dtype code."""
    return 1 if dtype == UINT8 else 4 if dtype == FLOAT32 else 8


@inline
def coming_row(source, row):
    """A row that will be read soon, of which nothing is prefetched yet."""
    start, stop = row * source.features, (row + 1) * source.features
    if source.sparse:
        start, stop = get(source.indptr, row), get(source.indptr, row + 1)
        for i in range(start, stop, 16):
            prefetch(source.indices, i)
    start, stop = start * size_of(source.dtype), stop * size_of(source.dtype)
    return Coming(start, stop, max(PIECE, (stop - start) // PIECES + 1))


@inline
def prefetch_piece(source, coming):
    """Prefetch the next piece of a row, if there is one; return what remains of the row."""
    end = min(coming.start + coming.piece, coming.stop)
    for i in range(coming.start, end, 64):
        prefetch(source.data, i)
    return Coming(end, coming.stop, coming.piece)


@flat
def prefetch_row(source, row):
    """Prefetch a row that will be read soon."""
    coming = coming_row(source, row)
    for i in range(coming.start, coming.stop, 64):
        prefetch(source.data, i)


@flat
def prefetch_sample(source, targets, order, t, n_out):
    """Prefetch the target of sample t and the first piece of its row; return the rest."""
    i = get(order, t)
    prefetch_target(targets, i, n_out)
    return prefetch_piece(source, coming_row(source, i))
