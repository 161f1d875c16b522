"""Labels in a column: they are labels, and answers have the shape of the targets."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

import fastnet
from fastnet import Ensemble, Network, train, train_seeds, train_stream
from tests.data.words import WORDS, X

COLUMNS: dict[str, Any] = {
    "int64": np.array([3, 1, 2] * 4),
    "uint8": np.array([3, 1, 2] * 4, "u1"),
    "bool": np.array([True, False] * 6),
    "words": np.array(WORDS),
    "bytes": np.array(WORDS, "S"),
    "list": WORDS,
    "objects": np.array(WORDS, object),
    "great": [2**70, 1, 2] * 4,
}


def column_of(y: Any) -> Any:
    return [[label] for label in y] if isinstance(y, list) else y[:, None]


@pytest.mark.parametrize("kind", COLUMNS)
def test_labels_in_a_column_are_labels_and_one_line_says_so(kind):
    y = COLUMNS[kind]
    column, told = column_of(y), r"^y: labels in a column, \(n, 1\), are taken as \(n,\), as "
    wanted = train(X, y, hidden=(3,), epochs=2)
    for form in (column, pd.DataFrame({"label": y})):
        with pytest.warns(fastnet.LearningWarning, match=told) as warned:
            net = train(X, form, hidden=(3,), epochs=2, validation_data=(X, form))
        assert len(warned) == 1 and warned[0].filename == __file__
        assert net.digest() == wanted.digest()
        assert net.predict(X).tolist() == wanted.predict(X).tolist()
        # a net that has classes takes labels in either shape, without a word
        assert net.score(X, form) == net.score(X, y) == Ensemble([net, net]).score(X, form)
        on, again = train(X, form, init=net, epochs=1), train(X, y, init=net, epochs=1)
        assert on.digest() == again.digest()
        assert train(X, form, classes=net.classes, hidden=(3,), epochs=2).digest() == net.digest()
        once, again = net.copy(), net.copy()
        assert once.partial_fit(X, form).digest() == again.partial_fit(X, y).digest()
    with pytest.warns(fastnet.LearningWarning, match=told) as warned:
        nets = train_seeds(X, column, 3, hidden=(3,), epochs=2)
    assert len(warned) == 1 and nets[0].digest() == wanted.digest()
    batches = [(X[:5], column[:5]), (X[5:], column[5:])]
    with pytest.warns(fastnet.LearningWarning, match=told) as warned:
        net = train_stream(batches, hidden=(3,))
    assert len(warned) == 1
    assert net.digest() == train_stream(zip(X, y, strict=True), hidden=(3,)).digest()


@pytest.mark.parametrize(
    ("loss", "activation"), [("quadratic", "tanh"), ("cross-entropy", "tanh"), ("quadratic", None)]
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_answers_have_the_shape_of_the_targets(loss, activation, dtype, tmp_path):
    y = (X[:, 0] > 0).astype(dtype)
    options: dict[str, Any] = {"loss": loss, "hidden": (4,), "epochs": 3, "dtype": dtype}
    if activation:
        options["activation"] = activation
    for targets, shape in ((y, (12,)), (y.tolist(), (12,)), (pd.Series(y), (12,)),
                           (y[:, None], (12, 1)), (y[:, None].tolist(), (12, 1)),
                           (pd.DataFrame(y), (12, 1))):  # fmt: skip
        net = train(X, targets, **options)
        net.save(tmp_path / "net.npz")
        for twin in (net, net.copy(), fastnet.load(tmp_path / "net.npz"), Ensemble([net, net])):
            answers = twin.predict(X)
            assert answers.shape == shape
            assert twin.score(X, y) == twin.score(X, y[:, None]) == twin.score(X, y.tolist())
            if loss == "cross-entropy":
                assert twin.score(X, y) == (answers.ravel() == y).mean()
                assert (answers == np.asarray(targets)).mean() == twin.score(X, y)
            if isinstance(twin, Network):
                one = twin.predict_one(X[3])
                assert np.shape(one) == shape[1:] and np.array_equal(one, answers[3])
        assert train(X, y, init=net, epochs=1).predict(X).shape == shape, "the net's own"


def test_streams_answer_as_they_are_asked():
    y = X[:, 0] * 2
    for loss, targets in (("quadratic", y), ("cross-entropy", (y > 0).astype(float))):
        options: dict[str, Any] = {"hidden": (4,), "loss": loss}
        for examples, shape in (
            (zip(X, targets, strict=True), ()),
            ([(X, targets)], ()),
            (zip(X, targets[:, None], strict=True), (1,)),
            ([(X, targets[:, None])], (1,)),
        ):
            net = train_stream(examples, **options)
            assert net.predict(X).shape == (12, *shape)
            assert np.shape(net.predict_one(X[0])) == shape


def test_nets_of_old_files_answer_as_they_did():
    """Nothing in them says in which shape their targets came."""
    for loss, last, shape in [
        ("quadratic", "identity", (12,)), ("cross-entropy", "sigmoid", (12, 1)),
    ]:  # fmt: skip
        net = Network.from_weights([np.ones((3, 1))], [[0.0]], [last], loss)
        assert net.predict(X).shape == shape
        assert np.shape(net.predict_one(X[0])) == shape[1:]
        old = net.__class__.__new__(net.__class__)
        state = net.__getstate__()
        assert "_column" not in state
        old.__setstate__(state)
        assert old.predict(X).shape == shape
