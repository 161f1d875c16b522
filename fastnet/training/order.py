"""The order of the samples: how often each is learned, and at which share of the rate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..checks import number
from ..data.arrays import matrix, shown
from ..data.samples import COUNTED
from ..data.targets import Targets, index_of, indices_of
from ..diagnostics import warn
from ..rng import stream
from ..typing import Array

LARGEST = 1 << 31  # steps in an epoch
MANY = 100  # steps a sample, from which on the weights are probably no counts


class Steps:
    """The steps of one or more epochs, in their order; a slice has a part of them.

    They are listed when they are learned, a part at a time: weights make many steps of few samples.

    Parameters
    ----------
    places : array, shape (samples,)
        The samples, each as often as there are epochs.
    ends : array, shape (samples,), optional
        How many steps there are up to the last one of each. Without it each is one step.
    shares : array, shape (samples,), optional
        Of the rate, for the last step of each.
    start, stop : int
        Of this part.
    """

    def __init__(
        self,
        places: Array,
        ends: Array | None = None,
        shares: Array | None = None,
        start: int = 0,
        stop: int | None = None,
    ):
        self.places, self.ends, self.shares = places, ends, shares
        total = len(places) if ends is None else int(ends[-1])
        self.start, self.stop = start, total if stop is None else min(stop, total)

    def __len__(self) -> int:
        return max(0, self.stop - self.start)

    def __getitem__(self, part: slice) -> Steps:
        start = self.start + (part.start or 0)
        stop = self.stop if part.stop is None else min(self.stop, self.start + part.stop)
        return Steps(self.places, self.ends, self.shares, start, stop)

    def listed(self) -> tuple[Array, Array | None]:
        """Return the sample of each step (steps,), and its share of the rate; None: all are 1."""
        if self.ends is None or self.shares is None or not len(self):
            return self.places[self.start : self.stop], None
        first, last = np.searchsorted(self.ends, [self.start, self.stop - 1], "right")
        some = slice(first, last + 1)
        ends = self.ends[some] - self.start
        times = np.diff(np.minimum(ends, len(self)), prepend=0)
        shares = np.ones(len(self))
        ended = ends <= len(self)
        shares[ends[ended] - 1] = self.shares[some][ended]
        return np.repeat(self.places[some], times), shares


class Order:
    """Draws the steps of each epoch.

    A sample of weight 2.25 is learned three times in a row, the last time at 0.25 of the rate. One
    of weight 0 is never learned: the order is drawn of the others, as if it were not there.

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
    labels : array, shape (n,), optional
        The index of each sample's class: of each class the same share is held out.
    """

    def __init__(
        self,
        n: int,
        weights: Array | None,
        shuffle: bool,
        seed: int,
        fraction: float | None = None,
        labels: Array | None = None,
    ):
        self.places = np.arange(n) if weights is None else np.flatnonzero(weights)
        self.held = self.places[:0]
        if fraction is not None:
            self.places, self.held = _hold_out(self.places, fraction, seed, labels)
        self.all_once = weights is None and fraction is None
        self.steps, self.shuffle = len(self.places), shuffle
        self.times: Array | None = None
        if weights is not None:
            times = np.ceil(weights)
            self.times = times.astype(np.int64)
            self.shares = weights - (times - 1)  # of the rate, for the last time
            self.steps = int(self.times[self.places].sum())
        self._orders = stream(seed, "orders")

    @property
    def state(self) -> dict[str, Any]:
        """The state that the orders to come depend on, as JSON has it."""
        return dict(self._orders.bit_generator.state)

    @state.setter
    def state(self, state: dict[str, Any]) -> None:
        self._orders.bit_generator.state = state

    def draw(self, epochs: int = 1) -> Steps:
        """Draw the steps of the next epoch, or of several."""
        places = np.concatenate([self.places] * epochs)
        if self.shuffle:
            for epoch in places.reshape(epochs, -1):
                self._orders.shuffle(epoch)
        if self.times is None:
            return Steps(places)
        return Steps(places, np.cumsum(self.times[places]), self.shares[places])

    def head(self) -> Array:
        """Return the samples of the first steps if none were shuffled."""
        places = self.places[:COUNTED]
        if self.times is not None:
            places = np.repeat(places, np.minimum(self.times[places], COUNTED))[:COUNTED]
        return places


def _hold_out(
    places: Array, fraction: float, seed: int, labels: Array | None
) -> tuple[Array, Array]:
    """Return the places that are learned, and those that are held out."""
    n = len(places)
    count = round(fraction * n)
    if not 0 < count < n:
        raise ValueError(
            f"validation_fraction: {fraction!r} of {n} samples are {count}, "
            "wanted at least one to hold out and one to learn"
        )
    drawn = stream(seed, "held out").permutation(n)  # no order depends on it
    if labels is not None and len(labels):
        drawn = _by_class(drawn, labels[places[drawn]])
    return places[np.sort(drawn[count:])], places[np.sort(drawn[:count])]


def _by_class(drawn: Array, labels: Array) -> Array:
    """Return what was drawn in an order whose first part has the same share of each class.

    The sample of each class that was drawn last comes after all others: it is learned.
    """
    counts = np.bincount(labels)
    by_class = np.argsort(labels, kind="stable")
    k = np.empty(len(labels), np.int64)  # the number of each in its class
    k[by_class] = np.arange(len(labels)) - (np.cumsum(counts) - counts)[labels[by_class]]
    way = (k + 0.5) / counts[labels] + (k + 1 == counts[labels])
    return drawn[np.argsort(way, kind="stable")]


def sample_weights(sample_weight: Any, class_weight: Any, targets: Targets, n: int) -> Array | None:
    """Return the weights (n,) of the samples, times those of their classes; None: all are 1."""
    if sample_weight is None and class_weight is None:
        return None
    weights = np.ones(n) if sample_weight is None else _checked(sample_weight, n)
    if class_weight is not None:
        weights = weights * _class_weights(class_weight, weights, targets)[targets.labels]
    _check_steps("class_weight" if sample_weight is None else "sample_weight", weights)
    return weights


def _check_steps(name: str, weights: Array) -> None:
    """Refuse a number of steps that makes no sense, or warn of it."""
    steps, samples = np.ceil(weights).sum(), np.count_nonzero(weights)
    if not samples:
        raise ValueError(f"{name}: all weights are 0, wanted one sample to learn at least")
    mean = weights.sum() / samples
    made = f"{name}: a mean weight of {mean:,.6g} makes {steps:,.12g} steps an epoch"
    advice = "a weight of 2 is learned twice; divide the weights by their mean"
    if not steps <= LARGEST:
        raise ValueError(f"{made}, wanted up to {LARGEST:,}: {advice}")
    if steps > MANY * samples:
        warn(f"{made} of {samples:,} samples: {advice}")


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
    """Return the weight of each class."""
    classes = targets.classes
    if classes is None:
        raise ValueError("class_weight: y holds numbers, wanted class labels")
    if isinstance(class_weight, str) and class_weight == "balanced":
        counts = np.bincount(targets.labels, weights, len(classes))
        present = counts > 0
        return np.divide(counts.sum(), present.sum() * counts, where=present, out=counts * 0)
    if not isinstance(class_weight, Mapping):
        what = shown(class_weight)
        raise TypeError(f"class_weight: {what}, wanted 'balanced' or {{label: weight}}")
    factors = np.ones(len(classes))
    indices = indices_of(classes)
    for label, weight in class_weight.items():
        factors[index_of(label, indices, "class_weight")] = number("class_weight", weight, 0)
    return factors
