"""The study behind the encoding of tables: how numbers, words, gaps and targets reach a net.

    python -m bench.studies.encodings FOLDER [--only WORD] [--seeds N]

FOLDER holds tables as .csv or .csv.gz files with the column `target`; an empty field is missing.
scikit-learn's bundled tables join them, if it is installed. Reading needs pandas.

Each rule is judged by 5-fold cross-validation with the same folds, nets and seeds. A table's score
is the mean accuracy, or R squared (at least -1), of all folds and nets. A run that diverged scores
0, or -1. The tables are the units of the standard error, and their two halves show what is stable.

It writes results/encodings.json, with all scores, after each rule, and results/encodings.md. A
study that was stopped continues from this file; without it, it starts anew.
"""

from __future__ import annotations

import argparse
import statistics
import warnings
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import fastnet
from fastnet.model.units import Units, near

from .. import report
from ..columns import CHANGES, Table, from_sklearn, numbers, read
from .compare import ranks, unlike

Array = NDArray[Any]

FOLDS = 5
STEPS = 30_000  # samples learned in a run, at the least
NETS: tuple[dict[str, Any], ...] = (  # a tenth of the rate if the targets are numbers
    {"activation": "sigmoid", "loss": "quadratic", "learning_rate": 0.2},
    {"activation": "relu", "loss": "cross-entropy", "learning_rate": 0.02},
    {"activation": "relu", "loss": "cross-entropy", "learning_rate": 0.005},
)
FIGURES = report.RESULTS / "encodings.json"
TITLE = """# Encodings of tables

Scores are accuracy, or R squared, x 100: the mean over tables, then the mean difference from the
first row with its standard error over tables, the same in the two halves of the tables, the worst
table's difference, and the mean rank of the rule (1 is the best)."""


class Rule(NamedTuple):
    """A way to encode a table."""

    middle: str = "mean"
    spread: str = "deviation"
    clip: float = 0  # z / sqrt(1 + (z / clip)^2), or z as it is
    zeros: str = "centred"  # "kept": columns with more than half zeros are not centred
    fewest: int = 1  # rows of a category that gets a non-zero
    most: int = 0  # categories of a column that get a non-zero, the most frequent; 0: all
    one: float = 1  # the value of a category's non-zero
    gaps: str = "indicator"  # a further column, or the "middle" alone
    few: str = "numbers"  # whole numbers of 3 to 10 values: "numbers", "words" or "both"
    two: str = "numbers"  # numbers of 2 values: "numbers" or "words"
    target: str = "deviation"  # or "quartiles", or "near": see `fastnet.model.units.near`
    limit: float = 0  # scaled targets to learn are cut at +- limit; 0: they are not

    def unlike(self, other: Rule) -> str:
        """Return the fields that differ from another rule's."""
        return unlike(self, other)


def at(ordered: Array, share: float) -> float:
    """Return the value at a share of the ordered ones: one of them, never between two."""
    return float(ordered[int((len(ordered) - 1) * share)])


def scale(x: Array, middle: str, spread: str, zeros: str = "centred") -> tuple[float, float]:
    """Return the middle and the spread of the learned values of a column."""
    if not len(x):
        return 0.0, 0.0
    x = np.sort(x)
    centre = at(x, 0.5) if middle == "median" else float(x.mean())
    if zeros == "kept" and 2 * np.count_nonzero(x) < len(x):
        centre = 0.0
    others = np.sort(np.abs(x[x != centre] - centre))
    if spread == "deviation":
        return centre, float(np.sqrt(np.square(x - x.mean()).mean()))
    low, high = at(x, 0.25), at(x, 0.75)
    tied = not low < centre < high if spread == "tied quartiles" else low == high
    if spread.endswith("quartiles") and not tied:
        return centre, (high - low) / 1.35
    return centre, at(others, 0.5) if len(others) else 0.0


def number(x: Array, learn: Array, rule: Rule) -> list[Array]:
    """Return the columns that stand for a column of numbers."""
    missing = np.isnan(x)
    middle, spread = scale(x[learn & ~missing], rule.middle, rule.spread, rule.zeros)
    z = np.where(missing, 0, (x - middle) / spread) if spread else np.zeros(len(x))
    if rule.clip:
        z = z / np.sqrt(1 + np.square(z / rule.clip))
    indicator = rule.gaps == "indicator" and missing[learn].any()
    return [z, missing] if indicator else [z]


def words(x: Array, learn: Array, rule: Rule) -> list[Array]:
    """Return the columns that stand for a column of words."""
    found, counts = np.unique(x[learn], return_counts=True)
    order = np.argsort(-counts, kind="stable")[: rule.most or None]
    return [rule.one * (x == found[i]) for i in order if counts[i] >= rule.fewest]


def encode(table: Table, learn: Array, rule: Rule) -> Array:
    """Return the inputs of all rows, encoded as the rows to learn show."""
    columns: list[Array] = []
    for x in table.columns:
        if x.dtype.kind != "f":
            columns += words(x, learn, rule)
            continue
        values = np.unique(x[~np.isnan(x)])
        few = 3 <= len(values) <= 10 and (values % 1 == 0).all()
        how = rule.few if few else rule.two if len(values) == 2 else "numbers"
        columns += [] if how == "numbers" else words(x.astype(str), learn, rule)
        columns += [] if how == "words" else number(x, learn, rule)
    return np.stack(columns, axis=1).astype(np.float32)


def folds(y: Array) -> Array:
    """Return the fold of each row, with as many of each class (or size) in all folds."""
    mixed = np.random.default_rng(3).permutation(len(y))
    order = mixed[np.argsort(y[mixed], kind="stable")]
    found = np.empty(len(y), int)
    found[order] = np.arange(len(y)) % FOLDS
    return found


def target(table: Table, learn: Array, rule: Rule) -> tuple[Array, float, float]:
    """Return the targets as a net learns them, with their middle and spread."""
    if table.classes:
        return table.y, 0.0, 1.0
    if rule.target == "near":
        own = table.y[:, None]
        (middle,), (spread,) = Units.of(own[learn])
        low, high = near(own[learn]).min(), near(own[learn]).max()
        return (np.clip(table.y, low, high) - middle) / spread, float(middle), float(spread)
    centre = "mean" if rule.target == "deviation" else "median"
    middle, spread = scale(table.y[learn], centre, rule.target)
    limit = rule.limit or np.inf
    return np.clip((table.y - middle) / spread, -limit, limit), middle, spread


def score(table: Table, rule: Rule, seeds: int) -> float:
    """Return the mean score of all folds, nets and seeds."""
    fold, scores = folds(table.truth), []
    for k, net, seed in product(range(FOLDS), NETS, range(seeds)):
        learn = fold != k
        if not seed and net is NETS[0]:
            X = encode(table, learn, rule)
            y, middle, spread = target(table, learn, rule)
        options = {**net, "epochs": max(20, -(-STEPS // int(learn.sum())))}
        if not table.classes:
            options |= {"loss": "quadratic", "learning_rate": net["learning_rate"] / 10}
        try:
            answers = fastnet.train(X[learn], y[learn], seed=seed, **options).predict(X[~learn])
        except fastnet.Diverged:
            scores.append(0.0 if table.classes else -1.0)
            continue
        truth = table.truth[~learn]
        if table.classes:
            scores.append(float((answers == truth).mean()))
        else:
            errors = truth - (middle + spread * answers.ravel().astype(float))
            scores.append(max(-1.0, 1 - float(np.square(errors).mean() / truth.var())))
    return statistics.mean(scores)


MEAN, QUARTILES = Rule(), Rule("median", "quartiles")
BASE = Rule("median", "quartiles", clip=3)


def replaced(**fields: Any) -> Rule:
    """Return the base with other fields."""
    return BASE._replace(**fields)


TIED = replaced(spread="tied quartiles")
OF_NUMBERS = [
    *(MEAN, MEAN._replace(clip=3), QUARTILES, BASE, MEAN._replace(zeros="kept")), TIED,
    *(Rule("median", "distance"), Rule("median", "distance", clip=3)),
]  # fmt: skip
SERVES: dict[str, Callable[[Table], bool]] = {
    "numbers": lambda table: bool(numbers(table)),
    "some numbers": lambda table: 0 < len(numbers(table)) <= 30,
    "words": lambda table: len(numbers(table)) < len(table.columns),
    "gaps": lambda table: any(np.isnan(table.columns[i]).any() for i in numbers(table)),
    "codes": lambda table: any(len(np.unique(table.columns[i])) <= 10 for i in numbers(table)),
    "no classes": lambda table: not table.classes,
}

QUESTIONS: list[tuple[str, str, list[str], list[Rule]]] = [
    ("numbers", "numbers", ["as they are"], OF_NUMBERS),
    ("outliers", "numbers", ["a value of 1e9 in a tenth of the columns", "skewed columns"],
     [MEAN, MEAN._replace(clip=3), QUARTILES, BASE, TIED, replaced(clip=5)]),
    ("clips", "numbers", ["as they are"], [BASE, *(replaced(clip=n) for n in (2, 5, 8))]),
    ("words", "words", ["as they are"],
     [*(replaced(fewest=m) for m in (1, 2, 3, 5, 10)), replaced(most=30), replaced(most=10),
      *(replaced(one=one) for one in (0.5, 2.0, 3.0))]),
    ("gaps", "gaps", ["as they are"], [BASE, replaced(gaps="middle")]),
    ("targets", "no classes", ["as they are", "one target x 1000", "1% of targets x 10",
      "skewed targets"],
     [replaced(target=of, limit=n) for of in ("deviation", "quartiles") for n in (0, 3, 5, 10)]
     + [replaced(target="near")]),
    ("codes", "codes", ["as they are"],
     [BASE, replaced(few="words"), replaced(few="both"), replaced(two="words")]),
    ("more gaps", "numbers", ["gaps by chance", "gaps by value"],
     [BASE, replaced(gaps="middle")]),
    ("more words", "some numbers", ["every third number as words"],
     [*(replaced(fewest=m) for m in (1, 2, 3, 5, 10)), replaced(most=100)]),
    ("units", "numbers", ["units of 1e-6 to 1e6", "a constant column of 1e12"], [MEAN, BASE]),
]  # fmt: skip


def key(rule: Rule) -> str:
    """Return the name of a rule."""
    return rule.unlike(Rule()) or "mean and deviation"


def rows(scores: dict[str, dict[str, float]], rules: list[Rule]) -> Iterator[list[str]]:
    """Yield a row of the report for each rule, over the tables that all rules have."""
    names = sorted(set.intersection(*(set(scores[key(rule)]) for rule in rules)))
    matrix = 100 * np.array([[scores[key(rule)][name] for name in names] for rule in rules])
    yield ["rule", "score", "difference", "halves", "worst", "rank"]
    for rule, line, rank in zip(rules, matrix, ranks(matrix), strict=True):
        change = line - matrix[0]
        error = change.std(ddof=1) / np.sqrt(len(names))
        halves = f"{change[::2].mean():+.2f} {change[1::2].mean():+.2f}"
        difference = f"{change.mean():+.2f} ± {error:.2f}"
        figures = [f"{line.mean():.2f}", difference, halves, f"{change.min():+.1f}"]
        yield [(rule.unlike(rules[0]) if rule != rules[0] else key(rule)), *figures, f"{rank:.2f}"]


def large_column() -> str:
    """Return how far quantiles of a sample of 2**17 rows are from all 2**22 rows' ones."""
    rng = np.random.default_rng(5)
    x = np.exp(rng.standard_normal(2**22))
    part, x = np.sort(rng.choice(x, 2**17, replace=False)), np.sort(x)
    far = max(abs(at(part, share) - at(x, share)) for share in (0.25, 0.5, 0.75))
    width = at(x, 0.75) - at(x, 0.25)
    return f"Quartiles of 2^17 of 2^22 skewed rows differ by {far / width:.2%} of their distance."


def tables(figures: dict[str, Any]) -> str:
    """Return all questions' tables."""
    parts = [TITLE]
    for title, _, changes, rules in QUESTIONS:
        for change in changes:
            scores = figures["scores"].get(change, {})
            if all(key(rule) in scores for rule in rules):
                parts += [f"## {title}: {change}", report.table(list(rows(scores, rules)))]
    return "\n\n".join([*parts, "## samples", large_column()])


def main() -> None:
    """Run the study."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="tables as .csv or .csv.gz")
    parser.add_argument("--only", default="", help="questions whose title holds this")
    parser.add_argument("--seeds", type=int, default=2, help="seeds of each net")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore", fastnet.LearningWarning)
    figures = {"machine": report.machine(), "scores": {}} | report.read(FIGURES)
    everything = [*read(arguments.folder), *from_sklearn()]
    for title, serves, changes, rules in QUESTIONS:
        for change, rule in product(changes, rules if arguments.only in title else ()):
            found = figures["scores"].setdefault(change, {}).setdefault(key(rule), {})
            for table in filter(SERVES[serves], everything):
                if table.name not in found:
                    found[table.name] = score(CHANGES[change](table), rule, arguments.seeds)
            report.save(FIGURES, figures)
            print(
                f"{title}, {change}: {key(rule)}, {statistics.mean(found.values()):.4f}", flush=True
            )
    text = tables(figures)
    print(f"\n{text}")
    report.write("encodings", f"{text}\n\n{report.caption(figures['machine'])}")


if __name__ == "__main__":
    main()
