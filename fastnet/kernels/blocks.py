"""The first layer by blocks: the weights move once for SAMPLES samples.

With the weights W as they are before a block of samples, and the steps s = -eta * delta,

    z of sample i = W x_i + sum over j < i of (x_i . x_j) s_j + biases,
    at the end of the block W += sum over j of x_j s_j.

It is the textbook's arithmetic in another order, as exact; but the weights come through the caches
once or twice a block to be moved, not once a sample.

`block` holds, one after the other: the inputs x (n_in, SAMPLES), a group for each input; the
products x_i . x_j, j < i (SAMPLES, SAMPLES); W x (SAMPLES, pad); s (SAMPLES, pad).
"""

import numpy as np

from .jit import flat, inline, kernel
from .layers import NOTHING, forward, forward1
from .samples import nonzeros
from .simd import LANES, bits, fma, get, load, lowest_bit, put, splat, store, zeros

# How the first layer learns: each sample for itself; by blocks, but W x from the inputs that are
# not 0; by blocks.
SINGLY, SPARSE, DENSE = range(3)

SAMPLES = LANES
ROWS = 64  # of weights that meet all samples of a block before the next ones do
EVERY = np.uint64(2**SAMPLES - 1)
START = np.int64(0)


def tile(count):
    """The kernels of a strip of `count` groups: see `strip_kernels` in layers.py."""

    @flat
    def project(params, w, stride, start, stop, block, to, pad):
        """W x of all samples (+)= their inputs from `start` to before `stop` . rows."""
        for i in range(0, SAMPLES, 4):
            z = to + i * pad
            s0, s1 = zeros(params, count, 1), zeros(params, count, 1)
            s2, s3 = zeros(params, count, 1), zeros(params, count, 1)
            if start > 0:
                s0, s1 = load(block, z, count), load(block, z + pad, count)
                s2, s3 = load(block, z + 2 * pad, count), load(block, z + 3 * pad, count)
            for k in range(start, stop):
                row, x = load(params, w + stride * k, count), k * SAMPLES + i
                s0 = fma(splat(get(block, x)), row, s0)
                s1 = fma(splat(get(block, x + 1)), row, s1)
                s2 = fma(splat(get(block, x + 2)), row, s2)
                s3 = fma(splat(get(block, x + 3)), row, s3)
            store(block, z, s0)
            store(block, z + pad, s1)
            store(block, z + 2 * pad, s2)
            store(block, z + 3 * pad, s3)

    @flat
    def move(params, w, stride, rows, masks, n, block, steps, pad):
        """Rows rows[i] += x . s over the samples that rows[masks + i] names, i < n."""
        for i in range(n):
            k, chosen = get(rows, i), np.uint64(get(rows, masks + i))
            row = load(params, w + stride * k, count)
            while chosen != 0:
                j = lowest_bit(chosen)
                x = splat(get(block, k * SAMPLES + j))
                row = fma(x, load(block, steps + j * pad, count), row)
                chosen &= chosen - np.uint64(1)
            store(params, w + stride * k, row)

    @flat
    def move_four(params, row, stride, block, k, n, steps, pad):
        """Four rows from params[row] on += x . s over n samples, x being their inputs from k on."""
        w0, w1 = load(params, row, count), load(params, row + stride, count)
        w2, w3 = load(params, row + 2 * stride, count), load(params, row + 3 * stride, count)
        for j in range(n):
            s, x = load(block, steps + j * pad, count), k * SAMPLES + j
            w0 = fma(splat(get(block, x)), s, w0)
            w1 = fma(splat(get(block, x + SAMPLES)), s, w1)
            w2 = fma(splat(get(block, x + 2 * SAMPLES)), s, w2)
            w3 = fma(splat(get(block, x + 3 * SAMPLES)), s, w3)
        store(params, row, w0)
        store(params, row + stride, w1)
        store(params, row + 2 * stride, w2)
        store(params, row + 3 * stride, w3)

    return project, move, move_four


project1, move1, move_four1 = tile(1)
project2, move2, move_four2 = tile(2)
project3, move3, move_four3 = tile(3)
project4, move4, move_four4 = tile(4)


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
        forward1(block, START, SAMPLES, index, values, START, START, end, block, to, NOTHING)
        for k in range(end - 1, -1, -1):  # backwards: the list may end with entries (0, 0)
            put(block, get(index, k) * SAMPLES + i, get(values, k))
        if method == SPARSE:
            forward(
                params, layer, strips, layer.first, layer.last, index, values, START, START,
                end, block, wx + i * layer.pad, NOTHING,
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
            groups, w, stride, to = strip.groups, strip.w, strip.stride, wx + strip.j
            if groups == 4:
                project4(params, w, stride, k, end, block, to, layer.pad)
            elif groups == 3:
                project3(params, w, stride, k, end, block, to, layer.pad)
            elif groups == 2:
                project2(params, w, stride, k, end, block, to, layer.pad)
            else:
                project1(params, w, stride, k, end, block, to, layer.pad)


@kernel
def forward_in_block(params, layer, i, block, z):
    """z of sample i of the block."""
    products, wx, steps = places(layer)
    for j in range(layer.start, layer.stop, LANES):
        s = load(params, layer.b + j, 1) + load(block, wx + i * layer.pad + j, 1)
        for before in range(i):
            x = splat(get(block, products + i * SAMPLES + before))
            s = fma(x, load(block, steps + before * layer.pad + j, 1), s)
        store(z, layer.z + j, s)


@kernel
def keep_steps(layer, i, block, deltas):
    """Keep the steps (pad,) of sample i."""
    _, _, steps = places(layer)
    for j in range(layer.start, layer.stop, LANES):
        store(block, steps + i * layer.pad + j, load(deltas, layer.d + j, 1))


@kernel
def end_block(params, layer, strips, n, block, rows, masks, method):
    """Move the weights by the steps of the first n samples of the block."""
    if method == DENSE:
        done = layer.n_in // 4 * 4
        move_all(params, layer, strips, n, done, block)
        move_some(params, layer, strips, n, done, block, rows, masks)
    else:
        move_some(params, layer, strips, n, START, block, rows, masks)


@kernel
def move_all(params, layer, strips, n, stop, block):
    """Move the rows before `stop`, four at a time."""
    _, _, steps = places(layer)
    for k in range(0, stop, 4):
        for s in range(layer.first, layer.last):
            strip = get(strips, s)
            groups, stride = strip.groups, strip.stride
            row, at = strip.w + stride * k, steps + strip.j
            if groups == 4:
                move_four4(params, row, stride, block, k, n, at, layer.pad)
            elif groups == 3:
                move_four3(params, row, stride, block, k, n, at, layer.pad)
            elif groups == 2:
                move_four2(params, row, stride, block, k, n, at, layer.pad)
            else:
                move_four1(params, row, stride, block, k, n, at, layer.pad)


@kernel
def move_some(params, layer, strips, n, start, block, rows, masks):
    """Move the rows from `start` on whose inputs are not all 0."""
    _, _, steps = places(layer)
    first = EVERY >> np.uint64(SAMPLES - n)
    found = START
    for k in range(start, layer.n_in):
        chosen = (bits(load(block, k * SAMPLES, 1) == 0.0) ^ EVERY) & first
        put(rows, found, k)
        put(rows, masks + found, np.int64(chosen))
        found += chosen != 0
    for s in range(layer.first, layer.last):
        strip = get(strips, s)
        groups, w, stride, at = strip.groups, strip.w, strip.stride, steps + strip.j
        if groups == 4:
            move4(params, w, stride, rows, masks, found, block, at, layer.pad)
        elif groups == 3:
            move3(params, w, stride, rows, masks, found, block, at, layer.pad)
        elif groups == 2:
            move2(params, w, stride, rows, masks, found, block, at, layer.pad)
        else:
            move1(params, w, stride, rows, masks, found, block, at, layer.pad)
