"""The kernels' share of this core's limits: one thread, all measured in the same run.

Kernels of fused multiply-adds in registers, and of reads and updates of arrays that fit each cache,
measure the limits. The best of some repeats counts, for limits and nets. The work of a sample is
computed: for a layer with n_in non-zero inputs, forward and update are 2 n_in n_out operations
each, and so is the backward step above the lowest layer. Forward reads each of these weights, and
update reads and writes each again. They are assumed to lie in the smallest cache that holds the
weights of one sample.
"""

from __future__ import annotations

import time
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from fastnet.data.samples import Samples
from fastnet.kernels import simd
from fastnet.kernels.codes import BLOCKS
from fastnet.kernels.jit import kernel
from fastnet.kernels.listed import SAMPLES

from .charts import FAINT, OTHER, OWN, WIDTH, beside, heading
from .kernels import compiled, enough
from .nets import ORIGINAL, Array, Spec, images
from .peers.base import aligned
from .report import short, table
from .turns import Timer, in_turns

GROUPS = (6, 12)  # the first fill the registers of AVX2, the others those of AVX-512
TITLE = (
    "One thread of this core does {peak} billion operations per second on float32 in registers. It "
    "reads and updates arrays in each cache at these rates (a byte that is read and written counts "
    "once):"
)


def multiply_add(groups):
    """Return a kernel of fused multiply-adds in registers, in independent groups of 16 lanes."""

    @kernel
    def run(array, rounds):
        a = simd.load(array, 0, groups)
        x = simd.load(array, 16 * groups, 1)
        for _ in range(rounds):
            a = simd.fma(a, x, x)
            a = simd.fma(a, x, x)
        simd.store(array, 0, a)

    return run


@kernel
def read(array, rounds):
    """Add up an array, some times, in 8 independent groups."""
    total = simd.zeros(array, 8, 1)
    for _ in range(rounds):
        for i in range(0, len(array), 128):
            total = total + simd.load(array, i, 8)
    return simd.total(simd.fold_groups(total, 1))


@kernel
def update(array, rounds):
    """Change each number of an array, some times."""
    x = simd.load(array, 0, 1)
    for _ in range(rounds):
        for i in range(0, len(array), 128):
            simd.store(array, i, simd.fma(simd.load(array, i, 8), x, x))


def seconds(function: Any, array: Array, rounds: int) -> float:
    """Return the seconds of one round."""
    began = time.perf_counter()
    function(array, rounds)
    return (time.perf_counter() - began) / rounds


def caches() -> dict[str, int]:
    """Return the bytes of each data cache from Linux, or else usual sizes."""
    found = {}
    for folder in sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        if (folder / "type").read_text().strip() != "Instruction":
            size = (folder / "size").read_text().strip()
            found[f"L{(folder / 'level').read_text().strip()}"] = int(size[:-1]) * 1024
    return found or {"L1": 32 << 10, "L2": 512 << 10, "L3": 16 << 20}


def floats(size: int) -> Array:
    """Return an array of so many bytes, whose numbers no kernel here changes."""
    return aligned(np.zeros(size // 512 * 128, np.float32))


def measure(quick: bool) -> dict[str, Any]:
    """Time the limits and the nets in turns."""
    data, (X, y), _ = images()
    sizes = caches()
    # Half a cache, so that the array does fit. A large L3 is shared with others.
    places = {name: min(size // 2, 32 << 20) for name, size in sizes.items()}
    places["DRAM"] = 256 << 20
    timers: dict[str, Timer] = {
        f"{groups} groups": partial(seconds, multiply_add(groups), floats(2048), 100_000)
        for groups in GROUPS
    }
    for name, size in places.items():
        array = floats(size)
        rounds = max(1, (32 << 20) // size)
        timers[f"{name} read"] = partial(seconds, read, array, rounds)
        timers[f"{name} update"] = partial(seconds, update, array, rounds)
    for spec in ORIGINAL:
        n = enough(spec, len(X))
        timers[spec.name] = compiled(spec, X[:n], y[:n])
    noise = np.random.default_rng(0).standard_normal((2000, 784), np.float32)
    timers[DENSE.name] = compiled(DENSE, noise, y[:2000])
    for timer in timers.values():
        timer()
    times = in_turns(timers, 3 if quick else 9)
    best = {name: min(own) for name, own in times.items() if name not in NAMES}
    peaks = [64 * groups / best.pop(f"{groups} groups") / 1e9 for groups in GROUPS]
    limits = {"peak": max(peaks)}
    limits |= {name: places[name.split()[0]] / took / 1e9 for name, took in best.items()}
    nets = [share(spec, times[spec.name], limits, sizes, X) for spec in ORIGINAL]
    dense = share(DENSE, times[DENSE.name], limits, sizes, noise)
    nets.append(dense | {"net": f"{DENSE.name}, dense"})
    return {"data": data, "caches": sizes, "limits": limits, "nets": nets}


DENSE = Spec((784, 512, 10), rate=0.01)  # learns noise without zeros
NAMES = [spec.name for spec in (*ORIGINAL, DENSE)]


def moved_rows(spec: Spec, X: Array, active: float) -> float:
    """Return the rows of the first layer's weights that pass through the caches for a sample.

    A block of samples moves a row once, if any of them has that input.
    """
    if spec.start().passes.method(Samples(X, np.dtype("float32"))) != BLOCKS:
        return active
    blocks = X[: len(X) // SAMPLES * SAMPLES].reshape(-1, SAMPLES, X.shape[1])
    return float((blocks != 0).any(axis=1).sum(axis=1).mean()) / SAMPLES


def share(
    spec: Spec, us: list[float], limits: dict[str, float], sizes: dict[str, int], X: Array
) -> dict[str, Any]:
    """Return the least time that a sample of a net needs, and the time that it takes."""
    active = float(np.mean(np.count_nonzero(X[:10_000], axis=1)))
    layers = [(active, spec.sizes[1]), *pairwise(spec.sizes[1:])]
    weights = sum(n_in * n_out for n_in, n_out in layers)
    operations = 2 * (2 * weights + sum(n_in * n_out for n_in, n_out in layers[1:]))
    home = next((name for name, size in sizes.items() if 4 * weights <= size), "DRAM")
    computing = operations / limits["peak"] / 1e3  # us
    moved = weights - (active - moved_rows(spec, X, active)) * spec.sizes[1]
    moving = 4 * moved * (1 / limits[f"{home} read"] + 1 / limits[f"{home} update"]) / 1e3
    took = min(us)
    return {
        "net": spec.name, "us": us, "active": active, "operations": operations,
        "bytes": 8 * moved, "home": home, "computing": computing, "moving": moving,
        "share": max(computing, moving) / took,
    }  # fmt: skip


def tables(figures: dict[str, Any]) -> str:
    """Return a table of the limits, and one of the nets' shares of them."""
    limits, places = figures["limits"], [*figures["caches"], "DRAM"]
    machine = [["GB/s", *places]]
    for kind in ("read", "update"):
        machine.append([kind, *(short(limits[f"{place} {kind}"]) for place in places)])
    head = ["net", "µs per sample", "operations", "GFLOP/s", "weights in", "GB/s"]
    rows = [[*head, "share of the limit"]]
    for net in figures["nets"]:
        us = min(net["us"])
        rows.append(
            [
                net["net"], short(us), f"{net['operations']:,.0f}",
                short(net["operations"] / us / 1e3), net["home"],
                short(net["bytes"] / us / 1e3), f"{net['share']:.0%}",
            ]
        )  # fmt: skip
    title = TITLE.format(peak=short(limits["peak"]))
    about = (
        "The last column is the least time that a sample needs by either limit, as a share of the "
        "time that fastnet takes. It can exceed 100%: the weights count as lying in the smallest "
        "cache that holds all of one sample's, but part of them may lie in a faster one. A "
        "block of samples moves a weight of the first layer once."
    )
    return f"{title}\n\n{table(machine)}\n\n{about}\n\n{table(rows)}"


def chart(figures: dict[str, Any], figure: Any) -> None:
    """Draw each net's shares of the limits: a dot for computing, one for moving the weights."""
    nets = figures["nets"]
    figure.set_size_inches(WIDTH, 0.45 * len(nets) + 1.6)
    axes = figure.subplots()
    for place, net in enumerate(nets):
        shares = [net[kind] / min(net["us"]) for kind in ("computing", "moving")]
        axes.plot(shares, [place, place], color=FAINT, lw=2, zorder=1)
        for share, colour in zip(shares, (OTHER, OWN), strict=True):
            side = 1 if share == max(shares) else -1
            axes.plot(share, place, "o", ms=8, color=colour)
            aside = {"shift": (8 * side, 0), "ha": "left" if side > 0 else "right"}
            beside(axes, f"{share:.0%}", (share, place), color=colour, **aside)
    of_last = {"weight": "bold", "shift": (0, 14), "ha": "center"}
    beside(axes, "computing", (shares[0], place), color=OTHER, **of_last)
    beside(axes, "moving the weights", (shares[1], place), color=OWN, **of_last)
    most = max(1, *(net["share"] for net in nets))
    axes.axvline(1, color=OTHER, lw=1)
    beside(axes, "the core's limit", (1, -0.3), color=OTHER)
    axes.set(xlim=(0, most + 0.25), ylim=(len(nets) - 0.5, -0.6))
    axes.set_xlabel("least time that the core needs for a sample / time that fastnet takes")
    axes.set_yticks(range(len(nets)), [net["net"] for net in nets])
    axes.xaxis.set_major_formatter("{x:.0%}")
    axes.grid(axis="y", visible=False)
    low, high = nets[0], nets[len(ORIGINAL) - 1]
    heading(figure, f"{low['net']} runs at {low['share']:.0%} of this core's limit, "
            f"{high['net']} at {high['share']:.0%}")  # fmt: skip
