"""Pages of the bundled test digits, read; other nets; several pictures; what cannot be read."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

import fastnet
from bench.handwriting import distance
from fastnet import handwriting
from fastnet.handwriting import read
from fastnet.handwriting.paper import is_light_on_dark
from fastnet.handwriting.pictures import taken
from fastnet.handwriting.reading import reading_of
from tests.handwriting.helpers import digits, page, pages, row

pytestmark = pytest.mark.compiled  # the net is slow as plain Python

EASY = row("3141")


@pytest.mark.parametrize("name", pages.KINDS)
def test_most_digits_of_each_kind_of_page_are_right(name):
    """At least 5 of 6, on three pages together; of digits that touch, half.

    If 95% are right, fewer than 15 of 18 are so in 1% of such draws; the seeds are fixed.
    """
    kind = pages.KINDS[name]
    edits = n = 0
    for seed in range(3 if kind.rows == 1 else 1):
        picture, truth = page(kind, seed)
        reading = read(picture)
        edits, n = edits + distance(truth, reading.digits), n + len(truth)
        assert len(reading.digits) == len(reading.confidence) == len(reading.boxes)
        assert "".join(reading.lines) == reading.digits
    assert edits <= n / (2 if kind.gap[0] < 0 else 6)


@pytest.mark.parametrize("light", [False, True])
@pytest.mark.parametrize("margin", [0, 1, 3])
def test_a_row_that_is_cut_close_is_read_whole(margin, light):
    ink = np.argwhere(EASY < 128)
    (top, left), (bottom, right) = ink.min(axis=0), ink.max(axis=0) + 1
    picture = np.pad(EASY[top:bottom, left:right], margin, constant_values=255)
    assert read(255 - picture if light else picture).digits == "3141"


def test_large_digits_with_wide_strokes_are_one_each():
    X, y = digits()
    right = 0
    for image, label in zip(X[:60], y[:60], strict=True):
        rows, columns = image.any(axis=1), image.any(axis=0)
        close = np.pad(image[rows][:, columns], 1).repeat(12, axis=0).repeat(12, axis=1)
        right += read(255 - close).digits == str(label)
    assert right >= 55


def test_boxes_are_those_of_the_ink_and_confidence_is_a_probability():
    picture = np.pad(EASY, ((30, 10), (50, 0)), constant_values=255)
    reading = read(picture)
    assert reading.digits == "3141"
    assert reading.lines == ["3141"] and reading.notes == []
    assert all(0.5 < sure <= 1 for sure in reading.confidence)
    for k, (left, top, right, bottom) in enumerate(reading.boxes):
        own = np.zeros_like(picture)
        own[30 : 30 + 56, 50 + 56 * k : 106 + 56 * k] = 1
        rows, columns = np.nonzero((picture < 128) & (own > 0))
        assert abs(np.array([left, top]) - (columns.min(), rows.min())).max() <= 2
        assert abs(np.array([right, bottom]) - (columns.max() + 1, rows.max() + 1)).max() <= 2


def test_boxes_of_a_shrunk_picture_are_in_its_own_pixels():
    large = EASY.repeat(12, axis=0).repeat(12, axis=1)[:, : 56 * 12 * 4]
    picture = np.pad(large, ((600, 600), (0, 0)), constant_values=255)
    small, reading = read(EASY), read(picture)
    assert reading.digits == "3141"
    for box, wanted in zip(reading.boxes, small.boxes, strict=True):
        shifted = 12 * np.array(wanted) + (0, 600, 0, 600)
        assert abs(np.array(box) - shifted).max() <= 24


@pytest.mark.parametrize("light", [False, True])
def test_an_image_of_mnist_is_a_picture_too(light):
    """Nearly all have the answer that the net gives to the image itself."""
    X, _ = digits()
    net = handwriting.pretrained()
    readings = read([image if light else 255 - image for image in X[:100]])
    own = net.predict(X[:100].reshape(100, -1))
    same = [reading.digits == str(label) for reading, label in zip(readings, own, strict=True)]
    assert np.mean(same) >= 0.95


def test_a_bright_page_on_a_dark_table_is_no_light_ink():
    """With faint ink it seems so; but that finds one wide mark, so ink and paper are exchanged."""
    faint = np.pad(235 - (255 - EASY) // 4, 20, constant_values=235)
    picture = np.pad(faint, 80, constant_values=20)
    assert is_light_on_dark(picture)
    reading = read(picture)
    assert reading.digits == "3141" and reading.notes == []


def test_rows_are_read_from_top_to_bottom():
    reading = read(np.vstack([EASY, row("2718"), row("6053")]))
    assert reading.lines == ["3141", "2718", "6053"]
    assert reading.digits == "314127186053"


def test_several_pictures_make_a_list():
    one = read(EASY)
    assert read([EASY, EASY]) == [one, one]
    assert read(np.stack([EASY, EASY])) == [one, one]
    assert read(np.stack([np.dstack([EASY] * 3)] * 2))[1].digits == "3141"
    assert read([]) == []


@pytest.mark.parametrize(
    "picture",
    [
        np.full((50, 60), 255, np.uint8),
        np.zeros((50, 60), np.uint8),
        np.zeros((1, 1), np.uint8),
        np.arange(9, dtype=np.uint8)[None],
        np.eye(3),
        np.tile(np.arange(256), (50, 1)),
        np.repeat([[0, 255]], 60, axis=0).repeat(40, axis=1),
        np.zeros((3, 100_000), np.uint8),
        np.random.default_rng(0).integers(0, 256, (300, 400), np.uint8),
    ],
    ids=["white", "black", "a pixel", "a row", "tiny", "a gradient", "halves", "long", "noise"],
)
def test_where_there_is_nothing_that_is_said(picture):
    reading = read(picture)
    assert (reading.digits, reading.boxes, reading.notes) == ("", [], ["no marks found"])


def test_small_marks_are_counted():
    picture = np.pad(EASY, ((0, 0), (0, 40)), constant_values=255)
    picture[28:33, -25:-9] = 0  # a dash
    reading = read(picture)
    assert reading.notes == ["5 marks, one too small"]
    assert reading.unread == [(EASY.shape[1] + 15, 28, EASY.shape[1] + 31, 33)]


@pytest.mark.parametrize("block", [(60, 60), (22, 160), (30, 250), (100, 150)])
def test_a_block_beside_the_digits_is_no_measure_of_their_height(block):
    """Such as a bar, a blot or a logo, which has more ink than all digits."""
    picture = np.pad(EASY, ((0, 170), (0, 180)), constant_values=255)
    picture[60 : 60 + block[0], 20 : 20 + block[1]] = 0
    assert read(picture).digits == "3141"


PEN = {  # the colours of ink and paper
    "yellow on white": ((255, 245, 120), (245, 245, 245)),
    "red on blue": ((220, 60, 60), (40, 120, 160)),
    "green on red": ((0, 140, 90), (200, 39, 90)),
}


@pytest.mark.parametrize(("ink", "paper"), PEN.values(), ids=PEN)
def test_ink_as_bright_as_its_paper_is_found_by_its_colour(ink, paper):
    share = EASY[..., None] / 255
    picture = (np.array(ink) * (1 - share) + np.array(paper) * share).round().astype(np.uint8)
    for turned, turn in ((picture, 1), (np.rot90(picture, 1), 6)):  # by which it becomes upright
        file, exif = BytesIO(), Image.Exif()
        exif[0x0112] = turn
        Image.fromarray(turned).save(file, "png", exif=exif)
        reading = read(file.getvalue())
        assert reading.digits == "3141"
        assert reading.notes[0].startswith("read in ")
    seen = np.asarray(handwriting.show(picture, reading).convert("RGB"))
    assert (np.abs(seen - np.array(ink)).sum(axis=2) < 10).any(), "the picture keeps its colours"
    alpha = np.full((*picture.shape[:2], 1), 255, np.uint8)
    assert read([picture, np.dstack([picture, alpha])])[1].digits == "3141"


def test_colour_finds_the_boxes_of_a_shrunk_picture_too():
    share = np.kron(EASY, np.ones((9, 9)))[..., None] / 255
    picture = ([250, 220, 40] * (1 - share) + 245 * share).astype(np.uint8)
    small, large = read(EASY), read(np.pad(picture, ((0, 3000), (0, 0), (0, 0)), mode="edge"))
    assert large.digits == small.digits == "3141"
    np.testing.assert_allclose(large.boxes, 9 * np.array(small.boxes), atol=30)


@pytest.mark.parametrize("seed", range(12))
def test_noise_of_colours_is_no_ink(seed):
    """A page without ink, as a telephone and JPEG make of it."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:300, :400] / 400
    paper = rng.uniform(120, 250, 3) * (1 - 0.4 * (x * rng.random() + y * rng.random()))[..., None]
    noise = rng.normal(0, rng.uniform(0, 12), paper.shape)
    file = BytesIO()
    picture = Image.fromarray((paper + noise).clip(0, 255).astype(np.uint8))
    picture.save(file, "jpeg", quality=int(rng.integers(40, 96)))
    assert read(file.getvalue()).digits == ""


def test_a_grey_picture_is_not_read_in_colours():
    """Whatever its mode."""
    blank = taken(np.full((90, 90, 3), 200, np.uint8))
    assert reading_of(blank, handwriting.pretrained()).notes == ["no marks found"]
    assert taken(EASY).weighted is None


def test_holes_of_a_punch_are_no_zeros():
    picture = np.pad(EASY, ((60, 60), (60, 0)), constant_values=255)
    y, x = np.mgrid[: len(picture), : picture.shape[1]]
    for centre in range(20, len(picture) - 20, 30):
        picture[(y - centre) ** 2 + (x - 25) ** 2 < 12**2] = 0
    picture[30:50, 100:190] = 0  # and a bar
    reading = read(picture)
    assert reading.digits == "3141"
    assert reading.notes == ["10 marks, 6 too solid"]
    assert len(reading.unread) == 6


def test_boxes_of_a_form_are_no_zeros():
    box = np.pad(np.full((60, 60), 80, np.uint8), 8, constant_values=255)
    box[10:66, 10:66] = 255
    boxes = np.hstack([box] * 4)
    digits = np.hstack([np.pad(one, 10, constant_values=255) for one in np.split(EASY, 4, axis=1)])
    reading = read(np.minimum(boxes, digits))
    assert reading.digits == "3141" and reading.notes == []


def test_a_page_of_print_has_too_many_marks():
    """They would take minutes and gigabytes."""
    print_ = np.full((550, 500), 255, np.uint8)
    print_.reshape(55, 10, 50, 10)[:, 2:8, :, 2:6] = 0
    reading = read(print_)
    assert (reading.digits, reading.notes) == ("", ["2,750 marks, wanted at most 2,000"])


def test_a_mark_that_is_too_wide_is_no_digit():
    """Such as a word, or digits that a line joins. The net would be sure of its answer."""
    picture = np.pad(EASY, ((0, 90), (0, 0)), constant_values=255)
    picture[90:120, 20:150] = 0
    picture[96:114, 26:144] = 255
    reading = read(picture)
    assert reading.digits == "3141"
    assert reading.notes == ["5 marks, one too wide"] and len(reading.boxes) == 4
    assert reading.unread == [(20, 90, 150, 120)]


def test_slivers_beside_the_edge_of_a_page_are_no_ones():
    """As where a camera has made the edge sharper."""
    picture = np.pad(EASY, ((30, 30), (40, 40)), constant_values=235)
    picture[35:75, -5] = picture[35:75, 4] = 30
    reading = read(picture)
    assert reading.digits == "3141" and reading.notes == ["6 marks, 2 too thin"]


def test_other_nets_read_or_are_refused():
    (X, y), _ = fastnet.datasets.load("digits")
    own = fastnet.train(X[:3000], y[:3000], hidden=(30,), epochs=3, verbose=False)
    both = fastnet.Ensemble([own, own])
    assert read(EASY, both).digits == read(EASY, own).digits == "3141"
    words = fastnet.train(X[:500], np.array(["no", "yes"])[y[:500] % 2], hidden=(4,), epochs=1)
    narrow = fastnet.train(X[:500, 300:350], y[:500], hidden=(4,), epochs=1)
    numbers = fastnet.train(X[:500], y[:500] / 9, hidden=(4,), epochs=1)
    for net, told in (
        (words, "net: 'no' is one of its classes, wanted single characters"),
        (narrow, "net: it takes 50 inputs, wanted 784: 28x28 pixels"),
        (numbers, "net: it answers with numbers or several labels, wanted one class"),
    ):
        with pytest.raises(ValueError, match=told):
            read(EASY, net)
    with pytest.raises(TypeError, match=r"net: 'digits\.npz', wanted a Network or an Ensemble"):
        read(EASY, "digits.npz")
