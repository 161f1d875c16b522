"""Rates, schedules and l2: as documented, and tried before anything is learned."""

from typing import Any

import numpy as np
import pytest

import fastnet
from fastnet import reference, train
from fastnet.model import chunks
from tests.functions import SWISH
from tests.helpers import samples
from tests.training.helpers import HIDDEN, N, judge_of, start_of

# L2 -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("l2", [0.01, 4.0], ids=["mild", "strong"])
@pytest.mark.parametrize("sizes", [(6, 5, 3), (300, 70, 3)], ids=["singly", "in blocks"])
def test_l2_is_the_references(sizes, l2):
    X, y = samples(N, sizes[0]), np.arange(N) % 3
    start = start_of(sizes, dtype="float64", classes=range(3))
    judge = judge_of(start)
    options: dict[str, Any] = {"l2": l2, "learning_rate": 0.1, "shuffle": False}
    net = train(X, y, init=start, epochs=2, schedule="constant", **options)
    for record in net.history:
        cost, _ = judge.backpropagate(X, y, 0.1, l2)
        assert record["loss"] == pytest.approx(cost / N, rel=1e-9)
    for got, want in zip(net.weights + net.biases, judge.weights + judge.biases, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-9, atol=1e-12)


def test_l2_moves_with_the_rate_and_with_shares_of_it():
    X, y = samples(N, 6), np.arange(N) % 3
    start = start_of((6, 5, 3), dtype="float64", classes=range(3))
    weights = np.full(N, 0.5)
    net = train(
        X, y, init=start, epochs=1, l2=2.0, learning_rate=0.1, schedule="linear", shuffle=False,
        sample_weight=weights,
    )  # fmt: skip
    judge = judge_of(start)
    judge.backpropagate(X, y, reference.RATES["linear"](0.05, N), 2.0)
    for got, want in zip(net.weights, judge.weights, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    "options",
    [
        {"schedule": lambda p: np.where(p < 0.5, 1, 3)},
        {"warm_up": 0.9, "learning_rate": 0.3, "schedule": "constant"},
        {"schedule": lambda p: np.where(p < 0.9, 1, np.nan)},
    ],
)
def test_a_schedule_is_tried_before_anything_is_learned(options):
    X, y = samples(N, 6), np.arange(N) % 3
    learned: list[int] = []
    with pytest.raises(ValueError, match=r"l2: 2 at a learning rate|schedule: nan at"):
        train(
            X, y, epochs=20, on_progress=lambda done, total: learned.append(done),
            **{"l2": 2.0, "learning_rate": 0.1, **options},
        )  # fmt: skip
    assert not learned


# Default rates --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("y", "options", "wanted"),
    [
        ([0, 1], {}, 0.2),
        ([0.0, 1.5], {}, 0.02),
        ([0, 1], {"loss": "cross-entropy"}, 0.2),
        ([[0, 1], [1, 1]], {"loss": "cross-entropy"}, 0.02),
        ([0, 1], {"activation": "tanh"}, 0.02),
        ([0, 1], {"activation": "relu"}, 0.02),
        ([0, 1], {"activation": "identity"}, 0.01),
        ([0, 1], {"activation": "scaled-tanh"}, 0.01),
        ([0, 1], {"activation": "leaky-relu"}, 0.02),
        ([0, 1], {"activation": SWISH}, 0.01),
        ([0, 1], {"activation": "relu", "hidden": (), "loss": "cross-entropy"}, 0.02),
        ([0.0, 1.5], {"activation": "tanh"}, 0.002),
        ([0, 1], {"learning_rate": 0.5}, 0.5),
        ([0, 1], {"learning_rate": np.float32(0.5)}, 0.5),
    ],
)
def test_learning_rates_are_as_documented(y, options, wanted):
    record = train(np.eye(2), y, epochs=1, **options).history[0]
    assert record["learning_rate"] == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("hidden", "options", "wanted"),
    [
        ((100,), {}, 0.02),
        ((256,), {}, 2 / 256),
        ((8, 1000), {}, 2 / 1000),
        ((1000, 8), {}, 0.02),
        ((500,), {"activation": "tanh"}, 0.002),
        ((1000,), {"activation": "tanh"}, 1 / 1000),
        ((1000,), {"activation": "scaled-tanh"}, 0.5 / 1000),
        ((200,), {"activation": "relu"}, 0.002),
        ((256,), {"activation": "relu"}, 0.4 / 256),
        ((256,), {"activation": "leaky-relu"}, 0.4 / 256),
        ((800,), {"activation": "identity"}, 0.4 / 800),
        pytest.param((800,), {"activation": SWISH}, 0.4 / 800, id="functions"),
        ((50, 400), {"activation": ["sigmoid", "relu", "identity"]}, 0.4 / 400),
        ((50, 400), {"activation": ["relu", "sigmoid", "relu"]}, 0.002),
        ((512,), {"activation": ["sigmoid", "sigmoid"]}, 0.02),  # bounded outputs
        ((512,), {"loss": "cross-entropy"}, 0.02),
        ((), {}, 0.001),
    ],
)
def test_the_default_rate_of_a_regression_goes_by_its_last_hidden_layer(hidden, options, wanted):
    net = train(np.eye(2), [0.0, 1.0], hidden=hidden, epochs=0, **options)
    assert net.checked_rate(None) == pytest.approx(wanted, rel=1e-12)
    assert net.checked_rate(None, falls=False) == net.checked_rate(None) / 2
    assert net.run["options"]["learning_rate"] == net.checked_rate(None)


def friedman1(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Friedman's first function (1991) of 5 of 10 columns, with noise; all standardised."""
    rng = np.random.default_rng(seed)
    X = rng.random((n, 10))
    y = 10 * np.sin(np.pi * X[:, 0] * X[:, 1]) + 20 * (X[:, 2] - 0.5) ** 2
    y += 10 * X[:, 3] + 5 * X[:, 4] + rng.standard_normal(n)
    return (X - X.mean(axis=0)) / X.std(axis=0), (y - y.mean()) / y.std()


@pytest.mark.compiled
@pytest.mark.parametrize("width", [8, 64, 128, 256, 1024])
@pytest.mark.parametrize("activation", [*(name for name in HIDDEN if name != SWISH), SWISH])
def test_regressions_of_any_width_learn_at_the_default_rate(activation, width):
    """At 0.02, which was the default of any width, 256 sigmoids diverge."""
    X, y = friedman1(1200, 1)
    net = train(X[:600], y[:600], hidden=(width,), activation=activation, epochs=10)
    assert net.score(X[600:], y[600:]) > (0.3 if width == 8 else 0.55)
    stream = fastnet.train_stream([(X[:600], y[:600])], hidden=(width,), activation=activation)
    assert stream.is_finite()


# Schedules ------------------------------------------------------------------------------------


def test_a_function_of_progress_is_a_schedule():
    X, y = samples(30, 6), np.arange(30) % 3
    own = train(X, y, epochs=2, schedule=lambda progress: 1 - progress)
    assert own.digest() == train(X, y, epochs=2, schedule="linear").digest()


def test_a_schedule_that_fails_loses_nothing(monkeypatch):
    monkeypatch.setattr(chunks, "SEEN", 1e-9)
    X, y = samples(100, 6), np.arange(100) % 3
    options: dict[str, Any] = {"hidden": (5,), "shuffle": False}
    wanted = train(X[:64], y[:64], epochs=1, schedule="constant", **options)

    def schedule(p: np.ndarray) -> np.ndarray:  # good where it is tried, with 100 steps
        return np.where((p < 0.7) | (len(p) > 64), 1, np.nan)

    with pytest.raises(ValueError, match=r"schedule: nan at progress 0.7, wanted") as caught:
        train(X, y, epochs=1, schedule=schedule, **options)
    net = caught.value.network  # type: ignore[attr-defined]
    assert net.digest() == wanted.digest() and net.stopped is None
    assert [record["samples"] for record in net.history] == [64]  # the part that was learned
