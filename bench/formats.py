"""The size of a net's file in each format, and what rounded weights lose."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import fastnet
from fastnet.formats.exporting import FORMATS, export

from .nets import images
from .report import missing, table

PACKAGES_USED = ("onnx", "safetensors", "skops", "scikit-learn", "torch")
HIDDEN = (64, 32)
WEIGHTS = ("float32", "float16", "int8")
RIGHT = "% of the test digits right"
ABOUT = (
    "In kB of 1,000 bytes. The flash of C is that of its tables. An empty cell: the format has no "
    "such weights."
)


def measure(quick: bool) -> dict[str, Any]:
    """Write a net in each format, with weights of each type."""
    data, (X, y), test = images()
    net = fastnet.train(
        X, y, hidden=HIDDEN, activation="relu", loss="cross-entropy", epochs=1 if quick else 5
    )
    files: dict[str, dict[str, int]] = {}
    gone: dict[str, str] = {}
    for name in FORMATS:
        try:
            files |= sizes(net, name)
        except ImportError as error:
            gone[name] = str(error)
    rounded = {weights: net.rounded(weights) for weights in WEIGHTS[1:]}
    right = {name: 100 * each.score(*test) for name, each in {WEIGHTS[0]: net, **rounded}.items()}
    sizes_of_net = "-".join(map(str, net.sizes))
    return {"data": data, "net": sizes_of_net, "bytes": files, "right": right, "missing": gone}


def sizes(net: fastnet.Network, name: str) -> dict[str, dict[str, int]]:
    """Return the bytes of a format's files by the type of their weights; of C the flash, too."""
    found: dict[str, dict[str, int]] = {name: {}}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"net{FORMATS[name].suffix}"
        for weights in WEIGHTS:
            rounds = weights != WEIGHTS[0]
            if rounds and not has(name, weights):
                continue
            report = export(net, name, path, **({"weights": weights} if rounds else {}))
            found[name][weights] = os.path.getsize(path)
            if "flash" in report:
                found.setdefault(f"{name}, flash", {})[weights] = report["flash"]
    return found


def has(name: str, weights: str) -> bool:
    """Tell whether a format has weights of this type."""
    return "weights" in FORMATS[name].options and (name, weights) != ("c", "float16")


def tables(figures: dict[str, Any]) -> str:
    """Return the table."""
    rows = [[f"{figures['net']}, kB", *WEIGHTS]]
    for name, of in figures["bytes"].items():
        rows.append([name, *(f"{of[w] / 1000:.0f}" if w in of else "" for w in WEIGHTS)])
    rows.append([RIGHT, *(f"{figures['right'][w]:.2f}" for w in WEIGHTS)])
    about = f"{ABOUT} The digits are those of {figures['data']}."
    return "\n\n".join([table(rows), about, *missing(figures["missing"])])
