"""The inputs of a block of samples: see blocks.py.

Only rows of the weights are listed whose input is not 0 for all samples of the block. A list is
made of fours of rows. Each four has the set of the samples that have any of its inputs: one bit a
sample. So that the fours are whole, the last one may have no inputs in its first places. These
stand for the row behind them, which is therefore written last.
"""

from typing import Any, NamedTuple

import numpy as np

from .codes import FLOAT32, LANES, ROOM, START, UINT8
from .jit import flat, inline, kernel
from .samples import nonzeros
from .simd import (
    bits,
    byte_inputs,
    fma,
    get,
    load,
    put,
    rotations,
    store,
    transpose_bytes,
    transposed,
    zeros,
)

SAMPLES = LANES  # an input of all samples is one group
HALF = SAMPLES // 2
TILE = 64  # bytes of a sample that are transposed at once
EVERY = np.uint64(2**SAMPLES - 1)  # the set of all samples: one bit each


class Block(NamedTuple):
    """The memory of a block.

    The inputs are a member's own, twice if it lists those of the next block meanwhile.
    """

    inputs: Any  # of the rows listed (n_in + 3, SAMPLES), from inputs[x] on
    x: Any
    rows: Any  # from rows[start] on: how many are listed, the rows, and a set for each four of them
    start: Any
    lists: Any  # room for the list of one sample's inputs
    shared: Any  # products from shared[products] on, W x and s
    products: Any
    crew: Any  # the member's place among those who share a block


def block_sizes(n_in, pad):
    """Return the sizes of a block's inputs, its list of rows, and of what members share."""
    return SAMPLES * (n_in + 3), ROOM + 2 * n_in, SAMPLES * 2 * (SAMPLES + pad)


@inline
def listed(block, n_in):
    """The number of rows listed, and the positions of the list and of the sets of samples."""
    first = block.start + LANES
    return np.int64(get(block.rows, block.start)), first, first + n_in + 3


@inline
def first_samples(n):
    """The set of the first n samples."""
    return EVERY & ~(EVERY << np.uint64(n))


@inline
def append_row(block, x, k, samples, found):
    """List row k with the inputs x, unless they are 0 for all these samples; return the length.

    The set of the samples that have it is kept in the memory of `lists`.
    """
    chosen = (bits(x == 0.0) ^ EVERY) & samples
    store(block.inputs, block.x + found * SAMPLES, x)
    put(block.rows, block.start + LANES + found, k)
    put(block.lists.index, found, np.int64(chosen))
    return found + (chosen != 0)


@flat
def list_bytes(source, order, t, n, block):
    """List the rows of the n samples order[t : t + n], which are bytes; return how many."""
    found, features, values = START, source.features, block.lists.values
    for j in range(0, features, TILE):
        first = min(j, features - TILE)  # the last ones overlap some that are listed
        transpose_bytes(source.data, order, t, n, features, first, values)
        for k in range(j - first, TILE):
            x = byte_inputs(values, k)
            found = append_row(block, x, first + k, first_samples(n), found)
    return found


def transposing(stored):
    """Make the kernel that lists the rows of dense floats of type `stored`."""

    @flat
    def list_rows(source, order, t, n, block):
        """List the rows of the n samples order[t : t + n]; return how many."""
        found, features, values = START, source.features, block.lists.values
        for j in range(0, features, SAMPLES):
            first = min(j, features - SAMPLES)  # the last ones overlap some that are listed
            x = transposed(source.data, order, t, n, features, first, stored, values)
            store(values, 0, x)
            for k in range(j - first, SAMPLES):
                x = load(values, k * SAMPLES, 1)
                found = append_row(block, x, first + k, first_samples(n), found)
        return found

    return list_rows


list_float32 = transposing(np.float32)
list_float64 = transposing(np.float64)


@flat
def list_any(source, order, t, n, block):
    """List the rows of any data, from the lists of the samples' inputs; return how many."""
    memory, lists, found = block.inputs, block.lists, START
    for k in range(source.features):
        store(memory, block.x + k * SAMPLES, zeros(memory, 1, 1))
    for i in range(n):
        end = nonzeros(source, get(order, t + i), lists, START)
        for k in range(end - 1, -1, -1):  # backwards, since the list may end with entries (0, 0)
            put(memory, block.x + get(lists.index, k) * SAMPLES + i, get(lists.values, k))
    for k in range(source.features):
        x = load(memory, block.x + k * SAMPLES, 1)
        found = append_row(block, x, k, first_samples(n), found)
    return found


@flat
def fill_up(block, found):
    """Fill up a list of rows to whole fours; return its length."""
    memory, x, rows, first = block.inputs, block.x, block.rows, block.start + LANES
    sets, room = block.lists.index, -found % 4
    if room > 0:
        last = found // 4 * 4
        for i in range(found - 1, last - 1, -1):
            store(memory, x + (i + room) * SAMPLES, load(memory, x + i * SAMPLES, 1))
            put(rows, first + i + room, get(rows, first + i))
            put(sets, i + room, get(sets, i))
        for i in range(last, last + room):
            store(memory, x + i * SAMPLES, zeros(memory, 1, 1))
            put(rows, first + i, get(rows, first + last + room))
            put(sets, i, 0)
    return found + room


@kernel
def lay_out(source, order, t, stop, block):
    """List the rows of the samples order[t : stop], at most SAMPLES."""
    n = stop - t
    if source.sparse or source.features < (TILE if source.dtype == UINT8 else SAMPLES):
        found = list_any(source, order, t, n, block)
    elif source.dtype == UINT8:
        found = list_bytes(source, order, t, n, block)
    elif source.dtype == FLOAT32:
        found = list_float32(source, order, t, n, block)
    else:
        found = list_float64(source, order, t, n, block)
    found, sets = fill_up(block, found), block.lists.index
    put(block.rows, block.start, found)
    _, _, to = listed(block, source.features)
    for i in range(0, found, 4):
        chosen = get(sets, i) | get(sets, i + 1) | get(sets, i + 2) | get(sets, i + 3)
        put(block.rows, to + i // 4, chosen)


@kernel
def multiply(n_in, block):
    """Compute the products (SAMPLES, SAMPLES): in row d, those of samples j and j + d, if d > 0.

    j + d is modulo SAMPLES, so the first rows have all products. Row SAMPLES - d is row d rotated.
    """
    memory, to, found = block.shared, block.products, listed(block, n_in)[0]
    s = zeros(memory, 1, HALF)
    for k in range(block.x, block.x + found * SAMPLES, SAMPLES):
        x = load(block.inputs, k, 1)
        s = fma(x, rotations(x, HALF), s)
    store(memory, to + SAMPLES, s)
    for d in range(1, HALF):
        row = load(memory, to + d * SAMPLES, 1)
        store(block.lists.values, 0, row)
        store(block.lists.values, SAMPLES, row)
        rotated = load(block.lists.values, SAMPLES - d, 1)
        store(memory, to + (SAMPLES - d) * SAMPLES, rotated)
