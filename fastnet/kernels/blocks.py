"""The first layer by blocks: its weights change once for SAMPLES samples.

Let c W be the weights before a block of samples, c_i the scale before sample i (see epoch.py), and
s_i = -eta / c_(i+1) * delta the steps. Then

    z of sample i = c_i (W x_i + sum over j < i of (x_i . x_j) s_j) + biases,
    at the end of the block W += sum over j of x_j s_j.

This is the textbook's arithmetic in another order, and as exact. But the weights pass through the
caches once or twice a block, not once a sample.

`block` holds, one after the other: the inputs x (n_in, SAMPLES), a group for each input; the
products x_i . x_j, j < i (SAMPLES, SAMPLES); W x (SAMPLES, pad); s (SAMPLES, pad). If W x is
computed for all samples at once, it is (SAMPLES, width) for each strip of 4 groups, and for each
group of the other strips.
"""

from typing import Any, NamedTuple

import numpy as np

from .codes import LANES, ROOM, START
from .jit import flat, inline, kernel
from .layers import NOTHING, Inputs, Rows, Slice, forward, forward1
from .samples import nonzeros, prefetch_row
from .simd import (
    bits,
    constant,
    fma,
    get,
    load,
    load_rows,
    lowest_bit,
    put,
    splat,
    splat_column,
    splat_rows,
    store,
    store_rows,
    zeros,
)

# How the first layer learns: sample by sample; by blocks, with W x from the non-zero inputs alone;
# by blocks, with W x from all inputs.
SINGLY, SPARSE, DENSE = range(3)

SAMPLES = LANES  # an input of all samples is one group
ROWS = 64  # rows of weights that are multiplied with all samples before the next rows are
EVERY = np.uint64(2**SAMPLES - 1)  # the set of all samples: one bit each


class Block(NamedTuple):
    """The memory of a block, and how the first layer learns.

    The inputs are a member's own, twice if it lists those of the next block meanwhile.
    """

    inputs: Any  # (n_in, SAMPLES), from inputs[x] on
    x: Any
    lists: Any  # the same as lists of non-zeros, one sample's after the other's
    start: Any  # where they begin in `lists`, after room for their ends
    shared: Any  # products from shared[products] on, W x and s
    products: Any
    moved: Any  # room for the list of rows that change, and in its second half for their masks
    masks: Any  # where that half begins
    method: Any


def block_sizes(n_in, pad):
    """Return the sizes of a block's inputs, lists, and of what members share, in numbers."""
    return SAMPLES * n_in, ROOM + SAMPLES * (n_in + ROOM), SAMPLES * 2 * (SAMPLES + pad)


def projecting(count):
    """Make the kernel that computes W x for `count` groups of outputs."""
    width, four = LANES * count, 4 * count

    @flat
    def project(rows, start, stop, inputs, to):
        """W x (SAMPLES, width) (+)= inputs from `start` to before `stop` . rows."""
        memory, at = to
        for i in range(0, SAMPLES, 4):
            s = zeros(memory, count, 4) if start == 0 else load(memory, at + i * width, four)
            for k in range(start, stop):
                x = splat_rows(inputs.memory, inputs.at + k * SAMPLES + i, count, 4)
                s = fma(x, load(rows.memory, rows.at + rows.stride * k, count), s)
            store(memory, at + i * width, s)

    return project


def moving(count):
    """Make the kernel that changes the weights of `count` groups of outputs."""

    @flat
    def move(rows, moved, masks, n, inputs, steps, pad):
        """Rows moved[i : i + 4] += x . s over the samples that moved[masks + i] names, i < n."""
        params, w, stride = rows
        for i in range(0, n, 4):
            chosen = np.uint64(get(moved, masks + i))
            old = load_rows(params, w, stride, moved, i, count, 4)
            while chosen != 0:  # one sample after the other, in their order
                j = lowest_bit(chosen)
                x = splat_column(inputs.memory, inputs.at + j, SAMPLES, moved, i, count, 4)
                old = fma(x, load(steps.memory, steps.at + j * pad, count), old)
                chosen &= chosen - np.uint64(1)
            store_rows(params, w, stride, moved, i, old, 4)

    return move


# Each kernel takes a moment to compile, so narrower strips are done one group at a time.
project1, project4 = projecting(1), projecting(4)
move1, move3, move4 = moving(1), moving(3), moving(4)


@inline
def places(layer):
    """Positions in the shared memory at which W x and the steps begin, after the products."""
    wx = START + 2 * SAMPLES * SAMPLES
    return wx, wx + SAMPLES * layer.pad


@inline
def list_of(block, i):
    """The list of inputs of sample i."""
    index, start = block.lists.index, block.start
    first = start + ROOM if i == 0 else np.int64(get(index, start + i - 1))
    return Inputs(index, block.lists.values, START, first, np.int64(get(index, start + i)))


@kernel
def lay_out(source, order, t, stop, total, block):
    """Lay out the inputs of the samples order[t : stop] of `total`, at most SAMPLES."""
    memory, index, values = block.inputs, block.lists.index, block.lists.values
    for k in range(source.features):
        store(memory, block.x + k * SAMPLES, zeros(memory, 1, 1))
    start = block.start + ROOM
    for i in range(stop - t):
        if t + i + SAMPLES < total:  # of the next block
            prefetch_row(source, get(order, t + i + SAMPLES))
        end = nonzeros(source, get(order, t + i), block.lists, start)
        put(index, block.start + i, end)
        for k in range(end - 1, start - 1, -1):  # backwards, since it may end with entries (0, 0)
            put(memory, block.x + get(index, k) * SAMPLES + i, get(values, k))
        start = end


@kernel
def multiply(n, block):
    """Compute the products of the n samples."""
    for i in range(1, n):
        # The inputs of all samples form a matrix. Multiplied with these inputs, it gives the
        # products with all samples, of which those before are wanted.
        to = Slice(block.shared, block.products + i * SAMPLES)
        rows = Rows(block.inputs, block.x, SAMPLES)
        forward1(rows, list_of(block, i), to, False, 1.0, NOTHING)


@kernel
def project(weights, layer, part, n, block):
    """W x of the n samples, in strips part[0] <= s < part[1]."""
    wx, _ = places(layer)
    if block.method == SPARSE:
        for i in range(n):
            to = Slice(block.shared, wx + i * layer.pad)
            forward(weights, layer, part, list_of(block, i), to, 1.0, NOTHING)
    else:
        project_all(weights, layer, part, block, wx)


@kernel
def project_all(weights, layer, part, block, wx):
    """W x (SAMPLES, pad) of all samples and inputs (n_in, SAMPLES)."""
    x = Slice(block.inputs, block.x)
    for k in range(0, layer.n_in, ROWS):
        end = min(k + ROWS, layer.n_in)
        for s in range(part[0], part[1]):
            strip = get(weights.strips, s)
            to = wx + strip.j * SAMPLES
            if strip.groups == 4:
                rows = Rows(weights.params, strip.w, strip.stride)
                project4(rows, k, end, x, Slice(block.shared, to))
            else:
                for j in range(0, LANES * strip.groups, LANES):
                    rows = Rows(weights.params, strip.w + j, strip.stride)
                    project1(rows, k, end, x, Slice(block.shared, to + j * SAMPLES))


@kernel
def forward_in_block(weights, layer, part, i, block, scale, z):
    """z (pad,) of sample i of the block, in strips part[0] <= s < part[1]."""
    memory = block.shared
    wx, steps = places(layer)
    for s in range(part[0], part[1]):
        first, stop = get(weights.strips, s).j, get(weights.strips, s + 1).j
        for j in range(first, stop, LANES):
            at = wx + i * layer.pad + j
            if block.method == DENSE:  # W x lies strip by strip
                width = 4 * LANES if stop - first == 4 * LANES else LANES
                r = (j - first) % width
                at = wx + (j - r) * SAMPLES + i * width + r
            v = load(memory, at, 1)
            for before in range(i):  # add what the steps of the earlier samples have changed
                x = splat(get(memory, block.products + i * SAMPLES + before))
                v = fma(x, load(memory, steps + before * layer.pad + j, 1), v)
            bias = load(weights.params, layer.b + j, 1)
            store(z, layer.z + j, fma(constant(scale, memory), v, bias))


@kernel
def keep_steps(layer, i, block, deltas):
    """Keep the steps (pad,) of sample i."""
    _, steps = places(layer)
    for j in range(layer.start, layer.stop, LANES):
        store(block.shared, steps + i * layer.pad + j, load(deltas, layer.d + j, 1))


@flat
def list_rows(n_in, n, inputs, moved, masks):
    """List the rows of weights that the first n samples change; return the length of the list.

    The list is made of fours: the last row is repeated to fill up the last four. For each four,
    masks has the set of samples that change any of its rows.
    """
    first = EVERY >> np.uint64(SAMPLES - n)
    found = START
    for k in range(n_in):
        chosen = (bits(load(inputs.memory, inputs.at + k * SAMPLES, 1) == 0.0) ^ EVERY) & first
        put(moved, found, k)
        of_four = masks + found // 4 * 4
        before = np.uint64(get(moved, of_four)) if found % 4 else np.uint64(0)
        put(moved, of_four, np.int64(before | chosen))
        found += chosen != 0
    while found % 4:
        put(moved, found, get(moved, found - 1))
        found += 1
    return found


@kernel
def end_block(weights, layer, part, n, block):
    """Apply the steps of the first n samples of the block to the weights (n_in, pad)."""
    moved, masks = block.moved, block.masks
    x, (_, steps) = Slice(block.inputs, block.x), places(layer)
    found = list_rows(layer.n_in, n, x, moved, masks)
    for s in range(part[0], part[1]):
        strip = get(weights.strips, s)
        rows = Rows(weights.params, strip.w, strip.stride)
        at = Slice(block.shared, steps + strip.j)
        if strip.groups == 4:
            move4(rows, moved, masks, found, x, at, layer.pad)
        elif strip.groups == 3:
            move3(rows, moved, masks, found, x, at, layer.pad)
        else:
            for j in range(0, LANES * strip.groups, LANES):
                rows = Rows(weights.params, strip.w + j, strip.stride)
                at = Slice(block.shared, steps + strip.j + j)
                move1(rows, moved, masks, found, x, at, layer.pad)
