"""The time for one sample of exact per-sample SGD: fastnet and its peers, in turns.

Each peer learns the same net from the same start, in the same order, for a moment. Before that, the
weights of each peer with the same arithmetic must agree with the reference, and every peer must
learn to recognise digits.
"""

from __future__ import annotations

import statistics
from functools import partial
from typing import Any

import numpy as np

from .charts import FAINT, OTHER, OWN, WIDTH, beside, heading, plain_log
from .nets import LEARNS, ORIGINAL, Array, Spec, images, off_reference
from .peers import PEERS
from .peers.base import Task
from .peers.process import Missing, Remote
from .report import PACKAGES, compared, missing, short, table
from .turns import Timer, in_turns, microseconds, ratio, units

PACKAGES_USED = PACKAGES
NAMES = {"mnist": "MNIST", "digits": "the bundled digits"}
GROUPS = {  # the libraries of the summary, and the variants of each
    "fastnet": ("fastnet",),
    "fastnet, all threads": ("fastnet, all threads",),
    "C, AVX-512 by hand": ("AVX-512 by hand in C",),
    "C, by hand, two threads": ("AVX-512 by hand in C, two threads",),
    "plain C": ("plain C",),
    "JAX": ("JAX scan (in, out)", "JAX scan (out, in)"),
    "PyTorch": ("PyTorch, by hand", "PyTorch, compiled", "PyTorch, eager"),
    "NumPy": ("NumPy",),
    "scikit-learn": ("scikit-learn",),
}
SHADES = (FAINT, "#8496a5", "#5d7386", OTHER)  # of the nets, from the smallest
LEARNER = ORIGINAL[1]  # the net by which each peer shows that it learns
TITLE = (
    "Microseconds per sample on {data}, sigmoid, quadratic loss, one thread unless stated. "
    "fastnet: median and range. Others: median, and how many times fastnet's time that is."
)
SUMMARY = (
    "Microseconds per sample on {data}, sigmoid, quadratic loss, one thread unless stated. In "
    "brackets: how many times fastnet's time. A library with several variants has its fastest here."
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
    """Return the peers for this net; the reasons for missing ones go to `gone`."""
    net, found = spec.start(), []
    task = Task(net.weights, net.biases, spec.rate, X, y)
    for name, entry in PEERS.items():
        if name in gone or (entry.only and spec.sizes not in entry.only):
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
    """Return each peer's accuracy after a pass over the first n samples; raise if it is low."""
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
    """Check a peer's weights after all samples; return their distance in roundings a sample."""
    peer.seconds(len(X))
    off = off_reference(spec, X, y, *peer.parameters())
    assert off < 1, f"{peer.name}: off the reference by {off} roundings a sample"
    return off


def tables(figures: dict[str, Any]) -> str:
    """Return a table: a row for each peer, a column for each net."""
    title = TITLE.format(data=NAMES.get(figures["data"], figures["data"]))
    parts = [title, table(rows(figures["nets"])), *notes(figures["nets"])]
    return "\n\n".join([*parts, *missing(figures["missing"])])


def rows(nets: list[dict[str, Any]]) -> list[list[str]]:
    """Return a head, and a row for each peer that was timed."""
    found = [["µs per sample", *(net["net"] for net in nets)]]
    for name in timed_peers(nets):
        mark = "*" if PEERS[name].note else ""
        found.append([name + mark, *(compared(net["us"], net["ratios"], name) for net in nets)])
    return found


def timed_peers(nets: list[dict[str, Any]]) -> list[str]:
    """Return the names of the peers that were timed with any of the nets."""
    return [name for name in PEERS if any(name in net["us"] for net in nets)]


def notes(nets: list[dict[str, Any]]) -> list[str]:
    """Return a footnote on the peers whose arithmetic differs, if there are any."""
    found = [f"{name} {PEERS[name].note}" for name in timed_peers(nets) if PEERS[name].note]
    return [f"\\* {'; '.join(found)}."] if found else []


def groups(net: dict[str, Any]) -> dict[str, str]:
    """Return the libraries, and for each its fastest variant on this net."""
    found = {}
    for group, names in GROUPS.items():
        timed = [name for name in names if name in net["us"]]
        if timed:
            found[group] = min(timed, key=lambda name: statistics.median(net["us"][name]))
    return found


def summary(figures: dict[str, Any]) -> str:
    """Return a table with a row for each library, at its fastest variant."""
    nets = figures["nets"]
    best = [groups(net) for net in nets]
    found = [["µs per sample", *(net["net"] for net in nets)]]
    for group in GROUPS:
        cells = []
        for net, names in zip(nets, best, strict=True):
            name = names.get(group)
            time = short(statistics.median(net["us"][name])) if name else ""
            factor = f" ({brief(net['ratios'][name])}x)" if name and group != "fastnet" else ""
            cells.append(f"{time}{factor}")
        if any(cells):
            noted = any(name in PEERS and PEERS[name].note for name in GROUPS[group])
            found.append([group + "*" * noted, *cells])
    title = SUMMARY.format(data=NAMES.get(figures["data"], figures["data"]))
    shown = [net | {"us": {name: net["us"][name] for name in groups(net).values()}} for net in nets]
    return "\n\n".join([title, table(found), *notes(shown)])


def factors(nets: list[dict[str, Any]], group: str) -> list[float]:
    """Return a library's time as a multiple of fastnet's, for each net that it was timed with."""
    found = [(net, groups(net)) for net in nets]
    return [net["ratios"][names[group]] for net, names in found if group in names]


def chart(figures: dict[str, Any], figure: Any) -> None:
    """Draw each library's time as a multiple of fastnet's: a row for each, a dot for each net."""
    nets = figures["nets"]
    of = {group: found for group in GROUPS if (found := factors(nets, group))}
    figure.set_size_inches(WIDTH, 0.4 * len(of) + 1.6)
    axes = figure.subplots()
    for place, (group, found) in enumerate(of.items()):
        least, most = min(found), max(found)
        axes.plot([least, most], [place, place], color=FAINT, lw=2, zorder=1)
        for factor, shade in zip(found, SHADES, strict=False):
            axes.plot(factor, place, "o", ms=8, color=OWN if group == "fastnet" else shade)
        text = " to ".join(dict.fromkeys([brief(least), brief(most)])) + " times"
        if group == "fastnet":
            times = [statistics.median(net["us"]["fastnet"]) for net in nets]
            text = f"{short(min(times))} to {short(max(times))} µs per sample"
        beside(axes, text, (most, place), color=OWN if group == "fastnet" else OTHER)
    widest = max(of, key=lambda group: max(of[group]) / min(of[group]))
    for end, side in ((-1, "left"), (0, "right")):
        beside(axes, nets[end]["net"], (of[widest][end], list(of).index(widest)), ha=side,
               shift=(-4 if side == "left" else 4, 13), color=OTHER, fontsize=8.5)  # fmt: skip
    axes.axvline(1, color=OWN, lw=1, zorder=0)
    axes.set(xscale="log", xlim=(0.5, 1000), ylim=(len(of) - 0.4, -0.6))
    axes.set_yticks(range(len(of)), of)
    axes.get_yticklabels()[0].set_color(OWN)
    plain_log(axes.xaxis, 1)
    axes.grid(axis="y", visible=False)
    axes.set_xlabel("time per sample, as a multiple of fastnet's; a darker dot is a larger net")
    heading(figure, point(of))


def point(of: dict[str, list[float]]) -> str:
    """Return the point of the chart, in two lines."""
    shown = [group for group in ("plain C", "JAX", "NumPy") if group in of]
    said = [f"{group} takes {min(of[group]):.0f} to {max(of[group]):.0f}" for group in shown]
    return f"Learning one sample at a time,\n{', '.join(said)} times as long as fastnet"


def brief(factor: float) -> str:
    """Return a number with two digits, or all before the point: 0.91, 3.3, 168."""
    return f"{factor:.2g}" if factor < 10 else f"{factor:.0f}"
