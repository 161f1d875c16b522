"""The plain deformation: its random numbers, its moves and what it reads, against SciPy, too.

`tests.kernels.test_deform` holds the compiled one to it. Of n independent numbers, a mean deviates
by more than 5 standard errors once in 2 million times: such are the tolerances for random numbers.
"""

import dataclasses
import math
from fractions import Fraction

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter1d, map_coordinates

from fastnet.images import Elastic
from fastnet.images.deformation import REACH, gaussian, keys_of
from fastnet.images.elastic import FAINT
from fastnet.images.reference import affine, cosine_and_sine, mixed, noise, smooth, symmetric
from fastnet.kernels.deform import Moves
from tests.kernels.helpers import PLAIN

ZEROS = "grid-constant"  # SciPy's name of reading 0 beyond the image
STILL = Elastic(alpha=0, rotation=0, scaling=0, shear=0)
KEYS = keys_of(3, 1, np.arange(4000)).tolist()


def near(values, mean, variance, kurtosis):
    """Whether numbers have these moments, but for 5 standard errors."""
    values = np.asarray(values, float)
    spread = np.mean((values - mean) ** 2) / variance
    centred = abs(values.mean() - mean) < 5 * math.sqrt(variance / values.size)
    return centred and abs(spread - 1) < 5 * math.sqrt((kurtosis - 1) / values.size)


def even(values, limit=1.0):
    """Whether numbers are spread evenly over (-limit, limit): moments, and 16 equal parts."""
    values = np.ravel(values)
    assert np.abs(values).max() < limit
    counts = np.histogram(values, 16, (-limit, limit))[0]
    wanted = values.size / 16
    chi_square = ((counts - wanted) ** 2 / wanted).sum()  # of 15 degrees: mean 15, variance 30
    return near(values, 0, limit**2 / 3, 9 / 5) and chi_square < 15 + 6 * math.sqrt(30)


def unrelated(x, y):
    """Whether numbers do not go together: their correlation has the standard error 1 / sqrt(n)."""
    x, y = np.ravel(x), np.ravel(y)
    return abs(np.corrcoef(x, y)[0, 1]) < 5 / math.sqrt(x.size)


def scipys(field, sigma):
    """A field that SciPy smooths."""
    for axis in (1, 0):
        field = gaussian_filter1d(field, sigma, axis, mode="constant", truncate=REACH)
    return field


# Random numbers --------------------------------------------------------------------------------


def test_noise_is_even_and_nothing_in_it_goes_together() -> None:
    fields = np.array([noise(mixed(key), 28, 28) for key in KEYS[:100]])
    right, down = fields[:, 0], fields[:, 1]
    assert even(right) and even(down)
    assert unrelated(right, down)
    for field in (right, down):
        assert unrelated(field[1:], field[:-1]), "neighbouring images"
        assert unrelated(field[:, 1:], field[:, :-1]), "rows"
        assert unrelated(field[:, :, 1:], field[:, :, :-1]), "columns"
        assert unrelated(field[:, 1:, 1:], field[:, :-1, :-1])
        assert unrelated(field**2, np.roll(field, 1, axis=2) ** 2)
    share = math.exp(-fields.size / 2**16)  # of all numbers, those that do not come
    missed = 2**16 - len(np.unique(fields))
    assert abs(missed - 2**16 * share) < 5 * math.sqrt(2**16 * share)  # about a Poisson number


def test_noise_of_seeds_and_epochs_does_not_go_together() -> None:
    numbers = np.arange(60)

    def fields(seed, epoch):
        keys = keys_of(seed, epoch, numbers).tolist()
        return np.array([noise(mixed(key), 28, 28) for key in keys])

    first = fields(0, 1)
    for other in (fields(0, 2), fields(1, 1), fields(1, 2)):
        assert unrelated(first, other)
        assert unrelated(first[1:], other[:-1])


def test_keys_in_a_row_and_keys_of_one_bit_have_noise_of_their_own() -> None:
    """Whatever the keys are: those of an epoch follow each other."""
    one = [noise(mixed(k), 16, 40) for k in range(64)]
    assert unrelated(one[:-1], one[1:])
    assert unrelated(one, [noise(mixed(1 << k), 16, 40) for k in range(64)])


def test_numbers_of_a_key_are_even_and_do_not_go_together() -> None:
    numbers = np.array([[symmetric(mixed(key), n) for n in range(1, 8)] for key in KEYS])
    for i in range(7):
        assert even(numbers[:, i])
        assert unrelated(numbers[1:, i], numbers[:-1, i])
        for j in range(i):
            assert unrelated(numbers[:, i], numbers[:, j])


# The Gaussian ----------------------------------------------------------------------------------


@pytest.mark.parametrize("sigma", [0, 0.2, 0.24, 0.3, 1, 4.5, 20, 1000])
def test_the_gaussian(sigma: float) -> None:
    """Each tap is exp(-k**2 / 2 sigma**2) over their sum, in float32.

    The sizes of a series' terms have the sum e**10 or less, where its own sum is e**-10: so it is
    wrong by up to some 2**-53 e**20 of it, which is 5e-8. Rounding to float32 adds 6e-8.
    """
    taps = gaussian(sigma)
    assert len(taps) == int(REACH * sigma + 0.5) + 1
    k = np.arange(len(taps))
    wanted = np.exp(-(k**2) / (2 * sigma**2)) if sigma else np.ones(1)
    wanted /= wanted[0] + 2 * wanted[1:].sum()
    np.testing.assert_allclose(taps, wanted, rtol=2e-7)
    assert math.fsum([*taps, *taps[1:]]) == pytest.approx(1, abs=2.0**-23)


@pytest.mark.parametrize("sigma", [0, 0.3, 2, 4.5, 20])
def test_smoothing_is_scipys(sigma: float) -> None:
    """28 sums of up to 28 products in float32 differ from exact ones by 2 * 29 * 2**-24 of 1."""
    for shape in ((1, 1), (5, 9), (28, 28)):
        field = noise(mixed(7), *shape)[0]
        wanted = scipys(field.astype(float), sigma) if sigma else field
        np.testing.assert_allclose(smooth(field, gaussian(sigma)), wanted, rtol=0, atol=4e-6)


@pytest.mark.parametrize("alpha, sigma", [(36, 4.5), (5, 1), (2, 0)])
def test_moves_are_centred_and_spread_by_alpha_and_sigma(alpha: float, sigma: float) -> None:
    """In the middle, their variance is that of the noise, 1/3, times the taps' squares, twice."""
    taps = gaussian(sigma)
    whole = np.concatenate([taps[:0:-1], taps]).astype(float)
    middle = [alpha * smooth(noise(mixed(key), 21, 21)[0], taps)[10, 10] for key in KEYS[:700]]
    variance = alpha**2 / 3 * (whole**2).sum() ** 2
    # A sum of many even numbers is nearly normal, of kurtosis 3; of one, it is 9/5.
    assert near(middle, 0, variance, 3)


# Moves -----------------------------------------------------------------------------------------


def places(elastic: Elastic, n: int, side: int = 28) -> tuple[np.ndarray, np.ndarray]:
    """Where each pixel of n images is read, from the middle to the right and down.

    Two ramps tell: their grey is a place. A grey is a whole number: a place is wrong by up to half
    of `GREY`. Both ramps are deformed by the same keys.
    """
    across = np.tile((np.arange(side) * 9).astype(np.uint8), (n, side, 1))
    middle = (side - 1) / 2
    right, down = (elastic.deform(X) / 9 - middle for X in (across, across.transpose(0, 2, 1)))
    return right, down


GREY = 1 / 9
INNER = (slice(None), slice(8, 20), slice(8, 20))  # what is read within the image
V, U = np.mgrid[-5.5:6.5, -5.5:6.5]  # their places, from the middle


def inner(elastic: Elastic, n: int = 40 if PLAIN else 300):
    """The places at which the 12 x 12 pixels in the middle are read."""
    right, down = places(elastic, n)
    return right[INNER], down[INNER]


def slope(values: np.ndarray, along: np.ndarray) -> np.ndarray:
    """The slope of each image's values along u or v, by least squares: see ERROR."""
    return (values * along).sum(axis=(1, 2)) / (along**2).sum()


# A slope is a sum of values times u / sum u**2, and each value is wrong by up to GREY / 2.
ERROR = GREY / 2 * np.abs(U).sum() / (U**2).sum()


def test_nothing_moves_by_itself() -> None:
    right, down = inner(STILL)
    np.testing.assert_allclose(right, np.broadcast_to(U, right.shape), atol=1e-9)
    np.testing.assert_allclose(down, np.broadcast_to(V, down.shape), atol=1e-9)


def test_rotation_turns_to_either_side() -> None:
    right, down = inner(Elastic(0, rotation=30, scaling=0, shear=0))
    sine, cosine = slope(down, U), slope(right, U)
    angles = np.degrees(np.arctan2(sine, cosine))
    np.testing.assert_allclose(np.hypot(sine, cosine), 1, atol=2 * ERROR)
    np.testing.assert_allclose(slope(right, V), -sine, atol=2 * ERROR)
    np.testing.assert_allclose(slope(down, V), cosine, atol=2 * ERROR)
    assert even(angles, 30 + math.degrees(2 * ERROR))


def test_what_lies_to_the_right_is_turned_up_or_down() -> None:
    """A drawn mark, 10 pixels to the right of the middle, stays as far from it, within a pixel."""
    X = np.zeros((100, 29, 29), np.uint8)
    X[:, 13:16, 23:26] = 255
    turned = Elastic(0, rotation=90, scaling=0, shear=0).deform(X)
    r, q = (np.arange(29) - 14.0,) * 2
    mass = turned.sum(axis=(1, 2))
    y, x = (turned.sum(axis=2) * r).sum(axis=1) / mass, (turned.sum(axis=1) * q).sum(axis=1) / mass
    assert (np.abs(np.hypot(x, y) - 10) < 1).all()
    angles = np.degrees(np.arctan2(y, x))
    assert angles.min() < -70 and angles.max() > 70  # 100 numbers leave out a ninth once in 10**5


def test_scaling_changes_width_and_height_each_on_its_own() -> None:
    right, down = inner(Elastic(0, rotation=0, scaling=0.3, shear=0))
    across, along = slope(right, U) - 1, slope(down, V) - 1
    assert even(across, 0.3 + ERROR) and even(along, 0.3 + ERROR)
    assert unrelated(across, along)
    for still in (slope(right, V), slope(down, U)):
        np.testing.assert_allclose(still, 0, atol=2 * ERROR)


def test_shear_moves_rows_against_each_other() -> None:
    right, down = inner(Elastic(0, rotation=0, scaling=0, shear=0.4))
    assert even(slope(right, V), 0.4 + ERROR)
    np.testing.assert_allclose(slope(right, U), 1, atol=2 * ERROR)
    np.testing.assert_allclose(down, np.broadcast_to(V, down.shape), atol=GREY)


def test_shift_moves_the_whole_to_each_side() -> None:
    right, down = inner(Elastic(0, rotation=0, scaling=0, shear=0, shift=4))
    x, y = (right - U).mean(axis=(1, 2)), (down - V).mean(axis=(1, 2))
    assert even(x, 4 + GREY) and even(y, 4 + GREY)
    assert unrelated(x, y)
    np.testing.assert_allclose(right - U, np.broadcast_to(x[:, None, None], right.shape), atol=GREY)
    np.testing.assert_allclose(down - V, np.broadcast_to(y[:, None, None], down.shape), atol=GREY)


def test_a_flip_is_a_mirror_and_comes_after_the_other_moves() -> None:
    """Two maps of one key, with and without the flip, differ in the signs of what u does."""
    moves = Moves(0.0, 0.5, 0.2, 0.3, 2.0, False, 0.0)
    flips = 0
    for key in KEYS:
        a, b, c, d, x, y = affine(key, moves)
        flipped = affine(key, moves._replace(flip=True))
        assert flipped in ((a, b, c, d, x, y), (-a, b, -c, d, x, y))
        flips += flipped[0] != a
    assert abs(flips - 2000) < 5 * math.sqrt(4000 / 4)


def test_cosines_and_sines() -> None:
    """The 13 terms are at most 12, and each is rounded by up to 2**-53 of it, a few times."""
    for x in np.linspace(-math.pi, math.pi, 101).tolist():
        np.testing.assert_allclose(cosine_and_sine(x), (math.cos(x), math.sin(x)), atol=1e-14)


def test_numbers_are_the_middles_of_equal_steps() -> None:
    for key in (0, 1, 2**64 - 1):
        n = Fraction(symmetric(key, 3)) + 1
        assert (n * 2**51 - Fraction(1, 2)).denominator == 1


# What is read ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "elastic",
    [
        Elastic(),
        Elastic(alpha=0, rotation=180, scaling=0.5, shear=1, shift=9, flip=True),
        Elastic(alpha=300, sigma=20),
        Elastic(alpha=3, sigma=0),
    ],
    ids=str,
)
@pytest.mark.parametrize("shape", [(28, 28), (9, 40)])
def test_pixels_are_scipys(elastic: Elastic, shape: tuple[int, int]) -> None:
    """SciPy interpolates in float64; a pixel is rounded, and so differs by half a grey, and a bit.

    A place is right to some 2**-18 of a pixel here, in float32, and a grey to 255 times that, 1e-3.
    """
    rows, columns = shape
    elastic = dataclasses.replace(elastic, shape=shape)
    images = np.random.default_rng(8).integers(0, 256, (6, *shape), np.uint8)
    found = elastic.deform(images)
    moves = elastic.deformer(rows * columns).moves
    v, u = np.mgrid[:rows, :columns] - np.array([(rows - 1) / 2, (columns - 1) / 2])[:, None, None]
    for image, pixels, key in zip(images, found, keys_of(0, 1, np.arange(6)).tolist(), strict=True):
        a, b, c, d, x, y = affine(mixed(key), moves)
        right, down = elastic.alpha * noise(mixed(key), rows, columns).astype(float)
        if elastic.sigma:
            right, down = scipys(right, elastic.sigma), scipys(down, elastic.sigma)
        across = a * u + b * v + x + right + (columns - 1) / 2
        along = c * u + d * v + y + down + (rows - 1) / 2
        wanted = map_coordinates(image.astype(float), [along, across], order=1, mode=ZEROS)
        faint = FAINT + 0.5  # what rounds to more stays
        assert np.abs(pixels - wanted)[wanted > faint + 1e-3].max() <= 0.5 + 1e-3
        assert not pixels[wanted < faint - 1e-3].any()


def test_beyond_the_image_all_is_0() -> None:
    X = np.full((20, 28, 28), 255, np.uint8)
    far = Elastic(0, rotation=0, scaling=0, shear=0, shift=1000).deform(X)
    assert not far.any(axis=(1, 2)).all()
    twice = Elastic(0, rotation=0, scaling=0.99, shear=0).deform(X)
    moved = Elastic(1e6, sigma=0).deform(X)
    assert set(np.unique(twice)) > {0, 255}
    assert (moved == 0).mean() > 0.999  # of a million pixels to each side, 28 are the image
