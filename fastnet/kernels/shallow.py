"""One sample of a block, above the first layer, in a net of one hidden layer.

The net has at most one group of outputs, and one thread learns the sample. This does what
`feed_forward`, `answer` and `backpropagate` do, in the same order, and gives the same bits. But
rows of weights lie one behind the other, and a group of the hidden layer is done before the next.
"""

import numpy as np

from .activations import activate, differentiate
from .blocks import places
from .codes import LANES, ONE, START
from .epoch import show, shrunk
from .jit import flat, inline, kernel
from .layers import Inputs, Rows, Slice, Sums, learn1
from .listed import SAMPLES
from .losses import judge, right
from .samples import prefetch_piece
from .simd import constant, fma, fold_groups, get, load, splat_rows, store, zeros


@inline
def is_shallow(net, member):
    """Tell whether a net has one hidden layer and one group of outputs, for one thread."""
    return net.top == 1 and get(net.layers, ONE).pad == LANES and member.team == 1


@inline
def product(params, w, a, at, start, stop):
    """One group: a[at + k] times row k of the weights from params[w] on, start <= k < stop."""
    s = zeros(params, 1, 8)
    for k in range(start, stop, 8):
        s = fma(splat_rows(a, at + k, 1, 8), load(params, w + LANES * k, 8), s)
    return fold_groups(s, 1)


@flat
def feed_outputs(net, first, out, scale, memory):
    """From the hidden activations, compute z and activations (16,) of the outputs.

    The sums are over the strips of the hidden layer, in the order of `add_up`.
    """
    params, strips = net.weights
    c, half = constant(scale, params), (first.strips + 1) // 2
    low = high = zeros(params, 1, 1)
    for i in range(first.strips):
        start, stop = get(strips, first.strip + i).j, get(strips, first.strip + i + 1).j
        s = product(params, out.w, memory.shared, first.a, start, stop)
        if i == 0:
            low = fma(c, s, load(params, out.b, 1))
        elif i < half:
            low = low + s * c
        elif i == half:
            high = s * c
        else:
            high = high + s * c
    if first.strips > 1:
        low = low + high
    store(memory.own, out.z, low)
    activate(out, START, LANES, memory.own, memory.own, out.a)


@flat
def scale_activations(first, minus_step, memory):
    """Write minus_step times the hidden activations to the place of their deltas."""
    for k in range(0, first.pad, LANES):
        store(memory.own, first.d + k, minus_step * load(memory.shared, first.a + k, 1))


@flat
def learn_upper(net, first, out, etas, scale, memory, i, block):
    """Change all parameters but the first layer's weights; keep the steps of these.

    `i` is the sample's number in the block.
    """
    params, strips = net.weights
    own, (minus_eta, minus_step), (_, steps) = memory.own, etas, places(first)
    store(params, out.b, load(params, out.b, 1) + minus_eta * load(own, out.d, 1))
    rows, delta = Rows(params, out.w, np.int64(LANES)), Slice(own, out.d)
    sums = Sums(own, first.d, START, ONE)
    for s in range(first.strip, first.strip + first.strips):
        start, stop = get(strips, s).j, get(strips, s + 1).j
        to = steps + SAMPLES * start + i * (stop - start) - start
        for k in range(start, stop, LANES):
            scaled = Inputs(net.all_inputs, own, first.d, k, k + LANES)
            learn1(rows, scaled, constant(1.0, own), delta, sums, True)
            differentiate(first, k, k + LANES, scale, memory.shared, first.a, own)
            d = load(own, first.d + k, 1)
            store(params, first.b + k, load(params, first.b + k, 1) + minus_eta * d)
            store(block.shared, to + k, minus_step * d)


@kernel
def learn_alone(net, source, targets, steps, t, i, coming, scale, memory, block):
    """Learn sample t, as `blockwise.learn_sample` does."""
    own, shared = memory.own, memory.shared
    first, out = get(net.layers, START), get(net.layers, ONE)
    place, hit = get(steps.order, t), False
    eta, smaller = np.float64(get(steps.rates, t)), shrunk(steps, t, scale)
    etas = constant(-eta, own), constant(-(eta / smaller), own)
    activate(first, START, first.pad, own, shared, first.a)
    scale_activations(first, etas[1], memory)
    coming = prefetch_piece(source, coming)
    feed_outputs(net, first, out, scale, memory)
    coming = prefetch_piece(source, coming)
    if steps.showing:
        show(out, t, own, steps.out)
    c = judge(targets, out, place, own)
    if c < np.inf:
        hit = right(targets, out, place, own)
        learn_upper(net, first, out, etas, scale, memory, i, block)
        prefetch_piece(source, coming)
        scale = smaller
    return c, hit, scale
