"""Calls from Python: samples learned or answered one by one, dense inputs, many predicted."""

from __future__ import annotations

import time
from functools import partial
from typing import Any

import numpy as np

import fastnet

from .nets import ORIGINAL, Array, Spec, images
from .peers.base import Task
from .peers.process import Missing, Remote
from .report import PACKAGES, compared, missing, table
from .samples import notes, timed
from .samples import rows as of_peers
from .turns import Timer, in_turns, microseconds, ratio, units

PACKAGES_USED = PACKAGES
CALLS = (  # peer, and the methods that its users call
    ("fastnet", ("learn_one", "bare_learn", "partial_fit", "predict_one", "bare_predict")),
    ("FANN", ("learn_one", "predict_one")),
    ("NumPy", ("learn_one", "predict_one")),
    ("PyTorch, by hand", ("learn_one", "predict_one")),
    ("PyTorch, eager", ("learn_one", "predict_one")),
    ("JAX scan (in, out)", ("learn_one", "predict_one")),
    ("scikit-learn", ("learn_one", "predict_one")),
)
FIRST = ("fastnet, learn_one", "fastnet, predict_one")  # what the others are compared with
BATCHED = ("fastnet", "NumPy", "PyTorch, eager", "JAX scan (in, out)", "scikit-learn")
DENSE = Spec((784, 512, 10), rate=0.01)
PREDICTING = Spec((784, 128, 10))
ANSWERED = (  # nets that answer dense rows, and how many
    (Spec((784, 128, 10)), 100), (Spec((784, 128, 10)), 10_000), (Spec((784, 512, 512, 10)), 2000),
    (Spec((100, 1000, 10)), 5000), (Spec((30, 64, 64, 3)), 20_000), (Spec((9, 64, 3)), 100_000),
)  # fmt: skip
STREAMED, NO_ENCODING = 9, "arrays, without an encoding"  # numbers of an example


def measure(quick: bool) -> dict[str, Any]:
    """Measure all of them."""
    _, (X, y), _ = images()
    gone: dict[str, str] = {}
    single = [called(spec, X[:200], y[:200], gone, quick) for spec in ORIGINAL[:3:2]]
    n = 1000 if quick else 5000
    noise = np.random.default_rng(0).standard_normal((n, 784), np.float32)
    dense = timed(DENSE, noise, y[:n], gone, quick)
    predicting = [predicted(X[:10_000], y, every_core, gone, quick) for every_core in (False, True)]
    return {
        "single": single, "dense": dense, "missing": gone, "streamed": streamed(quick),
        "predicting": [figures for figures in predicting if figures["ms"]],
        "answering": [
            answered(spec, n, every_core, quick)
            for spec, n in ANSWERED
            for every_core in (False, True)
        ],
    }  # fmt: skip


def remotes(
    names: Any, spec: Spec, X: Array, y: Array, gone: dict[str, str], every_core: bool = False
) -> dict[str, Remote]:
    """Return the peers that can run here."""
    net, found = spec.start(), {}
    for name in names:
        try:
            found[name] = Remote(
                name, Task(net.weights, net.biases, spec.rate, X, y), every_core=every_core
            )
        except Missing as reason:
            gone[name] = str(reason)
    return found


def called(spec: Spec, X: Array, y: Array, gone: dict[str, str], quick: bool) -> dict[str, Any]:
    """Time calls with one sample, in microseconds."""
    timers: dict[str, Timer] = {}
    peers = remotes([name for name, _ in CALLS], spec, X, y, gone)
    for name, methods in CALLS:
        for method in methods if name in peers else ():
            call = partial(peers[name].call_seconds, method, X, y)
            n = units(call, 0.02 if quick else 0.05, 20_000, 20)
            timers[f"{name}, {method}"] = partial(microseconds, call, n)
    us = in_turns(timers, 5 if quick else 15)
    ratios = {name: ratio(times, us[FIRST["predict" in name]]) for name, times in us.items()}
    return {"net": spec.name, "us": us, "ratios": ratios}


def streamed(quick: bool) -> dict[str, Any]:
    """Time examples of a stream, predicted and then learned, in microseconds an example."""
    rows = np.random.default_rng(0).standard_normal((1000, STREAMED))
    labels = (rows[:, 0] > 0).astype(int).tolist()
    names = [f"column {j}" for j in range(STREAMED)]
    forms: dict[str, list[Any]] = {
        NO_ENCODING: list(rows), "arrays": list(rows), "lists": rows.tolist(),
        "dicts": [dict(zip(names, row, strict=True)) for row in rows.tolist()],
    }  # fmt: skip
    timers: dict[str, Timer] = {}
    for name, examples in forms.items():
        net = fastnet.train_stream(
            zip(examples, labels, strict=True), encode="none" if name == NO_ENCODING else "table",
            hidden=(16,), activation="relu", loss="cross-entropy", learning_rate=0.02,
        )  # fmt: skip
        timers[name] = partial(stream_microseconds, net, examples, labels)
        timers[name]()  # compiles, or loads what was compiled
    us = in_turns(timers, 5 if quick else 15)
    return {"us": us, "ratios": {name: ratio(times, us[NO_ENCODING]) for name, times in us.items()}}


def stream_microseconds(net: fastnet.Network, rows: list[Any], labels: list[int]) -> float:
    """Return the microseconds in which a net predicts and then learns an example."""
    predict, learn, began = net.predict_one, net.learn_one, time.perf_counter()
    for x, y in zip(rows, labels, strict=True):
        predict(x)
        learn(x, y)
    return 1e6 * (time.perf_counter() - began) / len(rows)


def predicted(
    X: Array, y: Array, every_core: bool, gone: dict[str, str], quick: bool
) -> dict[str, Any]:
    """Time the outputs of all images, in milliseconds."""
    absent: dict[str, str] = {}  # missing on several threads: the title says so
    peers = remotes(
        BATCHED, PREDICTING, X[:100], y[:100], absent if every_core else gone, every_core
    )
    own = peers["fastnet"].proba(X) if peers else None
    for name, peer in peers.items():
        if name != "scikit-learn":  # which ends in a softmax
            assert np.allclose(peer.proba(X), own, atol=1e-5), f"{name} predicts something else"
    timers = {name: partial(peer.outputs_seconds, X) for name, peer in peers.items()}
    for timer in timers.values():
        timer()
    ms = in_turns(timers, 7 if quick else 25)
    ms = {name: [1e3 * seconds for seconds in times] for name, times in ms.items()}
    ratios = {name: ratio(times, ms["fastnet"]) for name, times in ms.items()}
    return {"every_core": every_core, "ms": ms, "ratios": ratios}


def answered(spec: Spec, n: int, every_core: bool, quick: bool) -> dict[str, Any]:
    """Time the outputs of dense rows, fastnet's and NumPy's, in microseconds a row."""
    X = np.random.default_rng(0).standard_normal((n, spec.sizes[0]), np.float32)
    peers = remotes(("fastnet", "NumPy"), spec, X[:2], np.arange(2), {}, every_core)
    timers: dict[str, Timer] = {
        name: partial(peer.outputs_seconds, X) for name, peer in peers.items()
    }
    for timer in timers.values():
        for _ in range(-(-(1 << 28) // (n * spec.parameters))):  # until the pass for many is loaded
            timer()
    us = in_turns(timers, 5 if quick else 15)
    us = {name: [1e6 * seconds / n for seconds in times] for name, times in us.items()}
    ratios = {name: ratio(times, us["fastnet"]) for name, times in us.items() if name != "fastnet"}
    return {"net": spec.name, "rows": n, "every_core": every_core, "us": us, "ratios": ratios}


def answers(figures: list[dict[str, Any]]) -> str:
    """Return the table of the rows that were answered."""
    heads = ["one thread", "NumPy", "all threads", "NumPy"]
    rows = [["µs per row", "rows", *heads[: 2 * len({one["every_core"] for one in figures})]]]
    for one in figures:
        if not one["us"]:
            continue
        if rows[-1][:2] != [one["net"], f"{one['rows']:,}"]:
            rows.append([one["net"], f"{one['rows']:,}"])
        rows[-1] += [compared(one["us"], one["ratios"], name) for name in one["us"]]
    return table(rows)


def tables(figures: dict[str, Any]) -> str:
    """Return a table for each of them."""
    single, dense, stream = figures["single"], figures["dense"], figures["streamed"]
    rows = [["µs per call", *(net["net"] for net in single)]]
    for name in single[0]["us"]:
        rows.append([name, *(compared(net["us"], net["ratios"], name, FIRST) for net in single)])
    predicting = figures["predicting"]
    heads = ["all threads" if one["every_core"] else "one thread" for one in predicting]
    many = [["ms", *heads]]
    for name in predicting[0]["ms"]:
        many.append([name, *(compared(one["ms"], one["ratios"], name) for one in predicting)])
    examples = [[name, compared(stream["us"], stream["ratios"], name)] for name in stream["us"]]
    parts = [
        "One sample per call. 'bare' is fastnet's compiled call alone, after a copy of the sample:",
        table(rows),
        f"Examples of {STREAMED} numbers, predicted and then learned, with a running encoding:",
        table([["µs per example", "9-16-2"], *examples]),
        "Learning dense data: standardised noise in float32, without zeros:",
        table(of_peers([dense])),
        *notes([dense]),
        f"Predicting 10,000 images, {PREDICTING.name}:",
        table(many),
        "Predicting dense rows, noise in float32, beside NumPy's matmul with the sigmoids:",
        answers(figures["answering"]),
        *missing(figures["missing"]),
    ]
    return "\n\n".join(parts)
