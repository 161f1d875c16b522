"""The best constant answer as a baseline, and the reasons why a net is no better."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import reference
from ..data.targets import Targets
from ..model import signs
from ..typing import Array

# Thresholds: see `fastnet.model.signs`.
CHANCE = 2.0  # an accuracy within so many standard deviations may be luck
LOSS = 0.99  # learning labels brings the loss below this share of a constant answer's
RESIDUAL = 0.999  # the same for a regression
FLAT = 1e-3  # a unit is saturated if its slope is below this share of the largest
SATURATED = 0.99  # a layer is saturated if this share of its activations is
HIGH = 50.0  # times the default rate: too large if nothing is learned
SEEN = 32  # samples whose activations are computed


class Baseline:
    """The best constant answer, and its loss.

    Parameters
    ----------
    net : Network
        The network whose outputs answer.
    """

    def __init__(self, net: Any):
        self.net = net
        self.n = 0.0  # targets
        self.sums = self.squares = np.zeros(0)  # for each output; labels are one-hot

    def add(self, targets: Targets, weights: Array | None = None) -> None:
        """Add targets, each as many times as it is learned."""
        times = None if weights is None else np.ceil(weights)
        if len(targets.labels):
            sums: Array = np.bincount(targets.labels, times, targets.outputs)
            squares, n = sums, len(targets.labels) if times is None else times.sum()
        else:
            y = targets.numbers.reshape(-1, targets.outputs).astype(np.float64)
            n, weighted = (len(y), y) if times is None else (times.sum(), times[:, None] * y)
            with np.errstate(all="ignore"):
                sums, squares = weighted.sum(axis=0), np.einsum("ij,ij->j", weighted, y)
        if not self.n:
            self.n, self.sums, self.squares = n, sums, squares
            return
        if len(sums) > len(self.sums):  # a stream has new labels
            more = (0, len(sums) - len(self.sums))
            self.sums, self.squares = np.pad(self.sums, more), np.pad(self.squares, more)
        self.n, self.sums, self.squares = self.n + n, self.sums + sums, self.squares + squares

    def missed(self) -> float:
        """Return the share of the samples for which the constant answer is wrong."""
        few = self.net.task != "classification" or not self.n
        return 1.0 if few else float(1 - self.sums.max() / self.n)

    def loss(self) -> float:
        """Return the loss of the constant answer."""
        means, squares = self.sums / self.n, self.squares / self.n
        return float(self.net.outputs.constant_loss(means, squares))

    def verdict(self, record: dict[str, Any], where: str) -> str | None:
        """Return a message that nothing was learned, if a record shows it; else None."""
        if not self.n:
            return None
        if self.net.task != "classification":
            regression, loss = self.net.task == "regression", self.loss()
            share = RESIDUAL if regression else LOSS
            if not record["loss"] >= share * loss > 0 or loss == np.inf:  # which says nothing
                return None
            answer = "the mean of y" if regression else "the same"
            return (
                f"nothing was learned: loss {record['loss']:.4g} {where}, and {loss:.4g} for "
                f"always answering {answer}"
            )
        accuracy, share = record["accuracy"], self.sums.max() / self.n
        luck = CHANCE * np.sqrt(share * (1 - share) / record["samples"])
        right = accuracy > share + luck or accuracy == 1
        if right or not record["loss"] >= LOSS * self.loss() > 0:
            return None
        label = self.net.classes[self.sums.argmax()]
        return (
            f"nothing was learned: accuracy {accuracy:.1%} {where}, and {share:.1%} for always "
            f"answering {label}"
        )


def explained(
    verdict: str | None,
    net: Any,
    rate: float,
    rows: Any,
    long: bool,
    column: Callable[[], str | None] = lambda: None,
    l2: float = 0,
) -> str | None:
    """Add the cause and the cure to a verdict. Return None if it may just be too early.

    `column` returns the name of one that tells the targets in part, so that the data are not the
    cause. It is called where the cause is not found otherwise.
    """
    if verdict is None:
        return None
    found, usual = blocked(net, rows), net.checked_rate(None)
    if found is None and rate > HIGH * usual:
        found = f"the learning rate is {rate:g}; try about {usual:g}"
    if found is None and long:
        smaller = "a smaller l2, " if l2 else ""
        found = f"try {smaller}another learning_rate, or more epochs"
        if net.encoding is None:
            found = f"scale X to about 1, {found}"
        if net.task != "classification":
            found += "; scale y too" if net.outputs.units is None else ""
        elif len(net.classes) > signs.FEW_CLASSES and net.classes.dtype.kind in "iu":
            found += "; for a regression give floats as y"
        name = column()
        found += f"; column {name} alone tells y in part" if name else "; or X does not tell y"
    return found and f"{verdict}; {found}"


@np.errstate(all="ignore")
def blocked(net: Any, rows: Any) -> str | None:
    """Return a message on a hidden layer whose units are all dead or saturated, or None."""
    if rows is None or not all(isinstance(a, str) for a in net.activations):
        return None
    a = signs.Scale(signs.sample(rows, SEEN)).rows.astype(net.dtype)
    hidden = zip(net.weights, net.biases, net.activations[:-1], strict=False)
    for k, (weights, biases, name) in enumerate(hidden, 1):
        used = np.flatnonzero(a.any(axis=0))
        # NumPy's BLAS would use all cores for this.
        z = np.einsum("ij,jk->ik", a[:, used], weights[used]) + biases
        transfer, slope = reference.TRANSFER[name]
        units, advice = weights.shape[1], "scale X to about 1, or use a smaller learning_rate"
        if name == "relu" and z.max() <= 0:
            return f"all {units} relu units of hidden layer {k} give 0 for all samples; {advice}"
        flat = slope(z) < FLAT * slope(np.zeros(1))
        if name in signs.BOUNDED and flat.mean() > SATURATED:
            return f"the {units} {name} units of hidden layer {k} are saturated; {advice}"
        a = transfer(z)
    return None
