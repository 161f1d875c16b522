"""The pass over samples for narrow nets: no layer has more than 16, or 32, outputs.

It does what `epoch.pass_by_rows` does, in the same order, with the same bits. But each layer is one
strip of one or two groups, and one thread does it all. So there are no loops over strips and no
meetings, the kernels of a layer are inlined, and what they hand to each other stays in registers.
The chain of operations from layer to layer is long and leaves the CPU idle. So the next inputs are
listed meanwhile, in two steps.
"""

from typing import Any, NamedTuple

import numpy as np

from . import activations, losses
from .codes import LANES, ONE, START
from .epoch import AHEAD, LEAST_SCALE, close_epoch, show, shrunk
from .jit import flat, inline, inlined
from .layers import (
    Inputs,
    Rows,
    Slice,
    Sums,
    forward1,
    forward2,
    learn1,
    learn2,
    rescale,
    update1,
    update2,
)
from .samples import begin_row, end_row, in_two_steps, nonzeros, prefetch_piece, prefetch_sample
from .simd import constant, get, load, put, store

GROUP, PAIR = np.int64(LANES), np.int64(2 * LANES)  # typed: see codes

activate, differentiate = inlined(activations.activate), inlined(activations.differentiate)
judge, right = inlined(losses.judge), inlined(losses.right)


class Layer(NamedTuple):
    """What the kernels read of a LAYER record, read once: no store makes them read it again."""

    n_out: Any
    pad: Any
    activation: Any
    transfer: Any
    transfer_prime: Any
    w: Any
    b: Any
    z: Any
    a: Any
    d: Any


@flat
def forward_either(rows, inputs, z, more, scale, base):
    """Call the `forward` of one group or of two."""
    if rows.stride == GROUP:
        forward1(Rows(rows.memory, rows.at, GROUP), inputs, z, more, scale, base)
    else:
        forward2(Rows(rows.memory, rows.at, PAIR), inputs, z, more, scale, base)


@flat
def update_either(rows, inputs, steps):
    """Call the `update` of one group or of two."""
    if rows.stride == GROUP:
        update1(Rows(rows.memory, rows.at, GROUP), inputs, steps)
    else:
        update2(Rows(rows.memory, rows.at, PAIR), inputs, steps)


@flat
def learn_either(rows, inputs, minus_eta, deltas, sums, first):
    """Call the `learn` of one group or of two."""
    if rows.stride == GROUP:
        learn1(Rows(rows.memory, rows.at, GROUP), inputs, minus_eta, deltas, sums, first)
    else:
        learn2(Rows(rows.memory, rows.at, PAIR), inputs, minus_eta, deltas, sums, first)


@inline
def rescale_all(net, scale):
    """Multiply all weights by the scale."""
    for k in range(net.top + 1):
        layer = get(net.layers, k)
        rows = layer.n_in if k == 0 else get(net.layers, k - 1).pad
        rescale(net.weights, (layer.first, layer.last), (START, rows), scale)


def above(wide):
    """Make the kernels of the layers: one that reads a layer's record, forward and backward."""
    forward, learn = (forward_either, learn_either) if wide else (forward1, learn1)

    @flat
    def layer_of(net, k):
        layer = get(net.layers, k)
        pad = layer.pad if wide else GROUP
        return Layer(
            layer.n_out, pad, layer.activation, layer.transfer, layer.transfer_prime, layer.w,
            layer.b, layer.z, layer.a, layer.d,
        )  # fmt: skip

    @flat
    def feed_forward(net, scale, memory):
        """From z (pad,) of the first layer, compute z and activations of all; return the last."""
        own, layer = memory.own, layer_of(net, START)
        a = own if net.top == 0 else memory.shared
        activate(layer, START, layer.pad, own, a, layer.a)
        for k in range(1, net.top + 1):
            inputs = Inputs(net.all_inputs, a, layer.a, START, layer.pad)
            layer = layer_of(net, k)
            rows = Rows(net.weights.params, layer.w, layer.pad)
            forward(rows, inputs, Slice(own, layer.z), False, scale, layer.b)
            a = own if k == net.top else memory.shared
            activate(layer, START, layer.pad, own, a, layer.a)
        return layer

    @flat
    def backpropagate(net, layer, eta, step, scale, memory):
        """Compute all deltas and change the parameters, but for the first layer's weights.

        The first layer's deltas are left multiplied by -step.
        """
        params, own, shared = net.weights.params, memory.own, memory.shared
        minus_eta, minus_step = constant(-eta, own), constant(-step, own)
        delta = load(own, layer.d, 1)  # the first group, from one layer to the next in a register
        for k in range(net.top, -1, -1):
            store(params, layer.b, load(params, layer.b, 1) + minus_eta * delta)
            store(own, layer.d, delta)
            for j in range(LANES, layer.pad, LANES):
                step = minus_eta * load(own, layer.d + j, 1)
                store(params, layer.b + j, load(params, layer.b + j, 1) + step)
            if k > 0:
                rows, d = Rows(params, layer.w, layer.pad), Slice(own, layer.d)
                layer = layer_of(net, k - 1)
                inputs = Inputs(net.all_inputs, shared, layer.a, START, layer.pad)
                learn(rows, inputs, minus_step, d, Sums(own, layer.d, START, ONE), True)
                differentiate(layer, START, layer.pad, scale, shared, layer.a, own)
                delta = load(own, layer.d, 1)
        for j in range(START, layer.pad, LANES):
            store(own, layer.d + j, minus_step * load(own, layer.d + j, 1))

    return layer_of, feed_forward, backpropagate


def passing(wide, name):
    """Make the pass for nets whose layers have one group; if `wide`, one or two."""
    layer_of, feed_forward, backpropagate = above(wide)
    forward, update = (forward_either, update_either) if wide else (forward1, update1)

    @flat
    def one_pass(net, source, targets, steps, memory, member, flags, cost):
        order, decay, n, lists, own = steps.order, steps.decay, steps.n, memory.lists, memory.own
        first, n_out = layer_of(net, START), layer_of(net, net.top).n_out
        weights = Rows(net.weights.params, first.w, first.pad)
        scale, two_steps, tail, hits = get(decay, 1), in_two_steps(source), START, 0
        record, end = START + 2, n  # of the current epoch, if there are several
        if steps.several:
            end = np.int64(get(decay, record))
        if n > 0:
            tail = nonzeros(source, get(order, 0), lists, START)
        for t in range(n):
            i, head, ending = get(order, t), t % 2 * memory.room, t + 1 == end
            other, found = memory.room - head, START
            inputs = Inputs(lists.index, lists.values, START, head, tail)
            coming = prefetch_sample(source, targets, order, min(t + AHEAD, n - 1), n_out)
            forward(weights, inputs, Slice(own, first.z), False, scale, first.b)
            coming = prefetch_piece(source, coming)
            if t + 1 < n:
                if two_steps:
                    found = begin_row(source, get(order, t + 1), lists, other)
                else:
                    tail = nonzeros(source, get(order, t + 1), lists, other)
            last = feed_forward(net, scale, memory)
            coming = prefetch_piece(source, coming)
            if two_steps and t + 1 < n:
                tail = end_row(source, get(order, t + 1), lists, other, found)
            if steps.showing:
                show(last, t, own, steps.out)
            if steps.judging:
                c = judge(targets, last, i, own)
                if not c < np.inf:
                    put(decay, 1, scale)
                    return cost, hits, t
                cost, hits = cost + c, hits + right(targets, last, i, own)
                if steps.learning:
                    eta, smaller = np.float64(get(steps.rates, t)), shrunk(steps, t, scale)
                    backpropagate(net, last, eta, eta / smaller, scale, memory)
                    prefetch_piece(source, coming)
                    update(weights, inputs, Slice(own, first.d))
                    scale = smaller
                    if scale < LEAST_SCALE or (steps.several and ending and scale != 1.0):
                        rescale_all(net, scale)
                        scale = 1.0
                if steps.several and ending:
                    close_epoch(decay, record, cost, hits)
                    record += 3
                    if t + 1 < n:
                        end, cost, hits = np.int64(get(decay, record)), 0.0, 0
        put(decay, 1, scale)
        return cost, hits, n

    one_pass.__name__ = name
    return one_pass


pass_narrow, pass_two_groups = passing(False, "narrow"), passing(True, "two_groups")
