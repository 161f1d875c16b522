"""Real tables for the studies and the bench, and what befalls the columns that people have."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


class Table(NamedTuple):
    """A table: columns of float64 with NaN for gaps, or of str with "" for gaps."""

    name: str
    classes: bool
    columns: list[Array]
    y: Array
    truth: Array  # the targets to judge by


def files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield the name and the path of each table in a folder: .csv files, perhaps packed."""
    for path in sorted([*folder.glob("*.csv"), *folder.glob("*.csv.gz")]):
        yield path.name.split(".csv")[0], path


def read(folder: Path) -> Iterator[Table]:
    """Yield the tables of a folder, without columns of words that hardly ever repeat."""
    import pandas as pd

    for name, path in files(folder):
        frame = pd.read_csv(path, keep_default_na=False, na_values=[""], low_memory=False)
        y, columns = frame.pop("target"), []
        for _, column in frame.items():
            if column.dtype.kind in "iuf":
                columns.append(column.to_numpy(float))
            elif 2 * column.nunique() < len(column):
                columns.append(column.astype(object).where(column.notna(), "").to_numpy(str))
        classes = y.dtype.kind not in "iuf" or y.nunique() <= 20
        values = np.unique(y, return_inverse=True)[1] if classes else y.to_numpy(float)
        yield Table(name, classes, columns, values, values)


def from_sklearn() -> Iterator[Table]:
    """Yield the real tables of scikit-learn, as they are, if it is installed."""
    try:
        from sklearn import datasets
    except ImportError:
        print("scikit-learn is not installed: without its tables")
        return
    for name in ("breast_cancer", "wine", "digits", "iris", "diabetes"):
        raw = {"scaled": False} if name == "diabetes" else {}
        X, y = getattr(datasets, f"load_{name}")(return_X_y=True, **raw)
        yield Table(f"sklearn {name}", not raw, list(X.T.astype(float)), y, y)


def numbers(table: Table) -> list[int]:
    """Return the places of the columns of numbers."""
    return [i for i, column in enumerate(table.columns) if column.dtype.kind == "f"]


def changed(change: Callable[[Array, Any], Array], every: int = 1) -> Callable[[Table], Table]:
    """Return a function that changes each column of numbers, or one of every few."""

    def apply(table: Table) -> Table:
        rng, columns = np.random.default_rng(7), list(table.columns)
        for i in numbers(table)[::every]:
            columns[i] = change(columns[i], rng)
        return table._replace(columns=columns)

    return apply


def skewed(x: Array, rng: Any) -> Array:
    """Return exp(2 z), in some unit."""
    z = (x - np.nanmean(x)) / (np.nanstd(x) or 1)
    return np.exp(np.clip(2 * z, -30, 30)) * 10.0 ** rng.integers(-6, 7)


def skewed_targets(table: Table) -> Table:
    """Return the table with targets exp(z), which are those to judge by too."""
    y = np.exp((table.y - table.y.mean()) / table.y.std())
    return table._replace(y=y, truth=y)


def as_words(x: Array, rng: Any) -> Array:
    """Return numbers with three digits as words: codes with a long tail."""
    return np.array(["" if np.isnan(value) else f"{value:.3g}" for value in x])


def gaps(share: float, least: float) -> Callable[[Table], Table]:
    """Return a change that loses a share of the values from a quantile on."""

    def lose(x: Array, rng: Any) -> Array:
        return np.where((x >= np.nanquantile(x, least)) & (rng.random(len(x)) < share), np.nan, x)

    return changed(lose)


def far_targets(rows: float, times: float) -> Callable[[Table], Table]:
    """Return a change that multiplies some targets, of a share of the rows or of one."""

    def apply(table: Table) -> Table:
        order = np.random.default_rng(7).permutation(len(table.y))
        far = order < max(1, rows * len(order))
        return table._replace(y=np.where(far, times * table.y, table.y))

    return apply


CHANGES: dict[str, Callable[[Table], Table]] = {
    "as they are": lambda table: table,
    "units of 1e-6 to 1e6": changed(lambda x, rng: x * 10.0 ** rng.integers(-6, 7)),
    "a constant column of 1e12": lambda table: table._replace(
        columns=[*table.columns, np.full(len(table.y), 1e12)]
    ),
    "a value of 1e9 in a tenth of the columns": changed(
        lambda x, rng: np.where(np.arange(len(x)) == rng.integers(len(x)), 1e9, x), every=10
    ),
    "skewed columns": changed(skewed),
    "gaps by chance": gaps(0.2, 0),
    "gaps by value": gaps(0.5, 0.6),
    "every third number as words": changed(as_words, every=3),
    "one target x 1000": far_targets(0, 1000),
    "1% of targets x 10": far_targets(0.01, 10),
    "skewed targets": skewed_targets,
}
