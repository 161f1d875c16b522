"""A pass that answers or judges many samples, some of them side by side, and learns nothing.

Each sum has the order of the pass by rows (see epoch.py), so the bits are the same. But here a
chunk of a layer's weights, which fits into the first cache, serves a block of samples before the
next chunk does. And three samples share each weight that is loaded, if none of their inputs is 0:
then entry k of all three lists is input k. So it always is in a layer that takes no lists.

A block has B samples (see `at_once`), and memory for one more, which fills up threes. `index` and
`values` hold a list of inputs for each, one `room` after the other. `index` ends with the table of
4 B numbers that Turn describes. `block` holds a strip of weights, whose rows lie one after the
other; then for each sample the sums of a strip (SUMS,); then two panels. A panel has z of a layer
for each sample, and later the activations.
"""

import numpy as np

from .activations import activate
from .active import list_active
from .chunks import SUMS, Desk, Feed, Turn, sum_up
from .codes import ALL_INPUTS, GROUPS, LANES, ROOM, START
from .epoch import AHEAD, show
from .jit import flat, kernel
from .layers import NOTHING, Rows, Slice
from .losses import judge, right
from .samples import nonzeros, prefetch_row
from .simd import get, load, put, store

LONG = np.int64(1 << 40)


def at_once(n_in):
    """Return the number of samples of a block, a multiple of three: fewer if they are wide."""
    return max(6, min(126, (1 << 20) // n_in // 3 * 3))


def room_of(n_in):
    """Return the room of a list; n_in is the most inputs that any layer lists."""
    return (n_in + ROOM + 63) // 64 * 64


def sizes(layers):
    """Return the sizes of `index`, `values` and `block` for a table of layers, in numbers."""
    n_in, pads = int(layers[0].n_in), [int(pad) for pad in layers["pad"]]
    listed = [n for n, at in zip(pads, layers["active"][1:], strict=False) if at != ALL_INPUTS]
    lists = (at_once(n_in) + 1) * room_of(max([n_in, *listed]))
    strip = GROUPS * LANES * max([n_in, *pads[:-1]])
    panel = max([*pads[:-1], 2 * pads[-1]])
    return lists + 4 * at_once(n_in), lists, strip + (at_once(n_in) + 1) * (SUMS + 2 * panel)


number_at_once, room_for = flat(at_once), flat(room_of)


@flat
def desk_of(net, memory):
    """Divide up the memory of a block of samples."""
    n_in, width = get(net.layers, 0).n_in, 2 * get(net.layers, net.top).pad
    rows = listed = n_in
    for k in range(net.top):
        pad = get(net.layers, k).pad
        rows, width = max(rows, pad), max(width, pad)
        if get(net.layers, k + 1).active != ALL_INPUTS:
            listed = max(listed, pad)
    n, sums = number_at_once(n_in) + 1, GROUPS * LANES * rows
    panels = sums + n * SUMS
    return Desk(memory.block.inputs, sums, panels, n * width, width, room_for(listed))


@kernel
def pack(params, strip, n_rows, memory):
    """Return the rows of a strip. If they lie apart, copy them to where they lie together.

    At some distances, only a few rows fit into a cache.
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
def list_inputs(source, order, t, n, total, lists, room):
    """List the inputs of the n samples order[t : t + n]; return their turn."""
    size = number_at_once(source.features)
    at = (size + 1) * room
    for i in range(n):
        if t + i + AHEAD < total:
            prefetch_row(source, get(order, t + i + AHEAD))
        end = nonzeros(source, get(order, t + i), lists, i * room)
        put(lists.index, at + 2 * size + i, end - i * room)
    return turn_of(source.features, n, size, lists, room)


@flat
def list_units(layer, z, n, size, lists, desk):
    """List a layer's active units for n samples, whose activations begin at z; return the turn."""
    at = (size + 1) * desk.room
    for i in range(n):
        a = Slice(desk.memory, z + i * desk.width)
        end = list_active(a, layer.pad, lists, i * desk.room)
        put(lists.index, at + 2 * size + i, end - i * desk.room)
    return turn_of(layer.n_out, n, size, lists, desk.room)


@kernel
def turn_of(n_in, n, size, lists, room):
    """Return the turn of n samples, of whose n_in inputs those that are not 0 are listed."""
    at, full, rest, entries = (size + 1) * room, START, START, START
    for i in range(n):
        length = np.int64(get(lists.index, at + 2 * size + i))
        entries += length
        # Behind the last input that is not 0, the values are 0 up to the end of the list.
        last = i * room + n_in - 1
        if length >= n_in and get(lists.values, last) != 0:
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
    """Return the turn of n samples in a layer that takes all inputs."""
    for i in range(n):
        put(turn.memory, turn.at + i, i)
    fill_up(turn.memory, turn.at, n, turn.size)
    return Turn(turn.memory, turn.at, turn.size, n, START, LONG)


@flat
def feed_many(net, source, order, t, n, total, memory, desk):
    """Compute the hidden activations and the output layer's z of samples order[t : t + n].

    Return where z lies.
    """
    lists, own, z = memory.lists, memory.own, START
    turn = list_inputs(source, order, t, n, total, lists, desk.room)
    feed = Feed(lists.index, desk.room, lists.values, START, desk.room)
    for k in range(net.top + 1):
        z = desk.panels + k % 2 * desk.size
        weigh(net, k, feed, turn, n, desk, z)
        if k < net.top:
            layer = get(net.layers, k)
            for at in range(z, z + n * desk.width, desk.width):
                for j in range(0, layer.pad, LANES):
                    store(own, layer.z + j, load(desk.memory, at + j, 1))
                activate(layer, START, layer.pad, own, desk.memory, at)
            if get(net.layers, k + 1).active != ALL_INPUTS:
                turn = list_units(layer, z, n, turn.size, lists, desk)
                feed = Feed(lists.index, desk.room, lists.values, START, desk.room)
            else:
                turn = all_full(turn, n)
                feed = Feed(net.all_inputs, START, desk.memory, z, desk.width)
    return z


@flat
def many(net, source, targets, steps, memory, member, flags, cost):
    """Pass over samples without learning: see `epoch.pass_by_rows`."""
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
                show(out, t, own, steps.out)
            if steps.judging:
                i = get(steps.order, t)
                c = judge(targets, out, i, own)
                if not c < np.inf:
                    return cost, hits, t
                cost += c
                hits += right(targets, out, i, own)
    return cost, hits, steps.n
