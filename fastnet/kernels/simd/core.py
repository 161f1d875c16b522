"""The types of vectors and addresses, and the decorator that makes operations on them."""

import inspect

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import config
from numba.extending import intrinsic, models, register_model

from ..codes import LANES

BIT, I8, I16, I32, I64 = (ir.IntType(n) for n in (1, 8, 16, 32, 64))
REAL = {types.float32: ir.FloatType(), types.float64: ir.DoubleType()}
LLVM = {**REAL, types.boolean: BIT, types.uint32: I32}


class Vector(types.Type):
    """Numba's type of `count` groups of 16 lanes of `dtype`: an LLVM vector for each group."""

    def __init__(self, dtype, count):
        self.dtype, self.count = dtype, count
        self.group = ir.VectorType(LLVM[dtype], LANES)
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


def lowered(typed, emit):
    """Make an intrinsic of a NumPy function, unless the JIT is off.

    `typed` returns the type of the result from the types of the arguments, or None if there is no
    such operation. `emit` writes the LLVM code.
    """

    def decorate(function):
        if config.DISABLE_JIT:
            return function

        def definition(typingctx, *arguments):
            result = typed(*arguments)
            return None if result is None else (result(*arguments), emit)

        names = ["typingctx", *inspect.signature(function).parameters]
        anyhow = inspect.Parameter.POSITIONAL_OR_KEYWORD
        definition.__signature__ = inspect.Signature([inspect.Parameter(n, anyhow) for n in names])
        definition.__name__, definition.__doc__ = function.__name__, function.__doc__
        return intrinsic(prefer_literal=True)(definition)

    return decorate


def split_groups(builder, vector, value, count=None):
    """Return the groups of a value as a list, repeated until there are `count`."""
    return [builder.extract_value(value, i % vector.count) for i in range(count or vector.count)]


def join_groups(builder, vector, groups):
    """Return the value of type `vector` that consists of these groups."""
    value = ir.Constant(ir.ArrayType(vector.group, vector.count), ir.Undefined)
    for i, group in enumerate(groups):
        value = builder.insert_value(value, group, i)
    return value


def by_group(emit):
    """Emit an operation group by group."""

    def emit_all(context, builder, signature, args):
        result = signature.return_type
        columns = [
            split_groups(builder, vector, arg, result.count)
            for vector, arg in zip(signature.args, args, strict=True)
        ]
        return join_groups(builder, result, [emit(builder, *g) for g in zip(*columns, strict=True)])

    return emit_all


def same(group, x):
    """Return the constant of the type `group` with x in every lane."""
    return ir.Constant(group, [x] * group.count)


def broadcast(builder, group, x):
    """Return the value of the type `group` with the number x in every lane."""
    first = builder.insert_element(ir.Constant(group, ir.Undefined), x, I32(0))
    return builder.shuffle_vector(first, first, same(ir.VectorType(I32, group.count), 0))


def shuffle(builder, x, y, lanes):
    """Return these lanes of x followed by y."""
    return builder.shuffle_vector(x, y, ir.Constant(ir.VectorType(I32, len(lanes)), list(lanes)))


def call_llvm(builder, name, result, suffix, *args):
    """Call the LLVM intrinsic name.suffix, whose type is `result`."""
    result.intrinsic_name = suffix
    function = ir.FunctionType(result, [arg.type for arg in args])
    return builder.call(builder.module.declare_intrinsic(name, [result], function), args)


def emit_fma(builder, x, y, z):
    """x * y + z of groups, rounded once."""
    suffix = f"v{LANES}f{bits_of(x)}"
    return call_llvm(builder, "llvm.fma", x.type, suffix, x, y, z)


def bits_of(x):
    """Return the bits of a number in a group: 32 or 64."""
    return 32 if isinstance(x.type.element, ir.FloatType) else 64


def widest(*vectors, dtype=None):
    """Return the type of a result: the vectors' one dtype, or `dtype`, and their largest count."""
    if all(isinstance(v, Vector) for v in vectors) and len({v.dtype for v in vectors}) == 1:
        return Vector(dtype or vectors[0].dtype, max(v.count for v in vectors))
    return None


def counted(array, *counts):
    """Return the type of as many groups as the product of the constant counts."""
    if not all(isinstance(c, types.IntegerLiteral) for c in counts):
        return None  # Numba asks again, with the constants
    return Vector(array.dtype, int(np.prod([c.literal_value for c in counts])))


def first_lanes(builder, n):
    """Return the mask of a group that is true in the first n lanes."""
    lanes = ir.Constant(ir.VectorType(I64, LANES), list(range(LANES)))
    return builder.icmp_signed("<", lanes, broadcast(builder, lanes.type, n))
