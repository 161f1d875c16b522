"""The time of a sample by width, depth, inputs, samples and threads; and of short epochs.

Where a net or its data grow, the time of a weight that a sample touches shall stay about the same:
of the first layer, those of the inputs that are not 0; of the others, all.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

import fastnet
from fastnet.training import teams

from .charts import OTHER, OWN, WIDTH, beside, plain_log
from .kernels import compiled, enough
from .memory import tile
from .nets import ORIGINAL, Array, Spec, images
from .peers.base import Task
from .peers.process import Missing, Remote
from .report import compared, cores, missing, short, table
from .turns import in_turns, ratio

WIDTHS = (16, 32, 64, 128, 256, 512, 1024, 2048, 4096)
DEPTHS = (1, 2, 4, 8, 16)
INPUTS = (2, 10, 100, 1000, 10_000, 100_000)
ACTIVE = 100  # of them are not 0, or all
SAMPLES = (10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000)
BYTES = 16  # columns of the samples, which a memory map holds
ROWS = (10, 30, 100, 300, 1000)  # of a table that is learned in many short epochs
COLUMNS, EPOCHS = 8, 300
SMALL, MANY = 50, 1000  # rows and epochs of the small data, which FANN learns too
SHARED = (
    *ORIGINAL, Spec((784, 256, 10)), Spec((784, 128, 128, 10)), Spec((784, 1000, 500, 10)),
)  # fmt: skip
SHORT_RUN = 4000  # samples from which on "auto" finds the better number of threads
CLIFF = 2  # times the best time of a weight


def timed(
    what: Iterable[Any], timer: Callable[[Any], Callable[[], float]], repeats: int
) -> dict[str, list[float]]:
    """Time timer(one) for each of these, in turns, repeatedly."""
    timers = {str(one): timer(one) for one in what}
    for run in timers.values():
        run()
    return in_turns(timers, repeats)


def measure(quick: bool) -> dict[str, Any]:
    """Measure all of them."""
    _, (X, y), _ = images()
    repeats = 3 if quick else 9
    told = {"on_epoch": lambda net, record: None}
    active = float(np.mean(np.count_nonzero(X[:10_000], axis=1)))
    wide = [Spec((784, width, 10)) for width in WIDTHS]
    deep = [Spec((784, *[64] * depth, 10)) for depth in DEPTHS]
    sparse = [Spec((n, 64, 10)) for n in INPUTS]

    def of(spec: Spec) -> Callable[[], float]:
        n = enough(spec, len(X))
        return compiled(spec, X[:n], y[:n])

    def by(
        numbers: tuple[int, ...], specs: list[Spec], timer: Any, active: float
    ) -> dict[str, Any]:
        own = dict(zip(map(str, numbers), specs, strict=True))
        us = timed(own, lambda name: timer(own[name]), repeats)
        return {"us": us, "weights": {name: touched(own[name], active) for name in own}}

    counts = [*range(1, cores() + 1), "auto"]
    gone: dict[str, str] = {}
    return {
        "width": by(WIDTHS, wide, of, active),
        "depth": by(DEPTHS, deep, of, active),
        "inputs": by(INPUTS, sparse, partial(sparsely, 2000 if quick else 20_000), ACTIVE),
        "samples": of_samples(SAMPLES[:-2] if quick else SAMPLES, repeats),
        "threads": {
            spec.name: timed(counts, partial(shared, spec, X, y), repeats) for spec in SHARED
        },
        "short": {
            spec.name: timed(counts, partial(shared, spec, X[:SHORT_RUN], y), repeats)
            for spec in SHARED[3:]
        },
        "epochs": {
            name: timed(ROWS, lambda n, more=more: partial(an_epoch, n, **more), repeats)
            for name, more in (("an epoch", {}), ("with on_epoch", told))
        },
        "small": small(repeats, gone),
        "missing": gone,
    }  # fmt: skip


def touched(spec: Spec, active: float) -> float:
    """Return the weights that a sample touches, with so many inputs that are not 0 at most."""
    first = min(active, spec.sizes[0]) * spec.sizes[1]
    return first + sum(n_in * n_out for n_in, n_out in pairwise(spec.sizes[1:]))


def sparsely(n: int, spec: Spec) -> Callable[[], float]:
    """Make the timer of n sparse rows, or full ones if there are few inputs."""
    from scipy import sparse

    features = spec.sizes[0]
    numbers = np.random.default_rng(0)
    if features <= ACTIVE:
        X: Any = numbers.random((n, features), np.float32) + np.float32(0.1)
    else:  # each row has its places in parts of equal length
        part = features // ACTIVE
        places = numbers.integers(part, size=(n, ACTIVE)) + part * np.arange(ACTIVE)
        values = numbers.random(n * ACTIVE, np.float32) + np.float32(0.1)
        begins = np.arange(0, n * ACTIVE + 1, ACTIVE)
        X = sparse.csr_array((values, places.reshape(-1), begins), (n, features))
    y = numbers.integers(spec.sizes[-1], size=n)

    def run() -> float:
        return 1e6 * spec.learn(X, y).history[0]["seconds"] / n

    return run


def of_samples(numbers: tuple[int, ...], repeats: int) -> dict[str, list[float]]:
    """Time whole calls of fastnet.train over so many rows of a memory map, one epoch."""
    made = np.random.default_rng(0).integers(0, 256, (100_000, BYTES), np.uint8)
    times: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for n in numbers:
            path = Path(folder, "rows.npy")
            tile(str(path), made[:n], max(1, n // len(made)))
            X, y = np.load(path, mmap_mode="r"), np.arange(n, dtype=np.int32) % 10
            call = partial(whole_call, X, y)
            call()  # the system now has the file in memory
            enough_calls = 3 if n >= 1_000_000 else repeats
            times[str(n)] = [call() for _ in range(enough_calls)]
            del X
            path.unlink()
    return times


def whole_call(X: Array, y: Array) -> float:
    """Return the seconds of a whole call of fastnet.train, one epoch."""
    began = time.perf_counter()
    fastnet.train(X, y, hidden=(16,), epochs=1, verbose=False)
    return time.perf_counter() - began


def small(repeats: int, gone: dict[str, str]) -> dict[str, Any]:
    """Time many epochs of a few rows: all of the call of fastnet.train, and FANN's epochs."""
    numbers = np.random.default_rng(0)
    X, y = numbers.standard_normal((SMALL, COLUMNS), np.float32), np.arange(SMALL) % 3
    start = Spec((COLUMNS, 8, 3)).start()
    task, found = Task(start.weights, start.biases, 0.1, X, y), {}
    for name in ("fastnet", "FANN"):
        try:
            found[name] = partial(Remote(name, task).epochs_seconds, MANY)
        except Missing as reason:
            gone[name] = str(reason)
    times = timed(found, found.__getitem__, repeats)
    return {
        "seconds": times,
        "ratios": {name: ratio(own, times["fastnet"]) for name, own in times.items()},
    }


def an_epoch(n: int, **options: Any) -> float:
    """Return the microseconds of an epoch of n rows, with all overhead around the kernel."""
    X = np.random.default_rng(0).standard_normal((n, COLUMNS))
    began = time.perf_counter()
    fastnet.train(X, np.arange(n) % 3, hidden=(8,), epochs=EPOCHS, verbose=False, **options)
    return 1e6 * (time.perf_counter() - began) / EPOCHS


def shared(spec: Spec, X: Array, y: Array, threads: int | str) -> Callable[[], float]:
    """Make the timer of a pass that so many threads share, in microseconds a sample."""
    n = min(len(X), 10 * enough(spec, len(X)))

    def run() -> float:
        choose = teams.teams
        try:
            if threads != "auto":  # exactly so many, whatever is faster
                teams.teams = lambda most, _: [min(most, threads)]
            net = fastnet.train(
                X[:n], y[:n], init=spec.start(), learning_rate=spec.rate, epochs=1, shuffle=False,
                threads=threads,
            )  # fmt: skip
        finally:
            teams.teams = choose
        return 1e6 * net.history[0]["seconds"] / n

    return run


def medians(times: dict[str, list[float]]) -> dict[str, float]:
    """Return the median of each."""
    return {name: statistics.median(own) for name, own in times.items()}


def of_weights(own: dict[str, Any]) -> dict[str, float]:
    """Return the nanoseconds of a thousand weights that a sample touches."""
    us = medians(own["us"])
    return {name: 1e6 * us[name] / own["weights"][name] for name in us}


def cliffs(costs: dict[str, float]) -> list[str]:
    """Return numbers as cells; * marks those of more than CLIFF times the best."""
    best = min(costs.values())
    return [short(cost) + "*" * (cost > CLIFF * best) for cost in costs.values()]


def tables(figures: dict[str, Any]) -> str:
    """Return a table for each."""
    parts = []
    for kind, head in (
        ("width", "784-width-10, by width"),
        ("depth", "784-64-...-64-10, by hidden layers"),
        ("inputs", f"inputs-64-10, {ACTIVE} inputs not 0, by inputs"),
    ):
        us, costs = medians(figures[kind]["us"]), of_weights(figures[kind])
        rows = [[head, *us], ["µs per sample", *map(short, us.values())]]
        parts.append(table([*rows, ["ns per 1000 weights", *cliffs(costs)]]))
    parts.append(f"\\* more than {CLIFF} times the best of its table")
    of = medians(figures["samples"])
    rows = [
        [f"{BYTES}-16-10, memory map, by samples", *(f"{int(n):,}" for n in of)],
        ["seconds per call", *map(short, of.values())],
        ["µs per sample", *(short(1e6 * seconds / int(n)) for n, seconds in of.items())],
    ]
    parts.append(table(rows))
    for kind, head in (("threads", ""), ("short", f", {SHORT_RUN:,} samples")):
        threads = {name: medians(times) for name, times in figures[kind].items()}
        rows = [[f"µs per sample, by threads{head}", *next(iter(threads.values()))]]
        rows += [[name, *map(short, times.values())] for name, times in threads.items()]
        parts.append(table(rows))
    epochs = {name: medians(times) for name, times in figures["epochs"].items()}
    rows = [[f"µs per epoch, by rows, {COLUMNS}-8-3, {EPOCHS} epochs", *epochs["an epoch"]]]
    rows += [[name, *map(short, times.values())] for name, times in epochs.items()]
    parts.append(table(rows))
    few = figures["small"]
    rows = [[f"{SMALL} rows, {MANY:,} epochs, {COLUMNS}-8-3", "seconds"]]
    rows += [[name, compared(few["seconds"], few["ratios"], name)] for name in few["seconds"]]
    return "\n\n".join([*parts, table(rows), *missing(figures["missing"])])


def chart(figures: dict[str, Any], figure: Any) -> None:
    """Draw a panel for each, except for the short epochs. Its title says what grows how much."""
    figure.set_size_inches(WIDTH, 6)
    panels = figure.subplots(2, 2)
    calls = {n: [1e3 * s for s in times] for n, times in figures["samples"].items()}
    for axes, times, what, label in (
        (panels[0, 0], figures["width"]["us"], "hidden units", "µs per sample, 784-units-10"),
        (panels[0, 1], figures["depth"]["us"], "hidden layers", "µs per sample, 784-64-...-64-10"),
        (panels[1, 0], calls, "samples", f"ms for a call, {BYTES}-16-10"),
    ):
        of = medians(times)
        places, values = [int(name) for name in of], list(of.values())
        axes.plot(places, values, "o-", color=OWN)
        axes.set(xscale="log", yscale="log", xlabel=what)
        axes.set_title(
            f"{places[-1] / places[0]:,.0f} times the {what}:\n"
            f"{values[-1] / values[0]:,.0f} times the time"
        )
        axes.set_ylabel(label)
        axes.set_xticks(places, [of_places(place) for place in places], fontsize=9)
        axes.minorticks_off()
        plain_log(axes.yaxis, *(() if values[-1] > 10 * values[0] else (1, 2, 3, 5, 7)))
    sharing(panels[1, 1], {name: medians(times) for name, times in figures["threads"].items()})


def of_places(number: int) -> str:
    """Return a number in a few letters: 512, 4096, 10k, 10M."""
    for power, letter in ((10**6, "M"), (10**3, "k")):
        if number >= 10 * power or number == power:
            return f"{number // power}{letter}"
    return str(number)


def sharing(axes: Any, threads: dict[str, dict[str, float]]) -> None:
    """Draw the speed-up of each net by the number of threads."""
    speeds = {}
    for name, of in threads.items():
        counts = [int(count) for count in of if count != "auto"]
        speeds[name] = [of["1"] / of[str(count)] for count in counts]
        axes.plot(counts, speeds[name], "o-", color=OTHER)
    heights = apart([times[-1] for times in speeds.values()], 0.055)
    for (name, _), height in zip(speeds.items(), heights, strict=True):
        beside(axes, name, (counts[-1], height), color=OTHER, fontsize=9)
    most = counts[-1]
    axes.set(xlabel="threads", xticks=counts, xlim=(0.9, most + 0.75 * (most - 1) + 0.1))
    axes.set_ylabel("times as fast as one thread")
    best = max(times[-1] for times in speeds.values())
    axes.set_title(f"{most} threads: up to {best:.1f} times as fast,\nthe same bits")


def apart(values: list[float], least: float) -> list[float]:
    """Return the values, some moved up so that labels do not overlap."""
    found = dict.fromkeys(range(len(values)), 0.0)
    below = -float("inf")
    for place in sorted(found, key=values.__getitem__):
        below = found[place] = max(values[place], below + least)
    return list(found.values())
