"""Loads and stores: between memory and vectors, and single numbers."""

import ctypes

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils, config, typing
from numba.core.imputils import impl_ret_borrowed
from numba.np import arrayobj

from ..codes import LANES
from .core import (
    I8,
    I32,
    I64,
    REAL,
    Raw,
    Vector,
    counted,
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
    """The address of array[0]. The operations below accept it in the place of the array."""
    return array


def _placed(address, n, dtype):
    element = dtype.instance_type if isinstance(dtype, types.NumberClass) else dtype.dtype
    return types.Array(element, 1, "C") if config.BOUNDSCHECK else Raw(element)


def _emit_place(context, builder, signature, args):
    memory = signature.return_type
    pointer = context.get_data_type(memory.dtype).as_pointer()
    address = builder.inttoptr(args[0], pointer)
    if isinstance(memory, Raw):
        return address
    counted = typing.signature(memory, types.CPointer(memory.dtype), types.int64)
    return arrayobj.np_cfarray(context, builder, counted, (address, args[1]))


@lowered(_placed, _emit_place)
def place(address, n, dtype):
    """The array of n elements of `dtype` at this address, as `raw` would return it."""
    address, n, dtype = int(address), int(n), np.dtype(dtype)
    if dtype.names:
        dtype = np.dtype((np.record, dtype))  # whose fields are attributes
    buffer = (ctypes.c_char * (n * dtype.itemsize)).from_address(address)
    return np.ndarray(n, dtype, buffer)


def address_of(context, builder, memory, value, i, span=1):
    """Return the address of element i. The array must hold `span` elements from there on."""
    if isinstance(memory, Raw):
        return builder.gep(value, [i])
    array = context.make_array(memory)(context, builder, value)
    if config.BOUNDSCHECK:
        cgutils.do_boundscheck(context, builder, i, array.nitems, 0)
        last = builder.sub(builder.add(i, I64(span) if isinstance(span, int) else span), I64(1))
        cgutils.do_boundscheck(context, builder, last, array.nitems, 0)
    return builder.gep(array.data, [i])


def load_groups(builder, vector, address):
    """Return the groups of a `vector` that lies at an address, as a list."""
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
    group, zero = vector.group, same(vector.group, 0.0)
    address = builder.bitcast(address, group.as_pointer())
    name = f"llvm.masked.load.v{LANES}f{vector.dtype.bitwidth}.p0"
    # The alignment is an argument, as before LLVM 22, which still accepts that.
    align = I32(vector.dtype.bitwidth // 8)
    masked = ir.FunctionType(group, [address.type, I32, lanes.type, group])
    function = cgutils.get_or_insert_function(builder.module, masked, name)
    return join_groups(builder, vector, [builder.call(function, [address, align, lanes, zero])])


@lowered(lambda array, i, n: Vector(array.dtype, 1), _emit_load_head)
def load_head(array, i, n):
    """One group: array[i : i + n], at most 16 of them, then zeros; 0 < n."""
    assert 0 <= i <= len(array) - min(n, LANES)
    head = array[i : i + min(n, LANES)]
    return np.concatenate([head, np.zeros(LANES - len(head), array.dtype)]).reshape(1, LANES)


def _emit_zeros(context, builder, signature, args):
    vector = signature.return_type
    return join_groups(builder, vector, [same(vector.group, 0.0)] * vector.count)


@lowered(lambda array, count, rows: counted(array, count, rows), _emit_zeros)
def zeros(array, count, rows):
    """rows * count groups of zeros, in the dtype of the array."""
    return np.zeros((count * rows, LANES), array.dtype)


def _emit_get(context, builder, signature, args):
    address = address_of(context, builder, signature.args[0], *args)
    is_record = isinstance(signature.return_type, types.Record)  # Numba holds records by address
    return address if is_record else builder.load(address)


@lowered(lambda array, i: array.dtype, _emit_get)
def get(array, i):
    """array[i], a number or a record, for i >= 0."""
    assert 0 <= i < len(array)
    return array[i]


def _emit_put(context, builder, signature, args):
    memory, _, given = signature.args
    x = context.cast(builder, args[2], given, memory.dtype)
    builder.store(x, address_of(context, builder, memory, *args[:2]))
    return context.get_dummy_value()


@lowered(lambda array, i, x: types.none, _emit_put)
def put(array, i, x):
    """array[i] = x for i >= 0, converted to the dtype of the array."""
    assert 0 <= i < len(array)
    array[i] = x


def _emit_call(context, builder, signature, args):
    given = signature.args[1]
    function = ir.FunctionType(REAL[types.float64], [REAL[types.float64]])
    x = context.cast(builder, args[1], given, types.float64)
    y = builder.call(builder.inttoptr(args[0], function.as_pointer()), [x])
    return context.cast(builder, y, types.float64, given)


@lowered(lambda address, x: x if isinstance(x, types.Float) else None, _emit_call)
def call(address, x):
    """f(x) in the dtype of x, with the C function double f(double) at this address (int64)."""
    function = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double)(int(address))
    return type(x)(function(float(x)))


def _emit_number(context, builder, signature, args):
    stored = signature.return_type
    span = stored.bitwidth // 8
    address = address_of(context, builder, signature.args[0], *args[:2], span)
    number = builder.load(builder.bitcast(address, REAL[stored].as_pointer()))
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
    address = builder.bitcast(builder.gep(args[0], [args[1]]), I8.as_pointer())
    asks = ir.FunctionType(ir.VoidType(), [address.type, I32, I32, I32])
    function = cgutils.get_or_insert_function(builder.module, asks, "llvm.prefetch.p0")
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
    """Ask for the cache line of array[i], which is read soon. This changes no value."""
