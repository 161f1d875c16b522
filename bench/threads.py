"""How many nets side by side, and how many threads a net: nets per minute on two cores.

A net learns MNIST, as it is or deformed, or a mixed table. One net has one thread, two, or what
"auto" finds, and so have nets one after the other. Two nets side by side have one thread each.
"""

from __future__ import annotations

import statistics
import time
from functools import partial
from typing import Any

import fastnet
from fastnet.training import teams

from . import made
from .nets import Array, Spec, images
from .report import cores, table
from .turns import in_turns, ratio

NETS = {  # epochs of a net, and the most images of each
    Spec((784, 16, 16, 10)): (20, 60_000),
    Spec((784, 100, 10)): (10, 60_000),
    Spec((784, 800, 10)): (2, 60_000),
    Spec((784, 1000, 500, 10)): (1, 20_000),
}
BENT = (Spec((784, 100, 10)), Spec((784, 800, 10)))  # these learn deformed images, too
TABLE = 20_000  # rows of the table
TABLE_EPOCHS = 20
WAYS = ("1 net, 1 thread", "1 net, 2 threads", "1 net, auto", "2 nets, 1 thread each")


def measure(quick: bool) -> dict[str, Any]:
    """Time all nets in all ways, in turns."""
    _, (X, y), _ = images()
    found, less = [], 10 if quick else 1
    for spec, (epochs, n) in NETS.items():
        n = min(len(X), n) // less
        options = {"hidden": spec.sizes[1:-1], "learning_rate": spec.rate, "epochs": epochs}
        found.append(timed(spec.name, X[:n], y[:n], options, quick))
        if spec in BENT:
            bent = {**options, "augment": "elastic"}
            found.append(timed(f"{spec.name}, elastic", X[:n], y[:n], bent, quick))
    frame, labels = made.mixed(TABLE // less)
    options = {"encode": "table", "epochs": TABLE_EPOCHS}
    found.append(timed("a table", frame, labels, options, quick))
    return {"nets": found, "cores": cores()}


def timed(name: str, X: Any, y: Array, options: dict[str, Any], quick: bool) -> dict[str, Any]:
    """Return the nets per minute of each way."""
    timers = {
        WAYS[0]: partial(one, X, y, options, 1),
        WAYS[1]: partial(one, X, y, options, 2),
        WAYS[2]: partial(one, X, y, options, "auto"),
        WAYS[3]: partial(two, X, y, options),
    }
    for timer in timers.values():
        timer()
    minutes = in_turns(timers, 3 if quick else 5)
    pace = {way: [1 / own for own in times] for way, times in minutes.items()}
    gains = {way: ratio(own, pace[WAYS[0]]) for way, own in pace.items()}
    print(f"  {name}: {gains}", flush=True)
    learned = {"samples": len(y), "epochs": options["epochs"]}
    return {"name": name, **learned, "pace": pace, "gains": gains}


def one(X: Any, y: Array, options: dict[str, Any], threads: int | str) -> float:
    """Return the minutes of one net that has exactly so many threads, or "auto"."""
    choose = teams.teams
    try:
        if threads != "auto":
            teams.teams = lambda most, _: [min(most, threads)]
        began = time.perf_counter()
        fastnet.train(X, y, threads=threads, verbose=False, **options)
        return (time.perf_counter() - began) / 60
    finally:
        teams.teams = choose


def two(X: Any, y: Array, options: dict[str, Any]) -> float:
    """Return the minutes of a net, of two that learn side by side."""
    began = time.perf_counter()
    fastnet.train_seeds(X, y, 2, threads=2, verbose=False, **options)
    return (time.perf_counter() - began) / 60 / 2


def tables(figures: dict[str, Any]) -> str:
    """Return the table of nets per minute."""
    rows = [["nets per minute", "epochs x samples", *WAYS]]
    for net in figures["nets"]:
        pace = {way: statistics.median(own) for way, own in net["pace"].items()}
        gains = {way: f" ({net['gains'][way]:.2f}x)" for way in WAYS[1:]}
        cells = [f"{pace[way]:,.0f}{gains.get(way, '')}" for way in WAYS]
        rows.append([net["name"], f"{net['epochs']} x {net['samples']:,}", *cells])
    about = f"{figures['cores']} cores. In brackets: how many times one net with one thread."
    return f"{about}\n\n{table(rows)}"
