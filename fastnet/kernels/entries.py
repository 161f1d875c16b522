"""The compiled entries of the passes. Python calls them with the address of a table.

The table is a `TASK` record (see codes): the address and the length of every array that a pass
reads or writes, and its numbers. Whoever calls an entry keeps these arrays alive. One record takes
the place of 25 arguments, whose types and contents a call from Python would look up one by one.

A pass has a form for each way to learn. Each form is compiled, for a dtype, when a net first needs
it. A new form needs a row in FORMS and a code in `codes`, which `fastnet.model.passes` chooses.
"""

import functools
from typing import Any

import numba
import numpy as np
from numba import types

from .answers import many
from .blockwise import pass_by_blocks
from .codes import (
    BLOCKS,
    LANES,
    LAYER,
    MANY,
    MEMBER,
    NARROW,
    SINGLY,
    START,
    STRIP,
    TASK,
    TWO_GROUPS,
)
from .epoch import Memory, Net, Steps, pass_by_rows
from .jit import entry, flat
from .layers import Weights
from .listed import Block
from .losses import Targets, argmax
from .narrow import pass_narrow, pass_two_groups
from .samples import Lists, Source, finite
from .simd import get, load_head, place, put, total, zeros

FORMS = {  # by method
    SINGLY: pass_by_rows,
    BLOCKS: pass_by_blocks,
    NARROW: pass_narrow,
    TWO_GROUPS: pass_two_groups,
    MANY: many,
}

NO_LABEL, NO_RATE = -1, -1.0  # of a pass whose labels and rates lie in its arrays
BEST = -2  # instead of a label: the number of right answers is to be the greatest output's index
REFUSED = -1  # instead of the number of samples: NaN or infinity among the inputs

ARGUMENTS = types.int64, types.int64, types.float64
I32, I64, U8, F64 = np.int32, np.int64, np.uint8, np.float64


@flat
def at(where, dtype):
    """The array of `dtype` at a PLACE."""
    return place(where.address, where.n, dtype)


@flat
def net_of(task, real):
    """The net of a task; `real` is the dtype of its numbers."""
    weights = Weights(at(task.params, real), at(task.strips, STRIP))
    return Net(weights, at(task.layers, LAYER), task.layers.n - 1, at(task.all_inputs, I32))


@flat
def source_of(task, real):
    """The samples of a task."""
    features = get(at(task.layers, LAYER), 0).n_in
    indptr, indices = at(task.indptr, I64), at(task.indices, I32)
    data, byte_values = at(task.samples, U8), at(task.byte_values, real)
    return Source(data, task.stored, task.indptr.n > 0, indptr, indices, byte_values, features)


@flat
def targets_of(task, real):
    """The targets of a task: of classes if there are labels."""
    return Targets(task.loss, task.labels.n > 0, at(task.labels, I32), at(task.numbers, real))


@flat
def steps_of(task, real):
    """What a task does with each sample."""
    order, rates, decay = at(task.order, I64), at(task.rates, real), at(task.decay, F64)
    judging, several = task.labels.n > 0 or task.numbers.n > 0, task.decay.n > 2
    learning, showing = task.rates.n > 0, task.out.n > 0
    out, n = at(task.out, real), task.order.n
    return Steps(order, rates, decay, out, n, learning, judging, showing, several)


@flat
def memory_of(task, real):
    """The memory of a task."""
    lists = Lists(at(task.index, I32), at(task.values, real))
    shared, own = at(task.shared, real), at(task.own, real)
    active = Lists(at(task.active, I32), at(task.amounts, real))
    block, half, room = block_of(task, real), task.shared.n // 2, task.index.n // 2
    return Memory(shared, half, own, lists, room, block, active)


@flat
def block_of(task, real):
    """The memory of a block, of which there may be two."""
    inputs, rows, shared = at(task.block, real), at(task.listed, I32), at(task.crew, real)
    lists, crew = Lists(at(task.index, I32), at(task.values, real)), get(at(task.member, MEMBER), 1)
    return Block(inputs, task.block.n // 2, rows, task.listed.n // 2, lists, shared, START, crew)


SIGNATURE = types.int64, types.int64, types.float64  # of the entries' arguments
ENTRIES: list[Any] = []  # all that were made


@flat
def best_of(layer, own):
    """The index of the greatest output, the first of equals; -1 if one is NaN or infinite."""
    s = zeros(own, 1, 1)
    for j in range(0, layer.pad, LANES):
        s = s + load_head(own, layer.a + j, layer.n_out - j) * 0.0
    return argmax(own, layer.a, layer.n_out, layer.pad) if total(s) == 0.0 else np.int64(-1)


@functools.cache
def entry_of(form, dtype):
    """Return the compiled entry of a form of the pass, for nets of a dtype.

    The entry has the arguments (address of a TASK, label, rate), and returns what the pass does
    (see epoch). A label or a rate that is not negative becomes that of the first sample, which may
    be checked. A label may be BEST.
    """
    real = np.dtype(dtype).type

    def run(address, label, rate):
        task = get(place(address, 1, TASK), 0)
        targets, steps = targets_of(task, real), steps_of(task, real)
        if label >= 0:
            put(targets.labels, 0, label)
        if rate >= 0.0:
            put(steps.rates, 0, rate)
        net, source, memory = net_of(task, real), source_of(task, real), memory_of(task, real)
        member, flags = get(at(task.member, MEMBER), 0), at(task.meetings, I64)
        if task.checked and not finite(source, get(steps.order, 0), memory.lists):
            return task.cost, np.int64(0), np.int64(REFUSED)
        cost, hits, n = form(net, source, targets, steps, memory, member, flags, task.cost)
        if label == BEST:
            hits = best_of(get(net.layers, net.top), memory.own)
        return cost, hits, n

    run.__name__ = run.__qualname__ = f"{form.__name__}_{np.dtype(dtype)}"
    compiled = entry(run)
    ENTRIES.append(compiled)
    return compiled


def direct(compiled, arguments=ARGUMENTS):
    """Return an entry as a function that does not look at the types of its arguments."""
    if numba.config.DISABLE_JIT:
        return np.errstate(all="ignore")(compiled)  # compiled kernels do not warn
    compiled.compile(arguments)  # or load
    return compiled.get_overload(arguments)
