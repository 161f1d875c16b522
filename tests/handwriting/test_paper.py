"""Ink and paper: windows held to a slow judge, light and dark, noise, lines."""

import numpy as np
import pytest

from fastnet.handwriting.paper import closed, ink_of, is_light_on_dark, thickened, without_lines
from tests.handwriting.helpers import digits


def strokes(height=120, width=300):
    """Ink of an upright and a round stroke, where it is 1."""
    y, x = np.mgrid[:height, :width]
    ring = abs(np.hypot(y - 60, x - 200) - 30) < 4
    return (ring | ((abs(x - 60) < 5) & (abs(y - 60) < 40))).astype(np.float32)


@pytest.mark.parametrize("n", [3, 7, 11])
def test_closing_is_the_least_of_the_largest_values(n):
    values = np.random.default_rng(n).random((9, 14)).astype(np.float32)
    half = n // 2
    wide = np.pad(values, n - 1, "edge")
    largest = np.lib.stride_tricks.sliding_window_view(wide, (n, n)).max(axis=(2, 3))
    least = np.lib.stride_tricks.sliding_window_view(largest, (n, n)).min(axis=(2, 3))
    np.testing.assert_array_equal(closed(values, n), least)
    assert half >= 1 and (closed(values, n) >= values).all()


@pytest.mark.parametrize("light", [False, True])
@pytest.mark.parametrize("shade", [0.0, 0.6])
@pytest.mark.parametrize("noise", [0, 10])
def test_ink_is_found_in_shade_and_noise_dark_or_light(light, shade, noise):
    ink = strokes()
    grey = 230 * (1 - 0.7 * ink)
    grey = (255 - grey if light else grey) * np.linspace(1, 1 - shade, ink.shape[1])
    grey = grey + np.random.default_rng(1).normal(0, noise, ink.shape)
    assert is_light_on_dark(grey) == light
    _, mask = ink_of(grey.clip(0, 255))
    missed = (ink > 0) & ~mask
    assert missed.sum() < 0.02 * ink.sum()
    near = np.pad(ink, 3)
    around = np.lib.stride_tricks.sliding_window_view(near, (7, 7)).max(axis=(2, 3)) > 0
    assert (mask & ~around).sum() < 0.001 * ink.size  # a few pixels of noise


@pytest.mark.parametrize("deviation", [0, 2, 10, 30])
def test_paper_alone_has_no_ink(deviation):
    noise = np.random.default_rng(2).normal(200, deviation, (300, 400))
    assert not ink_of(noise.clip(0, 255))[1].any()


@pytest.mark.parametrize("squared", [False, True])
def test_lines_go_and_strokes_that_cross_them_stay(squared):
    ink = strokes() > 0
    lines = np.zeros_like(ink)
    lines[20::40] = lines[21::40] = True
    if squared:
        lines[:, 20::40] = lines[:, 21::40] = True
    left = without_lines(ink | lines)
    assert (left & ~ink).sum() < 0.02 * lines.sum()
    assert (ink & ~left).sum() < 0.05 * ink.sum()


@pytest.mark.parametrize("slope", [0, 0.05, -0.12, 0.2])
@pytest.mark.parametrize("fan", [0, 0.02])
def test_lines_of_paper_that_is_turned_go(slope, fan):
    """Also where they fan out, as in a photograph from the side."""
    ink = strokes() > 0
    y, x = np.mgrid[: ink.shape[0], : ink.shape[1]]
    place = (y - (slope + fan * y / len(y)) * x).round().astype(int)
    lines = (place % 40 == 20) | (place % 40 == 21)
    left = without_lines(ink | lines)
    assert (left & ~ink).sum() < 0.05 * lines.sum()  # ends in the corners are short
    assert (ink & ~left).sum() < 0.05 * ink.sum()


def test_rows_of_many_digits_are_no_lines():
    """Though they go across, and their strokes are as thin as lines."""
    X, _ = digits()
    ink = X[:200].reshape(10, 20, 28, 28).swapaxes(1, 2).reshape(280, 560) > 100
    ink = ink.repeat(2, axis=0).repeat(2, axis=1)
    assert (ink & ~without_lines(ink)).sum() < 0.01 * ink.sum()


def test_a_bar_of_a_digit_is_no_line():
    ink = np.zeros((100, 100), bool)
    ink[20:24, 20:80] = ink[20:90, 76:80] = True
    np.testing.assert_array_equal(without_lines(ink), ink)


def test_fine_strokes_become_as_wide_as_wanted_and_others_stay():
    fine = np.zeros((100, 60), np.uint8)
    fine[:, 30:32] = 255
    assert (thickened(fine, 0.1)[50] > 0).sum() in (9, 10, 11)
    wide = np.zeros((100, 60), np.uint8)
    wide[:, 20:40] = 255
    assert thickened(wide, 0.1) is wide
