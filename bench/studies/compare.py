"""Scores of rules on tables: kept in a file as they come, and compared."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import report

Array = NDArray[Any]


class Scores:
    """The scores and the seconds of each rule on each table, in a file that is written often.

    Parameters
    ----------
    name : str
        The file is results/NAME.json.
    """

    def __init__(self, name: str):
        self.path = report.RESULTS / f"{name}.json"
        empty: dict[str, Any] = {"machine": report.machine(), "scores": {}, "seconds": {}}
        self.figures = empty | report.read(self.path)

    def has(self, rule: str, table: str, count: int = 1) -> bool:
        """Tell whether a rule has so many scores on a table."""
        return len(self.figures["scores"].get(rule, {}).get(table, [])) >= count

    def add(self, rule: str, table: str, scores: Sequence[float], seconds: float) -> None:
        """Keep the scores of a rule on a table, and the seconds of one of them."""
        for part, value in (("scores", [*scores]), ("seconds", seconds)):
            self.figures[part].setdefault(rule, {})[table] = value

    def write(self) -> None:
        """Write the file."""
        report.save(self.path, self.figures)

    def matrix(self, rules: Sequence[str], names: Iterable[str]) -> Array:
        """Return the mean scores (rules, tables) x 100, of as many scores as all rules have."""
        found = []
        for name in names:
            lists = [self.figures["scores"][rule][name] for rule in rules]
            count = min(map(len, lists))
            found.append([100 * statistics.mean(scores[:count]) for scores in lists])
        return np.array(found).T

    def tables(self, rules: Sequence[str]) -> list[str]:
        """Return the tables on which all these rules have scores."""
        each = [self.figures["scores"].get(rule, {}).keys() for rule in rules]
        return sorted(set.intersection(*map(set, each)))

    @property
    def caption(self) -> str:
        """A line on the machine and the versions."""
        return report.caption(self.figures["machine"], ("numpy", "scikit-learn"))

    def seconds(self, rule: str, tables: Iterable[str]) -> float:
        """Return the geometric mean of a rule's seconds."""
        return statistics.geometric_mean(self.figures["seconds"][rule][name] for name in tables)


def unlike(rule: Any, other: Any) -> str:
    """Return the fields of a rule, a named tuple, that differ from another's."""
    fields = zip(rule._fields, rule, other, strict=True)
    return ", ".join(f"{name} {value}" for name, value, its in fields if value != its)


def ranks(matrix: Array) -> Array:
    """Return the mean rank of each row over the columns; 1 is the best, equals share theirs."""
    better, equal = matrix[:, None] < matrix, matrix[:, None] == matrix
    return (better.sum(axis=1) + (equal.sum(axis=1) + 1) / 2).mean(axis=1)  # type: ignore[no-any-return]


def left_out(matrix: Array, rules: Sequence[str]) -> str:
    """Return a line on what is chosen if each table is left out of the choice in its turn."""
    count = matrix.shape[1]
    chosen = [np.delete(matrix, k, axis=1).mean(axis=1).argmax() for k in range(count)]
    score = np.mean([matrix[rule, k] for k, rule in enumerate(chosen)])
    often = ", ".join(f"{rules[k]} ({n} times)" for k, n in Counter(chosen).most_common())
    return f"With each table left out of the choice by the mean: {score:.2f}, by {often}."


def lines(scores: Scores, rules: Sequence[str], names: Sequence[str]) -> Iterator[list[str]]:
    """Yield a row of the report for each rule, over these tables."""
    matrix = scores.matrix(rules, names)
    yield ["rule", "mean", "difference", "worst", "rank", "seconds"]
    for rule, line, rank in zip(rules, matrix, ranks(matrix), strict=True):
        change = line - matrix[0]
        error = change.std(ddof=1) / np.sqrt(len(names))
        figures = [f"{line.mean():.2f}", f"{change.mean():+.2f} ± {error:.2f}"]
        seconds = report.short(scores.seconds(rule, names))
        yield [rule, *figures, f"{change.min():+.1f}", f"{rank:.2f}", seconds]


def section(
    title: str,
    scores: Scores,
    rules: Sequence[str],
    choice: bool = True,
    serves: Callable[[str], bool] = lambda name: True,
) -> list[str]:
    """Return the parts of the report on these rules; none unless they have two tables at least."""
    names = [*filter(serves, scores.tables(rules))]
    if len(names) < 2:
        return []
    parts = [f"## {title}: {len(names)} tables", report.table([*lines(scores, rules, names)])]
    return [*parts, left_out(scores.matrix(rules, names), rules)] if choice else parts
