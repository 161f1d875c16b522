"""Lanes of whole numbers, uint32, beside those of floats: what pixels and random numbers need.

`+ - * ^ & >>` take such vectors, too, and go on beyond 2**32 as uint32 does.
"""

import numpy as np
from llvmlite import ir
from numba import types

from ..codes import LANES
from .core import I8, I32, I64, Vector, by_group, join_groups, lowered, split_groups
from .memory import address_of

GROUP = ir.VectorType(I32, LANES)


@lowered(
    lambda x: Vector(types.uint32, x.count),
    by_group(lambda builder, x: builder.fptosi(x, GROUP)),
)
def whole(x):
    """The whole part of x as uint32, for 0 <= x < 2**31."""
    return x.astype(np.uint32)


@lowered(
    lambda x: Vector(types.float32, x.count),
    by_group(lambda builder, x: builder.sitofp(x, ir.VectorType(ir.FloatType(), LANES))),
)
def real(x):
    """x as float32, for uint32 x < 2**31."""
    return x.astype(np.float32)


def _emit_load_pairs(context, builder, signature, args):
    memory, places = signature.args
    (places,) = split_groups(builder, places, args[1])
    group = ir.Constant(GROUP, ir.Undefined)
    for k in range(LANES):  # one by one: an instruction that gathers takes longer
        i = builder.zext(builder.extract_element(places, I32(k)), I64)
        address = address_of(context, builder, memory, args[0], i, 2)
        pair = builder.load(builder.bitcast(address, I32.as_pointer()))
        pair.align = 2
        group = builder.insert_element(group, pair, I32(k))
    return join_groups(builder, signature.return_type, [group])


@lowered(lambda array, i: Vector(types.uint32, 1), _emit_load_pairs)
def load_pairs(array, i):
    """array[i] + 2**16 array[i + 1] for each lane of i, uint32; the array is uint16."""
    assert (i < len(array) - 1).all()
    return array[i] + (array[i + 1].astype(np.uint32) << 16)


def _emit_store_bytes(context, builder, signature, args):
    (group,) = split_groups(builder, signature.args[2], args[2])
    group = builder.trunc(group, ir.VectorType(I8, LANES))
    address = address_of(context, builder, signature.args[0], *args[:2], LANES)
    builder.store(group, builder.bitcast(address, group.type.as_pointer())).align = 1
    return context.get_dummy_value()


@lowered(lambda array, i, x: types.none, _emit_store_bytes)
def store_bytes(array, i, x):
    """array[i : i + 16] = one group of uint32 below 256; the array is uint8."""
    assert 0 <= i <= len(array) - LANES
    array[i : i + LANES] = x[0]
