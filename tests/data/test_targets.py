"""Targets and labels: in every form the same bits; those that do not fit are named."""

from typing import Any

import numpy as np
import pytest

import fastnet
from fastnet import Network, train
from fastnet.data import targets as module
from tests.data.helpers import GOOD, LABEL, LAYOUTS, NET, N, digits, learned, never, read_only
from tests.helpers import samples

LABELS: dict[str, Any] = {
    "list": list,
    "bytes": lambda y: y.astype("uint8"),
    "other byte order": lambda y: y.astype(">i8"),
    "slice": lambda y: np.repeat(y, 2)[::2],
    "read-only": read_only,
    "strings": lambda y: y.astype(str),
    "list of strings": lambda y: y.astype(str).tolist(),
    "byte strings": lambda y: y.astype("S3"),
}


@pytest.mark.parametrize("kind", LABELS)
def test_labels_in_another_form_change_no_bit(kind):
    X, y = digits()
    again = LABELS[kind](y)
    assert learned(X, again) == learned(X, y)


def test_targets_in_another_form_change_no_bit(tmp_path):
    X = samples(N, 5)
    y = samples(N, 2, seed=1).astype("float32")
    wanted = learned(X, y)
    for name, layout in LAYOUTS.items():
        assert learned(X, layout(y, tmp_path)) == wanted, name
    assert learned(X, y.tolist()) == learned(X, y.astype("float64")) == wanted


BAD_Y = {
    "too short": (LABEL[:-1], ValueError, r"shape \(5,\), wanted \(6,\) or \(6, outputs\)"),
    "too long": ([*LABEL, 0], ValueError, r"shape \(7,\), wanted \(6,\)"),
    "a number": (1, ValueError, r"shape \(\), wanted \(6,\)"),
    "three dimensions": (np.zeros((6, 2, 2)), ValueError, r"shape \(6, 2, 2\), wanted"),
    "no outputs": (np.zeros((6, 0)), ValueError, r"shape \(6, 0\), wanted at least one output"),
    "empty": ([], ValueError, r"shape \(0,\)"),
    "None": (None, TypeError, "NoneType, wanted class labels"),
    "labels and None": (["a", None] * 3, ValueError, "3 missing values in rows 1, 3, 5, wanted"),
    "ragged": ([[0], [1, 2]] * 3, ValueError, "rows of different lengths"),
    "complex": (LABEL + 0j, TypeError, "dtype complex128, wanted class labels or real"),
    "dates": (LABEL.astype("M8[s]"), TypeError, "dtype datetime64.*, wanted class labels"),
    "columns of strings": ([["a", "b"]] * 6, TypeError, "dtype <U1, wanted class labels or real"),
    "NaN": ([0.0, 1, 2, np.nan, 4, 5], ValueError, "nan in row 3, column 0, wanted finite"),
    "infinity": ([[0, 1], [2, np.inf]] * 3, ValueError, "inf in row 1, column 1, wanted finite"),
    "too great": (np.full(6, 1e39), ValueError, r"1e\+39 in row 0, column 0"),
}


@pytest.mark.parametrize("kind", BAD_Y)
def test_bad_targets_are_named_before_anything_is_learned(kind):
    y, error, message = BAD_Y[kind]
    for act, name in [
        (lambda: train(GOOD, y, on_progress=never), "y"),
        (lambda: train(GOOD, y, init=NET, on_progress=never), "y"),
        (lambda: train(GOOD, LABEL, validation_data=(GOOD, y), on_progress=never),
         "validation_data y"),
        (lambda: NET.score(GOOD, y), "y"),
    ]:  # fmt: skip
        with pytest.raises(error, match=f"^{name}: {message}") as caught:
            act()
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("y", [[5] * 6, ["a"] * 6, [True] * 6])
def test_one_class_is_nothing_to_learn(y):
    with pytest.raises(ValueError, match=r"^y: only one class, .*, wanted two or more"):
        train(GOOD, y, on_progress=never)


def test_labels_that_the_net_does_not_know():
    net = train(GOOD, ["a", "b", "c"] * 2, hidden=(3,), epochs=0)
    for act in (
        lambda: train(GOOD, ["a", "b", "x"] * 2, init=net, on_progress=never),
        lambda: net.copy().partial_fit(GOOD, ["a", "b", "x"] * 2),
    ):
        with pytest.raises(ValueError, match=r"^y: label 'x' in rows .* is none of .* .a, b, c."):
            act()
    assert net.score(GOOD, ["a"] * 6) == np.mean(net.predict(GOOD) == "a")
    with pytest.raises(ValueError, match=r"^y: label 0 in rows 0, 3 is none of"):
        net.score(GOOD, LABEL)
    with pytest.warns(fastnet.LearningWarning, match=r"^6 of 6 labels are none .* \(x\): they"):
        assert net.score(GOOD, ["x"] * 6) == 0
    many = Network.initialise((4, 12), ["softmax"], "cross-entropy", classes=range(12))
    with pytest.raises(ValueError, match=r"\(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, \.\.\.\)$"):
        many.partial_fit(GOOD, [99] * 6)


def test_targets_that_do_not_fit_the_net():
    regression = train(GOOD, GOOD, hidden=(3,), epochs=0)
    for net, y, message in [
        (NET, LABEL / 2, "y: dtype float64, but the network's targets are labels"),
        (NET, np.eye(6)[:, :3], "y: dtype float64, but the network's targets are labels"),
        (regression, GOOD[:, :3], "y: 3 outputs, but the network has 4"),
        (regression, GOOD[:, 0], "y: 1 outputs, but the network has 4"),
        (regression, list("abcdef"), "y: dtype <U1, .* numbers"),
    ]:
        for act in (lambda n, y: n.score(GOOD, y), lambda n, y: train(GOOD, y, init=n)):
            with pytest.raises((TypeError, ValueError), match=message):
                act(net, y)


def test_a_regression_takes_whole_numbers_once_it_is_known_to_be_one():
    y = np.arange(6)
    net = train(GOOD, y / 1, hidden=(3,), epochs=1)
    assert net.score(GOOD, y) == net.score(GOOD, y / 1)
    assert train(GOOD, y, init=net).digest() == train(GOOD, y / 1, init=net).digest()


def test_targets_of_a_softmax_add_up_to_one():
    X, y = np.eye(4), np.full((4, 2), 0.5)
    train(X, y, activation=("relu", "relu", "softmax"), loss="cross-entropy", epochs=1)
    y[2] = 0.9
    with pytest.raises(ValueError, match=r"y: a row that adds up to 1\.8, wanted 1, as softmax"):
        train(X, y, activation=("relu", "relu", "softmax"), loss="cross-entropy")


def test_a_class_stands_for_one_output():
    with pytest.raises(ValueError, match="classes: one of them comes twice"):
        Network.from_weights([np.eye(2)], [[0, 0]], classes=["a", "a"])


@pytest.mark.parametrize("kind", ["<i8", "<U3"])
def test_labels_are_sorted_in_parts(kind, monkeypatch):
    monkeypatch.setattr(module, "SORTED", 7)
    y = np.array([3, 1, 1, 1, 1, 1, 1, 5, 2, 2, 5, 3, 3, 3, 12, 1]).astype(kind)
    targets = module.as_targets(y, len(y), np.dtype("float32"))
    known, places = np.unique(y, return_inverse=True)
    assert targets.classes.tolist() == known.tolist()
    np.testing.assert_array_equal(targets.labels, places)
    assert targets.labels.dtype == np.int32
    with pytest.raises(ValueError, match=r"y: label .* is none of the net's classes"):
        module.as_targets(y, len(y), np.dtype("float32"), known[:-1])


@pytest.mark.parametrize("first", [-128, 0, 2**63 - 9, 2**64 - 9, -(2**63)])
@pytest.mark.parametrize("apart", [1, 10**6])
def test_whole_numbers_are_found_wherever_they_lie(first: int, apart: int) -> None:
    numbers = [first + (k * apart if first <= 0 else k) for k in range(9)]
    y = np.array(numbers * 20, np.uint64 if first > 0 else np.int64)[::-1]
    small = y.astype(np.int8) if first == -128 and apart == 1 else y
    for labels in (y, small, y.astype(y.dtype.newbyteorder(">"))):
        targets = module.as_targets(labels, len(y), np.dtype("float32"))
        assert targets.classes.tolist() == numbers and targets.classes.dtype == labels.dtype
        assert targets.labels.tolist() == list(range(9))[::-1] * 20
        few = module.as_targets(labels[:50], 50, np.dtype("float32"), targets.classes)
        assert few.labels.tolist() == targets.labels[:50].tolist()
    with pytest.raises(ValueError, match=f"label {first} in rows 8, 17, 26 and 17 more is none"):
        module.as_targets(y, len(y), np.dtype("float32"), np.array(numbers[1:], y.dtype))
