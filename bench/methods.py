"""The methods of the first layer, sample by sample and by blocks, by width and share of non-zeros.

These figures are the reason for the rule by which a run chooses: see `Passes.method`.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from fastnet.data.samples import Samples
from fastnet.kernels.codes import BLOCKS

from .nets import Array, Spec
from .report import short, table
from .turns import in_turns, ratio

METHODS = {"singly": None, "blocks": BLOCKS}  # singly: whatever the shape asks for
SIZES = (
    (784, 512, 10), (784, 256, 10), (784, 100, 10), (784, 64, 10), (784, 32, 10), (784, 16, 10),
    (200, 64, 10), (64, 256, 10), (64, 64, 10), (30, 500, 10), (30, 16, 10),
)  # fmt: skip
SHARES = (1, 0.5, 0.2, 0.05)


def timer(spec: Spec, X: Array, y: Array, method: int | None) -> Callable[[], float]:
    """Make the timer of the compiled pass with one of the methods, in microseconds a sample."""
    start, n = spec.start(), len(X)
    samples, workspace = Samples(X, start.dtype), start.passes.workspace(1, method)
    targets, rates = start.outputs.targets(y, n), np.full(n, 0.01, start.dtype)

    def run() -> float:
        net = start.copy()
        began = time.perf_counter()
        net.passes.over(workspace, samples, np.arange(n), targets, rates)
        return 1e6 * (time.perf_counter() - began) / n

    run()
    return run


def measure(quick: bool) -> dict[str, Any]:
    """Time all methods, for nets of many sizes, on numbers some of which are 0."""
    rng, found = np.random.default_rng(0), []
    for sizes in SIZES[::4] if quick else SIZES:
        spec = Spec(sizes)
        n = max(200, min(20_000, int(1e8 / spec.parameters / 4)))
        numbers, y = rng.normal(size=(n, sizes[0])), rng.integers(0, sizes[-1], n)
        for share in SHARES:
            X = (numbers * (rng.random(numbers.shape) < share)).astype(np.float32)
            timers = {name: timer(spec, X, y, method) for name, method in METHODS.items()}
            us = in_turns(timers, 3 if quick else 7)
            ratios = {name: ratio(us["singly"], times) for name, times in us.items()}
            picked = spec.start().passes.method(Samples(X, np.dtype("float32")))
            chosen = "blocks" if picked == BLOCKS else "singly"
            found.append(
                {"net": spec.name, "share": share, "us": us, "ratios": ratios, "picked": chosen}
            )
    return {"nets": found}


def tables(figures: dict[str, Any]) -> str:
    """Return a table: a row for each net and share, with speed-ups and a mark at the choice."""
    title = (
        "Learning on random floats, a given share of them not 0. 'singly': microseconds per sample "
        "without blocks. Other columns: how many times as fast blocks of samples are. * marks what "
        "`train` chooses."
    )
    rows = [["net", "not 0", *METHODS]]
    for one in figures["nets"]:
        us, marks = statistics.median(one["us"]["singly"]), dict.fromkeys(METHODS, "")
        marks[one["picked"]] = "*"
        cells = [f"{short(us)}{marks['singly']}"]
        cells += [f"{one['ratios'][name]:.2f}x{marks[name]}" for name in list(METHODS)[1:]]
        rows.append([one["net"], f"{one['share']:.0%}", *cells])
    return f"{title}\n\n{table(rows)}"
