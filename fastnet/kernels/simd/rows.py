"""Operations on rows of a matrix in memory."""

from fractions import Fraction

import numpy as np
from llvmlite import ir
from numba import types

from ..codes import LANES
from .arithmetic import fma
from .core import (
    I8,
    I64,
    REAL,
    Vector,
    broadcast,
    counted,
    emit_fma,
    join_groups,
    lowered,
    same,
    shuffle,
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


def _emit_store_rows(context, builder, signature, args):
    vector, rows = signature.args[5], signature.args[6].literal_value
    count = vector.count // rows
    groups = split_groups(builder, vector, args[5])
    addresses = _row_addresses(context, builder, signature, args, rows, LANES * count)
    for r, address in enumerate(addresses):
        address = builder.bitcast(address, vector.group.as_pointer())
        for g in range(count):
            store = builder.store(groups[r * count + g], builder.gep(address, [I64(g)]))
            store.align = vector.dtype.bitwidth // 8
    return context.get_dummy_value()


@lowered(
    lambda array, i, stride, index, k, v, rows: (
        types.none if isinstance(rows, types.IntegerLiteral) else None
    ),
    _emit_store_rows,
)
def store_rows(array, i, stride, index, k, v, rows):
    """Write v to rows index[k : k + rows] of a matrix that begins at array[i]: see load_rows."""
    count = len(v) // rows
    for r in range(rows):
        store(array, i + stride * get(index, k + r), v[r * count : (r + 1) * count])


def _emit_splat_column(context, builder, signature, args):
    count, rows = (c.literal_value for c in signature.args[5:])
    vector, groups = signature.return_type, []
    for address in _row_addresses(context, builder, signature, args, rows, 1):
        groups += [broadcast(builder, vector.group, builder.load(address))] * count
    return join_groups(builder, vector, groups)


@lowered(
    lambda array, i, stride, index, k, count, rows: counted(array, count, rows), _emit_splat_column
)
def splat_column(array, i, stride, index, k, count, rows):
    """`count` groups of array[i + stride * index[k]], then as many of index[k + 1] ..."""
    x = [get(array, i + stride * get(index, k + r)) for r in range(rows)]
    return np.repeat(np.array(x, array.dtype), count * LANES).reshape(-1, LANES)


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


def _emit_transposed(context, builder, signature, args):
    data, order, t, n, features, j = args[:6]
    memory, stored = signature.args[0], signature.args[6].dtype
    element = REAL.get(stored, I8)
    tile, size = ir.VectorType(element, LANES), stored.bitwidth // 8
    rows, last = [], builder.sub(n, I64(1))
    for r in range(LANES):
        k = builder.select(builder.icmp_signed("<", last, I64(r)), last, I64(r))
        k = address_of(context, builder, signature.args[1], order, builder.add(t, k))
        i = builder.add(builder.mul(builder.load(k), features), j)
        address = address_of(
            context, builder, memory, data, builder.mul(i, I64(size)), LANES * size
        )
        rows.append(builder.load(builder.bitcast(address, tile.as_pointer()), align=1))
    half = LANES // 2
    low = [k // 2 + LANES * (k % 2) for k in range(LANES)]
    high = [k + half for k in low]
    for _ in range(4):  # each time, the rows of one half alternate with those of the other half
        pairs = zip(rows[:half], rows[half:], strict=True)
        rows = [shuffle(builder, x, y, lanes) for x, y in pairs for lanes in (low, high)]
    vector = signature.return_type
    return join_groups(
        builder, vector, [_as_inputs(builder, x, vector.group.element) for x in rows]
    )


def _as_inputs(builder, x, real):
    """Return a group of stored numbers as inputs of type `real`: of bytes, x / 255."""
    group = ir.VectorType(real, LANES)
    if x.type.element == I8:
        x = builder.uitofp(x, group)
        kind = np.float32 if isinstance(real, ir.FloatType) else np.float64
        high = float(kind(1 / 255))
        low = float(Fraction(1, 255) - Fraction(high))
        return emit_fma(builder, x, same(group, high), builder.fmul(x, same(group, low)))
    if x.type.element != real:
        cast = builder.fptrunc if isinstance(real, ir.FloatType) else builder.fpext
        x = cast(x, group)
    return builder.fadd(x, same(group, 0.0))  # -0 becomes 0


@lowered(
    lambda data, order, t, n, features, j, stored, array: Vector(array.dtype, LANES),
    _emit_transposed,
)
def transposed(data, order, t, n, features, j, stored, array):
    """16 groups, in the dtype of the array: number j of each of 16 rows, number j + 1 of each ...

    The rows are order[t : t + n] of a matrix with so many `features`, n <= 16; for the lanes from n
    on, the last row is repeated. The matrix, of type `stored`, lies in `data` as bytes. Bytes are
    divided by 255.
    """
    size, tile = np.dtype(stored).itemsize, []
    for r in range(LANES):
        i = size * (get(order, t + min(r, n - 1)) * features + j)
        assert 0 <= i <= len(data) - LANES * size
        tile.append(data[i : i + LANES * size].view(stored))
    x = np.array(tile).T.astype(array.dtype)
    return x / array.dtype.type(255) if stored is np.uint8 else x + array.dtype.type(0)
