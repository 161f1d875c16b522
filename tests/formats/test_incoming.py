"""The meaning of models that come in: tasks, classes and losses that they do not say."""

from typing import Any

import numpy as np
import pytest

from fastnet.formats.incoming import incoming
from fastnet.formats.layers import Layer, Meaning
from fastnet.formats.loading import Given


def layers(outputs: int, last: str) -> list[Layer]:
    rng = np.random.default_rng(0)
    return [
        Layer(rng.normal(size=(4, 5)), rng.normal(size=5), "tanh"),
        Layer(rng.normal(size=(5, outputs)), rng.normal(size=outputs), last),
    ]


ROWS = np.random.default_rng(1).normal(size=(50, 4))


@pytest.mark.parametrize(
    "outputs, last, given, task, loss, activation, classes",
    [
        (3, "softmax", {}, "classification", "cross-entropy", "softmax", [0, 1, 2]),
        (3, "softmax", {"classes": "abc"}, "classification", "cross-entropy", "softmax", "abc"),
        (3, "identity", {}, "regression", "quadratic", "identity", None),
        (3, "identity", {"classes": "abc"}, "classification", "cross-entropy", "softmax", "abc"),
        (3, "identity", {"task": "classification"}, "classification", "cross-entropy", "softmax",
         [0, 1, 2]),
        (3, "identity", {"task": "multilabel"}, "multilabel", "cross-entropy", "sigmoid", None),
        (3, "sigmoid", {}, "multilabel", "cross-entropy", "sigmoid", None),
        (3, "sigmoid", {"classes": "abc"}, "classification", "cross-entropy", "sigmoid", "abc"),
        (3, "sigmoid", {"task": "regression"}, "regression", "quadratic", "sigmoid", None),
        (3, "tanh", {}, "regression", "quadratic", "tanh", None),
        (3, "tanh", {"classes": "abc"}, "classification", "quadratic", "tanh", "abc"),
        (1, "identity", {}, "regression", "quadratic", "identity", None),
        (1, "sigmoid", {}, "multilabel", "cross-entropy", "sigmoid", None),
        (1, "sigmoid", {"classes": ["no", "yes"]}, "classification", "cross-entropy", "softmax",
         ["no", "yes"]),
        (1, "identity", {"task": "classification"}, "classification", "cross-entropy", "softmax",
         [0, 1]),
    ],
)  # fmt: skip
def test_outputs_tell_the_task(
    outputs: int, last: str, given: Any, task: str, loss: str, activation: str, classes: Any
) -> None:
    if "classes" in given:
        given = {**given, "classes": list(given["classes"])}
    net = incoming(layers(outputs, last), Given(**given), np.float64)
    assert (net.task, net.loss, net.activations[-1]) == (task, loss, activation)
    came = None if net.classes is None else net.classes.tolist()
    assert came == (None if classes is None else list(classes))


def test_a_single_output_of_two_classes_keeps_its_probabilities() -> None:
    alone = incoming(layers(1, "sigmoid"), Given(), np.float64)
    both = incoming(layers(1, "sigmoid"), Given(classes=["no", "yes"]), np.float64)
    likely = alone.predict_proba(ROWS)[:, 0]
    np.testing.assert_allclose(both.predict_proba(ROWS)[:, 1], likely, rtol=1e-14)
    assert (both.predict(ROWS) == "yes").tolist() == (likely > 0.5).tolist()
    assert alone.predict(ROWS).tolist() == (likely > 0.5).astype(int).tolist()
    both.partial_fit(ROWS, np.repeat(["no", "yes"], 25))


@pytest.mark.parametrize(
    "outputs, last, given, words",
    [
        (3, "softmax", {"classes": ["a"]}, "classes: 1 labels, wanted 3"),
        (3, "softmax", {"task": "regression"}, "task: 'regression', but .* softmax outputs"),
        (3, "tanh", {"task": "multilabel"}, "task: 'multilabel', but .* tanh outputs"),
        (3, "identity", {"classes": [1, 2, 3], "task": "regression"}, "classes: .* 'regression'"),
        (3, "identity", {"task": "clustering"}, "task: 'clustering', wanted one of"),
        (1, "tanh", {"classes": [1, 2]}, "task: 'classification', but .* a single tanh output"),
        (1, "sigmoid", {"classes": [1, 2, 3]}, "classes: 3 labels, wanted 2"),
        (3, "softmax", {"classes": ["a", "a", "b"]}, "classes: one of them comes twice"),
    ],
)
def test_what_contradicts_is_refused(outputs: int, last: str, given: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        incoming(layers(outputs, last), Given(**given))
    with pytest.raises(TypeError, match="pixels: 1, wanted True or False"):
        incoming(layers(outputs, last), Given(pixels=1))


def test_what_the_model_says_counts_unless_the_caller_says_it() -> None:
    meaning = Meaning("classification", "quadratic", ["a", "b", "c"], None, False)
    net = incoming(layers(3, "identity"), Given(), meaning=meaning)
    assert (net.task, net.loss, net.activations[-1]) == ("classification", "quadratic", "identity")
    assert net.classes is not None
    assert net.classes.tolist() == ["a", "b", "c"]
    net = incoming(layers(3, "identity"), Given(classes=[7, 8, 9]), meaning=meaning)
    assert net.classes is not None
    assert net.classes.tolist() == [7, 8, 9]
    net = incoming(layers(3, "identity"), Given(task="regression"), meaning=meaning)
    assert (net.task, net.classes) == ("regression", None)
    entropy = meaning._replace(loss="cross-entropy")  # its softmax was cut off: these are logits
    net = incoming(layers(3, "identity"), Given(), meaning=entropy)
    assert net.activations[-1] == "softmax"
    assert net.classes is not None
    assert net.classes.tolist() == ["a", "b", "c"]


def test_pixels_go_into_the_first_weights() -> None:
    plain, pixels = (
        incoming(layers(3, "softmax"), Given(pixels=p), np.float64) for p in (False, True)
    )
    rows = np.random.default_rng(0).integers(0, 256, (20, 4), np.uint8)
    wanted = plain.predict_proba(rows.astype(np.float64))  # the model's own answers
    np.testing.assert_allclose(pixels.predict_proba(rows), wanted, rtol=1e-11)
