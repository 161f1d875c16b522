"""One pass over samples: forward, judge, learn, one sample after the other.

`layers` and `strips` are tables with a row for each layer (see LAYER) and each strip of one; one
compiled pass serves every net of a dtype, whatever its depth and widths.

Every member of a team of threads runs the same pass. It has strips of each hidden layer for its
own, as its table of layers says: their outputs, the weights into them, and the rows of the output
layer's weights that they feed. What all must see lies in `shared`: the hidden activations, and the
parts of sums over a layer's strips, which everyone adds up in the same order: the first half of the
strips, the second half, both. Of this there are two copies, for even and odd samples, so that
nobody waits for those who still read. The output layer's z, activations and deltas, and the lists
of inputs, are worked out by everyone. So a member meets the others 2 h - 1 times a sample, with h
hidden layers, and a team of any size computes the same bits. While it waits for the outputs' sums
it lists the inputs of the next sample.

L2 makes all weights smaller at every sample: w -= eta * (dC/dw + l2 * w). That is one factor for
all of them, 1 - eta * l2, so it is kept apart: the weights are `scale` times those in params, and a
step is divided by it. When it has become small, all weights are multiplied by it. (Bottou,
'Stochastic gradient descent tricks', 2012, section 5.1.)
"""

from typing import Any, NamedTuple

import numpy as np

from .activations import activate, differentiate
from .blocks import SAMPLES, SINGLY, Block, begin_block, end_block, forward_in_block, keep_steps
from .codes import ONE, START
from .jit import entry, flat
from .layers import (
    NOTHING,
    Inputs,
    Slice,
    Sums,
    Weights,
    add_up,
    forward,
    learn,
    make_steps,
    rescale,
    step_biases,
    update,
)
from .losses import Targets, judge, right
from .samples import Lists, Source, nonzeros, prefetch_row
from .simd import get, put, raw
from .team import arrive, meet, wait

AHEAD = 3  # samples by which a row is asked for before it is learned
LEAST_SCALE = 2.0**-10


class Net(NamedTuple):
    """A net: its weights, its table of layers, the last one's place in it, and 0, 1, 2, ..."""

    weights: Any
    layers: Any
    top: Any
    all_inputs: Any  # (widest,): the list of a hidden layer's outputs, none of which is left out


class Steps(NamedTuple):
    """What a pass does: the samples in their order, a rate for each, l2 and scales, the outputs."""

    order: Any
    rates: Any
    decay: Any
    out: Any
    n: Any  # how many samples
    learning: Any
    judging: Any
    showing: Any
    several: Any  # whether it is several epochs


class Memory(NamedTuple):
    """What a pass writes to: with its team, in two halves for samples in turns; and alone."""

    shared: Any
    size: Any  # of a half
    own: Any
    lists: Any
    room: Any  # of a half of the lists
    block: Any


@flat
def first_forward(net, source, order, t, span, inputs, scale, memory):
    """z (pad,) of the first layer, of sample t: number span[0] of a block that has span[1]."""
    layer, block = get(net.layers, 0), memory.block
    if block.method == SINGLY:
        z, part = Slice(memory.own, layer.z), (layer.first, layer.last)
        forward(net.weights, layer, part, inputs, z, scale, layer.b)
    else:
        if span[0] == 0:
            begin_block(net.weights, layer, source, order, t, span[1], memory.lists, block)
        forward_in_block(net.weights, layer, span[0], block, scale, memory.own)


@flat
def leave_block(net, n, memory):
    """Weights (n_in, pad) of the first layer are those after n samples of its block."""
    layer, lists = get(net.layers, 0), memory.lists
    end_block(net.weights, layer, n, memory.block, lists.index, memory.room)


@flat
def first_learn(net, inputs, in_block, ending, memory):
    """Weights (n_in, pad) of the first layer += outer(inputs, steps): now, or as its block ends."""
    layer, block = get(net.layers, 0), memory.block
    if block.method == SINGLY:
        update(net.weights, layer, inputs, Slice(memory.own, layer.d))
    else:
        keep_steps(layer, in_block, block, memory.own)
        if ending:
            leave_block(net, in_block + 1, memory)


@flat
def feed_forward(net, scale, memory, half, member, flags):
    """From z (pad,) of the first layer, the hidden layers, and parts of the outputs' z.

    The parts are those of the member's strips of the last hidden layer.
    """
    weights, layers, top, all_inputs = net
    shared, own = memory.shared, memory.own
    for k in range(top):
        layer = get(layers, k)
        if k > 0:
            # The layer below is whole only when all members have written their part of it.
            if member.team > 1:
                meet(member, flags)
            below = get(layers, k - 1)
            inputs = Inputs(all_inputs, shared, half + below.a, START, below.pad)
            z, part = Slice(own, layer.z), (layer.first, layer.last)
            forward(weights, layer, part, inputs, z, scale, layer.b)
        activate(layer, layer.start, layer.stop, own, shared, half + layer.a)
    if top > 0:
        # No meeting here: a member feeds all outputs, but from its own strips of the layer below.
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
    """z and activations (pad,) of the output layer, from the parts of its z."""
    out = get(net.layers, net.top)
    if net.top > 0:
        parts = get(net.layers, net.top - 1).strips
        sums = Sums(memory.shared, half + out.sums, out.pad, parts)
        add_up(sums, START, out.pad, Slice(memory.own, out.z))
    activate(out, START, out.pad, memory.own, memory.own, out.a)


@flat
def backpropagate(net, eta, step, scale, memory, half, member, flags):
    """From the output layer's deltas (pad,), all deltas; parameters -= their gradients.

    Times eta, of biases, or times `step`, of weights. Going down, each layer's weights are used,
    and changed in the same pass over them. The first layer's are yet to be changed: by its deltas,
    which are left scaled by -step.
    """
    weights, layers, top, _ = net
    shared, own = memory.shared, memory.own
    for k in range(top, 0, -1):
        layer, below = get(layers, k), get(layers, k - 1)
        a, deltas = Slice(shared, half + below.a), Slice(own, layer.d)
        if k == top:
            # The outputs' weights are shared out by rows: a member has those of its own units
            # below, and so whole sums for their deltas.
            if below.start == 0 and below.stop > 0:  # its part of the outputs' sums has the biases
                step_biases(weights.params, layer, START, layer.pad, eta, own)
            part, span = (layer.strip, layer.strip + layer.strips), (below.start, below.stop)
            learn(weights, layer, part, span, step, a, deltas, Sums(own, below.d, START, ONE))
        else:
            # Hidden weights are shared out by columns: a member has parts of all the sums below,
            # which are whole only when the others have come.
            step_biases(weights.params, layer, layer.start, layer.stop, eta, own)
            part, span = (layer.first, layer.last), (START, below.pad)
            sums = Sums(shared, half + layer.sums, below.pad, layer.parts)
            learn(weights, layer, part, span, step, a, deltas, sums)
            if member.team > 1:
                meet(member, flags)
            add_up(sums, below.start, below.stop, Slice(own, below.d))
        differentiate(below, below.start, below.stop, scale, shared, a.at, own)
    layer = get(layers, 0)
    step_biases(weights.params, layer, layer.start, layer.stop, eta, own)
    make_steps(layer, layer.start, layer.stop, step, own)


@flat
def rescale_all(net, scale):
    """Multiply the member's weights."""
    weights, layers, top, _ = net
    for k in range(max(top, 1)):
        layer = get(layers, k)
        rows = layer.n_in if k == 0 else get(layers, k - 1).pad
        rescale(weights, (layer.first, layer.last), (START, rows), scale)
    if top > 0:
        out, below = get(layers, top), get(layers, top - 1)
        part = out.strip, out.strip + out.strips
        rescale(weights, part, (below.start, below.stop), scale)


@flat
def one_pass(net, source, targets, steps, memory, member, flags, cost):
    """What `epoch` says."""
    order, lists, own, decay = steps.order, memory.lists, memory.own, steps.decay
    last, blocks, n = get(net.layers, net.top), memory.block.method != SINGLY, steps.n
    scale, ahead, hits = get(decay, 1), SAMPLES if blocks else AHEAD, 0
    record, begin, end = START + 2, START, n  # of the epoch, where there are several
    if steps.several:
        end = np.int64(get(decay, record))
    tail = START
    if n > 0 and not blocks:
        tail = nonzeros(source, get(order, 0), lists, START)
    for t in range(n):
        i, half, head = get(order, t), t % 2 * memory.size, t % 2 * memory.room
        inputs = Inputs(lists.index, lists.values, START, head, tail)
        in_block, ending = (t - begin) % SAMPLES, t + 1 == end
        if t + ahead < n:
            prefetch_row(source, get(order, t + ahead))
        span = in_block, min(SAMPLES, end - t)
        first_forward(net, source, order, t, span, inputs, scale, memory)
        feed_forward(net, scale, memory, half, member, flags)
        # The parts of the outputs' z are written. While the others come, list the next inputs.
        if member.team > 1:
            arrive(member, flags)
        if t + 1 < n and not blocks:
            tail = nonzeros(source, get(order, t + 1), lists, memory.room - head)
        if member.team > 1:
            wait(member, flags)
        answer(net, memory, half)
        if steps.showing:
            for j in range(last.n_out):
                put(steps.out, t * last.n_out + j, get(own, last.a + j))
        if steps.judging:
            c = judge(targets, last, i, own)
            if not c < np.inf:
                if blocks:
                    leave_block(net, in_block, memory)
                put(decay, 1, scale)
                return cost, hits, t
            cost += c
            hits += right(targets, last, i, own)
            if steps.learning:
                # The weights are w = scale * what is stored. w -= eta (dC/dw + l2 w) is a smaller
                # scale, and a step of what is stored that is divided by it.
                eta = np.float64(get(steps.rates, t))
                smaller = scale * (1.0 - eta * get(decay, 0))
                backpropagate(net, eta, eta / smaller, scale, memory, half, member, flags)
                scale, whole = smaller, not blocks or in_block + 1 == SAMPLES or ending
                first_learn(net, inputs, in_block, whole, memory)
                if whole and (scale < LEAST_SCALE or (steps.several and ending and scale != 1.0)):
                    rescale_all(net, scale)
                    scale = 1.0
            if steps.several and ending:
                put(decay, record + 1, cost)
                put(decay, record + 2, np.float64(hits))
                record, begin = record + 3, end
                if t + 1 < n:
                    end, cost, hits = np.int64(get(decay, record)), 0.0, 0
    put(decay, 1, scale)
    return cost, hits, n


@entry
def epoch(
    params, layers, strips, loss, data, dtype, indptr, indices, byte_values, labels, numbers, order,
    rates, decay, index, all_inputs, values, method, block, shared, own, member, flags, cost, out,
):  # fmt: skip
    """One pass over the samples that `order` names, by one member of a team.

    Learn from each, where there are rates: one a sample. Write the output layer's activations to
    out (len(order) * n_out,), where it is given. Judge the outputs, where there are labels
    (samples,) or numbers (samples * n_out,). Return `cost` and the sum of the costs, the number of
    right answers, each from before the sample was learned, and the number of samples: fewer if a
    cost is not finite.

    `method` says whether the first layer learns by blocks of samples (see blocks.py). `decay` holds
    l2 and the scale of all weights, which is left there as it is in the end. Where it goes on, the
    pass is several epochs, and it has three numbers for each: how many steps end with it, and room
    for its cost and its number of right answers.
    """
    classes, learning = len(labels) > 0, len(rates) > 0
    # What belongs together is packed here: a call with tuples takes three times as long.
    weights = Weights(raw(params), raw(strips))
    net = Net(weights, raw(layers), len(layers) - 1, raw(all_inputs))
    source = Source(
        raw(data), dtype, len(indptr) > 0, raw(indptr), raw(indices), raw(byte_values),
        get(net.layers, 0).n_in,
    )  # fmt: skip
    targets = Targets(loss, classes, raw(labels), raw(numbers))
    steps = Steps(
        raw(order), raw(rates), raw(decay), raw(out), len(order), learning,
        classes or len(numbers) > 0, len(out) > 0, len(decay) > 2,
    )  # fmt: skip
    lists, block = Lists(raw(index), raw(values)), Block(raw(block), method if learning else SINGLY)
    memory = Memory(raw(shared), len(shared) // 2, raw(own), lists, len(index) // 2, block)
    return one_pass(net, source, targets, steps, memory, get(raw(member), 0), raw(flags), cost)
