"""The active units of a hidden layer: those whose activation is not 0.

Of relu units, few are active once a net has learned. The others add nothing to the sums of the
layer above, their weights there do not change, and their deltas are 0. So that layer takes a list
of the active ones, as the first layer takes one of the inputs that are not 0. In a team, each
member makes the lists for itself.

A list comes in whole sixteens: entries (0, 0) fill it up. In memory, its end stands before it.
"""

import numpy as np

from .codes import LANES, START
from .jit import flat, kernel
from .layers import Inputs
from .samples import append
from .simd import get, load, pack_numbers, packs_bytes, put, store, zeros


def list_room(pad):
    """Return the room of a list of the active among so many units, and of its end."""
    return pad + LANES


@kernel
def list_active(a, pad, lists, start):
    """List the activations a (pad,) that are not 0, from entry `start` on; return the end."""
    n = start
    for j in range(0, pad, LANES):
        if packs_bytes():
            n = pack_numbers(load(a.memory, a.at + j, 1), j, lists, n)
        else:
            for k in range(j, j + LANES):
                n = append(lists, n, k, get(a.memory, a.at + k))
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
