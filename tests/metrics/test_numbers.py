"""Measures of numbers, against scikit-learn and by hand."""

import numpy as np
import pytest
from sklearn import metrics as sk

from fastnet import metrics

RNG = np.random.default_rng(0)
Y = RNG.normal(size=(500, 3)) * [1, 100, 1e-5] + [0, 1e4, 0]
CASES = {
    "one output": (Y[:, 0], Y[:, 0] + RNG.normal(size=500)),
    "far from 0": (Y[:, 1], Y[:, 1] + 10 * RNG.normal(size=500)),
    "several outputs": (Y, Y * 1.1),
    "a column": (Y[:, :1], Y[:, :1] * 0.5),
    "whole numbers": (np.arange(9, dtype=np.uint8), np.arange(9)[::-1]),
    "truth values": (np.array([True, False]), np.array([0.9, 0.2])),
    "constant": (np.full(7, 0.1), np.full(7, 0.1)),
    "constant and wrong": (np.full(7, 0.5), np.full(7, 0.2)),
    "right": (Y[:, 0], Y[:, 0]),
    "many": (np.tile(Y, (300, 1)), np.tile(Y + 1, (300, 1))),
}


@pytest.mark.parametrize("name", CASES)
def test_measures(name):
    y, answers = (np.asarray(values, float) for values in CASES[name])
    given = CASES[name]
    assert metrics.r_squared(*given) == pytest.approx(sk.r2_score(y, answers), rel=1e-10, abs=1e-13)
    assert metrics.mae(*given) == pytest.approx(np.abs(y - answers).mean(), rel=1e-13)
    assert metrics.rmse(*given) == pytest.approx(
        sk.root_mean_squared_error(y.ravel(), answers.ravel()), rel=1e-13
    )
    means = np.broadcast_to(y.mean(axis=0), y.shape)
    assert metrics.spread(given[0]) == pytest.approx(metrics.rmse(y, means), rel=1e-12, abs=1e-15)


def test_squares_do_not_overflow():
    y = np.array([1e300, -1e300, 0.0])
    assert metrics.rmse(y, -y) == pytest.approx(2e300 * np.sqrt(2 / 3))
    assert metrics.spread(y) == pytest.approx(1e300 * np.sqrt(2 / 3))
    assert metrics.mae(y, -y) == pytest.approx(4e300 / 3)
    assert metrics.r_squared(y, y / 2) == pytest.approx(0.75)
    assert metrics.rmse(y / 1e305, 0 * y) == pytest.approx(metrics.spread(y) / 1e305)
    assert metrics.r_squared([0, 5e-324], [0, 5e-324]) == 1
    assert metrics.r_squared([0, 1e-300], [0, 1e300]) == -np.inf
    assert metrics.r_squared([0, 1], [np.inf, -np.inf]) == -np.inf
    assert metrics.rmse([1e308], [-1e308]) == np.inf
    assert metrics.rmse([0.0], [np.inf]) == np.inf and np.isnan(metrics.rmse([0.0], [np.nan]))


def test_arrays_that_do_not_fit():
    with pytest.raises(ValueError, match=r"answers: shape \(3, 1\), wanted \(2, 1\), as y"):
        metrics.rmse([1, 2], [1, 2, 3])
    with pytest.raises(ValueError, match=r"y: shape \(0,\), wanted"):
        metrics.spread([])
