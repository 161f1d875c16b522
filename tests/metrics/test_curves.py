"""Measures of ranks, against scikit-learn and by hand."""

import warnings

import numpy as np
import pytest
from sklearn import metrics as sk

from fastnet import metrics
from tests.metrics.helpers import SCORES

EACH = pytest.mark.parametrize("name", SCORES)


@EACH
def test_roc(name):
    positive, scores = SCORES[name]
    found = metrics.roc(positive, scores)
    wanted = sk.roc_curve(positive, scores, drop_intermediate=False)
    for own, theirs in zip(found, wanted, strict=True):
        np.testing.assert_allclose(own, theirs, rtol=1e-15)


@EACH
def test_auc(name):
    positive, scores = SCORES[name]
    assert metrics.auc(positive, scores) == pytest.approx(
        sk.roc_auc_score(positive, scores), rel=1e-12
    )
    above = scores[positive == 1][:, None] - scores[positive == 0].astype(float)
    share = ((above > 0).sum() + (above == 0).sum() / 2) / above.size
    assert metrics.auc(positive, scores) == share, "the share of pairs, exactly"


@EACH
def test_precision_recall(name):
    positive, scores = SCORES[name]
    precision, recall, thresholds = metrics.precision_recall(positive, scores)
    wanted = sk.precision_recall_curve(positive, scores)
    for own, theirs in zip((precision, recall, thresholds[1:]), wanted, strict=True):
        np.testing.assert_allclose(own[::-1], theirs, rtol=1e-15)
    assert thresholds[0] == np.inf
    theirs = sk.average_precision_score(positive, scores)
    assert metrics.average_precision(positive, scores) == pytest.approx(theirs, rel=1e-13)


def test_one_class_alone():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for positive, false, true in (([0, 0], 1, np.nan), ([1, 1], np.nan, 1)):
            assert np.isnan(metrics.auc(positive, [0.1, 0.2]))
            ends = [values[-1] for values in metrics.roc(positive, [0.1, 0.2])[:2]]
            np.testing.assert_equal(ends, [false, true])
        assert np.isnan(metrics.average_precision([0], [1.0]))
        assert np.isnan(metrics.precision_recall([0], [1.0])[1][-1])
    assert metrics.average_precision([1], [1.0]) == 1


def test_the_order_of_samples_does_not_matter():
    positive, scores = SCORES["with ties"]
    order = np.random.default_rng(1).permutation(len(scores))
    for function in (metrics.auc, metrics.average_precision):
        assert function(positive, scores) == function(positive[order], scores[order])


def test_scores_that_are_no_numbers():
    with pytest.raises(ValueError, match="scores: nan in row 1, wanted numbers"):
        metrics.auc([0, 1], [0.0, np.nan])
    with pytest.raises(ValueError, match="y: no samples"):
        metrics.roc([], [])


@pytest.mark.parametrize(
    ("positive", "came"),
    [([-1, 1], "-1"), (["no", "yes"], "'no'"), ([0, 2], "2"), ([1.0, np.nan], "nan"),
     (np.array([None, 1]), "None")],
)  # fmt: skip
def test_what_is_neither_positive_nor_negative(positive, came):
    """As truth values, both labels would be positive, and the area NaN."""
    for function in (metrics.auc, metrics.roc, metrics.average_precision, metrics.precision_recall):
        with pytest.raises(ValueError, match=f"positive: {came}, wanted truth values, or 0 and 1"):
            function(positive, [0.1, 0.2])
    with pytest.raises(ValueError, match=f"right: {came}"):
        metrics.calibration_error(positive, [0.1, 0.2])
    with pytest.raises(ValueError, match="present: "):
        metrics.label_log_loss(positive, [0.1, 0.2])


def test_truth_values_in_other_dtypes():
    for dtype in (bool, np.uint8, float, object):
        assert metrics.auc(np.array([False, True]).astype(dtype), [0.1, 0.2]) == 1
