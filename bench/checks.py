"""The check before the timing: each net must agree with the reference, and must learn."""

from __future__ import annotations

from typing import Any

import fastnet

from .nets import LEARNS, NETS, ORIGINAL, disagreement, images
from .report import table

TITLE = (
    "How far fastnet is from the reference, in rounding errors per sample, and the share of test "
    "images that it recognises"
)


def measure(quick: bool) -> dict[str, Any]:
    """Check each net of the table, or only the timed ones."""
    data, (X, y), test = images()
    for dtype in ("float32", "float64"):
        fastnet.warmup(dtype)
    n, nets = min(20_000 if quick else 60_000, len(X)), []
    for spec in ORIGINAL if quick else NETS:
        off = {name: disagreement(spec, X[:100], y[:100], name) for name in ("float32", "float64")}
        accuracy = spec.learn(X[:n], y[:n]).score(*test)
        assert max(off.values()) < 1, f"{spec.name}: off the reference by {off} roundings a sample"
        assert accuracy > LEARNS, f"{spec.name}: {accuracy:.1%} recognised, wanted {LEARNS:.0%}"
        nets.append({"net": spec.name, "off": off, "accuracy": accuracy})
    return {"data": data, "samples": n, "nets": nets}


def tables(figures: dict[str, Any]) -> str:
    """Return a table of the roundings and the accuracy of each net."""
    rows = [["net", "float32", "float64", "recognised"]]
    rows += [
        [net["net"], *(f"{off:.2f}" for off in net["off"].values()), f"{net['accuracy']:.1%}"]
        for net in figures["nets"]
    ]
    passed = f"after one pass over {figures['samples']} images of {figures['data']}"
    return f"{TITLE} {passed}.\n\n{table(rows)}"
