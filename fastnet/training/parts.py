"""The parts of data on which settings are compared: which rows learn, and which judge."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..checks import whole
from ..data.arrays import answers, without_column
from ..data.fingerprint import sha256
from ..data.samples import Samples
from ..data.targets import as_targets, checked_classes
from ..data.weights import check_steps, checked_weights
from ..diagnostics import gathered
from ..model.encoded import samples_of
from ..model.network import Network
from ..model.outputs import WIDE
from ..options import HELD_OUT, Options
from ..rng import stream
from ..typing import Array
from .encoding import table_of, with_target, with_weights
from .order import Order
from .prepare import pair_of, shared, with_elastic, with_own


class Part(NamedTuple):
    """Rows of which some learn and others judge.

    Attributes
    ----------
    X : Samples
        All rows. They lie in memory once, however many parts there are, unless they are encoded by
        the rows that learn.
    y : ndarray
        Their targets.
    weights : ndarray of float64, shape (n,), or None
        Their weights: 0 of those that judge, so that a run never learns them.
    judges : tuple of Samples and ndarray
        The rows that judge, and their targets.
    """

    X: Samples
    y: Array
    weights: Array | None
    judges: tuple[Samples, Array]

    def fingerprint(self) -> dict[str, str]:
        """Return the SHA-256 of each array, by the name of what differs."""
        arrays = {"y": self.y, "weights": self.weights, "validation y": self.judges[1]}
        digests = {"X": self.X.sha256, "validation X": self.judges[0].sha256}
        return digests | {name: sha256(x) for name, x in arrays.items() if x is not None}

    def judged(self, net: Network, metric: str) -> float:
        """Return the "score" or the "loss" of a net on the rows that judge."""
        X: Any = self.judges[0]
        y = self.judges[1]
        if metric == "score":
            return net.score(X, y)
        targets = net.outputs.targets(y, X.n, least=1)
        return net.passes.evaluate(net.samples(X), targets, np.arange(X.n))[0]


def parts_of(
    X: Any, y: Any, options: Options, fraction: float | None, folds: int | None, seed: int
) -> list[Part]:
    """Return one part, or one for each fold. The rows are checked and encoded once for all runs.

    Parameters
    ----------
    X, y
        As in `fastnet.train`.
    options : Options
        The options of all runs. If they have `validation_data`, all rows learn.
    fraction : float, optional
        The share of the rows that judges. By default it is a tenth.
    folds : int, optional
        The number of parts: each row judges in one of them.
    seed : int
        It decides which rows judge. Of each class about the same share does.

    Raises
    ------
    TypeError, ValueError
        As in `fastnet.train`; or there are too few rows.
    """
    options = with_elastic(X, with_weights(X, with_own(options)))
    X, y = with_target(X, y, options), answers(y)
    given, options = options.validation_data, options.replaced(validation_fraction=None)
    if options.init is None:
        y, table = without_column(y), table_of(X, options)  # warns once
        X = shared(X, y, options) if table is None else table
        n = X.n if table is None else len(table)
        known = None if options.classes is None else checked_classes(options.classes)
        labels = as_targets(y, n, WIDE, known).labels
    else:
        X = shared(X, y, options)
        n, labels = X.n, options.init.outputs.targets(y, X.n).labels
    weights = None if options.sample_weight is None else checked_weights(options.sample_weight, n)
    if weights is not None:
        with gathered({}, ""):  # each run warns of them
            check_steps("sample_weight", weights)
    if given is not None:
        helds = [np.zeros(0, np.int64)]
    elif folds is not None:
        helds = folds_of(n, folds, seed, labels, weights)
    else:
        share = HELD_OUT if fraction is None else fraction
        helds = [Order(n, weights, True, seed, share, labels).held]
    parts = []
    for held in helds:
        own = weights
        if len(held):
            own = np.ones(n) if weights is None else weights.copy()
            own[held] = 0
        rows = shared(X, y, options.replaced(sample_weight=own))
        judges = (_at(rows, held), y[held]) if given is None else _judges(rows, given)
        parts.append(Part(rows, y, own, judges))
    return parts


def folds_of(
    n: int, folds: int, seed: int, labels: Array, weights: Array | None = None
) -> list[Array]:
    """Return the places of the rows that judge in each fold, sorted.

    Rows of weight 0 are in none. The folds, and the rows of a class in them, differ by one at most.
    """
    places = np.arange(n) if weights is None else np.flatnonzero(weights)
    if whole("folds", folds, 2) > len(places):
        raise ValueError(f"folds: {folds} of {len(places)} samples, wanted at most one for each")
    drawn = stream(seed, "held out").permutation(places)
    if len(labels):
        drawn = drawn[np.argsort(labels[drawn], kind="stable")]
    return [np.sort(drawn[k::folds]) for k in range(folds)]


def _at(samples: Samples, places: Array) -> Samples:
    """Return the samples at these places."""
    part = Samples(samples.rows[places], samples.dtype)
    part.encoding = samples.encoding
    return part


def _judges(samples: Samples, given: Any) -> tuple[Samples, Array]:
    """Return validation data as samples like these."""
    X, y = pair_of(given)
    features, name = samples.features, "validation_data X"
    return samples_of(X, samples.encoding, samples.dtype, features, name), y
