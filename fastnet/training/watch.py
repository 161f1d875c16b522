"""Watches of runs and streams, which warn if a net learns nothing."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from ..data.samples import Samples
from ..data.targets import Targets
from ..diagnostics import gathers, warn
from ..model import signs
from ..model.history import together
from ..schedules import PLATEAU
from ..typing import Array
from .baseline import SEEN, Baseline, blocked, explained
from .evidence import telling

# Thresholds: see `fastnet.model.signs`.
STEPS = 500  # steps before a run is judged, if the cause of its failure is visible
EPOCHS, LONG = 8, 10_000  # epochs or steps after which any run should have learned something
LITTLE, ENOUGH = 0.8, 2000  # of a constant answer's loss; steps in which a small table is learned
FALLEN = 0.5  # a rate above this share of its largest has hardly fallen
PARTS = 64  # targets of a stream that are counted together


class Watch:
    """A watch of a run looks at the data, then at the history, and warns once.

    Parameters
    ----------
    net : Network
    rate : float
        The learning rate.
    samples, targets
        The data.
    weights : array, shape (n,), optional
        The weight of each sample.
    options : Options
        The options of the run, with the defaults.
    known : bool
        True if the net or the user has confirmed the form of the targets.
    """

    def __init__(
        self,
        net: Any,
        rate: float,
        samples: Samples,
        targets: Targets,
        *,
        weights: Array | None,
        options: Any,
        known: bool,
    ):
        self.net, self.rate, self.samples, self.targets = net, rate, samples, targets
        self.weights, self.epochs, self.schedule = weights, options.epochs, options.schedule
        self.l2 = options.l2
        self.before = len(net.history)
        self.said, self.looked = not (self.epochs and rate), False
        self.baseline = Baseline(net)
        if not self.said:
            self.said = signs.look_at_inputs(net, rate, samples)
            if not known:
                self.said |= signs.look_at_targets(net, targets)

    def look(self) -> None:
        """Look once, between epochs, for a layer that can no longer learn."""
        if self.said or self.looked or self._learned() < STEPS:
            return
        self.looked = True
        if self._verdict(self.net.history[-1]):
            self._say(blocked(self.net, self.samples.rows))

    def end(self) -> None:
        """Warn of signs in the history of the whole run."""
        net, records = self.net, self.net.history[self.before :]
        falls = isinstance(self.schedule, str) and self.schedule not in ("constant", PLATEAU)
        if net.stopped == "patience" and falls:
            rates = [record["learning_rate"] for record in records]
            share = rates[-1] / (max(rates) or 1)
            if share > FALLEN:
                warn(
                    f"patience: ended the run after {len(records)} of {self.epochs} epochs, with "
                    f"the rate still at {share:.0%} of its largest; use schedule='plateau', with "
                    "which it falls as soon as the loss does no more",
                    topic="patience",
                )
        if self.said or self._learned() < STEPS:
            if not self.said and net.encoding is not None and len(records) >= EPOCHS:
                self._say(self._of_few_steps(records[-1]))
            return
        best = net.stopped == "patience" and self.schedule != PLATEAU
        if "val_loss" in records[-1] and best:
            record = min(records, key=lambda record: record["val_loss"])  # its weights are restored
        else:
            record = records[-1]
        verdict, learned = self._verdict(record), self._learned()
        long = len(records) >= EPOCHS or learned >= LONG
        if verdict and self.baseline.missed() * learned < STEPS:
            long = False
        if verdict:
            rows, column = self.samples.rows, lambda: self.column
            self._say(explained(verdict, net, self.rate, rows, long, column, self.l2))

    @functools.cached_property
    def column(self) -> str | None:
        """The name of a column that alone tells the targets in part, or None."""
        k = telling(self.samples.rows, self.targets)
        if k is None:
            return None
        encoding, columns = self.net.encoding, self.samples.columns
        if encoding is not None:
            return repr(encoding.column_of(k))
        return repr(k if columns is None else columns[k])

    def _learned(self) -> int:
        """Return the number of samples that were learned."""
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

    def _of_few_steps(self, record: dict[str, Any]) -> str | None:
        """Return a message if a small table was learned so shortly that little is known of it."""
        self._verdict(record)  # which counts the targets
        few = record["loss"] >= LITTLE * self.baseline.loss() > 0
        if not few or record["accuracy"] == 1:
            return None
        n, epochs, steps = record["samples"], len(self.net.history) - self.before, self._learned()
        return (
            f"hardly anything was learned: {n} rows in {epochs} epochs are {steps} steps; "
            f"give more epochs, about {-(-ENOUGH // n):,}{', and a smaller l2' * (self.l2 > 0)}"
        )

    def _say(self, message: str | None) -> None:
        """Give a message, if there is one. Of many runs, those whose X surely tells y share one."""
        if message:
            self.said = True
            warn(message, topic="missed" if gathers() and self.column is not None else "run")


class StreamWatch:
    """A watch of a stream, like `Watch` of a run.

    Parameters
    ----------
    net : Network
        The network at the start.
    rate : float
        The learning rate.
    """

    def __init__(self, net: Any, rate: float):
        self.rate, self.goes_on = rate, bool(net.history)
        self.said, self.looked = not rate, False
        rows = max(signs.LEAST, signs.NUMBERS // net.sizes[0])
        self.most = min(signs.ROWS, rows)  # rows to look at
        self.wanted = self.most  # rows that have not come yet
        self.first: list[tuple[Array, Array]] = []  # the first rows and numbers
        self.rows: Array | None = None  # some of these rows
        self.baseline, self.records = Baseline(net), list[dict[str, Any]]()  # not judged yet
        self.parts: list[Array] = []  # labels or numbers that are not counted yet
        self.uncounted = 0  # their number
        self.verdict: str | None = None  # of the records before
        self.n, self.missed = 0, 0.0  # judged examples; those that a constant answer misses

    def see(self, net: Any, samples: Samples, targets: Targets) -> None:
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
        """Note the targets of learned examples."""
        k, labels = targets.outputs, targets.labels
        part = labels[start:stop] if len(labels) else targets.numbers[k * start : k * stop]
        self.parts.append(part.copy())  # their array may be overwritten
        self.uncounted += stop - start
        if self.uncounted >= PARTS:
            self._count(k)

    def _count(self, k: int) -> None:
        """Count the noted targets, of k outputs."""
        if self.parts:
            seen, none = np.concatenate(self.parts), np.zeros(0, np.int32)
            labels = self.baseline.net.task == "classification"
            targets = Targets(seen, none, k, None) if labels else Targets(none, seen, k, None)
            self.baseline.add(targets)
            self.parts.clear()
            self.uncounted = 0

    def look(self, net: Any) -> None:
        """Look at the first examples that have come."""
        if not self.first:
            return
        parts, numbers = zip(*self.first, strict=True)
        if len({part.dtype for part in parts}) > 1:
            parts = tuple(signs.as_numbers(part) for part in parts)
        rows = np.concatenate([padded(part, net.sizes[0]) for part in parts])
        self.most, self.first, self.rows = 0, [], signs.sample(rows, SEEN)
        if not self.said:
            self.said = signs.look_at_inputs(net, self.rate, Samples(rows, net.dtype))
            if net.task != "classification" and not self.goes_on:
                none, y = np.zeros(0, np.int32), np.concatenate(numbers)
                self.said |= signs.look_at_targets(net, Targets(none, y, net.sizes[-1], None))

    def record(self, net: Any, record: dict[str, Any]) -> None:
        """Judge the records since the last verdict, if they are enough."""
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
            self._say(blocked(net, padded(self.rows, net.sizes[0])))
        if self.n >= LONG:
            self.end(net)

    def end(self, net: Any) -> None:
        """Judge a stream at its end, or after many examples."""
        self.look(net)
        if not self.said:
            long = self.n >= LONG and self.missed >= STEPS
            rows = padded(self.rows, net.sizes[0])
            self._say(explained(self.verdict, net, self.rate, rows, long))

    def _say(self, message: str | None) -> None:
        if message:
            self.said = True
            warn(message)


def padded(rows: Any, inputs: int) -> Any:
    """Return rows, or None, with zeros for the inputs that have come since then."""
    if rows is None or rows.shape[1] == inputs:
        return rows
    return np.pad(rows, ((0, 0), (0, inputs - rows.shape[1])))
