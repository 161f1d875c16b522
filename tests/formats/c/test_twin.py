"""The twin of int8 C code: its functions, and the samples on which it measures the loss."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fastnet
from fastnet import Network
from fastnet.formats import export
from fastnet.formats.c import twin
from fastnet.formats.c.functions import LIMIT
from fastnet.formats.layers import exported
from tests.helpers import needed

from .plain import forward

(X, Y), (X_TEST, Y_TEST) = fastnet.datasets.load("digits")
EPS = np.finfo(np.float32).eps


def test_exp_is_right_to_two_units_in_the_last_place() -> None:
    """C has the same bits: test_plain.py compares them in nets."""
    x = np.linspace(-LIMIT, LIMIT, 200_001).astype(np.float32)
    one = twin.ACTIVATIONS["softmax"](np.stack([x, np.zeros_like(x)], axis=1))
    np.testing.assert_allclose(one[:, 0], 1 / (1 + np.exp(-x.astype(float))), rtol=4 * EPS)


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "scaled-tanh", "relu", "leaky-relu"])
def test_activations(name: str) -> None:
    small, odd = np.geomspace(1e-30, 1, 999), [0, 1e30, -1e30]
    z = np.concatenate([np.linspace(-40, 40, 20_001), small, odd]).astype(np.float32)[:, None]
    with np.errstate(over="ignore"):
        wanted = forward(name, z.astype(float))
    np.testing.assert_allclose(twin.ACTIVATIONS[name](z), wanted, rtol=5 * EPS, atol=1e-28)


def sparse(rows: Any) -> Any:
    return needed("scipy.sparse").csr_array(rows)


@pytest.fixture(scope="module")
def net() -> Network:
    return fastnet.train(X, Y, hidden=(16,), epochs=1)


@pytest.mark.compiled
def test_the_loss_is_that_of_the_rows_as_they_are_given(net: Network, tmp_path: Path) -> None:
    def scored(model: Any, rows: Any, y: Any, **options: Any) -> tuple[float, float]:
        report = export(model, "c", tmp_path / "x.h", weights="int8", data=(rows, y), **options)
        score = report["score"]
        assert score["samples"] == len(y) and score["before"] == model.score(rows, y)
        return score["before"], score["after"]

    own = twin.outputs(exported(net, "C"), X_TEST).argmax(axis=1)
    assert scored(net, X_TEST, Y_TEST)[1] == np.mean(own == Y_TEST)
    assert scored(net, sparse(X_TEST), Y_TEST) == scored(net, X_TEST, Y_TEST)
    floats = scored(net, X_TEST, Y_TEST, input="float")  # as predict takes uint8
    assert scored(net, X_TEST / 255, Y_TEST, input="float") == floats
    together = fastnet.train_seeds(X, Y, 2, hidden=(8,), epochs=1)
    before, after = scored(together, X_TEST, Y_TEST)
    assert abs(after - before) < 0.02
    columns = {"word": [*"abcd"] * 100, "x": np.arange(400.0)}
    y = np.arange(400) % 4 + 0.01 * np.arange(400)
    before, after = scored(fastnet.train(columns, y, verbose=False), columns, y)
    assert before > 0.9 and abs(after - before) < 0.02


def test_the_loss_grows_with_what_is_rounded(tmp_path: Path) -> None:
    """One weight is so large that all others of its output become 0."""
    weights = np.array([[1000.0, 1.0], [1.0, 1.0]])
    net = Network.from_weights([weights], [[0.0, 0.0]], ["identity"], "quadratic")
    rows = np.array([[0.0, 1.0], [0.0, -2.0], [0.0, 3.0]])
    y = net.predict(rows)
    report = export(net, "c", tmp_path / "x.h", weights="int8", data=(rows, y))
    assert report["score"]["before"] == 1 and report["score"]["after"] < 0.6
