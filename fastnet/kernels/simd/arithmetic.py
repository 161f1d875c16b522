"""Arithmetic, lane by lane."""

import operator
from fractions import Fraction

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import config
from numba.core.typing import templates
from numba.extending import lower_builtin

from ..codes import LANES
from .core import (
    I32,
    I64,
    Vector,
    bits_of,
    broadcast,
    by_group,
    call_llvm,
    emit_fma,
    join_groups,
    lowered,
    same,
    widest,
)


def _emit_splat(context, builder, signature, args):
    vector = signature.return_type
    return join_groups(builder, vector, [broadcast(builder, vector.group, args[0])])


@lowered(lambda x: Vector(x, 1) if isinstance(x, types.Float) else None, _emit_splat)
def splat(x):
    """One group with the float x in all 16 lanes."""
    return np.full((1, LANES), x)


def _emit_constant(context, builder, signature, args):
    x = context.cast(builder, args[0], signature.args[0], signature.return_type.dtype)
    return _emit_splat(context, builder, signature, [x])


@lowered(lambda x, like: Vector(like.dtype, 1), _emit_constant)
def constant(x, like):
    """One group with the number x in all 16 lanes, in the dtype of the vector or array `like`."""
    return np.full((1, LANES), x, like.dtype)


@lowered(widest, by_group(emit_fma))
def fma(x, y, z):
    """x * y + z, rounded once; the NumPy form for float64 rounds twice."""
    most = max(len(x), len(y), len(z))
    x, y, z = (np.tile(v, (most // len(v), 1)) for v in (x, y, z))
    with np.errstate(all="ignore"):
        if z.dtype == np.float64:
            return x * y + z
        # Sum in float64 and round to odd: then rounding to float32 gives the correctly rounded sum.
        product, addend = x.astype(np.float64) * y, z.astype(np.float64)
        s = product + addend
        back = s - product
        error = (product - (s - back)) + (addend - back)
        inexact_even = (error != 0) & np.isfinite(error) & (s.view(np.int64) & 1 == 0)
        s = np.where(inexact_even, np.nextafter(s, np.copysign(np.inf, error)), s)
        return s.astype(np.float32)


def fraction_of_255(builder, x, dtype):
    """Return x / 255 of a group of whole numbers from 0 to 255, the float nearest to it."""
    # x / 255 = x * high + x * low, rounded once at the end.
    high = float(np.dtype(str(dtype)).type(1 / 255))
    low = float(Fraction(1, 255) - Fraction(high))
    return emit_fma(builder, x, same(x.type, high), builder.fmul(x, same(x.type, low)))


@lowered(
    widest,
    by_group(
        lambda builder, x: call_llvm(builder, "llvm.fabs", x.type, f"v{LANES}f{bits_of(x)}", x)
    ),
)
def magnitude(x):
    """|x|."""
    return np.abs(x)


def _operator(symbol, emit, dtype=None):
    """Give an operator on vectors, or on a vector and a number, its LLVM instruction."""

    @templates.infer_global(symbol)
    class Operator(templates.AbstractTemplate):
        def generic(self, args, kws):
            vectors = [arg for arg in args if isinstance(arg, Vector)]
            if not vectors or not all(isinstance(arg, Vector | types.Number) for arg in args):
                return None
            result = widest(*vectors, dtype=dtype)
            return result and templates.signature(result, *args)

    def emit_all(context, builder, signature, args):
        vector = next(arg_type for arg_type in signature.args if isinstance(arg_type, Vector))
        one = Vector(vector.dtype, 1)
        arg_types, values = list(signature.args), list(args)
        for i, arg_type in enumerate(arg_types):
            if isinstance(arg_type, types.Number):
                values[i] = _emit_constant(context, builder, one(arg_type, vector), [values[i]])
                arg_types[i] = one
        return by_group(emit)(context, builder, signature.return_type(*arg_types), values)

    for arg_types in ((Vector, Vector), (Vector, types.Number), (types.Number, Vector)):
        lower_builtin(symbol, *arg_types)(emit_all)


def _by_kind(builder, x, y, of_reals, of_integers):
    """Emit one of the builder's methods, by the kind of the numbers."""
    whole = isinstance(x.type.element, ir.IntType)
    return getattr(builder, of_integers if whole else of_reals)(x, y)


if not config.DISABLE_JIT:
    _operator(operator.add, lambda b, x, y: _by_kind(b, x, y, "fadd", "add"))
    _operator(operator.sub, lambda b, x, y: _by_kind(b, x, y, "fsub", "sub"))
    _operator(operator.mul, lambda b, x, y: _by_kind(b, x, y, "fmul", "mul"))
    _operator(operator.truediv, lambda builder, x, y: builder.fdiv(x, y))
    _operator(operator.lt, lambda b, x, y: b.fcmp_ordered("<", x, y), types.boolean)
    _operator(operator.gt, lambda b, x, y: b.fcmp_ordered(">", x, y), types.boolean)
    _operator(operator.eq, lambda b, x, y: b.fcmp_ordered("==", x, y), types.boolean)
    _operator(operator.xor, lambda builder, x, y: builder.xor(x, y))
    _operator(operator.and_, lambda builder, x, y: builder.and_(x, y))
    _operator(operator.rshift, lambda builder, x, y: builder.lshr(x, y))


@lowered(
    lambda mask, x, y: widest(x, y) and Vector(x.dtype, max(mask.count, x.count, y.count)),
    by_group(lambda builder, mask, x, y: builder.select(mask, x, y)),
)
def select(mask, x, y):
    """x in the lanes where the mask is true, y in the others."""
    return np.where(mask, x, y)


def _format(x):
    """IEEE format of a group of floats: its integers, the bits of the mantissa, the bias."""
    integer, mantissa, bias = {32: (I32, 23, 127), 64: (I64, 52, 1023)}[bits_of(x)]
    return ir.VectorType(integer, LANES), mantissa, bias


def _emit_nearest(builder, x):
    magic = same(x.type, 1.5 * 2.0 ** _format(x)[1])  # so large that the sum has no fraction
    return builder.fsub(builder.fadd(x, magic), magic)


@lowered(widest, by_group(_emit_nearest))
def nearest(x):
    """The whole number nearest to x, for |x| < 2**22; of two equally near, the even one."""
    return np.rint(x)


def _emit_power_of_two(builder, k):
    integers, mantissa, bias = _format(k)
    magic = same(k.type, 1.5 * 2.0**mantissa)  # puts k into the lowest bits
    exponent = builder.add(builder.bitcast(builder.fadd(k, magic), integers), same(integers, bias))
    return builder.bitcast(builder.shl(exponent, same(integers, mantissa)), k.type)


@lowered(widest, by_group(_emit_power_of_two))
def power_of_two(k):
    """2**k, for whole k with |k| <= exponent_limit."""
    with np.errstate(invalid="ignore"):
        return np.ldexp(np.ones_like(k), k.astype(np.int32))


def _emit_exponent(builder, x):
    integers, mantissa, bias = _format(x)
    exponent = builder.lshr(builder.bitcast(x, integers), same(integers, mantissa))
    return builder.sitofp(builder.sub(exponent, same(integers, bias)), x.type)


@lowered(widest, by_group(_emit_exponent))
def exponent(x):
    """The whole k with 2**k <= x < 2**(k + 1), for normal x > 0."""
    return (np.frexp(x)[1] - 1).astype(x.dtype)


@lowered(
    lambda like: Vector(like.dtype, 1),
    by_group(lambda builder, x: same(x.type, float(_format(x)[2] - 1))),
)
def exponent_limit(like):
    """The largest k for which 2**k and 2**-k are normal: 126 in float32, 1022 in float64."""
    return np.full((1, LANES), -np.finfo(like.dtype).minexp, like.dtype)


def series(coefficient, float32, float64):
    """Make the operation sum(coefficient(n) * x**n) on vectors.

    `float32` and `float64` are the numbers of terms for these dtypes. Neighbouring terms are
    evaluated side by side (Estrin's scheme), which makes a shorter chain than Horner's.
    """

    def evaluate(terms, x, fma, square):
        while len(terms) > 1:
            pairs = [fma(high, x, low) for low, high in zip(terms[::2], terms[1::2], strict=False)]
            terms = pairs + terms[len(terms) // 2 * 2 :]
            x = square(x)
        return terms[0]

    def emit(builder, x):
        n = {32: float32, 64: float64}[bits_of(x)]
        terms = [same(x.type, coefficient(i)) for i in range(n)]
        return evaluate(
            terms, x, lambda a, b, c: emit_fma(builder, a, b, c), lambda v: builder.fmul(v, v)
        )

    @lowered(widest, by_group(emit))
    def operation(x):
        n = {np.dtype(np.float32): float32, np.dtype(np.float64): float64}[x.dtype]
        return evaluate([np.full_like(x, coefficient(i)) for i in range(n)], x, fma, np.square)

    return operation
