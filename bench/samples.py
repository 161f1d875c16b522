"""Microseconds for one sample of exact per-sample SGD: fastnet and its peers, in turns.

Each peer learns the same net from the same start, in the same order, as many samples as take a
moment. Beforehand, the weights of each peer with the same arithmetic must agree with the reference,
and every peer must have learned to recognise digits.
"""

from __future__ import annotations

import statistics
from functools import partial
from typing import Any

import numpy as np

from .nets import LEARNS, ORIGINAL, Array, Spec, images, off_reference
from .peers import PEERS
from .peers.base import Task
from .peers.process import Missing, Remote
from .report import PACKAGES, compared, missing, short, table
from .turns import Timer, in_turns, microseconds, ratio, units

PACKAGES_USED = PACKAGES
LEARNER = ORIGINAL[1]  # the net by which each peer shows that it learns
TITLE = (
    "us a sample on {data}, sigmoid, quadratic, one thread unless said: median (range) of fastnet; "
    "of the others, median (how many times as long)."
)


def measure(quick: bool) -> dict[str, Any]:
    """Check and time all peers on the four nets."""
    data, (X, y), test = images()
    test = test[0][:2000], test[1][:2000]
    gone: dict[str, str] = {}
    accuracy = learned(X, y, test, 3000 if quick else 10_000, gone, quick)
    nets = [timed(spec, X, y, gone, quick) for spec in ORIGINAL]
    return {"data": data, "accuracy": accuracy, "missing": gone, "nets": nets}


def present(spec: Spec, X: Array, y: Array, gone: dict[str, str], quick: bool) -> list[Remote]:
    """The peers for this net; the reasons of the missing go to `gone`."""
    net, found = spec.start(), []
    task = Task(net.weights, net.biases, spec.rate, X, y)
    for name, entry in PEERS.items():
        if name in gone or entry.only not in ((), spec.sizes):
            continue
        try:
            if quick and entry.slow_start:
                raise Missing("left out of a quick run, since it starts slowly")
            found.append(Remote(name, task))
        except Missing as reason:
            gone[name] = str(reason)
            print(f"  missing: {name}: {reason}", flush=True)
    return found


def learned(
    X: Array, y: Array, test: tuple[Array, Array], n: int, gone: dict[str, str], quick: bool
) -> dict[str, float]:
    """What each peer recognises after a pass over the first n samples; it must be most."""
    accuracy = {}
    for peer in present(LEARNER, X[:n], y[:n], gone, quick):
        try:
            peer.seconds(n)
            accuracy[peer.name] = float(np.mean(peer.predict(test[0]) == test[1]))
        except Missing as reason:
            gone[peer.name] = str(reason)
            continue
        print(f"  {peer.name}: {accuracy[peer.name]:.1%} after {n} samples", flush=True)
        assert accuracy[peer.name] > LEARNS, f"{peer.name} did not learn"
    return accuracy


def timed(spec: Spec, X: Array, y: Array, gone: dict[str, str], quick: bool) -> dict[str, Any]:
    """Check the peers' arithmetic, and time them in turns."""
    seconds, repeats, most = (0.03, 5, 20_000) if quick else (0.1, 15, 30_000)
    timers: dict[str, Timer] = {}
    off, samples = {}, {}
    for peer in present(spec, X[:most], y[:most], gone, quick):
        try:
            if not PEERS[peer.name].note:
                off[peer.name] = checked(peer, spec, X[:100], y[:100])
            n = samples[peer.name] = units(peer.seconds, seconds, min(most, len(X)))
            timer = partial(microseconds, peer.seconds, n)
            timer()  # JAX compiles anew for each n
            timers[peer.name] = timer
        except Missing as reason:
            gone[peer.name] = str(reason)
    us = in_turns(timers, repeats)
    ratios = {name: ratio(times, us["fastnet"]) for name, times in us.items()}
    medians = ", ".join(f"{name} {short(statistics.median(us[name]))}" for name in us)
    print(f"  {spec.name}: {medians}", flush=True)
    return {"net": spec.name, "off": off, "samples": samples, "us": us, "ratios": ratios}


def checked(peer: Remote, spec: Spec, X: Array, y: Array) -> float:
    """Make sure that a peer's weights are the reference's after all samples: roundings a sample."""
    peer.seconds(len(X))
    off = off_reference(spec, X, y, *peer.parameters())
    assert off < 1, f"{peer.name}: off the reference by {off} roundings a sample"
    return off


def tables(figures: dict[str, Any]) -> str:
    """A row for each peer, a column for each net."""
    title = TITLE.format(data=figures["data"])
    parts = [title, table(rows(figures["nets"])), *notes(figures["nets"])]
    return "\n\n".join([*parts, *missing(figures["missing"])])


def rows(nets: list[dict[str, Any]]) -> list[list[str]]:
    """A head, and a row for each peer that was timed."""
    found = [["us a sample", *(net["net"] for net in nets)]]
    for name in timed_peers(nets):
        mark = "*" if PEERS[name].note else ""
        found.append([name + mark, *(compared(net["us"], net["ratios"], name) for net in nets)])
    return found


def timed_peers(nets: list[dict[str, Any]]) -> list[str]:
    """Names of the peers that were timed with any of the nets."""
    return [name for name in PEERS if any(name in net["us"] for net in nets)]


def notes(nets: list[dict[str, Any]]) -> list[str]:
    """A footnote on the peers whose arithmetic differs, if there are any."""
    found = [f"{name} {PEERS[name].note}" for name in timed_peers(nets) if PEERS[name].note]
    return [f"\\* {'; '.join(found)}."] if found else []


def chart(figures: dict[str, Any], figure: Any) -> None:
    """Bars for each net, on a logarithmic scale."""
    nets = figures["nets"]
    figure.set_size_inches(11, 4.6)
    for axes, net in zip(
        figure.subplots(1, len(nets), sharex=True, sharey=True), nets, strict=True
    ):
        names = timed_peers(nets)[::-1]
        for place, name in enumerate(names):
            if name in net["us"]:
                value = statistics.median(net["us"][name])
                own = name.startswith("fastnet")
                axes.barh(place, value, color="#d1495b" if own else "#8fa3b0", height=0.75)
                axes.annotate(
                    short(value), (value, place), (3, 0), textcoords="offset points",
                    va="center", fontsize=8,
                )  # fmt: skip
        axes.set(xscale="log", title=net["net"])
        axes.set_yticks(range(len(names)), names)
        axes.set_xlim(0.2, 40_000)
        axes.set_xticks([1, 10, 100, 1000, 10_000], ["1", "10", "100", "1000", "10000"])
        axes.grid(axis="y", visible=False)
    figure.suptitle("Microseconds a sample, per-sample SGD (less is better)")
