"""Streams to choose defaults by: tables, as given and shuffled, and made ones that drift."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..columns import files
from . import regression_tables

Array = NDArray[Any]

ROWS = 20_000  # of the made streams
MADE: dict[str, dict[str, Any]] = {  # of sklearn's make_classification
    "2 classes": {"n_features": 20, "n_informative": 10, "n_clusters_per_class": 3},
    "5 classes": {"n_features": 10, "n_informative": 8, "n_classes": 5},
    "20 classes": {
        "n_features": 20, "n_informative": 15, "n_classes": 20, "n_clusters_per_class": 1,
    },
    "100 classes": {
        "n_features": 30, "n_informative": 20, "n_classes": 100, "n_clusters_per_class": 1,
        "class_sep": 2.0,
    },
    "1 in 50": {"n_features": 15, "n_informative": 8, "weights": [0.98]},
    "a third by chance": {"n_features": 30, "n_informative": 5, "flip_y": 0.3},
}  # fmt: skip


class Flow(NamedTuple):
    """A stream: a frame of rows in their order, and the labels (str) or numbers (float64)."""

    name: str
    X: Any
    y: Array


def orders(flow: Flow) -> Iterator[Flow]:
    """Yield the stream in the order given, and shuffled."""
    yield flow._replace(name=f"{flow.name}, as given")
    order = np.random.default_rng(0).permutation(len(flow.y))
    yield Flow(f"{flow.name}, shuffled", flow.X.iloc[order].reset_index(drop=True), flow.y[order])


def frame(X: Array) -> Any:
    """Return an array as a frame, each column in a unit of its own."""
    import pandas as pd

    units = np.random.default_rng(0).lognormal(0, 2, X.shape[1])
    return pd.DataFrame(X * units, columns=[f"x{k}" for k in range(X.shape[1])])


def drifting(rule: str, numbers: bool) -> Flow:
    """Return a stream whose rule is another from its middle on."""
    rng = np.random.default_rng(len(rule))
    X = rng.normal(size=(ROWS, 8))
    values = []
    for _ in range(2):
        a, b = rng.normal(size=(2, 8))
        values.append({
            "plane": X @ a, "two planes": (X @ a) * (X @ b), "wave": 3 * np.sin(X @ a) + X @ b,
            "ellipsoid": X**2 @ np.abs(a) - np.abs(a).sum(),
        }[rule])  # fmt: skip
    y = np.where(np.arange(ROWS) < ROWS // 2, *values)
    if numbers:
        return Flow(f"drift, {rule}", frame(X), 100 * (y + 0.5 * rng.normal(size=ROWS)) + 3000)
    return Flow(f"drift, {rule}", frame(X), np.where(y > 0, "above", "below"))


def of_classes(folder: Path) -> Iterator[Flow]:
    """Yield the streams of labels: the tables of a folder, digits, and made ones."""
    import pandas as pd
    from sklearn import datasets

    for name, path in files(folder):
        table = pd.read_csv(path)
        y = table.pop("target")
        if y.nunique() <= 20:
            yield from orders(Flow(name, table, y.astype(str).to_numpy(str)))
    X, y = datasets.load_digits(return_X_y=True)
    yield Flow("digits", frame(X), y.astype(str))
    for name, options in MADE.items():
        X, y = datasets.make_classification(ROWS, random_state=1, **options)
        yield Flow(f"made, {name}", frame(X), y.astype(str))
    for rule in ("plane", "two planes", "ellipsoid"):
        yield drifting(rule, numbers=False)


def of_numbers(folder: Path) -> Iterator[Flow]:
    """Yield the streams of numbers: the regressions of 300 rows or more, and made ones."""
    for table in regression_tables.all_of(folder):
        if len(table.y) >= 300:
            yield from orders(Flow(*table))
    for rule in ("plane", "wave"):
        yield drifting(rule, numbers=True)
