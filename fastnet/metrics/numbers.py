"""Measures of answers that are numbers."""

import math

import numpy as np
from numpy.typing import ArrayLike

from ..typing import Array
from .arrays import total


def rmse(y: ArrayLike, answers: ArrayLike) -> float:
    """Return the root of the mean square error, over all numbers (n,) or (n, outputs).

    It is `sklearn.metrics.root_mean_squared_error` of one output.
    """
    return _root_mean_square(_errors(y, answers))


def mae(y: ArrayLike, answers: ArrayLike) -> float:
    """Return the mean absolute error, over all numbers (n,) or (n, outputs).

    It is `sklearn.metrics.mean_absolute_error`.
    """
    errors, scale = _scaled(_errors(y, answers))
    return scale * (total(np.abs(errors)) / errors.size)


def spread(y: ArrayLike) -> float:
    """Return the root of the mean square distance of numbers (n,) or (n, outputs) from their means.

    It is the `rmse` of the best constant answer: the standard deviation.
    """
    return _root_mean_square(_from_means(_table(y, "y")))


def r_squared(y: ArrayLike, answers: ArrayLike) -> float:
    """Return R squared: the share of the variance of y that the answers explain.

    It is 1 - sum (y - answer)^2 / sum (y - mean)^2, of several outputs the mean. For constant
    y it is 1 if all answers are right, else 0. It is `sklearn.metrics.r2_score`.

    Parameters
    ----------
    y, answers : array_like (n,) or (n, outputs)
        The numbers that are wanted, and the answers.
    """
    each = []
    for rest, own in zip(_errors(y, answers).T, _table(y, "y").T, strict=True):
        if own.min() == own.max():  # whose mean may be rounded
            each.append(float(not rest.any()))
            continue
        of_mean, scale = _scaled(_from_means(own[:, None]))
        with np.errstate(over="ignore"):
            ratio = _root_mean_square(rest / scale) / _root_mean_square(of_mean)
        each.append(1 - ratio * ratio)
    return math.fsum(each) / len(each)


def _table(values: ArrayLike, name: str) -> Array:
    """Return numbers as float64 (n, outputs)."""
    array = np.asarray(values, np.float64)
    if array.ndim not in (1, 2) or not array.size:
        raise ValueError(f"{name}: shape {array.shape}, wanted (n,) or (n, outputs)")
    return array.reshape(len(array), -1)


def _errors(y: ArrayLike, answers: ArrayLike) -> Array:
    """Return y - answers, float64 (n, outputs)."""
    wanted, given = _table(y, "y"), _table(answers, "answers")
    if wanted.shape != given.shape:
        raise ValueError(f"answers: shape {given.shape}, wanted {wanted.shape}, as y")
    with np.errstate(over="ignore"):
        return wanted - given


def _from_means(table: Array) -> Array:
    """Return the distances of numbers from the means of their columns."""
    means = []
    for values in table.T:
        scaled, scale = _scaled(values)
        means.append(scale * (total(scaled) / len(scaled)))
    return table - means


def _root_mean_square(errors: Array) -> float:
    scaled, scale = _scaled(errors)
    with np.errstate(over="ignore", under="ignore"):
        squares = scaled * scaled
    return scale * math.sqrt(total(squares) / scaled.size)


def _scaled(values: Array) -> tuple[Array, float]:
    """Return values divided by a power of two, so that none is beyond 1, and that power.

    So no square overflows.
    """
    largest = float(np.abs(values).max())
    if not math.isfinite(largest):
        return values, 1.0
    scale = 2.0 ** min(math.frexp(largest)[1], 1023)
    return values / scale, scale
