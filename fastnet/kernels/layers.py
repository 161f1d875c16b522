"""One layer: forward, deltas, update.

A layer has n_in inputs and n_out outputs; `pad` is n_out rounded up to whole groups of 16 lanes.
Its weights are a matrix (n_in, pad) from params[layer.w] on, one row for each input (in a team, one
matrix for each member's columns). Its biases are (pad,) from params[layer.b] on. Vectors of z,
activations a and deltas d are (pad,) each. The padding is 0 and stays 0.

A layer is cut into strips of outputs, up to 64 wide, whose sums fit into registers. A kernel works
on the strips part[0] <= s < part[1] of the table: a team's threads share a layer out by strips. In
a layer of three strips or more, all strips use one block of rows before the next block, so that
memory is read along the rows. All this, and the order of every sum, depends on the layer's width
alone. It does not depend on where a strip's weights lie (see STRIP).

The true weights are `scale` times those in params (see fastnet.kernels.epoch).
"""

from typing import Any, NamedTuple

import numpy as np

from .codes import LANES, START
from .jit import flat, inline, kernel
from .simd import (
    constant,
    fma,
    fold,
    fold_groups,
    get,
    learn_row,
    load,
    load_rows,
    splat,
    splat_rows,
    store,
    zeros,
)

NOTHING = np.int64(-1)  # instead of biases


class Weights(NamedTuple):
    """The parameters of a net, and the table of the strips in which its weights lie."""

    params: Any
    strips: Any


class Slice(NamedTuple):
    """A vector that begins at memory[at]."""

    memory: Any
    at: Any


class Rows(NamedTuple):
    """Rows of weights: row k begins at memory[at + k * stride]."""

    memory: Any
    at: Any
    stride: Any


class Inputs(NamedTuple):
    """The inputs of a layer: number index[k] has the value values[v + k], start <= k < stop.

    All other inputs are 0 and cost no time.
    """

    index: Any
    values: Any
    v: Any
    start: Any
    stop: Any


class Sums(NamedTuple):
    """Sums over a layer's strips, in `parts`: part i begins at memory[at + i * apart]."""

    memory: Any
    at: Any
    apart: Any
    parts: Any


@inline
def learn_one(rows, inputs, k, minus_eta, delta):
    """Return partial sums of row . delta for entry k; row -= eta * its value * delta."""
    row = rows.at + rows.stride * get(inputs.index, k)
    x = minus_eta * splat(get(inputs.values, inputs.v + k))
    return learn_row(rows.memory, row, x, delta)


@inline
def learn_rows(rows, inputs, k, minus_eta, delta):
    """Return partial sums of row . delta for every fourth entry."""
    # Each row is loaded once, for its product with delta and for its change.
    s0 = learn_one(rows, inputs, k, minus_eta, delta)
    s1 = learn_one(rows, inputs, k + 4, minus_eta, delta)
    s2 = learn_one(rows, inputs, k + 8, minus_eta, delta)
    s3 = learn_one(rows, inputs, k + 12, minus_eta, delta)
    # Each s has 16 partial sums of one row. Two folds leave 4 partial sums of each row.
    return fold(fold(s0, s1, 2), fold(s2, s3, 2), 4)


def strip_kernels(count, side):
    """Make the kernels of a strip of `count` groups; forward sums `side` rows side by side."""

    @flat
    def forward(rows, inputs, z, more, scale, base):
        """z = scale * (inputs . rows [+ z if `more`]) [+ biases[base:] if base >= 0]."""
        s = zeros(rows.memory, count, side)
        for eight in range(inputs.start, inputs.stop, 8):  # nested, so that LLVM unrolls them
            for k in range(eight, eight + 8, side):
                x = splat_rows(inputs.values, inputs.v + k, count, side)
                row = load_rows(rows.memory, rows.at, rows.stride, inputs.index, k, count, side)
                s = fma(x, row, s)
        s = fold_groups(s, count)
        if more:
            s = load(z.memory, z.at, count) + s
        if base >= 0:
            biases = load(rows.memory, base, count)
            s = fma(constant(scale, rows.memory), s, biases)
        else:
            s = s * constant(scale, rows.memory)
        store(z.memory, z.at, s)

    @flat
    def update(rows, inputs, steps):
        """Row index[k] += values[v + k] * steps."""
        step = load(steps.memory, steps.at, count)
        for eight in range(inputs.start, inputs.stop, 8):
            for k in range(eight, eight + 8):
                row = rows.at + rows.stride * get(inputs.index, k)
                x = splat(get(inputs.values, inputs.v + k))
                store(rows.memory, row, fma(x, step, load(rows.memory, row, count)))

    @flat
    def learn(rows, inputs, minus_eta, deltas, sums, first):
        """sums[k] (+)= row index[k] . deltas; then that row -= eta * values[v + k] * deltas."""
        delta = load(deltas.memory, deltas.at, count)
        for k in range(inputs.start, inputs.stop, 16):
            s0 = learn_rows(rows, inputs, k, minus_eta, delta)
            s1 = learn_rows(rows, inputs, k + 1, minus_eta, delta)
            s2 = learn_rows(rows, inputs, k + 2, minus_eta, delta)
            s3 = learn_rows(rows, inputs, k + 3, minus_eta, delta)
            # The last two folds leave one sum a row: 16 rows, one group.
            s = fold(fold(s0, s1, 8), fold(s2, s3, 8), 16)
            store(sums.memory, sums.at + k, s if first else load(sums.memory, sums.at + k, 1) + s)

    return forward, update, learn


forward1, update1, learn1 = strip_kernels(1, 8)
forward2, update2, learn2 = strip_kernels(2, 4)
forward3, update3, learn3 = strip_kernels(3, 2)
forward4, update4, learn4 = strip_kernels(4, 2)


@kernel
def forward(weights, layer, part, inputs, z, scale, base):
    """z (pad,) = base + scale * inputs (n_in,) . weights (n_in, pad).

    The inputs come in whole eights. base is layer.b (its biases, in params) or NOTHING.
    """
    index, values, v, start, stop = inputs
    for k in range(start, max(stop, start + 1), layer.block):
        end, more = min(k + layer.block, stop), k > start
        some = Inputs(index, values, v, k, end)
        for s in range(part[0], part[1]):
            strip = get(weights.strips, s)
            rows = Rows(weights.params, strip.w, strip.stride)
            to, factor, b = Slice(z.memory, z.at + strip.j), 1.0, NOTHING
            if end >= stop:
                factor, b = scale, NOTHING if base == NOTHING else base + strip.j
            if strip.groups == 4:
                forward4(rows, some, to, more, factor, b)
            elif strip.groups == 3:
                forward3(rows, some, to, more, factor, b)
            elif strip.groups == 2:
                forward2(rows, some, to, more, factor, b)
            else:
                forward1(rows, some, to, more, factor, b)


@kernel
def update(weights, layer, inputs, steps):
    """Weights (n_in, pad) += outer(inputs (n_in,), steps (pad,)), in the member's strips."""
    index, values, v, start, stop = inputs
    for k in range(start, stop, layer.block):
        some = Inputs(index, values, v, k, min(k + layer.block, stop))
        for s in range(layer.first, layer.last):
            strip = get(weights.strips, s)
            rows = Rows(weights.params, strip.w, strip.stride)
            step = Slice(steps.memory, steps.at + strip.j)
            if strip.groups == 4:
                update4(rows, some, step)
            elif strip.groups == 3:
                update3(rows, some, step)
            elif strip.groups == 2:
                update2(rows, some, step)
            else:
                update1(rows, some, step)


@kernel
def learn(weights, layer, part, inputs, eta, deltas, sums):
    """Sums = weights (n_in, pad) . deltas (pad,); weights -= eta * outer(inputs (n_in,), deltas).

    The sums use the old weights. Sum k is of entry k of the inputs, which come in whole sixteens.
    They come in parts, each over equally many strips, in the order of the strips.
    """
    index, values, v, start, stop = inputs
    minus_eta = constant(-eta, weights.params)
    # The last block comes first: it is still in the cache from the forward pass.
    last_block = start + (stop - 1 - start) // layer.block * layer.block
    for k in range(last_block, start - 1, -layer.block):
        some = Inputs(index, values, v, k, min(k + layer.block, stop))
        for s in range(part[0], part[1]):
            strip = get(weights.strips, s)
            rows = Rows(weights.params, strip.w, strip.stride)
            d = Slice(deltas.memory, deltas.at + strip.j)
            # Strip i of n adds to part i * parts // n, as the first one if n divides i * parts.
            place = (s - layer.strip) * sums.parts
            to = Slice(sums.memory, sums.at + place // layer.strips * sums.apart)
            first = place % layer.strips == 0
            if strip.groups == 4:
                learn4(rows, some, minus_eta, d, to, first)
            elif strip.groups == 3:
                learn3(rows, some, minus_eta, d, to, first)
            elif strip.groups == 2:
                learn2(rows, some, minus_eta, d, to, first)
            else:
                learn1(rows, some, minus_eta, d, to, first)


@inline
def in_order(sums, first, n, j):
    """One group: the sums of elements j ... j + 15 over the parts first ... n - 1."""
    s = load(sums.memory, sums.at + first * sums.apart + j, 1)
    for i in range(first + 1, n):
        s = s + load(sums.memory, sums.at + i * sums.apart + j, 1)
    return s


@kernel
def add_up(sums, start, stop, to):
    """to (pad,) = sum of the first half of parts (pad,) + sum of the rest, `start` to `stop`."""
    n = sums.parts
    for j in range(start, stop, LANES):
        s = in_order(sums, START, (n + 1) // 2, j)
        if n > 1:
            s = s + in_order(sums, (n + 1) // 2, n, j)
        store(to.memory, to.at + j, s)


@kernel
def step_biases(params, layer, start, stop, eta, deltas):
    """biases (pad,) -= eta * deltas (pad,), from output `start` to `stop`."""
    for j in range(start, stop, LANES):
        step = constant(-eta, deltas) * load(deltas, layer.d + j, 1)
        store(params, layer.b + j, load(params, layer.b + j, 1) + step)


@kernel
def make_steps(layer, start, stop, eta, deltas):
    """deltas (pad,) *= -eta, from output `start` to `stop`."""
    for j in range(start, stop, LANES):
        store(deltas, layer.d + j, constant(-eta, deltas) * load(deltas, layer.d + j, 1))


@kernel
def rescale(weights, part, span, scale):
    """Weights *= scale, in strips part[0] <= s < part[1] and rows span[0] <= k < span[1]."""
    params = weights.params
    for s in range(part[0], part[1]):
        strip = get(weights.strips, s)
        for k in range(span[0], span[1]):
            for j in range(0, LANES * strip.groups, LANES):
                w = strip.w + strip.stride * k + j
                store(params, w, load(params, w, 1) * constant(scale, params))
