"""Deformed images: each pixel is read from a place that is moved a little.

The moves are those of Simard, Steinkraus and Platt, "Best practices for convolutional neural
networks applied to visual document analysis" (2003): two fields of random numbers, smoothed by a
Gaussian, and an affine map. All numbers come from a key by whole-number arithmetic, and no sum is
fused or reordered, so that the bytes are the same on every CPU.
"""

from typing import Any, NamedTuple

import numpy as np

from .codes import LANES
from .jit import entry, inline, kernel
from .simd import constant, get, load, put, raw, select, store

U32, U64, F32 = np.uint32, np.uint64, np.float32
STEP = 0x9E3779B97F4A7C15  # 2**64 / golden ratio: see Steele, Lea and Flood, "Fast splittable
# pseudorandom number generators" (2014), whose mix of 64 bits this is
NUMBERS = 6  # random numbers of an affine map


class Moves(NamedTuple):
    """How far pixels are moved: see `fastnet.images.Elastic`."""

    alpha: Any  # pixels
    rotation: Any  # radians
    scaling: Any
    shear: Any
    shift: Any  # pixels
    flip: Any


class Space(NamedTuple):
    """Where the memory of one image lies: places in an array of float32."""

    noise: Any  # (2, rows, across): random numbers, zeros on both sides
    across: Any
    smooth: Any  # (2, rows + 2 * radius, wide): smoothed within rows, zeros above and below
    field: Any  # (2, rows, wide): smoothed
    wide: Any  # the columns, in whole lanes
    image: Any  # (rows + 3, frame): the image in a frame of zeros
    frame: Any
    places: Any  # (2, wide): where a row is read
    count: Any  # (16,): the numbers from 0 on
    size: Any


@kernel
def space(rows, columns, radius):
    """The memory of an image of rows x columns, smoothed by taps up to `radius` pixels away."""
    wide = -(-columns // LANES) * LANES
    across, frame = wide + 2 * radius, wide + LANES
    smooth = 2 * rows * across
    field = smooth + 2 * (rows + 2 * radius) * wide
    image = field + 2 * rows * wide
    places = image + (rows + 3) * frame
    count = places + 2 * wide
    return Space(0, across, smooth, field, wide, image, frame, places, count, count + LANES)


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
    """32 random bits, of pixel i."""
    x = U32(U32(i) * U32(0x9E3779B9) + low)
    x = U32((x ^ (x >> U32(16))) * U32(0x7FEB352D))
    x = U32(U32((x ^ (x >> U32(15))) * U32(0x846CA68B)) + high)
    x = U32((x ^ (x >> U32(16))) * U32(0x7FEB352D))
    x = U32((x ^ (x >> U32(15))) * U32(0x846CA68B))
    return U32(x ^ (x >> U32(16)))


@inline
def draw_noise(memory, at, rows, columns, key):
    """Write two fields (rows, columns) of random numbers in (-1, 1)."""
    low, high = U32(key & U64(0xFFFFFFFF)), U32(key >> U64(32))
    left = at.across - at.wide >> 1
    for r in range(rows):
        x = at.noise + r * at.across + left
        y = x + rows * at.across
        for q in range(columns):
            bits = noise_bits(low, high, r * columns + q)
            put(memory, x + q, (F32(np.int32(bits & U32(0xFFFF))) - F32(32767.5)) * F32(2.0**-15))
            put(memory, y + q, (F32(np.int32(bits >> U32(16))) - F32(32767.5)) * F32(2.0**-15))


@inline
def smoothed(memory, source, stride, taps, target):
    """Smooth 16 numbers: neighbours lie `stride` apart; taps (radius + 1,), the middle one first.

    The nearest neighbours come first, each with its twin on the other side.
    """
    s = load(memory, source, 1) * get(taps, 0)
    for k in range(1, len(taps)):
        pair = load(memory, source - k * stride, 1) + load(memory, source + k * stride, 1)
        s = s + pair * get(taps, k)
    store(memory, target, s)


@inline
def smooth_fields(memory, at, rows, taps):
    """Smooth both fields within their rows, then within their columns."""
    radius, left = len(taps) - 1, at.across - at.wide >> 1
    for f in range(2):
        for r in range(rows):
            source = at.noise + (f * rows + r) * at.across + left
            target = at.smooth + (f * (rows + 2 * radius) + radius + r) * at.wide
            for q in range(0, at.wide, LANES):
                smoothed(memory, source + q, 1, taps, target + q)
        for r in range(rows):
            source = at.smooth + (f * (rows + 2 * radius) + radius + r) * at.wide
            target = at.field + (f * rows + r) * at.wide
            for q in range(0, at.wide, LANES):
                smoothed(memory, source + q, at.wide, taps, target + q)


@inline
def cosine_and_sine(x):
    """cos(x) and sin(x) for |x| <= pi, by their Taylor series, in float64."""
    square, cosine, sine = x * x, 1.0, 1.0
    for n in range(26, 0, -2):
        cosine = 1.0 - cosine * square / ((n - 1) * n)
        sine = 1.0 - sine * square / (n * (n + 1))
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
def framed(memory, at, images, first, rows, columns):
    """Write the image from images[first] on into a frame of zeros, one pixel wide."""
    for r in range(rows):
        into, source = at.image + (r + 1) * at.frame + 1, first + r * columns
        for q in range(columns):
            put(memory, into + q, F32(get(images, source + q)))


@inline
def find_places(memory, at, rows, columns, r, by, alpha):
    """Write where the pixels of row r are read, in the frame: numbers to the right, and down."""
    a, b, c, d, x, y = by
    middle, v = (columns - 1) * 0.5, r - (rows - 1) * 0.5
    x, y = b * v + x + (middle + 1.0), d * v + y + ((rows - 1) * 0.5 + 1.0)
    for q in range(0, at.wide, LANES):
        i = at.field + r * at.wide + q
        u = load(memory, at.count, 1) + (q - middle)
        right = u * a + x + load(memory, i, 1) * alpha
        down = u * c + y + load(memory, i + rows * at.wide, 1) * alpha
        store(memory, at.places + q, clipped(right, columns + 1.0))
        store(memory, at.places + at.wide + q, clipped(down, rows + 1.0))


@inline
def read_row(memory, at, columns, out, first):
    """Write a row of the deformed image to out[first:], each pixel from the four around its place.

    They count in proportion to how near they are.
    """
    for q in range(columns):
        x, y = get(memory, at.places + q), get(memory, at.places + at.wide + q)
        left, top = np.int32(x), np.int32(y)
        s, t = x - F32(left), y - F32(top)
        k = at.image + top * at.frame + left
        upper, lower = get(memory, k), get(memory, k + at.frame)
        upper = upper + s * (get(memory, k + 1) - upper)
        lower = lower + s * (get(memory, k + at.frame + 1) - lower)
        put(out, first + q, np.uint8(np.int32(upper + t * (lower - upper) + F32(0.5))))


@entry
def deform(images, order, keys, shape, taps, moves, memory, out):
    """Deform images[order[k]] by keys[k] into out[k], for each k.

    images (samples * rows * columns,) and out (n * rows * columns,) are uint8, order (n,) int64,
    keys (n,) uint64. taps (radius + 1,) float32 are half of a Gaussian, its middle first. `memory`
    is float32, of the size of `space`: zeros, and from `count` on the numbers 0 to 15.
    """
    rows, columns = shape
    at = space(rows, columns, len(taps) - 1)
    images, out, memory = raw(images), raw(out), raw(memory)
    for k in range(len(order)):
        key = mixed(keys[k])
        if moves.alpha != 0.0:
            draw_noise(memory, at, rows, columns, key)
            smooth_fields(memory, at, rows, taps)
        by = affine(key, moves)
        framed(memory, at, images, order[k] * rows * columns, rows, columns)
        for r in range(rows):
            find_places(memory, at, rows, columns, r, by, moves.alpha)
            read_row(memory, at, columns, out, (k * rows + r) * columns)
