"""The units of a regression's targets: a net learns scaled numbers, and answers in these units."""

from __future__ import annotations

import itertools
import math
from typing import Any, NamedTuple

import numpy as np

from ..typing import Array

PART = 1 << 16  # numbers that are Python's at a time
ROUNDING = 4 * np.finfo(np.float64).eps  # a spread below this share of the mean is rounding


class Units(NamedTuple):
    """The centre and the scale of each output's targets."""

    centre: Array  # (outputs,) float64
    scale: Array  # (outputs,) float64, > 0

    @classmethod
    def of(cls, y: Array) -> Units:
        """Return the mean and the deviation of each column of y (n, outputs).

        A column of equal numbers has scale 1.
        """
        both = [_mean_and_deviation(column) for column in y.T.astype(np.float64)]
        return cls(*np.array(both).T)

    def scaled(self, y: Array) -> Array:
        """Return numbers (..., outputs) in the net's units, float64; some may become infinite."""
        with np.errstate(over="ignore"):
            return (np.asarray(y, np.float64) - self.centre) / self.scale

    def restored(self, outputs: Array) -> Array:
        """Return outputs (..., outputs) in the user's units, float64."""
        return outputs * self.scale + self.centre

    @property
    def of_loss(self) -> float:
        """The factor from the net's quadratic loss to the user's; 1 if there are several outputs.

        Several outputs may have several units: their loss stays a sum of squares of scaled numbers.
        """
        return float(self.scale[0] * self.scale[0]) if len(self.scale) == 1 else 1.0

    def to_dict(self) -> dict[str, list[float]]:
        """Return the units in JSON types."""
        return {"centre": self.centre.tolist(), "scale": self.scale.tolist()}

    @classmethod
    def from_dict(cls, about: dict[str, Any], outputs: int) -> Units:
        """Return the units of `to_dict`, if they fit so many outputs."""
        units = cls(*(np.array(about[name], np.float64) for name in ("centre", "scale")))
        if units.centre.shape != (outputs,) or units.scale.shape != (outputs,):
            came = len(units.centre), len(units.scale)
            raise ValueError(f"units: {came} numbers, wanted {outputs} each, as outputs")
        return units


def _mean_and_deviation(y: Array) -> tuple[float, float]:
    """Return the mean and the deviation of some numbers.

    Their sums are exact before they are rounded, so no order of adding matters. A power of two
    keeps them from overflowing.
    """
    low, high = float(y.min()), float(y.max())
    if low == high:
        return low, 1.0
    power = math.frexp(max(-low, high))[1]
    y = np.ldexp(y, -power)
    mean = exact_sum(y) / len(y)
    deviation = math.sqrt(exact_sum(np.square(y - mean)) / len(y))
    if deviation <= ROUNDING * abs(mean):
        return math.ldexp(mean, power), 1.0
    return math.ldexp(mean, power), math.ldexp(deviation, power)


def exact_sum(y: Array) -> float:
    """Return the sum of numbers, rounded once. Python's numbers are made some at a time."""
    parts = (y[start : start + PART].tolist() for start in range(0, len(y), PART))
    return math.fsum(itertools.chain.from_iterable(parts))
