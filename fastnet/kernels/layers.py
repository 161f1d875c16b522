"""One layer: forward, activation, deltas, update.

A layer has n_in inputs and n_out outputs; `pad` is n_out rounded up to whole groups of 16 lanes.
Its weights are a matrix (n_in, pad) from params[layer.w] on, one row an input (in a team one matrix
for each member's columns); its biases are (pad,) from params[layer.b] on. Vectors of z, activations
a and deltas d are (pad,) each. What lies in the padding is 0 and stays 0.

The input of a layer is a list of pairs: input index[k] has the value values[v + k]. Inputs that are
not in the list are 0, and cost nothing.

A layer is cut into strips of outputs, up to 64 wide, whose sums fit the registers. `strips` is a
table of those of all layers; a kernel works on strips first <= s < last of it: the threads of a
team share a layer out by strips. Three strips and more take a block of rows in turns, so that
memory is read along the rows. All this depends on the layer's width alone, and so does the order
of every sum; where a strip's weights lie (see STRIP) does not matter to it.

The weights that count are `scale` times those in params (see fastnet.kernels.epoch).
"""

import numpy as np

from .codes import LANES
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


def strip_kernels(count, rows):
    """The kernels of a strip of `count` groups; forward adds up `rows` rows side by side.

    Its row 0 is params[w : w + 16 * count], row k begins k * stride after it.
    """

    @flat
    def forward(params, w, stride, index, values, v, start, stop, z, at, more, scale, base):
        """z = scale * (values . rows, and z itself, if `more`) + params[base:], if base >= 0."""
        s = zeros(params, count, rows)
        for eight in range(start, stop, 8):  # LLVM unrolls these, not a plain loop
            for k in range(eight, eight + 8, rows):
                x = splat_rows(values, v + k, count, rows)
                s = fma(x, load_rows(params, w, stride, index, k, count, rows), s)
        s = fold_groups(s, count)
        if more:
            s = load(z, at, count) + s
        if base >= 0:
            s = fma(constant(scale, params), s, load(params, base, count))
        else:
            s = s * constant(scale, params)
        store(z, at, s)

    @flat
    def update(params, w, stride, index, values, start, stop, steps, at):
        """Row index[k] += values[k] * steps, start <= k < stop."""
        step = load(steps, at, count)
        for k in range(start, stop):
            row = w + stride * get(index, k)
            x = splat(get(values, k))
            store(params, row, fma(x, step, load(params, row, count)))

    @inline
    def learn_rows(params, row, stride, minus_eta, a, k, delta):
        """One group: parts of four rows' sums row . delta; then row k -= eta * a[k] * delta."""
        s0 = learn_row(params, row, minus_eta * splat(get(a, k)), delta)
        s1 = learn_row(params, row + stride, minus_eta * splat(get(a, k + 1)), delta)
        s2 = learn_row(params, row + 2 * stride, minus_eta * splat(get(a, k + 2)), delta)
        s3 = learn_row(params, row + 3 * stride, minus_eta * splat(get(a, k + 3)), delta)
        return fold(fold(s0, s1, 2), fold(s2, s3, 2), 4)

    @flat
    def learn(params, w, stride, start, stop, minus_eta, a, at, deltas, d, sums, to, first):
        """sums[to + k] (+)= row k . delta; then row k -= eta * a[at + k] * delta."""
        delta = load(deltas, d, count)
        for k in range(start, stop, 16):
            row = w + stride * k
            s0 = learn_rows(params, row, stride, minus_eta, a, at + k, delta)
            s1 = learn_rows(params, row + 4 * stride, stride, minus_eta, a, at + k + 4, delta)
            s2 = learn_rows(params, row + 8 * stride, stride, minus_eta, a, at + k + 8, delta)
            s3 = learn_rows(params, row + 12 * stride, stride, minus_eta, a, at + k + 12, delta)
            s = fold(fold(s0, s1, 8), fold(s2, s3, 8), 16)
            store(sums, to + k, s if first else load(sums, to + k, 1) + s)

    return forward, update, learn


NOTHING = np.int64(-1)  # instead of biases

forward1, update1, learn1 = strip_kernels(1, 8)
forward2, update2, learn2 = strip_kernels(2, 4)
forward3, update3, learn3 = strip_kernels(3, 2)
forward4, update4, learn4 = strip_kernels(4, 2)


@kernel
def forward(
    params, layer, strips, first, last, index, values, v, start, stop, z, at, scale, base
):  # fmt: skip
    """z = base + scale * sum of values[v + k] * row index[k], start <= k < stop.

    base is layer.b (its biases, in params) or NOTHING; stop - start is a multiple of 8.
    """
    for k in range(start, max(stop, start + 1), layer.block):
        end = min(k + layer.block, stop)
        for s in range(first, last):
            strip = get(strips, s)
            groups, w, stride, to = strip.groups, strip.w, strip.stride, at + strip.j
            more, factor, b = k > start, 1.0, NOTHING
            if end >= stop:
                factor, b = scale, NOTHING if base == NOTHING else base + strip.j
            if groups == 4:
                forward4(params, w, stride, index, values, v, k, end, z, to, more, factor, b)
            elif groups == 3:
                forward3(params, w, stride, index, values, v, k, end, z, to, more, factor, b)
            elif groups == 2:
                forward2(params, w, stride, index, values, v, k, end, z, to, more, factor, b)
            else:
                forward1(params, w, stride, index, values, v, k, end, z, to, more, factor, b)


@kernel
def update(params, layer, strips, first, last, index, values, start, stop, steps, at):
    """Row index[k] += values[k] * steps (pad,), start <= k < stop."""
    for k in range(start, stop, layer.block):
        end = min(k + layer.block, stop)
        for s in range(first, last):
            strip = get(strips, s)
            groups, w, stride, d = strip.groups, strip.w, strip.stride, at + strip.j
            if groups == 4:
                update4(params, w, stride, index, values, k, end, steps, d)
            elif groups == 3:
                update3(params, w, stride, index, values, k, end, steps, d)
            elif groups == 2:
                update2(params, w, stride, index, values, k, end, steps, d)
            else:
                update1(params, w, stride, index, values, k, end, steps, d)


@kernel
def learn(
    params, layer, strips, first, last, start, stop, eta, a, at, deltas, sums, to, apart, parts
):  # fmt: skip
    """sums (n_in,) = weights . deltas (pad,); then weights -= eta * outer(a (n_in,), deltas).

    The sums are those of the old weights, for rows start <= k < stop, whole groups of 16. They come
    in `parts`, `apart` from each other, over as many strips each, in the order of the strips.

    The last blocks come first: they are in the cache still, from the way forward.
    """
    minus_eta = constant(-eta, params)
    last_block = start + (stop - 1 - start) // layer.block * layer.block
    for k in range(last_block, start - 1, -layer.block):
        end = min(k + layer.block, stop)
        for s in range(first, last):
            strip = get(strips, s)
            groups, w, stride = strip.groups, strip.w, strip.stride
            place = (s - layer.strip) * parts
            d, i = layer.d + strip.j, to + place // layer.strips * apart
            new = place % layer.strips == 0  # the first of its part
            if groups == 4:
                learn4(params, w, stride, k, end, minus_eta, a, at, deltas, d, sums, i, new)
            elif groups == 3:
                learn3(params, w, stride, k, end, minus_eta, a, at, deltas, d, sums, i, new)
            elif groups == 2:
                learn2(params, w, stride, k, end, minus_eta, a, at, deltas, d, sums, i, new)
            else:
                learn1(params, w, stride, k, end, minus_eta, a, at, deltas, d, sums, i, new)


@inline
def in_order(parts, at, first, n, stride, j):
    """Sum of parts[at + s * stride + j :], s = first ... n - 1, one group."""
    s = load(parts, at + first * stride + j, 1)
    for i in range(first + 1, n):
        s = s + load(parts, at + i * stride + j, 1)
    return s


@kernel
def add_up(parts, at, n, stride, start, stop, to, d):
    """to[d + j] = sum of n parts[at + s * stride + j] for start <= j < stop: half plus half."""
    for j in range(start, stop, LANES):
        s = in_order(parts, at, 0, (n + 1) // 2, stride, j)
        if n > 1:
            s = s + in_order(parts, at, (n + 1) // 2, n, stride, j)
        store(to, d + j, s)


@kernel
def step_biases(params, layer, start, stop, eta, deltas):
    """biases -= eta * deltas, from output `start` to `stop`."""
    for j in range(start, stop, LANES):
        step = constant(-eta, deltas) * load(deltas, layer.d + j, 1)
        store(params, layer.b + j, load(params, layer.b + j, 1) + step)


@kernel
def make_steps(layer, start, stop, eta, deltas):
    """deltas *= -eta, from output `start` to `stop`."""
    for j in range(start, stop, LANES):
        store(deltas, layer.d + j, constant(-eta, deltas) * load(deltas, layer.d + j, 1))


@kernel
def rescale(params, strips, first, last, start, stop, scale):
    """Weights *= scale, of some strips and the rows start <= k < stop."""
    for s in range(first, last):
        strip = get(strips, s)
        for k in range(start, stop):
            for j in range(0, LANES * strip.groups, LANES):
                w = strip.w + strip.stride * k + j
                store(params, w, load(params, w, 1) * constant(scale, params))
