"""The active units of a hidden layer: those whose activation is not 0.

Of relu units, few are active once a net has learned. The others add nothing to the sums of the
layer above, their weights there do not change, and their deltas are 0. So that layer takes a list
of the active ones, as the first layer takes one of the inputs that are not 0. In a team, each
member makes the lists for itself.

A list comes in whole sixteens: entries (0, 0) fill it up. In memory, its end stands before it.
"""

import numpy as np

from .codes import LANES, START
from .jit import flat, inline, kernel
from .layers import Inputs
from .samples import GROUP
from .simd import bits, get, load, lowest_bit, pack_numbers, packs_bytes, put, store, zeros


def list_room(pad):
    """Return the room of a list of the active among so many units, and of its end."""
    return pad + LANES


@inline
def append_lanes(mask, memory, at, j, lists, n):
    """Append units j + k with the values memory[at + k], for every bit k set in the mask."""
    while mask != 0:
        k = lowest_bit(mask)
        put(lists.index, n, j + k)
        put(lists.values, n, get(memory, at + k))
        mask &= mask - np.uint64(1)
        n += 1
    return n


@kernel
def list_active(a, pad, lists, start):
    """List the activations a (pad,) that are not 0, from entry `start` on; return the end."""
    n = start
    for j in range(0, pad, LANES):
        x = load(a.memory, a.at + j, 1)
        if packs_bytes():
            n = pack_numbers(x, j, lists, n)
        else:
            n = append_lanes(bits(x == 0.0) ^ GROUP, a.memory, a.at + j, j, lists, n)
    end = start + (n - start + LANES - 1) // LANES * LANES
    for k in range(n, end):
        put(lists.index, k, START)
        put(lists.values, k, 0.0)
    return end


@flat
def list_below(layer, a, pad, lists):
    """List the active inputs a (pad,) of a layer."""
    put(lists.index, layer.active, list_active(a, pad, lists, layer.active + 1))


@flat
def listed_inputs(layer, lists):
    """The inputs of a layer that `list_below` has listed."""
    stop = np.int64(get(lists.index, layer.active))
    return Inputs(lists.index, lists.values, START, layer.active + 1, stop)


@kernel
def spread(sums, inputs, pad, to):
    """Write sum k to `to` (pad,) at index[k], for each of the listed inputs, and 0 elsewhere."""
    for j in range(0, pad, LANES):
        store(to.memory, to.at + j, zeros(to.memory, 1, 1))
    for k in range(inputs.start, inputs.stop):
        if get(inputs.values, k) != 0:  # not one that fills up the list
            put(to.memory, to.at + get(inputs.index, k), get(sums.memory, sums.at + k))
