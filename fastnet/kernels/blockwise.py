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

from .blocks import (
    SAMPLES,
    Block,
    end_block,
    forward_in_block,
    keep_steps,
    lay_out,
    multiply,
    places,
    project,
)
from .codes import START
from .epoch import (LEAST_SCALE, answer, backpropagate, feed_forward, packed, rescale_upper, show, shrunk)
from .jit import entry, flat
from .layers import rescale
from .losses import judge, right
from .samples import prefetch_row
from .simd import get, prefetch, put, raw
from .team import arrive, meet, wait


@flat
def block_of(memory, number, me):
    """The memory of block `number`. A helper lists a block while the last one is still in use."""
    b, half = memory.block, number % 2 if me > 0 else START
    return Block(
        b.inputs, half * b.x, b.rows, half * b.start, b.lists, b.shared,
        number % 2 * SAMPLES * SAMPLES,
    )  # fmt: skip


@flat
def own_part(layer, crew):
    """The strips of the first layer whose weights are this member's: from first to before last."""
    strips = layer.last - layer.first
    return (
        layer.first + strips * crew.me // crew.team,
        layer.first + strips * (crew.me + 1) // crew.team,
    )


@flat
def fetch(memory, start, stop):
    """Ask for memory that another core has written, all at once."""
    for i in range(start, stop, 8):
        prefetch(memory, i)


@flat
def learn_sample(net, targets, steps, t, i, scale, memory, block, member, flags):
    """Learn sample t, number i of its block; return its cost, whether it was right, and the scale.

    If the cost is not finite, nothing is learned.
    """
    layer, own, half = get(net.layers, 0), memory.own, t % 2 * memory.size
    last, place, hit = get(net.layers, net.top), get(steps.order, t), False
    forward_in_block(net.weights, layer, (layer.first, layer.last), i, block, scale, own)
    feed_forward(net, scale, memory, half, member, flags)
    if member.team > 1:
        meet(member, flags)
    answer(net, memory, half)
    if steps.showing:
        show(last, t, own, steps.out)
    c = judge(targets, last, place, own)
    if c < np.inf:
        hit = right(targets, last, place, own)
        eta = np.float64(get(steps.rates, t))
        smaller = shrunk(steps, t, scale)
        backpropagate(net, eta, eta / smaller, scale, memory, half, member, flags)
        keep_steps(layer, i, block, own)
        scale = smaller
    return c, hit, scale


@flat
def pass_by_blocks(net, source, targets, steps, memory, members, flags, cost):
    """Run the pass of `epoch`, by blocks."""
    member, crew = get(members, 0), get(members, 1)  # who shares a sample, and who a block
    layer, order, decay, n = get(net.layers, 0), steps.order, steps.decay, steps.n
    part, leading, helped = own_part(layer, crew), crew.me == 0, crew.team > 1
    wx = places(layer)
    scale, hits, t, number = get(decay, 1), 0, START, START
    record, end = START + 2, n  # of the current epoch, if there are several
    if steps.several:
        end = np.int64(get(decay, record))
    stop = min(SAMPLES, end)
    if not leading:
        block = block_of(memory, number, crew.me)
        lay_out(source, order, t, stop, block)
        multiply(layer.n_in, block)
    while t < n:
        block, ending, done = block_of(memory, number, crew.me), stop == end, stop - t
        if ending and stop < n:
            end = np.int64(get(decay, record + 3))
        next_stop = min(stop + SAMPLES, end)
        if leading:
            lay_out(source, order, t, stop, block)
            if not helped:
                multiply(layer.n_in, block)
        project(net.weights, layer, part, stop - t, block)
        if leading:
            if helped:
                meet(crew, flags)
                fetch(block.shared, block.products, block.products + SAMPLES * SAMPLES)
                fetch(block.shared, wx[0], wx[1])
            for i in range(stop - t):
                if t + i + SAMPLES < n:
                    prefetch_row(source, get(order, t + i + SAMPLES))
                c, hit, scale = learn_sample(
                    net, targets, steps, t + i, i, scale, memory, block, member, flags
                )
                if not c < np.inf:
                    done = i
                    break
                cost += c
                hits += hit
            if helped:
                put(flags, 1, done)
                arrive(crew, flags)
        else:
            arrive(crew, flags)
            if stop < n:
                following = block_of(memory, number + 1, crew.me)
                lay_out(source, order, stop, next_stop, following)
                multiply(layer.n_in, following)
            meet(crew, flags)
            done = get(flags, 1)
            for i in range(t, t + done):
                scale = shrunk(steps, i, scale)
            fetch(block.shared, wx[1], wx[1] + SAMPLES * layer.pad)
        end_block(net.weights, layer, part, done, block)
        if done < stop - t:
            if leading:
                put(decay, 1, scale)
            return cost, hits, t + done
        if scale < LEAST_SCALE or (steps.several and ending and scale != 1.0):
            rescale(net.weights, part, (START, layer.n_in), scale)
            if leading:
                rescale_upper(net, scale)
            scale = 1.0
        if steps.several and ending and leading:
            put(decay, record + 1, cost)
            put(decay, record + 2, np.float64(hits))
            if stop < n:
                cost, hits = 0.0, 0
        record += 3 * ending
        t, stop, number = stop, next_stop, number + 1
    if leading:
        put(decay, 1, scale)
    return cost, hits, n


@entry
def block_epoch(
    params, layers, strips, loss, data, dtype, indptr, indices, byte_values, labels, numbers, order,
    rates, decay, index, all_inputs, values, block, crew, moved, shared, own, member, flags,
    cost, out,
):  # fmt: skip
    """Learn by blocks: see `epoch`."""
    net, source, targets, steps, memory = packed(
        params, layers, strips, loss, data, dtype, indptr, indices, byte_values, labels, numbers,
        order, rates, decay, index, all_inputs, values, block, crew, moved, shared, own,
        member, flags, out,
    )  # fmt: skip
    return pass_by_blocks(net, source, targets, steps, memory, raw(member), raw(flags), cost)
