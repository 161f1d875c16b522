"""Seconds of learning until a share of MNIST's test images is recognised.

fastnet one sample at a time, the peers as their users would run them: in mini-batches, on all
threads, each with several recipes of which the quickest counts. All nets are 784-128-10, relu,
cross-entropy. The clock stands while the test images are looked at; what it takes to load the data
and to compile is told apart.
"""

from __future__ import annotations

import statistics
from typing import Any

from .charts import plain_log
from .nets import load
from .peers.process import Missing, process
from .report import PACKAGES, cores, missing, short, table

PACKAGES_USED = PACKAGES
TARGETS = (0.97, 0.975, 0.98)


def own(epochs: int) -> dict[str, Any]:
    """A recipe for fastnet."""
    return {
        "hidden": (128,), "activation": "relu", "loss": "cross-entropy", "learning_rate": 0.03,
        "schedule": "linear", "epochs": epochs,
    }  # fmt: skip


def batches(optimizer: str, rate: float, batch: int, schedule: str, epochs: int) -> dict[str, Any]:
    """A recipe for mini-batches."""
    return {
        "optimizer": optimizer, "rate": rate, "batch": batch, "schedule": schedule,
        "epochs": epochs,
    }  # fmt: skip


MINI_BATCH = (
    batches("sgd", 0.1, 64, "linear", 5),
    batches("sgd", 0.05, 32, "linear", 3),
    batches("adam", 2e-3, 64, "linear", 4),
    batches("adam", 3e-3, 128, "linear", 5),
    batches("adam", 1e-3, 64, "constant", 8),
)
CONTENDERS = {  # module, recipes
    "fastnet": ("own", [own(n) for n in (3, 1, 2, 4, 5)]),
    "JAX, mini-batch": ("jax", MINI_BATCH),
    "PyTorch, mini-batch": ("torch", MINI_BATCH),
    "scikit-learn, mini-batch": (
        "sklearn",
        [{"batch": 64, "epochs": 6}, {"batch": 200, "epochs": 12}],
    ),
}


def measure(quick: bool) -> dict[str, Any]:
    """Learn by each recipe from some seeds, all contenders in turns."""
    try:
        (X, y), test = load("mnist")
    except FileNotFoundError as error:
        return {"runs": [], "missing": {"all": str(error)}}
    runs, gone = [], {}
    for seed in range(1 if quick else 3):
        for name, (module, recipes) in CONTENDERS.items():
            for recipe in recipes[: 1 if quick else None]:
                try:
                    found = process(module, cores()).call("", "curve", recipe, X, y, test, seed)
                except Missing as reason:
                    gone[name] = str(reason)
                    break
                runs.append({"name": name, "recipe": recipe, "seed": seed, **found})
                seconds, accuracy = found["points"][-1]
                print(f"  {name}: {accuracy:.2%} after {seconds:.2f} s, {recipe}", flush=True)
    return {"runs": runs, "missing": gone}


def quickest(runs: list[dict[str, Any]], target: float) -> list[float]:
    """Of each seed, the seconds of the recipe that was first to reach the target."""
    times: dict[int, float] = {}
    for run in runs:
        for seconds, accuracy in run["points"]:
            if accuracy >= target:
                times[run["seed"]] = min(seconds, times.get(run["seed"], seconds))
    return list(times.values())


def tables(figures: dict[str, Any]) -> str:
    """A row for each contender."""
    rows = [["seconds", "load", "compile", *(f"{share:.1%}" for share in TARGETS), "best"]]
    for name in CONTENDERS:
        runs = [run for run in figures["runs"] if run["name"] == name]
        if not runs:
            continue
        seeds = len({run["seed"] for run in runs})
        row = [name]
        for part in ("loading", "compiling"):
            row.append(short(statistics.median(run[part] for run in runs)))
        for share in TARGETS:
            times = quickest(runs, share)
            row.append(short(statistics.median(times)) if len(times) > seeds / 2 else "-")
        best = max(accuracy for run in runs for _, accuracy in run["points"])
        rows.append([*row, f"{best:.1%}"])
    title = (
        "Seconds of learning until so many of MNIST's test images are recognised, by the quickest "
        "of some recipes (median of seeds; - not reached), 784-128-10, relu, cross-entropy. Here "
        "fastnet's kernels were compiled before, and are loaded."
    )
    return "\n\n".join([title, table(rows), *missing(figures["missing"])])


def chart(figures: dict[str, Any], figure: Any) -> None:
    """Accuracy against seconds, each recipe a line."""
    figure.set_size_inches(8, 4)
    axes = figure.subplots()
    colours = dict(zip(CONTENDERS, ("#d1495b", "#00798c", "#edae49", "#66717e"), strict=True))
    for run in figures["runs"]:
        seconds, accuracy = zip(*run["points"], strict=True)
        first = run is next(other for other in figures["runs"] if other["name"] == run["name"])
        axes.plot(
            seconds, [100 * share for share in accuracy], "o-", ms=3, lw=1,
            alpha=1 if run["seed"] == 0 else 0.35, color=colours[run["name"]],
            label=run["name"] if first else None,
        )  # fmt: skip
    for share in TARGETS:
        axes.axhline(100 * share, color="black", lw=0.5, ls=":")
    axes.set(xscale="log", ylim=(95, None), xlabel="seconds of learning", ylabel="% recognised")
    axes.set_title("MNIST's test images, 784-128-10, each line a recipe from one seed")
    plain_log(axes.xaxis)
    axes.legend(loc="lower right")
