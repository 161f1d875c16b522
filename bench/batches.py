"""Where mini-batches catch up: one pass over samples, by fastnet and by PyTorch, by width.

All nets have relu units and cross-entropy. fastnet learns one sample after another, PyTorch learns
mini-batches by SGD with momentum, each on one thread in a process of its own, in turns. Nets learn
images of MNIST, four fifths of whose pixels are zero, or noise, of which fastnet can skip nothing.
"""

from __future__ import annotations

import statistics
from functools import partial
from typing import Any

import numpy as np

from .nets import images
from .peers.process import Missing, process
from .report import missing, short, table
from .turns import in_turns, microseconds, ratio, units

PACKAGES_USED = ("numpy", "numba", "torch")
HIDDEN = ((128,), (1024,), (128, 128), (256, 256), (512, 512), (1024, 1024), (2048, 2048))
DENSE = ((128,), (1024,), (512, 512), (1024, 1024), (2048, 2048))
OWN = "fastnet"
WAYS = {  # module, function, arguments
    OWN: ("own", "pass_seconds", ()),
    "PyTorch, by 64": ("torch", "batches_seconds", (64,)),
    "PyTorch, by 512": ("torch", "batches_seconds", (512,)),
}


def measure(quick: bool) -> dict[str, Any]:
    """Time all nets."""
    data, (X, y), _ = images()
    noise = np.random.default_rng(0).standard_normal((4096, 784), np.float32)
    found, gone = [], {}
    for what, rows, nets in ((data, X[:20_000], HIDDEN), ("noise", noise, DENSE)):
        for hidden in nets[:1] if quick else nets:
            timers = {}
            for name, (module, function, arguments) in WAYS.items():
                try:
                    call = process(module, 1).call
                    timer = partial(call, "", function, hidden, *arguments, rows, y[: len(rows)])
                    n = max(512, units(timer, 0.2, len(rows), 512))
                    timers[name] = partial(microseconds, timer, n)
                except Missing as reason:
                    gone[name] = str(reason)
            us = in_turns(timers, 3 if quick else 7)
            ratios = {name: ratio(own, us[OWN]) for name, own in us.items()}
            found.append({"data": what, "hidden": hidden, "us": us, "ratios": ratios})
            print(f"  {what}, {hidden}", flush=True)
    return {"nets": found, "missing": gone}


def tables(figures: dict[str, Any]) -> str:
    """Return a table with a row for each net."""
    names = [name for name in WAYS if name not in figures["missing"]]
    rows = [["µs per sample", *names]]
    for net in figures["nets"]:
        name = "-".join(map(str, (784, *net["hidden"], 10)))
        rows.append([name + ", noise" * (net["data"] == "noise")])
        for way in names:
            us = short(statistics.median(net["us"][way]))
            rows[-1].append(us if way == OWN else f"{us} ({short(net['ratios'][way])}x)")
    about = (
        f"One pass over {figures['nets'][0]['data']} or noise, relu, cross-entropy, one thread. In "
        "brackets: how many times fastnet's time. By 64: mini-batches of 64 samples."
    )
    return "\n\n".join([about, table(rows), *missing(figures["missing"])])
