"""Measures of probabilities, against scikit-learn and by hand."""

import math

import numpy as np
import pytest
from sklearn import metrics as sk
from sklearn.calibration import calibration_curve

from fastnet import metrics

RNG = np.random.default_rng(0)
EACH_DTYPE = pytest.mark.parametrize("dtype", ["float32", "float64"])


@EACH_DTYPE
@pytest.mark.parametrize("k", [2, 3, 100])
def test_log_loss(dtype, k):
    p = RNG.dirichlet(np.ones(k), 5000).astype(dtype)
    p = np.maximum(p, 1e-6)  # smaller ones scikit-learn raises, to 1e-7 in float32
    p /= p.sum(axis=1, keepdims=True)
    y = RNG.integers(0, k, 5000)
    assert metrics.log_loss(y, p, range(k)) == pytest.approx(
        sk.log_loss(y, p / p.sum(axis=1, keepdims=True, dtype=float), labels=range(k)), rel=1e-6
    )
    names = np.array([f"class {j}" for j in range(k)])
    assert metrics.log_loss(names[y], p, names) == metrics.log_loss(y, p, range(k))


def test_log_loss_of_certain_answers():
    certain = np.eye(2, dtype=np.float32)
    assert math.copysign(1, metrics.log_loss([0, 1], certain, [0, 1])) == 1 and (
        metrics.log_loss([0, 1], certain, [0, 1]) == 0
    )
    least = -math.log(float(np.finfo(np.float32).tiny))
    assert metrics.log_loss([1, 0], certain, [0, 1]) == pytest.approx(least)
    assert metrics.log_loss([1, 0], certain.astype(float), [0, 1], "float32") == least
    assert metrics.log_loss([1, 1], np.eye(2, dtype=int), [0, 1]) == pytest.approx(708.4 / 2, 1e-4)


def test_labels_without_a_probability_are_left_out():
    p = np.array([[0.2, 0.8], [0.9, 0.1], [0.5, 0.5]])
    assert metrics.log_loss(["b", "a", "new"], p, ["a", "b"]) == pytest.approx(
        -(math.log(0.8) + math.log(0.9)) / 2
    )
    assert math.isnan(metrics.log_loss([7, 8, 9], p, [0, 1]))
    assert math.isnan(metrics.cost_of([]))
    assert metrics.cost_of([0.8, 0.9]) == metrics.log_loss([1, 0], p[:2], [0, 1])


@EACH_DTYPE
def test_log_loss_of_one_label(dtype):
    present, p = RNG.random(3000) < 0.3, RNG.random(3000).astype(dtype)
    wanted = sk.log_loss(present, p.astype(float), labels=[False, True])
    assert metrics.label_log_loss(present, p) == pytest.approx(wanted, rel=1e-12)
    wrong = metrics.label_log_loss([0, 1], np.array([1, 0], dtype))
    assert math.isfinite(wrong) and wrong > 15
    shares = metrics.label_log_loss([0.25], [0.25])
    assert shares == pytest.approx(-0.25 * math.log(0.25) - 0.75 * math.log(0.75))


@EACH_DTYPE
@pytest.mark.parametrize("bins", [1, 5, 15])
def test_calibration(dtype, bins):
    right, p = RNG.random(2000) < 0.6, RNG.random(2000).astype(dtype).round(2)
    of = metrics.calibration(right, p, bins)
    share, mean = calibration_curve(right, p.astype(float), n_bins=bins)
    full = of.samples > 0
    np.testing.assert_allclose(of.right[full], share, rtol=1e-15)
    np.testing.assert_allclose(of.confidence[full], mean, rtol=1e-6)
    error = sum(abs(r - c) * n for _, n, c, r in zip(*of, strict=False) if n) / 2000
    assert metrics.calibration_error(right, p, bins) == pytest.approx(error, rel=1e-12)


def test_bounds_belong_to_the_bin_below():
    of = metrics.calibration([1, 0, 1, 1], [0.0, 0.5, 0.75, 1.0], 4)
    assert of.samples.tolist() == [1, 1, 1, 1]
    assert of.edges.tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert np.isnan(metrics.calibration([1], [0.9], 2).right[0])
    assert metrics.calibration_error([1, 1], [1.0, 1.0]) == 0
    assert metrics.calibration_error([0, 0], [1.0, 1.0]) == 1


@pytest.mark.parametrize("wrong", [-0.1, 1.5, np.nan, np.inf])
def test_what_is_no_probability(wrong):
    said = f"{wrong:g}, wanted probabilities, from 0 to 1"
    for call in (
        lambda: metrics.log_loss([0, 1], [[0.5, 0.5], [wrong, 0.5]], [0, 1]),
        lambda: metrics.cost_of([0.5, wrong]),
        lambda: metrics.label_log_loss([0, 1], [0.5, wrong]),
        lambda: metrics.calibration([0, 1], [0.5, wrong]),
    ):
        with pytest.raises(ValueError, match=said):
            call()
    with pytest.raises(ValueError, match=r"probabilities: shape \(2, 2\)"):
        metrics.log_loss([0, 1], np.eye(2), [0, 1, 2])
    with pytest.raises(ValueError, match="bins: 0, wanted at least one"):
        metrics.calibration([1], [0.5], 0)
