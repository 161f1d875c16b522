"""The study behind the defaults for regressions on tables.

    python -m bench.studies.regression FOLDER [--only WORD] [--folds N]

FOLDER holds tables as .csv or .csv.gz files with the column `target`; an empty field is missing.
`regression_tables` says which regressions they make. It needs pandas and scikit-learn.

Each rule is judged by R squared (at least -1; the mean, if there are several targets) in 4-fold
cross-validation, of which --folds are done, with the same folds for all. It writes
results/regression.json after each table, from which it continues, and results/regression.md.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import fastnet

from .. import report
from .compare import Scores, section
from .peers import REGRESSORS
from .regression_tables import Regression, all_of
from .rules import Rule

Array = NDArray[Any]

FOLDS = 4
TITLE = """# Defaults for regressions

R squared x 100 (at least -100): the mean over tables, the mean difference from the first row with
its standard error over tables, the worst table's difference, the mean rank (1 is the best), and the
seconds of a fit (the geometric mean, one thread)."""


STEADY = Rule((64, 32), "tanh", "quadratic", rate=0.01, steps=100_000)
ONE = STEADY._replace(l2=15, l2_schedule="loss")
FIVE = STEADY._replace(nets=5)
PER_ROW = STEADY._replace(rows=0)  # L2 in proportion to 1 / n
WIDE, FEW = PER_ROW._replace(hidden=(64,), l2=5), 1000
QUESTIONS: dict[str, dict[str, Rule]] = {
    "L2 by the loss": {
        "L2 15 / (n + 200) by the loss": ONE,
        "64-32, L2 10 / (n + 200)": STEADY,
        "L2 10 / (n + 200) by the loss": ONE._replace(l2=10),
        "L2 20 / (n + 200) by the loss": ONE._replace(l2=20),
        "200,000 steps, by the loss": ONE._replace(steps=200_000, most=200),
        "5 nets, L2 10 / (n + 200)": FIVE,
        "5 nets, L2 15 / (n + 200) by the loss": ONE._replace(nets=5),
    },
    "one net, constant L2": {
        "64-32, L2 10 / (n + 200)": STEADY,
        "64-64": STEADY._replace(hidden=(64, 64)),
        "L2 7 / (n + 100)": STEADY._replace(l2=7, rows=100),
        "L2 3 / n": PER_ROW._replace(l2=3),
        "L2 5 / n": PER_ROW._replace(l2=5),
        "L2 10 / n": PER_ROW,
        "L2 5 / n, 64": WIDE,
        "L2 5 / n, 32": WIDE._replace(hidden=(32,)),
        "L2 5 / n, 200,000 steps": PER_ROW._replace(l2=5, steps=200_000, most=200),
        "50,000 steps": STEADY._replace(steps=50_000),
        "rate 0.015": STEADY._replace(rate=0.015),
        "rate 0.005": STEADY._replace(rate=0.005),
        "relu, rate 0.005": STEADY._replace(activation="relu", rate=0.005),
    },
    "few rows, constant L2": {  # fewer than FEW
        "100 epochs at the most": STEADY,
        "200 epochs": STEADY._replace(most=200),
        "400 epochs": STEADY._replace(most=400),
        "200 epochs, rate 0.015": STEADY._replace(most=200, rate=0.015),
    },
    "five nets, constant L2": {
        "5 nets, L2 10 / (n + 200)": FIVE,
        "5 nets, L2 5 / n": FIVE._replace(l2=5, rows=0),
        "5 nets, L2 3 / n": FIVE._replace(l2=3, rows=0),
        "5 nets, L2 1 / n": FIVE._replace(l2=1, rows=0),
        "5 nets, L2 3 / n, 64": FIVE._replace(l2=3, rows=0, hidden=(64,)),
        "5 nets, L2 1 / n, rows drawn": FIVE._replace(l2=1, rows=0, sees="drawn rows"),
    },
}


class Fold:
    """The rows to learn and to judge by, encoded once for all rules."""

    def __init__(self, table: Regression, place: int):
        mixed = np.random.default_rng(0).permutation(np.arange(len(table.y)) % FOLDS)
        judged = mixed == place
        self.X, self.y, self.truth = table.X[~judged], table.y[~judged], table.y[judged]
        self.X_test, self.n = table.X[judged], len(self.y)
        first = fastnet.train(self.X, self.y, encode="table", epochs=0, hidden=(), verbose=False)
        self.learn, self.judge = first.samples(self.X), first.samples(self.X_test)

    def answers(self, rule: Rule) -> Array:
        """Return the answers of the rule's nets."""
        options, nets = rule.options(self.n), []
        for seed in range(rule.nets):
            if rule.sees == "drawn rows":
                draw = np.random.default_rng(seed).integers(0, self.n, self.n)
                options["sample_weight"] = np.bincount(draw, minlength=self.n)
            nets.append(fastnet.train(self.learn, self.y, seed=seed, **options).predict(self.judge))
        return np.mean(nets, axis=0)  # type: ignore[no-any-return]

    def of_peer(self, make: Callable[[int], Any]) -> Array:
        """Return the answers of another library's model."""
        outputs = 1 if self.y.ndim == 1 else self.y.shape[1]
        return make(outputs).fit(self.X, self.y).predict(self.X_test)  # type: ignore[no-any-return]

    def score(self, answers: Array) -> float:
        """Return R squared, the mean of all outputs, each at least -1."""
        truth = self.truth.reshape(len(self.truth), -1)
        rest = np.square(truth - answers.reshape(truth.shape)).sum(axis=0)
        total = np.square(truth - truth.mean(axis=0)).sum(axis=0)
        return float(np.maximum(-1, 1 - rest / total).mean())


def judge(table: Regression, rules: dict[str, Any], scores: Scores, folds: int) -> None:
    """Judge the rules that have no scores on a table yet."""
    todo = {name: rule for name, rule in rules.items() if not scores.has(name, table.name, folds)}
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in todo}
    for place in range(folds if todo else 0):
        fold = Fold(table, place)
        for name, rule in todo.items():
            began = time.process_time()
            try:
                answers = fold.answers(rule) if isinstance(rule, Rule) else fold.of_peer(rule)
                score = fold.score(answers)
            except fastnet.Diverged:
                score = -1.0
            found[name].append((score, time.process_time() - began))
    for name, pairs in found.items():
        each, seconds = zip(*pairs, strict=True)
        scores.add(name, table.name, each, sum(seconds) / folds)
        print(f"{table.name}, {name}: {np.mean(each):.3f}, {np.mean(seconds):.3f} s", flush=True)
    if todo:
        scores.write()


def text(scores: Scores) -> str:
    """Return the report."""
    parts = [TITLE]
    for title, rules in QUESTIONS.items():
        parts += section(title, scores, [*rules])
    names = [*QUESTIONS["L2 by the loss"]]
    for rule in (names[0], names[-1]):
        parts += section("among other libraries", scores, [rule, *REGRESSORS], choice=False)
    return "\n\n".join([*parts, scores.caption])


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the study."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="tables as .csv or .csv.gz")
    parser.add_argument("--only", default="", help="rules whose question or name holds this")
    parser.add_argument("--folds", type=int, default=2, help=f"of {FOLDS}")
    options = parser.parse_args(arguments)
    warnings.simplefilter("ignore")
    scores, tables = Scores("regression"), all_of(options.folder)
    for title, rules in ({"other libraries": REGRESSORS} | QUESTIONS).items():
        wanted = {k: v for k, v in rules.items() if options.only in f"{title}: {k}"}
        for table in tables:
            if not title.startswith("few rows") or len(table.y) < FEW:
                judge(table, wanted, scores, options.folds)
    print(text(scores))
    report.write("regression", text(scores))


if __name__ == "__main__":
    main()
