"""Weights in few bits, for small files and small computers: float16, and int8 with scales.

Biases stay as they are: they are few.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from .. import checks
from ..typing import Array

GREATEST = 127  # of int8; -128 is not used, so that w and -w round alike
SCALE_BITS = 17  # of a scale: 7 bits times 17 bits are exact in float32's 24


class Rounded(NamedTuple):
    """The weights of a layer in few bits.

    Attributes
    ----------
    values : numpy.ndarray
        (n_in, n_out), float16 or int8.
    scales : numpy.ndarray or None
        (n_out,), for int8: a weight is its value times its output's scale. The product is exact.
    """

    values: Array
    scales: Array | None = None

    def restored(self, dtype: Any) -> Array:
        """Return the rounded weights as numbers of a float dtype."""
        numbers = self.values.astype(dtype)
        return numbers if self.scales is None else numbers * self.scales.astype(dtype)


def as_float16(weights: Array) -> Rounded:
    """Return the weights of a layer, each as the nearest float16.

    Raises
    ------
    ValueError
        A weight is beyond float16.
    """
    with np.errstate(over="ignore", under="ignore"):
        values = weights.astype(np.float16)
    if not np.isfinite(values).all():
        largest = float(np.abs(weights).max())
        raise ValueError(f"weights: {largest:.6g} is beyond float16's 65504, wanted 'int8'")
    return Rounded(values)


def as_int8(weights: Array) -> Rounded:
    """Return the weights (n_in, n_out) of a layer as whole numbers -127..127 and a scale for each
    output, in the weights' dtype.

    The largest weight of an output becomes 127 or -127. Rounding again changes nothing.
    """
    with np.errstate(under="ignore"):
        mantissa, exponent = np.frexp(np.abs(weights).max(axis=0) / weights.dtype.type(GREATEST))
        scales = np.ldexp(np.trunc(np.ldexp(mantissa, SCALE_BITS)), exponent - SCALE_BITS)
    scales[scales == 0] = 1  # an output without weights, or next to none
    values = np.clip(np.rint(weights / scales), -GREATEST, GREATEST)
    return Rounded(values.astype(np.int8), scales)


TYPES: dict[str, Callable[[Array], Rounded]] = {"float16": as_float16, "int8": as_int8}


def rounded(weights: Array, to: str) -> Rounded:
    """Return the weights of a layer rounded `to` a type of `TYPES`."""
    checks.one_of("weights", to, TYPES)
    return TYPES[to](weights)
