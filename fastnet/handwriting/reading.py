"""Digits read from a picture: ink, marks, images as MNIST's, and what a net says of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ..images.centring import SIDE, as_mnist
from .grouping import digits_among, rows_of
from .marks import Mark, marks_in
from .paper import ink_of, without_lines

if TYPE_CHECKING:
    from ..model.ensemble import Ensemble
    from ..model.network import Network

Array = np.ndarray[Any, Any]
Box = tuple[int, int, int, int]
DARK = 0.3  # of a piece of ink is surely ink: the rest are its edges
FULL = 0.75  # of the ink of a mark is lighter than what counts as full ink


@dataclass
class Reading:
    """What is read from a picture.

    Attributes
    ----------
    digits : str
        From left to right, and row by row.
    confidence : list of float
        Of each digit: the probability that the net gives it.
    boxes : list of (left, top, right, bottom)
        Of each digit, in pixels of the picture; `right` and `bottom` are outside.
    lines : list of str
        The digits of each row.
    notes : list of str
        What could not be read, and how the picture was taken.
    """

    digits: str = ""
    confidence: list[float] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def reading_of(grey: Array, net: Network | Ensemble) -> Reading:
    """Read a picture in grey."""
    ink, mask = ink_of(grey)
    numbers, pieces = marks_in(without_lines(mask))
    dark = np.bincount(numbers[ink > 0.5], minlength=len(pieces) + 1)
    pieces = [piece for piece in pieces if dark[piece.parts[0]] > DARK * piece.area]
    if not pieces:
        return Reading(notes=["no marks found"])
    marks, small = digits_among(pieces, mask.shape)
    if not marks:
        return Reading(notes=[f"{small} marks too small"])
    rows = rows_of(marks)
    marks = [mark for row in rows for mark in row]
    images = np.stack([image_of(mark, ink, numbers) for mark in marks])
    outputs = net.predict_proba(images.reshape(len(images), SIDE * SIDE))
    labels = [str(net.classes[k]) for k in outputs.argmax(axis=1)]
    of_rows = np.cumsum([len(row) for row in rows])[:-1]
    return Reading(
        "".join(labels),
        [float(output.max()) for output in outputs],
        [(mark.left, mark.top, mark.right, mark.bottom) for mark in marks],
        ["".join(row) for row in np.split(np.array(labels), of_rows)],
        [f"{small} marks too small"] if small else [],
    )


def image_of(mark: Mark, ink: Array, numbers: Array) -> Array:
    """Return a mark as MNIST has it."""
    here = slice(mark.top, mark.bottom), slice(mark.left, mark.right)
    own = np.isin(numbers[here], mark.parts)
    values = np.where(own, ink[here], 0)
    full = np.quantile(values[own], FULL)
    return as_mnist((255 * values / full).clip(0, 255).round().astype(np.uint8))
