"""Which marks are digits: pieces that belong together, what is too small or no writing, order."""

from typing import NamedTuple

import numpy as np

from ..typing import Array
from .marks import Mark

# Shares of the height of the writing.
SPECK, SMALL, LARGE = 0.15, 0.4, 2.5  # less is dust, less is no digit, more is no writing
PIECE, GAP, BESIDE = 0.75, 0.25, 0.08  # a piece is lower; gaps to its digit, above and beside
TALL, WIDE = 1.35, 1.5  # digits of several pieces are no larger
FRAME = 1.5  # times the height of the other marks: what is at an edge and larger is no digit
DUST, LEAST = 4, 6  # pixels: smaller marks are noise, and digits are at least so high
WALLS, SHUT = 1.5, 0.25  # times the ink of other rows; of the width, so much is ink at most
WHOLE = 0.9  # of the rows have a wall at both ends: thin ones have gaps
HALF = 0.5  # of the height of a box: what is in it and higher is a digit
THIN = 0.12  # of the ink by length that the writing has: less is an edge of paper, or a line
MOST = 2000  # marks; twice as many take four times as long
SOLID, UPRIGHT = 0.85, 0.7  # of the box of a block is ink at least; of its height is its width
ROUND = 0.9  # of a disc and the ellipse in its box, taken together, is in both
APART = 0.55  # rows are further apart


class Grouped(NamedTuple):
    """Marks that may be digits, and others.

    Attributes
    ----------
    digits, others : list of Mark
        Those that may be digits, joined from pieces, and those that the notes name.
    notes : list of str
        What is wrong with the others.
    is_writing : bool
        Whether there may be writing at all: some marks, and not too many.
    """

    digits: list[Mark]
    others: list[Mark]
    notes: list[str]
    is_writing: bool

    def only(self, keep: list[bool], why: str) -> "Grouped":
        """Return the same with those digits only, and a note why the others are none."""
        digits, others = (
            [mark for mark, kept in zip(self.digits, keep, strict=True) if kept is wanted]
            for wanted in (True, False)
        )
        note = f"{said(len(keep), 'mark')}, {said(len(others))} too {why}"
        notes = self.notes + [note] * bool(others)
        return Grouped(digits, self.others + others, notes, self.is_writing)


def writing_height(marks: list[Mark], numbers: Array) -> float:
    """Return the height of the writing: half of its ink belongs to marks that are higher."""
    inner = without_frames(marks, numbers.shape)
    writing = [mark for mark in inner if not (is_block(mark) or is_disc(mark, numbers))] or inner
    return middle([extent(mark) for mark in writing], writing)


def is_block(mark: Mark) -> bool:
    """Tell whether a mark is a bar, a blot or a picture: solid, and no upright stroke."""
    return mark.area > SOLID * mark.width * mark.height and mark.width > UPRIGHT * mark.height


def is_disc(mark: Mark, numbers: Array) -> bool:
    """Tell whether a mark is solid and round, as the hole of a punch."""
    if mark.width <= UPRIGHT * mark.height:
        return False
    own = np.isin(numbers[mark.top : mark.bottom, mark.left : mark.right], mark.parts)
    y, x = ((2 * np.arange(n) + 1) / n - 1 for n in own.shape)
    ellipse = y[:, None] ** 2 + x**2 <= 1
    return bool((own & ellipse).sum() > ROUND * (own | ellipse).sum())


def extent(mark: Mark) -> float:
    """Return the height of a mark; of a wide one, as of digits that touch, half of its width."""
    return max(mark.height, mark.width / 2)


def middle(values: list[float], marks: list[Mark]) -> float:
    """Return the value of marks such that half of the ink belongs to marks with more."""
    order = np.argsort(values, kind="stable")
    areas = np.array([mark.area for mark in marks])[order]
    return float(values[order[np.searchsorted(np.cumsum(areas), areas.sum() / 2)]])


def without_frames(marks: list[Mark], shape: tuple[int, ...]) -> list[Mark]:
    """Return marks without the edges of a page, a table or a shadow.

    Where a picture is cut close, digits are large and at its edge, too: as large as others are.
    """
    inner = [mark for mark in marks if not is_frame(mark, shape)]
    if not inner:
        return marks
    most = FRAME * middle([extent(mark) for mark in inner], inner)
    return [mark for mark in marks if extent(mark) <= most or not is_frame(mark, shape)]


def is_frame(mark: Mark, shape: tuple[int, ...]) -> bool:
    """Tell whether a mark is the edge of a page, a table or a shadow: large, and from an edge."""
    height, width = shape
    edges = (mark.left == 0) + (mark.top == 0) + (mark.right == width) + (mark.bottom == height)
    return edges > 0 and (mark.width > width / 2 or mark.height > height / 2)


def boxes_among(marks: list[Mark], numbers: Array) -> list[Mark]:
    """Return the marks that enclose others half as high: boxes of a form, alone or side by side."""
    high = [mark for mark in marks if mark.height >= LEAST]
    if len(high) > MOST:
        return []
    left, top, right, bottom = (
        np.array([getattr(mark, side) for mark in high])
        for side in ("left", "top", "right", "bottom")
    )
    encloses = (left[:, None] < left) & (right[:, None] > right)
    encloses &= (top[:, None] < top) & (bottom[:, None] > bottom)
    encloses &= (bottom - top) >= HALF * (bottom - top)[:, None]
    boxes = [high[k] for k in np.flatnonzero(encloses.any(axis=1))]
    # else lines of paper, and digits
    return [box for box in boxes if box.width <= 2 * box.height or has_walls(box, numbers)]


def has_walls(box: Mark, numbers: Array) -> bool:
    """Tell whether a mark has walls at both ends, nearly whole, and all rows cross as many."""
    quarter, end = box.height // 4, 1 + box.height // 8
    rows = slice(box.top + quarter, box.bottom - quarter)
    own = numbers[rows, box.left : box.right] == box.parts[0]
    ink = own.sum(axis=1)
    shut = min(own[:, :end].any(axis=1).mean(), own[:, -end:].any(axis=1).mean())
    alike = ink.max() <= WALLS * np.median(ink) and ink.max() < SHUT * box.width
    return bool(alike and shut > WHOLE)


def digits_among(marks: list[Mark], numbers: Array) -> Grouped:
    """Return the marks that may be digits, joined from pieces, and what is none.

    `numbers` (h, w) has the number of the piece at each pixel.
    """
    marks = [mark for mark in marks if max(mark.width, mark.height) >= DUST]
    if not marks:
        return Grouped([], [], ["no marks found"], False)
    height = writing_height(marks, numbers)
    marks = [mark for mark in marks if max(mark.width, mark.height) >= SPECK * height]
    marks = without_frames(marks, numbers.shape)
    marks = [mark for mark in marks if extent(mark) <= LARGE * height]
    if len(marks) > MOST:  # as of a page of print
        return Grouped([], [], [f"{len(marks):,} marks, wanted at most {MOST:,}"], False)
    discs = [mark for mark in marks if is_disc(mark, numbers)]  # which no piece belongs to
    others = [mark for mark in marks if mark not in discs]
    found = Grouped(joined(others, height) + discs, [], [], True)
    least = max(SMALL * height, LEAST)
    found = found.only([mark.height >= least for mark in found.digits], "small")
    solid = [is_block(mark) or mark in discs for mark in found.digits]
    found = found.only([not one for one in solid], "solid")
    thin = THIN * ink_of_writing(found.digits) if found.digits else 0
    return found.only([ink_by_length(mark) >= thin for mark in found.digits], "thin")


def ink_of_writing(digits: list[Mark]) -> float:
    """Return the ink by length that the writing has, apart from wide blocks."""
    marks = [mark for mark in digits if mark.width <= WIDE * mark.height] or digits
    return middle([ink_by_length(mark) for mark in marks], marks)


def ink_by_length(mark: Mark) -> float:
    """Return the area of a mark by its longer side; of a bare stroke it is the width."""
    return mark.area / max(mark.height, mark.width)


def said(n: int, noun: str = "") -> str:
    """Return how many there are, in words."""
    return f"{n} {noun}{'' if n == 1 else 's'}" if noun else "one" if n == 1 else str(n)


def joined(marks: list[Mark], height: float) -> list[Mark]:
    """Return marks in which small pieces, from the largest on, belong to the nearest digit."""
    marks = sorted(marks, key=lambda mark: -mark.area)
    pieces = [mark for mark in marks if mark.height < PIECE * height]
    digits = [mark for mark in marks if mark.height >= PIECE * height]
    for piece in pieces:
        near = [(gap(piece, digit, height), k) for k, digit in enumerate(digits)]
        least, k = min(near, default=(np.inf, 0))
        if least <= 1:
            digits[k] = digits[k].joined(piece)
        else:
            digits.append(piece)
    return digits


def gap(piece: Mark, digit: Mark, height: float) -> float:
    """Return how far a piece is from a digit: 1 is the furthest, infinite what does not fit."""
    both = piece.joined(digit)
    if both.height > TALL * height or both.width > WIDE * height:
        return np.inf
    across = max(piece.left, digit.left) - min(piece.right, digit.right)
    down = max(piece.top, digit.top) - min(piece.bottom, digit.bottom)
    return max(down / (GAP * height), across / (BESIDE * height), 0)


def rows_of(marks: list[Mark]) -> list[list[Mark]]:
    """Return the rows of marks from top to bottom, each from left to right.

    Rows may go up or down: all of them do by the same slope, that of neighbours.
    """
    if not marks:
        return []
    x = np.array([(mark.left + mark.right) / 2 for mark in marks])
    y = np.array([(mark.top + mark.bottom) / 2 for mark in marks])
    height = float(np.median([mark.height for mark in marks]))
    level = y - slope_of(x, y, height) * x
    order = np.argsort(level, kind="stable")
    new = np.diff(level[order]) > APART * height
    rows = np.split(order, np.flatnonzero(new) + 1)
    return [[marks[k] for k in row[np.argsort(x[row], kind="stable")]] for row in rows]


def slope_of(x: Array, y: Array, height: float) -> float:
    """Return the slope of rows: the median of those from marks to their next ones on the right."""
    across, down = x[None] - x[:, None], y[None] - y[:, None]
    near = (across > 0) & (across < 3 * height) & (np.abs(down) < 0.7 * across)
    if not near.any():
        return 0.0
    next_one = np.where(near, across, np.inf).argmin(axis=1)
    has = np.flatnonzero(near.any(axis=1))
    pairs = has, next_one[has]
    return float(np.median(down[pairs] / across[pairs]))
