"""Find the numbers of a vector that are not zero, and pack them with their positions."""

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils

from ..codes import LANES
from .arithmetic import fraction_of_255
from .core import (
    BIT,
    I8,
    I16,
    I32,
    I64,
    REAL,
    bits_of,
    broadcast,
    call_llvm,
    lowered,
    same,
    shuffle,
    split_groups,
)
from .memory import address_of

_BYTES = ir.VectorType(I8, 64)


def _load_bytes(context, builder, signature, args):
    """Return the bytes data[i : i + 64], and the mask of those that are not 0."""
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
    """A uint64: bit k is set if data[i + k] is not 0, k < 64."""
    assert 0 <= i <= len(data) - 64
    return np.packbits(data[i : i + 64] != 0, bitorder="little").view(np.uint64)[0]


@lowered(
    lambda: types.boolean,
    lambda context, builder, signature, args: BIT(
        "+avx512vbmi2" in context.codegen().magic_tuple()[2]
    ),
)
def packs_bytes():
    """True if this CPU packs chosen bytes of a vector in one instruction. It is a constant."""
    return True


def _compress(builder, x, mask):
    """Return x with its chosen lanes moved to the front."""
    bits = {8: "i8", 32: "i32"}.get(getattr(x.type.element, "width", 0))
    suffix = f"v{x.type.count}{bits or f'f{bits_of(x)}'}"
    undefined = ir.Constant(x.type, ir.Undefined)
    name = "llvm.experimental.vector.compress"
    return call_llvm(builder, name, x.type, suffix, x, mask, undefined)


def _memories(builder, lists, value):
    """Return the type and value of each list's memory, of a tuple of two lists."""
    return list(zip(lists.types, cgutils.unpack_tuple(builder, value), strict=True))


def _store_lists(context, builder, memories, to, groups):
    """Store positions and values from entry `to` on of two lists."""
    for (memory, array), group in zip(memories, groups, strict=True):
        address = address_of(context, builder, memory, array, to, group.type.count)
        builder.store(group, builder.bitcast(address, group.type.as_pointer()), align=4)


def _emit_pack_numbers(context, builder, signature, args):
    (x,) = split_groups(builder, signature.args[0], args[0])
    mask, n = builder.fcmp_unordered("!=", x, same(x.type, 0.0)), args[3]
    lists = _memories(builder, signature.args[2], args[2])
    positions = ir.VectorType(I32, LANES)
    i = builder.add(
        broadcast(builder, positions, builder.trunc(args[1], I32)),
        ir.Constant(positions, list(range(LANES))),
    )
    width = min(LANES, 512 // bits_of(x))  # LLVM compresses no more than a register
    for part in range(0, LANES, width):
        lanes = range(part, part + width)
        chosen, *parts = (shuffle(builder, v, v, lanes) for v in (mask, i, x))
        packed = [_compress(builder, v, chosen) for v in parts]
        _store_lists(context, builder, lists, n, packed)
        count = builder.ctpop(builder.bitcast(chosen, ir.IntType(width)))
        n = builder.add(n, builder.zext(count, I64))
    return n


@lowered(lambda x, j, lists, n: types.int64, _emit_pack_numbers)
def pack_numbers(x, j, lists, n):
    """Append the non-zero lanes of x, one group, and their positions j + lane, to two lists.

    The lists, (index, values), hold n entries and have room for 16 more. All of that room may be
    written to. Return their new length.
    """
    index, values = lists
    (k,) = np.nonzero(x[0])
    assert n + LANES <= min(len(index), len(values))
    index[n : n + len(k)] = j + k
    values[n : n + len(k)] = x[0, k]
    return n + len(k)


def _packed_address(context, builder, memory, value, n, room, i, group):
    """Return the address of entry i, a `group`, of a packed list that ends at value[n + room]."""
    per = I64(memory.dtype.bitwidth // group.element.width)
    at = builder.sub(builder.add(n, room), builder.udiv(room, per))
    last = builder.add(i, I64(group.count - 1))
    span = builder.add(builder.udiv(last, per), I64(1))
    address = address_of(context, builder, memory, value, at, span)
    address = builder.gep(builder.bitcast(address, group.element.as_pointer()), [i])
    return builder.bitcast(address, group.as_pointer())


def _emit_pack_bytes(context, builder, signature, args):
    j, chosen, lists, n, room, m = args[2:]
    lists = _memories(builder, signature.args[4], lists)
    found, mask = _load_bytes(context, builder, signature, args)
    mask = builder.and_(builder.bitcast(mask, I64), chosen)
    chosen = builder.bitcast(mask, ir.VectorType(BIT, 64))
    lanes = ir.Constant(_BYTES, list(range(64)))
    found, lanes = _compress(builder, found, chosen), _compress(builder, lanes, chosen)
    integers = ir.VectorType(I16, 64)
    first = broadcast(builder, integers, builder.trunc(j, I16))
    positions = builder.add(builder.zext(lanes, integers), first)
    for memory, x in zip(lists, (positions, found), strict=True):
        to = _packed_address(context, builder, *memory, n, room, m, x.type)
        builder.store(x, to, align=1)
    return builder.add(m, builder.ctpop(mask))


@lowered(lambda data, i, j, chosen, lists, n, room, m: types.int64, _emit_pack_bytes)
def pack_bytes(data, i, j, chosen, lists, n, room, m):
    """Append the non-zeros of 64 bytes data[i + k], and their positions j + k, to packed lists.

    Byte k counts only if bit k of `chosen` (uint64) is set. The lists have room for `room` bytes
    and positions (uint16), a multiple of 64, at the end of the memory of index[n : n + room] and
    values[n : n + room]. They hold m entries, and 64 more may be written. Return their new length.
    """
    mask = int(nonzero_bytes(data, i)) & int(chosen)
    k = np.flatnonzero([mask >> b & 1 for b in range(64)])
    positions, found = _packed(lists, n, room)
    assert m + 64 <= room
    positions[m : m + len(k)] = (j + k).astype(np.uint16)
    found[m : m + len(k)] = data[i + k]
    return m + len(k)


def _packed(lists, n, room):
    """Return the packed lists: views of positions and bytes."""
    index, values = lists
    assert 0 <= n <= min(len(index), len(values)) - room
    positions, found = index[n : n + room].view(np.uint16), values[n : n + room].view(np.uint8)
    return positions[-room:], found[-room:]


def _emit_unpack_bytes(context, builder, signature, args):
    lists, n, room, k, first = args
    lists, number = _memories(builder, signature.args[0], lists), signature.args[0].types[1].dtype
    i, x = (
        builder.load(_packed_address(context, builder, *memory, n, room, k, group), align=1)
        for memory, group in zip(
            lists, (ir.VectorType(I16, LANES), ir.VectorType(I8, LANES)), strict=True
        )
    )
    integers, reals = ir.VectorType(I32, LANES), ir.VectorType(REAL[number], LANES)
    first = broadcast(builder, integers, builder.trunc(first, I32))
    i, x = builder.add(builder.zext(i, integers), first), builder.uitofp(x, reals)
    x = fraction_of_255(builder, x, number)
    _store_lists(context, builder, lists, builder.add(n, k), (i, x))
    return context.get_dummy_value()


@lowered(lambda lists, n, room, k, first: types.none, _emit_unpack_bytes)
def unpack_bytes(lists, n, room, k, first):
    """Write entries k ... k + 15 of packed lists to index[n + k :] and values[n + k :].

    `first` is added to the positions; the values are the bytes / 255. If entries are unpacked in
    their order, writing never overtakes reading. See pack_bytes.
    """
    positions, found = _packed(lists, n, room)
    index, values = lists
    assert 0 <= k <= room - LANES
    to = slice(n + k, n + k + LANES)
    i, x = positions[k : k + LANES].astype(index.dtype), found[k : k + LANES].astype(values.dtype)
    index[to], values[to] = first + i, x / values.dtype.type(255)
