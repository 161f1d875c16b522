"""scikit-learn beside fastnet: what the blocks of docs/coming/scikit-learn.md leave out."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.neural_network import MLPClassifier, MLPRegressor

import fastnet

pytestmark = [pytest.mark.heavy, pytest.mark.compiled]
Array = NDArray[Any]

RATE, ALPHA = 0.03, 0.02
PLAIN: dict[str, Any] = {
    "solver": "sgd", "batch_size": 1, "momentum": 0, "shuffle": False, "alpha": ALPHA,
    "hidden_layer_sizes": (6,), "learning_rate_init": RATE, "random_state": 0,
}  # fmt: skip


def samples() -> tuple[Array, Array]:
    rng = np.random.default_rng(0)
    X = rng.standard_normal((300, 4))
    return X, np.stack([X[:, 0] * X[:, 1], X[:, 2]], axis=1)


@pytest.mark.parametrize("activation", ["logistic", "tanh", "relu", "identity"])
@pytest.mark.parametrize("several", [False, True])
def test_sigmoid_outputs_have_the_same_rate_and_alpha(activation: str, several: bool):
    X, Y = samples()
    y = (Y > 0).astype(int) if several else (Y[:, :1] > 0).astype(int)
    mlp = MLPClassifier(activation=activation, **PLAIN)
    theirs = y if several else y[:, 0]
    mlp.partial_fit(X[:1], theirs[:1], classes=[0, 1])
    hidden = "sigmoid" if activation == "logistic" else activation
    net = fastnet.Network.from_weights(
        mlp.coefs_, mlp.intercepts_, [hidden, "sigmoid"], "cross-entropy"
    )
    net.classes = None  # several labels
    mlp.partial_fit(X, theirs)
    assert_same(learned(net, X, y, RATE, ALPHA), mlp)


@pytest.mark.parametrize("outputs", [1, 2])
def test_numbers_want_half_of_the_rate_and_twice_alpha(outputs: int):
    X, Y = samples()
    mlp = MLPRegressor(**PLAIN)
    y = Y[:, 0] if outputs == 1 else Y
    mlp.partial_fit(X[:1], y[:1])
    net = fastnet.load(mlp)
    mlp.partial_fit(X, y)
    net = learned(net, X, y, RATE / 2, 2 * ALPHA)
    assert_same(net, mlp)
    # loss_ is half of the mean over outputs, with the penalty as it was at each sample.
    assert mlp.loss_ > net.history[-1]["loss"] / 2 / outputs


def learned(net: Any, X: Array, y: Array, rate: float, l2: float) -> fastnet.Network:
    return fastnet.train(
        X, y, init=net, l2=l2, learning_rate=rate, schedule="constant", shuffle=False, epochs=1
    )


def assert_same(net: fastnet.Network, mlp: Any) -> None:
    for k, (w, b) in enumerate(zip(net.weights, net.biases, strict=True)):
        np.testing.assert_allclose(w, mlp.coefs_[k], atol=1e-12)
        np.testing.assert_allclose(b, mlp.intercepts_[k], atol=1e-12)


def test_the_first_weights_are_within_the_bounds_of_the_page():
    X, Y = samples()
    for activation, factor in (("tanh", 6), ("logistic", 2)):
        mlp = MLPRegressor(activation=activation, **PLAIN | {"hidden_layer_sizes": (200,)})
        mlp.set_params(learning_rate_init=1e-300).partial_fit(X[:1], Y[:1])
        bound = np.sqrt(factor / (4 + 200))
        for drawn in (mlp.coefs_[0], mlp.intercepts_[0]):
            assert 0.9 * bound < abs(drawn).max() <= bound
