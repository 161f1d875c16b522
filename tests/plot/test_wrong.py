"""Mistakes: which are drawn, what stands with them, and the images."""

import numpy as np
import pytest

import fastnet
from fastnet import plot
from tests.helpers import needed
from tests.plot.helpers import below, refused, texts, title

pytestmark = pytest.mark.compiled


def surest_mistakes(net, X, y):
    """The places of wrong answers, the surest first."""
    outputs = net.predict_proba(X)
    sure, wrong = outputs.max(axis=1), net.predict(X) != np.asarray(y)
    return [k for k in np.argsort(-sure, kind="stable") if wrong[k]], outputs


def test_the_surest_mistakes_come_first_with_what_the_net_thought(net, digits):
    X, y = digits[1]
    places, outputs = surest_mistakes(net, X, y)
    ax = plot.mistakes(net, X, y, n=5)
    said = outputs.argmax(axis=1)
    assert texts(ax) == [
        f"{said[k]} ({min(outputs[k].max(), 1):.0%})\nis {y[k]}" for k in places[:5]
    ]
    assert title(ax) == f"{len(places)} of 500 answers are wrong; it was surest of these 5"
    canvas = np.asarray(ax.images[0].get_array())
    first = X[places[0]].reshape(28, 28) / 255
    assert canvas[:28, :28, 0] == pytest.approx(first)


def test_rows_of_a_table_are_named_by_their_places(owners):
    net, X, y = owners
    places, outputs = surest_mistakes(net, X, y)
    ax = plot.mistakes(net, X, y, n=3)
    assert [label.get_text() for label in ax.get_yticklabels()] == [f"row {k}" for k in places[:3]]
    assert [bar.get_width() for bar in ax.patches] == pytest.approx(outputs[places[:3]].max(axis=1))
    answers = net.predict(X)
    assert texts(ax)[0].startswith(answers[places[0]])
    assert texts(ax)[0].endswith(f"is {y.iloc[places[0]]}")


def test_rows_that_are_sampled_keep_their_places(owners):
    net, X, y = owners
    ax = plot.mistakes(net, X, y, most=200, seed=3)
    places = [int(label.get_text().split()[1]) for label in ax.get_yticklabels()]
    assert all(net.predict(X[k : k + 1])[0] != y.iloc[k] for k in places)
    assert "200 of 400 rows, drawn with seed 3" in below(ax)


def test_plain_rows_and_colours(blobs):
    net, X, y = blobs
    ax = plot.mistakes(net, X, y, n=2)
    assert ax.get_yticklabels()[0].get_text().startswith("row ")
    ax = plot.mistakes(net, X, y, n=2, shape=(1, 4))
    assert len(ax.images) == 1
    rgb = fastnet.train(np.tile(X, (1, 3)), y, hidden=(), epochs=1)
    ax = plot.mistakes(rgb, np.tile(X, (1, 3)), y, n=1, shape=(2, 2, 3))
    assert np.asarray(ax.images[0].get_array()).shape[2] == 3


def test_no_mistakes_are_no_error(net, digits):
    X, y = digits[1]
    right = net.predict(X) == y
    ax = plot.mistakes(net, X[right], y[right])
    assert title(ax) == f"All {right.sum()} answers are right"
    assert texts(ax) == ["no mistakes"]


def test_sparse_images(net, digits):
    sparse = needed("scipy.sparse")
    X, y = digits[1]
    dense, thin = (plot.mistakes(net, rows, y, n=4) for rows in (X, sparse.csr_array(X)))
    assert np.array_equal(dense.images[0].get_array(), thin.images[0].get_array())


def test_bad_shapes(net, digits, owners):
    X, y = digits[1]
    refused(r"shape: \(3, 3\) has 9 pixels, but the net takes 784", plot.mistakes, net, X, y,
            shape=(3, 3))  # fmt: skip
    refused(r"shape: 28, wanted \(rows, columns\)", plot.mistakes, net, X, y, shape=28)
    refused(r"wanted \(rows, columns\)", plot.mistakes, net, X, y, shape=(7, 28, 4))
    refused("columns of a table, but mistakes wants images", plot.mistakes, *owners, shape=(2, 3))
    refused("n: 0", plot.mistakes, net, X, y, n=0)
