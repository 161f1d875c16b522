"""Weights of samples: how often each is learned, and at which share of the rate.

A sample of weight 2.25 is there three times, the last time at 0.25 of the rate. So a whole weight
is as many equal rows, bit for bit, and weight 0 is absence.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..diagnostics import warn
from ..typing import Array
from .arrays import matrix

LARGEST = 1 << 28  # steps of a pass: they fit in 1 GB
MANY = 100  # with more steps a sample, the weights are probably not counts
FEW = 0.1  # with a smaller mean neither: all steps are then small
NEAR = 1e-9  # a weight that is so near to a whole number, relatively, is meant to be whole


class Steps:
    """The steps of one or more epochs, in their order. A slice is a part of them.

    Parameters
    ----------
    entries : array, shape (steps,), of signed integers
        The place of each step's sample; of a step at a share of the rate, ~place.
    shares : array, shape (samples,), optional
        These shares. By default there are none.
    numbers : array, shape (steps,), of signed integers, optional
        The number of each step where the steps are not shuffled, if somebody needs it.
    """

    def __init__(self, entries: Array, shares: Array | None = None, numbers: Array | None = None):
        self.entries, self.shares, self.numbers = entries, shares, numbers

    @classmethod
    def of(cls, places: Array, weights: Array | None) -> Steps:
        """Return the steps of the samples at these places, each as often as its weight says."""
        if weights is None:
            return cls(places)
        times = np.ceil(weights[places])
        short = places.astype(np.min_scalar_type(-len(weights)))  # there may be many steps
        entries = np.repeat(short, times.astype(np.int64))
        partly = np.flatnonzero(times > weights[places])
        if not len(partly):
            return cls(entries)
        last = np.cumsum(times.astype(np.int64))[partly] - 1
        entries[last] = ~entries[last]
        return cls(entries, weights % 1)

    def __len__(self) -> int:
        return len(self.entries)

    def __getitem__(self, part: slice) -> Steps:
        numbers = None if self.numbers is None else self.numbers[part]
        return Steps(self.entries[part], self.shares, numbers)

    def listed(self) -> tuple[Array, Array | None]:
        """Return the sample of each step (steps,), and its share of the rate; None if all are 1."""
        places = self.entries.astype(np.int64, copy=False)
        if self.shares is None:
            return places, None
        partly = places < 0
        places = np.where(partly, ~places, places)
        return places, np.where(partly, self.shares[places], 1.0)


def steps_of(n: int, sample_weight: Any = None) -> Steps:
    """Return the steps of n samples in their order, as often as their weights say.

    Raises
    ------
    TypeError, ValueError
        As `checked_weights` does; or all weights are 0, or they make too many steps.
    """
    if sample_weight is None:
        return Steps(np.arange(n))
    weights = checked_weights(sample_weight, n)
    check_steps("sample_weight", weights)
    return Steps.of(np.arange(n), weights)


def counted(places: Array, weights: Array | None) -> Array:
    """Return the places of the rows that an encoding counts, in their order.

    A row counts as often as its weight says, rounded, and once at least.
    """
    if weights is None:
        return places
    return np.repeat(places, np.maximum(1, np.rint(weights[places])).astype(np.int64))


def checked_weights(sample_weight: Any, n: int) -> Array:
    """Return the weights of n samples (n,), float64.

    Raises
    ------
    TypeError, ValueError
        There are not n finite real numbers >= 0.
    """
    weights, _ = matrix(sample_weight, "sample_weight")
    if weights.shape != (n,) or weights.dtype.kind not in "buif":
        raise ValueError(
            f"sample_weight: shape {weights.shape}, dtype {weights.dtype}, "
            f"wanted ({n},) real numbers, as X"
        )
    weights = weights.astype(np.float64)
    bad = np.flatnonzero(~((weights >= 0) & (weights < np.inf)))
    if len(bad):
        raise ValueError(
            f"sample_weight: {weights[bad[0]]:g} for sample {bad[0]}, wanted finite numbers >= 0"
        )
    return whole(weights)


def whole(weights: Array) -> Array:
    """Return weights of which those that rounding has taken off a whole number are whole."""
    near = np.rint(weights)
    return np.where(np.abs(weights - near) <= NEAR * weights, near, weights)


def check_steps(name: str, weights: Array) -> None:
    """Refuse or warn of a number of steps that is probably not meant."""
    steps, samples = np.ceil(weights).sum(), np.count_nonzero(weights)
    if not samples:
        raise ValueError(f"{name}: all weights are 0, wanted one sample to learn at least")
    mean, most = weights.sum() / samples, max(LARGEST, MANY * samples)
    made = f"{name}: a mean weight of {mean:,.6g} makes {steps:,.12g} steps an epoch"
    advice = "a weight of 2 is learned twice; divide the weights by their mean"
    if not steps <= most:
        raise ValueError(f"{made}, wanted up to {most:,}: {advice}")
    if steps > MANY * samples:
        warn(f"{made} of {samples:,} samples: {advice}")


def check_mean(name: str, weights: Array) -> None:
    """Warn of a mean weight that leaves little of the rate."""
    mean = weights.sum() / np.count_nonzero(weights)
    if mean < FEW:
        warn(
            f"{name}: a mean weight of {mean:,.6g} leaves so much of the learning rate: divide the "
            "weights by their mean"
        )
