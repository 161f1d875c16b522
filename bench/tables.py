"""Tables: the time and the memory to read, encode and learn them, sparse texts, estimators.

The mixed table (`mixed`) and the texts (`texts`) are made up by `made`. The raw columns are those
of three tables of scikit-learn's, in their own units: fastnet and scikit-learn's perceptrons learn
them with their default options, as they are and encoded, and are judged by 5-fold cross-validation.
`estimators` compares fastnet's with those of other libraries.
"""

from __future__ import annotations

import statistics
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

import fastnet

from . import estimators, mixed, texts
from .quality import deviating
from .report import OF_TABLES, PACKAGES, missing, short, spread, table
from .turns import ratio

PACKAGES_USED = (*PACKAGES[:3], *OF_TABLES)
ROWS = 1_000_000
RAW: dict[str, dict[str, Any]] = {"wine": {}, "breast_cancer": {}, "diabetes": {"scaled": False}}


def measure(quick: bool) -> dict[str, Any]:
    """Measure all of them."""
    rows, repeats = (ROWS // 10, 1) if quick else (ROWS, 3)
    parts: dict[str, Callable[[], Any]] = {
        "seconds": lambda: mixed.in_seconds(rows, repeats),
        "calls": lambda: mixed.in_calls(5 * repeats),
        "memory": lambda: mixed.in_memory(rows, repeats),
        "texts": lambda: texts.measure(quick),
        "raw": of_raw,
        "estimators": lambda: estimators.measure(quick),
    }
    found: dict[str, Any] = {"rows": rows}
    gone = {}
    for name, part in parts.items():
        try:
            found[name] = part()
        except ImportError as error:
            gone[name] = str(error)
        if name != "estimators":  # which has said so
            print(f"  {name}: {found.get(name)}", flush=True)
    return {**found, "missing": gone}


def of_raw() -> dict[str, dict[str, list[float]]]:
    """Return the scores on the folds of each table, in percent, of each way to learn it."""
    from sklearn import datasets
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    found: dict[str, dict[str, list[float]]] = {}
    for name, options in RAW.items():
        X, y = getattr(datasets, f"load_{name}")(return_X_y=True, **options)
        peer = MLPRegressor if y.dtype.kind == "f" else MLPClassifier
        ways: dict[str, Callable[[Any, Any], Any]] = {
            "fastnet, as they are": lambda X, y: fastnet.train(X, y, verbose=False),
            "fastnet, encoded": lambda X, y: fastnet.train(X, y, encode="table", verbose=False),
            "scikit-learn, as they are": lambda X, y, peer=peer: peer(random_state=0).fit(X, y),
        }
        found[name] = {way: folded(fit, X, y) for way, fit in ways.items()}
    return found


def folded(fit: Callable[[Any, Any], Any], X: Any, y: Any) -> list[float]:
    """Return the scores of five folds, in percent; 0 for a run that diverged."""
    order, scores = np.random.default_rng(0).permutation(len(X)), []
    for k in range(5):
        judged = order[k::5]
        learned = np.setdiff1d(order, judged)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # on columns that are not scaled
            try:
                scores.append(100 * fit(X[learned], y[learned]).score(X[judged], y[judged]))
            except fastnet.Diverged:
                scores.append(0.0)
    return scores


# Tables of figures -------------------------------------------------------------------------------


def tables(figures: dict[str, Any]) -> str:
    """Return a table for each part that was measured."""
    shown = {
        "seconds": lambda: of_seconds(figures["seconds"], figures["rows"]),
        "calls": lambda: of_calls(figures["calls"]),
        "memory": lambda: of_memory(figures["memory"], figures["rows"]),
        "texts": lambda: of_texts(figures["texts"]),
        "raw": lambda: of_scores(figures["raw"]),
        "estimators": lambda: estimators.tables(figures["estimators"]),
    }
    parts = [part for name, show in shown.items() if name in figures for part in show()]
    return "\n\n".join([*parts, *missing(figures["missing"])])


def of_seconds(seconds: dict[str, list[float]], rows: int) -> list[str]:
    """Return the table of reading, encoding and learning."""
    head = [f"{rows:,} rows, 6 columns of numbers, 4 of words", "seconds"]
    body = [[name, spread(times)] for name, times in seconds.items()]
    share = ratio(seconds[mixed.ENCODE], seconds[mixed.LEARN])
    said = f"Encoding takes {short(share)} times as long as three epochs (goal: at most 1)."
    return [table([head, *body]), said]


def of_calls(us: dict[str, list[float]]) -> list[str]:
    """Return the table of calls with one row."""
    body = [[name, short(statistics.median(times))] for name, times in us.items()]
    return [table([["one row per call, ten columns", "µs"], *body])]


def of_memory(runs: list[dict[str, Any]], rows: int) -> list[str]:
    """Return the table of the memory of training by a frame."""
    body = [
        [
            f"{'7 columns, dense' if run['dense'] else '10 columns, sparse'}", f"{run['inputs']}",
            f"{run['matrix']:.0f}", spread(run["peaks"]),
            f"{statistics.median(run['peaks']) / run['matrix']:.2f}",
        ]
        for run in runs
    ]  # fmt: skip
    head = [f"{rows:,} rows", "inputs", "encoded rows, MB", "peak beyond the frame, MB"]
    said = (
        "The goal is 1.5 times the encoded rows, for the ten columns. Beside narrow rows, the "
        "order of the samples counts: 16 bytes a row."
    )
    return [table([[*head, "times the rows"], *body]), said]


def of_texts(sets: list[dict[str, Any]]) -> list[str]:
    """Return a table of each set of texts."""
    parts = []
    for one in sets:
        read = {name: short(statistics.median(times)) for name, times in one["read"].items()}
        head = f"{texts.ROWS:,} texts, {one['features']:,} words, {one['classes']} classes"
        rows = [[head, "seconds per epoch", "% right"]]
        for name, found in one["learned"].items():
            rows.append([name, short(found["seconds"]), f"{found['right']:.1f}"])
        parts += [
            table(rows),
            f"A text has {one['words']:.0f} different words. fastnet reads the libsvm file in "
            f"{read['fastnet']} s, scikit-learn in {read['scikit-learn']} s.",
        ]
    return parts


def of_scores(raw: dict[str, dict[str, list[float]]]) -> list[str]:
    """Return the table of raw columns."""
    ways = list(next(iter(raw.values())))
    names = {"diabetes": "diabetes, R squared x 100"}
    body = [
        [names.get(name, f"{name.replace('_', ' ')}, % right"), *map(deviating, scores.values())]
        for name, scores in raw.items()
    ]
    return [table([["raw columns, 5-fold cross-validation", *ways], *body])]
