"""Reading pictures: pages of six test digits, of the kinds that people photograph, scan and draw.

Each kind has a hundred pages, whose digits, sizes, shades and noise are drawn anew (`pages`). They
are read by the net that comes with the package. A digit is right if it is read at its place: the
figure is 1 - edits / digits, where an edit changes, adds or drops a digit.
"""

from __future__ import annotations

import statistics
import time
from typing import Any

import numpy as np

from fastnet import handwriting

from .nets import images
from .pages import EACH, KINDS, Array, Kind, page
from .report import short, table

PACKAGES_USED = ("numpy",)
PAGES, SEED = 100, 17
WANTED = "size, shade and noise"
HEAD = ("pages of test digits", "% of digits right", "% of pages all right", "ms a page")


def measure(quick: bool) -> dict[str, Any]:
    """Read the pages of each kind."""
    data, _, (X, y) = images()
    net = handwriting.pretrained()
    pages = PAGES // 10 if quick else PAGES
    X = X.reshape(-1, 28, 28)
    found = {
        name: of_kind(X, y, kind, net, pages, k) for k, (name, kind) in enumerate(KINDS.items())
    }
    alone = 100 * net.score(X.reshape(len(X), -1), y)
    return {"data": data, "pages": pages, "kinds": found, "alone": alone}


def of_kind(X: Array, y: Array, kind: Kind, net: Any, pages: int, k: int) -> dict[str, Any]:
    """Read pages of a kind."""
    edits, whole, seconds, n = 0, 0, [], EACH * kind.rows
    for number in range(pages):
        rng = np.random.default_rng([SEED, k, number])
        chosen = rng.choice(len(X), n, replace=False)
        picture, truth = page(X[chosen], kind, rng), "".join(map(str, y[chosen]))
        start = time.perf_counter()
        read = handwriting.read(picture, net).digits
        seconds.append(time.perf_counter() - start)
        edits += distance(truth, read)
        whole += truth == read
    right = 100 * (1 - edits / (pages * n))
    return {"right": right, "whole": 100 * whole / pages, "ms": 1000 * statistics.median(seconds)}


def distance(wanted: str, came: str) -> int:
    """Return how many digits must change, come or go."""
    row = list(range(len(came) + 1))
    for i, one in enumerate(wanted):
        before, row[0] = row[0], i + 1
        for j, other in enumerate(came):
            change = before + (one != other)
            before, row[j + 1] = row[j + 1], min(change, row[j] + 1, row[j + 1] + 1)
    return row[-1]


def tables(figures: dict[str, Any]) -> str:
    """Return a table of the kinds."""
    rows = [[*HEAD]]
    for name, found in figures["kinds"].items():
        rows.append(
            [name, f"{found['right']:.1f}", f"{found['whole']:.0f}", short(found["ms"])]
        )
    about = (
        f"{figures['pages']} pages of each kind, with six test digits of {figures['data']} (three "
        f"rows: 18). As images, the net has {figures['alone']:.1f}% of all test digits right. The "
        f"goal is 95% for {WANTED}."
    )
    return f"{table(rows)}\n\n{about}"
