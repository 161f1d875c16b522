"""One pass over samples: forward, judge, learn, one sample after the other.

`layers` and `strips` are tables with a row for each layer (see LAYER) and for each of its strips
(see STRIP). One compiled pass serves every net of a dtype, whatever its depth and widths.

Teams. Every thread of a team, a member, runs the same pass. Its table of layers says which strips
of each hidden layer are its own: it computes their outputs, the weights into them, and the rows of
the output layer's weights that they feed. `shared` holds what all members read: the hidden
activations, and the parts of sums over a layer's strips. Everyone adds up these parts in the same
order: the first half of the strips, the second half, then both. There are two copies of `shared`,
for even and odd samples, so that nobody waits for a member that still reads. Every member computes
the output layer's z, activations and deltas, and the lists of inputs, for itself. So a team meets
2 h - 1 times a sample, with h hidden layers, and a team of any size computes the same bits. While a
member waits for the outputs' sums, it lists the inputs of the next sample.

L2. Each sample shrinks all weights: w -= eta * (dC/dw + l2 * w). The factor 1 - eta * l2 is the
same for all of them, so the pass keeps it apart: the weights are `scale` times those in params, and
a step is divided by `scale`. When `scale` has become small, all weights are multiplied by it.
(Bottou, 'Stochastic gradient descent tricks', 2012, section 5.1.)
"""

from typing import Any, NamedTuple

import numpy as np

from .activations import activate, differentiate
from .active import list_below, listed_inputs, spread
from .codes import ALL_INPUTS, ONE, START
from .jit import flat
from .layers import (
    NOTHING,
    Inputs,
    Slice,
    Sums,
    add_up,
    forward,
    learn,
    make_steps,
    rescale,
    step_biases,
    update,
)
from .losses import judge, right
from .samples import nonzeros, prefetch_piece, prefetch_sample
from .simd import get, put
from .team import arrive, meet, wait

AHEAD = 5  # a row is prefetched so many samples before it is learned
LEAST_SCALE = 2.0**-10


class Net(NamedTuple):
    """A net: its weights, and its table of layers."""

    weights: Any
    layers: Any
    top: Any  # the index of the last layer
    all_inputs: Any  # (widest,): 0, 1, 2, ..., the list of all outputs of a hidden layer


class Steps(NamedTuple):
    """The samples of a pass, and what it does with each."""

    order: Any  # the samples
    rates: Any  # a rate for each
    decay: Any  # l2 and the scale: see `pass_by_rows`
    out: Any  # room for the outputs
    n: Any  # the number of samples
    learning: Any
    judging: Any
    showing: Any
    several: Any  # True if the pass is several epochs


class Memory(NamedTuple):
    """The memory that a pass writes to: the team's and the member's own."""

    shared: Any  # the team's: a half for even samples, a half for odd ones
    size: Any  # of a half
    own: Any
    lists: Any  # in two halves, too
    room: Any  # of a half of the lists
    block: Any
    active: Any  # the lists of active units


@flat
def layer_inputs(net, k, memory, half):
    """The inputs of hidden layer k > 0: the units below, or those that are listed as active."""
    layer, below = get(net.layers, k), get(net.layers, k - 1)
    if layer.active != ALL_INPUTS:
        return listed_inputs(layer, memory.active)
    return Inputs(net.all_inputs, memory.shared, half + below.a, START, below.pad)


@flat
def feed_forward(net, scale, memory, half, member, flags):
    """From z (pad,) of the first layer, compute the hidden layers and parts of the outputs' z.

    The parts come from the member's strips of the last hidden layer.
    """
    weights, layers, top, all_inputs = net
    shared, own = memory.shared, memory.own
    for k in range(top):
        layer = get(layers, k)
        if k > 0:
            # The layer below is complete once all members have written their parts.
            if member.team > 1:
                meet(member, flags)
            if layer.active != ALL_INPUTS:
                below = get(layers, k - 1)
                list_below(layer, Slice(shared, half + below.a), below.pad, memory.active)
            inputs = layer_inputs(net, k, memory, half)
            z, part = Slice(own, layer.z), (layer.first, layer.last)
            forward(weights, layer, part, inputs, z, scale, layer.b)
        activate(layer, layer.start, layer.stop, own, shared, half + layer.a)
    if top > 0:
        # This needs no meeting: a member feeds all outputs, from its own strips of the layer below.
        out, below = get(layers, top), get(layers, top - 1)
        part = out.strip, out.strip + out.strips
        for s in range(below.first, below.last):
            start, stop = get(weights.strips, s).j, get(weights.strips, s + 1).j
            inputs = Inputs(all_inputs, shared, half + below.a, start, stop)
            i = s - below.strip
            z = Slice(shared, half + out.sums + i * out.pad)
            forward(weights, out, part, inputs, z, scale, out.b if i == 0 else NOTHING)


@flat
def answer(net, memory, half):
    """Compute z and activations (pad,) of the output layer from the parts of its z."""
    out = get(net.layers, net.top)
    if net.top > 0:
        parts = get(net.layers, net.top - 1).strips
        sums = Sums(memory.shared, half + out.sums, out.pad, parts)
        add_up(sums, START, out.pad, Slice(memory.own, out.z))
    activate(out, START, out.pad, memory.own, memory.own, out.a)


@flat
def backpropagate(net, eta, step, scale, memory, half, member, flags):
    """From the output layer's deltas (pad,), compute all deltas and change the parameters.

    biases -= eta * gradient, weights -= step * gradient. Going down, one pass over a layer's
    weights uses the old ones and changes them. The first layer's weights are not changed here: its
    deltas are left multiplied by -step for `first_learn`.
    """
    weights, layers, top, all_inputs = net
    shared, own = memory.shared, memory.own
    for k in range(top, 0, -1):
        layer, below = get(layers, k), get(layers, k - 1)
        at, deltas = half + below.a, Slice(own, layer.d)
        if k == top:
            # The outputs' weights are shared out by rows. A member has the rows of its own units
            # below, and so computes whole sums for their deltas.
            if below.start == 0 and below.stop > 0:  # the member that also adds the biases
                step_biases(weights.params, layer, START, layer.pad, eta, own)
            part = layer.strip, layer.strip + layer.strips
            inputs = Inputs(all_inputs, shared, at, below.start, below.stop)
            learn(weights, layer, part, inputs, step, deltas, Sums(own, below.d, START, ONE))
        else:
            # Hidden weights are shared out by columns. A member computes parts of all the sums
            # below, which are complete only after a meeting.
            step_biases(weights.params, layer, layer.start, layer.stop, eta, own)
            part, inputs = (layer.first, layer.last), layer_inputs(net, k, memory, half)
            sums = Sums(shared, half + layer.sums - inputs.start, below.pad, layer.parts)
            learn(weights, layer, part, inputs, step, deltas, sums)
            if member.team > 1:
                meet(member, flags)
            if layer.active != ALL_INPUTS:  # the slope of relu comes from a: z is free
                compact = Slice(own, below.z - inputs.start)
                add_up(sums, inputs.start, inputs.stop, compact)
                spread(compact, inputs, below.pad, Slice(own, below.d))
            else:
                add_up(sums, below.start, below.stop, Slice(own, below.d))
        differentiate(below, below.start, below.stop, scale, shared, at, own)
    layer = get(layers, 0)
    step_biases(weights.params, layer, layer.start, layer.stop, eta, own)
    make_steps(layer, layer.start, layer.stop, step, own)


@flat
def shrunk(steps, t, scale):
    """Return the scale after sample t.

    The weights are w = scale * v, where v is stored. So w -= eta (dC/dw + l2 w) makes the scale
    smaller, and v -= eta / (the new scale) * dC/dw.
    """
    return scale * (1.0 - np.float64(get(steps.rates, t)) * get(steps.decay, 0))


@flat
def rescale_upper(net, scale):
    """Multiply the member's weights above the first layer by the scale."""
    weights, layers, top, _ = net
    for k in range(1, top):
        layer = get(layers, k)
        rescale(weights, (layer.first, layer.last), (START, get(layers, k - 1).pad), scale)
    if top > 0:
        out, below = get(layers, top), get(layers, top - 1)
        part = out.strip, out.strip + out.strips
        rescale(weights, part, (below.start, below.stop), scale)


@flat
def show(layer, t, own, out):
    """Write the activations of the output layer for sample t to `out`."""
    for j in range(layer.n_out):
        put(out, t * layer.n_out + j, get(own, layer.a + j))


@flat
def close_epoch(decay, record, cost, hits):
    """Note the cost and the hits of one of several epochs."""
    put(decay, record + 1, cost)
    put(decay, record + 2, np.float64(hits))


@flat
def pass_by_rows(net, source, targets, steps, memory, member, flags, cost):
    """Pass over the samples that steps.order names, as one member of a team.

    If there are rates, one a sample, learn from each sample. If there are targets, judge the
    outputs. If `out` has room (n * n_out,), write the output layer's activations to it.

    Return the sum of `cost` and the samples' costs, the number of right answers, and the number of
    samples. Costs and answers are from before a sample is learned. The pass ends early at a cost
    that is not finite.

    `decay` holds l2 and the scale of all weights; the pass writes the final scale there. If it has
    more numbers, the pass is several epochs, with three numbers for each: the number of samples up
    to its end, and room for its cost and its number of right answers.
    """
    order, lists, own, decay = steps.order, memory.lists, memory.own, steps.decay
    first, last, n = get(net.layers, 0), get(net.layers, net.top), steps.n
    scale, hits = get(decay, 1), 0
    record, end = START + 2, n  # of the current epoch, if there are several
    if steps.several:
        end = np.int64(get(decay, record))
    tail = START
    if n > 0:
        tail = nonzeros(source, get(order, 0), lists, START)
    for t in range(n):
        i, half, head = get(order, t), t % 2 * memory.size, t % 2 * memory.room
        inputs = Inputs(lists.index, lists.values, START, head, tail)
        coming = prefetch_sample(source, targets, order, min(t + AHEAD, n - 1), last.n_out)
        z, part = Slice(own, first.z), (first.first, first.last)
        forward(net.weights, first, part, inputs, z, scale, first.b)
        coming = prefetch_piece(source, coming)
        feed_forward(net, scale, memory, half, member, flags)
        # The parts of the outputs' z are written. While others finish theirs, list the next inputs.
        if member.team > 1:
            arrive(member, flags)
        if t + 1 < n:
            tail = nonzeros(source, get(order, t + 1), lists, memory.room - head)
        if member.team > 1:
            wait(member, flags)
        coming = prefetch_piece(source, coming)
        answer(net, memory, half)
        if steps.showing:
            show(last, t, own, steps.out)
        if steps.judging:
            c = judge(targets, last, i, own)
            if not c < np.inf:
                put(decay, 1, scale)
                return cost, hits, t
            cost += c
            hits += right(targets, last, i, own)
            ending = t + 1 == end
            if steps.learning:
                eta, smaller = np.float64(get(steps.rates, t)), shrunk(steps, t, scale)
                backpropagate(net, eta, eta / smaller, scale, memory, half, member, flags)
                prefetch_piece(source, coming)
                update(net.weights, first, inputs, Slice(own, first.d))
                scale = smaller
                if scale < LEAST_SCALE or (steps.several and ending and scale != 1.0):
                    rescale(net.weights, part, (START, first.n_in), scale)
                    rescale_upper(net, scale)
                    scale = 1.0
            if steps.several and ending:
                close_epoch(decay, record, cost, hits)
                record += 3
                if t + 1 < n:
                    end, cost, hits = np.int64(get(decay, record)), 0.0, 0
    put(decay, 1, scale)
    return cost, hits, n
