"""Digits that touch, cut apart where the net is surer of the parts than of the whole."""

from collections.abc import Callable

import numpy as np

from ..typing import Array
from .marks import Mark

WIDE, DOUBTED = 1.1, 0.98  # by its height; a mark that is so wide and not so sure may be several
CUTS = (0.35, 0.43, 0.5, 0.57, 0.65)  # of the width: near these, where there is least ink
NECK, SURE = 0.2, 0.9  # of the height: most ink of a cut; of both parts, at least
MOST = 4  # times that a mark is cut in two


def parted(
    marks: list[Mark], numbers: Array, confidence: Callable[[list[Mark]], Array]
) -> list[Mark]:
    """Return the marks, those of which were cut that are surely several digits."""
    for _ in range(MOST):
        sure = confidence(marks)
        doubted = [
            k
            for k, mark in enumerate(marks)
            if mark.width > WIDE * mark.height and sure[k] < DOUBTED
        ]
        found = {k: best_cut(marks[k], sure[k], numbers, confidence) for k in doubted}
        if not any(found.values()):
            break
        marks = [part for k, mark in enumerate(marks) for part in found.get(k) or [mark]]
    return marks


def best_cut(
    mark: Mark, sure: float, numbers: Array, confidence: Callable[[list[Mark]], Array]
) -> list[Mark]:
    """Return the two parts of which the net is surest, or nothing if the whole is surer."""
    own = np.isin(numbers[mark.top : mark.bottom, mark.left : mark.right], mark.parts)
    ink, reach = own.sum(axis=0), max(mark.width // 16, 1)
    places = set()
    for share in CUTS:
        first = max(int(share * mark.width) - reach, 1)
        place = first + int(ink[first : first + 2 * reach + 1].argmin())
        if ink[place] <= NECK * mark.height:
            places.add(place)
    halves = [parts_at(mark, own, place) for place in sorted(places) if place < mark.width]
    halves = [parts for parts in halves if min(p.height for p in parts) > mark.height / 2]
    if not halves:
        return []
    least = confidence([part for parts in halves for part in parts]).reshape(-1, 2).min(axis=1)
    return halves[int(least.argmax())] if least.max() > max(sure, SURE) else []


def parts_at(mark: Mark, own: Array, place: int) -> list[Mark]:
    """Return the two parts of a mark left and right of a column; both have ink."""
    parts = []
    for first, last in ((0, place), (place, mark.width)):
        rows = np.flatnonzero(own[:, first:last].any(axis=1))
        top, bottom = mark.top + int(rows[0]), mark.top + int(rows[-1]) + 1
        area = int(own[:, first:last].sum())
        parts.append(
            Mark(mark.left + first, top, mark.left + last, bottom, mark.parts, area)
        )
    return parts
