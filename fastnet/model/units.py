"""The units of a regression's targets: a net learns scaled numbers, and answers in these units."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from ..typing import Array

LEAST = 0.2  # of the distance of a few others, which so are mostly within the limit of a run


class Units(NamedTuple):
    """The centre and the scale of each output's targets."""

    centre: Array  # (outputs,) float64
    scale: Array  # (outputs,) float64, > 0

    @classmethod
    def of(cls, y: Array) -> Units:
        """Return the median and the spread of the quartiles of each column of y (n, outputs).

        They are those of a column of a table: see `fastnet.tables.scaling`. Far numbers move them
        little. If most numbers are equal, the scale is about the deviation: the distance of the
        others times the root of their share. A column of equal numbers has scale 1.
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
        scale = float(self.scale[0]) if len(self.scale) == 1 else 1.0
        return scale * scale  # of Python's floats: beyond the largest it is inf, without a word

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


def centre_and_scale(y: Array) -> tuple[float, float]:
    """Return the centre and the scale of numbers (n,): see `Units.of`."""
    from ..tables import scaling

    centre, scale = scaling.centre_and_scale(y)
    low, high = (scaling.quantile(np.sort(y), share) for share in (0.25, 0.75))
    if low == high:  # else a few others would hardly count, in a unit as large as their distance
        scale *= max(LEAST, math.sqrt(np.count_nonzero(y != centre) / len(y)))
    return centre, scale
