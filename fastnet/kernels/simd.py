"""Vectors of lanes for Numba: the words in which the kernels are written.

A `Vector` is `count` groups of 16 lanes of one dtype. LLVM maps a group to what the CPU has
(float32: one AVX-512 register, two of AVX2, four of NEON or SSE), so a kernel is written once, and
the lanes fix the order of every sum: the bits of a result do not depend on the CPU. Where a vector
of one group meets a longer one, it meets each group of it.

Every operation is a plain NumPy function on arrays of shape (count, 16): it says what the operation
does, and it is what runs under NUMBA_DISABLE_JIT=1. Its decorator says how LLVM does the same.

Memory is named by an array and a position in it. `raw(array)` is its bare address: what kernels
hand on to each other, since Numba passes an array as seven words. With NUMBA_BOUNDSCHECK=1 `raw`
keeps the array, and every load and store checks its bounds.
"""

import inspect
import operator
from fractions import Fraction

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils, config
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin, models, register_model

LANES = 16
_BIT, _I8, _I32, _I64 = (ir.IntType(n) for n in (1, 8, 32, 64))
_REAL = {types.float32: ir.FloatType(), types.float64: ir.DoubleType()}
_LLVM = {**_REAL, types.boolean: _BIT}


class Vector(types.Type):
    """Numba's type of `count` groups of 16 lanes of `dtype`: an LLVM vector for each group."""

    def __init__(self, dtype, count):
        self.dtype, self.count = dtype, count
        self.group = ir.VectorType(_LLVM[dtype], LANES)
        super().__init__(name=f"Vector({dtype}, {count})")


class Raw(types.Type):
    """Numba's type of the bare address of an array of `dtype`."""

    def __init__(self, dtype):
        self.dtype = dtype
        super().__init__(name=f"Raw({dtype})")


@register_model(Vector)
class _VectorModel(models.PrimitiveModel):
    def __init__(self, manager, vector):
        super().__init__(manager, vector, ir.ArrayType(vector.group, vector.count))


@register_model(Raw)
class _RawModel(models.PrimitiveModel):
    def __init__(self, manager, raw):
        super().__init__(manager, raw, manager.lookup(raw.dtype).get_data_type().as_pointer())


def _lowered(typed, emit):
    """Make a NumPy function an intrinsic, unless the JIT is off.

    `typed` gives the type of the result from the types of the arguments, or None where there is no
    such operation; `emit` writes the LLVM code.
    """

    def decorate(function):
        if config.DISABLE_JIT:
            return function

        def definition(typingctx, *arguments):
            result = typed(*arguments)
            return None if result is None else (result(*arguments), emit)

        names = ["typingctx", *inspect.signature(function).parameters]
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        definition.__signature__ = inspect.Signature([inspect.Parameter(n, kind) for n in names])
        definition.__name__, definition.__doc__ = function.__name__, function.__doc__
        return intrinsic(prefer_literal=True)(definition)

    return decorate


# Groups ---------------------------------------------------------------------------------------


def _groups(builder, vector, value, count=None):
    """The groups of a value as a list; the only one repeated where more are wanted."""
    return [builder.extract_value(value, i % vector.count) for i in range(count or vector.count)]


def _join(builder, vector, groups):
    value = ir.Constant(ir.ArrayType(vector.group, vector.count), ir.Undefined)
    for i, group in enumerate(groups):
        value = builder.insert_value(value, group, i)
    return value


def _by_group(emit):
    """Emit an operation group by group."""

    def emit_all(context, builder, signature, args):
        result = signature.return_type
        columns = [
            _groups(builder, kind, arg, result.count)
            for kind, arg in zip(signature.args, args, strict=True)
        ]
        return _join(builder, result, [emit(builder, *g) for g in zip(*columns, strict=True)])

    return emit_all


def _same(kind, x):
    """The constant group of type `kind` with x in every lane."""
    return ir.Constant(kind, [x] * kind.count)


def _broadcast(builder, kind, x):
    group = builder.insert_element(ir.Constant(kind, ir.Undefined), x, _I32(0))
    return builder.shuffle_vector(group, group, _same(ir.VectorType(_I32, kind.count), 0))


def _shuffle(builder, x, y, lanes):
    """The named lanes of x followed by y."""
    return builder.shuffle_vector(x, y, ir.Constant(ir.VectorType(_I32, len(lanes)), list(lanes)))


def _call(builder, name, kind, suffix, *args):
    kind.intrinsic_name = suffix
    function = ir.FunctionType(kind, [arg.type for arg in args])
    return builder.call(builder.module.declare_intrinsic(name, [kind], function), args)


def _fma(builder, x, y, z):
    suffix = f"v{LANES}f{_bits_of(x)}"
    return _call(builder, "llvm.fma", x.type, suffix, x, y, z)


def _bits_of(x):
    return 32 if isinstance(x.type.element, ir.FloatType) else 64


def _widest(*vectors, dtype=None):
    """The type of what comes of vectors of one dtype: that dtype or another, the largest count."""
    if all(isinstance(v, Vector) for v in vectors) and len({v.dtype for v in vectors}) == 1:
        return Vector(dtype or vectors[0].dtype, max(v.count for v in vectors))
    return None


# Memory ---------------------------------------------------------------------------------------


@_lowered(
    lambda array: array if config.BOUNDSCHECK or isinstance(array, Raw) else Raw(array.dtype),
    lambda context, builder, signature, args: (
        args[0]
        if signature.return_type == signature.args[0]
        else context.make_array(signature.args[0])(context, builder, args[0]).data
    ),
)
def raw(array):
    """The address of array[0], with which every operation below reads and writes the array."""
    return array


def _address(context, builder, memory, value, i, span=1):
    """Address of element i; `span` elements from there on must lie in the array."""
    if isinstance(memory, Raw):
        return builder.gep(value, [i])
    array = context.make_array(memory)(context, builder, value)
    if config.BOUNDSCHECK:
        cgutils.do_boundscheck(context, builder, i, array.nitems, 0)
        last = builder.sub(builder.add(i, _I64(span) if isinstance(span, int) else span), _I64(1))
        cgutils.do_boundscheck(context, builder, last, array.nitems, 0)
    return builder.gep(array.data, [i])


def _load_groups(builder, vector, address):
    address = builder.bitcast(address, vector.group.as_pointer())
    groups = [builder.load(builder.gep(address, [_I64(i)])) for i in range(vector.count)]
    for group in groups:
        group.align = vector.dtype.bitwidth // 8
    return groups


def _emit_load(context, builder, signature, args):
    vector = signature.return_type
    address = _address(context, builder, signature.args[0], *args[:2], LANES * vector.count)
    return _join(builder, vector, _load_groups(builder, vector, address))


@_lowered(lambda array, i, count: _counted(array, count), _emit_load)
def load(array, i, count):
    """array[i : i + 16 * count], as `count` groups; count is a constant."""
    assert 0 <= i <= len(array) - LANES * count
    return array[i : i + LANES * count].reshape(count, LANES).copy()


def _counted(array, *counts):
    if not all(isinstance(c, types.IntegerLiteral) for c in counts):
        return None  # Numba asks again, with the constants
    return Vector(array.dtype, int(np.prod([c.literal_value for c in counts])))


def _emit_store(context, builder, signature, args):
    memory, _, vector = signature.args
    address = _address(context, builder, memory, *args[:2], LANES * vector.count)
    address = builder.bitcast(address, vector.group.as_pointer())
    for i, group in enumerate(_groups(builder, vector, args[2])):
        store = builder.store(group, builder.gep(address, [_I64(i)]))
        store.align = vector.dtype.bitwidth // 8
    return context.get_dummy_value()


@_lowered(lambda array, i, v: types.none, _emit_store)
def store(array, i, v):
    """array[i : i + 16 * count] = v."""
    assert 0 <= i <= len(array) - v.size
    array[i : i + v.size] = v.ravel()


def _emit_load_head(context, builder, signature, args):
    vector, n = signature.return_type, args[2]
    lanes = _lanes_below(builder, n)
    span = builder.select(builder.icmp_signed("<", n, _I64(LANES)), n, _I64(LANES))
    address = _address(context, builder, signature.args[0], *args[:2], span)
    kind, zero = vector.group, _same(vector.group, 0.0)
    address = builder.bitcast(address, kind.as_pointer())
    name = f"llvm.masked.load.v{LANES}f{vector.dtype.bitwidth}.p0"
    masked = ir.FunctionType(kind, [address.type, lanes.type, kind])
    function = cgutils.get_or_insert_function(builder.module, masked, name)
    return _join(builder, vector, [builder.call(function, [address, lanes, zero])])


@_lowered(lambda array, i, n: Vector(array.dtype, 1), _emit_load_head)
def load_head(array, i, n):
    """One group: array[i : i + n], at most 16 of them, then zeros; 0 < n."""
    assert 0 <= i <= len(array) - min(n, LANES)
    head = array[i : i + min(n, LANES)]
    return np.concatenate([head, np.zeros(LANES - len(head), array.dtype)]).reshape(1, LANES)


def _row_addresses(context, builder, signature, args):
    """Addresses of the rows that _load_rows names, and the groups of a row as a vector type."""
    count, rows = (c.literal_value for c in signature.args[5:])
    row = Vector(signature.return_type.dtype, count)
    for r in range(rows):
        k = builder.add(args[4], _I64(r))
        index = builder.load(_address(context, builder, signature.args[3], args[3], k))
        i = builder.add(args[1], builder.mul(builder.sext(index, _I64), args[2]))
        yield row, _address(context, builder, signature.args[0], args[0], i, LANES * count)


def _emit_load_rows(context, builder, signature, args):
    addresses = _row_addresses(context, builder, signature, args)
    groups = [g for row, address in addresses for g in _load_groups(builder, row, address)]
    return _join(builder, signature.return_type, groups)


@_lowered(
    lambda array, i, stride, index, k, count, rows: _counted(array, count, rows), _emit_load_rows
)
def load_rows(array, i, stride, index, k, count, rows):
    """Rows index[k : k + rows], `count` groups of each, of a matrix that begins at array[i]."""
    return np.concatenate([load(array, i + stride * get(index, k + r), count) for r in range(rows)])


def _emit_splat_rows(context, builder, signature, args):
    count, rows = (c.literal_value for c in signature.args[2:])
    vector, groups = signature.return_type, []
    for r in range(rows):
        k = builder.add(args[1], _I64(r))
        x = builder.load(_address(context, builder, signature.args[0], args[0], k))
        groups += [_broadcast(builder, vector.group, x)] * count
    return _join(builder, vector, groups)


@_lowered(lambda array, k, count, rows: _counted(array, count, rows), _emit_splat_rows)
def splat_rows(array, k, count, rows):
    """`count` groups of array[k], then `count` groups of array[k + 1] ...: `rows` times."""
    return np.concatenate([np.full((count, LANES), get(array, k + r)) for r in range(rows)])


def _emit_zeros(context, builder, signature, args):
    vector = signature.return_type
    return _join(builder, vector, [_same(vector.group, 0.0)] * vector.count)


@_lowered(lambda array, count, rows: _counted(array, count, rows), _emit_zeros)
def zeros(array, count, rows):
    """rows * count groups of zeros, in the dtype of the array."""
    return np.zeros((count * rows, LANES), array.dtype)


# Numbers --------------------------------------------------------------------------------------


def _emit_get(context, builder, signature, args):
    return builder.load(_address(context, builder, signature.args[0], *args))


@_lowered(lambda array, i: array.dtype, _emit_get)
def get(array, i):
    """array[i] for i >= 0."""
    assert 0 <= i < len(array)
    return array[i]


def _emit_put(context, builder, signature, args):
    memory, _, kind = signature.args
    x = context.cast(builder, args[2], kind, memory.dtype)
    builder.store(x, _address(context, builder, memory, *args[:2]))
    return context.get_dummy_value()


@_lowered(lambda array, i, x: types.none, _emit_put)
def put(array, i, x):
    """array[i] = x for i >= 0, converted to the dtype of the array."""
    assert 0 <= i < len(array)
    array[i] = x


def _emit_number(context, builder, signature, args):
    kind = signature.return_type
    span = kind.bitwidth // 8
    address = _address(context, builder, signature.args[0], *args[:2], span)
    number = builder.load(builder.bitcast(address, _REAL[kind].as_pointer()))
    number.align = 1
    return number


@_lowered(lambda data, i, stored: stored.dtype, _emit_number)
def number(data, i, stored):
    """The number of type `stored` (np.float32 or np.float64) in the bytes from data[i] on."""
    size = np.dtype(stored).itemsize
    assert 0 <= i <= len(data) - size
    return data[i : i + size].view(stored)[0]


def _emit_numbers(context, builder, signature, args):
    stored, vector = signature.args[2].dtype, signature.return_type
    source = ir.VectorType(_REAL[stored], LANES)
    span = LANES * stored.bitwidth // 8
    address = _address(context, builder, signature.args[0], *args[:2], span)
    group = builder.load(builder.bitcast(address, source.as_pointer()))
    group.align = 1
    if stored.bitwidth < vector.dtype.bitwidth:
        group = builder.fpext(group, vector.group)
    elif stored.bitwidth > vector.dtype.bitwidth:
        group = builder.fptrunc(group, vector.group)
    return _join(builder, vector, [group])


@_lowered(lambda data, i, stored, array: Vector(array.dtype, 1), _emit_numbers)
def numbers(data, i, stored, array):
    """One group: the 16 numbers of type `stored` from data[i] on, in the dtype of the array."""
    span = LANES * np.dtype(stored).itemsize
    assert 0 <= i <= len(data) - span
    return data[i : i + span].view(stored).astype(array.dtype).reshape(1, LANES)


def _emit_prefetch(context, builder, signature, args):
    address = builder.gep(args[0], [args[1]])
    kind = ir.FunctionType(ir.VoidType(), [address.type, _I32, _I32, _I32])
    function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
    builder.call(function, [address, _I32(0), _I32(3), _I32(1)])
    return context.get_dummy_value()


@_lowered(
    lambda array, i: types.none,
    lambda context, builder, signature, args: (
        _emit_prefetch(context, builder, signature, args)
        if isinstance(signature.args[0], Raw)
        else context.get_dummy_value()
    ),
)
def prefetch(array, i):
    """Ask for the cache line of array[i], soon to be read: changes nothing."""


# Arithmetic -----------------------------------------------------------------------------------


def _emit_splat(context, builder, signature, args):
    vector = signature.return_type
    return _join(builder, vector, [_broadcast(builder, vector.group, args[0])])


@_lowered(lambda x: Vector(x, 1) if isinstance(x, types.Float) else None, _emit_splat)
def splat(x):
    """One group of 16 times the float x."""
    return np.full((1, LANES), x)


def _emit_constant(context, builder, signature, args):
    x = context.cast(builder, args[0], signature.args[0], signature.return_type.dtype)
    return _emit_splat(context, builder, signature, [x])


@_lowered(lambda x, like: Vector(like.dtype, 1), _emit_constant)
def constant(x, like):
    """One group of 16 times the number x, in the dtype of the vector (or array) `like`."""
    return np.full((1, LANES), x, like.dtype)


@_lowered(_widest, _by_group(_fma))
def fma(x, y, z):
    """x * y + z, rounded once; the NumPy form for float64 rounds twice."""
    with np.errstate(all="ignore"):
        if z.dtype == np.float64:
            return x * y + z
        # Sum in float64 and round to odd; rounding that to float32 is then rounding once.
        product, addend = x.astype(np.float64) * y, z.astype(np.float64)
        s = product + addend
        back = s - product
        error = (product - (s - back)) + (addend - back)
        inexact_even = (error != 0) & np.isfinite(error) & (s.view(np.int64) & 1 == 0)
        s = np.where(inexact_even, np.nextafter(s, np.copysign(np.inf, error)), s)
        return s.astype(np.float32)


@_lowered(
    _widest,
    _by_group(lambda builder, x: _call(builder, "llvm.fabs", x.type, f"v{LANES}f{_bits_of(x)}", x)),
)
def magnitude(x):
    """|x|."""
    return np.abs(x)


def _operator(symbol, emit, dtype=None):
    """Give an operator on vectors, or on a vector and a number, its LLVM instruction."""

    @infer_global(symbol)
    class Operator(AbstractTemplate):
        def generic(self, args, kws):
            (like,) = [a for a in args if isinstance(a, Vector)][:1] or [None]
            if like is None or not all(isinstance(a, Vector | types.Number) for a in args):
                return None
            result = _widest(*(a for a in args if isinstance(a, Vector)), dtype=dtype)
            return result and signature(result, *args)

    def emit_mixed(context, builder, signature, args):
        (like,) = [a for a in signature.args if isinstance(a, Vector)][:1]
        kinds, values = [], []
        for kind, value in zip(signature.args, args, strict=True):
            if not isinstance(kind, Vector):
                one = Vector(like.dtype, 1)
                value = _emit_constant(context, builder, one(kind, like), [value])
                kind = one
            kinds.append(kind)
            values.append(value)
        return _by_group(emit)(context, builder, signature.return_type(*kinds), values)

    for kinds in ((Vector, Vector), (Vector, types.Number), (types.Number, Vector)):
        lower_builtin(symbol, *kinds)(emit_mixed)


if not config.DISABLE_JIT:
    _operator(operator.add, lambda builder, x, y: builder.fadd(x, y))
    _operator(operator.sub, lambda builder, x, y: builder.fsub(x, y))
    _operator(operator.mul, lambda builder, x, y: builder.fmul(x, y))
    _operator(operator.truediv, lambda builder, x, y: builder.fdiv(x, y))
    _operator(operator.lt, lambda b, x, y: b.fcmp_ordered("<", x, y), types.boolean)
    _operator(operator.gt, lambda b, x, y: b.fcmp_ordered(">", x, y), types.boolean)
    _operator(operator.eq, lambda b, x, y: b.fcmp_ordered("==", x, y), types.boolean)


@_lowered(
    lambda mask, x, y: _widest(x, y) and Vector(x.dtype, max(mask.count, x.count, y.count)),
    _by_group(lambda builder, mask, x, y: builder.select(mask, x, y)),
)
def select(mask, x, y):
    """x in the lanes where the mask is true, y in the others."""
    return np.where(mask, x, y)


def _format(x):
    """IEEE format of a group of floats: its integers, the bits of the mantissa, the bias."""
    integer, mantissa, bias = {32: (_I32, 23, 127), 64: (_I64, 52, 1023)}[_bits_of(x)]
    return ir.VectorType(integer, LANES), mantissa, bias


def _emit_nearest(builder, x):
    magic = _same(
        x.type, 1.5 * 2.0 ** _format(x)[1]
    )  # no fraction is left beside so large a number
    return builder.fsub(builder.fadd(x, magic), magic)


@_lowered(_widest, _by_group(_emit_nearest))
def nearest(x):
    """The whole number nearest to x, the even one of two, for |x| < 2**22."""
    return np.rint(x)


def _emit_power_of_two(builder, k):
    integers, mantissa, bias = _format(k)
    magic = _same(k.type, 1.5 * 2.0**mantissa)  # puts k into the lowest bits
    exponent = builder.add(builder.bitcast(builder.fadd(k, magic), integers), _same(integers, bias))
    return builder.bitcast(builder.shl(exponent, _same(integers, mantissa)), k.type)


@_lowered(_widest, _by_group(_emit_power_of_two))
def power_of_two(k):
    """2**k, for whole k with |k| <= exponent_limit."""
    with np.errstate(invalid="ignore"):
        return np.ldexp(np.ones_like(k), k.astype(np.int32))


def _emit_exponent(builder, x):
    integers, mantissa, bias = _format(x)
    exponent = builder.lshr(builder.bitcast(x, integers), _same(integers, mantissa))
    return builder.sitofp(builder.sub(exponent, _same(integers, bias)), x.type)


@_lowered(_widest, _by_group(_emit_exponent))
def exponent(x):
    """The whole k with 2**k <= x < 2**(k + 1), for normal x > 0."""
    return (np.frexp(x)[1] - 1).astype(x.dtype)


@_lowered(
    lambda like: Vector(like.dtype, 1),
    _by_group(lambda builder, x: _same(x.type, float(_format(x)[2] - 1))),
)
def exponent_limit(like):
    """The largest k for which 2**k and 2**-k are normal: 126 in float32, 1022 in float64."""
    return np.full((1, LANES), -np.finfo(like.dtype).minexp, like.dtype)


def series(coefficient, float32, float64):
    """The power series sum(coefficient(n) * x**n), so many terms as the dtype is given.

    Returns an operation on vectors. It evaluates neighbouring terms side by side (Estrin's scheme):
    a shorter chain than Horner's.
    """

    def evaluate(terms, x, fma, square):
        while len(terms) > 1:
            pairs = [fma(high, x, low) for low, high in zip(terms[::2], terms[1::2], strict=False)]
            terms = pairs + terms[len(terms) // 2 * 2 :]
            x = square(x)
        return terms[0]

    def emit(builder, x):
        n = {32: float32, 64: float64}[_bits_of(x)]
        terms = [_same(x.type, coefficient(i)) for i in range(n)]
        return evaluate(
            terms, x, lambda a, b, c: _fma(builder, a, b, c), lambda v: builder.fmul(v, v)
        )

    @_lowered(_widest, _by_group(emit))
    def operation(x):
        n = {np.dtype(np.float32): float32, np.dtype(np.float64): float64}[x.dtype]
        return evaluate([np.full_like(x, coefficient(i)) for i in range(n)], x, fma, np.square)

    return operation


# Across lanes and groups ----------------------------------------------------------------------


def _lanes_below(builder, n):
    lanes = ir.Constant(ir.VectorType(_I64, LANES), list(range(LANES)))
    return builder.icmp_signed("<", lanes, _broadcast(builder, lanes.type, n))


def _emit_lanes_below(context, builder, signature, args):
    return _join(builder, signature.return_type, [_lanes_below(builder, args[0])])


@_lowered(lambda n: Vector(types.boolean, 1), _emit_lanes_below)
def lanes_below(n):
    """Mask of one group: true in the first n lanes, in none if n <= 0."""
    return (np.arange(LANES) < n).reshape(1, LANES)


def _emit_lane(context, builder, signature, args):
    lanes = ir.Constant(ir.VectorType(_I64, LANES), list(range(LANES)))
    mask = builder.icmp_signed("==", lanes, _broadcast(builder, lanes.type, args[0]))
    return _join(builder, signature.return_type, [mask])


@_lowered(lambda n: Vector(types.boolean, 1), _emit_lane)
def lane(n):
    """Mask of one group: true in lane n only; in none if there is no such lane."""
    return (np.arange(LANES) == n).reshape(1, LANES)


def _emit_bits(context, builder, signature, args):
    (group,) = _groups(builder, signature.args[0], args[0])
    return builder.zext(builder.bitcast(group, ir.IntType(LANES)), _I64)


@_lowered(lambda mask: types.uint64, _emit_bits)
def bits(mask):
    """The mask of one group as a whole number: lane 0 is its lowest bit."""
    return np.uint64((mask[0].astype(np.int64) << np.arange(LANES)).sum())


def _emit_lowest_bit(context, builder, signature, args):
    return builder.cttz(args[0], _BIT(0))


@_lowered(lambda mask: types.int64, _emit_lowest_bit)
def lowest_bit(mask):
    """Position of the lowest bit that is set in a uint64; 64 if none is."""
    mask = int(mask)
    return (mask & -mask).bit_length() - 1 if mask else 64


def _halve(builder, groups, combine):
    """Fold the lanes of one group, half onto half, until one is left."""
    (v,) = groups
    width = LANES
    while width > 1:
        width //= 2
        v = combine(
            builder, v, _shuffle(builder, v, v, [(i + width) % LANES for i in range(LANES)])
        )
    return builder.extract_element(v, _I32(0))


@_lowered(
    lambda v: v.dtype,
    lambda context, builder, signature, args: _halve(
        builder, _groups(builder, signature.args[0], args[0]), lambda b, x, y: b.fadd(x, y)
    ),
)
def total(v):
    """Sum of the lanes of one group, half folded onto half until one is left."""
    v = v[0]
    while len(v) > 1:
        v = v[: len(v) // 2] + v[len(v) // 2 :]
    return v[0]


@_lowered(
    lambda v: v.dtype,
    lambda context, builder, signature, args: _halve(
        builder,
        _groups(builder, signature.args[0], args[0]),
        lambda b, x, y: b.select(b.fcmp_ordered(">", x, y), x, y),
    ),
)
def largest(v):
    """The largest lane of one group."""
    return v.max()


def _emit_fold(context, builder, signature, args):
    rows = signature.args[2].literal_value
    width = LANES // rows
    x, y = (_groups(builder, k, a)[0] for k, a in zip(signature.args[:2], args[:2], strict=True))
    left = [2 * width * r + i for r in range(rows) for i in range(width)]
    right = [i + width for i in left]
    halves = (_shuffle(builder, x, y, lanes) for lanes in (left, right))
    return _join(builder, signature.return_type, [builder.fadd(*halves)])


@_lowered(
    lambda x, y, rows: _widest(x, y) if isinstance(rows, types.IntegerLiteral) else None, _emit_fold
)
def fold(x, y, rows):
    """Part of the way to the totals of several groups: x and y each hold rows / 2 partial sums.

    fold(fold(fold(fold(a, b, 2), fold(c, d, 2), 4), ..., 8), ..., 16), of 16 groups, is the group
    total(a), total(b), total(c), ...: the same sums in the same order, at a fraction of the cost.
    """
    halves = np.concatenate([x, y], axis=1).reshape(rows, 2, LANES // rows)
    return (halves[:, 0] + halves[:, 1]).reshape(1, LANES)


def _emit_fold_groups(context, builder, signature, args):
    groups = _groups(builder, signature.args[0], args[0])
    while len(groups) > signature.return_type.count:
        half = len(groups) // 2
        pairs = zip(groups[:half], groups[half:], strict=True)
        groups = [builder.fadd(x, y) for x, y in pairs]
    return _join(builder, signature.return_type, groups)


@_lowered(lambda v, count: _counted(v, count), _emit_fold_groups)
def fold_groups(v, count):
    """Sums of groups: half of them folded onto the other half until `count` are left."""
    while len(v) > count:
        v = v[: len(v) // 2] + v[len(v) // 2 :]
    return v


def _emit_learn_row(context, builder, signature, args):
    memory, _, step, vector = signature.args
    address = _address(context, builder, memory, *args[:2], LANES * vector.count)
    olds = _load_groups(builder, vector, address)
    address = builder.bitcast(address, vector.group.as_pointer())
    (x,) = _groups(builder, step, args[2])
    sums = None
    for i, (old, v) in enumerate(zip(olds, _groups(builder, vector, args[3]), strict=True)):
        new = builder.store(_fma(builder, x, v, old), builder.gep(address, [_I64(i)]))
        new.align = vector.dtype.bitwidth // 8
        sums = _fma(builder, old, v, sums) if sums else builder.fmul(old, v)
    return _join(builder, signature.return_type, [sums])


@_lowered(lambda array, i, x, v: Vector(v.dtype, 1), _emit_learn_row)
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


# Bytes ----------------------------------------------------------------------------------------

_BYTES = ir.VectorType(_I8, 64)


def _load_bytes(context, builder, signature, args):
    """The bytes data[i : i + 64], and which of them are not 0."""
    address = _address(context, builder, signature.args[0], *args[:2], 64)
    found = builder.load(builder.bitcast(address, _BYTES.as_pointer()))
    found.align = 1
    return found, builder.icmp_unsigned("!=", found, _same(_BYTES, 0))


@_lowered(
    lambda data, i: types.uint64,
    lambda context, builder, signature, args: builder.bitcast(
        _load_bytes(context, builder, signature, args)[1], _I64
    ),
)
def nonzero_bytes(data, i):
    """Which of data[i : i + 64] are not 0: the first is the lowest bit of the uint64."""
    assert 0 <= i <= len(data) - 64
    return np.packbits(data[i : i + 64] != 0, bitorder="little").view(np.uint64)[0]


@_lowered(
    lambda: types.boolean,
    lambda context, builder, signature, args: _BIT(
        "+avx512vbmi2" in context.codegen().magic_tuple()[2]
    ),
)
def packs_bytes():
    """Whether this CPU packs chosen bytes of a vector in one instruction; a constant."""
    return True


def _emit_pack_bytes(context, builder, signature, args):
    index, values = signature.args[4:6]
    found, mask = _load_bytes(context, builder, signature, args)
    mask = builder.and_(builder.bitcast(mask, _I64), args[3])
    chosen = builder.bitcast(mask, ir.VectorType(_BIT, 64))

    def pack(x):
        undefined = ir.Constant(_BYTES, ir.Undefined)
        name = "llvm.experimental.vector.compress"
        return _call(builder, name, _BYTES, "v64i8", x, chosen, undefined)

    packed, lanes = pack(found), pack(ir.Constant(_BYTES, list(range(64))))
    integers, reals = ir.VectorType(_I32, LANES), ir.VectorType(_REAL[values.dtype], LANES)
    first = _broadcast(builder, integers, builder.trunc(args[2], _I32))
    # x / 255 = x * high + x * low, rounded once at the end: the same float as the division gives.
    high = float(np.dtype(str(values.dtype)).type(1 / 255))
    low = float(Fraction(1, 255) - Fraction(high))
    for part in range(0, 64, LANES):
        x = _shuffle(builder, packed, packed, range(part, part + LANES))
        x = builder.uitofp(x, reals)
        x = _fma(builder, x, _same(reals, high), builder.fmul(x, _same(reals, low)))
        i = _shuffle(builder, lanes, lanes, range(part, part + LANES))
        i = builder.add(builder.zext(i, integers), first)
        to = builder.add(args[6], _I64(part))
        for memory, value, group in ((index, args[4], i), (values, args[5], x)):
            address = _address(context, builder, memory, value, to, LANES)
            builder.store(group, builder.bitcast(address, group.type.as_pointer())).align = 4
    return builder.add(args[6], builder.ctpop(mask))


@_lowered(lambda data, i, j, chosen, index, values, n: types.int64, _emit_pack_bytes)
def pack_bytes(data, i, j, chosen, index, values, n):
    """Append the positions j + k and the values data[i + k] / 255 of non-zero bytes to two lists.

    Only those of the 64 bytes count whose bit k is set in `chosen` (uint64). The lists index and
    values hold n entries and have room for 64 more, all of which may be written. Returns their new
    length.
    """
    mask = int(nonzero_bytes(data, i)) & int(chosen)
    k = np.flatnonzero([mask >> b & 1 for b in range(64)])
    assert n + 64 <= min(len(index), len(values))
    index[n : n + len(k)] = j + k
    values[n : n + len(k)] = data[i + k].astype(values.dtype) / values.dtype.type(255)
    return n + len(k)
