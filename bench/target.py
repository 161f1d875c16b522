"""Seconds of learning until a share of MNIST's test images is recognised.

fastnet learns one sample at a time. The peers run as their users would run them: in mini-batches,
on all threads. Each has several recipes, and the fastest counts. All nets are 784-128-10, relu,
cross-entropy. The clock stops while the test images are judged. The time to load the data and to
compile is reported separately.
"""

from __future__ import annotations

import statistics
from typing import Any

from .charts import FAINT, OWN, WIDTH, beside, heading, plain_log
from .nets import load
from .peers.process import Missing, process
from .report import PACKAGES, cores, missing, short, table

PACKAGES_USED = PACKAGES
TARGETS = (0.97, 0.975, 0.98)


def own(epochs: int) -> dict[str, Any]:
    """Return a recipe for fastnet."""
    return {
        "hidden": (128,), "activation": "relu", "loss": "cross-entropy", "learning_rate": 0.03,
        "schedule": "linear", "epochs": epochs,
    }  # fmt: skip


def batches(optimizer: str, rate: float, batch: int, schedule: str, epochs: int) -> dict[str, Any]:
    """Return a recipe for mini-batches."""
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
    """Return, for each seed, the seconds of the recipe that reached the target first."""
    times: dict[int, float] = {}
    for run in runs:
        for seconds, accuracy in run["points"]:
            if accuracy >= target:
                times[run["seed"]] = min(seconds, times.get(run["seed"], seconds))
    return list(times.values())


def tables(figures: dict[str, Any]) -> str:
    """Return a table with a row for each contender."""
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
        "Training time, in seconds, to reach a test accuracy on MNIST: 784-128-10, relu, "
        "cross-entropy. The best recipe of each library, median over seeds; - means not reached. "
        "fastnet loads kernels that were compiled before."
    )
    return "\n\n".join([title, table(rows), *missing(figures["missing"])])


def reached(runs: list[dict[str, Any]]) -> tuple[list[float], list[float]]:
    """Return the best recipe's share recognised by seconds: the median of the seeds."""
    points = {seed: [] for seed in (run["seed"] for run in runs)}
    for run in runs:
        points[run["seed"]] += run["points"]
    times = sorted({seconds for own in points.values() for seconds, _ in own})

    def best(own: list[list[float]], now: float) -> float:
        return max((share for seconds, share in own if seconds <= now), default=0.0)

    return times, [
        statistics.median(best(own, now) for own in points.values()) for now in times
    ]  # fmt: skip


def chart(figures: dict[str, Any], figure: Any) -> None:
    """Draw accuracy against seconds: a line for each contender, a dot for each test."""
    figure.set_size_inches(WIDTH, 4.2)
    axes = figure.subplots()
    said, last = [], TARGETS[-1]
    axes.axhline(100 * last, color=FAINT, lw=1.5, zorder=1)
    for name, colour in zip(CONTENDERS, (OWN, "#00798c", "#b7791f", "#5b5f97"), strict=True):
        runs = [run for run in figures["runs"] if run["name"] == name]
        if not runs:
            continue
        library = name.partition(",")[0]
        for run in runs:
            seconds, shares = zip(*run["points"], strict=True)
            dots = [100 * share for share in shares]
            axes.plot(seconds, dots, "o", ms=3, alpha=0.25, mew=0, color=colour)
        times, shares = reached(runs)
        axes.step(times, [100 * share for share in shares], where="post", lw=2.5, color=colour)
        beside(axes, library, (times[-1], 100 * shares[-1]), color=colour, weight="bold",
               shift=(8, 6))  # fmt: skip
        found = quickest(runs, last)
        if len(found) > len({run["seed"] for run in runs}) / 2:
            axes.plot(statistics.median(found), 100 * last, "o", ms=8, color=colour)
            said.append(f"{library} in {short(statistics.median(found))} s")
    axes.set(xscale="log", xlim=(0.07, 8), ylim=(95, 98.5))
    axes.set_xlabel("seconds of learning; fastnet learns image by image, all others in batches")
    axes.set_ylabel("% of the test images recognised")
    plain_log(axes.xaxis)
    heading(figure, f"{last:.0%} of MNIST: " + ", ".join(said))
