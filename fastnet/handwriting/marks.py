"""Marks of ink: what is connected, what belongs together, in the order in which a person reads."""

from dataclasses import dataclass

import numpy as np

from ..typing import Array
from .paper import runs_of


@dataclass
class Mark:
    """Ink that is connected, or belongs together.

    Attributes
    ----------
    left, top, right, bottom : int
        Its box in pixels; `right` and `bottom` are outside.
    parts : list of int
        The numbers of its pieces in the picture of numbers.
    area : int
        Pixels of ink.
    """

    left: int
    top: int
    right: int
    bottom: int
    parts: list[int]
    area: int

    @property
    def height(self) -> int:
        """Rows of the box."""
        return self.bottom - self.top

    @property
    def width(self) -> int:
        """Columns of the box."""
        return self.right - self.left

    def joined(self, other: "Mark") -> "Mark":
        """Return both as one."""
        return Mark(
            min(self.left, other.left), min(self.top, other.top),
            max(self.right, other.right), max(self.bottom, other.bottom),
            self.parts + other.parts, self.area + other.area,
        )  # fmt: skip


def marks_in(mask: Array) -> tuple[Array, list[Mark]]:
    """Return the number of the piece at each pixel, from 1 (paper is 0), and the pieces."""
    rows, starts, ends = runs_of(mask)
    of_run, n = connected(rows, starts, ends, mask.shape[1] + 2)
    numbers = np.zeros(mask.shape, np.int32)
    numbers[mask] = np.repeat(of_run + 1, ends - starts)
    found = np.full((5, n), np.iinfo(np.int64).max)
    for limits, values in zip(found, (starts, rows, -ends, -rows - 1), strict=False):
        np.minimum.at(limits, of_run, values)
    found[2:4] *= -1
    found[4] = np.bincount(of_run, weights=ends - starts, minlength=n)
    return numbers, [
        Mark(left, top, right, bottom, [k + 1], area)
        for k, (left, top, right, bottom, area) in enumerate(found.T.tolist())
    ]


def connected(rows: Array, starts: Array, ends: Array, pitch: int) -> tuple[Array, int]:
    """Return the number of the piece of each run, and how many pieces there are.

    Runs of neighbouring rows are connected if they touch, also by a corner. Each run takes the
    least number that its neighbours have, and then the number that this one has by now.
    """
    first = np.searchsorted(rows * pitch + ends, (rows + 1) * pitch + starts, "left")
    last = np.searchsorted(rows * pitch + starts, (rows + 1) * pitch + ends, "right")
    n = np.maximum(last - first, 0)
    upper = np.repeat(np.arange(len(rows)), n)
    lower = np.arange(n.sum()) - np.repeat(np.cumsum(n) - n, n) + np.repeat(first, n)
    of_run = np.arange(len(rows))
    while True:
        before = of_run.copy()
        a, b = of_run[upper], of_run[lower]
        np.minimum.at(of_run, a, b)
        np.minimum.at(of_run, b, a)
        of_run = of_run[of_run]
        if np.array_equal(before, of_run):
            _, numbers = np.unique(of_run, return_inverse=True)
            return numbers, int(numbers.max(initial=-1)) + 1
