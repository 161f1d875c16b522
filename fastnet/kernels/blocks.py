"""The first layer by blocks: its weights change once for SAMPLES samples.

Let c W be the weights before a block of samples, c_i the scale before sample i (see epoch.py), and
s_i = -eta / c_(i+1) * delta the steps. Then

    z of sample i = c_i (W x_i + sum over j < i of (x_i . x_j) s_j) + biases,
    at the end of the block W += sum over j of x_j s_j.

This is the textbook's arithmetic in another order, and as exact. But the weights pass through the
caches twice a block, not twice a sample.

Only rows of W are listed whose input is not 0 for all samples of the block. W x and the end of a
block go over them by fours, and with each four over the samples that have any of its inputs. So all
sums over inputs are in the order of the inputs, and all sums over samples in that of the samples,
however the data are stored and the outputs are cut into strips.
"""

from typing import Any, NamedTuple

import numpy as np

from .codes import FLOAT32, LANES, ROOM, START, UINT8
from .jit import flat, inline, kernel
from .layers import Rows
from .samples import nonzeros
from .simd import (
    bits,
    byte_inputs,
    constant,
    fma,
    get,
    load,
    lowest_bit,
    put,
    rotations,
    splat,
    store,
    transpose_bytes,
    transposed,
    zeros,
)

SINGLY, BLOCKS = range(2)  # how the first layer learns: sample by sample, or by blocks

SAMPLES = LANES  # an input of all samples is one group
HALF = SAMPLES // 2
TILE = 64  # bytes of a sample that are transposed at once
EVERY = np.uint64(2**SAMPLES - 1)  # the set of all samples: one bit each
PANEL = 4  # strips whose W x and steps stay in the fastest cache


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
def places(layer):
    """Positions in the shared memory at which W x and the steps begin, after the products."""
    wx = START + 2 * SAMPLES * SAMPLES
    return wx, wx + SAMPLES * layer.pad


@inline
def listed(block, n_in):
    """The number of rows listed, and the positions of the list and of the sets of samples."""
    first = block.start + LANES
    return np.int64(get(block.rows, block.start)), first, first + n_in + 3


@inline
def first_samples(n):
    """The set of the first n samples."""
    return EVERY & ~(EVERY << np.uint64(n))


# The inputs of a block ------------------------------------------------------------------------


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
    """Fill up a list of rows to whole fours; return its length.

    The last four has no inputs in its first places. They stand for the row behind them, which is
    therefore written last.
    """
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


# Its weights ----------------------------------------------------------------------------------


@inline
def inputs_of(block, i, j):
    """Inputs of sample j, one group each: those of rows i ... i + 3 of the list."""
    x, at = block.inputs, block.x + i * SAMPLES + j
    return (
        splat(get(x, at)),
        splat(get(x, at + SAMPLES)),
        splat(get(x, at + 2 * SAMPLES)),
        splat(get(x, at + 3 * SAMPLES)),
    )


def strip_kernels(count):
    """Make the kernels of a strip of `count` groups. The first two work on four rows."""
    width = LANES * count

    @flat
    def project_four(rows, four, i, chosen, at, block):
        """W x (width,) += x . rows, for each of the chosen samples."""
        params, w, stride = rows
        row0, row1 = (
            load(params, w + stride * four[0], count),
            load(params, w + stride * four[1], count),
        )
        row2, row3 = (
            load(params, w + stride * four[2], count),
            load(params, w + stride * four[3], count),
        )
        while chosen != 0:
            j = lowest_bit(chosen)
            x0, x1, x2, x3 = inputs_of(block, i, j)
            s = fma(x0, row0, load(block.shared, at + j * width, count))
            s = fma(x3, row3, fma(x2, row2, fma(x1, row1, s)))
            store(block.shared, at + j * width, s)
            chosen &= chosen - np.uint64(1)

    @flat
    def move_four(rows, four, i, chosen, at, block):
        """Rows += x . s, over the chosen samples in their order."""
        params, w, stride = rows
        row0, row1 = (
            load(params, w + stride * four[0], count),
            load(params, w + stride * four[1], count),
        )
        row2, row3 = (
            load(params, w + stride * four[2], count),
            load(params, w + stride * four[3], count),
        )
        while chosen != 0:
            j = lowest_bit(chosen)
            x0, x1, x2, x3 = inputs_of(block, i, j)
            s = load(block.shared, at + j * width, count)
            row0, row1, row2, row3 = (
                fma(x0, s, row0),
                fma(x1, s, row1),
                fma(x2, s, row2),
                fma(x3, s, row3),
            )
            chosen &= chosen - np.uint64(1)
        store(params, w + stride * four[0], row0)
        store(params, w + stride * four[1], row1)
        store(params, w + stride * four[2], row2)
        store(params, w + stride * four[3], row3)

    @flat
    def correct(i, at, steps, block):
        """W x (width,) of sample i, with what the steps of the earlier samples have changed."""
        s = load(block.shared, at + i * width, count)
        for j in range(i):
            x = splat(get(block.shared, block.products + (i - j) * SAMPLES + j))
            s = fma(x, load(block.shared, steps + j * width, count), s)
        return s

    return project_four, move_four, correct


project1, move1, correct1 = strip_kernels(1)
project2, move2, correct2 = strip_kernels(2)
project3, move3, correct3 = strip_kernels(3)
project4, move4, correct4 = strip_kernels(4)


def over_rows(one, two, three, four_):
    """Make the kernel that goes over the rows listed, with these kernels for its strips."""

    @flat
    def go(weights, layer, part, n, at, block):
        found, first, sets = listed(block, layer.n_in)
        for panel in range(part[0], part[1], PANEL):
            for i in range(0, found, 4):
                chosen, k = np.uint64(get(block.rows, sets + i // 4)) & first_samples(n), first + i
                four = (
                    np.int64(get(block.rows, k)),
                    np.int64(get(block.rows, k + 1)),
                    np.int64(get(block.rows, k + 2)),
                    np.int64(get(block.rows, k + 3)),
                )
                for s in range(panel, min(panel + PANEL, part[1])):
                    strip = get(weights.strips, s)
                    rows, to = Rows(weights.params, strip.w, strip.stride), at + SAMPLES * strip.j
                    if strip.groups == 4:
                        four_(rows, four, i, chosen, to, block)
                    elif strip.groups == 3:
                        three(rows, four, i, chosen, to, block)
                    elif strip.groups == 2:
                        two(rows, four, i, chosen, to, block)
                    else:
                        one(rows, four, i, chosen, to, block)

    return go


project_rows = over_rows(project1, project2, project3, project4)
move_rows = over_rows(move1, move2, move3, move4)


@kernel
def project(weights, layer, part, n, block):
    """W x of the n samples, in strips part[0] <= s < part[1]."""
    wx, _ = places(layer)
    start, stop = get(weights.strips, part[0]).j, get(weights.strips, part[1]).j
    for k in range(wx + SAMPLES * start, wx + SAMPLES * stop, LANES):
        store(block.shared, k, zeros(block.shared, 1, 1))
    project_rows(weights, layer, part, n, wx, block)


@kernel
def end_block(weights, layer, part, n, block):
    """Apply the steps of the first n samples of the block to the weights (n_in, pad)."""
    _, steps = places(layer)
    move_rows(weights, layer, part, n, steps, block)


@kernel
def forward_in_block(weights, layer, part, i, block, scale, z):
    """z (pad,) of sample i of the block, in strips part[0] <= s < part[1]."""
    wx, steps = places(layer)
    c = constant(scale, block.shared)
    for s in range(part[0], part[1]):
        strip = get(weights.strips, s)
        at, step = wx + SAMPLES * strip.j, steps + SAMPLES * strip.j
        b, to = layer.b + strip.j, layer.z + strip.j
        if strip.groups == 4:
            store(z, to, fma(c, correct4(i, at, step, block), load(weights.params, b, 4)))
        elif strip.groups == 3:
            store(z, to, fma(c, correct3(i, at, step, block), load(weights.params, b, 3)))
        elif strip.groups == 2:
            store(z, to, fma(c, correct2(i, at, step, block), load(weights.params, b, 2)))
        else:
            store(z, to, fma(c, correct1(i, at, step, block), load(weights.params, b, 1)))


@kernel
def keep_steps(weights, layer, part, i, block, deltas):
    """Keep the steps (pad,) of sample i, in strips part[0] <= s < part[1]."""
    _, steps = places(layer)
    for s in range(part[0], part[1]):
        strip = get(weights.strips, s)
        at, d = steps + SAMPLES * strip.j + i * LANES * strip.groups, layer.d + strip.j
        for j in range(0, LANES * strip.groups, LANES):
            store(block.shared, at + j, load(deltas, d + j, 1))
