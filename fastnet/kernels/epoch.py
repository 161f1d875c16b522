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
from .blocks import SAMPLES, begin_block, end_block, forward_in_block, keep_steps
from .codes import ONE, START
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
    decay: Any  # l2 and the scale: see `passing`
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


@flat
def forward_row(net, inputs, scale, memory):
    """z (pad,) of the first layer for one sample."""
    layer = get(net.layers, 0)
    part, z = (layer.first, layer.last), Slice(memory.own, layer.z)
    forward(net.weights, layer, part, inputs, z, scale, layer.b)


@flat
def enter_block(net, source, order, t, span, scale, memory):
    """z (pad,) of the first layer for sample t, which is number span[0] of span[1] in a block."""
    layer, block = get(net.layers, 0), memory.block
    if span[0] == 0:
        begin_block(net.weights, layer, source, order, t, span[1], memory.lists, block)
    forward_in_block(net.weights, layer, span[0], block, scale, memory.own)


@flat
def step_in_block(net, in_block, whole, memory):
    """Keep the steps of a sample; apply those of the block if it is whole."""
    keep_steps(get(net.layers, 0), in_block, memory.block, memory.own)
    if whole:
        leave_block(net, in_block + 1, memory)


@flat
def leave_block(net, n, memory):
    """Bring the weights (n_in, pad) of the first layer up to date with n samples of the block."""
    layer, lists = get(net.layers, 0), memory.lists
    end_block(net.weights, layer, n, memory.block, lists.index, memory.room)


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
            below = get(layers, k - 1)
            inputs = Inputs(all_inputs, shared, half + below.a, START, below.pad)
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
    weights, layers, top, _ = net
    shared, own = memory.shared, memory.own
    for k in range(top, 0, -1):
        layer, below = get(layers, k), get(layers, k - 1)
        a, deltas = Slice(shared, half + below.a), Slice(own, layer.d)
        if k == top:
            # The outputs' weights are shared out by rows. A member has the rows of its own units
            # below, and so computes whole sums for their deltas.
            if below.start == 0 and below.stop > 0:  # the member that also adds the biases
                step_biases(weights.params, layer, START, layer.pad, eta, own)
            part, span = (layer.strip, layer.strip + layer.strips), (below.start, below.stop)
            learn(weights, layer, part, span, step, a, deltas, Sums(own, below.d, START, ONE))
        else:
            # Hidden weights are shared out by columns. A member computes parts of all the sums
            # below, which are complete only after a meeting.
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
def descend(net, eta, scale, l2, memory, half, member, flags):
    """Change the parameters, but for the first layer's weights; return the new scale."""
    # The weights are w = scale * v, where v is stored. So w -= eta (dC/dw + l2 w) makes the scale
    # smaller, and v -= eta / (the new scale) * dC/dw.
    smaller = scale * (1.0 - eta * l2)
    backpropagate(net, eta, eta / smaller, scale, memory, half, member, flags)
    return smaller


@flat
def rescale_all(net, scale):
    """Multiply the member's weights by the scale."""
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
def settle(net, scale, anyway):
    """Let the weights take over a small scale, or any; return the scale that is left."""
    if scale < LEAST_SCALE or (anyway and scale != 1.0):
        rescale_all(net, scale)
        scale = 1.0
    return scale


@flat
def show(net, t, own, out):
    """Write the activations of the output layer to row t of `out`."""
    last = get(net.layers, net.top)
    for j in range(last.n_out):
        put(out, t * last.n_out + j, get(own, last.a + j))


@flat
def close_epoch(decay, record, cost, hits):
    """Write the results of one of several epochs."""
    put(decay, record + 1, cost)
    put(decay, record + 2, np.float64(hits))


def passing(blocks, name):
    """Make a form of the pass: sample by sample, or with the first layer by blocks.

    It passes over the samples that steps.order names, as one member of a team. If there are rates,
    one a sample, it learns from each sample. If there are targets, it judges the outputs. If `out`
    has room (n * n_out,), it writes the output layer's activations to it.

    It returns the sum of `cost` and the samples' costs, the number of right answers, and the number
    of samples. Costs and answers are from before a sample is learned. The pass ends early at a cost
    that is not finite.

    `decay` holds l2 and the scale of all weights; the pass writes the final scale there. If it has
    more numbers, the pass is several epochs, with three numbers for each: the number of samples up
    to its end, and room for its cost and its number of right answers.
    """

    @flat
    def one_pass(net, source, targets, steps, memory, member, flags, cost):
        order, decay, n, lists, own = steps.order, steps.decay, steps.n, memory.lists, memory.own
        first, last, tail = get(net.layers, 0), get(net.layers, net.top), START
        scale, ahead, hits = get(decay, 1), SAMPLES if blocks else AHEAD, 0
        record, begin, end = START + 2, START, n  # of the current epoch, if there are several
        if steps.several:
            end = np.int64(get(decay, record))
        if n > 0 and not blocks:
            tail = nonzeros(source, get(order, 0), lists, START)
        for t in range(n):
            i, half, head = get(order, t), t % 2 * memory.size, t % 2 * memory.room
            inputs = Inputs(lists.index, lists.values, START, head, tail)
            in_block, ending, whole = (t - begin) % SAMPLES, t + 1 == end, True
            coming = prefetch_sample(source, targets, order, min(t + ahead, n - 1), last.n_out)
            if blocks:
                span, whole = (in_block, min(SAMPLES, end - t)), in_block + 1 == SAMPLES or ending
                enter_block(net, source, order, t, span, scale, memory)
            else:
                forward_row(net, inputs, scale, memory)
            prefetch_piece(source, coming, 1)
            feed_forward(net, scale, memory, half, member, flags)
            # While others finish the parts of the outputs' z, list the next inputs.
            if member.team > 1:
                arrive(member, flags)
            if t + 1 < n and not blocks:
                tail = nonzeros(source, get(order, t + 1), lists, memory.room - head)
            if member.team > 1:
                wait(member, flags)
            prefetch_piece(source, coming, 2)
            answer(net, memory, half)
            if steps.showing:
                show(net, t, own, steps.out)
            if steps.judging:
                c = judge(targets, last, i, own)
                if not c < np.inf:
                    if blocks:
                        leave_block(net, in_block, memory)
                    put(decay, 1, scale)
                    return cost, hits, t
                cost, hits = cost + c, hits + right(targets, last, i, own)
                if steps.learning:
                    eta = np.float64(get(steps.rates, t))
                    scale = descend(net, eta, scale, get(decay, 0), memory, half, member, flags)
                    prefetch_piece(source, coming, 3)
                    if blocks:
                        step_in_block(net, in_block, whole, memory)
                    else:
                        update(net.weights, first, inputs, Slice(own, first.d))
                    if whole:
                        scale = settle(net, scale, steps.several and ending)
                if steps.several and ending:
                    close_epoch(decay, record, cost, hits)
                    record, begin = record + 3, end
                    if t + 1 < n:
                        end, cost, hits = np.int64(get(decay, record)), 0.0, 0
        put(decay, 1, scale)
        return cost, hits, n

    one_pass.__name__ = name
    return one_pass


pass_by_rows, pass_by_blocks = passing(False, "rows"), passing(True, "blocks")
