"""Operations across lanes and groups: sums, masks and positions."""

import numpy as np
from llvmlite import ir
from numba import types

from ..codes import LANES
from .core import (
    BIT,
    I32,
    I64,
    Vector,
    broadcast,
    counted,
    first_lanes,
    join_groups,
    lowered,
    shuffle,
    split_groups,
    widest,
)


def _emit_lanes_below(context, builder, signature, args):
    return join_groups(builder, signature.return_type, [first_lanes(builder, args[0])])


@lowered(lambda n: Vector(types.boolean, 1), _emit_lanes_below)
def lanes_below(n):
    """Mask of one group: true in the first n lanes, in none if n <= 0."""
    return (np.arange(LANES) < n).reshape(1, LANES)


def _emit_lane(context, builder, signature, args):
    lanes = ir.Constant(ir.VectorType(I64, LANES), list(range(LANES)))
    mask = builder.icmp_signed("==", lanes, broadcast(builder, lanes.type, args[0]))
    return join_groups(builder, signature.return_type, [mask])


@lowered(lambda n: Vector(types.boolean, 1), _emit_lane)
def lane(n):
    """Mask of one group: true in lane n only, in none if there is no lane n."""
    return (np.arange(LANES) == n).reshape(1, LANES)


def _emit_bits(context, builder, signature, args):
    (group,) = split_groups(builder, signature.args[0], args[0])
    return builder.zext(builder.bitcast(group, ir.IntType(LANES)), I64)


@lowered(lambda mask: types.uint64, _emit_bits)
def bits(mask):
    """The mask of one group as a uint64: lane 0 is its lowest bit."""
    return np.uint64((mask[0].astype(np.int64) << np.arange(LANES)).sum())


def _emit_lowest_bit(context, builder, signature, args):
    return builder.cttz(args[0], BIT(0))


@lowered(lambda mask: types.int64, _emit_lowest_bit)
def lowest_bit(mask):
    """Position of the lowest bit that is set in a uint64; 64 if it is 0."""
    mask = int(mask)
    return (mask & -mask).bit_length() - 1 if mask else 64


def _halve(builder, groups, combine):
    """Fold the lanes of one group, half onto half, until one is left."""
    (v,) = groups
    width = LANES
    while width > 1:
        width //= 2
        v = combine(builder, v, shuffle(builder, v, v, [(i + width) % LANES for i in range(LANES)]))
    return builder.extract_element(v, I32(0))


@lowered(
    lambda v: v.dtype,
    lambda context, builder, signature, args: _halve(
        builder, split_groups(builder, signature.args[0], args[0]), lambda b, x, y: b.fadd(x, y)
    ),
)
def total(v):
    """Sum of the lanes of one group, half folded onto half until one is left."""
    v = v[0]
    while len(v) > 1:
        v = v[: len(v) // 2] + v[len(v) // 2 :]
    return v[0]


@lowered(
    lambda v: v.dtype,
    lambda context, builder, signature, args: _halve(
        builder,
        split_groups(builder, signature.args[0], args[0]),
        lambda b, x, y: b.select(b.fcmp_ordered(">", x, y), x, y),
    ),
)
def largest(v):
    """The largest lane of one group."""
    return v.max()


def _emit_fold(context, builder, signature, args):
    rows = signature.args[2].literal_value
    width = LANES // rows
    x, y = (
        split_groups(builder, k, a)[0] for k, a in zip(signature.args[:2], args[:2], strict=True)
    )
    block = LANES if width >= 4 else 4
    left = [
        v + q + r + i
        for q in range(0, LANES, block)
        for v in (0, LANES)
        for r in range(0, block, 2 * width)
        for i in range(width)
    ]
    right = [i + width for i in left]
    halves = (shuffle(builder, x, y, lanes) for lanes in (left, right))
    return join_groups(builder, signature.return_type, [builder.fadd(*halves)])


@lowered(
    lambda x, y, rows: widest(x, y) if isinstance(rows, types.IntegerLiteral) else None, _emit_fold
)
def fold(x, y, rows):
    """One group: the partial sums of `rows` rows. x and y each have those of rows / 2 rows.

    The rows of x come first, then those of y; with 8 or 16 rows they alternate in each quarter of
    the group, so that no number leaves its quarter, which would cost more. Let four(i) be
    fold(fold(g[i], g[i + 4], 2), fold(g[i + 8], g[i + 12], 2), 4) of 16 groups g. Then
    fold(fold(four(0), four(1), 8), fold(four(2), four(3), 8), 16) is the group total(g[0]),
    total(g[1]), ...: the same sums in the same order, at a fraction of the cost.
    """
    width = LANES // rows
    block = LANES if width >= 4 else 4
    x, y = (v.reshape(LANES // block, -1, 2, width) for v in (x, y))
    halves = [(v[:, :, 0] + v[:, :, 1]).reshape(len(v), -1) for v in (x, y)]
    return np.concatenate(halves, axis=1).reshape(1, LANES)


def _emit_rotations(context, builder, signature, args):
    (group,) = split_groups(builder, signature.args[0], args[0])
    groups = [
        shuffle(builder, group, group, range(d, d + LANES))
        for d in range(1, signature.return_type.count + 1)
    ]
    return join_groups(builder, signature.return_type, groups)


@lowered(lambda v, count: counted(v, count), _emit_rotations)
def rotations(v, count):
    """`count` groups: one group, rotated by 1 lane, by 2 ...: lane j of group k is v[k + 1 + j]."""
    return np.concatenate([np.roll(v, -d, axis=1) for d in range(1, count + 1)])


def _emit_fold_groups(context, builder, signature, args):
    groups = split_groups(builder, signature.args[0], args[0])
    while len(groups) > signature.return_type.count:
        half = len(groups) // 2
        pairs = zip(groups[:half], groups[half:], strict=True)
        groups = [builder.fadd(x, y) for x, y in pairs]
    return join_groups(builder, signature.return_type, groups)


@lowered(lambda v, count: counted(v, count), _emit_fold_groups)
def fold_groups(v, count):
    """Sums of groups: half of them are added to the other half until `count` are left."""
    while len(v) > count:
        v = v[: len(v) // 2] + v[len(v) // 2 :]
    return v
