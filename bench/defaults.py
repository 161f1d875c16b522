"""Which learning rate does well unseen: the study behind the defaults of `fastnet.train`.

    python -m bench.defaults [--seeds N] [--only NAME]

Trains the default net (hidden layers of 64 and 32) over a grid of learning rates, numbers of epochs
and schedules, on the bundled digits and on many small tables, each from several seeds. Every run is
judged by samples that are cut from the training ones; the digits' test images are not looked at.

A rate's *loss of skill* on a data set is how far its score (accuracy, or R squared) stays behind
the best that any rate, schedule and number of epochs of the grid reached there with the same net,
medians of seeds. What is wanted is a rate that never loses much and never diverges. Writes
results/defaults.json, with all scores, and results/defaults.md.
"""

from __future__ import annotations

import argparse
import contextlib
import statistics
import time
from collections.abc import Iterator
from itertools import product
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import fastnet

from . import report

Array = NDArray[Any]

RATES = (0.003, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0)
LOW_RATES = (0.0005, 0.001, 0.002, *RATES)  # where the targets are numbers
EPOCHS = (5, 10, 20, 50)
SCHEDULES = ("constant", "linear")
ACTIVATIONS = ("sigmoid", "tanh", "relu")
SEEDS = 5
SHOWN = 20  # epochs
LONGEST = 200_000  # samples learned in a run, at the most

TITLE = """# Loss of skill by learning rate

What a net lost, in points (accuracy, or R squared x 100), against the best that any rate, schedule
and number of epochs reached with it on the same data: mean over the data sets (and the worst of
them); 100 where it diverged. The defaults are marked with a star."""


class Data(NamedTuple):
    """A data set, cut into samples to learn and samples to judge by."""

    name: str
    kind: str  # "classes", "values" (a regression) or "labels" (several at once)
    X: Array
    y: Array
    X_valid: Array
    y_valid: Array


def cut(name: str, kind: str, X: Array, y: Array) -> Data:
    """Keep a quarter of the samples to judge by."""
    order = np.random.default_rng(1).permutation(len(X))
    learn, valid = np.split(order, [len(X) * 3 // 4])
    return Data(name, kind, X[learn], y[learn], X[valid], y[valid])


def standard(X: Array) -> Array:
    """Each column with mean 0 and variance 1."""
    return (X - X.mean(axis=0)) / np.where(X.std(axis=0) > 0, X.std(axis=0), 1)


def generated() -> Iterator[Data]:
    """Tables of the usual kinds, of 400 to 4000 samples."""
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
    """The real tables that scikit-learn brings with it, if it is there."""
    try:
        from sklearn import datasets
    except ImportError:
        print("scikit-learn is not installed: without iris, wine, breast cancer, digits, diabetes")
        return
    for name in ("iris", "wine", "breast_cancer", "digits"):
        X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
        yield cut(name.replace("_", " "), "classes", standard(X), y)
    X, y = datasets.load_diabetes(return_X_y=True)
    yield cut("diabetes", "values", standard(X), standard(y))
    yield cut("diabetes, y as it is", "values", standard(X), y)


def data_sets() -> Iterator[Data]:
    """All of them, the bundled digits first: 7,500 images to learn and 2,500 to judge by."""
    yield cut("bundled digits", "classes", *fastnet.datasets.load("digits")[0])
    yield from generated()
    yield from from_sklearn()


def scores(
    data: Data, loss: str, activation: str, rate: float, schedule: str, seed: int, epochs: list[int]
) -> dict[int, float]:
    """Score after each of these numbers of epochs; at least -1, and -1 where a run diverged."""
    found: dict[int, float] = {}
    # A constant rate passes through all the numbers of epochs in one run, a falling one does not.
    for looks in [epochs] if schedule == "constant" else [[n] for n in epochs]:

        def judge(net: fastnet.Network, record: dict[str, Any], looks: list[int] = looks) -> None:
            if record["epoch"] + 1 in looks:
                found[record["epoch"] + 1] = net.score(data.X_valid, data.y_valid)

        with contextlib.suppress(fastnet.Diverged):
            fastnet.train(
                data.X, data.y, activation=activation, loss=loss, learning_rate=rate,
                schedule=schedule, epochs=looks[-1], seed=seed, on_epoch=judge,
            )  # fmt: skip
    return {n: max(-1.0, found.get(n, -1.0)) for n in epochs}


def rates(kind: str) -> tuple[float, ...]:
    """Learning rates to try."""
    return RATES if kind == "classes" else LOW_RATES


def study(data: Data, seeds: int) -> Iterator[dict[str, Any]]:
    """A record for each point of the grid."""
    losses = {
        "classes": ("quadratic", "cross-entropy"),
        "values": ("quadratic",),
        "labels": ("cross-entropy",),
    }
    epochs = [n for n in EPOCHS if n * len(data.X) <= LONGEST]
    for loss, activation, rate, schedule in product(
        losses[data.kind], ACTIVATIONS, rates(data.kind), SCHEDULES
    ):
        of_seeds = [
            scores(data, loss, activation, rate, schedule, seed, epochs) for seed in range(seeds)
        ]
        for n in epochs:
            found = [one[n] for one in of_seeds]
            yield {
                "data": data.name, "kind": data.kind, "loss": loss, "activation": activation,
                "rate": rate, "schedule": schedule, "epochs": n,
                "scores": [round(score, 4) for score in found], "score": statistics.median(found),
            }  # fmt: skip


def lost(records: list[dict[str, Any]]) -> dict[tuple[Any, ...], dict[str, float]]:
    """Loss of skill on each data set at each point of the grid: 1 where a run diverged."""
    best: dict[tuple[Any, ...], float] = {}
    for r in records:
        net = r["data"], r["loss"], r["activation"]
        best[net] = max(best.get(net, 0.0), r["score"])
    found: dict[tuple[Any, ...], dict[str, float]] = {}
    for r in records:
        point = r["kind"], r["loss"], r["activation"], r["schedule"], r["epochs"], r["rate"]
        behind = best[r["data"], r["loss"], r["activation"]] - r["score"]
        found.setdefault(point, {})[r["data"]] = min(behind, 1.0)
    return found


def default_rate(kind: str, activation: str) -> float:
    """What `fastnet.train` takes if it is not told."""
    y = [0, 1] if kind == "classes" else [0.0, 1.0]
    net = fastnet.train(np.eye(2), y, activation=activation, epochs=1)
    return round(net.history[0]["learning_rate"], 6)  # it is a float32


def tables(records: list[dict[str, Any]]) -> str:
    """Mean and worst loss of skill: by rate, and by number of epochs at the default rate."""
    found, parts = lost(records), []
    epochs = sorted({point[4] for point in found})

    def cell(*point: Any) -> str:
        losses = [100 * loss for loss in found[point].values()]
        return f"{statistics.mean(losses):.1f} ({max(losses):.0f})"

    for kind in dict.fromkeys(point[0] for point in found):
        nets = list(dict.fromkeys(point[1:3] for point in found if point[0] == kind))
        head = ["learning rate", *(f"{loss}, {activation}" for loss, activation in nets)]
        for schedule in SCHEDULES:
            rows = [
                [f"{rate:g}"]
                + [
                    cell(kind, *net, schedule, SHOWN, rate)
                    + "*" * (rate == default_rate(kind, net[1]))
                    for net in nets
                ]
                for rate in rates(kind)
            ]
            parts.append(f"### {kind}: {SHOWN} epochs, {schedule}\n\n{report.table([head, *rows])}")
        rows = [
            [str(n)] + [cell(kind, *net, "constant", n, default_rate(kind, net[1])) for net in nets]
            for n in epochs
        ]
        head[0] = "epochs"
        parts.append(f"### {kind}: default rates, constant\n\n{report.table([head, *rows])}")
    return "\n\n".join([TITLE, *parts])


def main() -> None:
    """Run the study."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument(
        "--only", default="", help="data sets of this kind, or whose name holds this"
    )
    arguments = parser.parse_args()
    about = report.machine()
    records: list[dict[str, Any]] = []
    for data in data_sets():
        if arguments.only in (data.kind, "") or arguments.only in data.name:
            began = time.perf_counter()
            records += study(data, arguments.seeds)
            print(f"{data.name} {data.X.shape}: {time.perf_counter() - began:.0f} s", flush=True)
    text = tables(records)
    print(f"\n{text}")
    report.write("defaults", f"{text}\n\n{report.caption(about)}")
    figures = report.dump({"machine": about, "records": records})
    (report.RESULTS / "defaults.json").write_text(figures)


if __name__ == "__main__":
    main()
