"""Residuals: the points, the median, and what lies outside."""

import itertools

import numpy as np
import pytest

import fastnet
from fastnet import Network, plot
from fastnet.plot.numbers import medians
from tests.helpers import needed
from tests.plot.helpers import below, refused, title

pytestmark = pytest.mark.compiled


def test_points_are_answers_and_what_is_missing(incomes):
    net, X, y = incomes
    ax = plot.residuals(net, X, y)
    said = net.predict(X)
    points = np.asarray(ax.collections[0].get_offsets())
    assert points[:, 0] == pytest.approx(said)
    assert points[:, 1] == pytest.approx(np.asarray(y) - said)
    near = np.median(np.abs(points[:, 1]))
    assert title(ax).startswith(f"Half of the 400 answers are within {near:,.0f} of the truth")
    assert f"{net.score(X, y):.2f}" in title(ax)
    assert below(ax).startswith("income, as the net answers" if net.encoding.target else "the net")


def test_the_median_bends_where_the_net_misses_something():
    x = np.linspace(-1, 1, 240)
    places, middle = medians(x, x**2)
    assert len(places) == 12
    assert middle == pytest.approx(places**2, abs=0.02)
    assert medians(x[:30], x[:30]) is None


def test_one_of_several_outputs():
    net = Network.from_weights([np.eye(2)], [[0, 0]], ["identity"])
    X = np.array([[1.0, 2], [3, 4]])
    refused("output: None, but the net has 2 outputs, wanted one of 0 to 1", plot.residuals, net, X,
            X)  # fmt: skip
    refused("output: 2", plot.residuals, net, X, X, output=2)
    ax = plot.residuals(net, X, X + np.array([0, 1]), output=1)
    assert np.asarray(ax.collections[0].get_offsets()).tolist() == [[2, 1], [4, 1]]


def test_one_row_and_perfect_answers():
    net = Network.from_weights([[[1.0]]], [[0]], "identity")
    for X in (np.ones((1, 1)), np.arange(30.0)[:, None]):
        ax = plot.residuals(net, X, X[:, 0])
        ax.figure.draw_without_rendering()
        assert "within 0 of the truth" in title(ax)


def test_a_few_extreme_points_lie_outside_and_are_counted():
    net = Network.from_weights([[[1.0]]], [[0]], "identity")
    X = np.linspace(0, 1, 1000)[:, None]
    y = X[:, 0] + np.where(np.arange(1000) == 500, 1e6, 0.1 * np.sin(np.arange(1000)))
    ax = plot.residuals(net, X, y)
    assert "1 farther point lies outside" in below(ax)
    assert ax.get_ylim()[1] < 1


@pytest.mark.parametrize("n", [120, 1500])
def test_a_few_gross_errors_do_not_squeeze_the_others(n):
    net = Network.from_weights([[[1.0]]], [[0]], "identity")
    X = np.linspace(0, 1, n)[:, None]
    y = X[:, 0] + 0.1 * np.sin(np.arange(n))
    y[: n // 200 + 1] = 1e6
    ax = plot.residuals(net, X, y)
    assert f"{n // 200 + 1} farther point" in below(ax)
    assert ax.get_ylim()[1] < 1


def test_the_line_of_no_error_is_always_drawn():
    net = Network.from_weights([[[1.0]]], [[0]], "identity")
    X = np.linspace(0, 1, 50)[:, None]
    low, high = plot.residuals(net, X, X[:, 0] + 1000 + X[:, 0] ** 2).get_ylim()
    assert low < 0 < 1000 < high
    low, high = plot.residuals(net, X[:1], X[:1, 0] - 3).get_ylim()
    assert low < -3 < 0 < high


@pytest.mark.parametrize("factor", [1e-9, 1e12])
def test_large_and_small_numbers_have_room(factor):
    net = Network.from_weights([[[1.0]]], [[0]], "identity", dtype="float64")
    X = factor * (50 + np.random.default_rng(0).normal(size=(200, 1)))
    ax = plot.residuals(net, X, X[:, 0] * 1.01, size=(3.3, 2.5))
    ax.figure.draw_without_rendering()
    boxes = [label.get_window_extent() for label in ax.get_xticklabels() if label.get_text()]
    assert all(one.x1 < other.x0 for one, other in itertools.pairwise(boxes))


def test_many_points_are_pixels_in_files_of_lines():
    net = Network.from_weights([[[1.0]]], [[0]], "identity")
    X = np.zeros((3000, 1))
    assert plot.residuals(net, X, X[:, 0]).collections[0].get_rasterized()


def test_classes_have_no_residuals(net, digits):
    told = "a net with classes, but residuals wants a regression; confusion_matrix, mistakes"
    refused(told, plot.residuals, net, *digits[1])


def test_an_estimator(table):
    sklearn = needed("fastnet.sklearn")
    X, y = table[["age", "hours"]], table["income"].astype(float)
    estimator = sklearn.FastNetRegressor(max_iter=2).fit(X, y)
    assert isinstance(estimator.model_, fastnet.Network)
    assert "1,000 answers" in title(plot.residuals(estimator, X, y))
