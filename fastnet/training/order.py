"""The order of the samples, how often each is learned, and its share of the rate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..checks import number
from ..data.arrays import matrix, shown
from ..data.samples import COUNTED
from ..data.targets import Targets, as_targets, index_of, indices_of
from ..diagnostics import warn
from ..rng import stream
from ..typing import Array

LARGEST = 1 << 31  # the most steps in an epoch
MANY = 100  # with more steps a sample, the weights are probably not counts


class Steps:
    """The steps of one or more epochs, in their order. A slice is a part of them.

    The steps are listed when they are learned, a part at a time, since weights can make many steps
    of few samples.

    Parameters
    ----------
    places : array, shape (samples,)
        The samples, each once for every epoch.
    ends : array, shape (samples,), optional
        The number of steps up to the last step of each sample. By default each is one step.
    shares : array, shape (samples,), optional
        The share of the rate for the last step of each sample.
    start, stop : int
        The steps of this part.
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
        """Return the sample of each step (steps,), and its share of the rate; None if all are 1."""
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
    """An order draws the steps of each epoch.

    A sample of weight 2.25 is learned three times in a row, the last time at 0.25 of the rate. A
    sample of weight 0 is never learned, as if it were not there.

    Parameters
    ----------
    n : int
        The number of samples.
    weights : array, shape (n,), optional
        How often each sample counts.
    shuffle : bool
        Draw a new order for each epoch.
    seed : int
        The seed of the orders and of the held-out samples.
    fraction : float, optional
        The share of the samples that is held out.
    labels : array, shape (n,), optional
        The index of each sample's class. The same share of each class is held out.
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
        self.all_once = weights is None and fraction is None
        self.n, self.held = n, np.zeros(0, np.int64)
        self._places = None if weights is None else np.flatnonzero(weights)
        if fraction is not None:
            self._places, self.held = _hold_out(self.places, fraction, seed, labels)
        self.steps, self.shuffle = len(self.places), shuffle
        self.times: Array | None = None
        if weights is not None:
            times = np.ceil(weights)
            self.times = times.astype(np.int64)
            self.shares = weights - (times - 1)  # of the rate, for the last step
            self.steps = int(self.times[self.places].sum())
        self._orders = stream(seed, "orders")

    @property
    def places(self) -> Array:
        """The samples that are learned; of all of them, an array is made only when it is needed."""
        return np.arange(self.n) if self._places is None else self._places

    @property
    def state(self) -> dict[str, Any]:
        """The state on which the next orders depend, in JSON types."""
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
        """Return the first samples in the order without shuffling."""
        places = self.places[:COUNTED]
        if self.times is not None:
            places = np.repeat(places, np.minimum(self.times[places], COUNTED))[:COUNTED]
        return places


def held_out(y: Array, fraction: float, seed: int, weights: Array | None = None) -> Array:
    """Return the places of the samples that a run with these targets and weights holds out."""
    n = len(y)
    labels = as_targets(y, n, np.dtype("float32")).labels
    return Order(n, weights, True, seed, fraction, labels).held


def _hold_out(
    places: Array, fraction: float, seed: int, labels: Array | None
) -> tuple[Array, Array]:
    """Return the places to learn, and the places to hold out."""
    n = len(places)
    count = round(fraction * n)
    if not 0 < count < n:
        raise ValueError(
            f"validation_fraction: {fraction!r} of {n} samples are {count}, "
            "wanted at least one to hold out and one to learn"
        )
    drawn = stream(seed, "held out").permutation(n)  # no order depends on this stream
    if labels is not None and len(labels):
        drawn = _by_class(drawn, labels[places[drawn]])
    return places[np.sort(drawn[count:])], places[np.sort(drawn[:count])]


def _by_class(drawn: Array, labels: Array) -> Array:
    """Reorder drawn places so that any first part has the same share of each class.

    The last sample of each class comes after all others, so that a class is never held out whole.
    """
    counts = np.bincount(labels)
    by_class = np.argsort(labels, kind="stable")
    k = np.empty(len(labels), np.int64)  # the position of each in its class
    k[by_class] = np.arange(len(labels)) - (np.cumsum(counts) - counts)[labels[by_class]]
    way = (k + 0.5) / counts[labels] + (k + 1 == counts[labels])
    return drawn[np.argsort(way, kind="stable")]


def sample_weights(sample_weight: Any, class_weight: Any, targets: Targets, n: int) -> Array | None:
    """Return the samples' weights (n,), times those of their classes; None if all are 1."""
    if sample_weight is None and class_weight is None:
        return None
    weights = np.ones(n) if sample_weight is None else _checked(sample_weight, n)
    if class_weight is not None:
        weights = weights * _class_weights(class_weight, weights, targets)[targets.labels]
    _check_steps("class_weight" if sample_weight is None else "sample_weight", weights)
    return weights


def _check_steps(name: str, weights: Array) -> None:
    """Refuse or warn of a number of steps that is probably not meant."""
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
