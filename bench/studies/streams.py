"""The study behind the defaults for streams of tables: each row is judged, then learned, once.

    python -m bench.studies.streams FOLDER [--only WORD]

FOLDER holds tables as .csv or .csv.gz files with the column `target`; an empty field is missing.
`flows` says which streams they make. It needs pandas and scikit-learn.

A score is the accuracy, or R squared (at least -1), of all rows just before they are learned. The
peer is scikit-learn's SGDClassifier with log loss, or SGDRegressor, row by row, on numbers that are
standardised by the mean and the deviation so far. It knows all words, and the medians for gaps.
It writes results/streams.json after each stream, from which it continues, and results/streams.md.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import fastnet

from .. import report
from . import flows
from .compare import Scores, section
from .flows import Flow

Array = NDArray[Any]

TITLE = """# Defaults for streams of tables

Accuracy, or R squared (at least -1), x 100 of rows just before they are learned: the mean over
streams, the mean difference from the first row with its standard error, the worst stream's
difference, the mean rank (1 is the best), and the seconds of a stream (the geometric mean)."""
SGD = "SGD, linear"
WORST = {"classes": 0.0, "numbers": -1.0}


def rules(
    activations: Sequence[str], rates: Sequence[float], sizes: Sequence[tuple[int, ...]]
) -> dict[str, dict[str, Any]]:
    """Return the rules of these activations, rates and sizes; the first is the choice."""
    found = {}
    for activation in activations:
        for hidden in sizes:
            for rate in rates:
                name = f"{activation}, {'-'.join(map(str, hidden))}, {rate:g}"
                found[name] = {"hidden": hidden, "activation": activation, "learning_rate": rate}
    return found


OLD: dict[str, Any] = {"hidden": (64, 32), "activation": "sigmoid", "loss": "quadratic"}
RULES: dict[str, dict[str, dict[str, Any]]] = {
    "classes": {
        name: rule | {"loss": "cross-entropy"}
        for name, rule in rules(
            ("relu", "tanh"), (0.02, 0.03, 0.05), ((64,), (32,), (64, 32))
        ).items()
    } | {"sigmoid, 64-32, quadratic": OLD | {"learning_rate": 0.1}},
    "numbers": {
        name: rule | {"loss": "quadratic"}
        for name, rule in rules(
            ("tanh", "relu"), (0.005, 0.0035, 0.007), ((64, 32), (64,), (32,))
        ).items()
    } | {"sigmoid, 64-32, quadratic": OLD | {"learning_rate": 0.01}},
}  # fmt: skip


def of_net(flow: Flow, rule: dict[str, Any], task: str) -> float:
    """Return the score of a net that learns the stream."""
    more = {"classes": np.unique(flow.y)} if task == "classes" else {}
    try:
        net = fastnet.train_stream([(flow.X, flow.y)], encode="table", **more, **rule)
    except fastnet.Diverged:
        return WORST[task]
    counts = np.array([record["samples"] for record in net.history], float)
    key = "accuracy" if task == "classes" else "loss"
    mean = float(counts @ [record[key] for record in net.history] / counts.sum())
    if task == "classes":
        return mean
    variance = flow.y.var(axis=0)
    if flow.y.ndim > 1:  # the loss is a sum over scaled outputs
        variance = (variance / net.outputs.units.scale**2).sum()
    return max(WORST[task], 1 - mean / float(variance))


def inputs(X: Any) -> Array:
    """Return the inputs of the peer: numbers scaled by those so far, words one-hot."""
    import pandas as pd

    numbers = X.select_dtypes("number")
    words = X.drop(columns=numbers.columns)
    one_hot = pd.get_dummies(words).to_numpy(float) if words.shape[1] else np.zeros((len(X), 0))
    x = numbers.fillna(numbers.median()).fillna(0).to_numpy(float)
    counts = np.arange(1, len(x) + 1)[:, None]
    mean = np.cumsum(x, axis=0) / counts
    spread = np.sqrt(np.maximum(np.cumsum(x * x, axis=0) / counts - mean * mean, 0))
    spread[spread <= 1e-9 * np.abs(mean)] = np.inf  # as all were equal so far
    return np.hstack([np.clip((x - mean) / spread, -1000, 1000), one_hot])


def suits_peer(flow: Flow) -> bool:
    """Tell whether the peer can learn a stream: one output, and words that fit into memory."""
    return flow.y.ndim == 1 and flow.X.select_dtypes(exclude="number").nunique().sum() < 1000


def of_peer(flow: Flow, task: str) -> float:
    """Return the score of a linear model of scikit-learn."""
    from sklearn.linear_model import SGDClassifier, SGDRegressor

    X, y = inputs(flow.X), flow.y
    rows = range(1, len(y))
    if task == "classes":
        model = SGDClassifier(loss="log_loss", random_state=0)
        model.partial_fit(X[:1], y[:1], classes=np.unique(y))
        right = 0
        for k in rows:
            right += model.predict(X[k : k + 1])[0] == y[k]
            model.partial_fit(X[k : k + 1], y[k : k + 1])
        return right / len(y)
    y = (y - np.median(y[:1000])) / (y[:1000].std() or 1)
    model, rest = SGDRegressor(random_state=0), 0.0
    model.partial_fit(X[:1], y[:1])
    for k in rows:
        rest += float(np.square(model.predict(X[k : k + 1])[0] - y[k]))
        model.partial_fit(X[k : k + 1], y[k : k + 1])
    return max(WORST[task], 1 - rest / len(y) / float(y.var()))


def judge(flow: Flow, task: str, scores: Scores, only: str) -> None:
    """Judge the rules that have no score on a stream yet."""
    name, done = f"{task}: {flow.name}", False
    for rule in [*RULES[task], SGD]:
        if only not in f"{task}: {rule}" or scores.has(rule, name):
            continue
        if rule == SGD and not suits_peer(flow):
            continue
        began = time.process_time()
        own = rule in RULES[task]
        score = of_net(flow, RULES[task][rule], task) if own else of_peer(flow, task)
        scores.add(rule, name, [score], time.process_time() - began)
        print(f"{name}, {rule}: {score:.3f}", flush=True)
        done = True
    if done:
        scores.write()


PARTS = {"as given": ", as given", "shuffled": ", shuffled", "made": "made, ", "drift": "drift, "}


def text(scores: Scores) -> str:
    """Return the report."""
    parts = [TITLE]
    for task in RULES:
        for title, mark in PARTS.items():

            def serves(name: str, task: str = task, mark: str = mark) -> bool:
                return name.startswith(task) and mark in name

            names = [*RULES[task]]
            parts += section(f"{task}, {title}", scores, names, serves=serves)
            both = [names[0], SGD]
            parts += section(f"{task}, {title}, the peer", scores, both, False, serves)
    return "\n\n".join([*parts, scores.caption])


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the study."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="tables as .csv or .csv.gz")
    parser.add_argument("--only", default="", help="rules whose task or name holds this")
    options = parser.parse_args(arguments)
    warnings.simplefilter("ignore")
    scores = Scores("streams")
    sources: dict[str, Iterable[Flow]] = {
        "classes": flows.of_classes(options.folder), "numbers": flows.of_numbers(options.folder),
    }  # fmt: skip
    for task, source in sources.items():
        for flow in source:
            judge(flow, task, scores, options.only)
    print(text(scores))
    report.write("streams", text(scores))


if __name__ == "__main__":
    main()
