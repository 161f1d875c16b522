"""A pass that learns, with the first layer by blocks of samples: see blocks.py.

Teams. In a deep net, the members share every sample, as in epoch.py, and each has its own columns
of the first layer. If the first layer has most of the work, one member leads. It alone computes
the upper layers of all samples. The helpers have columns of the first layer, as the leader has, and
make the products. So a team meets twice for each block, not for each sample:

    leader                                      helpers
    end of the last block, own columns          the same
    list the inputs of this block
    W x of this block, own columns              the same
    meet
    the samples of this block: all corrections  list the inputs of the next block,
    and steps                                   and make their products
    meet

From core to core go W x and products, and back the steps. The sums are the same in all cases.
"""

import numpy as np

from .blocks import end_block, forward_in_block, keep_steps, prefetch_in_block, project
from .codes import START
from .epoch import (
    LEAST_SCALE,
    answer,
    backpropagate,
    close_epoch,
    feed_forward,
    rescale_upper,
    show,
    shrunk,
)
from .jit import flat
from .layers import rescale
from .listed import SAMPLES, Block, lay_out, multiply
from .losses import judge, right
from .samples import prefetch_piece, prefetch_sample
from .simd import get, put
from .team import arrive, meet


@flat
def numbered(block, number):
    """The memory of block `number`. A helper lists a block while the last one is still in use."""
    half = number % 2 if block.crew.me > 0 else START
    inputs, x, rows, start, lists, shared, _, crew = block
    products = number % 2 * SAMPLES * SAMPLES
    return Block(inputs, half * x, rows, half * start, lists, shared, products, crew)


@flat
def own_part(layer, crew):
    """The strips of the first layer whose weights are this member's: from first to before last."""
    strips = layer.last - layer.first
    return (
        layer.first + strips * crew.me // crew.team,
        layer.first + strips * (crew.me + 1) // crew.team,
    )


@flat
def learn_sample(net, source, targets, steps, t, i, coming, scale, memory, block, member, flags):
    """Learn sample t, number i of its block; return its cost, whether it was right, and the scale.

    Meanwhile the rest of row `coming` is prefetched.

    If the cost is not finite, nothing is learned.
    """
    layer, own, half = get(net.layers, 0), memory.own, t % 2 * memory.size
    last, place, hit = get(net.layers, net.top), get(steps.order, t), False
    part = layer.first, layer.last
    forward_in_block(net.weights, layer, part, i, block, scale, own)
    coming = prefetch_piece(source, coming)
    feed_forward(net, scale, memory, half, member, flags)
    if member.team > 1:
        meet(member, flags)
    coming = prefetch_piece(source, coming)
    answer(net, memory, half)
    if steps.showing:
        show(last, t, own, steps.out)
    c = judge(targets, last, place, own)
    if c < np.inf:
        hit = right(targets, last, place, own)
        eta, smaller = np.float64(get(steps.rates, t)), shrunk(steps, t, scale)
        backpropagate(net, eta, eta / smaller, scale, memory, half, member, flags)
        prefetch_piece(source, coming)
        keep_steps(net.weights, layer, part, i, block, own)
        scale = smaller
    return c, hit, scale


@flat
def learn_samples(net, source, targets, steps, span, so_far, memory, block, member, flags):
    """Learn the samples of a block up to a cost that is not finite.

    Return the cost, the hits and the scale, and how many samples are learned.
    """
    t, stop = span
    cost, hits, scale = so_far
    layer, n_out = get(net.layers, 0), get(net.layers, net.top).n_out
    for i in range(stop - t):
        coming = min(t + i + SAMPLES, steps.n - 1)
        coming = prefetch_sample(source, targets, steps.order, coming, n_out)
        if i + 1 < stop - t and block.crew.team > 1:
            prefetch_in_block(net.weights, layer, (layer.first, layer.last), i + 1, block)
        c, hit, scale = learn_sample(
            net, source, targets, steps, t + i, i, coming, scale, memory, block, member, flags
        )
        if not c < np.inf:
            return cost, hits, scale, i
        cost += c
        hits += hit
    return cost, hits, scale, stop - t


@flat
def shrunk_by_all(steps, start, stop, scale):
    """Return the scale after samples start ... stop - 1."""
    for t in range(start, stop):
        scale = shrunk(steps, t, scale)
    return scale


@flat
def lay_out_all(source, order, span, layer, block, multiplying):
    """Lay out the samples from span[0] to before span[1], and make their products if asked."""
    lay_out(source, order, span[0], span[1], block)
    if multiplying:
        multiply(layer.n_in, block)


@flat
def pass_by_blocks(net, source, targets, steps, memory, member, flags, cost):
    """Learn as `pass_by_rows` does, by blocks."""
    layer, order, decay, n = get(net.layers, 0), steps.order, steps.decay, steps.n
    crew = memory.block.crew
    part, leading, alone = own_part(layer, crew), crew.me == 0, crew.team == 1
    scale, hits, t, number, done = get(decay, 1), 0, START, START, START
    record, end = START + 2, n  # of the current epoch, if there are several
    if steps.several:
        end = np.int64(get(decay, record))
    stop = min(SAMPLES, end)
    if not leading:
        lay_out_all(source, order, (t, stop), layer, numbered(memory.block, number), True)
    while t < n:
        block, after = numbered(memory.block, number), numbered(memory.block, number + 1)
        ending = stop == end
        if ending and stop < n:
            end = np.int64(get(decay, record + 3))
        span, next_span = (t, stop), (stop, min(stop + SAMPLES, end))
        if leading:
            lay_out_all(source, order, span, layer, block, alone)
        project(net.weights, layer, part, stop - t, block)
        if leading:
            if not alone:
                meet(crew, flags)
            so_far = cost, hits, scale
            cost, hits, scale, done = learn_samples(
                net, source, targets, steps, span, so_far, memory, block, member, flags
            )
            if not alone:
                put(flags, 1, done)
                arrive(crew, flags)
        else:
            arrive(crew, flags)
            if stop < n:
                lay_out_all(source, order, next_span, layer, after, True)
            meet(crew, flags)
            done = get(flags, 1)
            scale = shrunk_by_all(steps, t, t + done, scale)
        end_block(net.weights, layer, part, done, block)
        if done < stop - t:
            break
        if scale < LEAST_SCALE or (steps.several and ending and scale != 1.0):
            rescale(net.weights, part, (START, layer.n_in), scale)
            if leading:
                rescale_upper(net, scale)
            scale = 1.0
        if steps.several and ending:
            if leading:
                close_epoch(decay, record, cost, hits)
            record += 3
            if stop < n:
                cost, hits = 0.0, 0
        t, stop, number, done = next_span[0], next_span[1], number + 1, START
    if leading:
        put(decay, 1, scale)
    return cost, hits, t + done
