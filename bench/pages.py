"""Pictures of pages with digits of MNIST, of the kinds that people photograph, scan and draw.

A page begins as an array of ink from 0 to 1. Ink and paper, shade, noise and the rest make a
picture in grey of it. All sizes, places and shades are drawn anew for each page.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any, NamedTuple

import numpy as np
from PIL import Image, ImageFilter

Array = np.ndarray[Any, Any]
Rng = np.random.Generator


class Kind(NamedTuple):
    """What a page has.

    Attributes
    ----------
    rows : int
        Of six digits each.
    size : tuple of float
        Heights of the digits' boxes of 20 pixels; those of a page differ by a fifth.
    gap : tuple of float
        Between digits, as a share of the height; below 0 they may touch.
    stroke : float
        Pixels, as a share of the height, by which strokes are thicker (or thinner, below 0).
    shade : float
        How much darker the darkest corner is.
    shadow : bool
        Whether a shadow with a sharp edge lies on the page.
    noise : float
        The standard deviation of the noise; white is 1.
    slant : float
        Degrees by which rows go up or down, at most.
    lines : str
        "ruled", "squared" or none.
    light : bool
        Whether the ink is light and the paper dark.
    blur : float
        Radius of the blur, as a share of the height.
    quality : int
        That of JPEG, or 0.
    table : bool
        Whether the page lies on a dark table.
    cut : bool
        Whether the picture is cut to its digits, with 5% of their height around them at most.
    """

    rows: int = 1
    size: tuple[float, float] = (30, 120)
    gap: tuple[float, float] = (0.12, 0.6)
    stroke: float = 0
    shade: float = 0
    shadow: bool = False
    noise: float = 0
    slant: float = 0
    lines: str = ""
    light: bool = False
    blur: float = 0
    quality: int = 0
    table: bool = False
    cut: bool = False


USUAL = Kind(shade=0.5, noise=0.06)
KINDS = {
    "clean": Kind(),
    "size, shade and noise": USUAL,
    "small digits": USUAL._replace(size=(16, 26)),
    "light on dark": USUAL._replace(light=True, shade=0.3),
    "thin strokes": USUAL._replace(stroke=-0.035),
    "thick strokes": USUAL._replace(stroke=0.06),
    "a shadow with an edge": USUAL._replace(shadow=True),
    "much noise": USUAL._replace(noise=0.15),
    "some digits touch": USUAL._replace(gap=(-0.08, 0.12)),
    "slanted rows": USUAL._replace(slant=12),
    "ruled paper": USUAL._replace(lines="ruled"),
    "squared paper": USUAL._replace(lines="squared"),
    "three rows": USUAL._replace(rows=3, slant=3),
    "JPEG of low quality": USUAL._replace(quality=15),
    "blurred": USUAL._replace(blur=0.06),
    "on a dark table": USUAL._replace(table=True, slant=4),
    "a screenshot": Kind(size=(24, 80), quality=80),
    "ruled paper, turned": USUAL._replace(lines="ruled", slant=10),
    "squared paper, turned": USUAL._replace(lines="squared", slant=10),
    "cut to the digits": USUAL._replace(cut=True),
}
EACH = 6  # digits in a row


def page(images: Array, kind: Kind, rng: Rng) -> Array:
    """Return a picture, as uint8 of grey, of digits (n, 28, 28), of which six make a row."""
    size = float(np.exp(rng.uniform(*np.log(kind.size))))
    ink = written(images[: EACH * kind.rows], size, kind, rng)
    if kind.cut:
        ink = close(ink, int(size * rng.uniform(0, 0.05)))
    marked = ruled(ink.shape, size, kind, rng)
    if kind.slant:
        angle = float(rng.uniform(-kind.slant, kind.slant))
        ink, marked = (turned(each, angle) for each in (ink, marked))
    paper, depth = rng.uniform(0.7, 0.97), rng.uniform(0.55, 0.95)
    picture = paper * (1 - depth * ink) * (1 - rng.uniform(0.15, 0.45) * marked * (1 - ink))
    if kind.light:
        picture = 1 - picture
    picture = picture * shades(ink.shape, kind, rng)
    if kind.table:
        wide = int(size * rng.uniform(0.5, 2))
        picture = np.pad(picture, wide, constant_values=rng.uniform(0.1, 0.3))
    picture = picture + rng.normal(0, kind.noise, picture.shape)
    return photographed((255 * picture).clip(0, 255).round().astype(np.uint8), size, kind)


def written(images: Array, size: float, kind: Kind, rng: Rng) -> Array:
    """Return rows of digits as ink from 0 to 1, with a margin."""
    margin = int(size * rng.uniform(0.5, 1.5))
    pitch = int(size * rng.uniform(1.3, 2.2))  # from row to row
    wide = int(EACH * size * 1.6) + 2 * margin
    ink = np.zeros((2 * margin + int(1.2 * size) + pitch * kind.rows, wide), np.float32)
    for row in range(len(images) // EACH):
        x = margin
        for image in images[EACH * row :][:EACH]:
            mark = drawn(image, size * rng.uniform(0.9, 1.1), kind.stroke)
            y = margin + row * pitch + int(size * rng.uniform(0, 0.15))
            height, width = mark.shape
            here = ink[y : y + height, x : x + width]
            np.maximum(here, mark[: here.shape[0], : here.shape[1]], out=here)
            x += width + int(size * rng.uniform(*kind.gap))
    return ink


def close(ink: Array, margin: int) -> Array:
    """Return the part of the page that has ink, and some pixels around it."""
    rows, columns = (np.flatnonzero(ink.any(axis=axis)) for axis in (1, 0))
    return np.pad(ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], margin)


def drawn(image: Array, size: float, stroke: float) -> Array:
    """Return the box of a digit, so large that 20 of its pixels get `size`."""
    side = round(28 / 20 * size)
    large = Image.fromarray(image).resize((side, side), Image.Resampling.BICUBIC)
    pixels = round(abs(stroke) * size)
    if pixels:
        large = large.filter(
            (ImageFilter.MaxFilter if stroke > 0 else ImageFilter.MinFilter)(2 * (pixels // 2) + 1)
        )
    mark = np.asarray(large)
    rows, columns = (np.flatnonzero((mark > 40).any(axis=axis)) for axis in (1, 0))
    if not rows.size:
        return mark / np.float32(255)
    return mark[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] / np.float32(255)


def ruled(shape: tuple[int, int], size: float, kind: Kind, rng: Rng) -> Array:
    """Return the lines of the paper."""
    lines = np.zeros(shape, np.float32)
    step, thick = int(size * rng.uniform(0.8, 1.6)), max(1, round(size / 40))
    first = int(rng.integers(step))
    for k in range(thick):
        if kind.lines:
            lines[first + k :: step] = 1
        if kind.lines == "squared":
            lines[:, first + k :: step] = 1
    return lines


def turned(values: Array, angle: float) -> Array:
    """Return the page turned by degrees."""
    image = Image.fromarray((255 * values).round().astype(np.uint8))
    image = image.rotate(angle, Image.Resampling.BICUBIC, expand=True)
    return np.asarray(image) / np.float32(255)


def shades(shape: tuple[int, int], kind: Kind, rng: Rng) -> Array:
    """Return the light on each pixel."""
    y, x = np.mgrid[: shape[0], : shape[1]] / np.array(shape)[:, None, None]
    angle = rng.uniform(0, 2 * np.pi)
    along = np.cos(angle) * (x - 0.5) + np.sin(angle) * (y - 0.5)
    light = 1 - kind.shade * (along - along.min()) / np.ptp(along)
    if kind.shadow:
        light = np.where(along > rng.uniform(-0.2, 0.2), 0.55 * light, light)
    return np.asarray(light)


def photographed(pixels: Array, size: float, kind: Kind) -> Array:
    """Return the picture after blur and JPEG."""
    image = Image.fromarray(pixels)
    if kind.blur:
        image = image.filter(ImageFilter.GaussianBlur(kind.blur * size))
    if kind.quality:
        file = BytesIO()
        image.save(file, "jpeg", quality=kind.quality)
        image = Image.open(file)
    return np.asarray(image)
