"""Deformed images: each pixel is read from a place that is moved a little.

The moves are those of Simard, Steinkraus and Platt, "Best practices for convolutional neural
networks applied to visual document analysis" (2003): two fields of random numbers, smoothed by a
Gaussian, and an affine map. All numbers come from a key by whole-number arithmetic, and no sum is
fused or reordered, so that the bytes are the same on every CPU. `fastnet.images.reference` is the
same in plain NumPy: read it first.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import types

from .codes import LANES
from .entries import ENTRIES
from .jit import entry, inline
from .simd import (
    constant,
    get,
    load,
    load_pairs,
    put,
    raw,
    real,
    select,
    splat_rows,
    store,
    store_bytes,
    whole,
    zeros,
)

U8, U16, U32, U64, F32 = np.uint8, np.uint16, np.uint32, np.uint64, np.float32
STEP = 0x9E3779B97F4A7C15  # 2**64 / golden ratio: see Steele, Lea and Flood, "Fast splittable
# pseudorandom number generators" (2014), whose mix of 64 bits this is
ROWS = 4  # that are smoothed at once, a strip of 16 columns of each: so 8 registers of AVX2 do


class Moves(NamedTuple):
    """How far pixels are moved: see `fastnet.images.Elastic`."""

    alpha: Any  # pixels
    rotation: Any  # radians
    scaling: Any
    shear: Any
    shift: Any  # pixels
    flip: Any
    faint: Any  # greys, up to which a pixel becomes 0


class Space(NamedTuple):
    """Where the memory of one image lies: places in an array of float32.

    An image lies there by strips of 16 columns, the last of which may have some too many.
    """

    taps: Any  # the middle of the Gaussian, which lies between zeros
    count: Any  # (16,): the numbers from 0 on
    end: Any  # (16,): the last pixels of an image
    noise: Any  # (2, columns, high): random numbers
    high: Any  # the rows, in whole lanes
    smooth: Any  # (2, strips, high, 16): smoothed within rows
    field: Any  # (2, strips, high, 16): smoothed
    one: Any  # the numbers of one field
    size: Any
    frame: Any  # columns of the frame, an array of its own: see `framed`


def space(rows, columns, radius):
    """The memory of an image of rows x columns, smoothed by taps up to `radius` pixels away."""
    high, wide = -(-rows // LANES) * LANES, -(-columns // LANES) * LANES
    one, taps = wide * high, -(-radius // LANES) * LANES + LANES
    count = 2 * taps
    noise = count + 2 * LANES
    smooth = noise + 2 * columns * high
    field = smooth + 2 * one
    size = field + 2 * one
    return Space(taps, count, count + LANES, noise, high, smooth, field, one, size, columns + 3)


compiled_space = inline(space)  # Python calls the plain one, since it would compile this one anew


@inline
def mixed(x):
    """Mix 64 bits (SplitMix64)."""
    x = (x ^ (x >> U64(30))) * U64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> U64(27))) * U64(0x94D049BB133111EB)
    return x ^ (x >> U64(31))


@inline
def symmetric(key, n):
    """The random number n of a key, float64 in (-1, 1)."""
    bits = mixed(key + U64(n) * U64(STEP)) >> U64(12)
    return (np.float64(np.int64(bits)) + 0.5) * 2.0**-51 - 1.0


@inline
def noise_bits(low, high, i):
    """32 random bits for each lane of i."""
    x = i + low
    x = (x ^ (x >> 16)) * 0x7FEB352D
    x = (x ^ (x >> 15)) * 0x846CA68B + high
    x = (x ^ (x >> 16)) * 0x7FEB352D
    x = (x ^ (x >> 15)) * 0x846CA68B
    return x ^ (x >> 16)


@inline
def draw_noise(memory, at, columns, key):
    """Write two fields of random numbers in (-1, 1)."""
    low, high = U32(key & U64(0xFFFFFFFF)), U32(key >> U64(32))
    lanes, n = whole(load(memory, at.count, 1)), columns * at.high
    for i in range(0, n, LANES):
        x = noise_bits(low, high, lanes + i)
        store(memory, at.noise + i, (real(x & 0xFFFF) - 32767.5) * 2.0**-15)
        store(memory, at.noise + n + i, (real(x >> 16) - 32767.5) * 2.0**-15)


@inline
def weighted(memory, x, x_step, y, y_step, n, into):
    """Write 4 rows of a strip: row i is a sum of n groups at y, weighted by numbers at x + i."""
    s = zeros(memory, 1, ROWS)
    for k in range(n):
        s = s + splat_rows(memory, x + k * x_step, 1, ROWS) * load(memory, y + k * y_step, 1)
    store(memory, into, s)


@inline
def smooth_fields(memory, at, rows, columns, radius):
    """Smooth both fields within their rows, then within their columns.

    In a row, the taps move along, weighted by the random numbers. In a column, rows are weighted by
    the taps. Both sums begin at the first column or row.
    """
    for f in range(2):
        noise = at.noise + f * columns * at.high
        for q in range(0, columns, LANES):
            strip = f * at.one + q * at.high
            smooth, field = at.smooth + strip, at.field + strip
            first, last = max(0, q - radius), min(columns, q + LANES + radius)
            for r in range(0, rows, ROWS):
                x, y = noise + first * at.high + r, at.taps + q - first
                weighted(memory, x, at.high, y, -1, last - first, smooth + r * LANES)
            for r in range(0, rows, ROWS):
                first, last = max(0, r - radius), min(rows, r + ROWS + radius)
                x, y = at.taps + r - first, smooth + first * LANES
                weighted(memory, x, -1, y, LANES, last - first, field + r * LANES)


@inline
def cosine_and_sine(x):
    """cos(x) and sin(x) for |x| <= pi, by their Taylor series, in float64."""
    square, cosine, sine = x * x, 1.0, 1.0
    for n in range(26, 0, -2):
        cosine = 1.0 - cosine * square * (1 / ((n - 1) * n))
        sine = 1.0 - sine * square * (1 / (n * (n + 1)))
    return cosine, sine * x


@inline
def affine(key, moves):
    """The map from a pixel's place to where it is read: (a, b, c, d, x, y), in float64.

    (u, v), from the middle of the image to the right and down, is read at (a u + b v + x,
    c u + d v + y).
    """
    cosine, sine = cosine_and_sine(moves.rotation * symmetric(key, 1))
    across = 1.0 + moves.scaling * symmetric(key, 2)
    down = 1.0 + moves.scaling * symmetric(key, 3)
    shear = moves.shear * symmetric(key, 4)
    x, y = moves.shift * symmetric(key, 5), moves.shift * symmetric(key, 6)
    a, b, c, d = cosine * across, shear - sine * across, sine * down, cosine * down
    if moves.flip and mixed(key + U64(7) * U64(STEP)) >> U64(63):
        a, c = -a, -c
    return a, b, c, d, x, y


@inline
def clipped(x, most):
    """x within 0 and `most`, lane by lane."""
    x = select(x > 0.0, x, constant(0.0, x))
    return select(x < most, x, constant(most, x))


@inline
def framed(frame, wide, images, first, rows, columns):
    """Write an image into a frame of zeros, one pixel wide on the left and above.

    frame (rows + 2, wide) is uint16: each pixel has, as its high byte, the pixel below it.
    """
    for q in range(columns):
        put(frame, 1 + q, U16(get(images, first + q)) << U16(8))
    for r in range(rows - 1):
        into, source = (r + 1) * wide + 1, first + r * columns
        for q in range(columns):
            x, below = U16(get(images, source + q)), U16(get(images, source + columns + q))
            put(frame, into + q, x | below << U16(8))
    for q in range(columns):
        put(frame, rows * wide + 1 + q, U16(get(images, first + (rows - 1) * columns + q)))


@inline
def pixels(frame, wide, x, y, faint):
    """The pixels at (x, y) in the frame: of the four around, each counts as it is near.

    Those of `faint` greys or fewer become 0.
    """
    left, top = whole(x), whole(y)
    s, t = x - real(left), y - real(top)
    four = load_pairs(frame, top * wide + left)
    upper, lower = real(four & 255), real((four >> 8) & 255)
    upper = upper + s * (real((four >> 16) & 255) - upper)
    lower = lower + s * (real(four >> 24) - lower)
    grey = upper + t * (lower - upper) + 0.5
    return whole(select(grey < F32(faint + 1), constant(0.0, grey), grey))


@inline
def deform_row(memory, at, frame, shape, r, by, moves, out, first, end):
    """Write row r of the deformed image to out[first:], and nothing from out[end] on.

    Up to there, the next row may be written over: it comes later.
    """
    (rows, columns), (a, b, c, d, x, y) = shape, by
    middle, v = (columns - 1) * 0.5, r - (rows - 1) * 0.5
    x, y = F32(b * v + x + (middle + 1.0)), F32(d * v + y + ((rows - 1) * 0.5 + 1.0))
    for q in range(0, columns, LANES):
        field = at.field + q * at.high + r * LANES
        u = load(memory, at.count, 1) + (q - middle)
        right = u * F32(a) + x + load(memory, field, 1) * F32(moves.alpha)
        down = u * F32(c) + y + load(memory, field + at.one, 1) * F32(moves.alpha)
        right, down = clipped(right, columns + 1.0), clipped(down, rows + 1.0)
        row = pixels(frame, at.frame, right, down, moves.faint)
        if first + q + LANES <= end:
            store_bytes(out, first + q, row)
        else:
            store(memory, at.end, real(row))
            for k in range(end - first - q):
                put(out, first + q + k, U8(get(memory, at.end + k)))


@entry
def deform(images, order, keys, shape, radius, moves, memory, frame, out):
    """Deform images[order[k]] by keys[k] into out[k], for each k.

    images (samples * rows * columns,) and out (n * rows * columns,) are uint8, order (n,) int64,
    keys (n,) uint64. memory, float32, has a `space` with the Gaussian and the count in it, and
    frame (rows + 2, columns + 3), uint16, is zeros.
    """
    rows, columns = shape
    at, size = compiled_space(rows, columns, radius), rows * columns
    images, out, memory, frame = raw(images), raw(out), raw(memory), raw(frame)
    for k in range(len(order)):
        key = mixed(keys[k])
        if moves.alpha != 0.0:
            draw_noise(memory, at, columns, key)
            smooth_fields(memory, at, rows, columns, radius)
        by = affine(key, moves)
        framed(frame, at.frame, images, order[k] * size, rows, columns)
        for r in range(rows):
            first, end = k * size + r * columns, (k + 1) * size
            deform_row(memory, at, frame, shape, r, by, moves, out, first, end)


ENTRIES.append(deform)  # whose compiling is told


def _array(dtype, written=False):
    return types.Array(dtype, 1, "C", readonly=not written)


ARGUMENTS = (
    _array(types.uint8), _array(types.int64), _array(types.uint64),
    types.UniTuple(types.int64, 2), types.int64,
    types.NamedTuple([types.float64] * 5 + [types.boolean, types.float64], Moves),
    _array(types.float32, True), _array(types.uint16, True), _array(types.uint8, True),
)  # fmt: skip
