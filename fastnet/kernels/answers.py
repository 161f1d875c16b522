"""A pass that answers or judges many samples, some of them side by side, and learns nothing.

Each sum has the order of the pass by rows (see epoch.py), so the bits are the same. But here a
chunk of a layer's weights, which fits into the first cache, serves a block of samples before the
next chunk does. And three samples share each weight that is loaded, if none of their inputs is 0:
then entry k of all three lists is input k. So it is in every layer but the first.

A block has B samples (see `at_once`), and memory for one more, which fills up threes. `index` and
`values` hold a list of inputs for each, one `room` after the other. `index` ends with the table of
4 B numbers that Turn describes. `block` holds a strip of weights, whose rows lie one after the
other; then for each sample the sums of a strip (SUMS,); then two panels. A panel has z of a layer
for each sample, and later the activations.
"""

from typing import Any, NamedTuple

import numpy as np

from .activations import activate
from .blocks import DENSE
from .codes import BLOCK, GROUPS, LANES, ROOM, START
from .epoch import AHEAD
from .jit import flat, inline, kernel
from .layers import NOTHING, Rows
from .losses import judge, right
from .samples import nonzeros, prefetch_row
from .simd import fma, fold_groups, get, load, load_rows, put, splat_rows, store, zeros

MANY = DENSE + 1  # the method of a workspace for these passes
CHUNK = 512  # groups of weights that the first cache holds: 32 KB in float32
ENTRIES = 48  # the least of a chunk, on average: the end of each is mispredicted
SUMS = 8 * LANES  # a strip has at most 8 groups of sums
LONG = np.int64(1 << 40)


def at_once(n_in):
    """Return the number of samples of a block, a multiple of three: fewer if they are wide."""
    return max(6, min(126, (1 << 20) // n_in // 3 * 3))


def room_of(n_in):
    """Return the room of a list of so many inputs."""
    return (n_in + ROOM + 63) // 64 * 64


def sizes(layers):
    """Return the sizes of `index`, `values` and `block` for a table of layers, in numbers."""
    n_in, pads = int(layers[0].n_in), [int(pad) for pad in layers["pad"]]
    lists = (at_once(n_in) + 1) * room_of(n_in)
    strip = GROUPS * LANES * max([n_in, *pads[:-1]])
    panel = max([*pads[:-1], 2 * pads[-1]])
    return lists + 4 * at_once(n_in), lists, strip + (at_once(n_in) + 1) * (SUMS + 2 * panel)


number_at_once, room_for = flat(at_once), flat(room_of)


class Desk(NamedTuple):
    """The memory of a block of samples."""

    memory: Any
    sums: Any  # where the sums begin; the strip of weights begins at 0
    panels: Any  # where the panels begin,
    size: Any  # the size of one,
    width: Any  # and a sample's part of it


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
    """The samples of a block: those whose inputs are all not 0, and the rest.

    memory[at :] has the numbers of the full ones, filled up with `size` to threes. The numbers of
    the rest begin `size` later, and the lengths of all lists 2 * size later.
    """

    memory: Any
    at: Any
    size: Any  # the most samples of a block
    full: Any  # how many are full,
    rest: Any  # and how many are not
    mean: Any  # length of their lists


class Part(NamedTuple):
    """Chunk number `chunk` of `chunks` of the entries from `start` to before `stop`."""

    start: Any
    stop: Any
    chunk: Any
    chunks: Any


@flat
def desk_of(net, memory):
    """Divide up the memory of a block of samples."""
    n_in, width = get(net.layers, 0).n_in, 2 * get(net.layers, net.top).pad
    rows = n_in
    for k in range(net.top):
        pad = get(net.layers, k).pad
        rows, width = max(rows, pad), max(width, pad)
    n, sums = number_at_once(n_in) + 1, GROUPS * LANES * rows
    return Desk(memory.block.memory, sums, sums + n * SUMS, n * width, width)


@flat
def cut(start, stop, chunk, chunks):
    """Return the entry with which a chunk begins: always that of a block of rows."""
    if chunk == chunks:
        return stop
    return start + (stop - start) * chunk // chunks // BLOCK * BLOCK


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
    def do_three(rows, feed, turn, t, part, block, desk):
        """Do the chunk for three samples whose lists are alike."""
        a, b, c = get(turn.memory, t), get(turn.memory, t + 1), get(turn.memory, t + 2)
        x, xa, xb, xc = feed.values, feed.at + a * feed.apart, feed.at + b * feed.apart, feed.at + c * feed.apart
        memory, index = desk.memory, a * feed.listed
        ya, yb, yc = desk.sums + a * SUMS, desk.sums + b * SUMS, desk.sums + c * SUMS
        start = cut(part.start, part.stop, part.chunk, part.chunks)
        stop = cut(part.start, part.stop, part.chunk + 1, part.chunks)
        carried = block > BLOCK and part.chunk > 0
        whole = block == BLOCK or part.chunk + 1 == part.chunks
        for k in range(start, stop, block):
            sa = begin(memory, ya, carried)
            sb = begin(memory, yb, carried)
            sc = begin(memory, yc, carried)
            for eight in range(k, min(k + block, stop), 8):  # nested, so that LLVM unrolls them
                for r in range(eight, eight + 8, side):
                    row = load_rows(rows.memory, rows.at, rows.stride, feed.index, index + r, count, side)
                    sa = fma(splat_rows(x, xa + r, count, side), row, sa)
                    sb = fma(splat_rows(x, xb + r, count, side), row, sb)
                    sc = fma(splat_rows(x, xc + r, count, side), row, sc)
            more = block == BLOCK and k > part.start
            keep(sa, memory, ya, whole, more)
            keep(sb, memory, yb, whole, more)
            keep(sc, memory, yc, whole, more)

    @flat
    def do_one(rows, feed, turn, t, part, block, desk):
        """Do the chunk for one sample with a list of its own."""
        i = np.int64(get(turn.memory, t))
        length = np.int64(get(turn.memory, turn.at + 2 * turn.size + i))
        index, at, to = i * feed.listed, feed.at + i * feed.apart, desk.sums + i * SUMS
        start = cut(START, length, part.chunk, part.chunks)
        stop = cut(START, length, part.chunk + 1, part.chunks)
        carried = block > BLOCK and part.chunk > 0
        whole = block == BLOCK or part.chunk + 1 == part.chunks
        # Without entries the sums are 0.
        end = max(stop, start + 1) if block > BLOCK or part.chunk == 0 else stop
        for k in range(start, end, block):
            s = begin(desk.memory, to, carried)
            for eight in range(k, min(k + block, stop), 8):
                for r in range(eight, eight + 8, side):
                    row = load_rows(rows.memory, rows.at, rows.stride, feed.index, index + r, count, side)
                    s = fma(splat_rows(feed.values, at + r, count, side), row, s)
            keep(s, desk.memory, to, whole, block == BLOCK and k > START)

    @kernel
    def chunk(rows, feed, turn, part, block, desk):
        """Add the products of a chunk's inputs and weights to the sums of all samples.

        After the last chunk, the first `count` groups of a sample's sums are their total.
        """
        for t in range(turn.at, turn.at + turn.full, 3):
            do_three(rows, feed, turn, t, part, block, desk)
        for t in range(turn.at + turn.size, turn.at + turn.size + turn.rest):
            do_one(rows, feed, turn, t, part, block, desk)

    return chunk


chunk1, chunk2 = chunk_kernel(1, 8), chunk_kernel(2, 4)
chunk3, chunk4 = chunk_kernel(3, 2), chunk_kernel(4, 2)


@kernel
def sum_up(rows, groups, start, stop, feed, turn, block, desk):
    """The sums of all samples = inputs from `start` to before `stop` . rows of a strip."""
    n = stop - start
    chunks = min(n * groups // CHUNK, min(n, turn.mean) // ENTRIES) + 1
    for c in range(chunks):
        part = Part(start, stop, c, chunks)
        if groups == 4:
            chunk4(rows, feed, turn, part, block, desk)
        elif groups == 3:
            chunk3(rows, feed, turn, part, block, desk)
        elif groups == 2:
            chunk2(rows, feed, turn, part, block, desk)
        else:
            chunk1(rows, feed, turn, part, block, desk)


@kernel
def pack(params, strip, n_rows, memory):
    """Return the rows of a strip. If they lie apart, copy them to where they lie together.

    At some distances, only a few rows would fit into a cache.
    """
    width = LANES * strip.groups
    if strip.stride == width:
        return Rows(params, strip.w, strip.stride)
    for k in range(n_rows):
        for j in range(0, width, LANES):
            store(memory, k * width + j, load(params, strip.w + k * strip.stride + j, 1))
    return Rows(memory, START, width)


@kernel
def join(params, groups, bias, n, desk, z, more):
    """z (16 * groups,) of n samples = [z if `more` +] (sums [+ biases[bias:] if bias >= 0])."""
    memory = desk.memory
    for i in range(n):
        for j in range(0, LANES * groups, LANES):
            v = load(memory, desk.sums + i * SUMS + j, 1)
            if bias >= 0:
                v = v + load(params, bias + j, 1)
            to = z + i * desk.width + j
            if more:
                v = load(memory, to, 1) + v
            store(memory, to, v)


@kernel
def weigh(net, k, feed, turn, n, desk, z):
    """z (pad,) of layer k = inputs (n_in,) . weights (n_in, pad) + biases, of n samples.

    Of the output layer it is two parts side by side: over the first half of the strips below, and
    over the rest.
    """
    params, strips = net.weights
    layer, below = get(net.layers, k), get(net.layers, max(k - 1, 0))
    n_rows = layer.n_in if k == 0 else below.pad
    parts = below.strips if k > 0 and k == net.top else np.int64(1)
    for s in range(layer.strip, layer.strip + layer.strips):
        strip = get(strips, s)
        rows = pack(params, strip, n_rows, desk.memory)
        for p in range(parts):
            start, stop = START, (n_rows + 7) // 8 * 8
            if parts > 1:
                start, stop = get(strips, below.strip + p).j, get(strips, below.strip + p + 1).j
            sum_up(rows, strip.groups, start, stop, feed, turn, layer.block, desk)
            middle = (parts + 1) // 2
            to, more = z + strip.j + (p >= middle) * layer.pad, p > 0 and p != middle
            join(params, strip.groups, layer.b + strip.j if p == 0 else NOTHING, n, desk, to, more)


@flat
def list_inputs(source, order, t, n, total, lists):
    """List the inputs of the n samples order[t : t + n]; return their turn."""
    size, room = number_at_once(source.features), room_for(source.features)
    at, full, rest, entries = (size + 1) * room, START, START, START
    for i in range(n):
        start = i * room
        if t + i + AHEAD < total:
            prefetch_row(source, get(order, t + i + AHEAD))
        length = nonzeros(source, get(order, t + i), lists, start) - start
        put(lists.index, at + 2 * size + i, length)
        entries += length
        # Behind the last input that is not 0, the values are 0 up to the next eight.
        last = start + source.features - 1
        if start + length > last and get(lists.values, last) != 0:
            put(lists.index, at + full, i)
            full += 1
        else:
            put(lists.index, at + size + rest, i)
            rest += 1
    fill_up(lists.index, at, full, size)
    return Turn(lists.index, at, size, full, rest, entries // n)


@flat
def fill_up(memory, at, full, size):
    """Fill up the numbers of full samples to threes."""
    for i in range(full, (full + 2) // 3 * 3):
        put(memory, at + i, size)


@flat
def all_full(turn, n):
    """Return the turn of n samples in a hidden layer, where no input is left out."""
    for i in range(n):
        put(turn.memory, turn.at + i, i)
    fill_up(turn.memory, turn.at, n, turn.size)
    return Turn(turn.memory, turn.at, turn.size, n, START, LONG)


@flat
def feed_many(net, source, order, t, n, total, memory, desk):
    """Compute the hidden activations and the output layer's z of samples order[t : t + n].

    Return where z lies.
    """
    lists, own, room, z = memory.lists, memory.own, room_for(source.features), START
    turn = list_inputs(source, order, t, n, total, lists)
    feed = Feed(lists.index, room, lists.values, START, room)
    for k in range(net.top + 1):
        z = desk.panels + k % 2 * desk.size
        weigh(net, k, feed, turn, n, desk, z)
        if k < net.top:
            layer = get(net.layers, k)
            for at in range(z, z + n * desk.width, desk.width):
                for j in range(0, layer.pad, LANES):
                    store(own, layer.z + j, load(desk.memory, at + j, 1))
                activate(layer, START, layer.pad, own, desk.memory, at)
            turn = all_full(turn, n)
            feed = Feed(net.all_inputs, START, desk.memory, z, desk.width)
    return z


@flat
def many(net, source, targets, steps, memory, member, flags, cost):
    """Pass over samples without learning: see `epoch.passing`."""
    out, own, desk, hits = get(net.layers, net.top), memory.own, desk_of(net, memory), 0
    size = number_at_once(source.features)
    blocks = (steps.n + size - 1) // size
    if blocks > 0:
        size = (steps.n + 3 * blocks - 1) // (3 * blocks) * 3  # nearly alike
    halves = net.top > 0 and get(net.layers, max(net.top - 1, 0)).strips > 1
    for first in range(0, steps.n, size):
        n = min(size, steps.n - first)
        z = feed_many(net, source, steps.order, first, n, steps.n, memory, desk)
        for t in range(first, first + n):
            at = z + (t - first) * desk.width
            for j in range(0, out.pad, LANES):
                v = load(desk.memory, at + j, 1)
                if halves:
                    v = v + load(desk.memory, at + out.pad + j, 1)
                store(own, out.z + j, v)
            activate(out, START, out.pad, own, own, out.a)
            if steps.showing:
                for j in range(out.n_out):
                    put(steps.out, t * out.n_out + j, get(own, out.a + j))
            if steps.judging:
                i = get(steps.order, t)
                c = judge(targets, out, i, own)
                if not c < np.inf:
                    return cost, hits, t
                cost += c
                hits += right(targets, out, i, own)
    return cost, hits, steps.n
