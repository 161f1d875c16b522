"""How numbers are scaled: this file is the one rule.

z = (x - centre) / scale, smoothly clipped to (-3, 3) as z / sqrt(1 + (z / 3)**2), the way of
RealMLP (Holzmueller et al., 'Better by default', NeurIPS 2024). Only selections and the four
operations and roots that IEEE 754 rounds exactly are used, so the bits are the same on every CPU.
"""

from __future__ import annotations

import math

import numpy as np

from ..kernels.codes import CLIP, FAR, LARGEST, LIMIT, SURE
from ..typing import Array

QUARTILES = 1.35  # the distance of a normal distribution's quartiles, in deviations
MOST = float(np.finfo(np.float64).max)


def centre_and_scale(values: Array) -> tuple[float, float]:
    """Return the centre and the scale of finite numbers (n,); a scale of 0 says that all are equal.

    The centre is the median. The scale is the distance of the quartiles in deviations. If these are
    equal, most numbers are the same: then it is the median distance of the others from the centre.
    """
    ordered = np.sort(values)
    low, centre, high = (quantile(ordered, share) for share in (0.25, 0.5, 0.75))
    scale = high / QUARTILES - low / QUARTILES  # each fits, and so does the difference, or nearly
    if scale == 0:
        with np.errstate(over="ignore"):
            others = np.sort(np.abs(ordered - centre))
        others = others[others > 0]
        scale = quantile(others, 0.5) if len(others) else 0.0
    return centre + 0.0, min(scale, MOST)  # no -0.0, whose order in a sort is by chance


def quantile(ordered: Array, share: float) -> float:
    """Return a quantile of sorted numbers: one of them, never one between two."""
    return float(ordered[int(share * (len(ordered) - 1))])


def scaled(x: Array, centre: float, scale: float) -> Array:
    """Return numbers (n,), float64, scaled; NaN, a missing one, is as the centre: 0."""
    if scale == 0:
        return np.zeros(len(x))
    with np.errstate(all="ignore"):
        z = (x - centre) / scale
        z[np.isnan(z)] = 0
        np.minimum(np.maximum(z, -CLIP, out=z), CLIP, out=z)
        q = z / LIMIT
        return z / np.sqrt(1 + q * q)  # type: ignore[no-any-return]


def scaled_one(x: float, centre: float, scale: float) -> float:
    """Return one finite number as `scaled` does, with the same bits."""
    if scale == 0:
        return 0.0
    z = min(max((x - centre) / scale, -CLIP), CLIP)
    q = z / LIMIT
    return z / math.sqrt(1 + q * q)


def joined(x: float, seen: int, mean: float, squares: float) -> tuple[int, float, float]:
    """Return the count, the mean and the sum of squared distances when x has joined them.

    It is Welford's way: see `kernels.tables`, which has the same bits.
    """
    x = min(max(x, -LARGEST), LARGEST)
    if seen >= SURE and squares > 0:
        far = FAR * math.sqrt(squares / seen)
        x = min(max(x, mean - far), mean + far)
    distance = x - mean
    mean += distance / (seen + 1)
    return seen + 1, mean, squares + distance * (x - mean)
