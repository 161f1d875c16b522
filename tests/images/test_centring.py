"""One mark as MNIST's images were made: by a judge of fractions, byte by byte, on real images."""

import tracemalloc
from fractions import Fraction
from math import floor
from zlib import crc32

import numpy as np
import pytest

import fastnet
from fastnet.images.centring import as_mnist


def by_fractions(ink):
    """The judge: areas and means as fractions, pixel by pixel, as the docstring says."""
    rows, columns = (np.flatnonzero(ink.any(axis=axis)) for axis in (1, 0))
    box = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].tolist()
    height, width = len(box), len(box[0])
    side = Fraction(max(height, width), 20)

    def share(k, of):
        return max(min((k + 1), (of + 1) * side) - max(k, of * side), 0)

    def mean(i, j):
        cells = ((k, m) for k in range(height) for m in range(width))
        return sum(box[k][m] * share(k, i) * share(m, j) for k, m in cells) / side**2

    tall, wide = -(-height // side), -(-width // side)
    small = [[floor(mean(i, j) + Fraction(1, 2)) for j in range(wide)] for i in range(tall)]
    image = np.zeros((28, 28), np.uint8)
    places = []
    for line in (small, [*zip(*small, strict=True)]):
        mass = sum(map(sum, line))
        moment = sum(sum(values) * Fraction(2 * k + 1, 2) for k, values in enumerate(line))
        first = floor(Fraction(29, 2) - moment / mass + Fraction(1, 2)) if mass else 0
        places.append(min(max(first, 0), 28 - len(line)))
    top, left = places
    image[top : top + tall, left : left + wide] = small
    return image


@pytest.mark.parametrize(
    "shape",
    [(1, 1), (1, 9), (7, 3), (13, 29), (3, 50)]
    + [pytest.param(shape, marks=pytest.mark.heavy) for shape in ((20, 20), (23, 25), (42, 9))],
)
def test_a_mark_has_the_bytes_of_the_judge(shape):
    rng = np.random.default_rng(shape)
    ink = rng.integers(0, 256, shape, np.uint8) * (rng.random(shape) < 0.4).astype(np.uint8)
    ink[-1, 0] = ink[0, -1] = 255  # the box is the whole, and touches all edges
    np.testing.assert_array_equal(as_mnist(ink), by_fractions(ink))
    around = np.pad(ink, ((3, 11), (0, 5)))
    np.testing.assert_array_equal(as_mnist(around), as_mnist(ink))


def test_bytes_that_other_languages_have_too():
    """Marks by a formula that any language can say; digests of the images."""
    found = []
    for height, width in ((40, 33), (7, 61), (150, 149), (3, 2)):
        i, j = np.mgrid[:height, :width]
        ink = (7 * i * i + 13 * j + i * j) % 256 * ((3 * i + 5 * j) % 7 < 3)
        found.append(crc32(as_mnist(ink.astype(np.uint8)).tobytes()))
    assert found == [1737964402, 287160856, 2486093311, 3307425142]


@pytest.mark.heavy
def test_most_images_of_mnist_come_back_byte_for_byte_even_blown_up(mnist_folder):
    """But 4 of the 10,000 test images: they touch an edge, where MNIST has cut them."""
    _, (images, _) = fastnet.datasets.read(mnist_folder)
    images = images.reshape(-1, 28, 28)
    same = [np.array_equal(as_mnist(one.repeat(10, 0).repeat(10, 1)), one) for one in images]
    assert np.flatnonzero(~np.array(same)).tolist() == [4530, 8688, 9300, 9302]


def test_the_bundled_digits_come_back_byte_for_byte():
    _, (images, _) = fastnet.datasets.load("digits")
    for image in images.reshape(-1, 28, 28)[:300]:
        np.testing.assert_array_equal(as_mnist(image.repeat(3, 0).repeat(3, 1)), image)


def test_a_large_mark_takes_no_memory_of_its_size():
    ink = np.full((2000, 3000), 200, np.uint8)
    tracemalloc.start()
    image = as_mnist(ink)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < ink.nbytes / 2  # once all numbers were int64, of eight times its bytes
    assert (np.count_nonzero(image), image.max()) == (14 * 20, 200)


def test_no_ink_is_an_empty_image():
    assert not as_mnist(np.zeros((5, 9), np.uint8)).any()
    assert not as_mnist(np.zeros((0, 9), np.uint8)).any()
    specks = np.zeros((400, 400), np.uint8)
    specks[0, 0] = specks[-1, -1] = 1  # whose means are below a half
    assert not as_mnist(specks).any()


def test_ink_far_from_its_middle_is_not_cut():
    """A blob at one end of a long line: its centre of mass cannot come to the middle."""
    ink = np.zeros((100, 10), np.uint8)
    ink[:, 4], ink[:10] = 40, 255
    rows = np.flatnonzero(as_mnist(ink).any(axis=1))
    assert rows.tolist() == [*range(8, 28)]


@pytest.mark.parametrize(
    ("ink", "error", "told"),
    [
        (np.zeros((5, 5)), TypeError, "ink: float64, wanted an array of uint8"),
        ([[0]], TypeError, "ink: list, wanted an array of uint8"),
        (np.zeros(5, np.uint8), ValueError, r"ink: shape \(5,\), wanted \(rows, columns\)"),
    ],
)
def test_other_ink_is_refused(ink, error, told):
    with pytest.raises(error, match=told):
        as_mnist(ink)
