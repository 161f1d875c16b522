"""How long fastnet takes to learn one sample, next to the same scheme in readable NumPy.

    python bench/kernels.py [--quick] [--prototype FOLDER]

Exact per-sample SGD on one thread, sigmoid and quadratic cost, on MNIST where it is found
(FASTNET_DATA, or `fastnet fetch mnist`), else on the bundled digits. fastnet's time is that in the
compiled pass, as its history tells it. What is compared runs in turns, so that a ratio holds on a
busy machine: it is the median of the ratios of neighbours in time. Before anything is timed, each
net must agree with the reference, and learn.

Writes results/kernels.json, with all repeats, and results/kernels.md.
"""

from __future__ import annotations

import argparse
import importlib
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

# One thread for NumPy's matrix products, too: they look here when NumPy is imported.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np  # noqa: E402
import report  # noqa: E402
from nets import NETS, ORIGINAL, Array, Spec, disagreement, load  # noqa: E402

import fastnet  # noqa: E402

LEARNS = 0.7  # of the test images, recognised after one pass

Timer = Callable[[], float]  # runs once, returns microseconds a sample
Peer = Callable[[Spec, Array, Array], Timer]  # one implementation, ready to learn these samples


# Implementations ------------------------------------------------------------------------------


def compiled(
    spec: Spec, X: Array, y: Array, dtype: str = "float32", shuffle: bool = False
) -> Timer:
    """Time fastnet, by the clock in its history: the compiled pass."""

    def run() -> float:
        return 1e6 * spec.learn(X, y, dtype, shuffle).history[0]["seconds"] / len(X)

    return run


def floats(spec: Spec, X: Array, y: Array, shuffle: bool = False) -> Timer:
    """Time fastnet on the same images as float32."""
    return compiled(spec, X.astype(np.float32) / np.float32(255), y, shuffle=shuffle)


def whole_call(spec: Spec, X: Array, y: Array) -> Timer:
    """Time all of fastnet.train: checks and copies before the pass, looks at the weights in it."""

    def run() -> float:
        net = spec.start()
        began = time.perf_counter()
        fastnet.train(
            X, y, init=net, learning_rate=spec.rate, loss=spec.loss, epochs=1, shuffle=False
        )
        return 1e6 * (time.perf_counter() - began) / len(X)

    return run


def numpy_loop(spec: Spec, X: Array, y: Array) -> Timer:
    """Time fastnet.reference in float32, on a fortieth of the samples."""
    few = max(20, len(X) // 40)

    def run() -> float:
        net = spec.reference("float32")
        began = time.perf_counter()
        net.backpropagate(X[:few], y[:few], spec.rate)
        return 1e6 * (time.perf_counter() - began) / few

    return run


def prototype(folder: str) -> Peer:
    """Another implementation, in FOLDER/panels.py and harness.py, that has what is called here."""
    sys.path.insert(0, folder)
    panels, harness = importlib.import_module("panels"), importlib.import_module("harness")

    def peer(spec: Spec, X: Array, y: Array) -> Timer:
        data, labels, order = harness.nonzeros(X), y.astype(np.int32), np.arange(len(X))
        start = spec.start()

        def run() -> float:
            net = panels.Net(start.weights, start.biases)
            return 1e6 * float(net.train(data, labels, order, spec.rate, 1)) / len(X)

        run()  # it compiles
        return run

    return peer


# Comparing them -------------------------------------------------------------------------------


def check(spec: Spec, X: Array, y: Array, test: tuple[Array, Array]) -> dict[str, Any]:
    """Make sure that fastnet computes what the reference does, and that the net learns."""
    off = {name: disagreement(spec, X[:100], y[:100], name) for name in ("float32", "float64")}
    accuracy = spec.learn(X, y).score(*test)
    assert max(off.values()) < 1, f"{spec.name}: off the reference by {off} roundings a sample"
    assert accuracy > LEARNS, f"{spec.name}: {accuracy:.1%} recognised, wanted {LEARNS:.0%}"
    print(f"  {spec.name:34} {max(off.values()):10.2f} {accuracy:19.1%}", flush=True)
    return {"net": spec.name, "off": off, "accuracy": accuracy, "samples": len(X)}


def in_turns(timers: dict[str, Timer], repeats: int) -> dict[str, list[float]]:
    """Time all of them, one after the other, again and again."""
    times: dict[str, list[float]] = {name: [] for name in timers}
    for repeat in range(repeats):
        # Every other round backwards, so that nobody always runs in the wake of the same one.
        for name in list(timers)[:: -1 if repeat % 2 else 1]:
            times[name].append(timers[name]())
    return times


def compare(
    specs: Sequence[Spec], peers: dict[str, Peer], X: Array, y: Array, quick: bool
) -> tuple[list[dict[str, Any]], list[list[str]]]:
    """Time the first of the peers, and all others by how many times as long they take.

    Returns the figures, and a table of them that begins with its head.
    """
    seconds, repeats = (0.05, 7) if quick else (0.1, 25)
    figures, rows = [], [["us a sample", *peers]]
    first, *others = peers
    for spec in specs:
        guess = min(peers[first](spec, X[:1000], y[:1000])() for _ in range(3))
        n = min(len(X), int(1e6 * seconds / guess))
        us = in_turns({name: peer(spec, X[:n], y[:n]) for name, peer in peers.items()}, repeats)
        row, ratios = [spec.name, report.spread(us[first])], {}
        for name in others:
            pairs = zip(us[name], us[first], strict=True)
            ratios[name] = statistics.median(other / own for other, own in pairs)
            row.append(
                f"{report.short(statistics.median(us[name]))} ({report.short(ratios[name])}x)"
            )
        figures.append({"net": spec.name, "samples": n, "us": us, "ratios": ratios})
        rows.append(row)
    return figures, rows


def images() -> tuple[str, tuple[Array, Array], tuple[Array, Array]]:
    """MNIST where it is found, else the bundled digits."""
    try:
        return "mnist", *load("mnist")
    except FileNotFoundError as error:
        print(f"on the bundled digits: {error}")
        return "digits", *load("digits")


def main() -> None:
    """Check, time, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="less than 30 seconds (or QUICK=1)")
    parser.add_argument("--prototype", metavar="FOLDER", help="time what is in there, too")
    arguments = parser.parse_args()
    quick = report.quick(arguments.quick)
    about = report.machine()
    data, (X, y), test = images()
    for dtype in ("float32", "float64"):
        fastnet.warmup(dtype)

    n = 20_000 if quick else len(X)
    print(f"{data}: roundings a sample off the reference, and recognised after one pass")
    checks = [check(spec, X[:n], y[:n], test) for spec in (ORIGINAL if quick else NETS)]

    peers: dict[str, Peer] = {"fastnet": compiled, "NumPy": numpy_loop}
    if arguments.prototype:
        peers["prototype"] = prototype(arguments.prototype)
    nets, rows = compare(ORIGINAL, peers, X, y, quick)
    first = report.table(rows)
    print(f"\n{first}\n", flush=True)

    peers = {
        "uint8": compiled,
        "shuffled": partial(compiled, shuffle=True),
        "float32": floats,
        "... shuffled": partial(floats, shuffle=True),
        "float64 net": partial(compiled, dtype="float64"),
        "whole call": whole_call,
    }
    variants, rows = compare(ORIGINAL[:3:2], peers, X, y, quick)
    second = report.table(list(zip(*rows, strict=True)))
    print(second, flush=True)

    figures = {"data": data, "checks": checks, "nets": nets, "variants": variants}
    title = (
        f"Exact per-sample SGD on {data}, sigmoid, quadratic, one thread: median (range), and of "
        "what is compared, median (how many times as long as the first)."
    )
    report.write("kernels", about, figures, f"{title}\n\n{first}\n\n{second}")


if __name__ == "__main__":
    main()
