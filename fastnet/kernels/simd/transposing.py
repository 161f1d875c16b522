"""Transpose rows of data: make groups, each of one input of 16 samples."""

import numpy as np
from llvmlite import ir
from numba import types

from ..codes import LANES
from .arithmetic import fraction_of_255
from .core import I8, I64, REAL, Vector, join_groups, lowered, same, shuffle
from .memory import address_of, get

WIDTH = 64  # bytes of a row that are transposed at once


def _load_rows(context, builder, signature, args, part, size):
    """Return a `part`, numbers of `size` bytes, of each of 16 rows: see `transposed`."""
    data, order, t, n, features, j = args[:6]
    last, rows = builder.sub(n, I64(1)), []
    for r in range(LANES):
        k = builder.select(builder.icmp_signed("<", last, I64(r)), last, I64(r))
        k = address_of(context, builder, signature.args[1], order, builder.add(t, k))
        i = builder.mul(builder.add(builder.mul(builder.load(k), features), j), I64(size))
        address = address_of(context, builder, signature.args[0], data, i, part.count * size)
        rows.append(builder.load(builder.bitcast(address, part.as_pointer()), align=1))
    return rows


def _interleave(builder, rows, lane):
    """Transpose `lane` numbers of 16 rows, in each `lane` of the rows by itself.

    Four times, the rows of one half alternate with those of the other half.
    """
    count, half = rows[0].type.count, LANES // 2
    low = [first + i // 2 + count * (i % 2) for first in range(0, count, lane) for i in range(lane)]
    high = [i + lane // 2 for i in low]
    for _ in range(4):
        pairs = zip(rows[:half], rows[half:], strict=True)
        rows = [shuffle(builder, x, y, lanes) for x, y in pairs for lanes in (low, high)]
    return rows


def _emit_transposed(context, builder, signature, args):
    vector, stored = signature.return_type, REAL[signature.args[6].dtype]
    real, groups = vector.group.element, []
    size, part = signature.args[6].dtype.bitwidth // 8, ir.VectorType(stored, LANES)
    rows = _load_rows(context, builder, signature, args, part, size)
    for x in _interleave(builder, rows, LANES):
        if stored != real:
            cast = builder.fptrunc if isinstance(real, ir.FloatType) else builder.fpext
            x = cast(x, vector.group)
        groups.append(builder.fadd(x, same(vector.group, 0.0)))  # -0 becomes 0
    return join_groups(builder, vector, groups)


@lowered(
    lambda data, order, t, n, features, j, stored, array: Vector(array.dtype, LANES),
    _emit_transposed,
)
def transposed(data, order, t, n, features, j, stored, array):
    """16 groups, in the dtype of the array: number j of each of 16 rows, number j + 1 of each ...

    The rows are order[t : t + n] of a matrix with so many `features`, n <= 16; for the lanes from n
    on, the last row is repeated. The matrix lies in `data` as bytes; its numbers are `stored`
    floats.
    """
    tile = _tile(data, order, t, n, features, j, np.dtype(stored), LANES)
    return tile.astype(array.dtype) + array.dtype.type(0)


def _tile(data, order, t, n, features, j, stored, width):
    """Numbers j ... j + width - 1 of 16 rows, transposed (width, 16)."""
    rows, size = [], stored.itemsize
    for r in range(LANES):
        i = size * (int(get(order, t + min(r, n - 1))) * features + j)
        assert 0 <= i <= len(data) - width * size
        rows.append(data[i : i + width * size].view(stored))
    return np.array(rows).T


def _byte_address(context, builder, memory, value, k, part):
    """Return the address of bytes 16 k ... of an array, a `part`."""
    per = memory.dtype.bitwidth // 8
    at = builder.udiv(builder.mul(k, I64(LANES)), I64(per))
    span = part.count // per
    address = address_of(context, builder, memory, value, at, span)
    return builder.bitcast(address, part.as_pointer())


def _emit_transpose_bytes(context, builder, signature, args):
    rows = _load_rows(context, builder, signature, args, ir.VectorType(I8, WIDTH), 1)
    rows = _interleave(builder, rows, LANES)
    for first in range(0, WIDTH, LANES):
        for r, row in enumerate(rows):
            part = shuffle(builder, row, row, range(first, first + LANES))
            to = _byte_address(
                context, builder, signature.args[6], args[6], I64(first + r), part.type
            )
            builder.store(part, to, align=1)
    return context.get_dummy_value()


@lowered(lambda data, order, t, n, features, j, to: types.none, _emit_transpose_bytes)
def transpose_bytes(data, order, t, n, features, j, to):
    """Write bytes j ... j + 63 of 16 rows to the array `to`, as (64, 16): see `transposed`."""
    tile = _tile(data, order, t, n, features, j, np.dtype(np.uint8), WIDTH)
    to.view(np.uint8)[: WIDTH * LANES] = tile.ravel()


def _emit_byte_inputs(context, builder, signature, args):
    vector = signature.return_type
    part = ir.VectorType(I8, LANES)
    address = _byte_address(context, builder, signature.args[0], *args, part)
    x = builder.uitofp(builder.load(address, align=1), vector.group)
    return join_groups(builder, vector, [fraction_of_255(builder, x, vector.dtype)])


@lowered(lambda array, k: Vector(array.dtype, 1), _emit_byte_inputs)
def byte_inputs(array, k):
    """One group, in the dtype of the array: its bytes 16 k ... 16 k + 15, divided by 255."""
    x = array.view(np.uint8)[LANES * k : LANES * (k + 1)].reshape(1, LANES)
    return x.astype(array.dtype) / array.dtype.type(255)
