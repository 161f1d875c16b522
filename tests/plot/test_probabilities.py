"""Calibration, ROC and precision-recall: the curves, held to scikit-learn's."""

import numpy as np
import pytest

from fastnet import Network, metrics, plot
from tests.helpers import needed
from tests.plot.helpers import below, refused, texts, title

pytestmark = pytest.mark.compiled


def test_calibration_has_a_point_for_each_bin(net, digits):
    X, y = digits[1]
    ax = plot.calibration(net, X, y)
    outputs = net.predict_proba(X).astype(float)
    sure, right = np.minimum(outputs.max(axis=1), 1), outputs.argmax(axis=1) == y
    points = ax.collections[1].get_offsets()
    bins = np.ceil(sure * 15) - 1  # a bin holds its right edge
    wanted = [(sure[bins == b].mean(), right[bins == b].mean()) for b in np.unique(bins)]
    assert np.asarray(points) == pytest.approx(np.array(wanted))
    error = sum((bins == b).mean() * abs(w - s) for b, (s, w) in zip(np.unique(bins), wanted,
                                                                     strict=True))  # fmt: skip
    assert f"calibration error {error:.1%}" in below(ax)
    assert title(ax).startswith(f"{sure.mean():.1%} sure and {right.mean():.1%} right on average")


def test_outputs_that_are_no_probabilities():
    net = Network.initialise((4, 2), ["identity"], classes=[0, 1])
    refused("outputs of identity are no probabilities, wanted softmax or sigmoid",
            plot.calibration, net, np.eye(4), [0, 1, 0, 1])  # fmt: skip


def test_the_roc_curve_is_that_of_scikit_learn(owners):
    judges = needed("sklearn.metrics")
    net, X, y = owners
    ax = plot.roc(net, X, y)
    scores, truth = net.predict_proba(X)[:, 1], np.asarray(y == net.classes[1])
    false, true = ax.lines[1].get_data()
    wanted = judges.roc_curve(truth, scores, drop_intermediate=False)
    assert np.interp(wanted[0], false, true).max() == 1
    assert {*zip(wanted[0], wanted[1], strict=True)} <= {*zip(false, true, strict=True)}
    assert texts(ax)[0] == f"area {judges.roc_auc_score(truth, scores):.3f}"


def test_precision_and_recall_are_those_of_scikit_learn(owners):
    judges = needed("sklearn.metrics")
    net, X, y = owners
    ax = plot.precision_recall(net, X, y)
    scores, truth = net.predict_proba(X)[:, 1], np.asarray(y == net.classes[1])
    recall, precision = ax.lines[1].get_data()
    wanted = judges.precision_recall_curve(truth, scores)
    drawn = {*zip(recall.tolist(), precision.tolist(), strict=True)}
    points = zip(wanted[1].tolist(), wanted[0].tolist(), strict=True)
    assert {(r, p) for r, p in points if r > 0} <= drawn
    assert f"guessing: {truth.mean():.0%}" in texts(ax)


@pytest.mark.parametrize("name", ["roc", "precision_recall"])
def test_one_class_against_all_others(net, digits, name):
    X, y = digits[1]
    draw = getattr(plot, name)
    refused(f"10 classes, but {name} wants two, or positive=LABEL", draw, net, X, y)
    ax = draw(net, X, y, positive=7)
    x, _ = metrics.roc(y == 7, net.predict_proba(X)[:, 7])[:2]
    if name == "roc":
        assert ax.lines[1].get_xdata().tolist() == x.tolist()
    assert "class 7" in title(ax)
    assert title(draw(net, X, y, positive=np.int64(7))) == title(ax)
    refused("positive: label 11 is none of", draw, net, X, y, positive=11)
    refused("positive: label 'x' is none of", draw, net, X, y, positive="x")
    refused(r"positive: label \[7\] is none of", draw, net, X, y, positive=[7])
    refused("all of 48 samples are 7|all of .* samples are 7, but", draw, net, X[y == 7], y[y == 7],
            positive=7)  # fmt: skip
    refused("none of .* samples are 7, but", draw, net, X[y != 7], y[y != 7], positive=7)


def test_a_regression_has_no_curve(incomes):
    refused("a regression, but roc wants a net with classes", plot.roc, *incomes)
