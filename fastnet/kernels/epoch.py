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

import numpy as np

from .activations import activate, differentiate
from .blocks import SAMPLES, SINGLY, begin_block, end_block, forward_in_block, keep_steps
from .jit import entry, flat, sources_digest
from .layers import (
    NOTHING,
    add_up,
    forward,
    learn,
    make_steps,
    rescale,
    step_biases,
    update,
)
from .losses import judge, right
from .samples import nonzeros, prefetch_row
from .simd import get, put, raw
from .team import arrive, meet, wait

# Typed: a literal would make Numba compile another variant.
START, ONE = np.int64(0), np.int64(1)
AHEAD = 3  # samples by which a row is asked for before it is learned
LEAST_SCALE = 2.0**-10


@flat
def feed_forward(params, layers, top, strips, every, scale, shared, half, own, member, flags):
    """From the z of the first layer, the hidden layers, and parts of the sums of the outputs' z.

    The parts are those of the member's strips of the last hidden layer.
    """
    out = get(layers, top)
    end = out.strip + out.strips
    for k in range(top):
        layer = get(layers, k)
        first, last = layer.first, layer.last
        if k > 0:
            if member.team > 1:
                meet(member, flags)
            below = get(layers, k - 1)
            forward(
                params, layer, strips, first, last, every, shared, half + below.a, START, below.pad,
                own, layer.z, scale, layer.b,
            )  # fmt: skip
        activate(layer, layer.start, layer.stop, own, shared, half + layer.a)
    if top > 0:
        below = get(layers, top - 1)
        at, sums = half + below.a, half + out.sums
        for s in range(below.first, below.last):
            start, stop = get(strips, s).j, get(strips, s + 1).j
            part = s - below.strip
            base = out.b if part == 0 else NOTHING
            forward(
                params, out, strips, out.strip, end, every, shared, at, start, stop, shared,
                sums + part * out.pad, scale, base,
            )  # fmt: skip


@flat
def answer(layers, top, shared, half, own):
    """z and activations of the output layer, from the parts of the sums."""
    out = get(layers, top)
    if top > 0:
        parts = get(layers, top - 1).strips
        add_up(shared, half + out.sums, parts, out.pad, START, out.pad, own, out.z)
    activate(out, START, out.pad, own, own, out.a)


@flat
def backpropagate(
    params, layers, top, strips, eta, step, scale, shared, half, own, member, flags
):  # fmt: skip
    """From the output layer's deltas, the deltas of all layers; parameters -= their gradients.

    Times eta, of biases, or times `step`, of weights. Going down, each layer's weights are used,
    and changed in the same pass over them. The first layer's are yet to be changed: by its deltas,
    which are left scaled by -step.
    """
    for k in range(top, 0, -1):
        layer, below = get(layers, k), get(layers, k - 1)
        first, last, at = layer.first, layer.last, half + below.a
        if k == top:
            if below.start == 0 and below.stop > 0:  # its part of the outputs' sums has the biases
                step_biases(params, layer, START, layer.pad, eta, own)
            learn(
                params, layer, strips, layer.strip, layer.strip + layer.strips, below.start,
                below.stop, step, shared, at, own, own, below.d, START, ONE,
            )  # fmt: skip
        else:
            step_biases(params, layer, layer.start, layer.stop, eta, own)
            sums, pad = half + layer.sums, below.pad
            learn(
                params, layer, strips, first, last, START, pad, step, shared, at, own, shared, sums,
                pad, layer.parts,
            )  # fmt: skip
            if member.team > 1:
                meet(member, flags)
            add_up(shared, sums, layer.parts, pad, below.start, below.stop, own, below.d)
        differentiate(below, below.start, below.stop, scale, shared, at, own)
    layer = get(layers, 0)
    step_biases(params, layer, layer.start, layer.stop, eta, own)
    make_steps(layer, layer.start, layer.stop, step, own)


@flat
def rescale_all(params, layers, top, strips, scale):
    """Multiply the member's weights."""
    for k in range(max(top, 1)):
        layer = get(layers, k)
        rows = layer.n_in if k == 0 else get(layers, k - 1).pad
        rescale(params, strips, layer.first, layer.last, START, rows, scale)
    if top > 0:
        out, below = get(layers, top), get(layers, top - 1)
        end = out.strip + out.strips
        rescale(params, strips, out.strip, end, below.start, below.stop, scale)


def make_epoch(sources):
    """The compiled pass; the digest of its sources belongs to its key in the cache."""

    @entry
    def epoch(
        params, layers, strips, loss, data, kind, indptr, indices, unit, labels, targets, order,
        rates, decay, index, every, values, method, block, shared, own, member, flags, cost, out,
    ):  # fmt: skip
        """One pass over the samples that `order` names, by one member of a team.

        Learns from each, where there are rates: one a sample. Writes the output layer's activations
        to out (len(order) * n_out,), where it is given. Judges the outputs, where there are labels
        or targets. Returns `cost` and the sum of the costs, the number of right answers, each taken
        before the sample was learned, and the number of samples: fewer if a cost is not finite.

        `method` says whether the first layer learns by blocks of samples (see blocks.py). `decay`
        holds l2 and the scale of all weights, which is left there as it is in the end. Where it
        goes on, the pass is several epochs, and it has three numbers for each: how many steps end
        with it, and room for its cost and its number of right answers.
        """
        sources  # noqa: B018
        sparse, classes = len(indptr) > 0, len(labels) > 0
        judging, learning, showing = classes or len(targets) > 0, len(rates) > 0, len(out) > 0
        size, room, n, top = len(shared) // 2, len(index) // 2, len(order), len(layers) - 1
        blocks, several = learning and method != SINGLY, len(decay) > 2
        params, data, indptr, indices = raw(params), raw(data), raw(indptr), raw(indices)
        unit, labels, targets = raw(unit), raw(labels), raw(targets)
        index, every, values, block = raw(index), raw(every), raw(values), raw(block)
        shared, own, flags = raw(shared), raw(own), raw(flags)
        layers, strips, order = raw(layers), raw(strips), raw(order)
        rates, decay, out, member = raw(rates), raw(decay), raw(out), get(raw(member), 0)
        l2, scale = get(decay, 0), get(decay, 1)
        layer, last = get(layers, 0), get(layers, top)
        source = data, kind, sparse, indptr, indices, unit, layer.n_in
        ahead = SAMPLES if blocks else AHEAD
        hits = 0
        record, begin, end = START + 2, START, n  # of the epoch, where there are several
        if several:
            end = np.int64(get(decay, record))
        following = START
        if n > 0 and not blocks:
            following = nonzeros(source, get(order, 0), index, values, START)
        for t in range(n):
            i, head, tail, half = get(order, t), t % 2 * room, following, t % 2 * size
            in_block, ending = (t - begin) % SAMPLES, t + 1 == end
            if t + ahead < n:
                prefetch_row(source, get(order, t + ahead))
            if blocks:
                if in_block == 0:
                    begin_block(
                        params, layer, strips, source, order, t, min(SAMPLES, end - t), index,
                        values, block, method,
                    )  # fmt: skip
                forward_in_block(params, layer, strips, in_block, block, method, scale, own)
            else:
                forward(
                    params, layer, strips, layer.first, layer.last, index, values, START, head,
                    tail, own, layer.z, scale, layer.b,
                )  # fmt: skip
            feed_forward(
                params, layers, top, strips, every, scale, shared, half, own, member, flags
            )  # fmt: skip
            if member.team > 1:
                arrive(member, flags)
            if t + 1 < n and not blocks:  # while the others come
                following = nonzeros(source, get(order, t + 1), index, values, room - head)
            if member.team > 1:
                wait(member, flags)
            answer(layers, top, shared, half, own)
            if showing:
                for j in range(last.n_out):
                    put(out, t * last.n_out + j, get(own, last.a + j))
            if judging:
                c = judge(loss, last, classes, labels, targets, i, own)
                if not c < np.inf:
                    if blocks:
                        end_block(params, layer, strips, in_block, block, index, room)
                    put(decay, 1, scale)
                    return cost, hits, t
                cost += c
                hits += right(loss, last, classes, labels, targets, i, own)
                if learning:
                    eta = np.float64(get(rates, t))
                    smaller = scale * (1.0 - eta * l2)
                    backpropagate(
                        params, layers, top, strips, eta, eta / smaller, scale, shared, half, own,
                        member, flags,
                    )  # fmt: skip
                    scale = smaller
                    whole = not blocks or in_block + 1 == SAMPLES or ending
                    if not blocks:
                        update(
                            params, layer, strips, layer.first, layer.last, index, values, head,
                            tail, own, layer.d,
                        )  # fmt: skip
                    else:
                        keep_steps(layer, in_block, block, own)
                        if whole:
                            end_block(params, layer, strips, in_block + 1, block, index, room)
                    if whole and (scale < LEAST_SCALE or (several and ending and scale != 1.0)):
                        rescale_all(params, layers, top, strips, scale)
                        scale = 1.0
                if several and ending:
                    put(decay, record + 1, cost)
                    put(decay, record + 2, np.float64(hits))
                    record, begin = record + 3, end
                    if t + 1 < n:
                        end, cost, hits = np.int64(get(decay, record)), 0.0, 0
        put(decay, 1, scale)
        return cost, hits, n

    return epoch


epoch = make_epoch(sources_digest())
