"""The first layer by blocks: the weights move once for SAMPLES samples.

With the weights c W as they are before a block of samples, c_i the scale before sample i (see
epoch.py), and the steps s_i = -eta / c_(i+1) * delta,

    z of sample i = c_i (W x_i + sum over j < i of (x_i . x_j) s_j) + biases,
    at the end of the block W += sum over j of x_j s_j.

It is the textbook's arithmetic in another order, as exact; but the weights come through the caches
once or twice a block to be moved, not once a sample.

`block` holds, one after the other: the inputs x (n_in, SAMPLES), a group for each input; the
products x_i . x_j, j < i (SAMPLES, SAMPLES); W x (SAMPLES, pad); s (SAMPLES, pad). Where W x is
made for all samples at once, it is (SAMPLES, width) for each strip of 4 groups, and for each group
of the others.
"""

import numpy as np

from .codes import LANES
from .jit import flat, inline, kernel
from .layers import NOTHING, forward, forward1
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

# How the first layer learns: each sample for itself; by blocks, but W x from the inputs that are
# not 0; by blocks.
SINGLY, SPARSE, DENSE = range(3)

SAMPLES = LANES  # an input of all samples is one group
ROWS = 64  # of weights that meet all samples of a block before the next ones do
EVERY = np.uint64(2**SAMPLES - 1)  # a set of samples: a bit each
START = np.int64(0)


def projecting(count):
    """The kernel that makes W x, of `count` groups of outputs."""
    width, four = LANES * count, 4 * count

    @flat
    def project(params, w, stride, start, stop, block, to):
        """W x (SAMPLES, width) (+)= inputs from `start` to before `stop` . rows."""
        for i in range(0, SAMPLES, 4):
            s = zeros(params, count, 4) if start == 0 else load(block, to + i * width, four)
            for k in range(start, stop):
                x = splat_rows(block, k * SAMPLES + i, count, 4)
                s = fma(x, load(params, w + stride * k, count), s)
            store(block, to + i * width, s)

    return project


def moving(count):
    """The kernel that moves weights, of `count` groups of outputs."""

    @flat
    def move(params, w, stride, rows, masks, n, block, steps, pad):
        """Rows rows[i : i + 4] += x . s over the samples that rows[masks + i] names, i < n."""
        for i in range(0, n, 4):
            chosen = np.uint64(get(rows, masks + i))
            old = load_rows(params, w, stride, rows, i, count, 4)
            while chosen != 0:
                j = lowest_bit(chosen)
                x = splat_column(block, j, SAMPLES, rows, i, count, 4)
                old = fma(x, load(block, steps + j * pad, count), old)
                chosen &= chosen - np.uint64(1)
            store_rows(params, w, stride, rows, i, old, 4)

    return move


# Each costs a moment of compiling: narrower strips are taken a group at a time.
project1, project4 = projecting(1), projecting(4)
move1, move3, move4 = moving(1), moving(3), moving(4)


@inline
def places(layer):
    """Where the parts of a block begin, but for the first: products, W x, steps."""
    products = layer.n_in * SAMPLES
    wx = products + SAMPLES * SAMPLES
    return products, wx, wx + SAMPLES * layer.pad


@kernel
def begin_block(params, layer, strips, source, order, t, n, index, values, block, method):
    """Take in the n samples order[t : t + n]."""
    products, wx, _ = places(layer)
    for k in range(layer.n_in):
        store(block, k * SAMPLES, zeros(block, 1, 1))
    for i in range(n):
        end = nonzeros(source, get(order, t + i), index, values, START)
        # The inputs so far are a matrix: its product with these is all products with those before.
        to = products + i * SAMPLES
        forward1(
            block, START, SAMPLES, index, values, START, START, end, block, to, False, 1.0, NOTHING
        )  # fmt: skip
        for k in range(end - 1, -1, -1):  # backwards: the list may end with entries (0, 0)
            put(block, get(index, k) * SAMPLES + i, get(values, k))
        if method == SPARSE:
            forward(
                params, layer, strips, layer.first, layer.last, index, values, START, START,
                end, block, wx + i * layer.pad, 1.0, NOTHING,
            )  # fmt: skip
    if method == DENSE:
        project(params, layer, strips, block, wx)


@kernel
def project(params, layer, strips, block, wx):
    """W x of all samples, from all inputs."""
    for k in range(0, layer.n_in, ROWS):
        end = min(k + ROWS, layer.n_in)
        for s in range(layer.first, layer.last):
            strip = get(strips, s)
            w, stride, to = strip.w, strip.stride, wx + strip.j * SAMPLES
            if strip.groups == 4:
                project4(params, w, stride, k, end, block, to)
            else:
                for j in range(0, LANES * strip.groups, LANES):
                    project1(params, w + j, stride, k, end, block, to + j * SAMPLES)


@kernel
def forward_in_block(params, layer, strips, i, block, method, scale, z):
    """z of sample i of the block."""
    products, wx, steps = places(layer)
    for s in range(layer.first, layer.last):
        first, stop = get(strips, s).j, get(strips, s + 1).j
        for j in range(first, stop, LANES):
            at = wx + i * layer.pad + j
            if method == DENSE:
                width = 4 * LANES if stop - first == 4 * LANES else LANES
                r = (j - first) % width
                at = wx + (j - r) * SAMPLES + i * width + r
            v = load(block, at, 1)
            for before in range(i):
                x = splat(get(block, products + i * SAMPLES + before))
                v = fma(x, load(block, steps + before * layer.pad + j, 1), v)
            store(z, layer.z + j, fma(constant(scale, block), v, load(params, layer.b + j, 1)))


@kernel
def keep_steps(layer, i, block, deltas):
    """Keep the steps (pad,) of sample i."""
    _, _, steps = places(layer)
    for j in range(layer.start, layer.stop, LANES):
        store(block, steps + i * layer.pad + j, load(deltas, layer.d + j, 1))


@kernel
def list_rows(n_in, n, block, rows, masks):
    """List the rows of weights that the first n samples move, and by fours which samples do.

    The last one is repeated until they make whole fours. Returns their number.
    """
    first = EVERY >> np.uint64(SAMPLES - n)
    found = START
    for k in range(n_in):
        chosen = (bits(load(block, k * SAMPLES, 1) == 0.0) ^ EVERY) & first
        put(rows, found, k)
        of_four = masks + found // 4 * 4
        before = np.uint64(get(rows, of_four)) if found % 4 else np.uint64(0)
        put(rows, of_four, np.int64(before | chosen))
        found += chosen != 0
    while found % 4:
        put(rows, found, get(rows, found - 1))
        found += 1
    return found


@kernel
def end_block(params, layer, strips, n, block, rows, masks):
    """Move the weights by the steps of the first n samples of the block."""
    _, _, steps = places(layer)
    found = list_rows(layer.n_in, n, block, rows, masks)
    for s in range(layer.first, layer.last):
        strip = get(strips, s)
        w, stride, at = strip.w, strip.stride, steps + strip.j
        if strip.groups == 4:
            move4(params, w, stride, rows, masks, found, block, at, layer.pad)
        elif strip.groups == 3:
            move3(params, w, stride, rows, masks, found, block, at, layer.pad)
        else:
            for j in range(0, LANES * strip.groups, LANES):
                move1(params, w + j, stride, rows, masks, found, block, at + j, layer.pad)
