"""Operations on rows of a matrix in memory."""

import numpy as np

from ..codes import LANES
from .arithmetic import fma
from .core import (
    I64,
    Vector,
    broadcast,
    counted,
    emit_fma,
    join_groups,
    lowered,
    split_groups,
)
from .memory import address_of, get, load, load_groups, store


def _row_addresses(context, builder, signature, args, rows, span):
    """Yield the addresses of array[i + stride * index[k + r]], r < rows, of `span` numbers each."""
    for r in range(rows):
        k = builder.add(args[4], I64(r))
        index = builder.load(address_of(context, builder, signature.args[3], args[3], k))
        i = builder.add(args[1], builder.mul(builder.sext(index, I64), args[2]))
        yield address_of(context, builder, signature.args[0], args[0], i, span)


def _emit_load_rows(context, builder, signature, args):
    count, rows = (c.literal_value for c in signature.args[5:])
    row, groups = Vector(signature.return_type.dtype, count), []
    for address in _row_addresses(context, builder, signature, args, rows, LANES * count):
        groups += load_groups(builder, row, address)
    return join_groups(builder, signature.return_type, groups)


@lowered(
    lambda array, i, stride, index, k, count, rows: counted(array, count, rows), _emit_load_rows
)
def load_rows(array, i, stride, index, k, count, rows):
    """Rows index[k : k + rows], `count` groups of each, of a matrix that begins at array[i]."""
    return np.concatenate([load(array, i + stride * get(index, k + r), count) for r in range(rows)])


def _emit_splat_rows(context, builder, signature, args):
    count, rows = (c.literal_value for c in signature.args[2:])
    vector, groups = signature.return_type, []
    for r in range(rows):
        k = builder.add(args[1], I64(r))
        x = builder.load(address_of(context, builder, signature.args[0], args[0], k))
        groups += [broadcast(builder, vector.group, x)] * count
    return join_groups(builder, vector, groups)


@lowered(lambda array, k, count, rows: counted(array, count, rows), _emit_splat_rows)
def splat_rows(array, k, count, rows):
    """`count` groups of array[k], then `count` groups of array[k + 1] ...: `rows` times."""
    return np.concatenate([np.full((count, LANES), get(array, k + r)) for r in range(rows)])


def _emit_learn_row(context, builder, signature, args):
    memory, _, step, vector = signature.args
    address = address_of(context, builder, memory, *args[:2], LANES * vector.count)
    olds = load_groups(builder, vector, address)
    address = builder.bitcast(address, vector.group.as_pointer())
    (x,) = split_groups(builder, step, args[2])
    sums = None
    for i, (old, v) in enumerate(zip(olds, split_groups(builder, vector, args[3]), strict=True)):
        new = builder.store(emit_fma(builder, x, v, old), builder.gep(address, [I64(i)]))
        new.align = vector.dtype.bitwidth // 8
        sums = emit_fma(builder, old, v, sums) if sums else builder.fmul(old, v)
    return join_groups(builder, signature.return_type, [sums])


@lowered(lambda array, i, x, v: Vector(v.dtype, 1), _emit_learn_row)
def learn_row(array, i, x, v):
    """Read a row, array[i : i + 16 * count], and add x * v to it; x is one group.

    Return one group: the products of the old row with v, summed over the groups in their order. Its
    total is the dot product of the old row with v.
    """
    old = load(array, i, len(v))
    store(array, i, fma(x, v, old))
    s = old[:1] * v[:1]
    for g in range(1, len(v)):
        s = fma(old[g : g + 1], v[g : g + 1], s)
    return s
