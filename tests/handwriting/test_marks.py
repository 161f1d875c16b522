"""Connected ink, held to a flood fill; pieces that belong together; the order of reading."""

from dataclasses import replace

import numpy as np
import pytest

from fastnet.handwriting.cutting import parted
from fastnet.handwriting.grouping import boxes_among, digits_among, rows_of
from fastnet.handwriting.marks import Mark, marks_in


def flooded(mask):
    """The judge: the pixels of each connected piece, one after the other."""
    left, pieces = {*zip(*np.nonzero(mask), strict=True)}, []
    while left:
        waiting, piece = [left.pop()], set()
        while waiting:
            y, x = waiting.pop()
            piece.add((y, x))
            for other in [(y + i, x + j) for i in (-1, 0, 1) for j in (-1, 0, 1)]:
                if other in left:
                    left.remove(other)
                    waiting.append(other)
        pieces.append(piece)
    return pieces


@pytest.mark.parametrize("share", [0.0, 0.1, 0.4, 0.6, 1.0])
@pytest.mark.parametrize("shape", [(1, 1), (1, 30), (30, 1), (25, 40)])
def test_pieces_are_those_of_a_flood_fill(shape, share):
    mask = np.random.default_rng(3).random(shape) < share
    numbers, marks = marks_in(mask)
    found = {frozenset(zip(*np.nonzero(numbers == k + 1), strict=True)) for k in range(len(marks))}
    assert found == {*map(frozenset, flooded(mask))}
    for mark in marks:
        rows, columns = np.nonzero(numbers == mark.parts[0])
        assert (mark.top, mark.bottom) == (rows.min(), rows.max() + 1)
        assert (mark.left, mark.right) == (columns.min(), columns.max() + 1)
        assert mark.area == len(rows)


def test_a_long_spiral_is_one_piece():
    mask = np.zeros((81, 81), bool)
    y = x = 40
    for k in range(78):
        for _ in range(k + 1):
            mask[y, x] = True
            y, x = y + (1, 0, -1, 0)[k % 4], x + (0, 1, 0, -1)[k % 4]
    mask[1::2, 1::2] &= mask[1::2, 1::2]
    assert len(marks_in(mask)[1]) == len(flooded(mask)) == 1


def mark(left, top, width=30, height=50, area=None):
    return Mark(left, top, left + width, top + height, [0], area or width * height // 4)


NUMBERS = np.zeros((400, 1000), np.int32)  # of pieces, where none is round
FIVE, BAR = mark(100, 100, 30, 40), mark(115, 92, 25, 5, 100)
OTHERS = [mark(200, 90), mark(300, 95), mark(400, 90)]


def test_the_bar_of_a_five_belongs_to_it():
    digits, _, notes, _ = digits_among([FIVE, BAR, *OTHERS], NUMBERS)
    assert sorted(one.left for one in digits) == [100, 200, 300, 400]
    five = min(digits, key=lambda one: one.left)
    assert (five.left, five.top, five.right, five.bottom) == (100, 92, 140, 140)
    assert notes == []


def test_dashes_are_too_small_and_dust_is_nothing():
    dash, dust = mark(150, 115, 25, 6), mark(170, 300, 5, 5)
    digits, others, notes, _ = digits_among([*OTHERS, dash, dust], NUMBERS)
    assert others == [dash]
    assert len(digits) == 3
    assert notes == ["4 marks, one too small"]
    assert digits_among([], NUMBERS) == ([], [], ["no marks found"], False)


def test_boxes_around_digits_go_and_pages_around_them_stay():
    box, page = mark(190, 80, 60, 80), mark(10, 10, 900, 300)
    numbers = np.zeros((400, 1000), np.int32)
    numbers[100:200] = page.parts[0]  # digits that touch its lines
    assert boxes_among([*OTHERS, box, page], numbers) == [box]
    assert boxes_among([], numbers) == []


def test_boxes_side_by_side_go_unless_a_digit_touches_their_walls():
    numbers = np.zeros((400, 1000), np.int32)
    cells, k = replace(mark(80, 80, 400, 80), parts=[1]), 1
    numbers[80:160, [*range(80, 480, 80), 479]] = numbers[[80, 159], 80:480] = k
    assert boxes_among([*OTHERS, cells], numbers) == [cells]
    gap = numbers.copy()
    gap[100:103, 478:480] = 0  # as a thin wall has
    assert boxes_among([*OTHERS, cells], gap) == [cells]
    touched = numbers.copy()
    touched[100:115, 80:140] = k
    assert boxes_among([*OTHERS, cells], touched) == []
    numbers[81:159, 479] = 0  # as two ruled lines, and a one that touches both
    assert boxes_among([*OTHERS, cells], numbers) == []


def test_digits_at_an_edge_are_no_frames_if_others_are_as_high():
    cut = [mark(0, 0, 40, 60), mark(60, 2, 40, 56), mark(130, 0, 40, 60)]
    digits, *_ = digits_among(cut, NUMBERS[:60, :170])
    assert sorted(one.left for one in digits) == [0, 60, 130]


def test_slivers_beside_an_edge_are_too_thin():
    """But ones are digits, also beside others."""
    sliver, one = mark(700, 80, 1, 60, 45), mark(600, 90, 8, 50, 300)
    digits, others, notes, _ = digits_among([*OTHERS, sliver, one], NUMBERS)
    assert others == [sliver]
    assert digits == [*OTHERS, one]
    assert notes == ["5 marks, one too thin"]
    slivers = [sliver, mark(750, 80, 1, 60, 45)]
    assert digits_among(slivers, NUMBERS) == (slivers, [], [], True)  # of a fine pen


def test_discs_are_solid_and_rings_are_zeros():
    y, x = np.mgrid[:40, :40] - 19.5
    for inner, digits in ((0, 0), (8, 1)):
        ring = (inner**2 <= x**2 + y**2) & (x**2 + y**2 <= 20**2)
        numbers, marks = marks_in(np.pad(ring, 10))
        found = digits_among(marks, numbers)
        assert len(found.digits) == digits
        assert found.notes == ["1 mark, one too solid"] * (1 - digits)


def test_edges_of_a_page_are_no_writing_unless_there_is_nothing_else():
    frame = mark(0, 0, 1000, 30, 30_000)
    digits, *_ = digits_among([frame, *OTHERS], NUMBERS)
    assert len(digits) == 3
    alone, *_ = digits_among([mark(0, 0, 28, 28)], NUMBERS[:28, :28])
    assert len(alone) == 1


@pytest.mark.parametrize("slope", [-0.2, 0, 0.2])
def test_rows_are_read_from_top_to_bottom_also_when_they_slope(slope):
    marks = [
        Mark(x, int(y + slope * x), x + 30, int(y + slope * x) + 50, [10 * k + x // 80], 300)
        for k, y in enumerate((200, 280, 360))
        for x in range(0, 640, 80)
    ]
    mixed = [marks[k] for k in np.random.default_rng(0).permutation(len(marks))]
    rows = rows_of(mixed)
    assert [[mark.parts[0] for mark in row] for row in rows] == [
        [10 * k + x for x in range(8)] for k in range(3)
    ]


def test_no_marks_make_no_rows():
    assert rows_of([]) == []


def two_rings(between=0):
    """Ink of two rings beside each other, joined by a thin stroke or overlapping."""
    y, x = np.mgrid[:60, : 120 + between]
    rings = [abs(np.hypot(y - 30, x - middle) - 25) < 3 for middle in (30, 90 + between)]
    mask = rings[0] | rings[1]
    mask[29:31, 55 : 66 + between] = True
    return mask


def test_a_wide_mark_is_cut_where_the_net_is_surer_of_the_parts():
    numbers, (whole,) = marks_in(two_rings())

    def sure_of_narrow_ones(marks):
        return np.array([0.5 if one.width > 1.1 * one.height else 0.95 for one in marks])

    left, right = parted([whole], numbers, sure_of_narrow_ones)
    assert abs(left.right - 60) <= 6 and left.right == right.left
    assert (left.left, right.right) == (whole.left, whole.right)
    assert left.area + right.area == whole.area
    for surer in (0.99, 0.3):  # of the whole, or of nothing
        assert parted([whole], numbers, lambda marks, p=surer: np.full(len(marks), p)) == [whole]
