"""The rule for numbers."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastnet.tables import reference, scaling

FINITE = st.floats(allow_nan=False, allow_infinity=False)


def test_centre_and_scale_by_hand() -> None:
    assert scaling.centre_and_scale(np.arange(9.0)) == (4.0, 6 / 1.35 - 2 / 1.35)
    assert scaling.centre_and_scale(np.array([2.0, 1.0])) == (1.0, 1.0)
    assert scaling.centre_and_scale(np.array([7.0])) == (7.0, 0.0)
    assert scaling.centre_and_scale(np.array([0, 0, 5, 0, 0, 3, 0, 9, *[0.0] * 9])) == (0.0, 5.0)


def test_the_sign_of_zero_does_not_matter() -> None:
    for values in ([-0.0, 0.0, 1.0], [0.0, -0.0, 1.0], [-0.0] * 3, [-1.0, -0.0, 0.0, -0.0, 2.0]):
        wanted = scaling.centre_and_scale(np.abs(values) * np.sign(values) + 0.0)
        assert str(scaling.centre_and_scale(np.array(values))) == str(wanted)
        assert str(reference.centre_and_scale(values)) == str(wanted)


def test_a_flag_is_0_and_nearly_1() -> None:
    """Its rarer value is one scale from the other, if a quarter or less of the rows have it."""
    assert scaling.centre_and_scale(np.array([0.0, 0, 0, 0, 0, 1])) == (0.0, 1.0)
    assert scaling.centre_and_scale(np.array([1.0, 1, 1, 1, 1, 0])) == (1.0, 1.0)
    assert scaling.centre_and_scale(np.array([1.0, 0, 1, 0, 1, 0])) == (0.0, 1 / 1.35)


def test_a_sparse_column_is_not_centred() -> None:
    """Most of its values are 0, so 0 is its median, and stays 0: sparse rows stay sparse."""
    x = np.zeros(100)
    x[::7] = 5
    centre, scale = scaling.centre_and_scale(x)
    assert not scaling.scaled(x, centre, scale)[x == 0].any()


def test_numbers_are_clipped_smoothly() -> None:
    z = scaling.scaled(np.array([4.0, 5, 3, 1e300, -1e300, np.nan]), 4, 1)
    np.testing.assert_allclose(z, [0, 3 / 10**0.5, -3 / 10**0.5, 3, -3, 0], rtol=1e-15)


@given(st.lists(FINITE, min_size=1, max_size=30), FINITE)
def test_no_numbers_do_harm(values: list[float], x: float) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        centre, scale = scaling.centre_and_scale(np.array(values))
        z = scaling.scaled(np.array([x, *values]), centre, scale)
    assert (np.abs(z) <= 3).all()
    assert math.isfinite(centre) and 0 <= scale < math.inf
    assert (scale == 0) == (len({*values}) == 1) or scale < 1e-300
    assert z[0] == scaling.scaled_one(x, centre, scale) == reference.scaled(x, centre, scale)
    assert (centre, scale) == reference.centre_and_scale(values) or scale > 1e300


@given(st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=20), st.integers(-20, 20))
def test_the_unit_does_not_matter(values: list[float], power: int) -> None:
    """Exactly for powers of 2, if nothing is subnormal."""
    x = np.array(values)
    x[np.abs(x) < 1e-6] = 0
    z = scaling.scaled(x, *scaling.centre_and_scale(x))
    other = x * 2.0**power
    assert scaling.scaled(other, *scaling.centre_and_scale(other)).tobytes() == z.tobytes()


@given(st.lists(FINITE, max_size=60))
def test_statistics_of_a_stream_stay_finite(values: list[float]) -> None:
    seen, mean, squares = 0, 0.0, 0.0
    for x in values:
        seen, mean, squares = scaling.joined(x, seen, mean, squares)
    assert seen == len(values)
    assert math.isfinite(mean) and 0 <= squares < math.inf


def test_mean_and_deviation_of_a_stream_are_those_of_its_numbers() -> None:
    x = np.random.default_rng(0).normal(5, 3, 1000)
    seen, mean, squares = 0, 0.0, 0.0
    for value in x.tolist():
        seen, mean, squares = scaling.joined(value, seen, mean, squares)
    assert mean == pytest.approx(x.mean(), rel=1e-13)  # errors of 1,000 roundings
    assert squares / seen == pytest.approx(x.var(), rel=1e-12)


def test_one_outlier_does_not_spoil_a_stream() -> None:
    seen, mean, squares = 0, 0.0, 0.0
    for k in range(1000):
        x = 1e300 if k == 500 else (-1.0) ** k
        seen, mean, squares = scaling.joined(x, seen, mean, squares)
    assert abs(mean) < 0.1 and 0.9 < (squares / seen) ** 0.5 < 1.1
