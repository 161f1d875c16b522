"""The confusion matrix: counts, colours, many classes, labels that are unknown or missing."""

import itertools

import numpy as np
import pytest

import fastnet
from fastnet import Network, plot
from tests.helpers import needed
from tests.plot.helpers import below, refused, texts, title

pytestmark = pytest.mark.compiled


def test_cells_hold_counts(net, digits):
    X, y = digits[1]
    ax = plot.confusion_matrix(net, X, y)
    wanted = np.zeros((10, 10), int)
    np.add.at(wanted, (y, net.predict(X)), 1)
    drawn = np.zeros_like(wanted)
    for text in ax.texts:
        j, i = text.get_position()
        drawn[i, j] = int(text.get_text().replace(",", ""))
    assert drawn.tolist() == wanted.tolist()
    assert title(ax).startswith(f"{net.score(X, y):.1%} of 500 right; ")


def test_right_and_wrong_answers_have_their_own_colours(net, digits):
    ax = plot.confusion_matrix(net, *digits[1])
    (image,) = ax.images
    pixels = np.asarray(image.get_array())
    red, _, blue = pixels[0, 0]
    assert blue > red  # a right answer
    j, i = next(t.get_position() for t in ax.texts if np.subtract(*t.get_position()))
    assert pixels[i, j, 0] > pixels[i, j, 2]


def test_an_ensemble_and_an_estimator_answer(ensemble, digits, table):
    X, y = digits[1]
    ax = plot.confusion_matrix(ensemble, X, y)
    assert title(ax).startswith(f"{ensemble.score(X, y):.1%} of 500 right")
    sklearn = needed("fastnet.sklearn")
    rows = table.drop(columns=["owner", "town"])[:100]
    estimator = sklearn.FastNetClassifier(max_iter=2)
    refused("FastNetClassifier, which is not fitted", plot.confusion_matrix, estimator, X, y,
            error=TypeError)  # fmt: skip
    estimator.fit(rows, table["owner"][:100])
    assert "of 100 right" in title(plot.confusion_matrix(estimator, rows, table["owner"][:100]))


def of_classes(k):
    """A net that says 0 to half of its inputs, of k classes, one-hot inputs and labels."""
    weights = np.eye(k)
    weights[: k // 2] = 0
    weights[: k // 2, 0] = 1
    return Network.from_weights([weights], [np.zeros(k)]), np.eye(k), np.arange(k)


def test_a_thousand_classes_make_a_list_of_pairs():
    net, X, y = of_classes(1000)
    ax = plot.confusion_matrix(net, X, y)
    assert title(ax) == "50.1% of 1,000 right; 1 is taken for 0 most often (1)"
    assert [label.get_text() for label in ax.get_yticklabels()][:2] == [
        "1 taken for 0", "2 taken for 0",
    ]  # fmt: skip
    assert [bar.get_width() for bar in ax.patches] == [1] * len(ax.patches)
    assert len(ax.patches) <= 15
    right = plot.confusion_matrix(net, X[500:], y[500:])
    assert texts(right) == ["no mistakes"]


def test_30_classes_fit_at_half_a_column():
    net, X, y = of_classes(30)
    ax = plot.confusion_matrix(net, X, y, size=(3.3, 2.5))
    ax.figure.draw_without_rendering()
    boxes = [label.get_window_extent() for label in ax.get_yticklabels()]
    for upper, lower in itertools.pairwise(boxes):
        assert lower.y1 < upper.y0 + 2


def test_labels_that_the_net_does_not_know_are_left_out(digits):
    (X, y), _ = digits
    net = fastnet.train(X[y < 9], y[y < 9], hidden=(), epochs=1)
    with pytest.warns(fastnet.LearningWarning, match="none of the network's classes"):
        ax = plot.confusion_matrix(net, X, y)
    assert f"{(y == 9).sum()} rows of unknown classes left out" in below(ax)
    assert f"of {(y < 9).sum():,} right" in title(ax)
    with pytest.raises(ValueError, match=r"label 9 in rows .* is none of"):
        plot.confusion_matrix(net, X[y == 9], y[y == 9])


def test_many_rows_are_drawn_by_the_seed(net, digits):
    X, y = digits[0]
    ax, same, other = (plot.confusion_matrix(net, X, y, most=100, seed=s) for s in (1, 1, 2))
    assert below(ax) == "the net's answer 100 of 2,000 rows, drawn with seed 1"
    assert "of 100 right" in title(ax)
    assert texts(ax) == texts(same) != texts(other)
    assert "2,000 right" in title(plot.confusion_matrix(net, X, y, most=None))


def test_one_class_among_the_data(net, digits):
    X, y = digits[1]
    ax = plot.confusion_matrix(net, X[y == 3], y[y == 3])
    assert f"of {(y == 3).sum()} right" in title(ax)


def test_bad_data(net, digits, incomes):
    X, y = digits[1]
    refused("y: NoneType", plot.confusion_matrix, net, X, None, error=TypeError)
    refused("499 targets for 500 rows of X", plot.confusion_matrix, net, X, y[1:])
    refused("y: dtype float64, but", plot.confusion_matrix, net, X, y + 0.5)
    refused("X: 783 features", plot.confusion_matrix, net, X[:, 1:], y)
    refused("a regression, but confusion_matrix wants a net with classes; importance, residuals",
            plot.confusion_matrix, *incomes)  # fmt: skip
    refused("most: 0", plot.confusion_matrix, net, X, y, most=0)
    refused("seed: -1", plot.confusion_matrix, net, X, y, seed=-1)
    several = Network.initialise((784, 2), ["sigmoid"], "cross-entropy")
    assert several.task == "multilabel"
    refused("several labels at once", plot.confusion_matrix, several, X, y)


def test_a_net_that_has_diverged(net, digits):
    gone = net.copy()
    gone.biases[-1][0] = np.nan
    refused("it has diverged", plot.confusion_matrix, gone, *digits[1])
    refused("it has diverged", plot.weights, gone)
    refused("it has diverged", plot.activity, gone, digits[1][0])
