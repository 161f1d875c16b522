"""The meetings of a team of threads, which keep its members in step."""

import os
import time

from llvmlite import ir
from numba import types
from numba.core import cgutils

from .codes import LINE
from .jit import inline
from .simd.core import I32, lowered
from .simd.memory import address_of

SPINS = 1000  # a thread that waits looks at a flag so often before it gives way to others
# Then it gives way YIELDS times, and after that sleeps NAP microseconds between two looks. On an
# idle core a sleep costs about as much as all the looks before it. Windows has no sleep so short.
YIELDS, NAP = (10_000, 1000) if os.name == "nt" else (100, 50)


@lowered(
    lambda array, i: types.int64,
    lambda context, builder, signature, args: builder.load_atomic(
        address_of(context, builder, signature.args[0], *args), "acquire", 8
    ),
)
def load_acquire(array, i):
    """array[i]. From here on, all that another thread wrote before it stored this is visible."""
    return array[i]


def _emit_store_release(context, builder, signature, args):
    address = address_of(context, builder, signature.args[0], *args[:2])
    builder.store_atomic(args[2], address, "release", 8)
    return context.get_dummy_value()


@lowered(lambda array, i, x: types.none, _emit_store_release)
def store_release(array, i, x):
    """array[i] = x, after all earlier writes of this thread."""
    array[i] = x


def _call(builder, name, result, *args):
    """Call a C function that every process has loaded."""
    signature = ir.FunctionType(result, [arg.type for arg in args])
    builder.call(cgutils.get_or_insert_function(builder.module, signature, name), args)


def _emit_give_way(context, builder, signature, args):
    _call(builder, "SwitchToThread" if os.name == "nt" else "sched_yield", I32)
    return context.get_dummy_value()


@lowered(lambda: types.none, _emit_give_way)
def give_way():
    """Let another thread run on this core."""
    time.sleep(0)


def _emit_nap(context, builder, signature, args):
    if os.name == "nt":
        _call(builder, "Sleep", ir.VoidType(), I32(NAP // 1000))
    else:
        _call(builder, "usleep", I32, I32(NAP))
    return context.get_dummy_value()


@lowered(lambda: types.none, _emit_nap)
def nap():
    """Let other threads run for a moment."""
    time.sleep(NAP / 1e6)


@inline
def arrive(member, flags):
    """Tell the others that this member has arrived at the next meeting."""
    member.tick += 1
    store_release(flags, member.me * LINE, member.tick)


@inline
def wait(member, flags):
    """Wait until all members of the team have arrived."""
    for other in range(member.team):
        looks = 0
        while load_acquire(flags, other * LINE) < member.tick:
            looks += 1
            if looks > SPINS + YIELDS:
                nap()
            elif looks > SPINS:
                give_way()


@inline
def meet(member, flags):
    """Arrive at the next meeting, and wait for the others."""
    arrive(member, flags)
    wait(member, flags)
