"""Weights in few bits, for small files and small computers: float16, and int8 with scales.

Biases stay as they are: they are few.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
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
        if self.scales is not None:
            with np.errstate(over="ignore", under="ignore"):  # of damaged files
                numbers *= self.scales.astype(dtype)
        return numbers


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


@np.errstate(under="ignore")
def as_int8(weights: Array) -> Rounded:
    """Return the weights (n_in, n_out) of a layer as whole numbers from -127 to 127, and scales.

    Each output has a scale, in the weights' dtype: its largest weight becomes 127 or -127. Rounding
    again changes nothing.
    """
    mantissa, exponent = np.frexp(np.abs(weights).max(axis=0) / weights.dtype.type(GREATEST))
    scales = np.ldexp(np.trunc(np.ldexp(mantissa, SCALE_BITS)), exponent - SCALE_BITS)
    scales[scales == 0] = 1  # an output without weights, or next to none
    values = np.clip(np.rint(weights / scales), -GREATEST, GREATEST)
    return Rounded(values.astype(np.int8), scales)


TYPES: dict[str, Callable[[Array], Rounded]] = {"float16": as_float16, "int8": as_int8}


def rounded(weights: Array, to: str) -> Rounded:
    """Return the weights of a layer rounded `to` a type of `TYPES`.

    Raises
    ------
    ValueError
        There is no such type, or there are NaN, infinity or weights beyond it.
    """
    checks.one_of("weights", to, TYPES)
    if not np.isfinite(weights).all():
        raise ValueError("weights: NaN or infinite, wanted finite numbers")
    return TYPES[to](weights)


def round_in_place(layers: Iterable[Array], to: str) -> float:
    """Round the weights of layers; return the largest change of a weight."""
    largest = 0.0
    for weights in layers:
        new = rounded(weights, to).restored(weights.dtype)
        largest = max(largest, float(np.abs(new - weights).max()))
        weights[:] = new
    return largest


def score_of(model: Any, X: Any, y: Any) -> float:
    """Return the score of a network or an ensemble."""
    return float(model.score(X, y))


def rounding_of(
    model: Any, to: Any, data: Any = None, score: Callable[[Any, Any, Any], float] = score_of
) -> dict[str, Any] | None:
    """Return the record of rounding a model's weights, in JSON types; None if `to` is None.

    Parameters
    ----------
    model : Network or Ensemble
    to : str or None
        A type of `TYPES`.
    data : tuple of arrays, optional
        (X, y), of which the scores before and after are in the record.
    score : function
        score(model, X, y) is the score of a model.
    """
    if to is None:
        if data is not None:
            raise ValueError("data: wanted weights, too: nothing is rounded that it could judge")
        return None
    twin = model.rounded(to)
    record: dict[str, Any] = dict(twin.rounding)
    if data is not None:
        X, y = pair(data)
        before, after = (score(each, X, y) for each in (model, twin))
        record["score"] = {"samples": len(y), "before": before, "after": after}
    return record


def pair(data: Any) -> tuple[Any, Any]:
    """Return X and y of data."""
    try:
        X, y = data
        n = len(y)
    except (TypeError, ValueError):
        raise TypeError(f"data: {checks.came(data)}, wanted (X, y)") from None
    if not n:
        raise ValueError("data: no samples, wanted one or more")
    return X, y


def in_words(record: dict[str, Any]) -> str:
    """Return the record of a rounding as one line."""
    line = f"weights as {record['weights']}: the largest change is {record['largest_change']:.3g}"
    score = record.get("score")
    if score is not None:
        line += f"; score {score['before']:.4f} before, {score['after']:.4f} after"
        line += f", on {score['samples']:,} samples"
    return line
