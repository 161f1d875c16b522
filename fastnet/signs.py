"""Signs that a run does not go as it was meant to: in its data, its history and its activations.

Nothing here is needed to learn, and nothing decides a bit. What is found is a `LearningWarning`. A
run that learns well is looked at once, in a bounded sample of its data; activations are worked out
only where the history says that nothing was learned.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from . import reference
from .data import Array, Samples, Targets
from .diagnostics import warn

# All thresholds. Chosen by 53 real tables, raw and standardised, and by the digits, each at several
# scales, with several activations: what learns well lies on this side, with room to spare.
SPREAD = 7.0  # of the sums z of a bounded first layer, at Glorot's start; 1.4 if standardised
STEP = 20.0  # rate * the largest eigenvalue of E[x x'] that a first layer without bounds bears
UNIT = 2.0  # root mean square of inputs up to which a step that is too large is the rate's fault
VARIANCE = 1e-4  # of the inputs of a sample, all columns together: less tells no sample apart
PIXELS = 16  # largest value of uint8 inputs that are hardly pixels of 0 to 255
MEAN, SPREADS = 30.0, (0.01, 15.0)  # of the targets of a regression
CLASSES, PER_CLASS = 100, 5  # more classes, with fewer samples each, are hardly classes
FEW_CLASSES = 20  # nor are more than these, where most samples have one of their own
STEPS = 500  # learned before a run is judged, where one sees what keeps it from learning
EPOCHS, LONG = 8, 10_000  # epochs or steps that are enough to learn something, whatever the data
CHANCE = 2.0  # standard deviations of an accuracy that may be luck
LOSS = 0.99  # of the loss of a constant answer: labels that are learned get below it
RESIDUAL = 0.999  # of the same for a regression
FLAT = 1e-3  # slope of an activation, as a share of its largest: less is saturated
SATURATED = 0.99  # of the activations of a layer
HIGH, ABSURD = 50.0, 1000.0  # times the default rate: where nothing was learned; in any case
FALLEN = 0.5  # of its largest: a rate that has hardly fallen

ROWS, NUMBERS, LEAST = 128, 1 << 15, 16  # of the data that are looked at: at most; rows, at least
SEEN = 32  # samples whose activations are looked at
PARTS = 64  # targets of a stream that are counted together, where they come one by one
NAMED = 3  # columns that a message names

BOUNDED = ("sigmoid", "tanh", "scaled-tanh", "softmax")
FALLING = ("linear", "exponential", "1/t")


def as_numbers(inputs: Array) -> Array:
    """The inputs as the net takes them, float64."""
    numbers = np.ascontiguousarray(inputs, np.float64)
    return numbers / 255 if inputs.dtype == np.uint8 else numbers


class Scale:
    """How large the inputs of some rows (n, features) are, as the net takes them."""

    @np.errstate(all="ignore")
    def __init__(self, rows: Any):
        self.given, self.n = rows, rows.shape[0]
        self.most = rows.max() if rows.dtype == np.uint8 else None  # of pixels
        sparse = hasattr(rows, "toarray")
        numbers = as_numbers(rows.data) if sparse else self.rows.reshape(-1)
        self.length = float(np.einsum("i,i->", numbers, numbers)) / self.n  # the mean of |x|**2

    @functools.cached_property
    def rows(self) -> Array:
        """The rows, or a part of them if they are sparse, as a float64 array."""
        rows = self.given
        if hasattr(rows, "toarray"):
            most = max(LEAST, 8 * NUMBERS // rows.shape[1])
            rows = rows[:: -(-self.n // most)].toarray()
        return as_numbers(rows)

    @property
    def squares(self) -> Array:
        """The means of the squares of each column."""
        return np.square(self.rows).mean(axis=0)

    @functools.cached_property
    def means(self) -> Array:
        """The mean of each column."""
        rows = self.given
        if hasattr(rows, "toarray"):
            return np.bincount(rows.indices, as_numbers(rows.data), rows.shape[1]) / self.n
        return self.rows.sum(axis=0) / self.n

    def variance(self) -> float:
        """Of a sample's inputs, all columns together; or what two of them make of it, if enough."""
        if not hasattr(self.given, "toarray"):
            apart = self.rows[0] - self.rows[-1]
            least = float(np.einsum("i,i->", apart, apart)) / (2 * self.n)
            if least >= VARIANCE:
                return least
        return self.length - float(np.square(self.means).sum())

    def largest_eigenvalue(self) -> float:
        """About that of the matrix of the mean products of columns, by some power iterations."""
        v = self.means + self.squares
        for _ in range(5):
            v = (self.rows @ (v / np.linalg.norm(v))) @ self.rows / len(self.rows)
        return float(np.linalg.norm(v))


def sample(rows: Any, most: int = ROWS) -> Any:
    """Some rows, evenly spaced; of sparse rows more, since these have fewer numbers."""
    n, features = rows.shape
    sparse = hasattr(rows, "nnz")
    step = rows.nnz // NUMBERS if sparse else max(-(-n // most), n * features // NUMBERS)
    return rows[:: max(1, min(step, n // LEAST))]


def scale_of(samples: Samples) -> Scale:
    """How large some of the samples are; worked out once."""
    if samples.seen is None:
        samples.seen = Scale(sample(samples.rows))
    return samples.seen


# Data -----------------------------------------------------------------------------------------


def look_at_inputs(net: Any, rate: float, samples: Samples) -> bool:
    """Say what of inputs or rate keeps a net from learning; whether there was anything."""
    scale = scale_of(samples)
    if scale.most is not None and scale.most <= PIXELS and scale.n >= LEAST:
        top = int(samples.rows.max())
        if 0 < top <= PIXELS:
            warn(
                f"X: uint8 is taken as pixels, v / 255, but these are at most {top}; "
                "give X.astype(float) where they are no pixels, or scale them to 0 ... 255"
            )
            return True
    usual = net.checked_rate(None)
    message = _far_off(net, rate, scale, samples) or _too_near(scale)
    if message is None and rate > ABSURD * usual:
        message = f"learning_rate: {rate:g} is far too large for any inputs; try about {usual:g}"
    if message:
        warn(message)
    return message is not None


def largest_and_smallest(rows: Any) -> tuple[Array, Array]:
    """The largest and the smallest number in each column, of all rows."""
    both = rows.max(axis=0), rows.min(axis=0)
    most, least = (m.toarray() if hasattr(m, "toarray") else m for m in both)
    return most.reshape(-1).astype(np.float64), least.reshape(-1).astype(np.float64)


@np.errstate(all="ignore")
def _far_off(net: Any, rate: float, scale: Scale, samples: Samples) -> str | None:
    """What to say of inputs so large that the first layer cannot take them."""
    first, (n_in, n_out) = net.activations[0], net.sizes[:2]
    length = scale.length
    if first in BOUNDED:
        if length * 2 / (n_in + n_out) <= SPREAD**2:
            return None
        own = np.square(net.weights[0], dtype=np.float64).mean(axis=1)
        if scale.squares @ own <= SPREAD**2:
            return None  # the weights were made for such inputs
        effect = f"they saturate {first} units"
    else:
        if rate * length <= STEP or rate * scale.largest_eigenvalue() <= STEP:
            return None
        effect = f"a step at learning rate {rate:g} goes much too far"
        if length <= UNIT**2 * n_in:
            better = min(net.checked_rate(None), STEP / 10 / scale.largest_eigenvalue())
            return (
                f"learning_rate: {rate:g} is too large for these inputs and {_name(first)} units; "
                f"try about {better:.1g}"
            )
    most, least = largest_and_smallest(samples.rows)
    tops = np.maximum(most, -least)
    top = tops.max()
    if n_in >= 16 and least.min() >= 0 and (tops > top / 3).mean() > 0.25:
        whole = (scale.rows == np.rint(scale.rows)).all()
        pixels = whole and 127 < top <= 255
        by = "255, or give uint8 (of text, --pixels)" if pixels else f"{_number(top)}"
        return f"X: values up to {_number(top)}, wanted about 1: {effect}; divide by {by}"
    worst = np.argsort(-tops, kind="stable")[:NAMED]
    far = tops > min(max(10, top / 100), top / 2)
    worst = worst[far[worst]]
    columns = samples.columns
    names = ", ".join(str(j if columns is None else columns[j]) for j in worst)
    which = "column" if len(worst) == 1 else "columns"
    more = " and others" if far.sum() > len(worst) else ""
    advice = "standardise the columns: (X - X.mean(0)) / X.std(0)"
    if (most == least)[worst].any():
        advice = "leave constant columns out, and standardise the others"
    return (
        f"X: values up to {_number(top)} ({which} {names}{more}), wanted about 1: {effect}; "
        f"{advice}"
    )


@np.errstate(all="ignore")
def _too_near(scale: Scale) -> str | None:
    """What to say of inputs that hardly differ from each other."""
    if scale.n < LEAST or scale.variance() >= VARIANCE:
        return None
    spread = np.ptp(scale.rows, axis=0).max()
    if spread == 0:
        return f"X: all of {scale.n} samples looked at are equal: there is nothing to learn"
    return (
        f"X: the values of each column lie within {spread:.1g}, too near to tell samples apart; "
        "standardise the columns: (X - X.mean(0)) / X.std(0)"
    )


def look_at_targets(net: Any, targets: Targets) -> bool:
    """Say what of the targets keeps a net from learning; whether there was anything."""
    message = None
    if targets.classes is not None:
        message = of_classes(targets.classes, len(targets.labels))
    elif net.loss == "quadratic" and any(a != "identity" for a in net.activations[:-1]):
        numbers = targets.numbers.reshape(-1, targets.outputs)
        message = _of_numbers(sample(numbers).astype(np.float64), net.dtype)
        flat = message is None and len(numbers) >= LEAST and numbers[0, 0] == numbers[-1, 0]
        if flat and (numbers == numbers[0]).all():
            message = f"y: all numbers are {numbers[0, 0]:g} in {net.dtype}: nothing to learn"
    if message:
        warn(message)
    return message is not None


@np.errstate(all="ignore")
def _of_numbers(y: Array, dtype: np.dtype) -> str | None:
    """What to say of the targets (n, outputs) of a regression."""
    means = y.sum(axis=0) / len(y)
    squares = np.einsum("ij,ij->j", y, y) / len(y)
    spreads = np.sqrt(np.maximum(0, squares - means**2))
    varied = spreads > 1e-6 * np.abs(means)  # rounding makes no target
    low, high = SPREADS
    bad = (np.abs(means) > MEAN) | (spreads > high) | (varied & (spreads < low))
    if len(y) < 2 or not bad.any():
        return None
    advice = "scale y: (y - y.mean(0)) / y.std(0)"
    top = np.abs(y).max()
    if top < np.finfo(dtype).tiny:
        return f"y: values within {top:.1g}, too small for {dtype} to hold them exactly; {advice}"
    k = int(bad.argmax())
    which = "" if y.shape[1] == 1 else f"output {k}: "
    return (
        f"y: {which}mean {_number(means[k])}, standard deviation {_number(spreads[k])}, "
        f"wanted about 0 and 1; {advice}"
    )


def of_classes(classes: Array, n: int) -> str | None:
    """What to say of labels that look like the numbers, or the names, of single samples."""
    count = len(classes)
    many = count > CLASSES and n < PER_CLASS * count
    if not many and (count <= FEW_CLASSES or 2 * count <= n):
        return None
    advice = "each makes an output of its own"
    if classes.dtype.kind in "iu":
        advice = "for a regression give floats: y.astype(float), or 12.0 for 12 in a file"
    return f"y: {count:,} classes among {n:,} samples; {advice}"


def look_at_classes(classes: Array, n: int) -> None:
    """Say so where these labels, among n, are hardly classes."""
    message = of_classes(classes, n)
    if message:
        warn(message)


# Runs -----------------------------------------------------------------------------------------


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


def _name(activation: Any) -> str:
    return activation if isinstance(activation, str) else "your own"


def _number(x: float) -> str:
    """A number as text: three digits, or whole."""
    return f"{x:,.0f}" if 100 <= abs(x) < 1e7 else f"{x:.3g}"
