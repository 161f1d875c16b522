"""What was read, drawn over the picture."""

import numpy as np
import pytest

from fastnet.handwriting import Reading, show
from fastnet.handwriting.shown import COLOURS, UNREAD
from tests.helpers import needed

Image = needed("PIL.Image")


@pytest.mark.parametrize("side", [1, 28, 900, 6000])
def test_a_box_stands_where_the_digit_is(side):
    picture = np.full((side, side), 255, np.uint8)
    box = (side // 4, side // 2, side // 2 + 1, 3 * side // 4 + 1)
    shown = show(picture, Reading("7", [0.99], [box]))
    assert isinstance(shown, Image.Image)
    pixels, scale = np.asarray(shown), shown.width / side
    blue = np.nonzero((pixels == COLOURS[True]).all(axis=2))
    assert len(blue[0])
    below = int(min(box[3] * scale, shown.height - 1))
    assert (pixels[below, int(box[0] * scale)] == COLOURS[True]).all()
    assert pixels.shape[0] * pixels.shape[1] <= 4_000_000


def test_what_is_not_sure_has_another_colour_and_its_confidence():
    picture = np.full((100, 100), 255, np.uint8)
    sure, unsure = (
        np.asarray(show(picture, Reading("7", [value], [(40, 40, 60, 80)]))) for value in (1, 0.4)
    )
    assert (sure == COLOURS[True]).all(axis=2).any()
    assert (unsure == COLOURS[False]).all(axis=2).any()
    assert not (unsure == COLOURS[True]).all(axis=2).any()


def test_what_is_not_read_has_a_grey_box():
    picture = np.full((100, 100), 255, np.uint8)
    shown = np.asarray(show(picture, Reading(unread=[(40, 40, 60, 80)])))
    assert (shown == UNREAD).all(axis=2).any() and (shown[180:300, 180:220] == 255).all()


def test_a_picture_without_digits_stays():
    grey = np.arange(10_000, dtype=np.uint8).reshape(100, 100)
    shown = np.asarray(show(np.repeat(np.repeat(grey, 5, 0), 5, 1), Reading()))
    np.testing.assert_array_equal(shown[::5, ::5, 0], grey)


def test_what_is_no_reading_is_refused():
    with pytest.raises(TypeError, match="reading: 5, wanted a Reading"):
        show(np.zeros((9, 9), np.uint8), 5)
