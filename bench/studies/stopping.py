"""The study behind early stopping: what a run does when the validation loss falls no further.

    python -m bench.studies.stopping FOLDER [--only WORD] [--seeds N] [--patience N]

FOLDER holds tables as .csv or .csv.gz files with the column `target`; an empty field is missing.
scikit-learn's bundled tables join them, if it is installed, and so do the bundled digits, with the
options of images. Reading needs pandas.

Each seed draws a quarter of the rows to test by, and a tenth of the others to stop by. A rule is
judged by the test rows: by accuracy and log loss, or by R squared and the mean square in units of
the variance. The tables are the units of the standard error.

It writes results/stopping.json after each table, from which it continues, and results/stopping.md.
"""

from __future__ import annotations

import argparse
import math
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import fastnet
from fastnet.training.order import held_out

from .. import report
from ..columns import from_sklearn, read

Array = NDArray[Any]

MOST = 500  # epochs
LEAST = 1000  # samples of an epoch of patience
TITLE = """# Early stopping

The score is accuracy, or R squared, x 100; the loss is log loss, or the mean square in units of the
variance. Of each: the mean over tables, and the mean difference from the first row with its
standard error over tables. Then the epochs, and their geometric mean as a multiple of the first
row's. "All rows" learns those too that the others hold out."""


TABLE: dict[str, Any] = {"hidden": (64,), "encode": "table"}
CLASSES = {**TABLE, "activation": "relu", "loss": "cross-entropy", "learning_rate": 0.015, "l2": 3}
NUMBERS = {**TABLE, "activation": "tanh", "loss": "quadratic", "learning_rate": 0.01, "l2": 10}
IMAGES = {"encode": "none", "hidden": (64, 32), "activation": "sigmoid", "loss": "quadratic",
          "learning_rate": 0.2, "l2": 0}  # fmt: skip


class Data(NamedTuple):
    """Rows and targets: labels from 0 on, or numbers; and the options of their nets."""

    name: str
    X: Any
    y: Array
    classes: bool
    options: dict[str, Any]  # l2 is divided by the rows to learn


def data_of(folder: Path) -> Iterator[Data]:
    """Yield the tables of a folder, scikit-learn's, and the digits."""
    for table in [*read(folder), *from_sklearn()]:
        rows = {f"c{k}": column for k, column in enumerate(table.columns)}
        y = table.y if table.classes else (table.y - table.y.mean()) / table.y.std()
        options = CLASSES if table.classes else NUMBERS
        yield Data(table.name, rows, y, table.classes, options)
    (X, y), (X_test, y_test) = fastnet.datasets.load("digits")
    yield Data("digits", np.concatenate([X, X_test]), np.append(y, y_test), True, IMAGES)


class Learner:
    """A net that learns one epoch after the other, each with rates of its own."""

    def __init__(self, net: Any, X: Any, y: Array, judges: tuple[Any, Array], rate: dict[str, Any]):
        self.net, self.X, self.y, self.judges, self.rate = net, X, y, judges, rate
        self.epochs = 0

    def epoch(self, first: float = 1.0, last: float = 1.0) -> float:
        """Learn an epoch, in which the factor of the rate falls; return the validation loss."""
        self.net = fastnet.train(
            self.X, self.y, init=self.net, epochs=1, seed=self.epochs, verbose=False, average=0,
            schedule=lambda p: first + (last - first) * p, **self.rate,
        )  # fmt: skip
        self.epochs += 1
        return self.loss(self.net)

    def fall(self, epochs: int) -> Iterator[float]:
        """Learn epochs in which the rate falls to 0; yield the validation loss after each."""
        for k in range(epochs):
            yield self.epoch(1 - k / epochs, 1 - (k + 1) / epochs)

    def loss(self, net: Any) -> float:
        """Return the validation loss of a net."""
        return figures(net, *self.judges)[1]

    def patient(self, patience: int) -> int:
        """Return patience in epochs of this learner."""
        return max(patience, -(-LEAST * patience // len(self.y)))


def figures(net: Any, X: Any, y: Array) -> tuple[float, float]:
    """Return the score and the loss of a net."""
    if net.classes is None:
        loss = float(np.square(net.predict(X).reshape(-1) - y).mean())
        return 100 * (1 - loss / y.var()), loss / y.var()
    shares = net.predict_proba(X)
    true = shares[np.arange(len(y)), y] / shares.sum(axis=1)
    score = (shares.argmax(axis=1) == y).mean()
    return 100 * float(score), float(-np.log(np.maximum(true, 1e-7)).mean())


class Best:
    """The net with the least loss so far, and how long ago it was."""

    def __init__(self) -> None:
        self.loss, self.net, self.waited, self.at = math.inf, None, 0, 0

    def see(self, loss: float, net: Any, epochs: int) -> None:
        """Look at the next net."""
        self.waited += 1
        if loss < self.loss:
            self.loss, self.net, self.waited, self.at = loss, net.copy(), 0, epochs


def fixed(epochs: int) -> Callable[[Learner, int], Any]:
    """Return the rule of so many epochs, in which the rate falls linearly."""

    def rule(learner: Learner, patience: int) -> Any:
        for _ in learner.fall(epochs):
            pass
        return learner.net

    return rule


def linear(learner: Learner, patience: int) -> Any:
    """Stop a rate that falls over 100 epochs; answer with the best weights."""
    best = Best()
    for loss in learner.fall(100):
        best.see(loss, learner.net, learner.epochs)
        if best.waited >= patience:
            break
    return best.net


def steady(learner: Learner, patience: int) -> Best:
    """Learn at a constant rate until the loss has not fallen for so long."""
    best = Best()
    while learner.epochs < MOST and best.waited < patience:
        best.see(learner.epoch(), learner.net, learner.epochs)
    return best


def steps(factor: float) -> Callable[[Learner, int], Any]:
    """Return the rule that multiplies the rate at each stall, down to a hundredth."""

    def rule(learner: Learner, patience: int) -> Any:
        best, rate, patience = Best(), 1.0, learner.patient(patience)
        while learner.epochs < MOST:
            best.see(learner.epoch(rate, rate), learner.net, learner.epochs)
            if best.waited >= patience:
                if rate * factor < 0.0099:
                    break
                rate, best.waited, learner.net = rate * factor, 0, best.net
        return learner.net

    return rule


def averaged(keep: str) -> Callable[[Learner, int], Any]:
    """Return the rule of a constant rate that judges the mean weights.

    Those of epoch k count as k**3 (Shamir & Zhang, 2013).
    """

    def rule(learner: Learner, patience: int) -> Any:
        best, patience, mean = Best(), learner.patient(patience), None
        while learner.epochs < MOST and best.waited < patience:
            learner.epoch()
            share = 4 / (learner.epochs + 3)
            now = learner.net.weights + learner.net.biases
            mean = [m + share * (w - m) for m, w in zip(mean or now, now, strict=True)]
            net = learner.net.copy()
            for own, m in zip(net.weights + net.biases, mean, strict=True):
                own[:] = m
            best.see(learner.loss(net), net, learner.epochs)
        return net if keep == "last" else best.net

    return rule


def cool_down(share: float, start: str, keep: str, short: bool = False) -> Any:
    """Return the rule of a rate that falls to 0 over a share of the epochs that led to the best."""

    def rule(learner: Learner, patience: int) -> Any:
        best = steady(learner, patience if short else learner.patient(patience))
        if start == "best":
            learner.net = best.net
        for loss in learner.fall(max(1, round(share * best.at))):
            best.see(loss, learner.net, learner.epochs)
        return learner.net if keep == "last" else best.net

    return rule


def restarts(learner: Learner, patience: int) -> Any:
    """Let the rate fall to 0 again and again, over twice the epochs, until that does not help."""
    best, epochs = Best(), learner.patient(patience)
    while learner.epochs < MOST and best.waited == 0:
        *_, loss = learner.fall(epochs)
        best.see(loss, learner.net, learner.epochs)
        epochs *= 2
    return best.net


RULES: dict[str, Callable[[Learner, int], Any]] = {
    "falls at a stall, as many epochs as led to the best": cool_down(1, "best", "last"),
    "half as many": cool_down(0.5, "best", "last"),
    "from the last weights": cool_down(1, "last", "last"),
    "keeps the least loss": cool_down(1, "best", "best"),
    "patience in epochs of any length": cool_down(1, "best", "last", short=True),
    "a tenth of the rate at each stall": steps(0.1),
    "constant, mean weights": averaged("last"),
    "constant, best mean weights": averaged("best"),
    "restarts, each twice as long": restarts,
    "constant, best weights": lambda learner, patience: steady(learner, patience).net,
    "linear over 100 epochs, best weights": linear,
    **{f"{epochs} epochs, linear": fixed(epochs) for epochs in (10, 30, 100)},
    **{f"{epochs} epochs, linear, all rows": fixed(epochs) for epochs in (10, 30, 100)},
}


class Split:
    """Rows to learn, to stop by and to test by, encoded as those to learn show."""

    def __init__(self, data: Data, seed: int, all_rows: bool):
        n = len(data.y)
        mixed = np.random.default_rng(seed).permutation(n)
        order = mixed[np.argsort(data.y[mixed], kind="stable")]
        rest, test = np.sort(order[np.arange(n) % 4 > 0]), np.sort(order[::4])
        held = held_out(data.y[rest], 0.1, seed)
        learn = rest if all_rows else np.delete(rest, held)
        options = dict(data.options)
        self.rate = {"learning_rate": options.pop("learning_rate")}
        self.rate["l2"] = options.pop("l2") / len(learn)
        if data.classes:
            options["classes"] = np.unique(data.y)
        own = {"epochs": 0, "seed": seed, "verbose": False}
        first = fastnet.train(part(data.X, learn), data.y[learn], **options, **own)
        self.X, judges, self.test = (
            first.samples(part(data.X, rows)) for rows in (learn, rest[held], test)
        )
        self.net, self.y, self.truth = first, data.y[learn], data.y[test]
        self.judges = judges, data.y[rest[held]]

    def score(self, rule: Callable[[Learner, int], Any], patience: int) -> list[float]:
        """Return the score, the loss and the epochs of a rule."""
        learner = Learner(self.net, self.X, self.y, self.judges, self.rate)
        return [*figures(rule(learner, patience), self.test, self.truth), learner.epochs]


def part(X: Any, rows: Array) -> Any:
    """Return some rows of an array or of a dict of columns."""
    return {k: column[rows] for k, column in X.items()} if isinstance(X, dict) else X[rows]


def study(tables: Iterator[Data], seeds: int, patience: int, path: Path) -> dict[str, Any]:
    """Judge all rules; return their figures, which are in the file too."""
    found: dict[str, Any] = {"machine": report.machine(), "scores": {}} | report.read(path)
    for data in tables:
        of_rules = found["scores"].setdefault(data.name, {"classes": data.classes})
        for name, rule in RULES.items():
            of_seeds = of_rules.setdefault(name, [])
            for seed in range(len(of_seeds), seeds):
                split = Split(data, seed, name.endswith("all rows"))
                of_seeds.append([round(x, 5) for x in split.score(rule, patience)])
        report.save(path, found)
        print(data.name, flush=True)
    return found


def section(title: str, tables: list[dict[str, Any]]) -> list[str]:
    """Return the part of the report on these tables."""
    if len(tables) < 2:
        return []
    means = {rule: np.array([np.mean(each[rule], axis=0) for each in tables]) for rule in RULES}
    base = next(iter(means.values()))
    rows = [["rule", "score", "difference", "loss", "difference", "epochs", "as a multiple"]]
    for rule, of_tables in means.items():
        row = [rule]
        for k, digits in ((0, 2), (1, 4)):
            change = of_tables[:, k] - base[:, k]
            error = change.std(ddof=1) / math.sqrt(len(tables))
            row.append(f"{of_tables[:, k].mean():.{digits}f}")
            row.append(f"{change.mean():+.{digits}f} ± {error:.{digits}f}")
        times = np.exp(np.log(of_tables[:, 2] / base[:, 2]).mean())
        rows.append([*row, f"{of_tables[:, 2].mean():.0f}", f"{times:.2f}"])
    return [f"## {title}: {len(tables)} tables", report.table(rows)]


def main() -> None:
    """Run the study and write its report."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="", metavar="WORD", help="tables with it in their name")
    parser.add_argument("--seeds", type=int, default=3, metavar="N")
    parser.add_argument("--patience", type=int, default=10, metavar="N")
    args = parser.parse_args()
    warnings.simplefilter("ignore", fastnet.LearningWarning)
    name = "stopping" if args.patience == 10 else f"stopping-{args.patience}"
    path = report.RESULTS / f"{name}.json"
    tables = (data for data in data_of(args.folder) if args.only in data.name)
    found = study(tables, args.seeds, args.patience, path)
    classes = [each for each in found["scores"].values() if each["classes"]]
    numbers = [each for each in found["scores"].values() if not each["classes"]]
    parts = [
        TITLE, f"Patience: {args.patience} epochs. Seeds: {args.seeds}.",
        *section("Classes", classes), *section("Numbers", numbers),
        report.caption(found["machine"], ("numpy",)),
    ]  # fmt: skip
    report.write(name, "\n\n".join(parts))


if __name__ == "__main__":
    main()
