"""The time of a sample by width, depth, samples and threads; and the time of short epochs."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import numpy as np

import fastnet

from .charts import OTHER, OWN, WIDTH, beside, plain_log
from .kernels import compiled, enough
from .nets import ORIGINAL, Array, Spec, images
from .report import cores, short, table
from .turns import in_turns

WIDTHS = (16, 32, 64, 128, 256, 512, 1024, 2048)
DEPTHS = (1, 2, 4, 8, 16)
SAMPLES = (1000, 3000, 10_000, 30_000, 60_000)
ROWS = (10, 30, 100, 300, 1000)  # of a table that is learned in many short epochs
COLUMNS, EPOCHS = 8, 300
NET = Spec((784, 64, 32, 10))
SHARED = (*ORIGINAL, Spec((784, 1000, 500, 10)))


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

    def of(spec: Spec) -> Callable[[], float]:
        n = enough(spec, len(X))
        return compiled(spec, X[:n], y[:n])

    teams = [*range(1, cores() + 1), "auto"]
    return {
        "width": timed(WIDTHS, lambda width: of(Spec((784, width, 10))), repeats),
        "depth": timed(DEPTHS, lambda depth: of(Spec((784, *[64] * depth, 10))), repeats),
        "samples": timed(
            [n for n in SAMPLES if n <= len(X)],
            lambda n: partial(whole_call, X[:n], y[:n]), repeats,
        ),
        "threads": {
            spec.name: timed(teams, partial(shared, spec, X, y), repeats) for spec in SHARED
        },
        "epochs": {
            name: timed(ROWS, lambda n, more=more: partial(an_epoch, n, **more), repeats)
            for name, more in (("an epoch", {}), ("with on_epoch", told))
        },
    }  # fmt: skip


def whole_call(X: Array, y: Array) -> float:
    """Return the seconds of a whole call of fastnet.train, one epoch."""
    began = time.perf_counter()
    fastnet.train(X, y, hidden=NET.sizes[1:-1], epochs=1)
    return time.perf_counter() - began


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
        net = fastnet.train(
            X[:n], y[:n], init=spec.start(), learning_rate=spec.rate, epochs=1, shuffle=False,
            threads=threads,
        )  # fmt: skip
        return 1e6 * net.history[0]["seconds"] / n

    return run


def medians(times: dict[str, list[float]]) -> dict[str, float]:
    """Return the median of each."""
    return {name: statistics.median(own) for name, own in times.items()}


def tables(figures: dict[str, Any]) -> str:
    """Return a table for each."""
    parts = []
    for kind, head in (
        ("width", "784-width-10, by width"),
        ("depth", "784-64-...-64-10, by hidden layers"),
    ):
        of = medians(figures[kind])
        rows = [[head, *of], ["µs per sample", *map(short, of.values())]]
        parts.append(table(rows))
    of = medians(figures["samples"])
    rows = [
        [f"{NET.name}, by samples", *of],
        ["seconds per call", *map(short, of.values())],
        ["µs per sample", *(short(1e6 * seconds / int(n)) for n, seconds in of.items())],
    ]
    parts.append(table(rows))
    threads = {name: medians(times) for name, times in figures["threads"].items()}
    rows = [["µs per sample, by threads", *next(iter(threads.values()))]]
    rows += [[name, *map(short, times.values())] for name, times in threads.items()]
    parts.append(table(rows))
    epochs = {name: medians(times) for name, times in figures["epochs"].items()}
    rows = [[f"µs per epoch, by rows, {COLUMNS}-8-3, {EPOCHS} epochs", *epochs["an epoch"]]]
    rows += [[name, *map(short, times.values())] for name, times in epochs.items()]
    return "\n\n".join([*parts, table(rows)])


def chart(figures: dict[str, Any], figure: Any) -> None:
    """Draw a panel for each, except for the short epochs. Its title says what grows how much."""
    figure.set_size_inches(WIDTH, 6)
    panels = figure.subplots(2, 2)
    of_samples = {n: [1e3 * s for s in times] for n, times in figures["samples"].items()}
    for axes, times, what, label in (
        (panels[0, 0], figures["width"], "hidden units", "µs per sample, 784-units-10"),
        (panels[0, 1], figures["depth"], "hidden layers", "µs per sample, 784-64-...-64-10"),
        (panels[1, 0], of_samples, "samples", f"ms for a call, {NET.name}"),
    ):
        of = medians(times)
        places, values = [int(name) for name in of], list(of.values())
        axes.plot(places, values, "o-", color=OWN)
        axes.set(xscale="log", yscale="log", xlabel=what)
        axes.set_title(
            f"{places[-1] / places[0]:.0f} times the {what}:\n"
            f"{values[-1] / values[0]:.0f} times the time"
        )
        axes.set_ylabel(label)
        axes.set_xticks(places, [f"{place:,}" for place in places], fontsize=9)
        axes.minorticks_off()
        plain_log(axes.yaxis, *(() if values[-1] > 10 * values[0] else (1, 2, 3, 5, 7)))
    sharing(panels[1, 1], {name: medians(times) for name, times in figures["threads"].items()})


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
