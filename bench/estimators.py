"""fastnet's estimators as they come beside other libraries', on tables.

The tables are scikit-learn's, the people of the docs, and made ones; those of the folder that the
variable FASTNET_TABLES names join them (.csv files with the column `target`). fastnet gets the
frames as they are. The others get them with gaps filled and marked, numbers standardised and words
one-hot; the targets of Ridge and MLPRegressor are standardised. No option of any is tuned. All are
judged on the same three folds, in one thread; the time is that of the processor.
"""

from __future__ import annotations

import os
import statistics
import time
import warnings
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import fastnet
from fastnet.sklearn import FastNetClassifier, FastNetRegressor

from . import columns, made
from .report import short, table
from .studies.compare import ranks
from .studies.peers import CLASSIFIERS, REGRESSORS, classifier

Array = NDArray[Any]
Figures = dict[str, dict[str, dict[str, list[float]]]]  # table, estimator, measure: of each fold

REAL = "RealMLP-TD-S"  # of pytabkit, an optional peer
BY_ONE = ("sklearn iris", "sklearn wine", "sklearn breast_cancer")  # batches of one take long
PEOPLE = Path(__file__).parents[1] / "docs" / "people.csv"
CLASSES: dict[str, tuple[str, dict[str, Any]]] = {  # of scikit-learn's make_*
    "made: 2 classes, 20 columns": (
        "classification", {"n_samples": 2000, "n_informative": 8, "n_clusters_per_class": 3},
    ),
    "made: 5 classes": (
        "classification", {"n_samples": 3000, "n_informative": 8, "n_classes": 5},
    ),
    "made: 1 row of 20": (
        "classification", {"n_samples": 3000, "n_informative": 6, "weights": [0.95]},
    ),
    "made: labels by chance": ("classification", {"n_samples": 1000, "flip_y": 0.4}),
    "made: 80 rows": ("classification", {"n_samples": 80, "n_informative": 5}),
    "made: moons": ("moons", {"n_samples": 600, "noise": 0.3}),
    "made: shells": ("gaussian_quantiles", {"n_samples": 1000, "n_features": 6, "n_classes": 3}),
}  # fmt: skip
NUMBERS: dict[str, tuple[str, dict[str, Any]]] = {
    "made: Friedman 1": ("friedman1", {"n_samples": 1000, "noise": 1.0}),
    "made: Friedman 2": ("friedman2", {"n_samples": 500, "noise": 100.0}),
    "made: Friedman 3": ("friedman3", {"n_samples": 300, "noise": 0.1}),
    "made: a plane": ("regression", {"n_samples": 200, "n_features": 30, "noise": 50.0}),
    "made: four columns of ten": ("sparse_uncorrelated", {"n_samples": 1000}),
}


class Judged(NamedTuple):
    """A table to learn: a frame, and labels or numbers."""

    name: str
    X: Any
    y: Array


def bundled() -> Iterator[Judged]:
    """Yield scikit-learn's real tables, the people of the docs, and those of FASTNET_TABLES."""
    import pandas as pd

    read = [*columns.from_sklearn()]
    if folder := os.environ.get("FASTNET_TABLES"):
        read += columns.read(Path(folder))
    for name, classes, values, y, _ in read:
        X = pd.DataFrame({f"c{k}": column for k, column in enumerate(values)})
        yield Judged(name, X.mask(X == ""), y if classes else y.astype(float))
    people = pd.read_csv(PEOPLE).drop(columns="name")
    for target in ("owner", "town", "income"):
        known = people[people[target].notna()].reset_index(drop=True)
        y = known.pop(target).to_numpy()
        yield Judged(f"people: {target}", known, y.astype(float) if y.dtype.kind in "iu" else y)


def generated() -> Iterator[Judged]:
    """Yield made tables."""
    import pandas as pd
    from sklearn import datasets

    yield Judged("made: numbers and words", *made.mixed(3000))
    for name, (kind, options) in (CLASSES | NUMBERS).items():
        X, y = getattr(datasets, f"make_{kind}")(random_state=1, **options)
        yield Judged(name, pd.DataFrame(X).rename(columns="c{}".format), y)


def of_classes() -> dict[str, Callable[[], Any]]:
    """Return functions that make the classifiers."""
    return {
        "FastNetClassifier": lambda: FastNetClassifier(random_state=0),
        "FastNetClassifier, n_nets=8": lambda: FastNetClassifier(n_nets=8, random_state=0),
        **{
            name: make
            for name, make in CLASSIFIERS.items()
            if name != REAL or find_spec("pytabkit")
        },
    }


def of_numbers() -> dict[str, Callable[[], Any]]:
    """Return functions that make the regressors."""
    return {
        "FastNetRegressor": lambda: FastNetRegressor(random_state=0),
        "FastNetRegressor, n_nets=8": lambda: FastNetRegressor(n_nets=8, random_state=0),
        **{name: lambda make=make: make(1) for name, make in REGRESSORS.items()},
    }


def by_one() -> dict[str, Callable[[], Any]]:
    """Return functions that make fastnet's classifier, and MLPClassifier with batches of one."""
    peers = {
        "MLPClassifier": {},
        "MLPClassifier, batch_size=1, solver sgd": {"batch_size": 1, "solver": "sgd"},
    }
    return {
        "FastNetClassifier": of_classes()["FastNetClassifier"],
        **{
            name: classifier("neural_network", "MLPClassifier", random_state=0, **options)
            for name, options in peers.items()
        },
    }


def measure(quick: bool) -> dict[str, Figures]:
    """Judge all estimators on all tables, by three folds, or by one of them."""
    from threadpoolctl import threadpool_limits

    fastnet.warmup()
    found: dict[str, Figures] = {"classes": {}, "numbers": {}, "by one": {}}
    with threadpool_limits(1):
        for judged in (*bundled(), *generated()):
            numbers = judged.y.dtype.kind == "f"
            makers = of_numbers() if numbers else of_classes()
            of_table = {
                name: folded(make, judged, 1 if quick else 3) for name, make in makers.items()
            }
            found["numbers" if numbers else "classes"][judged.name] = of_table
            if judged.name in BY_ONE:
                found["by one"][judged.name] = {
                    name: folded(make, judged, 1 if quick else 3) for name, make in by_one().items()
                }
            scores = (f"{statistics.mean(one['score']):.1f}" for one in of_table.values())
            print(f"  {judged.name}: {', '.join(scores)}", flush=True)
    return found


def folded(make: Callable[[], Any], judged: Judged, count: int) -> dict[str, list[float]]:
    """Return the score in percent, the log loss of classes, and the seconds of a fit, by folds."""
    from sklearn.metrics import log_loss
    from sklearn.model_selection import KFold, StratifiedKFold

    numbers = judged.y.dtype.kind == "f"
    folds = (KFold if numbers else StratifiedKFold)(3, shuffle=True, random_state=0)
    found: dict[str, list[float]] = {"score": [], "loss": [], "seconds": []}
    for learned, held in [*folds.split(judged.X, judged.y)][:count]:
        X, X_held = judged.X.iloc[learned], judged.X.iloc[held]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # on runs that have not converged
            model, began = make(), time.process_time()
            model.fit(X, judged.y[learned])
            found["seconds"].append(time.process_time() - began)
            found["score"].append(100 * model.score(X_held, judged.y[held]))
            if not numbers:
                p = np.asarray(model.predict_proba(X_held), np.float64)
                p /= p.sum(axis=1, keepdims=True)
                found["loss"].append(log_loss(judged.y[held], p, labels=model.classes_))
    return found


# Tables of figures -------------------------------------------------------------------------------


def tables(figures: dict[str, Figures]) -> list[str]:
    """Return a table of the classifiers and one of the regressors, and what they have learned."""
    parts = []
    of_labels, of_values = ("score", "loss"), ("score",)
    for kind, measures in {
        "classes": of_labels, "numbers": of_values, "by one": of_labels
    }.items():  # fmt: skip
        names = ", ".join(figures[kind])
        parts += [table(compared(figures[kind], measures)), f"The tables: {names}."]
    if REAL not in next(iter(figures["classes"].values())):
        parts.append(f"Missing (pytabkit is not installed): {REAL}.")
    return parts


def compared(of_tables: Figures, measures: tuple[str, ...]) -> list[list[str]]:
    """Return a row for each estimator: the means and mean ranks over tables, and its seconds."""
    names = list(next(iter(of_tables.values())))
    words = {"score": "% right" if "loss" in measures else "R squared x 100", "loss": "log loss"}
    rows = [[f"{len(of_tables)} tables, as they come"]]
    for measure in measures:
        rows[0] += [words[measure], "mean rank"]
    rows[0] += ["seconds of a fit", "times the first"]
    means = {
        measure: np.array([[statistics.mean(one[name][measure]) for one in of_tables.values()]
                           for name in names])
        for measure in (*measures, "seconds")
    }  # fmt: skip
    times = np.exp(np.log(means["seconds"]).mean(axis=1))
    for k, name in enumerate(names):
        row = [name]
        for measure in measures:
            rank = ranks(means[measure] if measure == "score" else -means[measure])
            digits = 1 if measure == "score" else 3
            row += [f"{means[measure][k].mean():.{digits}f}", f"{rank[k]:.2f}"]
        rows.append([*row, short(times[k]), f"{short(times[k] / times[0])}x"])
    return rows
