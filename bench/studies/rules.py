"""A rule of defaults for tables, and the rows that judge one for classes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import fastnet
from fastnet.tables.encoding import Encoding
from fastnet.tables.frames import table_of

from ..columns import Table
from .compare import unlike

Array = NDArray[Any]

FOLDS = 5


class Rule(NamedTuple):
    """What a net does with n rows of a table, or several nets, which answer together."""

    hidden: tuple[int, ...] = (64, 64)
    activation: str = "relu"
    loss: str = "cross-entropy"
    rate: float | None = None  # None: that of the activation, 0.02 for relu
    schedule: str = "linear"
    steps: int = 30_000  # samples to learn, in
    fewest: int = 20  # epochs or more and
    most: int = 100  # epochs or fewer
    l2: float = 10  # divided by n + rows
    rows: int = 200
    l2_schedule: str = "constant"
    average: float = 0.5
    start: Any = None
    weights: str | None = None  # "balanced": all classes count the same
    nets: int = 1
    sees: str = "all rows"  # or "drawn rows", with replacement, or "nine tenths", other ones each
    l2_ratio: float = 1  # of the largest L2 of the nets to the least
    answer: str = "mean"  # of the nets' probabilities; or "geometric mean" or "votes"

    def options(self, n: int) -> dict[str, Any]:
        """Return the options of `fastnet.train` for n rows."""
        return {
            "hidden": self.hidden, "activation": self.activation, "loss": self.loss,
            "learning_rate": self.rate, "schedule": self.schedule, "start": self.start,
            "epochs": min(max(-(-self.steps // n), self.fewest), self.most),
            "l2": self.l2 / (n + self.rows), "l2_schedule": self.l2_schedule,
            "average": self.average, "class_weight": self.weights, "verbose": False,
        }  # fmt: skip

    def unlike(self, other: Rule) -> str:
        """Return the fields that differ from another rule's."""
        return unlike(self, other)


class Fold:
    """The rows to learn and to judge by, encoded once for all rules."""

    def __init__(self, table: Table, place: int):
        mixed = np.random.default_rng(3).permutation(len(table.y))
        order, fold = mixed[np.argsort(table.y[mixed], kind="stable")], np.empty(len(mixed), int)
        fold[order] = np.arange(len(order)) % FOLDS  # as many of each class in all folds
        judged = fold == place
        self.rows = [
            {f"c{k}": column[part] for k, column in enumerate(table.columns)}
            for part in (~judged, judged)
        ]
        self.y, self.truth, self.place = table.y[~judged], table.y[judged], place
        self.classes, self.n = int(table.y.max()) + 1, len(self.y)
        learn, judge = map(table_of, self.rows)
        encoding = Encoding.fit(learn)
        self.learn, self.judge = (encoding.samples(X, np.dtype("f4")) for X in (learn, judge))

    def seen(self, rule: Rule, net: int) -> Array | None:
        """Return the weights of the rows that a net sees; None: all. Each class keeps a row."""
        if rule.sees == "all rows":
            return None
        if rule.sees == "drawn rows":
            drawn = np.random.default_rng(1000 + net).integers(0, self.n, self.n)
            weights = np.bincount(drawn, minlength=self.n)
        else:
            weights = np.random.default_rng(1).permutation(self.n) % 10 != net % 10
        weights = weights.astype(float)
        first = np.unique(self.y, return_index=True)[1]
        lost = np.bincount(self.y, weights, self.classes)[self.y[first]] == 0
        weights[first[lost]] = 1
        return weights

    def answers(self, rule: Rule) -> Array:
        """Return the probabilities (rows, classes) of the rule's net, or of its nets."""
        options, each = rule.options(self.n), []
        for net in range(rule.nets):
            place = (net + 0.5) / rule.nets - 0.5
            changed = {"l2": options["l2"] * rule.l2_ratio**place, "seed": 100 * self.place + net}
            weights = self.seen(rule, net)
            found = fastnet.train(self.learn, self.y, sample_weight=weights, **options | changed)
            each.append(self.filled(found.classes, found.predict_proba(self.judge)))
        if rule.answer == "geometric mean":
            each = [np.log(np.maximum(shares, 1e-7)) for shares in each]
            return np.exp(np.mean(each, axis=0))  # type: ignore[no-any-return]
        if rule.answer == "votes":
            each = [np.eye(self.classes)[shares.argmax(axis=1)] for shares in each]
        return np.mean(each, axis=0)  # type: ignore[no-any-return]

    def of_peer(self, make: Callable[[], Any]) -> Array:
        """Return the probabilities of another library's model."""
        import pandas as pd

        learn, judge = map(pd.DataFrame, self.rows)
        model = make().fit(learn, self.y)
        return self.filled(model.classes_, model.predict_proba(judge))

    def filled(self, classes: Any, shares: Array) -> Array:
        """Return probabilities (rows, classes) with those of the classes that were not learned."""
        every = np.zeros((len(shares), self.classes))
        every[:, np.asarray(classes, int)] = shares
        return every

    def scores(self, rule: Rule | Callable[[], Any]) -> list[float]:
        """Return accuracy, balanced accuracy, log loss and the seconds of a rule or a peer."""
        begun = time.perf_counter()
        try:
            shares = self.answers(rule) if isinstance(rule, Rule) else self.of_peer(rule)
        except fastnet.Diverged:
            shares = np.ones((len(self.truth), self.classes))
        seconds = time.perf_counter() - begun
        right = shares.argmax(axis=1) == self.truth
        of_each = [right[self.truth == k].mean() for k in np.unique(self.truth)]
        true = shares[np.arange(len(right)), self.truth] / shares.sum(axis=1)
        loss = -np.log(np.maximum(true, np.finfo(float).eps)).mean()
        return [round(float(x), 5) for x in (right.mean(), np.mean(of_each), loss, seconds)]
