"""A picture out: what was read, drawn over the picture."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from ..checks import came
from ..files import atomic_write
from ..formats.extras import package
from .pictures import BLUE, GREEN, RED, Picture, taken
from .reading import Box, Reading

SURE = 0.9  # confidence from which a digit is drawn as sure
COLOURS = {True: (0, 114, 178), False: (213, 94, 0)}  # blue and vermilion differ for all eyes
UNREAD = (140, 140, 140)
TEXT = 0.35  # of the height of the digits; and of the picture, the least


def show(image: Any, reading: Reading) -> Any:
    """Draw the boxes and the answers over a picture.

    The boxes of digits that are less sure than 90% are orange, and have their confidence. Marks
    that are not read have grey boxes.

    Parameters
    ----------
    image : path, bytes, binary file, PIL.Image or array
        The picture that was read: see `read`.
    reading : Reading
        What was read.

    Returns
    -------
    PIL.Image.Image
        In colours, as large as the picture, but with at most 4 million pixels.

    Raises
    ------
    TypeError, ValueError, OSError
        It is no picture, or broken.
    ImportError
        Pillow is missing.
    """
    if not isinstance(reading, Reading):
        raise TypeError(f"reading: {came(reading)}, wanted a Reading")
    return drawn(taken(image), reading)


def drawn(picture: Picture, reading: Reading) -> Any:
    """Draw what was read over a picture."""
    pillow = package("PIL.Image", "handwriting", "drawing what was read")
    draws = package("PIL.ImageDraw", "handwriting", "drawing what was read")
    pixels = picture.grey
    if picture.weighted is not None:
        pixels = np.dstack([picture.weighted(weights) for weights in (RED, GREEN, BLUE)])
    large = max(1, 400 // max(picture.grey.shape))  # a tiny picture has no room for answers
    canvas = pillow.fromarray(pixels.clip(0, 255).round().astype("uint8")).convert("RGB")
    canvas = canvas.resize((canvas.width * large, canvas.height * large), 0)
    draw = draws.Draw(canvas)
    scale = large / picture.factor
    heights = sorted(bottom - top for _, top, _, bottom in reading.boxes)
    size = max(TEXT * heights[len(heights) // 2] * scale, 11) if heights else 11
    line = max(1, round(size / 12))

    def outline(box: Box, colour: tuple[int, ...]) -> tuple[float, float]:
        left, top, right, bottom = (side * scale for side in box)
        draw.rectangle((left - line, top - line, right, bottom), outline=colour, width=line)
        return left - line, top - line

    for box in reading.unread:
        outline(box, UNREAD)
    for k, (box, sure) in enumerate(zip(reading.boxes, reading.confidence, strict=True)):
        colour = COLOURS[sure >= SURE]
        text = reading.digits[k] if sure >= SURE else f"{reading.digits[k]} {sure:.0%}"
        label(draw, text, outline(box, colour), size, colour)
    return canvas


def write(path: str | os.PathLike[str], picture: Picture, reading: Reading) -> None:
    """Write what was read, drawn over a picture, as a PNG file, atomically."""
    image = drawn(picture, reading)
    atomic_write(path, lambda file: image.save(file, "png"))


def label(
    draw: Any, text: str, corner: tuple[float, float], size: float, colour: tuple[int, ...]
) -> None:
    """Write an answer above a box, or within it at the upper edge of the picture."""
    x, y = corner
    place = {"font_size": size, "anchor": "lb" if y > size * 1.2 else "lt"}
    around = draw.textbbox((x, y), text, **place)
    draw.rectangle(around, fill=colour)
    draw.text((x, y), text, fill=(255, 255, 255), **place)
