"""Numbers that are not zero."""

from fractions import Fraction

import numpy as np
from llvmlite import ir
from numba import types

from .core import (
    BIT,
    I8,
    I32,
    I64,
    LANES,
    REAL,
    bits_of,
    broadcast,
    call_llvm,
    emit_fma,
    lowered,
    same,
    shuffle,
    split_groups,
)
from .memory import address_of

_BYTES = ir.VectorType(I8, 64)


def _load_bytes(context, builder, signature, args):
    """The bytes data[i : i + 64], and which of them are not 0."""
    address = address_of(context, builder, signature.args[0], *args[:2], 64)
    found = builder.load(builder.bitcast(address, _BYTES.as_pointer()))
    found.align = 1
    return found, builder.icmp_unsigned("!=", found, same(_BYTES, 0))


@lowered(
    lambda data, i: types.uint64,
    lambda context, builder, signature, args: builder.bitcast(
        _load_bytes(context, builder, signature, args)[1], I64
    ),
)
def nonzero_bytes(data, i):
    """Which of data[i : i + 64] are not 0: the first is the lowest bit of the uint64."""
    assert 0 <= i <= len(data) - 64
    return np.packbits(data[i : i + 64] != 0, bitorder="little").view(np.uint64)[0]


@lowered(
    lambda: types.boolean,
    lambda context, builder, signature, args: BIT(
        "+avx512vbmi2" in context.codegen().magic_tuple()[2]
    ),
)
def packs_bytes():
    """Whether this CPU packs chosen bytes of a vector in one instruction; a constant."""
    return True


def _compress(builder, x, mask):
    """The chosen lanes of x, moved to its front."""
    bits = {8: "i8", 32: "i32"}.get(getattr(x.type.element, "width", 0))
    suffix = f"v{x.type.count}{bits or f'f{bits_of(x)}'}"
    undefined = ir.Constant(x.type, ir.Undefined)
    name = "llvm.experimental.vector.compress"
    return call_llvm(builder, name, x.type, suffix, x, mask, undefined)


def _store_lists(context, builder, signature, args, to, i, x):
    """Store positions and values at place `to` of two lists: args[-3], args[-2]."""
    for k, group in ((-3, i), (-2, x)):
        memory, count = signature.args[k], group.type.count
        address = address_of(context, builder, memory, args[k], to, count)
        address = builder.bitcast(address, group.type.as_pointer())
        builder.store(group, address).align = 4


def _emit_pack_numbers(context, builder, signature, args):
    (x,) = split_groups(builder, signature.args[0], args[0])
    mask, n = builder.fcmp_unordered("!=", x, same(x.type, 0.0)), args[-1]
    positions = ir.VectorType(I32, LANES)
    i = builder.add(
        broadcast(builder, positions, builder.trunc(args[1], I32)),
        ir.Constant(positions, list(range(LANES))),
    )
    width = min(LANES, 512 // bits_of(x))  # LLVM compresses no more than a register
    for part in range(0, LANES, width):
        lanes = range(part, part + width)
        chosen, *parts = (shuffle(builder, v, v, lanes) for v in (mask, i, x))
        packed = (_compress(builder, v, chosen) for v in parts)
        _store_lists(context, builder, signature, args, n, *packed)
        count = builder.ctpop(builder.bitcast(chosen, ir.IntType(width)))
        n = builder.add(n, builder.zext(count, I64))
    return n


@lowered(lambda x, j, index, values, n: types.int64, _emit_pack_numbers)
def pack_numbers(x, j, index, values, n):
    """Append the lanes of x, one group, that are not 0, and their positions j + lane, to two lists.

    The lists index and values hold n entries and have room for 16 more, all of which may be
    written. Returns their new length.
    """
    (k,) = np.nonzero(x[0])
    assert n + LANES <= min(len(index), len(values))
    index[n : n + len(k)] = j + k
    values[n : n + len(k)] = x[0, k]
    return n + len(k)


def _emit_pack_bytes(context, builder, signature, args):
    values = signature.args[5]
    found, mask = _load_bytes(context, builder, signature, args)
    mask = builder.and_(builder.bitcast(mask, I64), args[3])
    chosen = builder.bitcast(mask, ir.VectorType(BIT, 64))

    lanes = ir.Constant(_BYTES, list(range(64)))
    packed, lanes = _compress(builder, found, chosen), _compress(builder, lanes, chosen)
    integers, reals = ir.VectorType(I32, LANES), ir.VectorType(REAL[values.dtype], LANES)
    first = broadcast(builder, integers, builder.trunc(args[2], I32))
    # x / 255 = x * high + x * low, rounded once at the end: the same float as the division gives.
    high = float(np.dtype(str(values.dtype)).type(1 / 255))
    low = float(Fraction(1, 255) - Fraction(high))
    for part in range(0, 64, LANES):
        x = shuffle(builder, packed, packed, range(part, part + LANES))
        x = builder.uitofp(x, reals)
        x = emit_fma(builder, x, same(reals, high), builder.fmul(x, same(reals, low)))
        i = shuffle(builder, lanes, lanes, range(part, part + LANES))
        i = builder.add(builder.zext(i, integers), first)
        to = builder.add(args[6], I64(part))
        _store_lists(context, builder, signature, args, to, i, x)
    return builder.add(args[6], builder.ctpop(mask))


@lowered(lambda data, i, j, chosen, index, values, n: types.int64, _emit_pack_bytes)
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
