"""Accuracy on unseen samples, of the commands in docs/speed.md and on small tables.

Each recipe is run from five seeds, the command's own (0) first. It gives the share of the test
images that is recognised, and the seconds in the compiled pass. Recipes were chosen by 10,000
images held out of the training ones, never by the test images. A recipe without its data is left
out, with the reason.

On scikit-learn's tables, fastnet and scikit-learn's perceptrons each search a grid of equally many
points, by 5-fold cross-validation, twice. New folds, the same for both, then judge the best point
five times. Columns are scaled to mean 0 and variance 1 by the training folds alone.
"""

from __future__ import annotations

import json
import shlex
import statistics
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import fastnet

from .nets import load
from .report import PACKAGES, missing, spread, table

Array = NDArray[Any]

PACKAGES_USED = PACKAGES[:3]


class Recipe(NamedTuple):
    """A command, and the percentage of the test images that it should recognise."""

    command: str
    wanted: float | None = None

    @property
    def data(self) -> str:
        """The data set's name."""
        words = self.command.split()
        return words[words.index("--data") + 1] if "--data" in words else "digits"


RECIPES = (
    Recipe("fastnet train"),
    Recipe("fastnet train --loss cross-entropy"),
    Recipe("fastnet train --data mnist"),
    Recipe(
        "fastnet train --data mnist --hidden 128 --activation relu --loss cross-entropy "
        "--learning-rate 0.03 --warm-up 0.2 --epochs 5",
        98.1,
    ),
    Recipe(
        "fastnet train --data mnist --hidden 256 --activation relu --loss cross-entropy "
        "--learning-rate 0.03 --warm-up 0.2 --epochs 15",
        98.4,
    ),
    Recipe(
        "fastnet train --data mnist --hidden 100 --learning-rate 0.1 --epochs 20",
        97.5,
    ),
    Recipe(
        "fastnet train --data fashion-mnist --hidden 256 --activation relu --loss cross-entropy "
        "--learning-rate 0.01 --epochs 20",
        89,
    ),
)

TABLES = ("breast_cancer", "wine", "digits", "diabetes")
SKLEARN = [
    {"hidden_layer_sizes": hidden, "learning_rate_init": rate, "alpha": alpha}
    for hidden, rate, alpha in product(((32,), (100,)), (0.001, 0.01), (1e-4, 1.0))
]


def grid(numbers: bool) -> list[dict[str, Any]]:
    """Return options to try with fastnet. The rates are a tenth if the targets are numbers."""
    rates = (0.0003, 0.001) if numbers else (0.003, 0.01)
    return [
        {"hidden": (100,), "activation": activation, "learning_rate": rate, "epochs": epochs}
        for activation, rate, epochs in product(("tanh", "relu"), rates, (20, 60))
    ]


def measure(quick: bool) -> dict[str, Any]:
    """Run each recipe, and compare on the tables: five times, or once."""
    recipes, gone = [], {}
    for recipe in RECIPES:
        try:
            load(recipe.data)
        except FileNotFoundError as error:
            gone[recipe.command] = str(error)
            continue
        recipes.append({**recipe._asdict(), **learn(recipe.command, 1 if quick else 5)})
        print(f"  {recipe.command}: {spread(recipes[-1]['accuracy'])}", flush=True)
    compared = {}
    try:
        for name in TABLES[:1] if quick else TABLES:
            compared[name] = compare(name, 1 if quick else 5)
            print(f"  {name}: {difference(compared[name])}", flush=True)
    except ImportError as error:
        gone["scikit-learn's tables"] = str(error)
    return {"recipes": recipes, "tables": compared, "missing": gone}


def learn(command: str, seeds: int) -> dict[str, Any]:
    """Train the net of a command; return it, and the accuracy and seconds of each seed."""
    figures: dict[str, Any] = {"accuracy": [], "seconds": []}
    for seed in range(seeds):
        words = [sys.executable, "-m", *shlex.split(command), "--seed", str(seed), "--json"]
        lines = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True).stdout
        events = {event["event"]: event for event in map(json.loads, lines.splitlines())}
        figures["sizes"] = events["start"]["sizes"]
        figures["accuracy"].append(100 * events["end"]["score"])
        figures["seconds"].append(events["end"]["seconds"])
    return figures


def compare(name: str, repeats: int) -> dict[str, Any]:
    """Return both libraries' scores on a table, in percent, each at the best point of its grid."""
    from sklearn import datasets
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    numbers = y.dtype.kind == "f"
    kind = MLPRegressor if numbers else MLPClassifier

    def own(options: dict[str, Any], seed: int, X: Array, y: Array) -> Any:
        loss = "quadratic" if numbers else "cross-entropy"
        return fastnet.train(X, y, loss=loss, seed=seed, **options)

    def peer(options: dict[str, Any], seed: int, X: Array, y: Array) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # on runs that have not converged
            return kind(random_state=seed, max_iter=500, **options).fit(X, y)

    found: dict[str, Any] = {"samples": len(X), "measure": "R squared" if numbers else "right"}
    for library, points, fit in (("fastnet", grid(numbers), own), ("scikit-learn", SKLEARN, peer)):

        def searched(options: dict[str, Any], fit: Any = fit) -> float:
            return sum(cross_validated(fit, options, X, y, seed) for seed in (0, 1))

        best = max(points, key=searched)
        scores = [cross_validated(fit, best, X, y, seed) for seed in range(2, repeats + 2)]
        found[library] = {"best": best, "scores": scores}
    return found


def cross_validated(
    fit: Callable[..., Any], options: dict[str, Any], X: Array, y: Array, seed: int
) -> float:
    """Return the mean score of the five folds, in percent; -100 for a run that diverged."""
    try:
        scores = [
            fit(options, seed, *learned).score(*judged) for learned, judged in folds(X, y, seed)
        ]
    except fastnet.Diverged:
        return -100.0
    return 100 * statistics.mean(scores)


def folds(X: Array, y: Array, seed: int) -> Iterator[tuple[tuple[Array, Array], ...]]:
    """Yield (X, y) to learn and (X, y) to judge by, five times, scaled by the first."""
    order = np.random.default_rng(seed).permutation(len(X))
    for k in range(5):
        judged = order[k::5]
        learned = np.setdiff1d(order, judged)
        X_k, y_k = scaled(X, learned), scaled(y, learned) if y.dtype.kind == "f" else y
        yield (X_k[learned], y_k[learned]), (X_k[judged], y_k[judged])


def scaled(values: Array, rows: Array) -> Array:
    """Return the columns scaled to mean 0 and variance 1 over these rows."""
    spread = values[rows].std(axis=0)
    return (values - values[rows].mean(axis=0)) / np.where(spread > 0, spread, 1)


def difference(compared: dict[str, Any]) -> str:
    """Return fastnet's lead, in points."""
    pairs = zip(compared["fastnet"]["scores"], compared["scikit-learn"]["scores"], strict=True)
    return deviating([own - peer for own, peer in pairs])


def deviating(values: list[float]) -> str:
    """Return the mean and the standard deviation: '97.1 ± 0.4'."""
    return f"{statistics.mean(values):.1f} ± {statistics.pstdev(values):.1f}"


def tables(figures: dict[str, Any]) -> str:
    """Return the commands, a table with a row for each, and one of scikit-learn's tables."""
    rows = [["data", "net", "% of the test part right", "seconds of learning", "goal"]]
    for recipe in figures["recipes"]:
        name = Recipe(recipe["command"]).data
        wanted = "" if recipe["wanted"] is None else f"{recipe['wanted']:g}"
        median, low, high = (f"{f(recipe['accuracy']):.2f}" for f in (statistics.median, min, max))
        rows.append(
            [
                name, "-".join(map(str, recipe["sizes"])), f"{median} ({low}-{high})",
                spread(recipe["seconds"]), wanted,
            ]
        )  # fmt: skip
    commands = "\n".join(f"$ {recipe['command']}" for recipe in figures["recipes"])
    parts = [f"```console\n{commands}\n```", table(rows)]
    if figures["tables"]:
        head = ["5-fold cross-validation", "score", "fastnet", "scikit-learn", "difference"]
        rows = [[*head, "best: units, activation, rate, epochs", "best: units, rate, alpha"]]
        for name, found in figures["tables"].items():
            both = [found[library] for library in ("fastnet", "scikit-learn")]
            rows.append(
                [
                    f"{name.replace('_', ' ')}, {found['samples']} samples",
                    "% right" if found["measure"] == "right" else "R squared x 100",
                    *(deviating(one["scores"]) for one in both), difference(found),
                    *(", ".join(map(text, one["best"].values())) for one in both),
                ]
            )  # fmt: skip
        parts.append(table(rows))
    return "\n\n".join([*parts, *missing(figures["missing"])])


def text(option: Any) -> str:
    """Return an option's value as text."""
    if isinstance(option, list | tuple):
        return "-".join(map(str, option))
    return option if isinstance(option, str) else f"{option:g}"
