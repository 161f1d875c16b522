"""A pass that answers or judges many samples, SAMPLES of them side by side, and learns nothing.

Each sum has the order of `one_pass` (see epoch.py), so the bits are the same. But here a chunk of a
layer's weights, which fits into the first cache, serves all samples of a block before the next
chunk does. And three samples share each weight that is loaded, if none of their inputs is 0: then
entry k of all three lists is input k. So it is in every layer but the first.

`index` and `values` hold a list of inputs for each sample, one `list_room` apart. `index` ends with
the table of TURNS numbers that Turn describes. `block` holds, for each sample: the sums of a strip
(SUMS,); then two panels. A panel has z of a layer for each sample, and then its activations.
"""

from typing import Any, NamedTuple

import numpy as np

from .activations import activate
from .blocks import Block
from .codes import LANES, ROOM, START
from .epoch import AHEAD, Memory, Net, Steps
from .jit import entry, flat, inline, kernel
from .layers import Rows, Weights
from .losses import Targets, judge, right
from .samples import Lists, Source, nonzeros, prefetch_row
from .simd import fma, fold_groups, get, load, load_rows, put, raw, splat_rows, store, zeros

SAMPLES = 48  # of a block: threes
CHUNK = 512  # groups of weights that the first cache holds: 32 KB in float32
ENTRIES = 48  # the least of a chunk, on average: the end of each is mispredicted
SUMS = 8 * LANES  # a strip has at most 8 groups of sums
LONG = np.int64(1 << 40)
TURNS = 4 * SAMPLES


class Feed(NamedTuple):
    """The inputs of a layer: entry k of sample i has the value values[at + i * apart + k].

    It is input index[i * listed + k]; `listed` is 0 if all samples have the same list.
    """

    index: Any
    listed: Any
    values: Any
    at: Any
    apart: Any


class Turn(NamedTuple):
    """Samples of a block: those whose inputs are all not 0, `full` in number, and the `rest`.

    memory[at :] has the numbers of the full ones, filled up with SAMPLES to threes. The numbers of
    the rest begin SAMPLES later, and the lengths of their lists 2 * SAMPLES later.
    """

    memory: Any
    at: Any
    full: Any
    rest: Any
    mean: Any  # length of all lists


class Part(NamedTuple):
    """Chunk number `chunk` of `chunks` of the entries from `start` to before `stop`."""

    start: Any
    stop: Any
    chunk: Any
    chunks: Any


@inline
def list_room(n_in):
    """Return the room of a list of so many inputs."""
    return (n_in + ROOM + 63) // 64 * 64


@inline
def panel_width(layers, top):
    """Return the room of a sample in a panel: the widest layer, and two parts of the outputs."""
    width = 2 * get(layers, top).pad
    for k in range(top):
        width = max(width, get(layers, k).pad)
    return width


@inline
def span(start, stop, part):
    """Return the first entry of a chunk, and the one behind its last. It begins with a block."""
    n, begin, end = stop - start, start, stop
    if part.chunk > 0:
        begin = start + n * part.chunk // part.chunks // LANES * LANES
    if part.chunk + 1 < part.chunks:
        end = start + n * (part.chunk + 1) // part.chunks // LANES * LANES
    return begin, end


def chunk_kernel(count, side):
    """Make the kernel of a chunk of a strip of `count` groups; it sums `side` rows side by side."""
    every = count * side

    @flat
    def begin(sums, at, carried):
        """Return the sums of a sample so far, or zeros."""
        s = zeros(sums, count, side)
        if carried:
            s = load(sums, at, every)
        return s

    @flat
    def keep(s, sums, at, whole, more):
        """Keep the sums of a sample; if they are whole, their total [+ the last one]."""
        if whole:
            folded = fold_groups(s, count)
            if more:
                folded = load(sums, at, count) + folded
            store(sums, at, folded)
        else:
            store(sums, at, s)

    @flat
    def three(rows, feed, turn, t, index, part, block, sums):
        """Do the chunk for three samples whose lists are alike."""
        a, b, c = get(turn.memory, t), get(turn.memory, t + 1), get(turn.memory, t + 2)
        values, at, apart = feed.values, feed.at, feed.apart
        start, stop = span(part.start, part.stop, part)
        carrying, last = block > LANES, part.chunk + 1 == part.chunks
        carried, whole = carrying and part.chunk > 0, last or not carrying
        for k in range(start, stop, block):
            sa = begin(sums, a * SUMS, carried)
            sb = begin(sums, b * SUMS, carried)
            sc = begin(sums, c * SUMS, carried)
            for eight in range(k, min(k + block, stop), 8):  # nested, so that LLVM unrolls them
                for r in range(eight, eight + 8, side):
                    row = load_rows(
                        rows.memory, rows.at, rows.stride, feed.index, index + r, count, side
                    )
                    sa = fma(splat_rows(values, at + a * apart + r, count, side), row, sa)
                    sb = fma(splat_rows(values, at + b * apart + r, count, side), row, sb)
                    sc = fma(splat_rows(values, at + c * apart + r, count, side), row, sc)
            more = not carrying and k > part.start
            keep(sa, sums, a * SUMS, whole, more)
            keep(sb, sums, b * SUMS, whole, more)
            keep(sc, sums, c * SUMS, whole, more)

    @flat
    def one(rows, feed, turn, t, part, block, sums):
        """Do the chunk for one sample with a list of its own."""
        i = np.int64(get(turn.memory, t + SAMPLES))
        length = np.int64(get(turn.memory, turn.at + 2 * SAMPLES + i))
        index, at, to = i * feed.listed, feed.at + i * feed.apart, i * SUMS
        start, stop = span(START, length, part)
        carrying, last = block > LANES, part.chunk + 1 == part.chunks
        carried, whole = carrying and part.chunk > 0, last or not carrying
        # Without entries the sums are 0.
        end = max(stop, start + 1) if carrying or part.chunk == 0 else stop
        for k in range(start, end, block):
            s = begin(sums, to, carried)
            for eight in range(k, min(k + block, stop), 8):
                for r in range(eight, eight + 8, side):
                    row = load_rows(
                        rows.memory, rows.at, rows.stride, feed.index, index + r, count, side
                    )
                    s = fma(splat_rows(feed.values, at + r, count, side), row, s)
            keep(s, sums, to, whole, not carrying and k > START)

    @kernel
    def chunk(rows, feed, turn, part, block, sums):
        """Add the products of a chunk's inputs and weights to the sums of all samples.

        After the last chunk, the first `count` groups of a sample's sums are their total.
        """
        index = np.int64(get(turn.memory, turn.at)) * feed.listed
        for t in range(turn.at, turn.at + turn.full, 3):
            three(rows, feed, turn, t, index, part, block, sums)
        for t in range(turn.at, turn.at + turn.rest):
            one(rows, feed, turn, t, part, block, sums)

    return chunk


chunk1, chunk2 = chunk_kernel(1, 8), chunk_kernel(2, 4)
chunk3, chunk4 = chunk_kernel(3, 2), chunk_kernel(4, 2)


@kernel
def sum_up(params, strip, start, stop, feed, turn, block, sums):
    """sums (16 * groups,) = weights . inputs from `start` to before `stop`, for all samples."""
    rows = Rows(params, strip.w, strip.stride)
    n = stop - start
    chunks = min(n * strip.groups // CHUNK, min(n, turn.mean) // ENTRIES) + 1
    for c in range(chunks):
        part = Part(start, stop, c, chunks)
        if strip.groups == 4:
            chunk4(rows, feed, turn, part, block, sums)
        elif strip.groups == 3:
            chunk3(rows, feed, turn, part, block, sums)
        elif strip.groups == 2:
            chunk2(rows, feed, turn, part, block, sums)
        else:
            chunk1(rows, feed, turn, part, block, sums)


@kernel
def join(params, strip, bias, n, sums, z, width, more):
    """z (16 * groups,) of n samples = [z if `more` +] (sums [+ biases[bias:] if bias >= 0])."""
    for i in range(n):
        for j in range(0, LANES * strip.groups, LANES):
            v = load(sums, i * SUMS + j, 1)
            if bias >= 0:
                v = v + load(params, bias + j, 1)
            to = z + i * width + j
            if more:
                v = load(sums, to, 1) + v
            store(sums, to, v)


@kernel
def weigh(net, k, feed, turn, n, memory, z, width):
    """z (pad,) of layer k = inputs (n_in,) . weights (n_in, pad) + biases, of n samples.

    Of the output layer it is two parts side by side, over the halves of the strips below.
    """
    params, strips = net.weights
    layer, parts, below = get(net.layers, k), np.int64(1), START
    if k > 0 and k == net.top:
        parts, below = get(net.layers, k - 1).strips, get(net.layers, k - 1).strip
    for s in range(layer.strip, layer.strip + layer.strips):
        strip = get(strips, s)
        for p in range(parts):
            start, stop = START, (layer.n_in + 7) // 8 * 8
            if k > 0:
                stop = get(net.layers, k - 1).pad
            if parts > 1:
                start, stop = get(strips, below + p).j, get(strips, below + p + 1).j
            sum_up(params, strip, start, stop, feed, turn, layer.block, memory)
            second = p >= (parts + 1) // 2
            to, more = z + strip.j + second * layer.pad, p != second * ((parts + 1) // 2)
            join(params, strip, layer.b + strip.j if p == 0 else -1, n, memory, to, width, more)


@flat
def list_inputs(source, order, t, n, total, lists):
    """List the inputs of the n samples order[t : t + n]; return their turn."""
    room = list_room(source.features)
    at = (SAMPLES + 1) * room
    full = rest = entries = START
    for i in range(n):
        start = i * room
        if t + i + AHEAD < total:
            prefetch_row(source, get(order, t + i + AHEAD))
        length = nonzeros(source, get(order, t + i), lists, start) - start
        put(lists.index, at + 2 * SAMPLES + i, length)
        entries += length
        # Behind the last entry all values are 0.
        whole = length >= source.features
        if whole and get(lists.values, start + source.features - 1) != 0:
            put(lists.index, at + full, i)
            full += 1
        else:
            put(lists.index, at + SAMPLES + rest, i)
            rest += 1
    for spare in range(full, full + 2):
        put(lists.index, at + spare, SAMPLES)
    return Turn(lists.index, at, full, rest, entries // n)


@flat
def all_full(turn, n):
    """Return the turn of n samples whose lists have all inputs."""
    for i in range(n + 2):
        put(turn.memory, turn.at + i, min(i, SAMPLES) if i < n else SAMPLES)
    return Turn(turn.memory, turn.at, n, START, LONG)


@flat
def many_layers(net, source, order, t, n, total, memory):
    """Compute all hidden activations, and z of the output layer, of samples order[t : t + n]."""
    lists, block = memory.lists, memory.block.memory
    width, room = panel_width(net.layers, net.top), list_room(source.features)
    turn = list_inputs(source, order, t, n, total, lists)
    feed = Feed(lists.index, room, lists.values, START, room)
    panels = (SAMPLES + 1) * SUMS
    for k in range(net.top + 1):
        z = panels + k % 2 * (SAMPLES + 1) * width
        weigh(net, k, feed, turn, n, block, z, width)
        if k < net.top:
            layer = get(net.layers, k)
            for i in range(n):
                for j in range(0, layer.pad, LANES):
                    store(memory.own, layer.z + j, load(block, z + i * width + j, 1))
                activate(layer, START, layer.pad, memory.own, block, z + i * width)
            turn = all_full(turn, n)
            feed = Feed(net.all_inputs, START, block, z, width)
    return panels + net.top % 2 * (SAMPLES + 1) * width


@flat
def many_pass(net, source, targets, steps, memory, cost):
    """Run the pass of `one_pass`, without learning."""
    out, own, block, hits = get(net.layers, net.top), memory.own, memory.block.memory, 0
    width, two = panel_width(net.layers, net.top), False
    if net.top > 0:
        two = get(net.layers, net.top - 1).strips > 1
    for t in range(0, steps.n, SAMPLES):
        n = min(SAMPLES, steps.n - t)
        z = many_layers(net, source, steps.order, t, n, steps.n, memory)
        for i in range(n):
            for j in range(0, out.pad, LANES):
                v = load(block, z + i * width + j, 1)
                if two:
                    v = v + load(block, z + i * width + out.pad + j, 1)
                store(own, out.z + j, v)
            activate(out, START, out.pad, own, own, out.a)
            if steps.showing:
                for j in range(out.n_out):
                    put(steps.out, (t + i) * out.n_out + j, get(own, out.a + j))
            if steps.judging:
                sample = get(steps.order, t + i)
                c = judge(targets, out, sample, own)
                if not c < np.inf:
                    return cost, hits, t + i
                cost += c
                hits += right(targets, out, sample, own)
    return cost, hits, steps.n


@entry
def answers(
    params, layers, strips, loss, data, dtype, indptr, indices, byte_values, labels, numbers, order,
    rates, decay, index, all_inputs, values, method, block, shared, own, member, flags, cost, out,
):  # fmt: skip
    """Pass over the samples that `order` names."""
    classes, learning = len(labels) > 0, len(rates) > 0
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
    lists, block = Lists(raw(index), raw(values)), Block(raw(block), method)
    memory = Memory(raw(shared), len(shared) // 2, raw(own), lists, len(index) // 2, block)
    return many_pass(net, source, targets, steps, memory, cost)
