"""Lanes of whole numbers, uint32, beside those of floats: what pixels and random numbers need.

`+ - * ^ & >>` take such vectors, too, and go on beyond 2**32 as uint32 does.
"""

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils

from ..codes import LANES
from .core import BIT, I8, I32, I64, Raw, Vector, by_group, lowered, split_groups
from .memory import address_of

GROUP = ir.VectorType(I32, LANES)
PAIR = 2  # numbers that `load_pairs` reads at once


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
    lanes = [builder.zext(builder.extract_element(places, I32(k)), I64) for k in range(LANES)]
    value = ir.Constant(GROUP, ir.Undefined)
    if isinstance(memory, Raw):
        wide = ir.VectorType(I64, LANES)
        first = builder.ptrtoint(args[0], I64)
        at = builder.mul(builder.zext(places, wide), ir.Constant(wide, [PAIR] * LANES))
        from .core import broadcast
        at = builder.add(at, broadcast(builder, wide, first))
        at = builder.inttoptr(at, ir.VectorType(I32.as_pointer(), LANES))
        all_lanes = ir.Constant(ir.VectorType(BIT, LANES), [1] * LANES)
        gather = ir.FunctionType(GROUP, [at.type, I32, all_lanes.type, GROUP])
        name = f"llvm.masked.gather.v{LANES}i32.v{LANES}p0"
        function = cgutils.get_or_insert_function(builder.module, gather, name)
        value = builder.call(function, [at, I32(PAIR), all_lanes, value])
        return builder.insert_value(ir.Constant(ir.ArrayType(GROUP, 1), ir.Undefined), value, 0)
    for k, i in enumerate(lanes):
        address = address_of(context, builder, memory, args[0], i, PAIR)
        word = builder.load(builder.bitcast(address, I32.as_pointer()))
        word.align = PAIR
        value = builder.insert_element(value, word, I32(k))
    return builder.insert_value(ir.Constant(ir.ArrayType(GROUP, 1), ir.Undefined), value, 0)


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
