"""Guards of the defaults for classes: made tables of all forms, and pixels as a table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

import fastnet
from fastnet import datasets

from ..columns import Table
from .rules import Rule

# The rows in all, of which a fifth judges, and how to make them.
MADE: dict[str, tuple[int, dict[str, Any]]] = {
    "50 rows": (63, {"n_features": 10, "n_informative": 4}),
    "2,000 rows, 30% of the labels by chance": (2500, {"n_informative": 5, "flip_y": 0.3}),
    "50,000 rows": (
        62_500, {"n_informative": 10, "n_clusters_per_class": 4, "flip_y": 0.05},
    ),
    "100 classes": (
        12_500,
        {"n_features": 30, "n_informative": 20, "n_classes": 100, "n_clusters_per_class": 1,
         "class_sep": 2.0},
    ),
    "1 of 100 rows": (
        12_500, {"n_features": 15, "n_informative": 8, "weights": [0.99], "flip_y": 0.002},
    ),
    "1 of 100 rows, hardly told apart": (
        12_500,
        {"n_features": 15, "n_informative": 8, "weights": [0.985], "flip_y": 0.01,
         "class_sep": 0.5},
    ),
}  # fmt: skip


def made() -> Iterator[Table]:
    """Yield the made tables, by scikit-learn's make_classification."""
    from sklearn.datasets import make_classification

    for name, (rows, how) in MADE.items():
        X, y = make_classification(rows, random_state=1, **how)
        yield Table(f"made: {name}", True, list(X.T.astype(float)), y, np.asarray(y))


def pixels(rule: Rule) -> dict[str, list[float]]:
    """Return the accuracy and the log loss of a rule on uint8 pixels, plain and as a table."""
    found = {}
    for name, rows in (("digits", 10_000), ("mnist", 5_000)):
        try:
            (X, y), (X_test, y_test) = datasets.load(name)
        except OSError:  # not there, and not to be had
            continue
        X, y = X[:rows], y[:rows]
        ways: dict[str, dict[str, Any]] = {
            "plain, the defaults of images": {"verbose": False},
            "plain, the rule": rule.options(len(y)),
            "encoded, the rule": rule.options(len(y)) | {"encode": "table"},
        }
        for way, options in ways.items():
            shares = fastnet.train(X, y, **options).predict_proba(X_test).astype(float)
            loss = -np.log(np.maximum(shares[np.arange(len(y_test)), y_test], 1e-15)).mean()
            right = (shares.argmax(axis=1) == y_test).mean()
            found[f"{len(y):,} of {name}, {way}"] = [float(right), float(loss)]
    return found
