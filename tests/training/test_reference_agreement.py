"""train() against the reference, finite differences and arithmetic by hand."""

import math
from itertools import product
from typing import Any

import numpy as np
import pytest

from fastnet import Network, reference, train
from fastnet.schedules import SCHEDULES
from tests.helpers import samples
from tests.training.helpers import HIDDEN, OUTPUTS, N, judge_of, roundings, start_of


def assert_learns_like_the_reference(
    start: Network,
    X: np.ndarray,
    y: Any,
    targets: np.ndarray,
    schedule: str = "constant",
    rate: float = 1 / 16,
    epochs: int = 3,
    **options: Any,
) -> Network:
    """`targets` is what the reference takes y for: places of the labels, or rows of numbers."""
    X = X.astype(start.dtype)
    validation = X[::2], np.asarray(y)[::2]
    total = epochs * len(X)
    net = train(
        X,
        y,
        init=start,
        shuffle=False,
        epochs=epochs,
        learning_rate=rate,
        schedule=schedule,
        validation_data=validation,
        **options,
    )
    judge = judge_of(start)
    rates = reference.RATES[schedule](rate, total)
    if options.get("warm_up"):
        rates = reference.warmed_up(rates, options["warm_up"])
    atol = roundings(net, total)
    assert [record["epoch"] for record in net.history] == list(range(epochs))
    for k, record in enumerate(net.history):
        part = slice(k * len(X), (k + 1) * len(X))
        cost, hits = judge.backpropagate(X, targets, rates[part])
        # judged before learning: copies of the judge tell the validation cost at rate 0
        val_cost, val_hits = judge.backpropagate(X[::2], targets[::2], 0)
        regression = net.classes is None and net.loss == "quadratic"
        assert record["learning_rate"] == pytest.approx(rates[k * len(X)], rel=1e-6)
        assert record["loss"] == pytest.approx(cost / len(X), abs=atol)
        assert record["val_loss"] == pytest.approx(val_cost / len(X[::2]), abs=atol)
        assert record["accuracy"] == (None if regression else hits / len(X))
        assert record["val_accuracy"] == (None if regression else val_hits / len(X[::2]))
        assert record["seconds"] > 0
    moved = 0.0
    for kind in ("weights", "biases"):
        for own, wanted, old in zip(*(getattr(n, kind) for n in (net, judge, start)), strict=True):
            np.testing.assert_allclose(own, wanted, rtol=0, atol=atol)
            moved = max(moved, float(np.abs(wanted - old).max()))
    assert moved > 20 * atol  # else the comparison would say nothing
    return net


# Against the reference ------------------------------------------------------------------------


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("output", "loss"), OUTPUTS)
@pytest.mark.parametrize("hidden", HIDDEN)
def test_every_kind_of_net_learns_like_the_reference(hidden, output, loss, dtype, schedule):
    start = start_of((7, 5, 3), hidden, output, loss, dtype=dtype, classes=range(3))
    y = np.arange(N) % 3
    assert_learns_like_the_reference(start, samples(N, 7), y, y, schedule, epochs=2)


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("warm_up", [0.3, 1.0])
def test_a_run_that_warms_up_learns_like_the_reference(schedule, warm_up):
    start = start_of((7, 5, 3), dtype="float64", classes=range(3))
    y = np.arange(N) % 3
    assert_learns_like_the_reference(start, samples(N, 7), y, y, schedule, warm_up=warm_up)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("hidden", [(), (17,), (5, 4, 3, 4, 5), (70, 3)], ids=str)
def test_every_depth_learns_like_the_reference(hidden, dtype):
    start = start_of((20, *hidden, 18), dtype=dtype, classes=range(18))
    y = np.arange(N) * 5 % 18
    assert_learns_like_the_reference(start, samples(N, 20), y, y)


LABELS = {
    "strings": (["b", "a", "zebra"], ["a", "b", "zebra"]),
    "scattered integers": ([3, 7, -1], [-1, 3, 7]),
    "unsigned": (np.array([250, 3, 4], np.uint8), [3, 4, 250]),
    "truth values": ([True, False], [False, True]),
    "bytes": ([b"no", b"yes"], [b"no", b"yes"]),
}


@pytest.mark.parametrize("kind", LABELS)
def test_labels_of_every_kind(kind):
    names, classes = LABELS[kind]
    y = np.asarray(names)[np.arange(N) % len(names)]
    places = np.searchsorted(classes, y)
    X = samples(N, 6)
    start = train(X, y, hidden=(5,), epochs=0, seed=3)
    assert start.classes.tolist() == classes and start.classes.dtype == y.dtype
    assert start.sizes == (6, 5, len(classes))
    net = assert_learns_like_the_reference(start, X, y, places)
    judge = judge_of(net)
    answers = [classes[np.argmax(judge.feed_forward(x)[1][-1])] for x in X.astype(np.float32)]
    assert net.predict(X).tolist() == answers
    assert net.predict(X).dtype == y.dtype
    assert net.score(X, y) == np.mean(np.asarray(answers) == y)
    assert net.score(X, list(y)) == net.score(X, y)


TARGETS = {
    "one value": ("quadratic", lambda rng: rng.normal(size=N)),
    "a column": ("quadratic", lambda rng: rng.normal(size=(N, 1))),
    "two values": ("quadratic", lambda rng: rng.normal(size=(N, 2))),
    "two whole numbers": ("quadratic", lambda rng: rng.integers(-2, 3, (N, 2))),
    "several labels": ("cross-entropy", lambda rng: rng.integers(0, 2, (N, 3))),
    "several labels as truth values": ("cross-entropy", lambda rng: rng.random((N, 3)) > 0.5),
    "several labels as probabilities": ("cross-entropy", lambda rng: rng.random((N, 17))),
    "one label as a number": ("cross-entropy", lambda rng: rng.integers(0, 2, N).astype(float)),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind", TARGETS)
def test_targets_that_are_numbers(kind, dtype):
    loss, draw = TARGETS[kind]
    y = draw(np.random.default_rng(4))
    X = samples(N, 6)
    options: dict[str, Any] = {"hidden": (5,), "activation": "tanh", "loss": loss, "dtype": dtype}
    start = train(X, y, epochs=0, **options)
    rows = y.reshape(N, -1)
    assert start.classes is None and start.sizes == (6, 5, rows.shape[1])
    assert start.activations == ("tanh", "identity" if loss == "quadratic" else "sigmoid")
    net = assert_learns_like_the_reference(start, X, y, rows.astype(dtype))
    judge = judge_of(net)
    outputs = np.array([judge.feed_forward(x)[1][-1] for x in X.astype(dtype)])
    atol = roundings(net, 3 * N)
    np.testing.assert_allclose(net.predict_proba(X), outputs, rtol=0, atol=atol)
    if loss == "quadratic":
        np.testing.assert_allclose(net.predict(X).reshape(N, -1), outputs, rtol=0, atol=atol)
        spread = ((rows - rows.mean(axis=0)) ** 2).sum(axis=0)
        r2 = np.mean(1 - ((rows - outputs) ** 2).sum(axis=0) / spread)
        assert net.score(X, y) == pytest.approx(r2, abs=100 * atol)
    else:
        assert net.predict(X).reshape(N, -1).tolist() == (outputs > 0.5).astype(int).tolist()
        assert net.score(X, y) == np.mean(((outputs > 0.5) == (rows > 0.5)).all(axis=1))
    assert net.predict(X).shape == y.shape


# One step by finite differences, one by hand --------------------------------------------------


def cost_of(net: Network, x: np.ndarray, y: np.ndarray) -> float:
    """What net would cost, told by a step of rate 0."""
    return train(x, y, init=net, epochs=1, learning_rate=0).history[-1]["loss"]


@pytest.mark.parametrize(("output", "loss"), OUTPUTS)
@pytest.mark.parametrize("hidden", HIDDEN)
def test_a_step_goes_down_the_slope_of_the_cost(hidden, output, loss):
    """Every weight changes by -rate * dC/dw, where dC/dw is a central difference."""
    # The error of such a difference is about h**2 + 2**-53 / h, least with h = 2**-18 or so.
    rate, h, error = 0.25, 2.0**-18, 1e-9
    old = start_of((3, 2, 3, 2), hidden, output, loss, dtype="float64", classes=range(2))
    x, y = np.array([[0.3, -0.6, 0.0]]), np.array([1])
    new = train(x, y, init=old, epochs=1, learning_rate=rate)
    for kind, layer in product(("weights", "biases"), range(3)):
        slopes = np.zeros_like(getattr(old, kind)[layer])
        for place in np.ndindex(slopes.shape):
            costs = []
            for step in (h, -h):
                moved = old.copy()
                getattr(moved, kind)[layer][place] += step
                costs.append(cost_of(moved, x, y))
            slopes[place] = (costs[0] - costs[1]) / (2 * h)
        change = getattr(new, kind)[layer] - getattr(old, kind)[layer]
        np.testing.assert_allclose(change, -rate * slopes, rtol=0, atol=error)
        assert np.abs(slopes).sum() > 1e5 * error, f"no gradient in {kind}[{layer}]"


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_one_step_worked_by_hand(dtype):
    # A 2-2-1 net of sigmoids, whose values at z = ln 3 and z = 0 are 3/4 and 1/2, and whose slopes
    # a (1 - a) there are 3/16 and 1/4.
    #
    # Forward. x = (1, 2).
    #   z1 = (1 - 2/2 + ln 3, 1/2 + 2/4 - 1) = (ln 3, 0)        a1 = (3/4, 1/2)
    #   z2 = 2 * 3/4 - 1 * 1/2 + (ln 3 - 1)  = ln 3             a2 = 3/4
    ln3 = math.log(3)
    net = Network.from_weights(
        [np.array([[1, 1 / 2], [-1 / 2, 1 / 4]]), np.array([[2.0], [-1.0]])],
        [np.array([ln3, -1]), np.array([ln3 - 1])],
        activation=["sigmoid", "sigmoid"],
        dtype=dtype,
    )
    # Backward. y = 1, cost (3/4 - 1)**2 = 1/16.
    #   delta2 = 2 (3/4 - 1) * 3/16 = -3/32
    #   delta1 = (2 * -3/32 * 3/16, -1 * -3/32 * 1/4) = (-9/256, 3/128), by the old weights 2, -1
    # Update, at rate 1/2.
    #   w2 += 1/2 * 3/32 * (3/4, 1/2) = (9/256, 3/128)          b2 += 3/64
    #   w1 += 1/2 * (9/256, -3/128) outer x: row 1 += (9/512, -3/256), row 2 += (9/256, -3/128)
    #   b1 += (9/512, -3/256)
    after = train([[1.0, 2.0]], [1.0], init=net, epochs=1, learning_rate=1 / 2)
    eps = float(np.finfo(dtype).eps)
    assert after.history[0]["loss"] == pytest.approx(1 / 16, rel=8 * eps)
    wanted = [
        [[1 + 9 / 512, 1 / 2 - 3 / 256], [-1 / 2 + 9 / 256, 1 / 4 - 3 / 128]],
        [[2 + 9 / 256], [-1 + 3 / 128]],
        [ln3 + 9 / 512, -1 - 3 / 256],
        [ln3 - 1 + 3 / 64],
    ]
    for own, exact in zip([*after.weights, *after.biases], wanted, strict=True):
        np.testing.assert_allclose(own, exact, rtol=0, atol=8 * eps)
