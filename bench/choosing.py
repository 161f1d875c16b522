"""What nets reach and cost: a ladder of nets on MNIST, and nets on tables of scikit-learn.

On MNIST a net learns the first 50,000 training images. The last 10,000 of them judge it, so no
choice is made by the test images. Each row changes one option of the same net. A score is the mean
of the seeds, with their standard deviation. Seconds are those in the compiled pass, the median of
the seeds, which are run in turns. Without MNIST, four fifths of the bundled digits are learned.

On the tables, all models learn the same folds through the estimators. A score is the mean of five
folds, with the standard deviation over repetitions of the whole. A time is that of the processor
for a fit, in one thread, as a multiple of that of the defaults in the same fold: the median.
"""

from __future__ import annotations

import functools
import statistics
import time
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import numpy as np

import fastnet

from .nets import images
from .report import PACKAGES, short, table

PACKAGES_USED = PACKAGES[:3]
SEEDS, REPEATS, FOLDS = 3, 3, 5
HELD_OUT = 6  # one in so many training images judges

BASE = {
    "hidden": (128,), "activation": "relu", "loss": "cross-entropy", "learning_rate": 0.03,
    "warm_up": 0.2, "epochs": 5,
}  # fmt: skip
SIZES = (
    (), (16,), (32,), (64,), (128,), (256,), (512,), (1024,), (64, 32), (128, 64), (256, 128),
)  # fmt: skip
ACTIVATIONS, LOSSES = ("sigmoid", "tanh", "relu", "leaky-relu"), ("cross-entropy", "quadratic")
RATES = (0.003, 0.01, 0.03, 0.06, 0.1, 0.2)
EPOCHS = (1, 2, 5, 10, 20)
COUNTS = (500, 1000, 2000, 5000, 10_000, 20_000, 50_000)
STEPS = 250_000  # of each run that learns fewer images
BUNDLED = ("breast_cancer", "wine", "digits", "diabetes")


def name_of(hidden: tuple[int, ...]) -> str:
    """Return hidden layers as text."""
    return "-".join(map(str, hidden)) or "none"


def questions() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield the questions asked on images: the table, the row, and what it changes."""
    for hidden in SIZES:
        no_layer = {} if hidden else {"activation": None}
        yield "hidden layers", name_of(hidden), {"hidden": hidden, **no_layer}
    for activation, loss in product(ACTIVATIONS, LOSSES):
        # the rate is that by default, which depends on both
        own = {"activation": activation, "loss": loss, "learning_rate": None}
        yield "activation, loss", f"{activation}, {loss}", own
    for rate in RATES:
        yield "learning rate", f"{rate:g}", {"learning_rate": rate}
    for rate in RATES:
        once = {"learning_rate": rate, "epochs": 1, "schedule": "constant", "warm_up": 0}
        yield "one pass, constant rate", f"{rate:g}", once
    for epochs in EPOCHS:
        yield "epochs", str(epochs), {"epochs": epochs}
    for count in COUNTS:
        yield "images learned", f"{count:,}", {"count": count, "epochs": STEPS // count}


def measure(quick: bool) -> dict[str, Any]:
    """Learn everything from some seeds, in turns; then the tables."""
    data, (X, y), _ = images()
    learned = len(X) - len(X) // HELD_OUT
    asked = [(what, row, own) for what, row, own in questions() if own.get("count", 0) <= learned]
    found: dict[str, dict[str, Any]] = {}
    for seed in range(1 if quick else SEEDS):
        judge = functools.cache(lambda *options: judged_net(X, y, learned, dict(options)))
        for what, row, own in asked:
            options = BASE | {"count": learned, "seed": seed} | own
            options["epochs"] = min(options["epochs"], 2) if quick else options["epochs"]
            score, seconds, size = judge(*sorted(options.items()))  # the base once for all tables
            one = found.setdefault(what, {}).setdefault(
                row, {"score": [], "seconds": [], "parameters": size}
            )
            one["score"].append(score)
            one["seconds"].append(seconds)
        print(f"  {data}, seed {seed}", flush=True)
    return {"data": data, "learned": learned, "images": found, "tables": of_tables(quick)}


def judged_net(
    X: np.ndarray, y: np.ndarray, learned: int, options: dict[str, Any]
) -> tuple[float, float, int]:
    """Return the score of a net (x 100), the seconds of its learning, and its parameters."""
    n = options.pop("count")
    net = fastnet.train(X[:n], y[:n], **options)
    seconds = sum(record["seconds"] for record in net.history)
    size = sum(array.size for array in (*net.weights, *net.biases))
    return 100 * net.score(X[learned:], y[learned:]), seconds, size


def of_tables(quick: bool) -> dict[str, Any]:
    """Return the figures of the tables, by their names."""
    from threadpoolctl import threadpool_limits

    found = {}
    with threadpool_limits(1):
        for name in BUNDLED[: 1 if quick else None]:
            found[name] = judged(name, 1 if quick else REPEATS)
            print(f"  {name}", flush=True)
    return found


def models(numbers: bool) -> dict[str, Callable[[], Any]]:
    """Return functions that make the models that learn a table; the first has the defaults."""
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    from fastnet.sklearn import FastNetClassifier, FastNetRegressor

    own = FastNetRegressor if numbers else FastNetClassifier
    boosted = HistGradientBoostingRegressor if numbers else HistGradientBoostingClassifier
    linear = Ridge if numbers else LogisticRegression
    sizes = ((), (8,), (32,), (256, 256))
    return {
        "the defaults": lambda: own(random_state=0),
        **{
            f"hidden {name_of(hidden)}": lambda h=hidden: own(hidden_layer_sizes=h, random_state=0)
            for hidden in sizes
        },
        "8 nets": lambda: own(n_nets=8, random_state=0),
        "logistic or ridge regression": lambda: make_pipeline(StandardScaler(), linear()),
        "HistGradientBoosting": lambda: boosted(random_state=0),
    }


def judged(name: str, repeats: int) -> dict[str, Any]:
    """Return each model's score (x 100) of each repetition, and the ratios of its times."""
    from sklearn import datasets
    from sklearn.model_selection import KFold, StratifiedKFold

    X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    numbers = y.dtype.kind == "f"
    made = models(numbers)
    found = {row: {"score": [], "times": []} for row in made}
    for make in made.values():
        make().fit(X[::5], y[::5])  # compiles, and imports
    for repeat in range(repeats):
        folds = (KFold if numbers else StratifiedKFold)(FOLDS, shuffle=True, random_state=repeat)
        scores: dict[str, list[float]] = {row: [] for row in made}
        for learned, held_out in folds.split(X, y):
            seconds = {}
            for row, make in made.items():
                began = time.process_time()
                model = make().fit(X[learned], y[learned])
                seconds[row] = time.process_time() - began
                scores[row].append(100 * model.score(X[held_out], y[held_out]))
                found[row]["times"].append(seconds[row] / seconds["the defaults"])
            found["the defaults"].setdefault("seconds", []).append(seconds["the defaults"])
        for row in made:
            found[row]["score"].append(statistics.mean(scores[row]))
    return {"rows": len(X), "numbers": numbers, "models": found}


def deviating(values: list[float], digits: int = 1) -> str:
    """Return the mean and the standard deviation: '97.1 ± 0.4'."""
    return f"{statistics.mean(values):.{digits}f} ± {statistics.pstdev(values):.{digits}f}"


def of_images(what: str, found: dict[str, Any], base: float) -> str:
    """Return the table of a question."""
    sized = what == "hidden layers"
    head = [what, "% right", "seconds", "times the base"]
    rows = [[*head, "kB"] if sized else head]
    for row, one in found.items():
        seconds = statistics.median(one["seconds"])
        cells = [row, deviating(one["score"], 2), short(seconds), f"{short(seconds / base)}x"]
        rows.append([*cells, f"{one['parameters'] * 4 / 1000:.0f}"] if sized else cells)
    return table(rows)


def tables(figures: dict[str, Any]) -> str:
    """Return a table for each question, and one of the tables."""
    found = figures["images"]
    base = statistics.median(found["hidden layers"][name_of(BASE["hidden"])]["seconds"])
    title = (
        f"{figures['data']}: {figures['learned']:,} training images learned, the others judge. "
        "Base: 128 relu units, cross-entropy, a rate of 0.03 that rises for a fifth of the run and "
        "then falls to 0, 5 epochs."
    )
    parts = [title, *(of_images(what, rows, base) for what, rows in found.items())]
    judgements = figures["tables"]
    names = [name.replace("_", " ") for name in judgements]
    rows = [["tables", *names, "time"]]
    for row in next(iter(judgements.values()))["models"]:
        own = [of["models"][row] for of in judgements.values()]
        times = [statistics.median(one["times"]) for one in own]
        rows.append([row, *(deviating(one["score"]) for one in own),
                     f"{short(statistics.geometric_mean(times))}x"])  # fmt: skip
    seconds = [
        f"{name} {short(statistics.median(of['models']['the defaults']['seconds']))} s for "
        f"{of['rows'] * (FOLDS - 1) // FOLDS} rows"
        for name, of in zip(names, judgements.values(), strict=True)
    ]
    about = (
        "5-fold cross-validation: % right; of diabetes, R squared x 100. The time is that of a "
        "fit, as a multiple of that of the defaults, the geometric mean. A fit by the defaults "
        "takes: "
        f"{'; '.join(seconds)}."
    )
    return "\n\n".join([*parts, table(rows), about])
