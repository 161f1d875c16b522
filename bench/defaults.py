"""The study behind the default schedule and learning rates of fastnet.train.

    python -m bench.defaults [--jobs N] [--only NAME]

It trains the default net (hidden layers of 64 and 32) over a grid of schedules, learning rates and
numbers of epochs, on MNIST, Fashion-MNIST, the bundled digits and many small tables, each from
several seeds. Samples held out of the training ones judge every run. No test image is used.

The *loss of skill* of a run is the distance of its score (accuracy, or R squared) from the best
score of any schedule, rate and number of epochs with the same net on the same data, in medians of
seeds. A good default never loses much and never diverges. Each schedule is judged at the one rate
that loses least over all data sets and numbers of epochs, since a default has one rate.

It writes results/defaults.json, with all scores, after each data set and net, and
results/defaults.md. A study that was stopped continues from this file; without it, it starts anew.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import statistics
from collections.abc import Collection, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from itertools import product
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import fastnet
from fastnet.kernels.activations import ACTIVATIONS
from fastnet.training.defaults import PLAIN

from . import report
from .nets import load

Array = NDArray[Any]

SCHEDULES = ("constant", "linear", "exponential", "1/t")
RATES = {  # a tenth of them if the targets are numbers
    "sigmoid": (0.1, 0.2, 0.3, 0.5, 1.0),
    "tanh": (0.01, 0.02, 0.03, 0.05, 0.1),
    "relu": (0.01, 0.02, 0.03, 0.05, 0.1),
}
LOSSES = {
    "classes": ("quadratic", "cross-entropy"),
    "values": ("quadratic",),
    "labels": ("cross-entropy",),
}
IMAGES = {"mnist": (3, 10, 20), "digits": (5, 20), "fashion-mnist": (3, 10)}  # numbers of epochs
OF_IMAGES = (("quadratic", "sigmoid"), ("cross-entropy", "tanh"), ("cross-entropy", "relu"))
LONGEST = 60_000  # samples learned in a run on a table, at the most

TITLE = """# Loss of skill by schedule and learning rate

Each cell says how many points (accuracy, or R squared x 100) a net loses against the best result
that any schedule, rate and number of epochs reached with it on the same data. It is the mean over
data sets and numbers of epochs, with the worst in brackets; a run that diverged loses 100. A star
marks the defaults."""

FIGURES = report.RESULTS / "defaults.json"

Scores = dict[str, Any]  # by schedule, number of epochs, rate: a score of each seed
Point = tuple[str, str, str, str]  # kind, net, schedule, rate


class Data(NamedTuple):
    """A data set, cut into samples to learn and samples to judge by."""

    name: str
    kind: str  # "classes", "values" (a regression) or "labels" (several at once)
    X: Array
    y: Array
    X_valid: Array
    y_valid: Array


def cut(name: str, kind: str, X: Array, y: Array) -> Data:
    """Hold out a quarter of the samples to judge by, at most 10,000."""
    order = np.random.default_rng(1).permutation(len(X))
    learn, valid = np.split(order, [max(len(X) * 3 // 4, len(X) - 10_000)])
    return Data(name, kind, X[learn], y[learn], X[valid], y[valid])


def standard(X: Array) -> Array:
    """Return X with mean 0 and variance 1 in each column."""
    return (X - X.mean(axis=0)) / np.where(X.std(axis=0) > 0, X.std(axis=0), 1)


def generated() -> Iterator[Data]:
    """Yield typical tables, of 400 to 4000 samples."""
    rng = np.random.default_rng(0)
    normal, uniform = rng.standard_normal, rng.uniform

    t, side = uniform(0, np.pi, 1000), rng.integers(0, 2, 1000)
    moons = np.c_[np.cos(t) * (1 - 2 * side) + side, np.sin(t) * (1 - 2 * side) + side / 2]
    yield cut("two moons", "classes", standard(moons + 0.2 * normal(moons.shape)), side)

    arm, t = rng.integers(0, 3, 3000), np.sqrt(uniform(0.02, 1, 3000))
    angle = 4 * t + arm * 2 * np.pi / 3
    spirals = np.c_[t * np.cos(angle), t * np.sin(angle)] + 0.03 * normal((3000, 2))
    yield cut("three spirals", "classes", standard(spirals), arm)

    centres, blob = 2 * normal((5, 10)), rng.integers(0, 5, 600)
    yield cut("five blobs", "classes", standard(centres[blob] + normal((600, 10))), blob)

    X, teacher = normal((400, 20)), normal(20)
    yield cut("linear, two classes", "classes", X, (X @ teacher > 0).astype(int))

    X = normal((2000, 10))
    yield cut("exclusive or, in noise", "classes", X, (X[:, 0] * X[:, 1] > 0).astype(int))

    bits, teacher = (rng.random((4000, 300)) < 0.03).astype(np.uint8) * 255, normal((300, 4))
    yield cut("sparse bits", "classes", bits, (bits / 255 @ teacher).argmax(axis=1))

    X, teacher = normal((2000, 20)), normal((20, 6))
    several = (X @ teacher + normal((2000, 6)) > 2).astype(float)
    yield cut("six labels at once", "labels", X, several)

    X = uniform(0, 1, (2000, 10))
    y = 10 * np.sin(np.pi * X[:, 0] * X[:, 1]) + 20 * (X[:, 2] - 0.5) ** 2
    y += 10 * X[:, 3] + 5 * X[:, 4] + normal(2000)
    yield cut("Friedman 1", "values", standard(X), standard(y))
    yield cut("Friedman 1, y as it is", "values", standard(X), y)

    X = normal((1000, 20))
    y = X @ normal((20, 3)) + normal((1000, 3))
    yield cut("linear, three values", "values", X, standard(y))

    X = uniform(-3, 3, (1000, 1))
    y = np.sin(2 * X[:, 0]) + 0.1 * normal(1000)
    yield cut("sine", "values", standard(X), y)


def from_sklearn() -> Iterator[Data]:
    """Yield the real tables of scikit-learn, if it is installed."""
    try:
        from sklearn import datasets
    except ImportError:
        print("scikit-learn is not installed: without iris, wine, breast cancer, digits, diabetes")
        return
    for name in ("iris", "wine", "breast_cancer", "digits"):
        X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
        title = "digits of 8 x 8" if name == "digits" else name.replace("_", " ")
        yield cut(title, "classes", standard(X), y)
    X, y = datasets.load_diabetes(return_X_y=True)
    yield cut("diabetes", "values", standard(X), standard(y))
    yield cut("diabetes, y as it is", "values", standard(X), y)


@functools.cache
def data_set(name: str) -> Data:
    """Return a data set by its name."""
    if name in IMAGES:
        return cut(name, "classes", *load(name)[0])
    return next(data for data in small() if data.name == name)


def small() -> Iterator[Data]:
    """Yield all tables."""
    yield from generated()
    yield from from_sklearn()


class Task(NamedTuple):
    """The work of one process at a time: a net on a data set."""

    data: str
    kind: str
    loss: str
    activation: str
    epochs: tuple[int, ...]
    seeds: int

    @property
    def net(self) -> str:
        """Loss and activation of the hidden layers."""
        return f"{self.loss}, {self.activation}"

    @property
    def rates(self) -> tuple[float, ...]:
        """Learning rates to try."""
        scale = 1 if self.kind == "classes" else 10
        return tuple(rate / scale for rate in RATES[self.activation])


def tasks() -> Iterator[Task]:
    """Yield the tasks of the study whose data is here."""
    for name, epochs in IMAGES.items():
        try:
            load(name)
        except FileNotFoundError as error:
            print(f"without {name}: {error}")
            continue
        for net in OF_IMAGES:
            yield Task(name, "classes", *net, epochs, 2)
    for data in small():
        epochs = tuple(n for n in (5, 20, 50) if n * len(data.X) <= LONGEST)
        for net in product(LOSSES[data.kind], RATES):
            yield Task(data.name, data.kind, *net, epochs, 3)


def study(task: Task) -> Scores:
    """Return the scores of each schedule, number of epochs, rate and seed."""
    found: Scores = {}
    for schedule, rate in product(SCHEDULES, task.rates):
        of_seeds = [scores(task, schedule, rate, seed) for seed in range(task.seeds)]
        for n in task.epochs:
            by_rate = found.setdefault(schedule, {}).setdefault(str(n), {})
            by_rate[f"{rate:g}"] = [round(one[n], 4) for one in of_seeds]
    return found


def scores(task: Task, schedule: str, rate: float, seed: int) -> dict[int, float]:
    """Return the score after each number of epochs: at least -1, and -1 if a run diverged."""
    found: dict[int, float] = {}
    data = data_set(task.data)

    def judge(net: fastnet.Network, record: dict[str, Any]) -> None:
        if record["epoch"] + 1 in looks:
            found[record["epoch"] + 1] = net.score(data.X_valid, data.y_valid)

    # With a constant rate one run gives the scores after all numbers of epochs.
    for looks in [task.epochs] if schedule == "constant" else [(n,) for n in task.epochs]:
        with contextlib.suppress(fastnet.Diverged):
            fastnet.train(
                data.X, data.y, activation=task.activation, loss=task.loss, learning_rate=rate,
                schedule=schedule, epochs=looks[-1], seed=seed, on_epoch=judge,
            )  # fmt: skip
    return {n: max(-1.0, found.get(n, -1.0)) for n in task.epochs}


def lost(figures: dict[str, Any]) -> dict[Point, dict[tuple[str, str], float]]:
    """Return the points lost by each choice, on each data set after each number of epochs."""
    found: dict[Point, dict[tuple[str, str], float]] = {}
    for name, data in figures["data"].items():
        for net, schedules in data["nets"].items():
            cells = [
                (schedule, epochs, rate, statistics.median(of_seeds))
                for schedule, by_epochs in schedules.items()
                for epochs, by_rate in by_epochs.items()
                for rate, of_seeds in by_rate.items()
            ]
            best = max(score for *_, score in cells)
            for schedule, epochs, rate, score in cells:
                point = data["kind"], net, schedule, rate
                found.setdefault(point, {})[name, epochs] = 100 * min(best - score, 1)
    return found


def best_rates(found: dict[Point, dict[tuple[str, str], float]]) -> dict[tuple[str, ...], str]:
    """Return the rate with the least mean loss, for each kind, net and schedule."""
    best: dict[tuple[str, ...], str] = {}
    for *choice, rate in sorted(found, key=lambda point: statistics.mean(found[point].values())):
        best.setdefault(tuple(choice), rate)
    return best


def default_schedule() -> str:
    """Return the default schedule of `fastnet.train`."""
    return str(PLAIN["schedule"])


def default_rate(kind: str, activation: str) -> float:
    """Return the default rate of `fastnet.train`."""
    rate = ACTIVATIONS[activation].rate
    return rate if kind == "classes" else rate / 10


def tables(figures: dict[str, Any]) -> str:
    """Return tables of losses by schedule; by data set; and by rate, with the default schedule."""
    found = lost(figures)
    best, parts = best_rates(found), [TITLE]
    for kind, losses in LOSSES.items():
        nets = [", ".join(net) for net in product(losses, RATES)]
        nets = [net for net in nets if (kind, net, SCHEDULES[0]) in best]
        if not nets:
            continue
        parts += [
            f"## {kind}: schedules, each at its best rate",
            report.table([["schedule", *nets], *schedule_rows(found, best, kind, nets)]),
            f"## {kind}: data sets, the same schedules and rates, mean over the nets",
            report.table([["data", *SCHEDULES], *data_rows(found, best, kind, nets)]),
            f"## {kind}: learning rates, {default_schedule()}",
            report.table([["learning rate", *nets], *rate_rows(found, kind, nets)]),
        ]
    return "\n\n".join(parts)


def cell(losses: Collection[float]) -> str:
    """Return the mean (and the worst)."""
    return f"{statistics.mean(losses):.1f} ({max(losses):.0f})"


def schedule_rows(found: Any, best: Any, kind: str, nets: list[str]) -> Iterator[list[str]]:
    """Over all data sets and numbers of epochs, by net."""
    for schedule in SCHEDULES:
        rates = [best[kind, net, schedule] for net in nets]
        yield [schedule + "*" * (schedule == default_schedule())] + [
            f"{cell(found[kind, net, schedule, rate].values())} at {rate}"
            for net, rate in zip(nets, rates, strict=True)
        ]


def data_rows(found: Any, best: Any, kind: str, nets: list[str]) -> Iterator[list[str]]:
    """Yield rows over nets and numbers of epochs, by schedule."""
    for name in sorted({name for point in found if point[0] == kind for name, _ in found[point]}):
        yield [name] + [
            cell(
                [
                    loss
                    for net in nets
                    for (data, _), loss in found[
                        kind, net, schedule, best[kind, net, schedule]
                    ].items()
                    if data == name
                ]
            )
            for schedule in SCHEDULES
        ]


def rate_rows(found: Any, kind: str, nets: list[str]) -> Iterator[list[str]]:
    """Over all data sets and numbers of epochs, by net."""
    for rate in sorted({point[3] for point in found if point[0] == kind}, key=float):
        row = [rate]
        for net in nets:
            losses = found.get((kind, net, default_schedule(), rate))
            default = default_rate(kind, net.split(", ")[1])
            row.append(cell(losses.values()) + "*" * (f"{default:g}" == rate) if losses else "")
        yield row


def main() -> None:
    """Run the study."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, default=report.cores(), help="processes")
    parser.add_argument("--only", default="", help="data sets whose name holds this")
    arguments = parser.parse_args()
    figures = {"machine": report.machine(), "data": {}} | report.read(FIGURES)
    rest = [
        task
        for task in tasks()
        if arguments.only in task.data
        and task.net not in figures["data"].get(task.data, {"nets": ()})["nets"]
    ]
    with ProcessPoolExecutor(arguments.jobs) as pool:
        running = {pool.submit(study, task): task for task in rest}
        for n, future in enumerate(as_completed(running), 1):
            task = running[future]
            data = figures["data"].setdefault(task.data, {"kind": task.kind, "nets": {}})
            data["nets"][task.net] = future.result()
            report.save(FIGURES, figures)
            print(f"{n} of {len(rest)}: {task.data}, {task.net}", flush=True)
    text = tables(figures)
    print(f"\n{text}")
    report.write("defaults", f"{text}\n\n{report.caption(figures['machine'])}")


if __name__ == "__main__":
    main()
