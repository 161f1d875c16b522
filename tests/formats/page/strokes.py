"""Digits as strokes of a pen, in shares of the side of the paper, and their ink on the page."""

import base64
import math
from typing import Any

import numpy as np

from .pages import Array

PAPER = 280  # pixels

Stroke = list[tuple[float, float]]


def arc(x: float, y: float, rx: float, ry: float, start: float, end: float) -> Stroke:
    """Part of an ellipse; the angles are in degrees, clockwise from the right."""
    turns = [math.radians(start + (end - start) * k / 24) for k in range(25)]
    return [(x + rx * math.cos(a), y + ry * math.sin(a)) for a in turns]


STROKES: dict[int, list[Stroke]] = {
    0: [arc(0.5, 0.5, 0.2, 0.32, -100, 260)],
    1: [[(0.45, 0.3), (0.54, 0.18), (0.5, 0.82)]],
    2: [[*arc(0.5, 0.34, 0.19, 0.17, -170, 20), (0.3, 0.8), (0.74, 0.8)]],
    3: [[*arc(0.48, 0.34, 0.18, 0.16, -160, 80), *arc(0.48, 0.66, 0.2, 0.17, -80, 160)]],
    4: [[(0.36, 0.2), (0.3, 0.52), (0.7, 0.5)], [(0.66, 0.2), (0.6, 0.84)]],
    5: [
        [(0.38, 0.2), (0.36, 0.46), *arc(0.47, 0.63, 0.2, 0.19, -120, 150)],
        [(0.38, 0.2), (0.7, 0.2)],
    ],
    6: [[(0.6, 0.16), (0.42, 0.4), *arc(0.5, 0.66, 0.17, 0.17, -170, 190)]],
    7: [[(0.3, 0.24), (0.72, 0.22), (0.48, 0.82)]],
    8: [[*arc(0.5, 0.33, 0.15, 0.14, 80, -270), *arc(0.5, 0.66, 0.18, 0.18, -90, 270)]],
    9: [[*arc(0.5, 0.36, 0.17, 0.17, -20, -360), (0.66, 0.36), (0.58, 0.84)]],
}

# For scripts that are given numbers as text, and return the bytes of numbers as text.
BYTES = """
const from = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const to = (numbers) => btoa(Array.from(new Uint8Array(numbers.buffer),
                                        (byte) => String.fromCharCode(byte)).join(""));
"""
INK = f"() => {{ {BYTES} return to(inkOf()); }}"


def numbers(text: str, dtype: str = "u1") -> Array:
    return np.frombuffer(base64.b64decode(text), dtype)


def ink_of(page: Any) -> Array:
    """The ink that is on the page."""
    return numbers(page.evaluate(INK)).reshape(PAPER, PAPER)


def drawn_by_mouse(page: Any, digit: int) -> None:
    box = page.locator("#drawing").bounding_box()
    for stroke in STROKES[digit]:
        at = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
        page.mouse.move(*at[0])
        page.mouse.down()
        for place in at[1:]:
            page.mouse.move(*place, steps=2)
        page.mouse.up()
