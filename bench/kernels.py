"""The time of different data and nets: microseconds a sample of the compiled pass, in turns.

    python -m bench.kernels --prototype FOLDER [--quick]

times another implementation in turns with fastnet instead, and writes nothing. FOLDER/panels.py has
a class `Net(weights, biases)` whose `train(data, labels, order, eta, cores)` returns the seconds it
took. FOLDER/harness.py has a function `nonzeros(images)` that makes its `data`.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

import fastnet

from .nets import ORIGINAL, Array, Spec, images
from .report import compared, table
from .turns import Timer, in_turns, ratio

Variant = Callable[[Spec, Array, Array], Timer]

TITLE = (
    "Microseconds per sample on {data}, one thread. First row: median and range. Other rows: "
    "median, and how many times the first row's time that is."
)


def compiled(
    spec: Spec,
    X: Array,
    y: Array,
    dtype: str = "float32",
    shuffle: bool = False,
    l2: float = 0.0,
) -> Timer:
    """Make the timer of fastnet's compiled pass, by the clock in its history."""

    def run() -> float:
        return 1e6 * spec.learn(X, y, dtype, shuffle, l2).history[0]["seconds"] / len(X)

    return run


def floats(spec: Spec, X: Array, y: Array, shuffle: bool = False) -> Timer:
    """Make the timer of fastnet on the same images as float32."""
    return compiled(spec, X.astype(np.float32) / np.float32(255), y, shuffle=shuffle)


def whole_call(spec: Spec, X: Array, y: Array) -> Timer:
    """Make the timer of a whole call of fastnet.train, with its checks and copies."""

    def run() -> float:
        net = spec.start()
        began = time.perf_counter()
        fastnet.train(
            X, y, init=net, learning_rate=spec.rate, loss=spec.loss, epochs=1, shuffle=False
        )
        return 1e6 * (time.perf_counter() - began) / len(X)

    return run


def prototype(folder: str) -> Variant:
    """Make the timer of another implementation, in FOLDER/panels.py and harness.py."""
    sys.path.insert(0, folder)
    panels, harness = importlib.import_module("panels"), importlib.import_module("harness")

    def variant(spec: Spec, X: Array, y: Array) -> Timer:
        data, labels, order = harness.nonzeros(X), y.astype(np.int32), np.arange(len(X))
        start = spec.start()

        def run() -> float:
            net = panels.Net(start.weights, start.biases)
            return 1e6 * float(net.train(data, labels, order, spec.rate, 1)) / len(X)

        run()  # it compiles
        return run

    return variant


VARIANTS: dict[str, Variant] = {
    "uint8": compiled,
    "shuffled": partial(compiled, shuffle=True),
    "float32": floats,
    "... shuffled": partial(floats, shuffle=True),
    "float64 net": partial(compiled, dtype="float64"),
    "with l2": partial(compiled, l2=1e-4),
    "whole call": whole_call,
}


def enough(spec: Spec, n: int) -> int:
    """Return how many of n samples take some hundredths of a second."""
    return min(n, 700_000_000 // spec.parameters)


def compare(
    specs: Sequence[Spec], variants: dict[str, Variant], X: Array, y: Array, quick: bool
) -> list[dict[str, Any]]:
    """Time the first variant, and the others as multiples of its time."""
    seconds, repeats = (0.05, 7) if quick else (0.1, 25)
    figures = []
    first = next(iter(variants))
    for spec in specs:
        guess = min(variants[first](spec, X[:1000], y[:1000])() for _ in range(3))
        n = min(len(X), int(1e6 * seconds / guess))
        us = in_turns({name: of(spec, X[:n], y[:n]) for name, of in variants.items()}, repeats)
        ratios = {name: ratio(times, us[first]) for name, times in us.items()}
        figures.append({"net": spec.name, "samples": n, "us": us, "ratios": ratios})
    return figures


def measure(quick: bool) -> dict[str, Any]:
    """Time the variants on two of the nets."""
    data, (X, y), _ = images()
    return {"data": data, "nets": compare(ORIGINAL[:3:2], VARIANTS, X, y, quick)}


def tables(figures: dict[str, Any]) -> str:
    """Return a table: a row for each variant, a column for each net."""
    nets = figures["nets"]
    first = next(iter(nets[0]["us"]))
    rows = [["µs per sample", *(net["net"] for net in nets)]]
    for name in nets[0]["us"]:
        cells = [compared(net["us"], net["ratios"], name, [first]) for net in nets]
        rows.append([name, *cells])
    return f"{TITLE.format(data=figures['data'])}\n\n{table(rows)}"


def main() -> None:
    """Compare with a prototype."""
    parser = argparse.ArgumentParser(prog="python -m bench.kernels")
    parser.add_argument("--prototype", metavar="FOLDER", required=True)
    parser.add_argument("--quick", action="store_true")
    arguments = parser.parse_args()
    data, (X, y), _ = images()
    variants = {"fastnet": compiled, "prototype": prototype(arguments.prototype)}
    print(tables({"data": data, "nets": compare(ORIGINAL, variants, X, y, arguments.quick)}))


if __name__ == "__main__":
    main()
