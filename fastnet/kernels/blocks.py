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

import numpy as np

from .codes import LANES, START
from .jit import flat, inline, kernel
from .layers import Rows
from .listed import SAMPLES, first_samples, listed
from .simd import (
    constant,
    fma,
    get,
    load,
    lowest_bit,
    prefetch,
    prefetch_to_write,
    splat,
    store,
    zeros,
)

PANEL = 4  # strips whose W x and steps stay in the fastest cache


@inline
def places(layer):
    """Positions in the shared memory at which W x and the steps begin, after the products."""
    wx = START + 2 * SAMPLES * SAMPLES
    return wx, wx + SAMPLES * layer.pad


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
    def load_four(rows, four):
        """Four rows of weights, `count` groups of each."""
        params, w, stride = rows
        return (
            load(params, w + stride * four[0], count),
            load(params, w + stride * four[1], count),
            load(params, w + stride * four[2], count),
            load(params, w + stride * four[3], count),
        )

    @flat
    def project_four(rows, four, i, chosen, at, block):
        """W x (width,) += x . rows, for each of the chosen samples."""
        row0, row1, row2, row3 = load_four(rows, four)
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
        row0, row1, row2, row3 = load_four(rows, four)
        while chosen != 0:
            j = lowest_bit(chosen)
            x0, x1, x2, x3 = inputs_of(block, i, j)
            s = load(block.shared, at + j * width, count)
            row0, row1 = fma(x0, s, row0), fma(x1, s, row1)
            row2, row3 = fma(x2, s, row2), fma(x3, s, row3)
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


@kernel
def prefetch_in_block(weights, layer, part, i, block):
    """Ask for W x and the steps of sample i, which other members have written and read."""
    wx, steps = places(layer)
    for s in range(part[0], part[1]):
        strip = get(weights.strips, s)
        at = SAMPLES * strip.j + i * LANES * strip.groups
        for j in range(at, at + LANES * strip.groups, LANES):
            prefetch(block.shared, wx + j)
            prefetch_to_write(block.shared, steps + j)
