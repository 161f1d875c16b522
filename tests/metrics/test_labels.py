"""Measures of labels, against scikit-learn and by hand."""

import numpy as np
import pytest
from sklearn import metrics as sk

from fastnet import metrics
from tests.metrics.helpers import LABELS, guesses

EACH = pytest.mark.parametrize("name", LABELS)


def as_sklearn(*arrays):
    """Labels that scikit-learn takes: it knows neither bytes nor whole numbers beyond 64 bits."""
    labels = sorted({label for array in arrays for label in array.tolist()})
    place = {label: k for k, label in enumerate(labels)}
    return tuple(np.array([place[label] for label in array.tolist()]) for array in arrays)


@EACH
@pytest.mark.filterwarnings("ignore:A single label was found")
def test_confusion(name):
    y, answers = LABELS[name]
    wanted = sk.confusion_matrix(*as_sklearn(y, answers))
    assert np.array_equal(metrics.confusion(y, answers), wanted)
    assert metrics.accuracy(y, answers) == sk.accuracy_score(*as_sklearn(y, answers))


@EACH
@pytest.mark.filterwarnings("ignore:.*unique classes.*")
def test_by_class(name):
    y, answers = LABELS[name]
    of = metrics.by_class(y, answers)
    wanted = sk.precision_recall_fscore_support(
        *as_sklearn(y, answers), zero_division=np.nan
    )  # fmt: skip
    found = (of.precision, of.recall, of.f1)
    for own, theirs in zip(found, wanted, strict=False):
        np.testing.assert_allclose(own, theirs, rtol=1e-15)
    assert np.array_equal(of.samples, wanted[3]) and of.answered.sum() == len(y)
    for own, function in zip(
        of.macro(), (sk.precision_score, sk.recall_score, sk.f1_score), strict=True
    ):
        theirs = function(*as_sklearn(y, answers), average="macro", zero_division=0)
        assert own == pytest.approx(theirs, rel=1e-13)


def test_labels_that_are_none_of_the_classes():
    """They count as wrong answers, as in scikit-learn."""
    y, answers = np.array([0, 1, 2, 9, 9]), np.array([0, 1, 1, 1, 0])
    of = metrics.by_class(y, answers, [0, 1, 2])
    wanted = sk.precision_recall_fscore_support(y, answers, labels=[0, 1, 2], zero_division=np.nan)
    np.testing.assert_allclose(of.f1, wanted[2])
    np.testing.assert_allclose(of.precision, [0.5, 1 / 3, np.nan])
    assert metrics.confusion(y, answers, [2, 1, 0]).tolist() == [[0, 1, 0], [0, 1, 0], [0, 0, 1]]
    assert metrics.accuracy(y, answers) == 0.4
    assert metrics.indices(y, [2, 1, 0]).tolist() == [2, 1, 0, -1, -1]
    assert metrics.accuracy([1, 2], ["1", "2"]) == 0 and metrics.accuracy([True], [1]) == 1


@EACH
def test_confused_pairs_are_the_largest_of_the_matrix(name):
    y, answers = LABELS[name]
    i, j, times = metrics.confused(y, answers)
    matrix = metrics.confusion(y, answers)
    assert np.array_equal(matrix[i, j], times) and (i != j).all()
    assert times.sum() == len(y) - np.trace(matrix) and (np.diff(times) <= 0).all()
    codes = i * len(matrix) + j
    assert (np.diff(codes)[np.diff(times) == 0] > 0).all(), "equals come in the order of classes"
    most = metrics.confused(y, answers, most=2)
    assert [part.tolist() for part in most] == [part[:2].tolist() for part in (i, j, times)]


def test_many_classes_need_no_matrix():
    y = np.arange(20_000)
    i, j, times = metrics.confused(y, y[::-1])  # whose matrix would have 400,000,000 numbers
    assert len(times) == 20_000 and (i + j == 19_999).all()
    assert np.isnan(metrics.by_class(y, y + 20_000).recall[20_000:]).all()


def test_distinct_labels_of_all_types():
    assert metrics.distinct([3, 1, 3], [2]).tolist() == [1, 2, 3]
    assert metrics.distinct(["b", "a"], np.array(["ccc"])).tolist() == ["a", "b", "ccc"]
    assert metrics.distinct([1, 2], ["b"]).tolist() == [1, 2, "b"]
    mixed = np.array([None, "b", 3], object)
    assert metrics.distinct(mixed).tolist() == [None, 3, "b"]
    y, answers = guesses([*range(9)], 100_000)
    assert metrics.distinct(y, answers).tolist() == [*range(9)]


@pytest.mark.parametrize(
    ("y", "answers", "said"),
    [
        ([], [], "y: no samples, wanted at least one"),
        ([1, 2], [1], r"answers: shape \(1,\), wanted \(2,\)"),
        (np.eye(2), [1, 2], r"y: shape \(2, 2\), wanted \(n,\)"),
    ],
)
def test_arrays_that_do_not_fit(y, answers, said):
    for function in (metrics.accuracy, metrics.confusion, metrics.confused, metrics.by_class):
        with pytest.raises(ValueError, match=said):
            function(y, answers)


def test_missing_labels():
    """Two NaNs would be two classes, and no answer right."""
    for y, answers, name in (([1.0, np.nan], [1, 2], "y"), ([1, 2], [1, np.nan], "answers")):
        for function in (metrics.accuracy, metrics.confusion, metrics.by_class):
            with pytest.raises(ValueError, match=f"{name}: nan in row 1, wanted labels"):
                function(y, answers)


def test_columns_are_labels():
    y, answers = LABELS["words"]
    assert np.array_equal(metrics.confusion(y[:, None], answers), metrics.confusion(y, answers))
