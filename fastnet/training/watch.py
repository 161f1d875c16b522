"""Watches of runs and streams: they warn where a net learns nothing."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..data.samples import Samples
from ..data.targets import Targets
from ..diagnostics import warn
from ..model import signs
from ..typing import Array
from .baseline import Baseline, blocked, explained


class Watch:
    """A watch looks at a run before, in and after it, and gives one warning of inputs or run.

    Parameters
    ----------
    net : Network
    rate : float
        The learning rate.
    samples, targets
        The data.
    weights : array, shape (n,), optional
        How often each sample is learned.
    epochs : int
        Of the run.
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
            self.said = signs.look_at_inputs(net, rate, samples)
            if not known:
                self.said |= signs.look_at_targets(net, targets)

    def look(self) -> None:
        """Look between epochs, once in a run, for a layer that can learn no more."""
        if self.said or self.looked or self._learned() < signs.STEPS:
            return
        self.looked = True
        if self._verdict(self.net.history[-1]):
            self._say(blocked(self.net, self.samples.rows))

    def end(self) -> None:
        """Warn of what the history of the whole run tells."""
        net, records = self.net, self.net.history[self.before :]
        falls = isinstance(self.schedule, str) and self.schedule != "constant"
        if net.stopped == "patience" and falls:
            rates = [record["learning_rate"] for record in records]
            share = rates[-1] / (max(rates) or 1)
            if share > signs.FALLEN:
                warn(
                    f"patience: ended the run after {len(records)} of {self.epochs} epochs, with "
                    f"the rate still at {share:.0%} of its largest; take schedule='constant', or "
                    "fewer epochs, for which it falls sooner",
                    topic="patience",
                )
        if self.said or self._learned() < signs.STEPS:
            return
        if "val_loss" in records[-1] and net.stopped == "patience":
            record = min(records, key=lambda record: record["val_loss"])  # whose weights are back
        else:
            record = records[-1]
        verdict, learned = self._verdict(record), self._learned()
        long = len(records) >= signs.EPOCHS or learned >= signs.LONG
        if verdict and self.baseline.missed() * learned < signs.STEPS:
            long = False
        self._say(explained(verdict, net, self.rate, self.samples.rows, long))

    def _learned(self) -> int:
        """Return how many samples were learned; all epochs but the last have as many."""
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
            warn(message, topic="run")


class StreamWatch:
    """A watch looks at a stream, as `Watch` does at a run.

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
        rows = max(signs.LEAST, signs.NUMBERS // net.sizes[0])
        self.most = min(signs.ROWS, rows)  # to look at
        self.wanted = self.most  # of these, not yet come
        self.first: list[tuple[Array, Array]] = []  # rows and numbers
        self.rows: Array | None = None  # some of them
        self.baseline, self.records = Baseline(net), list[dict[str, Any]]()  # of some records
        self.parts: list[Array] = []  # labels or numbers, not yet counted
        self.uncounted = 0  # targets
        self.verdict: str | None = None  # of those before
        self.n, self.missed = 0, 0.0  # examples that were judged; which one answer would miss

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
        """Note the targets of some examples, which were learned."""
        k, labels = targets.outputs, targets.labels
        part = labels[start:stop] if len(labels) else targets.numbers[k * start : k * stop]
        self.parts.append(part.copy())  # they may lie in an array that is written over
        self.uncounted += stop - start
        if self.uncounted >= signs.PARTS:
            self._count(k)

    def _count(self, k: int) -> None:
        """Count the targets that are noted, of k outputs."""
        if self.parts:
            seen, none = np.concatenate(self.parts), np.zeros(0, np.int32)
            labels = self.baseline.net.task == "classification"
            targets = Targets(seen, none, k, None) if labels else Targets(none, seen, k, None)
            self.baseline.add(targets)
            self.parts.clear()
            self.uncounted = 0

    def look(self, net: Any) -> None:
        """Look at the first examples, as far as they have come."""
        if not self.first:
            return
        parts, numbers = zip(*self.first, strict=True)
        if len({part.dtype for part in parts}) > 1:
            parts = tuple(signs.as_numbers(part) for part in parts)
        rows = np.concatenate(parts)
        self.most, self.first, self.rows = 0, [], signs.sample(rows, signs.SEEN)
        if not self.said:
            self.said = signs.look_at_inputs(net, self.rate, Samples(rows, net.dtype))
            if net.task != "classification" and not self.goes_on:
                none, y = np.zeros(0, np.int32), np.concatenate(numbers)
                self.said |= signs.look_at_targets(net, Targets(none, y, net.sizes[-1], None))

    def record(self, net: Any, record: dict[str, Any]) -> None:
        """Judge what has come since the last time, when it is enough."""
        self.records.append(record)
        seen = together(self.records)
        if self.said or seen["samples"] < signs.STEPS:
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
        if self.n >= signs.LONG:
            self.end(net)

    def end(self, net: Any) -> None:
        """Judge a stream at its end, or when it has gone on for long."""
        self.look(net)
        if not self.said:
            long = self.n >= signs.LONG and self.missed >= signs.STEPS
            self._say(explained(self.verdict, net, self.rate, self.rows, long))

    def _say(self, message: str | None) -> None:
        if message:
            self.said = True
            warn(message)


def together(records: list[dict[str, Any]]) -> dict[str, Any]:
    """Return one record of the samples of several."""
    samples = sum(record["samples"] for record in records)
    seen: dict[str, Any] = {"samples": samples, "accuracy": None}
    for name in ("loss", "accuracy"):
        if records[0][name] is not None:
            seen[name] = sum(record[name] * record["samples"] for record in records) / samples
    return seen
