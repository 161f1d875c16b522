"""Classes: in the order given, and labels that are none of them."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

import fastnet
from fastnet import Ensemble, train
from tests.data.words import X


@pytest.mark.parametrize("loss", ["quadratic", "cross-entropy"])
def test_classes_keep_the_order_given(loss, tmp_path):
    y = np.array(["b", "a", "c"] * 4)
    for classes in (["c", "a", "z", "b"], np.array(["c", "a", "z", "b"]), pd.Index(list("cazb"))):
        net = train(X, y, classes=classes, hidden=(3,), epochs=2, loss=loss)
        assert net.sizes[-1] == 4 and net.classes.tolist() == ["c", "a", "z", "b"]
        assert net.run["options"]["classes"] == ["c", "a", "z", "b"]
    outputs = net.predict_proba(X)
    assert net.predict(X).tolist() == net.classes[outputs.argmax(axis=1)].tolist()
    codes = train(X, [{"c": 0, "a": 1, "b": 3}[label] for label in y], classes=range(4),
                  hidden=(3,), epochs=2, loss=loss)  # fmt: skip
    assert codes.digest() == net.digest() and codes.run["options"]["classes"] == [0, 1, 2, 3]
    assert net.score(X, y) == (net.predict(X) == y).mean()
    net.save(tmp_path / "net.npz")
    assert fastnet.load(tmp_path / "net.npz").classes.tolist() == ["c", "a", "z", "b"]
    assert train(X, y, init=net, classes=list("cazb"), epochs=1).classes.tolist() == list("cazb")
    alone = train(X, y, classes=sorted({*y}), hidden=(3,), epochs=2)
    assert alone.digest() == train(X, y, hidden=(3,), epochs=2).digest(), "the usual ones"


def test_classes_of_a_resumed_run(tmp_path):
    options: dict[str, Any] = {"classes": [2, 1, 0], "hidden": (3,), "checkpoint": tmp_path / "run"}
    y = [0, 1] * 6
    net = train(X, y, epochs=2, **options)
    assert train(X, y, epochs=2, resume=True, **options).digest() == net.digest()
    with pytest.raises(ValueError, match=r"classes was \[2, 1, 0\] and is \[0, 1, 2\]"):
        train(X, y, epochs=2, resume=True, **{**options, "classes": [0, 1, 2]})


BAD_CLASSES: dict[str, tuple[Any, Any, str]] = {
    "a label too few": ([0, 1], [0, 1, 2] * 4, r"y: label 2 in rows 2, 5, 8 and 1 more is none of"),
    "twice": ([0, 1, 1], [0, 1] * 6, "classes: one of them comes twice"),
    "one": ([0], [0] * 12, r"classes: \[0\], wanted two or more"),
    "none": ([], [0, 1] * 6, r"classes: \[\], wanted two or more"),
    "numbers": ([0.5, 1.5], [0, 1] * 6, "classes: dtype float64, wanted integers or strings"),
    "missing": (["a", None], ["a"] * 12, "classes: 1 missing value in row 1"),
    "mixed": (["a", 1], ["a"] * 12, "classes: words .* and whole numbers"),
    "a square": ([[0, 1], [2, 3]], [0, 1] * 6, r"classes: shape \(2, 2\), wanted a row"),
    "a word": ("ab", ["a", "b"] * 6, r"classes: shape \(\), wanted a row"),
    "words": (["0", "1"], [0, 1] * 6, "y: label 0 in rows"),
    "a regression": ([0, 1], [0.5, 1.0] * 6, "y: dtype float64, .*wanted labels, as classes are"),
    "several labels": ([0, 1], np.eye(12)[:, :2], "y: dtype float64, .*wanted labels, as classes"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BAD_CLASSES)
def test_bad_classes(kind):
    classes, y, said = BAD_CLASSES[kind]
    with pytest.raises((ValueError, TypeError), match=f"^{said}"):
        train(X, y, classes=classes)
    net = train(X, [0, 1] * 6, epochs=0)
    for other in ([1, 0], [0, 1, 2], ["0", "1"]):
        with pytest.raises(ValueError, match=r"^classes: .*, but init has \[0, 1\]"):
            train(X, [0, 1] * 6, init=net, classes=other)


@pytest.mark.parametrize("kind", ["words", "whole", "bytes", "truth", "great", "objects"])
def test_labels_that_only_the_test_part_has_count_as_wrong(kind):
    made: Any = {
        "words": lambda y: np.array(["ant", "bee", "cow", "dog"])[y],
        "whole": lambda y: y * 1000,
        "bytes": lambda y: np.array([b"a", b"b", b"c", b"d"])[y],
        "truth": lambda y: y > 0 if y.max() < 2 else y,
        "great": lambda y: [2**70 * int(label) for label in y],
        "objects": lambda y: np.array(["ant", "bee", "cow", "dog"], object)[y],
    }[kind]
    codes = np.arange(12) % 2
    test = codes.copy()
    test[[3, 7, 8]] = 2, 3, 2
    y, y_test = made(codes), made(test)
    options: dict[str, Any] = {"hidden": (4,), "epochs": 3, "loss": "cross-entropy"}
    net = train(X, y, **options)
    known = np.flatnonzero(test < 2)
    share = net.score(X[known], [y[k] for k in known]) * len(known) / 12
    told = r"^3 of 12 labels are none of the network's classes \(.+, .+\): they count as wrong"
    for judge in (net, Ensemble([net, net])):
        with pytest.warns(fastnet.LearningWarning, match=told) as warned:
            assert judge.score(X, y_test) == share
        assert len(warned) == 1 and warned[0].filename == __file__
    with pytest.warns(fastnet.LearningWarning, match=told) as warned:
        run = train(X, y, validation_data=(X, y_test), **options)
    assert len(warned) == 1, "once, not once an epoch"
    assert run.digest() == net.digest()
    assert run.history[-1]["val_accuracy"] == share
    part = train(X, y, validation_data=(X[known], [y[k] for k in known]), **options)
    assert [r["val_loss"] for r in run.history] == [r["val_loss"] for r in part.history]
    with pytest.raises(ValueError, match=r"^y: label .* in rows? [38].* is none of the net's"):
        net.partial_fit(X, y_test)
    with pytest.raises(ValueError, match=r"^y: label .* in rows? [38].* is none of the net's"):
        train(X, y_test, init=net)


def test_labels_of_which_none_is_known_are_of_another_kind():
    net = train(X, np.arange(12) % 2, epochs=0)
    for y in (["0", "1"] * 6, [b"0", b"1"] * 6, ["a", "b"] * 6):
        for judge in (lambda y: net.score(X, y), lambda y: Ensemble([net]).score(X, y),
                      lambda y: train(X, [0, 1] * 6, validation_data=(X, y))):  # fmt: skip
            with pytest.raises(ValueError, match=r"y: label .* in row.* is none of the net's"):
                judge(y)
    words = train(X, ["a", "b"] * 6, epochs=0)
    with pytest.raises(TypeError, match=r"words .* and whole numbers"):
        words.score(X, ["a", 1] * 6)
    with pytest.raises(ValueError, match=r"y: label 0 in rows 0, 2, 4 and 3 more is none"):
        words.score(X, [0, 1] * 6)


@pytest.mark.parametrize("rows", [1, 12])
def test_a_test_part_of_which_no_label_is_known(rows):
    net, y = train(X, ["a", "b"] * 6, epochs=0), ["c", "d"] * 6
    for judge in (net, Ensemble([net, net])):
        with pytest.warns(fastnet.LearningWarning, match=f"^{rows} of {rows} labels are none"):
            assert judge.score(X[:rows], y[:rows]) == 0
    with pytest.raises(ValueError, match=r"validation_data y: label 'c' in row.* is none of"):
        train(X, ["a", "b"] * 6, validation_data=(X[:rows], y[:rows]))  # there is no loss to see


def test_a_validation_of_weights_and_strangers_stops_by_the_known():
    """Patience and the target go by the loss and accuracy that the history has."""
    y, test = np.arange(12) % 2, np.arange(12) % 2
    test[0] = 9
    with pytest.warns(fastnet.LearningWarning, match="1 of 12 labels are none"):
        net = train(X, y, hidden=(8,), activation="tanh", epochs=300, validation_data=(X, test),
                    target_accuracy=0.95, loss="cross-entropy", learning_rate=0.1)  # fmt: skip
    assert net.stopped == "epochs" and max(r["val_accuracy"] for r in net.history) <= 11 / 12
