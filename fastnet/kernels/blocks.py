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

from .codes import LANES, START
from .jit import flat, inline, kernel
from .layers import NOTHING, Inputs, Rows, Slice, forward, forward1
from .samples import nonzeros
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

# How a net learns: sample by sample; with the first layer by blocks, with W x from the non-zero
# inputs alone; so, with W x from all inputs; sample by sample, if no layer is wider than one group;
# or than two.
SINGLY, SPARSE, DENSE, NARROW, TWO_GROUPS = range(5)

SAMPLES = LANES  # an input of all samples is one group
ROWS = 64  # rows of weights that are multiplied with all samples before the next rows are
EVERY = np.uint64(2**SAMPLES - 1)  # the set of all samples: one bit each


class Block(NamedTuple):
    """The memory of a block, and how the first layer learns."""

    memory: Any
    method: Any


def block_size(n_in, pad, method):
    """Return the size of a block's memory, in numbers, for a first layer of these sizes."""
    return SAMPLES * (n_in + SAMPLES + 2 * pad) if method in (SPARSE, DENSE) else 0


def projecting(count):
    """Make the kernel that computes W x for `count` groups of outputs."""
    width, four = LANES * count, 4 * count

    @flat
    def project(rows, start, stop, memory, to):
        """W x (SAMPLES, width) (+)= inputs from `start` to before `stop` . rows."""
        for i in range(0, SAMPLES, 4):
            s = zeros(memory, count, 4) if start == 0 else load(memory, to + i * width, four)
            for k in range(start, stop):
                x = splat_rows(memory, k * SAMPLES + i, count, 4)
                s = fma(x, load(rows.memory, rows.at + rows.stride * k, count), s)
            store(memory, to + i * width, s)

    return project


def moving(count):
    """Make the kernel that changes the weights of `count` groups of outputs."""

    @flat
    def move(rows, moved, masks, n, memory, steps, pad):
        """Rows moved[i : i + 4] += x . s over the samples that moved[masks + i] names, i < n."""
        params, w, stride = rows
        for i in range(0, n, 4):
            chosen = np.uint64(get(moved, masks + i))
            old = load_rows(params, w, stride, moved, i, count, 4)
            while chosen != 0:  # one sample after the other, in their order
                j = lowest_bit(chosen)
                x = splat_column(memory, j, SAMPLES, moved, i, count, 4)
                old = fma(x, load(memory, steps + j * pad, count), old)
                chosen &= chosen - np.uint64(1)
            store_rows(params, w, stride, moved, i, old, 4)

    return move


# Each kernel takes a moment to compile, so narrower strips are done one group at a time.
project1, project4 = projecting(1), projecting(4)
move1, move3, move4 = moving(1), moving(3), moving(4)


@inline
def places(layer):
    """Positions in a block at which the products, W x and the steps begin."""
    products = layer.n_in * SAMPLES
    wx = products + SAMPLES * SAMPLES
    return products, wx, wx + SAMPLES * layer.pad


@kernel
def begin_block(weights, layer, source, order, t, n, lists, block):
    """Lay out inputs, products and W x of the n samples order[t : t + n], n <= SAMPLES."""
    memory, method = block
    products, wx, _ = places(layer)
    for k in range(layer.n_in):
        store(memory, k * SAMPLES, zeros(memory, 1, 1))
    for i in range(n):
        end = nonzeros(source, get(order, t + i), lists, START)
        inputs = Inputs(lists.index, lists.values, START, START, end)
        # The inputs of the earlier samples form a matrix. Multiplied with these inputs, it gives
        # the products with all earlier samples.
        to = Slice(memory, products + i * SAMPLES)
        forward1(Rows(memory, START, SAMPLES), inputs, to, False, 1.0, NOTHING)
        for k in range(end - 1, -1, -1):  # backwards, since the list may end with entries (0, 0)
            put(memory, get(lists.index, k) * SAMPLES + i, get(lists.values, k))
        if method == SPARSE:
            to = Slice(memory, wx + i * layer.pad)
            forward(weights, layer, (layer.first, layer.last), inputs, to, 1.0, NOTHING)
    if method == DENSE:
        project(weights, layer, memory, wx)


@kernel
def project(weights, layer, memory, wx):
    """W x (SAMPLES, pad) of all samples and inputs (n_in, SAMPLES), in the member's strips."""
    for k in range(0, layer.n_in, ROWS):
        end = min(k + ROWS, layer.n_in)
        for s in range(layer.first, layer.last):
            strip = get(weights.strips, s)
            to = wx + strip.j * SAMPLES
            if strip.groups == 4:
                project4(Rows(weights.params, strip.w, strip.stride), k, end, memory, to)
            else:
                for j in range(0, LANES * strip.groups, LANES):
                    rows = Rows(weights.params, strip.w + j, strip.stride)
                    project1(rows, k, end, memory, to + j * SAMPLES)


@kernel
def forward_in_block(weights, layer, i, block, scale, z):
    """z (pad,) of sample i of the block, in the member's strips."""
    memory, method = block
    products, wx, steps = places(layer)
    for s in range(layer.first, layer.last):
        first, stop = get(weights.strips, s).j, get(weights.strips, s + 1).j
        for j in range(first, stop, LANES):
            at = wx + i * layer.pad + j
            if method == DENSE:  # W x lies strip by strip
                width = 4 * LANES if stop - first == 4 * LANES else LANES
                r = (j - first) % width
                at = wx + (j - r) * SAMPLES + i * width + r
            v = load(memory, at, 1)
            for before in range(i):  # add what the steps of the earlier samples have changed
                x = splat(get(memory, products + i * SAMPLES + before))
                v = fma(x, load(memory, steps + before * layer.pad + j, 1), v)
            bias = load(weights.params, layer.b + j, 1)
            store(z, layer.z + j, fma(constant(scale, memory), v, bias))


@kernel
def keep_steps(layer, i, block, deltas):
    """Keep the steps (pad,) of sample i."""
    _, _, steps = places(layer)
    for j in range(layer.start, layer.stop, LANES):
        store(block.memory, steps + i * layer.pad + j, load(deltas, layer.d + j, 1))


@flat
def list_rows(n_in, n, memory, moved, masks):
    """List the rows of weights that the first n samples change; return the length of the list.

    The list is made of fours: the last row is repeated to fill up the last four. For each four,
    masks has the set of samples that change any of its rows.
    """
    first = EVERY >> np.uint64(SAMPLES - n)
    found = START
    for k in range(n_in):
        chosen = (bits(load(memory, k * SAMPLES, 1) == 0.0) ^ EVERY) & first
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
def end_block(weights, layer, n, block, moved, masks):
    """Apply the steps of the first n samples of the block to the weights (n_in, pad).

    moved (n_in + 3,) is room for the list of rows that change, moved[masks:] for the sets of
    samples that change them.
    """
    memory = block.memory
    _, _, steps = places(layer)
    found = list_rows(layer.n_in, n, memory, moved, masks)
    for s in range(layer.first, layer.last):
        strip = get(weights.strips, s)
        rows, at = Rows(weights.params, strip.w, strip.stride), steps + strip.j
        if strip.groups == 4:
            move4(rows, moved, masks, found, memory, at, layer.pad)
        elif strip.groups == 3:
            move3(rows, moved, masks, found, memory, at, layer.pad)
        else:
            for j in range(0, LANES * strip.groups, LANES):
                rows = Rows(weights.params, strip.w + j, strip.stride)
                move1(rows, moved, masks, found, memory, at + j, layer.pad)
