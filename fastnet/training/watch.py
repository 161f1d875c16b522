"""What a run shows while it learns: whether it learns at all."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import reference
from ..data.samples import Samples
from ..data.targets import Targets
from ..diagnostics import warn
from ..model.signs import (
    BOUNDED,
    CHANCE,
    EPOCHS,
    FALLEN,
    FALLING,
    FEW_CLASSES,
    FLAT,
    HIGH,
    LEAST,
    LONG,
    LOSS,
    NUMBERS,
    PARTS,
    RESIDUAL,
    ROWS,
    SATURATED,
    SEEN,
    STEPS,
    Scale,
    as_numbers,
    look_at_inputs,
    look_at_targets,
    sample,
)
from ..typing import Array


class Watch:
    """Looks at a run before, in and after it; says one thing of the inputs or of the run, once.

    Parameters
    ----------
    net : Network
    rate : float
        The learning rate.
    samples, targets
        What is learned.
    weights : array, shape (n,), optional
        How often each sample is learned.
    epochs : int
        That the run has.
    schedule
        Its name, or a function.
    known : bool
        Whether the targets are as the net, or the user, knows them to be.
    """

    def __init__(
        self,
        net: Any,
        rate: float,
        samples: Samples,
        targets: Targets,
        *,
        weights: Array | None = None,
        epochs: int,
        schedule: Any,
        known: bool,
    ):
        self.net, self.rate, self.samples, self.targets = net, rate, samples, targets
        self.weights, self.epochs, self.schedule = weights, epochs, schedule
        self.before = len(net.history)
        self.said, self.looked = not (epochs and rate), False
        self.baseline = Baseline(net)
        if not self.said:
            self.said = look_at_inputs(net, rate, samples)
            if not known:
                self.said |= look_at_targets(net, targets)

    def look(self) -> None:
        """Look, once in a run, for a layer that can learn no more; to be called between epochs."""
        if self.said or self.looked or self._learned() < STEPS:
            return
        self.looked = True
        if self._verdict(self.net.history[-1]):
            self._say(blocked(self.net, self.samples.rows))

    def end(self) -> None:
        """Say what the history of the whole run tells."""
        net, records = self.net, self.net.history[self.before :]
        if net.stopped == "patience" and self.schedule in FALLING:
            rates = [record["learning_rate"] for record in records]
            share = rates[-1] / (max(rates) or 1)
            if share > FALLEN:
                warn(
                    f"patience: ended the run after {len(records)} of {self.epochs} epochs, with "
                    f"the rate still at {share:.0%} of its largest; take schedule='constant', or "
                    "fewer epochs, for which it falls sooner",
                    kind="patience",
                )
        if self.said or self._learned() < STEPS:
            return
        if "val_loss" in records[-1] and net.stopped == "patience":
            record = min(records, key=lambda record: record["val_loss"])  # whose weights are back
        else:
            record = records[-1]
        verdict, learned = self._verdict(record), self._learned()
        long = len(records) >= EPOCHS or learned >= LONG
        if verdict and self.baseline.missed() * learned < STEPS:
            long = False
        self._say(explained(verdict, net, self.rate, self.samples.rows, long))

    def _learned(self) -> int:
        """How many samples; all epochs but the last have as many."""
        history = self.net.history
        epochs = len(history) - self.before
        if not epochs:
            return 0
        return int((epochs - 1) * history[self.before]["samples"] + history[-1]["samples"])

    def _verdict(self, record: dict[str, Any]) -> str | None:
        if not self.baseline.n:
            self.baseline.add(self.targets, self.weights)
        epochs = len(self.net.history) - self.before
        return self.baseline.verdict(record, f"after {epochs} epoch{'s' * (epochs != 1)}")

    def _say(self, message: str | None) -> None:
        if message:
            self.said = True
            warn(message, kind="run")


class StreamWatch:
    """Looks at a stream, as `Watch` does at a run.

    Parameters
    ----------
    net : Network
        At the start.
    rate : float
        Of all examples.
    """

    def __init__(self, net: Any, rate: float):
        self.rate, self.goes_on = rate, bool(net.history)
        self.said, self.looked = not rate, False
        self.most = min(ROWS, max(LEAST, NUMBERS // net.sizes[0]))  # rows to look at
        self.wanted = self.most  # of these, not yet come
        self.first: list[tuple[Array, Array]] = []  # rows and numbers
        self.rows: Array | None = None  # some of them
        self.baseline, self.records = Baseline(net), list[dict[str, Any]]()  # of some records
        self.parts: list[tuple[Targets, int, int]] = []  # of targets, not yet counted
        self.uncounted = 0  # targets
        self.verdict: str | None = None  # of those before
        self.n, self.missed = 0, 0.0  # examples that were judged; which one answer would miss

    def take(self, net: Any, samples: Samples, targets: Targets) -> None:
        """Look at the first examples, before they are learned."""
        if self.most:
            numbers = targets.numbers[: self.most * targets.outputs]
            rows = samples.rows[: self.most]
            rows = rows.toarray() if hasattr(rows, "toarray") else np.array(rows)
            self.first.append((rows, np.array(numbers)))
            self.wanted -= samples.n
            if self.wanted <= 0:
                self.look(net)

    def count(self, targets: Targets, start: int, stop: int) -> None:
        """Take down the targets of some examples, which were learned."""
        self.parts.append((targets, start, stop))
        self.uncounted += stop - start
        if self.uncounted >= PARTS:
            self._count(targets.outputs)

    def _count(self, k: int) -> None:
        """Count what was taken down, of k outputs."""
        if self.parts:
            labels = numbers = np.zeros(0, np.int32)
            if self.parts[0][0].labels.size:
                labels = np.concatenate([t.labels[a:b] for t, a, b in self.parts])
            else:
                numbers = np.concatenate([t.numbers[k * a : k * b] for t, a, b in self.parts])
            self.baseline.add(Targets(labels, numbers, k, None))
            self.parts.clear()
            self.uncounted = 0

    def look(self, net: Any) -> None:
        """Look at the first examples, as far as they have come."""
        if not self.first:
            return
        parts, numbers = zip(*self.first, strict=True)
        if len({part.dtype for part in parts}) > 1:
            parts = tuple(as_numbers(part) for part in parts)
        rows = np.concatenate(parts)
        self.most, self.first, self.rows = 0, [], sample(rows, SEEN)
        if not self.said:
            self.said = look_at_inputs(net, self.rate, Samples(rows, net.dtype))
            if net.classes is None and not self.goes_on:
                none, others = np.zeros(0, np.int32), (net.sizes[-1], None)
                self.said |= look_at_targets(net, Targets(none, np.concatenate(numbers), *others))

    def record(self, net: Any, record: dict[str, Any]) -> None:
        """Judge what has come since the last time, when it is enough."""
        self.records.append(record)
        seen = together(self.records)
        if self.said or seen["samples"] < STEPS:
            return
        self._count(net.sizes[-1])
        where = f"over the last {seen['samples']:,} examples"
        self.verdict = self.baseline.verdict(seen, where)
        self.n += seen["samples"]
        self.missed += seen["samples"] * self.baseline.missed()
        self.baseline, self.records = Baseline(net), []
        if self.verdict and not self.looked:
            self.looked = True
            self._say(blocked(net, self.rows))
        if self.n >= LONG:
            self.end(net)

    def end(self, net: Any) -> None:
        """Judge a stream at its end, or when it has gone on for long."""
        self.look(net)
        if not self.said:
            long = self.n >= LONG and self.missed >= STEPS
            self._say(explained(self.verdict, net, self.rate, self.rows, long))

    def _say(self, message: str | None) -> None:
        if message:
            self.said = True
            warn(message)


def together(records: list[dict[str, Any]]) -> dict[str, Any]:
    """One record of all samples of some."""
    samples = sum(record["samples"] for record in records)
    seen: dict[str, Any] = {"samples": samples, "accuracy": None}
    for name in ("loss", "accuracy"):
        if records[0][name] is not None:
            seen[name] = sum(record[name] * record["samples"] for record in records) / samples
    return seen


class Baseline:
    """The best of the answers that are always the same, and what it comes to.

    Parameters
    ----------
    net : Network
        It says what the outputs mean.
    """

    def __init__(self, net: Any):
        self.net = net
        self.n = 0.0  # targets
        self.sums = self.squares = np.zeros(0)  # of each output; labels are one-hot

    def add(self, targets: Targets, weights: Array | None = None) -> None:
        """Add targets, each as often as it is learned."""
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
        if len(sums) > len(self.sums):  # a stream has got new labels
            more = (0, len(sums) - len(self.sums))
            self.sums, self.squares = np.pad(self.sums, more), np.pad(self.squares, more)
        self.n, self.sums, self.squares = self.n + n, self.sums + sums, self.squares + squares

    def missed(self) -> float:
        """The share of the samples for which that answer is wrong."""
        few = self.net.classes is None or not self.n
        return 1.0 if few else float(1 - self.sums.max() / self.n)

    @np.errstate(all="ignore")
    def loss(self) -> float:
        """The loss of that answer."""
        means, net = self.sums / self.n, self.net
        if net.loss == "quadratic":
            spread = self.squares / self.n - means**2
            return float(spread[spread > 1e-12 * means**2].sum())  # the others are rounding
        entropy = -means * np.log(means, where=means > 0, out=np.zeros_like(means))
        if net.activations[-1] == "sigmoid":
            rest = 1 - means
            entropy -= rest * np.log(rest, where=rest > 0, out=np.zeros_like(rest))
        return float(entropy.sum())

    def verdict(self, record: dict[str, Any], where: str) -> str | None:
        """That nothing was learned, if a record says so."""
        if not self.n:
            return None
        accuracy = record["accuracy"]
        if accuracy is None or self.net.classes is None:
            loss = self.loss()
            if not record["loss"] >= (LOSS if accuracy is not None else RESIDUAL) * loss > 0:
                return None
            answer = "the mean of y" if accuracy is None else "the same"
            return (
                f"nothing was learned: loss {record['loss']:.4g} {where}, and {loss:.4g} for "
                f"answering always {answer}"
            )
        share = self.sums.max() / self.n
        luck = CHANCE * np.sqrt(share * (1 - share) / record["samples"])
        if accuracy > share + luck or not record["loss"] >= LOSS * self.loss() > 0:
            return None
        label = self.net.classes[self.sums.argmax()]
        return (
            f"nothing was learned: accuracy {accuracy:.1%} {where}, and {share:.1%} for answering "
            f"always {label}"
        )


def explained(verdict: str | None, net: Any, rate: float, rows: Any, long: bool) -> str | None:
    """A verdict with its cause and what to do; None if it may only be too early for one."""
    if verdict is None:
        return None
    found, usual = blocked(net, rows), net.checked_rate(None)
    if found is None and rate > HIGH * usual:
        found = f"the learning rate is {rate:g}; try about {usual:g}"
    if found is None and long:
        found = "scale X to about 1, try another learning_rate, or more epochs"
        if net.classes is None:
            found += "; scale y too"
        elif len(net.classes) > FEW_CLASSES and net.classes.dtype.kind in "iu":
            found += "; for a regression give floats as y"
        found += "; or X does not tell y"
    return found and f"{verdict}; {found}"


@np.errstate(all="ignore")
def blocked(net: Any, rows: Any) -> str | None:
    """Which hidden layer can learn no more, of which all units are dead or saturated."""
    if rows is None or not all(isinstance(a, str) for a in net.activations):
        return None
    a = Scale(sample(rows, SEEN)).rows.astype(net.dtype)
    hidden = zip(net.weights, net.biases, net.activations[:-1], strict=False)
    for k, (weights, biases, name) in enumerate(hidden, 1):
        used = np.flatnonzero(a.any(axis=0))
        # BLAS may wake up all cores for this.
        z = np.einsum("ij,jk->ik", a[:, used], weights[used]) + biases
        transfer, slope = reference.TRANSFER[name]
        units, advice = weights.shape[1], "scale X to about 1, or take a smaller learning_rate"
        if name == "relu" and z.max() <= 0:
            return f"all {units} relu units of hidden layer {k} give 0 for all samples; {advice}"
        if name in BOUNDED and (slope(z) < FLAT * slope(np.zeros(1))).mean() > SATURATED:
            return f"the {units} {name} units of hidden layer {k} are saturated; {advice}"
        a = transfer(z)
    return None
