"""The deformation of an image in plain NumPy, step by step: read this first.

Each pixel of the deformed image is read from another place. Let (u, v) be its distance from the
middle of the image, to the right and down. It is read at (a u + b v + x, c u + d v + y), an affine
map, and that far moved by two fields: random numbers, smoothed by a Gaussian, times alpha. Between
four pixels, each counts as it is near. Beyond the image all is 0.

A key of 64 bits gives all random numbers, by whole-number arithmetic. Floats are added, multiplied
and divided alone, in the order in which it stands here: so the bytes are the same on every CPU. The
tests compare `fastnet.kernels.deform` with this file, byte by byte.
"""

from __future__ import annotations

import numpy as np

from ..kernels.codes import LANES
from ..kernels.deform import Moves
from ..typing import Array

BITS_64, BITS_32 = (1 << 64) - 1, (1 << 32) - 1
STEP = 0x9E3779B97F4A7C15  # 2**64 / golden ratio


def deformed(image: Array, key: int, taps: Array, moves: Moves) -> Array:
    """Return a deformed image.

    Parameters
    ----------
    image : ndarray, shape (rows, columns), uint8
    key : int
        The key of this image, of 64 bits.
    taps : ndarray, shape (radius + 1,), float32
        The Gaussian from its middle on.
    moves : Moves
        How far pixels are moved.

    Returns
    -------
    ndarray, shape (rows, columns), uint8
    """
    rows, columns = image.shape
    key = mixed(key)
    a, b, c, d, x, y = affine(key, moves)
    right, down = np.zeros((2, rows, columns), np.float32)
    if moves.alpha:
        right, down = (smooth(field, taps) for field in noise(key, rows, columns))
    u = np.arange(columns, dtype=np.float32) - np.float32((columns - 1) * 0.5)
    v = np.arange(rows) - (rows - 1) * 0.5
    # From here on, places count from a column and a row of zeros around the image.
    x = (b * v + x + ((columns - 1) * 0.5 + 1.0)).astype(np.float32)[:, None]
    y = (d * v + y + ((rows - 1) * 0.5 + 1.0)).astype(np.float32)[:, None]
    right = u * np.float32(a) + x + right * np.float32(moves.alpha)
    down = u * np.float32(c) + y + down * np.float32(moves.alpha)
    return read(image, right.clip(0, columns + 1), down.clip(0, rows + 1), moves.faint)


def read(image: Array, x: Array, y: Array, faint: float) -> Array:
    """Return the pixels at (x, y), float32, of an image within a frame of zeros.

    Those of `faint` greys or fewer become 0.
    """
    framed = np.pad(image, [(1, 2), (1, 2)]).astype(np.float32)
    left, top = x.astype(np.int64), y.astype(np.int64)
    s, t = x - left.astype(np.float32), y - top.astype(np.float32)
    upper = framed[top, left] + s * (framed[top, left + 1] - framed[top, left])
    lower = framed[top + 1, left]
    lower = lower + s * (framed[top + 1, left + 1] - lower)
    grey = upper + t * (lower - upper) + np.float32(0.5)
    return np.where(grey < np.float32(faint + 1), 0, grey).astype(np.uint8)


def smooth(field: Array, taps: Array) -> Array:
    """Return a field (rows, columns) that is smoothed within its rows, then within its columns."""
    for _ in range(2):
        s = np.zeros_like(field)
        for k in range(field.shape[1]):  # each number spreads to the right and to the left
            near = np.abs(np.arange(field.shape[1]) - k)
            weights = np.where(near < len(taps), taps[near.clip(0, len(taps) - 1)], np.float32(0))
            s = s + field[:, k : k + 1] * weights
        field = np.ascontiguousarray(s.T)
    return field


def noise(key: int, rows: int, columns: int) -> Array:
    """Return two fields (rows, columns) of random numbers in (-1, 1), float32.

    The pixels are numbered down the columns, whose lengths are rounded up to 16. From a key and a
    number, a mix makes 32 bits, 16 for each field.
    """
    high = -(-rows // LANES) * LANES
    x: Array = np.arange(columns * high, dtype=np.uint32) + np.uint32(key & BITS_32)
    x = (x ^ (x >> 16)) * np.uint32(0x7FEB352D)
    x = (x ^ (x >> 15)) * np.uint32(0x846CA68B) + np.uint32(key >> 32)
    x = (x ^ (x >> 16)) * np.uint32(0x7FEB352D)
    x = (x ^ (x >> 15)) * np.uint32(0x846CA68B)
    x = (x ^ (x >> 16)).reshape(columns, high)[:, :rows].T
    halves = np.array([x & 0xFFFF, x >> 16]).astype(np.float32)
    return (halves - np.float32(32767.5)) * np.float32(2.0**-15)


def affine(key: int, moves: Moves) -> tuple[float, ...]:
    """Return (a, b, c, d, x, y) of the affine map."""
    cosine, sine = cosine_and_sine(moves.rotation * symmetric(key, 1))
    across = 1 + moves.scaling * symmetric(key, 2)
    down = 1 + moves.scaling * symmetric(key, 3)
    shear = moves.shear * symmetric(key, 4)
    x, y = moves.shift * symmetric(key, 5), moves.shift * symmetric(key, 6)
    a, b, c, d = cosine * across, shear - sine * across, sine * down, cosine * down
    if moves.flip and mixed(key + 7 * STEP) >> 63:
        a, c = -a, -c
    return a, b, c, d, x, y


def cosine_and_sine(x: float) -> tuple[float, float]:
    """Return cos(x) and sin(x) for |x| <= pi, by their Taylor series."""
    square, cosine, sine = x * x, 1.0, 1.0
    for n in range(26, 0, -2):
        cosine = 1 - cosine * square * (1 / ((n - 1) * n))
        sine = 1 - sine * square * (1 / (n * (n + 1)))
    return cosine, sine * x


def symmetric(key: int, n: int) -> float:
    """Return the random number n of a key, in (-1, 1): one of 2**52 in equal steps."""
    return ((mixed(key + n * STEP) >> 12) + 0.5) * 2.0**-51 - 1


def mixed(x: int) -> int:
    """Return 64 bits that depend on all bits of x."""
    x &= BITS_64
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9 & BITS_64
    x = (x ^ (x >> 27)) * 0x94D049BB133111EB & BITS_64
    return x ^ (x >> 31)
