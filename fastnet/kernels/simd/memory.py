"""Between memory and vectors."""

import ctypes

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils, config
from numba.core.imputils import impl_ret_borrowed

from ..codes import LANES
from .arithmetic import fma
from .core import (
    I32,
    I64,
    REAL,
    Raw,
    Vector,
    broadcast,
    counted,
    emit_fma,
    first_lanes,
    join_groups,
    lowered,
    same,
    split_groups,
)


@lowered(
    lambda array: array if config.BOUNDSCHECK or isinstance(array, Raw) else Raw(array.dtype),
    lambda context, builder, signature, args: (
        impl_ret_borrowed(context, builder, signature.return_type, args[0])
        if signature.return_type == signature.args[0]
        else context.make_array(signature.args[0])(context, builder, args[0]).data
    ),
)
def raw(array):
    """The address of array[0], with which every operation below reads and writes the array."""
    return array


def address_of(context, builder, memory, value, i, span=1):
    """Address of element i; `span` elements from there on must lie in the array."""
    if isinstance(memory, Raw):
        return builder.gep(value, [i])
    array = context.make_array(memory)(context, builder, value)
    if config.BOUNDSCHECK:
        cgutils.do_boundscheck(context, builder, i, array.nitems, 0)
        last = builder.sub(builder.add(i, I64(span) if isinstance(span, int) else span), I64(1))
        cgutils.do_boundscheck(context, builder, last, array.nitems, 0)
    return builder.gep(array.data, [i])


def load_groups(builder, vector, address):
    """The groups of a `vector` that lies at an address, as a list."""
    address = builder.bitcast(address, vector.group.as_pointer())
    groups = [builder.load(builder.gep(address, [I64(i)])) for i in range(vector.count)]
    for group in groups:
        group.align = vector.dtype.bitwidth // 8
    return groups


def _emit_load(context, builder, signature, args):
    vector = signature.return_type
    address = address_of(context, builder, signature.args[0], *args[:2], LANES * vector.count)
    return join_groups(builder, vector, load_groups(builder, vector, address))


@lowered(lambda array, i, count: counted(array, count), _emit_load)
def load(array, i, count):
    """array[i : i + 16 * count], as `count` groups; count is a constant."""
    assert 0 <= i <= len(array) - LANES * count
    return array[i : i + LANES * count].reshape(count, LANES).copy()


def _emit_store(context, builder, signature, args):
    memory, _, vector = signature.args
    address = address_of(context, builder, memory, *args[:2], LANES * vector.count)
    address = builder.bitcast(address, vector.group.as_pointer())
    for i, group in enumerate(split_groups(builder, vector, args[2])):
        store = builder.store(group, builder.gep(address, [I64(i)]))
        store.align = vector.dtype.bitwidth // 8
    return context.get_dummy_value()


@lowered(lambda array, i, v: types.none, _emit_store)
def store(array, i, v):
    """array[i : i + 16 * count] = v."""
    assert 0 <= i <= len(array) - v.size
    array[i : i + v.size] = v.ravel()


def _emit_load_head(context, builder, signature, args):
    vector, n = signature.return_type, args[2]
    lanes = first_lanes(builder, n)
    span = builder.select(builder.icmp_signed("<", n, I64(LANES)), n, I64(LANES))
    address = address_of(context, builder, signature.args[0], *args[:2], span)
    kind, zero = vector.group, same(vector.group, 0.0)
    address = builder.bitcast(address, kind.as_pointer())
    name = f"llvm.masked.load.v{LANES}f{vector.dtype.bitwidth}.p0"
    # With the alignment among its arguments, as it was before LLVM 22, which still reads it so.
    align = I32(vector.dtype.bitwidth // 8)
    masked = ir.FunctionType(kind, [address.type, I32, lanes.type, kind])
    function = cgutils.get_or_insert_function(builder.module, masked, name)
    return join_groups(builder, vector, [builder.call(function, [address, align, lanes, zero])])


@lowered(lambda array, i, n: Vector(array.dtype, 1), _emit_load_head)
def load_head(array, i, n):
    """One group: array[i : i + n], at most 16 of them, then zeros; 0 < n."""
    assert 0 <= i <= len(array) - min(n, LANES)
    head = array[i : i + min(n, LANES)]
    return np.concatenate([head, np.zeros(LANES - len(head), array.dtype)]).reshape(1, LANES)


def _row_addresses(context, builder, signature, args, rows, span):
    """Addresses of array[i + stride * index[k + r] :], r < rows; `span` numbers are there."""
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


def _emit_zeros(context, builder, signature, args):
    vector = signature.return_type
    return join_groups(builder, vector, [same(vector.group, 0.0)] * vector.count)


@lowered(lambda array, count, rows: counted(array, count, rows), _emit_zeros)
def zeros(array, count, rows):
    """rows * count groups of zeros, in the dtype of the array."""
    return np.zeros((count * rows, LANES), array.dtype)


def _emit_get(context, builder, signature, args):
    address = address_of(context, builder, signature.args[0], *args)
    is_record = isinstance(signature.return_type, types.Record)  # which Numba knows by address
    return address if is_record else builder.load(address)


@lowered(lambda array, i: array.dtype, _emit_get)
def get(array, i):
    """array[i], a number or a record, for i >= 0."""
    assert 0 <= i < len(array)
    return array[i]


def _emit_put(context, builder, signature, args):
    memory, _, kind = signature.args
    x = context.cast(builder, args[2], kind, memory.dtype)
    builder.store(x, address_of(context, builder, memory, *args[:2]))
    return context.get_dummy_value()


@lowered(lambda array, i, x: types.none, _emit_put)
def put(array, i, x):
    """array[i] = x for i >= 0, converted to the dtype of the array."""
    assert 0 <= i < len(array)
    array[i] = x


def _emit_call(context, builder, signature, args):
    kind = signature.args[1]
    function = ir.FunctionType(REAL[types.float64], [REAL[types.float64]])
    x = context.cast(builder, args[1], kind, types.float64)
    y = builder.call(builder.inttoptr(args[0], function.as_pointer()), [x])
    return context.cast(builder, y, types.float64, kind)


@lowered(lambda address, x: x if isinstance(x, types.Float) else None, _emit_call)
def call(address, x):
    """f(x) in the dtype of x, where at this address (int64) is the C function double f(double)."""
    function = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double)(int(address))
    return type(x)(function(float(x)))


def _emit_number(context, builder, signature, args):
    kind = signature.return_type
    span = kind.bitwidth // 8
    address = address_of(context, builder, signature.args[0], *args[:2], span)
    number = builder.load(builder.bitcast(address, REAL[kind].as_pointer()))
    number.align = 1
    return number


@lowered(lambda data, i, stored: stored.dtype, _emit_number)
def number(data, i, stored):
    """The number of type `stored` (np.float32 or np.float64) in the bytes from data[i] on."""
    size = np.dtype(stored).itemsize
    assert 0 <= i <= len(data) - size
    return data[i : i + size].view(stored)[0]


def _emit_numbers(context, builder, signature, args):
    stored, vector = signature.args[2].dtype, signature.return_type
    source = ir.VectorType(REAL[stored], LANES)
    span = LANES * stored.bitwidth // 8
    address = address_of(context, builder, signature.args[0], *args[:2], span)
    group = builder.load(builder.bitcast(address, source.as_pointer()))
    group.align = 1
    if stored.bitwidth < vector.dtype.bitwidth:
        group = builder.fpext(group, vector.group)
    elif stored.bitwidth > vector.dtype.bitwidth:
        group = builder.fptrunc(group, vector.group)
    return join_groups(builder, vector, [group])


@lowered(lambda data, i, stored, array: Vector(array.dtype, 1), _emit_numbers)
def numbers(data, i, stored, array):
    """One group: the 16 numbers of type `stored` from data[i] on, in the dtype of the array."""
    span = LANES * np.dtype(stored).itemsize
    assert 0 <= i <= len(data) - span
    return data[i : i + span].view(stored).astype(array.dtype).reshape(1, LANES)


def _emit_prefetch(context, builder, signature, args):
    address = builder.gep(args[0], [args[1]])
    kind = ir.FunctionType(ir.VoidType(), [address.type, I32, I32, I32])
    function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
    builder.call(function, [address, I32(0), I32(3), I32(1)])
    return context.get_dummy_value()


@lowered(
    lambda array, i: types.none,
    lambda context, builder, signature, args: (
        _emit_prefetch(context, builder, signature, args)
        if isinstance(signature.args[0], Raw)
        else context.get_dummy_value()
    ),
)
def prefetch(array, i):
    """Ask for the cache line of array[i], soon to be read: changes nothing."""


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
    """Read a row, array[i : i + 16 * count], and add x * v to it, x of one group.

    Returns the products of the old row with v, summed over the groups in their order: one group,
    whose total is their dot product.
    """
    old = load(array, i, len(v))
    store(array, i, fma(x, v, old))
    s = old[:1] * v[:1]
    for g in range(1, len(v)):
        s = fma(old[g : g + 1], v[g : g + 1], s)
    return s
