"""Deformed images: microseconds an image, and what they cost a training.

Beside fastnet, SciPy smooths the random fields and a compiled loop reads the pixels, as one would
write it. A training is timed with images as they are, with such as were deformed before, which have
more pixels that are not zero, and with `augment`, which deforms the next ones beside the learning.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numba import njit

import fastnet
from fastnet import Elastic

from .nets import Array, Spec, images
from .report import compared, short, table
from .turns import Timer, in_turns, ratio

PACKAGES_USED = ("numpy", "numba", "scipy")
SIDES = (28, 32, 64)
KINDS = {"elastic": Elastic(), "affine": Elastic(alpha=0)}
OWN, SCIPY = "fastnet", "SciPy and Numba"
NET = Spec((784, 800, 10), "relu", "cross-entropy", 0.01)
PLAIN, BEFORE, BESIDE = "images as they are", "deformed before", "augment"
THREADS = 1, "auto"


def measure(quick: bool) -> dict[str, Any]:
    """Time images of three sizes, and a net."""
    data, (X, y), _ = images()
    n, repeats = (500, 5) if quick else (2000, 15)
    found = [timed(kind, resized(X[:n], side), repeats) for side in SIDES for kind in KINDS]
    n, repeats = (3000, 3) if quick else (20_000, 7)
    return {"data": data, "images": found, "learning": learned(X[:n], y[:n], repeats)}


def resized(X: Array, side: int) -> Array:
    """Return images of 28 x 28 as such of another size, pixels of which come several times."""
    nearest = np.arange(side) * 28 // side
    rows: Array = X.reshape(-1, 28, 28)[:, nearest][:, :, nearest]
    return np.ascontiguousarray(rows).reshape(len(X), -1)


# Images ------------------------------------------------------------------------------------------


def timed(kind: str, X: Array, repeats: int) -> dict[str, Any]:
    """Time the deformation of images, in microseconds an image, on one core."""
    elastic = KINDS[kind]
    ways: dict[str, Callable[[Array], Any]] = {
        OWN: elastic.deform, SCIPY: partial(by_scipy, elastic),
    }  # fmt: skip
    timers: dict[str, Timer] = {}
    for name, deform in ways.items():
        own = X if name == OWN else X[: len(X) // 10]  # that takes long
        deform(own[:2])  # compiles, or loads what was compiled
        timers[name] = partial(seconds_each, deform, own)
    us = in_turns(timers, repeats)
    ratios = {name: ratio(times, us[OWN]) for name, times in us.items()}
    return {"kind": kind, "side": int(len(X[0]) ** 0.5), "us": us, "ratios": ratios}


def seconds_each(deform: Callable[[Array], Any], X: Array) -> float:
    """Return the microseconds in which an image is deformed."""
    began = time.perf_counter()
    deform(X)
    return 1e6 * (time.perf_counter() - began) / len(X)


def by_scipy(elastic: Elastic, X: Array) -> Array:
    """Return images that are deformed in the same way, by other random numbers."""
    from scipy.ndimage import gaussian_filter1d

    n, side = len(X), int(len(X[0]) ** 0.5)
    rng = np.random.default_rng(0)
    fields = np.zeros((2, n, side, side), np.float32)
    if elastic.alpha:
        fields = 2 * rng.random(fields.shape, np.float32) - 1
        for axis in (2, 3):
            fields = gaussian_filter1d(fields, elastic.sigma, axis, mode="constant", truncate=2.2)
        fields *= elastic.alpha
    angle = np.deg2rad(rng.uniform(-elastic.rotation, elastic.rotation, n))
    across, down = 1 + rng.uniform(-elastic.scaling, elastic.scaling, (2, n))
    shear = rng.uniform(-elastic.shear, elastic.shear, n)
    maps = [
        np.cos(angle) * across, shear - np.sin(angle) * across,
        np.sin(angle) * down, np.cos(angle) * down,
    ]  # fmt: skip
    out = np.empty((n, side, side), np.uint8)
    read(X.reshape(out.shape), fields, np.array(maps), out)
    return out


@njit
def read(images, fields, maps, out):  # type: ignore[no-untyped-def]
    """Read each pixel from its place, between four others."""
    n, side, _ = images.shape
    middle = (side - 1) / 2
    for i in range(n):
        a, b, c, d = maps[:, i]
        for r in range(side):
            for q in range(side):
                x = a * (q - middle) + b * (r - middle) + middle + fields[0, i, r, q]
                y = c * (q - middle) + d * (r - middle) + middle + fields[1, i, r, q]
                left, top, s = int(np.floor(x)), int(np.floor(y)), 0.5
                for k in (top, top + 1):
                    for j in (left, left + 1):
                        if 0 <= k < side and 0 <= j < side:
                            s += images[i, k, j] * (1 - abs(x - j)) * (1 - abs(y - k))
                out[i, r, q] = np.uint8(s)


# Learning ----------------------------------------------------------------------------------------


def learned(X: Array, y: Array, repeats: int) -> list[dict[str, Any]]:
    """Time an epoch of the net, in microseconds a sample, for numbers of threads."""
    before = Elastic().deform(X)
    density = [float((images > 0).mean()) for images in (X, before)]
    found = []
    for threads in THREADS:
        ways: dict[str, tuple[Array, dict[str, Any]]] = {
            PLAIN: (X, {}), BEFORE: (before, {}), BESIDE: (X, {"augment": Elastic()}),
        }  # fmt: skip
        timers: dict[str, Timer] = {
            name: partial(epoch, rows, y, {"threads": threads, **more})
            for name, (rows, more) in ways.items()
        }
        for timer in timers.values():
            timer()  # compiles, or loads what was compiled
        us = in_turns(timers, repeats)
        ratios = {name: ratio(times, us[PLAIN]) for name, times in us.items()}
        beside = ratio(us[BESIDE], us[BEFORE])
        found.append(
            {"threads": threads, "us": us, "ratios": ratios, "beside": beside, "density": density}
        )
    return found


def epoch(X: Array, y: Array, options: dict[str, Any]) -> float:
    """Return the microseconds of a sample in one epoch, with all that a call does."""
    net = NET.start()
    began = time.perf_counter()
    fastnet.train(
        X, y, init=net, learning_rate=NET.rate, epochs=1, schedule="constant", verbose=False,
        **options,
    )  # fmt: skip
    return 1e6 * (time.perf_counter() - began) / len(X)


# Tables of figures -------------------------------------------------------------------------------


def tables(figures: dict[str, Any]) -> str:
    """Return a table of the images and one of the net."""
    rows = [["µs an image, one core", OWN, SCIPY]]
    for one in figures["images"]:
        cells = [compared(one["us"], one["ratios"], name, [OWN]) for name in (OWN, SCIPY)]
        rows.append([f"{one['kind']}, {one['side']} x {one['side']}", *cells])
    learning = figures["learning"]
    head = [f"{NET.name}, µs a sample", PLAIN, BEFORE, BESIDE]
    body = [
        [f"threads: {one['threads']}"]
        + [compared(one["us"], one["ratios"], name, [PLAIN]) for name in head[1:]]
        for one in learning
    ]
    plain, deformed = (f"{100 * share:.0f}%" for share in learning[0]["density"])
    beside = " and ".join(f"{short(one['beside'])} times" for one in learning)
    said = (
        f"Of {figures['data']}'s pixels {plain} are not zero, and {deformed} of those deformed, so "
        f"that they take longer to learn. With augment, an epoch takes {beside} as long as with "
        "images that were deformed before."
    )
    return "\n\n".join([table(rows), table([head, *body]), said])
