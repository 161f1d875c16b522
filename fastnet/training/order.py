"""The order of the samples, how often each is learned, and its share of the rate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..checks import number
from ..data.arrays import shown
from ..data.samples import COUNTED
from ..data.targets import Targets, as_targets, index_of, indices_of
from ..data.weights import Steps, check_mean, check_steps, counted, whole
from ..rng import stream
from ..typing import Array


class Order:
    """An order draws the steps of each epoch.

    A sample of weight 2.25 is learned three times, at three places of the order, once of these at
    0.25 of the rate. So the order is that of a run whose data have the sample three times. A sample
    of weight 0 is never learned, as if it were not there.

    Parameters
    ----------
    n : int
        The number of samples.
    weights : array, shape (n,), optional
        How often each sample is learned.
    shuffle : bool
        Draw a new order for each epoch.
    seed : int
        The seed of the orders and of the held-out samples.
    fraction : float, optional
        The share of the samples that is held out. Weights do not count in this.
    labels : array, shape (n,), optional
        The index of each sample's class. The same share of each class is held out.
    counts : array, shape (n,), optional
        How often each sample counts in an encoding: its weight without that of its class, which
        says how a net learns, not how often rows occur.
    """

    def __init__(
        self,
        n: int,
        weights: Array | None,
        shuffle: bool,
        seed: int,
        fraction: float | None = None,
        labels: Array | None = None,
        counts: Array | None = None,
    ):
        self.all_once = weights is None and fraction is None
        self.all_count_once = self.all_once and counts is None
        self.n, self.held = n, np.zeros(0, np.int64)
        self._places = None if weights is None else np.flatnonzero(weights)
        if fraction is not None:
            self._places, self.held = _hold_out(self.places, fraction, seed, labels)
        self.weights, self.counts, self.shuffle = weights, counts, shuffle
        self.numbered = False  # whether steps are drawn with their numbers
        places = self.places
        self.steps = len(places) if weights is None else int(np.ceil(weights[places]).sum())
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

    @property
    def learned(self) -> Array | None:
        """How often each sample is learned (n,): 0 for those held out. None if all are, once."""
        if not len(self.held):
            return self.weights
        weights = np.ones(self.n) if self.weights is None else self.weights.copy()
        weights[self.held] = 0
        return weights

    @property
    def counted(self) -> Array:
        """The samples that an encoding counts, in their order, each as often as it counts."""
        return counted(self.places, self.counts)

    def in_order(self) -> Steps:
        """Return the steps of an epoch without shuffling."""
        return Steps.of(self.places, self.weights)

    def draw(self, epochs: int = 1) -> Steps:
        """Draw the steps of the next epoch, or of several if they are not numbered."""
        steps = self.in_order()
        if self.numbered:
            numbers = np.arange(len(steps))  # shuffled like the entries, whatever these hold
            if self.shuffle:
                self._orders.shuffle(numbers)
            return Steps(steps.entries[numbers], steps.shares, numbers)
        entries = np.concatenate([steps.entries] * epochs)
        if self.shuffle:
            for epoch in entries.reshape(epochs, -1):
                self._orders.shuffle(epoch)
        return Steps(entries, steps.shares)

    def head(self) -> Array:
        """Return the first samples in the order without shuffling."""
        return self.in_order()[:COUNTED].listed()[0]


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


def sample_weights(counts: Array | None, class_weight: Any, targets: Targets) -> Array | None:
    """Return the samples' weights (n,), times those of their classes; None if all are 1.

    `counts` are the checked weights of the samples alone; None if all are 1.
    """
    if counts is None and class_weight is None:
        return None
    weights = np.ones(len(targets.labels)) if counts is None else counts
    if class_weight is not None:
        weights = whole(weights * _class_weights(class_weight, weights, targets)[targets.labels])
    if (weights == 1).all():
        return None
    name = "class_weight" if counts is None else "sample_weight"
    check_steps(name, weights)
    check_mean(name, weights)
    return weights


def kind_of_weights(class_weight: Any) -> str | Mapping[Any, Any]:
    """Return checked weights of classes: "balanced", or the weight of each label."""
    named = isinstance(class_weight, str) and class_weight == "balanced"
    if named or isinstance(class_weight, Mapping):
        return class_weight
    what = shown(class_weight)
    raise TypeError(f"class_weight: {what}, wanted 'balanced' or {{label: weight}}")


def _class_weights(class_weight: Any, weights: Array, targets: Targets) -> Array:
    """Return the weight of each class."""
    classes = targets.classes
    if classes is None:
        raise ValueError("class_weight: y holds numbers, wanted class labels")
    if kind_of_weights(class_weight) == "balanced":
        counts = np.bincount(targets.labels, weights, len(classes))
        present = counts > 0
        return np.divide(counts.sum(), present.sum() * counts, where=present, out=counts * 0)
    factors = np.ones(len(classes))
    indices = indices_of(classes)
    for label, weight in class_weight.items():
        factors[index_of(label, indices, "class_weight")] = number("class_weight", weight, 0)
    return factors
