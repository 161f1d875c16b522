"""Dense inputs: the first layer takes SAMPLES samples at a time.

With the weights W as they are before a block of samples, and the steps s = -eta * delta,

    z of sample i = W x_i + sum over j < i of (x_i . x_j) s_j + biases,
    at the end of the block W += sum over j of x_j s_j.

It is the textbook's arithmetic in another order, as exact; but the weights come through the caches
twice a block, not twice a sample.

`block` holds, one after the other: the inputs x (SAMPLES, room), `room` being their number rounded
up to whole groups; the products x_i . x_j (SAMPLES, SAMPLES); W x (SAMPLES, pad); s (SAMPLES, pad).
Every sum is taken in the order of its terms.
"""

from .jit import flat, kernel
from .samples import nonzeros
from .simd import LANES, fma, get, load, put, splat, store, total, zeros

SAMPLES = 16
ROWS = 64  # of weights that meet all samples of a block before the next ones do


def tile(count):
    """The kernels of a strip of `count` groups: see `strip` in layers.py."""

    @flat
    def project(params, w, stride, start, stop, block, room, to, pad):
        """W x of all samples (+)= their inputs from `start` to before `stop` . rows."""
        for i in range(0, SAMPLES, 4):
            x, z = i * room, to + i * pad
            s0, s1 = zeros(params, count, 1), zeros(params, count, 1)
            s2, s3 = zeros(params, count, 1), zeros(params, count, 1)
            if start > 0:
                s0, s1 = load(block, z, count), load(block, z + pad, count)
                s2, s3 = load(block, z + 2 * pad, count), load(block, z + 3 * pad, count)
            for k in range(start, stop):
                row = load(params, w + stride * k, count)
                s0 = fma(splat(get(block, x + k)), row, s0)
                s1 = fma(splat(get(block, x + room + k)), row, s1)
                s2 = fma(splat(get(block, x + 2 * room + k)), row, s2)
                s3 = fma(splat(get(block, x + 3 * room + k)), row, s3)
            store(block, z, s0)
            store(block, z + pad, s1)
            store(block, z + 2 * pad, s2)
            store(block, z + 3 * pad, s3)

    @flat
    def move(params, w, stride, n, block, room, rows, steps, pad):
        """Rows 0 to n, a multiple of 4, += x . s over the first `rows` samples."""
        for k in range(0, n, 4):
            row = w + stride * k
            w0, w1 = load(params, row, count), load(params, row + stride, count)
            w2, w3 = load(params, row + 2 * stride, count), load(params, row + 3 * stride, count)
            for j in range(rows):
                s, x = load(block, steps + j * pad, count), j * room + k
                w0 = fma(splat(get(block, x)), s, w0)
                w1 = fma(splat(get(block, x + 1)), s, w1)
                w2 = fma(splat(get(block, x + 2)), s, w2)
                w3 = fma(splat(get(block, x + 3)), s, w3)
            store(params, row, w0)
            store(params, row + stride, w1)
            store(params, row + 2 * stride, w2)
            store(params, row + 3 * stride, w3)

    return project, move


project1, move1 = tile(1)
project2, move2 = tile(2)
project3, move3 = tile(3)
project4, move4 = tile(4)


@flat
def places(layer):
    """Where the parts of a block begin: room, products, W x, steps."""
    room = (layer.n_in + LANES - 1) // LANES * LANES
    products = SAMPLES * room
    z = products + SAMPLES * SAMPLES
    return room, products, z, z + SAMPLES * layer.pad


@kernel
def fill(source, row, index, values, block, at, features, room):
    """x (room,) = the inputs of a row of the data, then zeros."""
    n = nonzeros(source, row, index, values, 0)
    if n >= features and get(index, features - 1) == features - 1:  # none of them is 0
        for j in range(0, features, LANES):
            store(block, at + j, load(values, j, 1))
        for j in range(features, room):
            put(block, at + j, 0.0)
    else:
        for j in range(0, room, LANES):
            store(block, at + j, zeros(block, 1, 1))
        for k in range(n):
            i = at + get(index, k)
            put(block, i, get(block, i) + get(values, k))


@kernel
def multiply(block, room, to):
    """The products x_i . x_j, j < i (and some more)."""
    for i in range(1, SAMPLES):
        for j in range(0, i, 4):
            s0, s1 = zeros(block, 1, 1), zeros(block, 1, 1)
            s2, s3 = zeros(block, 1, 1), zeros(block, 1, 1)
            for k in range(0, room, LANES):
                x, y = load(block, i * room + k, 1), j * room + k
                s0 = fma(x, load(block, y, 1), s0)
                s1 = fma(x, load(block, y + room, 1), s1)
                s2 = fma(x, load(block, y + 2 * room, 1), s2)
                s3 = fma(x, load(block, y + 3 * room, 1), s3)
            at = to + i * SAMPLES + j
            put(block, at, total(s0))
            put(block, at + 1, total(s1))
            put(block, at + 2, total(s2))
            put(block, at + 3, total(s3))


@kernel
def begin_block(params, layer, strips, source, order, t, index, values, block):
    """Take in the samples order[t : t + SAMPLES], or those that are left."""
    room, products, z, _ = places(layer)
    for i in range(min(SAMPLES, len(order) - t)):
        fill(source, order[t + i], index, values, block, i * room, layer.n_in, room)
    multiply(block, room, products)
    for k in range(0, layer.n_in, ROWS):
        end = min(k + ROWS, layer.n_in)
        for s in range(layer.first, layer.last):
            groups, w, stride = strips[s].groups, strips[s].w, strips[s].stride
            to = z + strips[s].j
            if groups == 4:
                project4(params, w, stride, k, end, block, room, to, layer.pad)
            elif groups == 3:
                project3(params, w, stride, k, end, block, room, to, layer.pad)
            elif groups == 2:
                project2(params, w, stride, k, end, block, room, to, layer.pad)
            else:
                project1(params, w, stride, k, end, block, room, to, layer.pad)


@kernel
def forward_in_block(params, layer, i, block, z):
    """z of sample i of the block."""
    _, products, wx, steps = places(layer)
    for j in range(layer.start, layer.stop, LANES):
        s = load(params, layer.b + j, 1) + load(block, wx + i * layer.pad + j, 1)
        for before in range(i):
            x = splat(get(block, products + i * SAMPLES + before))
            s = fma(x, load(block, steps + before * layer.pad + j, 1), s)
        store(z, layer.z + j, s)


@kernel
def keep_steps(layer, i, block, deltas):
    """Keep the steps (pad,) of sample i."""
    _, _, _, steps = places(layer)
    for j in range(layer.start, layer.stop, LANES):
        store(block, steps + i * layer.pad + j, load(deltas, layer.d + j, 1))


@kernel
def end_block(params, layer, strips, n, block):
    """Move the weights by the steps of the first n samples of the block."""
    room, _, _, steps = places(layer)
    rows = (layer.n_in + 3) // 4 * 4
    for s in range(layer.first, layer.last):
        groups, w, stride = strips[s].groups, strips[s].w, strips[s].stride
        at = steps + strips[s].j
        if groups == 4:
            move4(params, w, stride, rows, block, room, n, at, layer.pad)
        elif groups == 3:
            move3(params, w, stride, rows, block, room, n, at, layer.pad)
        elif groups == 2:
            move2(params, w, stride, rows, block, room, n, at, layer.pad)
        else:
            move1(params, w, stride, rows, block, room, n, at, layer.pad)
