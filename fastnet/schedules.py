"""Schedules: the factor of the learning rate as a function of the run's progress.

"plateau" is none of these functions, since it goes by the validation loss: its rate is constant
until that loss falls no further, then linear. See docs/training.md.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np

from .typing import Array

Schedule = Callable[[Array], Array]
ScheduleName = Literal["constant", "linear", "exponential", "1/t", "plateau"]
PLATEAU = "plateau"


def constant(progress: Array) -> Array:
    """Return 1: the rate stays as it is."""
    return np.ones_like(progress)


def linear(progress: Array) -> Array:
    """Return 1 - progress: the rate falls to nearly 0.

    Goodfellow, Bengio & Courville, "Deep Learning", 2016, equation 8.14.
    """
    return 1 - progress


def exponential(progress: Array) -> Array:
    """Return 0.01**progress: the rate falls to a hundredth, by the same share each sample.

    Senior, Heigold, Ranzato & Yang, "An empirical study of learning rates in deep neural networks
    for speech recognition", 2013.

    It is computed by sums and products alone, which have the same bits on every CPU; NumPy's powers
    have not. It is exp(x)**16, with the power series of exp and x in [-0.29, 0].
    """
    x = progress * (-4.605170185988091 / 16)  # log(0.01)
    e = np.ones_like(x)
    for k in range(12, 0, -1):
        e *= x
        e *= 1 / k
        e += 1
    for _ in range(4):
        e *= e
    return e


def inverse_time(progress: Array) -> Array:
    """Return 1 / (1 + 99 * progress): the rate falls to a hundredth, as 1 / t.

    Robbins & Monro, 1951; Bottou, "Stochastic gradient descent tricks", 2012.
    """
    return 1 / (1 + 99 * progress)


SCHEDULES: dict[str, Schedule] = {
    "constant": constant,
    "linear": linear,
    "exponential": exponential,
    "1/t": inverse_time,
}


def named(schedule: str | Schedule) -> Schedule:
    """Return the schedule of this name. A function is returned as it is.

    "plateau" begins as "constant".
    """
    return schedule if callable(schedule) else {**SCHEDULES, PLATEAU: constant}[schedule]
