"""River beside fastnet: the factors of docs/coming/river.md that its own blocks do not show."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import fastnet
from tests.helpers import needed

pytestmark = [pytest.mark.heavy, pytest.mark.compiled]
Array = NDArray[Any]

NAMES = "abc"
ZEROS = [np.zeros((3, 1))]


@pytest.fixture(scope="module")
def linear() -> Any:
    """River's linear models."""
    return needed("river.linear_model")


def sgd(rate: float) -> Any:
    return needed("river.optim").SGD(rate)


def samples(n: int = 500) -> tuple[Array, list[dict[str, float]], Array]:
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n, 3))
    return X, [dict(zip(NAMES, x, strict=True)) for x in X.tolist()], X @ [1, -2, 0.5] + 0.3


def test_l2_is_ours(linear: Any):
    X, rows, y = samples()
    model = linear.LinearRegression(sgd(0.01), intercept_lr=0.01, l2=0.1)
    for x, number in zip(rows, y.tolist(), strict=True):
        model.learn_one(x, number)
    net = fastnet.train(
        X, y, hidden=(), start=ZEROS, dtype="float64", l2=0.1, learning_rate=0.01, epochs=1,
        schedule="constant", shuffle=False, average=0,
    )  # fmt: skip
    theirs = [model.weights[name] for name in NAMES]
    np.testing.assert_allclose(net.weights[0][:, 0], theirs, rtol=1e-12)
    np.testing.assert_allclose(net.biases[0], model.intercept, rtol=1e-12)


def test_two_softmax_outputs_have_half_of_the_rate_and_twice_the_l2(linear: Any):
    X, rows, y = samples()
    model = linear.LogisticRegression(sgd(0.1), intercept_lr=0.1, l2=0.05)
    for x, label in zip(rows, (y > 0).tolist(), strict=True):
        model.learn_one(x, label)
    net = fastnet.train(
        X, y > 0, hidden=(), loss="cross-entropy", start=[np.zeros((3, 2))], dtype="float64",
        l2=0.1, learning_rate=0.05, epochs=1, schedule="constant", shuffle=False, average=0,
    )  # fmt: skip
    theirs = [model.weights[name] for name in NAMES]
    np.testing.assert_allclose(np.diff(net.weights[0])[:, 0], theirs, rtol=1e-11)
    np.testing.assert_allclose(np.diff(net.biases[0]), model.intercept, rtol=1e-11)


def test_the_intercept_has_a_rate_of_its_own(linear: Any):
    _, rows, y = samples(1)
    model = linear.LinearRegression(sgd(0.1))
    model.learn_one(rows[0], y[0])
    assert model.intercept == pytest.approx(0.01 * 2 * y[0])


def test_softmax_has_our_rate_and_no_intercept(linear: Any):
    X, rows, _ = samples()
    labels = (X[:, 0] > 0).astype(int) + (X[:, 1] > 0)
    model = linear.SoftmaxRegression(sgd(0.1))
    for label in range(3):
        model.weights[label]  # else it knows a label from its first example on
    for x, label in zip(rows, labels.tolist(), strict=True):
        model.learn_one(x | {"one": 1.0}, label)
    net = fastnet.Network.from_weights([np.zeros((3, 3))], [np.zeros(3)], loss="cross-entropy")
    net.partial_fit(X, labels, learning_rate=0.1)
    theirs = np.array([[model.weights[c][name] for c in range(3)] for name in [*NAMES, "one"]])
    np.testing.assert_allclose(np.vstack([net.weights[0], net.biases[0]]), theirs, rtol=1e-11)


def test_many_rows_are_one_step_there_and_as_many_here(linear: Any):
    import pandas as pd

    X, _, y = samples(10)
    model = linear.LinearRegression(sgd(0.01), intercept_lr=0.01)
    model.learn_many(pd.DataFrame(X, columns=[*NAMES]), pd.Series(y))
    theirs = [model.weights[name] for name in NAMES]
    np.testing.assert_allclose(theirs, 0.01 * 2 * (X * y[:, None]).mean(axis=0))
    net = fastnet.Network.from_weights(ZEROS, [np.zeros(1)], "identity")
    net.partial_fit(X, y, learning_rate=0.01)
    assert abs(net.weights[0][:, 0]).max() > 5 * abs(np.array(theirs)).max()
