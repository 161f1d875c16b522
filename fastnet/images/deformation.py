"""Deformation of arrays of images by the compiled kernel."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..kernels.deform import Moves, deform, space
from ..rng import stream
from ..typing import Array

REACH = 2.2  # standard deviations, up to which a neighbour counts


class Deformer:
    """What deforms images of one shape. It serves one thread at a time.

    Parameters
    ----------
    shape : (int, int)
        The rows and columns of an image.
    sigma : float
        Standard deviation of the Gaussian, in pixels.
    moves : Moves
        How far pixels are moved.
    """

    def __init__(self, shape: tuple[int, int], sigma: float, moves: Moves):
        self.shape, self.taps, self.moves = shape, gaussian(sigma), moves
        at = space(*self.shape, len(self.taps) - 1)
        self.memory = np.zeros(at.size, np.float32)
        self.memory[at.count :] = np.arange(at.size - at.count)

    def into(self, out: Array, images: Array, order: Array, keys: Array) -> None:
        """Write to out (n, features) the images (samples, features) at `order` (n,), all uint8."""
        deform(
            images.reshape(-1), order, keys, self.shape, self.taps, self.moves, self.memory,
            out.reshape(-1),
        )  # fmt: skip


def gaussian(sigma: float) -> Array:
    """Return the half of a Gaussian from its middle on, float32; the whole has the sum 1.

    exp(-k**2 / (2 sigma**2)) is the k**2-th power of one number, which its series gives: NumPy's
    exp has other bits on other CPUs.
    """
    radius = int(REACH * sigma + 0.5)
    taps = [1.0]
    if radius:
        x = 1 / (2 * sigma * sigma)
        taps += [_exp(-x * k * k) for k in range(1, radius + 1)]
    whole = math.fsum([*taps, *taps[1:]])
    return np.array([tap / whole for tap in taps], np.float32)


def _exp(x: float) -> float:
    """Return e**x for -3 <= x <= 0, by whole numbers and + - * / alone."""
    s = 1.0
    for n in range(40, 0, -1):
        s = 1.0 + s * x / n
    return s


def keys_of(seed: int, epoch: int, numbers: Array) -> Array:
    """Return a key, uint64, for each of these numbers of an epoch's steps, int64."""
    base = stream(seed, "deformed", epoch).integers(1 << 64, dtype=np.uint64)
    return base + numbers.astype(np.uint64)


def pixels(X: Any, name: str) -> Array:
    """Return images as they are, an array of uint8; refuse others.

    Raises
    ------
    TypeError
        They are no uint8.
    """
    if hasattr(X, "tocsr"):
        raise TypeError(f"{name}: sparse rows, but augment wants images of uint8: X.toarray()")
    X = np.asarray(X)
    if X.dtype != np.uint8:
        raise TypeError(
            f"{name}: dtype {X.dtype}, but augment wants pixels of uint8, 0 to 255: "
            "X.astype('uint8'), or (X * 255).astype('uint8') if they are 0 to 1"
        )
    if X.ndim < 2:
        raise ValueError(f"{name}: shape {X.shape}, wanted images (n, pixels)")
    return X
