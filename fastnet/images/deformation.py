"""Deformation of arrays of images by the compiled kernel."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from ..kernels.codes import LANES
from ..kernels.deform import ARGUMENTS, Moves, deform, space
from ..kernels.entries import direct
from ..rng import stream
from ..typing import Array

WANTED = "augment wants images of uint8, 0 to 255"
LOOKED = 1000  # images that tell which numbers they have
LINE = 16  # numbers of a line of the CPU's cache
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
        half = gaussian(sigma)
        self.shape, self.moves, self.radius = shape, moves, len(half) - 1
        at = space(*shape, self.radius)
        room = np.zeros(at.size + LINE, np.float32)
        first = -room.ctypes.data // room.itemsize % LINE
        self.memory = room[first : first + at.size]
        self.memory[at.taps : at.taps + len(half)] = half
        self.memory[at.taps - self.radius : at.taps + 1] = half[::-1]
        self.memory[at.count : at.count + LANES] = np.arange(LANES)
        self.frame = np.zeros((shape[0] + 2) * at.frame, np.uint16)

    @functools.cached_property
    def kernel(self) -> Any:
        """The compiled kernel, or the one that is loaded: at the first use, which may be told."""
        return direct(deform, ARGUMENTS)

    def into(self, out: Array, images: Array, order: Array, keys: Array) -> None:
        """Write to out (n, features) the images (samples, features) at `order` (n,), all uint8.

        Of images that do not lie row by row, these alone are copied.
        """
        if not images.flags.c_contiguous:
            images, order = np.ascontiguousarray(images[order]), np.arange(len(order))
        self.kernel(
            images.reshape(-1), order, keys, self.shape, self.radius, self.moves, self.memory,
            self.frame, out.reshape(-1),
        )  # fmt: skip


def gaussian(sigma: float) -> Array:
    """Return the half of a Gaussian from its middle on, float32; the whole has the sum 1.

    Its exponentials come from `_exp`: NumPy's exp has other bits on other CPUs.
    """
    radius = int(REACH * sigma + 0.5)
    taps = [1.0]
    if radius:
        x = 1 / (2 * sigma * sigma)
        taps += [_exp(-x * k * k) for k in range(1, radius + 1)]
    whole = math.fsum([*taps, *taps[1:]])
    return np.array([tap / whole for tap in taps], np.float32)


def _exp(x: float) -> float:
    """Return e**x for -10 <= x <= 0: 40 terms of its series, by + - * / alone."""
    s = 1.0
    for n in range(40, 0, -1):
        s = 1.0 + s * x / n
    return s


def keys_of(seed: int, epoch: int, numbers: Array) -> Array:
    """Return a key, uint64, for each of these numbers of an epoch's steps, int64."""
    base = stream(seed, "deformed", epoch).integers(1 << 64, dtype=np.uint64)
    return base + numbers.astype(np.uint64)


def pixels(X: Any, name: str = "X") -> Array:
    """Return images as they are, an array of uint8; refuse others, with a cure.

    Raises
    ------
    TypeError
        They are no uint8.
    ValueError
        They are no images.
    """
    if hasattr(X, "tocsr"):
        raise TypeError(f"{name}: sparse rows, but {WANTED}: X.toarray()")
    if hasattr(X, "columns") or hasattr(X, "column_names"):
        raise TypeError(f"{name}: a table, but {WANTED}: X.to_numpy('uint8')")
    X = np.asarray(X)
    if X.dtype != np.uint8:
        some = X[:LOOKED] if X.ndim else X
        raise TypeError(f"{name}: dtype {X.dtype}, but {WANTED}{_cure(some)}")
    if X.ndim < 2 or not X.size:
        wanted = f"{WANTED}: (n, pixels) or (n, rows, columns)"
        raise ValueError(f"{name}: shape {X.shape}, but {wanted}")
    return X


def _cure(X: Array) -> str:
    """Return how to make pixels of these first images of another dtype."""
    if X.dtype.kind == "b":
        return ": X.astype('uint8') * 255"
    if X.dtype.kind not in "iuf" or not X.size:
        return ""
    least, most = X.min(), X.max()
    if not (least >= 0 and most <= 255):
        return f", these are from {least:g} to {most:g}"
    if most > 1:
        return ": X.astype('uint8')"
    return ": (X * 255).round().astype('uint8')"


def size_of(shape: tuple[int, ...], name: str = "X") -> tuple[int, int] | None:
    """Return the rows and columns of images of this shape (n, ...); None if they are flat.

    Raises
    ------
    ValueError
        They have several colours, or more dimensions.
    """
    if len(shape) == 2:
        return None
    size = shape[1:]
    if len(size) == 3 and 1 in (size[0], size[2]):
        size = size[:2] if size[2] == 1 else size[1:]
    if len(size) != 2:
        colours = len(size) == 3 and min(size[0], size[2]) in (2, 3, 4)
        grey = f": X.mean(axis={1 if size[0] < size[2] else 3}).astype('uint8')" if colours else ""
        raise ValueError(f"{name}: shape {shape}, but augment wants images of one colour{grey}")
    return size[0], size[1]
