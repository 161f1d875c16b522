"""The units of a regression's targets: a net learns scaled numbers, and answers in these units."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from ..typing import Array

SPREADS = 5.0  # of the quartiles: numbers within so many are learned as they are,
TIMES, SHARE = 2.0, 0.98  # and so are those within so many times the distance of this share
LEAST = 0.04  # of the limit is the scale: no scaled number that is learned is beyond 25


class Units(NamedTuple):
    """The centre and the scale of each output's targets."""

    centre: Array  # (outputs,) float64
    scale: Array  # (outputs,) float64, > 0

    @classmethod
    def of(cls, y: Array) -> Units:
        """Return the median and the deviation of each column of y (n, outputs).

        Far numbers count as if they were at the limit: see `near`. A column of equal numbers has
        scale 1.
        """
        both = [centre_and_scale(column) for column in y.T.astype(np.float64)]
        return cls(*np.array([(centre, scale or 1.0) for centre, scale in both]).T)

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


def near(y: Array) -> Array:
    """Return numbers (n, outputs), of which those far from the others are cut at a limit.

    A slip of the decimal point would make steps that spoil what is learned of all others. Numbers
    are far if they are further from their median than 5 spreads of the quartiles and further than
    twice the distance of 98% of the numbers. So a long tail, as that of incomes, is no slip.
    """
    found = y.copy()
    for k, column in enumerate(y.T):
        centre, limit = centre_and_limit(column.astype(np.float64))
        np.clip(column, centre - limit, centre + limit, out=found[:, k])
    return found


def centre_and_limit(y: Array) -> tuple[float, float]:
    """Return the median of numbers (n,), and how far from it they are learned as they are."""
    from ..tables import scaling

    centre, spread = scaling.centre_and_scale(y)
    with np.errstate(over="ignore"):
        most = scaling.quantile(np.sort(np.abs(y - centre)), SHARE)
    return centre, min(max(SPREADS * spread, TIMES * most), scaling.MOST)


def centre_and_scale(y: Array) -> tuple[float, float]:
    """Return the centre and the scale of numbers (n,), float64; a scale of 0: all are equal.

    The sums are exact, so that no order of the numbers matters.
    """
    centre, limit = centre_and_limit(y)
    if not limit:
        return centre, 0.0
    with np.errstate(over="ignore"):
        shares = np.clip((y - centre) / limit, -1, 1)
    mean = math.fsum(shares.tolist()) / len(y)
    variance = math.fsum(np.square(shares - mean).tolist()) / len(y)
    return centre, max(LEAST, math.sqrt(variance)) * limit
