"""Which samples are learned: in which order, how often each, and at which share of the rate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .arrays import matrix
from .checks import number
from .data import HEAD, Array, Targets, place_of, places_of

LARGEST = 1 << 31  # steps in an epoch


class Order:
    """Draws the steps of each epoch.

    A sample of weight 2.25 is learned three times in a row, the last time at 0.25 of the rate; one
    of weight 0 never. What is drawn is drawn of the others, as if it had never been there.

    Parameters
    ----------
    n : int
        The number of samples.
    weights : array, shape (n,), optional
        How often each sample counts.
    shuffle : bool
        Draw a new order for each epoch.
    seed : int
        Of all that is drawn.
    fraction : float, optional
        The share of the samples that is held out.
    """

    def __init__(
        self, n: int, weights: Array | None, shuffle: bool, seed: int, fraction: float | None = None
    ):
        self.places = np.arange(n) if weights is None else np.flatnonzero(weights)
        self.held = self.places[:0]
        if fraction is not None:
            self.places, self.held = _hold_out(self.places, fraction, seed)
        self.all_once = weights is None and fraction is None
        self.steps, self.shuffle = len(self.places), shuffle
        self.times: Array | None = None
        if weights is not None:
            times = np.ceil(weights)
            self.times = times.astype(np.int64)
            self.shares = weights - (times - 1)  # of the rate, for the last time
            self.steps = int(self.times[self.places].sum())
        self._orders = np.random.default_rng([seed, 1])

    @property
    def state(self) -> dict[str, Any]:
        """What the orders to come depend on, as JSON has it."""
        return dict(self._orders.bit_generator.state)

    @state.setter
    def state(self, state: dict[str, Any]) -> None:
        self._orders.bit_generator.state = state

    def draw(self) -> tuple[Array, Array | None]:
        """The samples of an epoch, step by step, and the shares of the rate; None: all are 1."""
        places = self._orders.permutation(self.places) if self.shuffle else self.places
        if self.times is None:
            return places, None
        times = self.times[places]
        shares = np.ones(self.steps)
        shares[np.cumsum(times) - 1] = self.shares[places]
        return np.repeat(places, times), shares

    def head(self) -> Array:
        """The samples of the first steps if none were shuffled."""
        places = self.places[:HEAD]
        if self.times is not None:
            places = np.repeat(places, np.minimum(self.times[places], HEAD))[:HEAD]
        return places


def _hold_out(places: Array, fraction: float, seed: int) -> tuple[Array, Array]:
    """The places that are learned, and those that are held out."""
    n = len(places)
    count = round(number("validation_fraction", fraction, 0, 1) * n)
    if not 0 < count < n:
        raise ValueError(
            f"validation_fraction: {fraction!r} of {n} samples are {count}, "
            "wanted at least one to hold out and one to learn"
        )
    drawn = np.random.default_rng([seed, 2]).permutation(n)  # no order depends on it
    return places[np.sort(drawn[count:])], places[np.sort(drawn[:count])]


def sample_weights(sample_weight: Any, class_weight: Any, targets: Targets, n: int) -> Array | None:
    """The weights (n,) of the samples, that of its class multiplied in; None where all are 1."""
    if sample_weight is None and class_weight is None:
        return None
    weights = np.ones(n) if sample_weight is None else _checked(sample_weight, n)
    if class_weight is not None:
        weights = weights * _class_weights(class_weight, weights, targets)[targets.labels]
    steps = np.ceil(weights).sum()
    if not 0 < steps <= LARGEST:
        name = "class_weight" if sample_weight is None else "sample_weight"
        raise ValueError(f"{name}: {steps:g} steps an epoch, wanted 1 to {LARGEST}")
    return weights


def _checked(sample_weight: Any, n: int) -> Array:
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
    return weights


def _class_weights(class_weight: Any, weights: Array, targets: Targets) -> Array:
    """The weight of each class."""
    classes = targets.classes
    if classes is None:
        raise ValueError("class_weight: y holds numbers, wanted class labels")
    if isinstance(class_weight, str) and class_weight == "balanced":
        counts = np.bincount(targets.labels, weights, len(classes))
        present = counts > 0
        return np.divide(counts.sum(), present.sum() * counts, where=present, out=counts * 0)
    if not isinstance(class_weight, Mapping):
        raise TypeError(f"class_weight: {class_weight!r}, wanted 'balanced' or {{label: weight}}")
    factors = np.ones(len(classes))
    places = places_of(classes)
    for label, weight in class_weight.items():
        factors[place_of(label, places, "class_weight")] = number("class_weight", weight, 0)
    return factors
