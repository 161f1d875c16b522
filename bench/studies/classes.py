"""The study behind the defaults for classes in tables: one net, and several that answer together.

    python -m bench.studies.classes FOLDER [--only WORD] [--folds N]

FOLDER holds tables as .csv or .csv.gz files with the column `target`; an empty field is missing.
scikit-learn's bundled tables join them. It needs pandas and scikit-learn; RealMLP, one of the
peers, needs pytabkit, and is left out without it.

Each rule is judged by accuracy and log loss on the same folds of five, of which --folds are done,
with other seeds in each. The encoding is made once from a fold's rows. The tables are the units of
the standard errors. Made tables (`guards.py`) guard against harm, and choose nothing.

It writes results/classes.json after each fold, from which it continues, and results/classes.md.
"""

from __future__ import annotations

import argparse
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import report
from ..columns import Table, from_sklearn, read
from .compare import ranks
from .guards import made, pixels
from .peers import CLASSIFIERS
from .rules import FOLDS, Fold, Rule

Array = NDArray[Any]

FIGURES = report.RESULTS / "classes.json"
PACKAGES = ("numpy", "numba", "scikit-learn", "pytabkit")
TITLE = """# Defaults for classes in tables

Accuracy in percent and log loss: the mean over tables, the mean difference from the first row with
its standard error over tables, the mean rank among the rows (1 is the best), and the seconds of
learning (the geometric mean, one thread)."""

ONE = Rule()
FIRST = Rule((64,), rate=0.015, steps=100_000, l2=3, rows=0)  # what the search began with
FOUR, EIGHT = Rule(nets=4), Rule(nets=8)
BALANCED = Rule(weights="balanced")


def one(**fields: Any) -> Rule:
    """Return the rule for one net with other fields."""
    return ONE._replace(**fields)


QUESTIONS: dict[str, list[Rule]] = {
    "sizes": [
        ONE, FIRST, *(one(hidden=sizes) for sizes in ((32, 32), (64, 32), (128, 64), (64, 64, 64))),
        *(one(hidden=sizes, l2=6) for sizes in ((32,), (64,), (128,))),
    ],
    "activations and first weights": [
        ONE, one(activation="leaky-relu"), one(activation="tanh"), one(start="glorot"),
        one(start=(-0.05, 0.05)),
    ],
    "rates": [
        ONE, *(one(rate=rate) for rate in (0.005, 0.01, 0.03, 0.05)),
        one(schedule="exponential", rate=0.03), one(schedule="constant", rate=0.01),
    ],
    "epochs": [
        ONE, *(one(fewest=epochs, most=epochs) for epochs in (10, 20, 30, 100)),
        one(steps=100_000), one(steps=50_000), one(most=200),
    ],
    "L2": [
        ONE, *(one(l2=l2) for l2 in (0, 2.5, 5, 15, 20, 40)),
        *(one(l2=l2, rows=rows) for l2, rows in ((5, 0), (10, 0), (10, 100), (15, 400))),
    ],
    "averages": [ONE, *(one(average=share) for share in (0, 0.2, 0.8))],
    "weights of classes": [ONE, BALANCED],
    "several nets": [
        ONE, FOUR, FOUR._replace(l2=5), FOUR._replace(l2_ratio=4), FOUR._replace(sees="drawn rows"),
        FOUR._replace(sees="nine tenths"), FOUR._replace(answer="geometric mean"),
        FOUR._replace(answer="votes"), EIGHT,
    ],
}  # fmt: skip


def key(rule: Rule) -> str:
    """Return the name of a rule."""
    return rule.unlike(ONE) or "the rule"


SINGLE = {key(rule): rule for rules in QUESTIONS.values() for rule in rules if rule.nets == 1}
SLOW = [*CLASSIFIERS][-1]
FEWEST = 10  # tables that are shown beside the peers
GUARDED = [
    key(rule) for rule in (ONE, FIRST, one(hidden=(64, 32)), one(l2=5), one(l2=20), BALANCED)
]


class Figures:
    """The scores of each rule and peer on each table, in a file."""

    def __init__(self) -> None:
        empty: dict[str, Any] = {"machine": report.machine(), "scores": {}}
        self.all = empty | report.read(FIGURES)
        self.scores: dict[str, dict[str, list[list[float]]]] = self.all["scores"]
        self.mine: set[str] = set()  # names that this study judges

    def judge(self, tables: Iterable[Table], places: int, rules: dict[str, Any]) -> None:
        """Add the scores of rules, and of peers, which are functions that make a model."""
        self.mine |= rules.keys()
        for table in tables:
            for place in range(places):
                found = [
                    self.scores.setdefault(name, {}).setdefault(table.name, []) for name in rules
                ]
                if all(len(scores) > place for scores in found):
                    continue
                fold = Fold(table, place)
                for scores, rule in zip(found, rules.values(), strict=True):
                    if len(scores) <= place:
                        scores.append(fold.scores(rule))
            self.write()

    def write(self) -> None:
        """Write the file."""
        others = report.read(FIGURES).get("scores", {})  # of a study that runs beside this one
        self.all["scores"] = others | {name: self.scores[name] for name in self.mine}
        report.save(FIGURES, self.all)

    def matrix(self, names: list[str], made: bool = False) -> tuple[list[str], Array]:
        """Return the tables that all these have, and their figures (names, tables, figures)."""
        each = [self.scores.get(name, {}) for name in names]
        common = sorted(set.intersection(*map(set, each)))
        tables = [table for table in common if table.startswith("made") == made]
        folds = min((len(scores[table]) for scores in each for table in tables), default=0)
        means = [[np.mean(scores[table][:folds], axis=0) for table in tables] for scores in each]
        return tables, np.array(means)


def lines(names: list[str], figures: Array) -> Iterator[list[str]]:
    """Yield a row of the report for each name."""
    yield ["", "accuracy", "difference", "log loss", "difference", "rank", "rank", "seconds"]
    of_right, of_loss = ranks(figures[..., 0]), ranks(-figures[..., 2])
    for k, name in enumerate(names):
        row = [name]
        for place, times, digits in ((0, 100, 2), (2, 1, 3)):
            change = times * (figures[k, :, place] - figures[0, :, place])
            error = change.std(ddof=1) / np.sqrt(len(change))
            row += [f"{times * figures[k, :, place].mean():.{digits}f}",
                    f"{change.mean():+.{digits}f} ± {error:.{digits}f}"]  # fmt: skip
        seconds = np.exp(np.log(figures[k, :, 3]).mean())
        yield [*row, f"{of_right[k]:.2f}", f"{of_loss[k]:.2f}", report.short(seconds)]


def halves(names: list[str], figures: Array, times: int = 500) -> str:
    """Return a line on the rules that half of the tables choose, judged by the other half."""
    rng, chosen, changes = np.random.default_rng(0), Counter[str](), []
    for _ in range(times):
        mixed = rng.permutation(figures.shape[1])
        half, other = figures[:, mixed[::2]], figures[:, mixed[1::2]].mean(axis=1)
        best = (ranks(half[..., 0]) + ranks(-half[..., 2])).argmin()
        chosen[names[best]] += 1
        changes.append([other[best] - other[names.index(key(rule))] for rule in (ONE, FIRST)])
    means = np.mean(changes, axis=0)
    said = [f"{100 * x[0]:+.2f} in accuracy and {x[2]:+.4f} in log loss" for x in means]
    often = "; ".join(f"{name} ({n} times)" for name, n in chosen.most_common(3))
    return (
        f"Half of the tables choose among {len(names)} rules by the sum of both ranks, {times} "
        f"times, most often: {often}. On the other half the chosen ones differ from the rule by "
        f"{said[0]}, and from the first rule of the search by {said[1]}."
    )


def versus(figures: Figures, rule: Rule, slow: bool) -> list[str]:
    """Return the parts of the report on a rule among the peers, with the slow one or without."""
    names = [key(rule), *CLASSIFIERS][: None if slow else -1]
    tables, found = figures.matrix(names)
    if len(tables) < FEWEST:
        return []
    others = f"others and {SLOW}" if slow else "others"
    title = f"## {key(rule)}, among {others}: {len(tables)} tables"
    return [title, report.table([*lines(names, found)]), behind(tables, found, names)]


def behind(tables: list[str], figures: Array, names: list[str]) -> str:
    """Return a line on the tables on which the first lies far behind another."""
    worst = []
    for k, name in enumerate(names[1:], 1):
        change = 100 * (figures[0, :, 0] - figures[k, :, 0])
        far = [f"{tables[i]} {change[i]:+.1f}" for i in change.argsort() if change[i] <= -3]
        worst.append(f"{name}: {', '.join(far) or 'none'}")
    return f"Tables on which it is 3 points or more behind: {'; '.join(worst)}."


def guarded(figures: Figures) -> list[str]:
    """Return the parts of the report on made tables: accuracy, balanced accuracy and log loss."""
    names = [name for name in GUARDED if figures.matrix([name], made=True)[0]]
    if not names:
        return []
    tables, found = figures.matrix(names, made=True)
    rows = [["", *(table.removeprefix("made: ") for table in tables)]]
    for name, each in zip(names, found, strict=True):
        rows.append([name, *(f"{100 * x[0]:.1f}, {100 * x[1]:.1f}, {x[2]:.3f}" for x in each)])
    return ["## made tables: accuracy, balanced accuracy, log loss", report.table(rows)]


def text(figures: Figures) -> str:
    """Return the whole report."""
    parts = [TITLE]
    for title, rules in QUESTIONS.items():
        names = [key(rule) for rule in rules if key(rule) in figures.scores]
        tables, found = figures.matrix(names)
        if len(tables) > 1:
            parts += [f"## {title}: {len(tables)} tables", report.table([*lines(names, found)])]
    names = [name for name in SINGLE if name in figures.scores]
    if key(FIRST) in names:
        parts += ["## tables left out", halves(names, figures.matrix(names)[1])]
    for slow, rule in product((False, True), (ONE, EIGHT)):
        parts += versus(figures, rule, slow)
    parts += guarded(figures)
    if "pixels" in figures.all:
        rows = [
            [way, f"{100 * x:.2f}", f"{y:.3f}"] for way, (x, y) in figures.all["pixels"].items()
        ]
        parts += ["## pixels", report.table([["", "accuracy", "log loss"], *rows])]
    return "\n\n".join([*parts, report.caption(figures.all["machine"], PACKAGES)])


def main() -> None:
    """Run the study."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="tables as .csv or .csv.gz")
    parser.add_argument("--only", default="", help="questions or peers whose name holds this")
    parser.add_argument("--folds", type=int, default=3, help=f"folds of {FOLDS} to judge by")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    figures = Figures()
    tables = [table for table in (*read(arguments.folder), *from_sklearn()) if table.classes]
    asked: dict[str, dict[str, Any]]
    asked = {title: {key(rule): rule for rule in rules} for title, rules in QUESTIONS.items()}
    if arguments.only in "pixels":
        figures.all["pixels"] = pixels(ONE)
        figures.write()
    asked |= {name: {name: make} for name, make in CLASSIFIERS.items()}
    for title, rules in asked.items():
        if title == SLOW and not find_spec("pytabkit"):
            print(f"{title}: left out, since pytabkit is not installed")
        elif arguments.only in title:
            figures.judge(tables, arguments.folds, rules)
            guards = {name: rule for name, rule in rules.items() if name in GUARDED}
            figures.judge(made(), arguments.folds, guards)
            print(f"{title}: done", flush=True)
    report.write("classes", text(figures))
    print(text(figures))


if __name__ == "__main__":
    main()
