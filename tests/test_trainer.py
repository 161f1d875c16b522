"""train() against the reference, finite differences and arithmetic by hand; and what it reports."""

import json
import math
import os
import pickle
import platform
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array

import fastnet
from fastnet import Network, datasets, reference, train, workspace
from fastnet import run as run_module
from fastnet.average import Average
from fastnet.data import Samples
from fastnet.kernels.blocks import DENSE, SAMPLES, SINGLY, SPARSE
from fastnet.order import Order
from fastnet.reference import Net
from fastnet.schedules import SCHEDULES
from tests import make_golden
from tests.functions import SWISH
from tests.helpers import COMPILED, ROOT, python, samples

HIDDEN = ["sigmoid", "tanh", "scaled-tanh", "relu", "leaky-relu", "identity", SWISH]
OUTPUTS = [
    *((name, "quadratic") for name in HIDDEN),
    ("softmax", "cross-entropy"),
    ("sigmoid", "cross-entropy"),
]
RATES = {
    "constant": lambda eta, total: np.full(total, eta),
    "linear": reference.linear_rates,
    "exponential": reference.exponential_rates,
    "1/t": reference.inverse_time_rates,
}
N = 40 if COMPILED else 8  # samples in an epoch


def start_of(
    sizes: tuple[int, ...],
    hidden: str = "tanh",
    output: str = "sigmoid",
    loss: str = "quadratic",
    **options: Any,
) -> Network:
    """A random net whose biases are not 0."""
    activations = [hidden] * (len(sizes) - 2) + [output]
    net = Network.initialise(sizes, activations, loss, seed=1, **options)
    rng = np.random.default_rng(2)
    for biases in net.biases:
        biases[:] = rng.uniform(-0.3, 0.5, biases.shape)
    if output == "relu":
        net.biases[-1][:] += 1  # so that not all outputs are dead
    return net


def judge_of(net: Network) -> Net:
    """The reference, in float64, with the same weights."""
    return Net(net.weights, net.biases, net.activations, net.loss)


def roundings(net: Network, steps: int) -> float:
    """How far rounding may take a run from exact arithmetic, where all numbers are about 1.

    In a step each number is rounded once per term of the longest path through the net: sum(sizes)
    times. With the small learning rates here a step does not enlarge what is there.
    """
    return steps * sum(net.sizes) * float(np.finfo(net.dtype).eps)


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
    rates = RATES[schedule](rate, total)
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


# Golden trajectories --------------------------------------------------------------------------


@pytest.mark.parametrize("name", make_golden.RUNS)
def test_golden_trajectory(name):
    """The same bits as when tests/golden.json was made: on any machine, compiled or not."""
    golden = json.loads(make_golden.PATH.read_text())
    if make_golden.RUNS[name].get("dtype") == "float64" and not COMPILED:
        pytest.skip("in float64 the plain Python form of fma rounds twice")
    assert make_golden.run(name) == golden[name]


# The same bits --------------------------------------------------------------------------------


def test_the_seed_decides_the_bits():
    X, y = samples(30, 6), np.arange(30) % 3
    options: dict[str, Any] = {"hidden": (5,), "epochs": 2}
    digest = train(X, y, **options, seed=5).digest()
    assert train(X, y, **options, seed=5).digest() == digest
    assert train(X, y, **options, seed=6).digest() != digest
    assert train(X, y, **options, seed=5, shuffle=False).digest() != digest
    start = train(X, y, hidden=(5,), epochs=0, seed=5)
    # the seed is of the orders too, and every epoch has its own
    orders = [train(X, y, init=start, epochs=2, seed=seed).digest() for seed in (5, 6)]
    assert orders[0] == digest != orders[1]


def test_shuffling_takes_every_sample_once():
    X, y = samples(50, 6), np.arange(50) % 3
    net = train(X, y, hidden=(5,), dtype="float64", learning_rate=0, epochs=1)
    in_order = train(X, y, hidden=(5,), dtype="float64", learning_rate=0, epochs=1, shuffle=False)
    assert net.history[0]["loss"] == pytest.approx(in_order.history[0]["loss"], rel=1e-13)
    assert net.history[0]["accuracy"] == in_order.history[0]["accuracy"] == net.score(X, y)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_an_epoch_is_as_many_single_steps(dtype):
    (X, y), _ = datasets.load("digits")
    X, y = X[:N], y[:N]
    start = start_of((784, 20, 10), dtype=dtype, classes=range(10))
    options: dict[str, Any] = {"epochs": 1, "learning_rate": 0.1, "schedule": "constant"}
    net = train(X, y, init=start, shuffle=False, **options)
    single = start
    for i in range(N):
        single = train(X[i : i + 1], y[i : i + 1], init=single, **options)
    assert single.digest() == net.digest() != start.digest()
    assert np.mean([r["loss"] for r in single.history]) == pytest.approx(net.history[0]["loss"])


@pytest.mark.parametrize(("schedule", "l2"), [*((s, 0.0) for s in SCHEDULES), ("linear", 3.0)])
@pytest.mark.parametrize("sizes", [(6, 5), (600, 20)], ids=["zeros are skipped", "in blocks"])
def test_chunks_do_not_change_the_bits(sizes, schedule, l2, monkeypatch):
    X, y = samples(150, sizes[0]), np.arange(150) % 3
    weights = None if schedule == "constant" else np.linspace(0, 2, 150)
    runs, parts = set(), []
    for seen in (1e-9, 0.1, 1e9):
        monkeypatch.setattr(run_module, "SEEN", seen)
        done: list[int] = []
        net = train(
            X,
            y,
            hidden=sizes[1:],
            epochs=2,
            schedule=schedule,
            warm_up=0.6,
            l2=l2,
            average=0.7,
            sample_weight=weights,
            on_progress=lambda n, total, done=done: done.append(n),
        )
        runs.add((net.digest(), net.last.digest(), *(record["loss"] for record in net.history)))
        parts.append(len(done))
    assert parts[0] > parts[2]  # the chunks did differ
    assert len(runs) == 1


# L2 and averages -----------------------------------------------------------------------------


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
    judge.backpropagate(X, y, RATES["linear"](0.05, N), 2.0)
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


@pytest.mark.parametrize("l2", [0.0, 3.0])
def test_an_average_is_the_mean_of_the_nets_it_names(l2):
    n = 40
    X, y = samples(n, 6), np.arange(n) % 3
    start = start_of((6, 5, 3), dtype="float64", classes=range(3))
    options: dict[str, Any] = {
        "init": start, "epochs": 3, "learning_rate": 0.1, "schedule": "constant", "l2": l2,
    }  # fmt: skip
    net = train(X, y, average=0.5, shuffle=False, **options)
    judge, nets, done = judge_of(start), [], 0
    for _ in range(3):
        for part in (slice(0, 16), slice(16, 32), slice(32, n)):
            judge.backpropagate(X[part], y[part], 0.1, l2)
            done += len(X[part])
            if done > 3 * n / 2:
                nets.append([w.copy() for w in judge.weights + judge.biases])
    assert len(nets) == 5
    for got, *want in zip(net.weights + net.biases, *nets, strict=True):
        np.testing.assert_allclose(got, np.mean(want, axis=0), rtol=1e-9, atol=1e-12)
    assert net.last is not None
    assert net.last.digest() == train(X, y, shuffle=False, **options).digest() != net.digest()
    assert net.last.history == net.history


def test_an_average_of_nothing_is_the_last_net():
    X, y = samples(N, 6), np.arange(N) % 3
    plain = train(X, y, epochs=4, schedule="constant")
    assert plain.last is None
    early = train(
        X, y, epochs=8, schedule="constant", average=0.5, on_epoch=lambda net, r: r["epoch"] == 3
    )  # fmt: skip
    reached = train(X, y, epochs=4, schedule="constant", average=1.0, target_accuracy=0.0)
    assert (early.stopped, early.last, early.digest()) == ("on_epoch", None, plain.digest())
    assert (reached.stopped, reached.last) == ("target", None)
    assert reached.digest() == train(X, y, epochs=1, schedule="constant").digest()
    assert train(X, y, epochs=0, average=0.5).last is None


@pytest.mark.parametrize(("n", "epochs"), [(4000, 2), (90, 200)], ids=["long", "short epochs"])
def test_an_average_is_of_about_a_hundred_nets(n, epochs, monkeypatch):
    moments: list[int] = []
    monkeypatch.setattr(Average, "add", lambda self, done, params: moments.append(done))
    monkeypatch.setattr(Average, "due", lambda self, done: done >= self.next)
    train(samples(n, 6), np.arange(n) % 3, epochs=epochs, average=0.5)
    assert min(moments) > n * epochs / 2
    monkeypatch.undo()
    counts: list[int] = []
    monkeypatch.setattr(Average, "mean", lambda self: counts.append(self.count))
    train(samples(n, 6), np.arange(n) % 3, epochs=epochs, average=0.5)
    assert 70 <= counts[0] <= 100


def test_copies_and_pickles_have_the_last_net_too():
    net = train(samples(N, 6), np.arange(N) % 3, epochs=1, average=1.0)
    for twin in (net.copy(), pickle.loads(pickle.dumps(net))):
        assert twin.last.digest() == net.last.digest() != twin.digest()
        twin.last.weights[0][:] = 0
    assert net.last.weights[0].any()


def test_nets_in_threads_are_as_in_sequence():
    (X, y), _ = datasets.load("digits")
    n = 3000 if COMPILED else 30

    def digest(seed: int) -> str:
        return train(X[:n], y[:n], hidden=(20,), epochs=2, seed=seed).digest()

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(digest, range(4))) == [digest(seed) for seed in range(4)]


@pytest.mark.parametrize("hidden", [(), (70,), (130, 80)], ids=str)
@pytest.mark.parametrize("features", [6, 200], ids=["zeros are skipped", "in blocks"])
def test_any_number_of_threads_learns_the_same_bits(features, hidden):
    X, y = samples(N, features), np.arange(N) % 3
    options: dict[str, Any] = {"hidden": hidden, "epochs": 2, "validation_data": (X, y)}
    one = train(X, y, **options)
    for threads in (1, 2, 5, "auto"):
        net = train(X, y, **options, threads=threads)
        assert net.digest() == one.digest()
        for record, other in zip(net.history, one.history, strict=True):
            untimed = {"seconds": 0, "samples_per_second": 0}
            assert record | untimed == other | untimed


@pytest.mark.parametrize("density", [1, 0.5, 0.2])
@pytest.mark.parametrize(("features", "units"), [(100, 16), (40, 300), (300, 300)])
def test_wide_first_layers_learn_in_blocks(features: int, units: int, density: float):
    """What decides is the sizes and the data; neither where they lie nor what the machine is."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(N, features)) * (rng.random((N, features)) < density)
    y = np.arange(N) % 3
    start = train(X, y, hidden=(units,), epochs=0)
    rates = np.full(N, 0.1, start.dtype)

    def learned(method: int) -> str:
        net = start.copy()
        samples = Samples(X, net.dtype)
        net._run(net.workspace(1, method), samples, np.arange(N), net.targets(y, N), rates)
        return net.digest()

    by_method = {learned(method): method for method in (SINGLY, SPARSE, DENSE)}
    options: dict[str, Any] = {"learning_rate": 0.1, "schedule": "constant", "shuffle": False}
    net = train(X, y, init=start, epochs=1, **options)
    wanted = {
        (100, 16): [SINGLY, SINGLY, SINGLY],
        (40, 300): [DENSE, SINGLY, SINGLY],
        (300, 300): [DENSE, DENSE, SPARSE],
    }[features, units]
    assert by_method[net.digest()] == wanted[[1, 0.5, 0.2].index(density)]
    assert len(by_method) == 3


def test_huge_inputs_are_learned_singly():
    """Their products overflow: times a step of 0 that would be NaN."""
    X, y = np.full((N, 300), 3e18, np.float32), np.arange(N) % 3
    net = train(X, y, hidden=(300,), epochs=1, learning_rate=0.0)
    assert net.history[0]["loss"] < np.inf


class Clock:
    """A clock that only what is timed moves on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch):
        self.now = 0.0
        monkeypatch.setattr(run_module.time, "perf_counter", lambda: self.now)

    def chunks(self, n: int, workspaces: int) -> run_module.Chunks:
        rows = Samples(np.zeros((n, 1)), np.dtype("float32"))
        return run_module.Chunks(rows, list(range(workspaces)))  # type: ignore[arg-type]

    def run(
        self,
        n: int,
        paces: list[float],
        parts: int,
        extra: float = 0.0,
        chunks: run_module.Chunks | None = None,
    ) -> list[int]:
        """Which of the workspaces ran how many samples of some epochs of n."""
        chunks = chunks or self.chunks(n, len(paces))
        shares, done = [0] * len(paces), 0
        while done < parts:
            for which, part in chunks.of(np.arange(n)):
                self.now += paces[which] * len(part) + extra  # type: ignore[call-overload]
                shares[which] += len(part)  # type: ignore[call-overload]
                done += 1
        return shares


@pytest.mark.parametrize("paces", [[1e-5, 1e-6], [1e-6, 1e-5], [1e-6, 1e-3]], ids=str)
@pytest.mark.parametrize("n", [500, 13_500, 60_000])
def test_the_faster_number_of_threads_runs_nearly_all(n, paces, monkeypatch):
    """Also where the last part of an epoch is short, and its costs are those of any part."""
    clock = Clock(monkeypatch)
    shares = clock.run(n, paces, 3000, extra=1e-4)
    seconds = [share * pace for share, pace in zip(shares, paces, strict=True)]
    if n > 500:
        assert seconds[paces.index(max(paces))] < 0.05 * sum(seconds)
    elif paces[0] < paces[1]:
        assert shares[1] == 0, "an epoch too short to compare by stays with one thread"


@pytest.mark.parametrize("held_up", [1e-3, 2e-2])
def test_what_was_slow_once_is_tried_again(held_up: float, monkeypatch):
    """Also where it is then so fast that a part of the pace of then is too short to compare by."""
    clock = Clock(monkeypatch)
    chunks = clock.chunks(60_000, 2)
    shares = clock.run(60_000, [1e-5, held_up], 5, 1e-4, chunks)
    assert shares[1] == SAMPLES, "one block has shown it"
    shares = clock.run(60_000, [1e-5, 1e-6], 3000, 1e-4, chunks)
    assert shares[1] > 10 * shares[0]


def test_members_that_come_to_no_core_cost_little(monkeypatch):
    """However slow they are: a member that waits for a core may wait milliseconds a sample."""
    clock = Clock(monkeypatch)
    for pace in (1e-4, 1e-3, 1e-2, 1e-1):
        shares = clock.run(60_000, [1e-5, pace], 600)
        assert shares[1] * pace < 0.05 * (clock.now + 1)
        clock.now = 0.0


def test_more_threads_than_cores_are_the_cores():
    net = Network.initialise((20, 700, 10), ("sigmoid", "sigmoid"))
    cores = run_module.cores()
    assert run_module._teams(net, 1) == [1]
    for threads in (2, 3, 10**6, "auto"):
        teams = run_module._teams(net, threads)  # type: ignore[arg-type]
        most = 10**6 if threads == "auto" else threads
        assert teams == sorted({1, min(most, cores, net._layout.most_threads)})
    assert run_module._teams(Network.initialise((20, 300), ("sigmoid",)), 4) == [1]


ON_ONE_CORE = """
import os
import numpy as np
from fastnet import Network, run, train
before = run.cores()
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
assert before >= 1 and run.cores() == 1
net = Network.initialise((20, 700, 10), ("sigmoid", "sigmoid"))
assert run._teams(net, 2) == run._teams(net, "auto") == [1]
X = np.random.default_rng(0).normal(size=(40, 5))
print(len({train(X, np.arange(40) % 3, hidden=(70,), threads=n).digest() for n in (1, 2, 64)}))
"""


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system has no affinity")
def test_a_process_on_one_core_has_no_team():
    assert python(ON_ONE_CORE).stdout == "1\n"


# What the kernel says: /proc/self/cgroup, the files below /sys/fs/cgroup, and how many cores it is.
QUOTAS: dict[str, tuple[str, dict[str, str], float]] = {
    "2, none": ("0::/user.slice\n", {"user.slice/cpu.max": "max 100000\n"}, math.inf),
    "2, half a core": ("0::/a/b\n", {"a/b/cpu.max": "50000 100000\n"}, 0.5),
    "2, above": ("0::/a/b\n", {"a/b/cpu.max": "max 100000\n", "a/cpu.max": "150000 100000"}, 1.5),
    "2, the least": ("0::/a/b\n", {"a/b/cpu.max": "300000 100000", "a/cpu.max": "4000 2000"}, 2),
    "2, in a container": ("0::/\n", {"cpu.max": "400000 100000\n"}, 4),
    "2, seen from outside": ("0::/../../job\n", {"cpu.max": "250000 100000\n"}, 2.5),
    "1": (
        "4:memory:/m\n3:cpuset:/s\n2:cpu,cpuacct:/docker/x\n1:name=systemd:/\n0::/\n",
        {"cpu/docker/x/cpu.cfs_quota_us": "20000", "cpu/docker/x/cpu.cfs_period_us": "10000\n"},
        2,
    ),
    "1, whose place is the host's": (
        "2:cpuacct,cpu:/docker/x\n",
        {"cpu/cpu.cfs_quota_us": "150000\n", "cpu/cpu.cfs_period_us": "100000\n"},
        1.5,
    ),
    "1, none": (
        "1:cpu:/\n",
        {"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"},
        math.inf,
    ),
    "1 for others, 2 for the CPU": ("5:memory:/\n0::/a:b\n", {"a:b/cpu.max": "1000 500\n"}, 2),
    "no files": ("3:cpu:/a\n0::/a\n", {}, math.inf),
    "nonsense": ("?\n", {"cpu.max": "1 1"}, math.inf),
    "nonsense inside": ("0::/a\n", {"a/cpu.max": "some more\n", "cpu.max": "0 0\n"}, math.inf),
}


@pytest.mark.parametrize("which", QUOTAS)
def test_a_cgroups_quota(which: str, tmp_path: Path):
    told, files, cores = QUOTAS[which]
    (tmp_path / "self").write_text(told)
    for name, text in files.items():
        path = tmp_path / "mounted" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert run_module.quota(tmp_path / "self", tmp_path / "mounted") == cores


def test_where_there_are_no_cgroups_there_is_no_quota(tmp_path: Path):
    assert run_module.quota(tmp_path / "none", tmp_path) == math.inf
    assert 1 <= run_module.cores() <= (os.cpu_count() or 1)


ON_A_CPU = """
import sys
import numpy as np
from fastnet import datasets, train
(X, y), _ = datasets.load("digits")
X, y = X[:200], y[:200]
for dtype in sys.argv[1:]:
    for inputs in (X, X / np.float32(255), X[:, 300:400] / 255, X[:, 300:500] / 255 - 0.1):
        for options in ({}, {"activation": "relu", "loss": "cross-entropy"}):
            print(train(inputs, y, hidden=(70, 20), epochs=2, dtype=dtype, **options).digest())
    options = {"activation": "tanh", "dtype": dtype}
    print(train(X, X[:, 400:440] / 255, hidden=(20,), epochs=2, **options).digest())
"""


@pytest.mark.heavy
@pytest.mark.compiled
def test_the_same_bits_on_every_cpu():
    if platform.machine() not in ("x86_64", "AMD64"):
        pytest.skip(f"names x86-64 CPUs, but this one is {platform.machine()}")

    def digests(cpu: str | None, *dtypes: str) -> list[str]:
        other = {"NUMBA_CPU_NAME": cpu, "NUMBA_CPU_FEATURES": ""} if cpu else {}
        return python(ON_A_CPU, *dtypes, NUMBA_BOUNDSCHECK="0", **other).stdout.split()

    with ThreadPoolExecutor(2) as threads:
        generic = threads.submit(digests, "generic", "float32", "float64")
        haswell = threads.submit(digests, "haswell", "float32")  # one dtype: it has to compile
        here = digests(None, "float32", "float64")
    assert len(here) == 18
    assert generic.result() == here
    assert haswell.result() == here[:9]


# Going on, and what is reported ---------------------------------------------------------------


def test_init_goes_on_from_a_copy():
    X, y = samples(30, 6), np.arange(30) % 3
    first = train(X, y, hidden=(5,), activation="relu", loss="cross-entropy", epochs=1, seed=3)
    digest, history = first.digest(), [dict(record) for record in first.history]
    second = train(X, y, init=first, epochs=2)
    assert (first.digest(), first.history) == (digest, history)
    assert second.history[0] == first.history[0]
    assert [record["epoch"] for record in second.history] == [0, 1, 2]
    assert second.activations == first.activations and second.loss == "cross-entropy"
    assert second.seed == 3
    # all classes need not be there again, nor more than one
    assert train(X[:2], y[:1].repeat(2), init=first, epochs=1).classes.tolist() == [0, 1, 2]


def test_no_epochs_change_nothing():
    X, y = samples(30, 6), np.arange(30) % 3
    net = train(X, y, epochs=0, seed=4)
    same = Network.initialise((6, 64, 32, 3), ["sigmoid"] * 3, seed=4)
    assert net.digest() == same.digest()
    assert net.history == []


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


def test_defaults_are_as_documented():
    X = samples(4, 3)
    net = train(X, [0, 1, 2, 1])
    assert net.sizes == (3, 64, 32, 3)
    assert net.activations == ("sigmoid", "sigmoid", "sigmoid")
    assert (net.loss, net.dtype, net.seed) == ("quadratic", np.float32, 0)
    assert len(net.history) == 20
    assert train(X, [0, 1, 2, 1], loss="cross-entropy", epochs=0).activations[-1] == "softmax"
    assert train(X, X, loss="quadratic", epochs=0).activations[-1] == "identity"
    named = train(X, [0, 1, 2, 1], hidden=(4,), activation=["relu", "tanh"], epochs=0)
    assert named.activations == ("relu", "tanh")


@pytest.mark.parametrize("validation", [None, ([[1, 0], [0, 1]], [1, 1])])
def test_records_hold_plain_numbers(validation):
    net = train(np.eye(2), [0, 1], epochs=3, validation_data=validation)
    keys = ["epoch", "learning_rate", "samples", "seconds", "samples_per_second"]
    keys += ["loss", "accuracy"]
    for record in net.history:
        assert list(record) == keys + (["val_loss", "val_accuracy"] if validation else [])
        assert all(isinstance(value, int | float) for value in record.values())
    assert json.loads(json.dumps(net.history)) == net.history


def test_callbacks_hear_of_every_epoch_and_chunk(monkeypatch):
    monkeypatch.setattr(run_module, "SEEN", 1e-9)
    X, y = samples(70, 6), np.arange(70) % 3
    told: list[tuple[Any, ...]] = []
    net = train(
        X,
        y,
        hidden=(5,),
        epochs=3,
        validation_data=(X, y),
        on_epoch=lambda net, record: told.append((net, dict(record), len(net.history))),
        on_progress=lambda done, total: told.append((done, total)),
    )
    epochs = [event for event in told if len(event) == 3]
    progress = [event for event in told if len(event) == 2]
    assert [told.index(event) for event in epochs][-1] == len(told) - 1
    assert all(event[0] is net for event in epochs)
    assert [event[1] for event in epochs] == net.history
    assert [event[2] for event in epochs] == [1, 2, 3]
    done = [event[0] for event in progress]
    assert {event[1] for event in progress} == {210} and done[-1] == 210
    assert done == sorted(set(done)) and {70, 140} <= set(done) and len(done) > 6


def test_a_validation_that_overflows_is_not_called_good():
    """Finite weights can answer with infinity to inputs that they never saw."""
    net = Network.from_weights([np.full((1, 1), 1e30, "f4")], [np.zeros(1, "f4")], ["identity"])
    validation = [[1e-30], [1e30], [1e-30]], [1.0, 0.0, 1.0]
    with np.errstate(all="ignore"):
        after = train(
            [[1e-30]], [1.0], init=net, epochs=1, learning_rate=0, validation_data=validation
        )
    assert after.history[0]["val_loss"] == np.inf


# Rates, weights, what is held out, and why a run stops ----------------------------------------


def test_a_function_of_progress_is_a_schedule():
    X, y = samples(30, 6), np.arange(30) % 3
    own = train(X, y, epochs=2, schedule=lambda progress: 1 - progress)
    assert own.digest() == train(X, y, epochs=2, schedule="linear").digest()


def test_a_schedule_that_fails_loses_nothing(monkeypatch):
    monkeypatch.setattr(run_module, "SEEN", 1e-9)
    X, y = samples(100, 6), np.arange(100) % 3
    options: dict[str, Any] = {"hidden": (5,), "shuffle": False}
    wanted = train(X[:64], y[:64], epochs=1, schedule="constant", **options)

    def schedule(p: np.ndarray) -> np.ndarray:  # good where it is tried, with 100 steps
        return np.where((p < 0.7) | (len(p) > 64), 1, np.nan)

    with pytest.raises(ValueError, match=r"schedule: nan at progress 0.7, wanted") as caught:
        train(X, y, epochs=1, schedule=schedule, **options)
    net = caught.value.network  # type: ignore[attr-defined]
    assert net.digest() == wanted.digest() and net.history == [] and net.stopped is None


def test_any_error_of_a_callback_has_the_network_so_far():
    X, y = samples(30, 6), np.arange(30) % 3
    with pytest.raises(ZeroDivisionError) as caught:
        train(
            X, y, epochs=3, schedule="constant",
            on_epoch=lambda net, record: 1 // (1 - record["epoch"]),
        )  # fmt: skip
    net = caught.value.network  # type: ignore[attr-defined]
    assert net.digest() == train(X, y, epochs=2, schedule="constant").digest()


WIDE = {"zeros are skipped": (6, 5), "in blocks": (300, 300)}


@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("sizes", WIDE.values(), ids=WIDE)
def test_a_whole_weight_is_as_many_samples_in_a_row(sizes, sparse):
    """Bit for bit, with 0 as absence: by the rates, the blocks and the history."""
    X, y = samples(N, sizes[0]), np.arange(N) % 3
    X[N // 2 :] *= samples(N - N // 2, sizes[0], 1) > 1  # few non-zeros: another kind of block
    weights = np.where(np.arange(N) < N // 2, np.arange(N) % 2, np.arange(N) % 4)
    rows = csr_array if sparse else np.asarray
    options: dict[str, Any] = {
        "init": train(X, y, hidden=sizes[1:], epochs=0),
        "epochs": 2,
        "shuffle": False,
        "schedule": "linear",
        "warm_up": 0.1,
        "validation_data": (X, y),
        "learning_rate": 0.05,
    }
    weighted = train(rows(X), y, sample_weight=weights, **options)
    repeated = train(rows(X.repeat(weights, axis=0)), y.repeat(weights), **options)
    assert weighted.digest() == repeated.digest()
    for record, other in zip(weighted.history, repeated.history, strict=True):
        untimed = {"seconds": 0, "samples_per_second": 0}
        assert record | untimed == other | untimed
    assert weighted.history[0]["samples"] == weights.sum()
    assert weighted.digest() != train(rows(X), y, **options).digest()


@pytest.mark.parametrize("sizes", WIDE.values(), ids=WIDE)
def test_weight_0_is_absence_when_shuffled_and_held_out_too(sizes):
    X, y = samples(N, sizes[0]), np.arange(N) % 3
    X[::2] = np.where(X[::2] == 0, 1, X[::2])
    there = np.arange(N) % 2 == 1  # the sparser half
    options: dict[str, Any] = {
        "init": train(X, y, hidden=sizes[1:], epochs=0),
        "epochs": 2,
        "validation_fraction": 0.25,
        "class_weight": "balanced",
        "seed": 3,
    }
    weighted = train(X, y, sample_weight=there, **options)
    absent = train(X[there], y[there], **options)
    assert weighted.digest() == absent.digest()
    assert weighted.history[-1]["val_loss"] == absent.history[-1]["val_loss"]
    assert (
        train(X, y, sample_weight=np.ones(N), **options).digest() == train(X, y, **options).digest()
    )


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_part_of_a_weight_is_a_part_of_the_rate(dtype):
    X, y = samples(N, 7).astype(dtype), np.arange(N) % 3
    weights = np.random.default_rng(5).uniform(0, 2.5, N)
    start = start_of((7, 5, 3), dtype=dtype, classes=range(3))
    options: dict[str, Any] = {"learning_rate": 1 / 16, "schedule": "linear", "epochs": 1}
    net = train(X, y, init=start, shuffle=False, sample_weight=weights, **options)
    judge, steps = judge_of(start), int(np.ceil(weights).sum())
    rates = iter(reference.linear_rates(1 / 16, steps))
    cost, hits = 0.0, 0
    for x, label, weight in zip(X, y, weights, strict=True):
        for share in [1] * int(weight) + [weight % 1]:
            told = judge.backpropagate(x[None], [label], next(rates) * share)
            cost, hits = cost + told[0], hits + told[1]
    atol = roundings(net, steps)
    for own, wanted in zip(net.weights, judge.weights, strict=True):
        np.testing.assert_allclose(own, wanted, rtol=0, atol=atol)
    assert net.history[0]["loss"] == pytest.approx(cost / steps, abs=atol)
    assert net.history[0]["accuracy"] == hits / steps and net.history[0]["samples"] == steps
    assert net.history[0]["learning_rate"] == 1 / 16  # whatever the first weight


def test_balanced_classes_are_their_weights():
    X, y = samples(N, 6), (np.arange(N) % 4 == 0) * 1
    counts = np.bincount(y)
    options: dict[str, Any] = {"hidden": (5,), "epochs": 2}
    balanced = train(X, y, class_weight="balanced", **options)
    by_sample = train(X, y, sample_weight=(N / (2 * counts))[y], **options)
    by_label = train(X, y, class_weight={k: N / (2 * counts[k]) for k in (0, 1)}, **options)
    assert balanced.digest() == by_sample.digest() == by_label.digest()
    assert balanced.digest() != train(X, y, **options).digest()


@pytest.mark.parametrize("sizes", WIDE.values(), ids=WIDE)
def test_what_is_held_out_is_as_if_it_were_elsewhere(sizes):
    X, y = samples(N, sizes[0]), np.arange(N) % 3
    order = Order(N, None, True, 4, 0.25, y)
    start = train(X, y, hidden=sizes[1:], epochs=0)
    options: dict[str, Any] = {"init": start, "epochs": 2, "seed": 4}
    net = train(X, y, validation_fraction=0.25, **options)
    held = X[order.held], y[order.held]
    other = train(X[order.places], y[order.places], validation_data=held, **options)
    assert net.digest() == other.digest()
    for key in ("samples", "loss", "accuracy", "val_loss", "val_accuracy"):
        assert [r[key] for r in net.history] == [r[key] for r in other.history]


@pytest.mark.parametrize("labels", ["numbers", "words"])
@pytest.mark.parametrize("seed", range(3))
def test_no_class_is_held_out_as_a_whole(labels, seed):
    X, y = samples(60, 6), np.repeat([0, 1, 2], [50, 8, 2])
    y = np.array(["often", "seldom", "twice"])[y] if labels == "words" else y
    options: dict[str, Any] = {"epochs": 1, "validation_fraction": 0.5, "shuffle": False}
    net = train(X, y, hidden=(), seed=seed, **options)
    assert net.history[0]["samples"] == 30
    learned = Order(60, None, False, seed, 0.5, np.repeat([0, 1, 2], [50, 8, 2])).places
    assert np.bincount(np.repeat([0, 1, 2], [50, 8, 2])[learned]).tolist() == [25, 4, 1]


def test_patience_gives_the_best_weights_back():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(2 * N, 6)), rng.integers(0, 2, 2 * N)  # nothing but noise
    options: dict[str, Any] = {"hidden": (20,), "learning_rate": 0.5, "schedule": "constant"}
    options["validation_data"] = rng.normal(size=(N, 6)), rng.integers(0, 2, N)
    net = train(X, y, epochs=50, patience=3, **options)
    losses = [record["val_loss"] for record in net.history]
    best = int(np.argmin(losses))
    assert net.stopped == "patience" and len(losses) == best + 4 < 50
    assert net.digest() == train(X, y, epochs=best + 1, **options).digest()


def test_a_run_ends_at_its_target():
    X, y = samples(N, 6), np.arange(N) % 2
    X[:, 0] += 4 * y
    net = train(X, y, epochs=200, target_accuracy=0.75, learning_rate=0.3)
    accuracies = [record["accuracy"] for record in net.history]
    assert net.stopped == "target" and len(accuracies) < 200
    assert accuracies[-1] >= 0.75 > max(accuracies[:-1])


def test_a_run_ends_in_time_in_the_midst_of_an_epoch(monkeypatch):
    monkeypatch.setattr(run_module, "SEEN", 1e-9)
    X, y = samples(200, 6), np.arange(200) % 3
    options: dict[str, Any] = {"hidden": (5,), "schedule": "constant", "shuffle": False}
    done = []
    net = train(
        X, y, epochs=3, max_seconds=0, validation_data=(X, y), **options,
        on_progress=lambda n, total: done.append((n, total)),
    )  # fmt: skip
    assert done == [(64, 600)] and net.stopped == "max_seconds"
    part = train(X[:64], y[:64], epochs=1, validation_data=(X, y), **options)
    assert net.digest() == part.digest()
    (record,), (other,) = net.history, part.history
    untimed = {"seconds": 0, "samples_per_second": 0}
    assert record | untimed == other | untimed and record["samples"] == 64


def test_a_run_that_is_through_was_not_stopped_by_the_clock():
    net = train(np.eye(2), [0, 1], epochs=1, max_seconds=0)
    assert net.stopped == "epochs" and net.history[0]["samples"] == 2
    assert train(np.eye(2), [0, 1], epochs=9, max_seconds=1e9).stopped == "epochs"


@pytest.mark.parametrize(
    ("answer", "rounds"), [(None, 5), (False, 5), (1, 5), (True, 2), (np.True_, 2)]
)
def test_on_epoch_may_stop_the_run(answer, rounds):
    def on_epoch(net, record):
        return answer if record["epoch"] == 1 else None

    net = train(np.eye(2), [0, 1], epochs=5, on_epoch=on_epoch)
    assert len(net.history) == rounds
    assert net.stopped == ("on_epoch" if rounds == 2 else "epochs")
    assert train(np.eye(2), [0, 1], epochs=1, init=net).stopped == "epochs"


def test_samples_a_second_are_of_the_seconds_told():
    for record in train(samples(30, 6), np.arange(30) % 3, epochs=2).history:
        assert record["samples"] == 30
        assert record["samples_per_second"] * record["seconds"] == pytest.approx(30)


# Leaving early --------------------------------------------------------------------------------


def test_ctrl_c_while_a_teams_weights_are_copied_back_leaves_them_whole(monkeypatch):
    X, y = samples(SAMPLES, 6), np.arange(SAMPLES) % 3
    options: dict[str, Any] = {"hidden": (130, 70), "seed": 1}
    parts, calls = workspace.Layout.parts, []
    monkeypatch.setattr(run_module, "SEEN", 1e-9)  # the second epoch is a team's
    monkeypatch.setattr(run_module, "cores", lambda: 2)

    def interrupted(self: Any, params: np.ndarray, team: int) -> Any:
        calls.append(self)
        for place, part in enumerate(parts(self, params, team)):
            if len(calls) == 4 and place == 1:  # two each: in, out: one part is back
                os.kill(os.getpid(), signal.SIGINT)
            yield part

    monkeypatch.setattr(workspace.Layout, "parts", interrupted)
    net = train(X, y, **options, epochs=0)
    with pytest.raises(KeyboardInterrupt) as caught:
        train(X, y, init=net, epochs=3, schedule="constant", threads=2)
    monkeypatch.undo()
    left = caught.value.network  # type: ignore[attr-defined]
    assert len(calls) == 4
    assert left.digest() == train(X, y, init=net, epochs=2, schedule="constant").digest()


@pytest.mark.parametrize("callback", ["on_epoch", "on_progress"])
def test_an_interrupt_leaves_cleanly(callback, capsys):
    X, y = samples(40, 6), np.arange(40) % 3
    start = train(X, y, hidden=(5,), epochs=1)
    digest, history = start.digest(), list(start.history)

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as caught:
        train(
            X, y, init=start, epochs=3, schedule="constant", verbose=False, **{callback: interrupt}
        )  # fmt: skip
    so_far = caught.value.network  # type: ignore[attr-defined]
    assert so_far.digest() == train(X, y, init=start, epochs=1, schedule="constant").digest()
    assert len(so_far.history) == (2 if callback == "on_epoch" else 1)
    assert (start.digest(), start.history) == (digest, history)
    again = train(X, y, init=start, epochs=1)
    assert again.digest() == train(X, y, init=start, epochs=1).digest() != digest
    assert capsys.readouterr().err == ""


PRESSED = """
import os
import subprocess
import sys
import threading
import numpy as np
from fastnet import train
PRESS = '''
import os, random, signal, sys, time
moments = random.Random(0)
for k, _ in enumerate(sys.stdin):
    time.sleep(moments.uniform(0.0001, 0.004))
    os.kill(int(sys.argv[1]), signal.SIGINT)
    print(k, flush=True)
'''
X, y = np.ones((64, 5)), np.arange(64) % 3
start = train(X, y, hidden=(30,), epochs=1)
presser = subprocess.Popen(
    [sys.executable, "-c", PRESS, str(os.getpid())],
    stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
)
pressed = [-1]
def listen():
    for line in presser.stdout:
        pressed[0] = int(line)
threading.Thread(target=listen, daemon=True).start()
for k in range(150):
    late = []
    def progress(done, total):
        late.extend([done] * (pressed[0] == k))
        assert len(late) < 100, "Ctrl-C was lost"
    try:
        presser.stdin.write("now\\n")
        train(X, y, init=start, epochs=10**9, on_progress=progress)
    except KeyboardInterrupt:
        pass
presser.kill()
"""


@pytest.mark.compiled
@pytest.mark.skipif(os.name == "nt", reason="sends SIGINT")
def test_no_ctrl_c_is_lost():
    """Whatever of Python's is called from C, as by Numba's dispatch, may swallow an exception."""
    python(PRESSED)


ENDLESS = """
import numpy as np
from fastnet import datasets, train
(X, y), _ = datasets.load("digits")
train(X, y, hidden=(100,), epochs=10**6, on_progress=lambda *_: print("at it", flush=True))
"""


INTERRUPTED = """
import os
import queue
import random
import signal
import threading
import time
import numpy as np
from fastnet import run, train
run._teams = lambda net, threads: [threads]  # whatever is faster
X, y = np.ones((64, 5)), np.arange(64) % 3
start = train(X, y, hidden=(130,), epochs=1, threads=2)
digest = start.digest()
go = queue.SimpleQueue()
def press():
    moments = random.Random(0)
    while go.get():
        time.sleep(moments.uniform(0.0001, 0.004))
        os.kill(os.getpid(), signal.SIGINT)
threading.Thread(target=press, daemon=True).start()
for _ in range(100):
    try:
        go.put(True)
        train(X, y, init=start, epochs=10**9, threads=2)
    except KeyboardInterrupt:
        pass
assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
assert start.digest() == digest
assert train(X, y, hidden=(130,), epochs=1, threads=2).digest() == digest
assert threading.active_count() < 10, "threads are left over"
"""


@pytest.mark.compiled
@pytest.mark.skipif(os.name == "nt", reason="sends SIGINT")
def test_ctrl_c_at_any_moment_leaves_no_thread_waiting():
    """A team whose other member never comes would wait for ever."""
    python(INTERRUPTED)


@pytest.mark.skipif(os.name == "nt", reason="sends SIGINT")
def test_ctrl_c_ends_a_long_run():
    with subprocess.Popen(
        [sys.executable, "-c", ENDLESS],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "at it\n"
            process.send_signal(signal.SIGINT)
            error = process.communicate(timeout=60)[1]
        finally:
            process.kill()
    assert process.returncode == -signal.SIGINT
    assert error.splitlines()[-1] == "KeyboardInterrupt"


@pytest.mark.filterwarnings("ignore::fastnet.LearningWarning")  # it does
def test_a_run_that_diverges_says_so_and_keeps_the_last_finite_weights():
    X = samples(300, 6)
    start = train(X, X[:, 0], hidden=(5,), activation="relu", epochs=1)
    digest = start.digest()
    with pytest.raises(fastnet.Diverged, match=r"epoch 1 at learning rate 1e\+06: ") as caught:
        train(X, X[:, 0], init=start, learning_rate=1e6, epochs=3)
    assert isinstance(caught.value, FloatingPointError)
    assert "\n" not in str(caught.value)
    assert caught.value.network.is_finite()
    assert caught.value.network.digest() == start.digest() == digest  # it was in the first chunk
    assert caught.value.network.history == start.history


@pytest.mark.filterwarnings("ignore::fastnet.LearningWarning")  # it does
def test_what_was_learned_before_the_chunk_that_diverged_is_kept():
    X = np.where(np.arange(300)[:, None] == 200, 1e30, samples(300, 6))
    options: dict[str, Any] = {
        "hidden": (5,), "activation": "relu", "learning_rate": 0.001, "schedule": "constant",
        "shuffle": False, "epochs": 1,
    }  # fmt: skip
    done = [0]
    with pytest.raises(fastnet.Diverged, match=r"epoch 0 at learning rate 0.001: ") as caught:
        train(X, X[:, 1] / 1e30, on_progress=lambda n, total: done.append(n), **options)
    n = done[-1]
    assert 0 < n <= 200
    wanted = train(X[:n], X[:n, 1] / 1e30, **options)
    assert caught.value.network.digest() == wanted.digest()


def test_diverged_comes_through_a_process_pool():
    """As nets are trained in many processes, an exception must survive being pickled."""
    error = pickle.loads(pickle.dumps(fastnet.Diverged("gone", train(np.eye(2), [0, 1], epochs=0))))
    assert str(error) == "gone"
    assert error.network.sizes == (2, 64, 32, 2)


# Bad arguments --------------------------------------------------------------------------------

NET = train(np.eye(3), [0, 1, 2], hidden=(4,), epochs=0)


def never(*_: Any) -> None:
    raise AssertionError("something was learned")


BAD = [
    ({"hidden": 64}, TypeError, "hidden: 64"),
    ({"hidden": (0,)}, ValueError, "hidden: 0, wanted a whole number >= 1"),
    ({"hidden": (8, -2)}, ValueError, "hidden: -2"),
    ({"hidden": (8.0,)}, ValueError, "hidden: 8.0"),
    ({"hidden": (True,)}, ValueError, "hidden: True"),
    ({"hidden": (np.nan,)}, ValueError, "hidden: nan"),
    ({"hidden": ((8,),)}, ValueError, r"hidden: \(8,\)"),
    ({"hidden": (10**9, 10**9)}, ValueError, "sizes: .* parameters"),
    ({"hidden": (10**30,)}, ValueError, "hidden: 10+, wanted a whole number from 1 to"),
    ({"activation": "softmax"}, ValueError, "activation: 'softmax'"),
    ({"activation": "swish"}, ValueError, "activation: 'swish', wanted one of sigmoid, tanh"),
    ({"activation": 3}, TypeError, "activation: 3"),
    ({"activation": ["relu"]}, ValueError, "activation: 1 names, wanted 3"),
    ({"activation": ["relu"] * 4}, ValueError, "activation: 4 names, wanted 3"),
    ({"activation": ["softmax", "relu", "relu"]}, ValueError, "activation: 'softmax'"),
    ({"activation": ["relu", "relu", "softmax"]}, ValueError, "'softmax' outputs with quadratic"),
    ({"activation": ["relu", 3, "relu"]}, ValueError, "activation: 3"),
    ({"loss": "mse"}, ValueError, "loss: 'mse', wanted one of quadratic, cross-entropy"),
    (
        {"loss": "cross-entropy", "activation": ["relu", "relu", "identity"]},
        ValueError,
        "activation: 'identity' outputs with cross-entropy loss, wanted softmax or sigmoid",
    ),
    ({"activation": np.tanh}, TypeError, "activation: <ufunc 'tanh'>, wanted a name or .f, f_pri"),
    ({"activation": (3, np.tanh)}, TypeError, "activation: 3, wanted a function compiled"),
    ({"activation": SWISH[:1]}, ValueError, r"activation: \(swish\), wanted two functions"),
    (
        {"loss": "cross-entropy", "activation": ["relu", "relu", SWISH]},
        ValueError,
        "activation: 'swish/swish_prime' outputs with cross-entropy loss, wanted softmax or sigm",
    ),
    ({"start": "xavier"}, ValueError, "start: 'xavier', wanted one of glorot, he, normal, norm"),
    ({"start": 3}, TypeError, r"start: 3, wanted a name, \(low, high\), or each layer's weights"),
    ({"start": (1, -1)}, ValueError, r"start: \(1, -1\), wanted finite numbers, low <= high"),
    ({"start": (0, np.nan)}, ValueError, r"start: \(0, nan\), wanted finite numbers"),
    ({"start": (-1e308, 1e308)}, ValueError, r"start: \(-1e\+308, 1e\+308\), wanted finite"),
    ({"start": (0, 1e300)}, ValueError, "start: NaN or infinite, wanted .* within float32"),
    ({"start": ("a", "b")}, ValueError, r"start: \('a', 'b'\), wanted finite numbers"),
    ({"start": [np.eye(3)]}, ValueError, "start: 1 arrays, wanted 3, one for each layer"),
    ({"start": [np.eye(3)] * 3}, ValueError, r"start\[0\]: shape \(3, 3\), wanted \(3, 64\)"),
    ({"start": [[[1, 2], [3]]], "hidden": ()}, ValueError, r"start\[0\]: rows of different"),
    ({"start": [np.full((3, 3), "a")], "hidden": ()}, TypeError, r"start\[0\]: dtype <U1, wanted"),
    ({"start": [np.eye(3) * np.nan], "hidden": ()}, ValueError, "start: NaN or infinite"),
    ({"init": NET, "start": "he"}, ValueError, "start: given, but init has weights"),
    ({"schedule": "cosine"}, ValueError, "schedule: 'cosine', wanted one of constant, linear"),
    ({"schedule": None}, ValueError, "schedule: None"),
    ({"schedule": lambda p: -p - 1}, ValueError, "schedule: -1 at progress 0, wanted finite"),
    ({"warm_up": 1.5}, ValueError, r"warm_up: 1.5, wanted a number in \[0, 1\]"),
    ({"warm_up": None}, ValueError, "warm_up: None"),
    ({"sample_weight": [1, 2]}, ValueError, r"sample_weight: shape \(2,\), .*wanted \(3,\)"),
    ({"sample_weight": [1, 2, -3]}, ValueError, "sample_weight: -3 for sample 2"),
    ({"class_weight": {3: 1}}, ValueError, "class_weight: label 3 is none of the net's classes"),
    ({"class_weight": "even"}, TypeError, "class_weight: 'even', wanted 'balanced' or"),
    ({"validation_fraction": 0.1}, ValueError, "validation_fraction: 0.1 of 3 samples are 0"),
    (
        {"validation_fraction": 0.5, "validation_data": (np.eye(3), [0, 1, 2])},
        ValueError,
        "validation_fraction: given, but so is validation_data",
    ),
    ({"patience": 2}, ValueError, "patience: 2, but there is nothing to judge by"),
    (
        {"patience": 2, "validation_fraction": 0.4, "average": 0.5},
        ValueError,
        "average: 0.5, but patience wants the best weights",
    ),
    ({"average": 1.5}, ValueError, r"average: 1.5, wanted a number in \[0, 1\]"),
    ({"l2": -1}, ValueError, "l2: -1, wanted a number >= 0"),
    ({"l2": 6.0}, ValueError, "l2: 6 at a learning rate of 0.2 takes more than half of each"),
    ({"target_accuracy": 2}, ValueError, "target_accuracy: 2, wanted"),
    ({"max_seconds": -1}, ValueError, "max_seconds: -1, wanted a number >= 0"),
    ({"dtype": "float16"}, ValueError, "dtype: 'float16', wanted one of float32, float64"),
    ({"dtype": "int32"}, ValueError, "dtype: 'int32'"),
    ({"dtype": "double trouble"}, ValueError, "dtype: 'double trouble'"),
    ({"dtype": 3}, ValueError, "dtype: 3"),
    ({"learning_rate": -0.1}, ValueError, "learning_rate: -0.1, wanted a number >= 0"),
    ({"learning_rate": np.nan}, ValueError, "learning_rate: nan"),
    ({"learning_rate": np.inf}, ValueError, "learning_rate: inf"),
    ({"learning_rate": "fast"}, ValueError, "learning_rate: 'fast'"),
    ({"learning_rate": [0.1]}, ValueError, r"learning_rate: \[0.1\]"),
    ({"learning_rate": 1j}, ValueError, "learning_rate: 1j"),
    ({"learning_rate": np.complex64(1)}, ValueError, "learning_rate: "),
    ({"learning_rate": 1e300}, ValueError, r"learning_rate: 1e\+300"),  # not even a float32
    ({"epochs": -1}, ValueError, "epochs: -1, wanted a whole number >= 0"),
    ({"epochs": 2.0}, ValueError, "epochs: 2.0"),
    ({"epochs": True}, ValueError, "epochs: True"),
    ({"epochs": None}, ValueError, "epochs: None"),
    ({"epochs": "3"}, ValueError, "epochs: '3'"),
    ({"seed": -1}, ValueError, "seed: -1, wanted a whole number >= 0"),
    ({"seed": 1.5}, ValueError, "seed: 1.5"),
    ({"seed": None}, ValueError, "seed: None"),
    ({"seed": "abc"}, ValueError, "seed: 'abc'"),
    ({"seed": np.random.default_rng(0)}, ValueError, "seed: Generator"),
    ({"threads": 0}, ValueError, "threads: 0, wanted a whole number >= 1"),
    ({"threads": 1.5}, ValueError, "threads: 1.5"),
    ({"threads": True}, ValueError, "threads: True"),
    ({"threads": None}, ValueError, "threads: None"),
    ({"threads": "all"}, ValueError, "threads: 'all'"),
    ({"init": "net"}, TypeError, "init: str, wanted a Network"),
    ({"init": NET.weights}, TypeError, "init: Layers, wanted a Network"),
    ({"init": NET, "hidden": (5,)}, ValueError, r"hidden: \(5,\), but init has \(4,\)"),
    ({"init": NET, "hidden": 5}, TypeError, "hidden: 5"),
    ({"init": NET, "loss": "cross-entropy"}, ValueError, "loss: 'cross-entropy', but init has"),
    ({"init": NET, "dtype": "float64"}, ValueError, "dtype: .*float64.*, but init has .*float32"),
    ({"hidden": "64,32"}, TypeError, r"hidden: '64,32', wanted a sequence of sizes such as \(64"),
    ({"hidden": 30}, TypeError, r"hidden: 30, wanted a sequence of sizes such as \(30,\)"),
    ({"hidden": {30}}, TypeError, r"hidden: \{30\}, wanted a sequence"),
    ({"hidden": np.array(30)}, TypeError, r"hidden: .*30.*, wanted a sequence of sizes such as \("),
    ({"hidden": np.array([30.0])}, ValueError, "hidden: .*30.0.*, wanted a whole number >= 1"),
    ({"activation": "nonsense", "hidden": ()}, ValueError, "activation: 'nonsense', wanted one of"),
    ({"activation": {"relu"}}, TypeError, r"activation: \{'relu'\}, wanted a name or"),
    ({"activation": ["relu", "relu", 3]}, ValueError, "activation: 3, wanted one of"),
    ({"loss": np.array(["quadratic"])}, ValueError, r"loss: an array of shape \(1,\), wanted one"),
    ({"loss": ["quadratic", "cross-entropy"]}, ValueError, "loss: .'quadratic', 'cross-entropy'."),
    ({"dtype": np.zeros(2)}, ValueError, r"dtype: an array of shape \(2,\), wanted one of"),
    ({"threads": np.ones(2)}, ValueError, r"threads: an array of shape \(2,\), wanted"),
    ({"threads": 2.0}, ValueError, "threads: 2.0, wanted a whole number >= 1, or 'auto'"),
    ({"epochs": 10**30}, ValueError, "epochs: 10+, wanted a whole number from 0 to 2147483648"),
    ({"epochs": np.array([2])}, ValueError, r"epochs: an array of shape \(1,\), wanted"),
    ({"learning_rate": True}, ValueError, "learning_rate: True, wanted a number >= 0"),
    ({"learning_rate": np.array(True)}, ValueError, "learning_rate: .*True.*, wanted a number"),
    ({"learning_rate": np.ones(1)}, ValueError, r"learning_rate: an array of shape \(1,\)"),
    ({"learning_rate": 10**400}, ValueError, "learning_rate: a whole number of 1329 bits"),
    ({"shuffle": "no"}, TypeError, "shuffle: 'no', wanted True or False"),
    ({"shuffle": 1}, TypeError, "shuffle: 1, wanted True or False"),
    ({"shuffle": None}, TypeError, "shuffle: None, wanted True or False"),
    ({"resume": "yes"}, TypeError, "resume: 'yes', wanted True or False"),
    ({"verbose": "no"}, TypeError, "verbose: 'no', wanted True or False"),
    ({"verbose": 1}, TypeError, "verbose: 1, wanted True or False"),
    ({"on_epoch": "x"}, TypeError, "on_epoch: 'x', wanted a function"),
    ({"on_epoch": [print]}, TypeError, "on_epoch: .*, wanted a function"),
    ({"checkpoint": 5}, TypeError, "checkpoint: 5, wanted a path"),
    ({"checkpoint": True}, TypeError, "checkpoint: True, wanted a path"),
    ({"validation_fraction": "0.1"}, ValueError, "validation_fraction: '0.1', wanted a number in"),
    ({"class_weight": {0: True}}, ValueError, "class_weight: True, wanted a number >= 0"),
    ({"start": {1, 2}}, TypeError, r"start: \{1, 2\}, wanted a name"),
    ({"start": b"he"}, TypeError, "start: b'he', wanted a name"),
    ({"start": [np.eye(3) * 1j], "hidden": ()}, TypeError, r"start\[0\]: dtype complex128"),
    ({"init": NET, "hidden": (64, 32)}, ValueError, r"hidden: \(64, 32\), but init has \(4,\)"),
    ({"init": NET, "activation": "nonsense"}, ValueError, "activation: 'nonsense', wanted one of"),
    ({"init": NET, "activation": 3}, TypeError, "activation: 3, wanted a name"),
    ({"init": NET, "activation": "relu"}, ValueError, "activation: relu, sigmoid, but init has"),
    ({"init": NET, "activation": SWISH}, ValueError, "activation: swish/swish_prime, sigm"),
    (
        {"init": NET, "activation": ["sigmoid", "tanh"]},
        ValueError,
        "activation: sigmoid, tanh, but init has sigmoid, sigmoid",
    ),
    ({"init": NET, "activation": ["relu"] * 3}, ValueError, "activation: 3 names, wanted 2"),
    ({"validation_data": 3}, TypeError, "validation_data: int, wanted .X, y."),
    ({"validation_data": np.eye(3)}, TypeError, "validation_data: ndarray, wanted .X, y."),
    ({"validation_data": (np.eye(3),)}, TypeError, "validation_data: tuple, wanted .X, y."),
    ({"validation_data": (np.eye(3), [0, 1, 2], 0)}, TypeError, "validation_data: "),
]


@pytest.mark.parametrize(
    ("options", "error", "message"), BAD, ids=[f"{k}: {', '.join(c[0])}" for k, c in enumerate(BAD)]
)
def test_bad_arguments_are_named_before_anything_is_learned(options, error, message):
    digest = NET.digest()
    with pytest.raises(error, match=message) as caught:
        train(np.eye(3), [0, 1, 2], on_progress=never, **options)
    assert "\n" not in str(caught.value)
    assert NET.digest() == digest and NET.history == []


@pytest.mark.parametrize("value", ["x", 5, [], np.zeros(2)], ids=str)
def test_what_cannot_be_called_is_no_callback(value):
    for name in ("on_epoch", "on_progress"):
        with pytest.raises(TypeError, match=f"^{name}: .*, wanted a function"):
            train(np.eye(3), [0, 1, 2], **{name: value})


def test_arrays_without_dimensions_are_what_they_hold():
    options: dict[str, Any] = {
        "learning_rate": 0.1, "epochs": 2, "seed": 3, "l2": 1e-3, "warm_up": 0.5, "average": 0.0,
        "loss": "quadratic", "activation": "tanh", "dtype": "float64", "shuffle": True,
        "schedule": "constant", "start": "normal/n", "validation_fraction": 0.25, "patience": 1,
        "target_accuracy": 1.0, "max_seconds": 60.0, "threads": 1, "class_weight": "balanced",
    }  # fmt: skip
    X, y = samples(40, 3), np.arange(40) % 3
    wanted = train(X, y, **options)
    net = train(X, y, **{name: np.array(value) for name, value in options.items()})
    assert net.digest() == wanted.digest() and net.run == wanted.run
    json.dumps(net.run)
    weights = {0: np.array(2.0), 1: 1}
    assert train(X, y, class_weight=weights).run["options"]["class_weight"] == {"0": 2.0, "1": 1}


def test_what_is_equal_may_be_given_with_init():
    X, y = samples(30, 3), np.arange(30) % 3
    own = Network.initialise((3, 5, 4, 3), ["tanh", "tanh", "sigmoid"], classes=range(3))
    wanted = train(X, y, init=own, epochs=2)
    for options in (
        {"hidden": (5, 4)}, {"hidden": np.array([5, 4])}, {"hidden": iter([5, 4])},
        {"activation": "tanh"}, {"activation": ["tanh", "tanh", "sigmoid"]},
        {"activation": iter(["tanh", "tanh", "sigmoid"])}, {"loss": "quadratic"},
        {"dtype": "float32"}, {"dtype": np.float32}, {"dtype": None, "hidden": None},
    ):  # fmt: skip
        net = train(X, y, init=own, epochs=2, **options)
        assert net.digest() == wanted.digest() and net.run == wanted.run
    for options in ({"hidden": (64, 32)}, {"activation": "sigmoid"}, {"dtype": "float64"}):
        with pytest.raises(ValueError, match=", but init has "):
            train(X, y, init=own, **options)
    mixed = Network.initialise((3, 5, 4, 3), ["tanh", "relu", "sigmoid"], classes=range(3))
    with pytest.raises(ValueError, match=r"activation: tanh, tanh, .* but init has tanh, relu"):
        train(X, y, init=mixed, activation="tanh")
    none = Network.initialise((3, 3), ["sigmoid"], classes=range(3))
    train(X, y, init=none, activation="relu", hidden=(), epochs=1)  # which says nothing of it
    swish = train(X, y, hidden=(4,), activation=SWISH, epochs=1)
    for pair in (SWISH, list(SWISH), [SWISH, "sigmoid"]):
        assert train(X, y, init=swish, activation=pair, epochs=1).activations == swish.activations


def test_the_record_has_the_options_that_were_not_given():
    X, y = samples(6, 3), np.arange(6) % 3
    options = train(X, y, epochs=0).run["options"]
    wanted = {"hidden": [64, 32], "activation": "sigmoid", "loss": "quadratic", "dtype": "float32"}
    assert {name: options[name] for name in wanted} == wanted
    given = train(X, y, epochs=0, hidden=[64, 32], activation="sigmoid", loss="quadratic")
    assert given.run["options"] == options


def test_validation_data_is_checked_before_anything_is_learned():
    X, y = np.eye(3), [0, 1, 2]
    for validation, message in [
        ((X[:, :2], y), "validation_data X: 2 features, but the net takes 3"),
        ((X, y[:2]), r"validation_data y: shape \(2,\), wanted \(3,\)"),
        ((X, [3, 4, 3]), r"validation_data y: label 3 in rows 0, 2 is none of the net's classes"),
        ((X, ["a", "b", "c"]), "validation_data y: label .*a.* is none of the net's classes"),
        ((X, [0.0, 1.0, 2.0]), "validation_data y: dtype float64, but .* labels such as"),
        ((X * np.nan, y), "validation_data X: nan in row 0, column 0"),
    ]:
        with pytest.raises(ValueError, match=message):
            train(X, y, validation_data=validation, on_progress=never)


@pytest.mark.parametrize(
    ("output", "y", "message"),
    [
        ("sigmoid", [0.5, 1.5], "y: 1.5, wanted numbers within .0, 1., as sigmoid outputs are"),
        ("sigmoid", [-0.5, 1.0], "y: -0.5, wanted"),
        ("tanh", [-1.5, 1.0], "y: -1.5, wanted numbers within .-1, 1., as tanh outputs are"),
        ("scaled-tanh", [0.0, 1.72], r"y: 1.72.*, wanted numbers within .-1.7159, 1.7159., as sc"),
        ("relu", [-0.1, 9.0], "y: -0.1.*, wanted numbers within .0, inf., as relu outputs are"),
    ],
)
def test_targets_out_of_the_outputs_reach(output, y, message):
    options: dict[str, Any] = {"hidden": (3,), "activation": ["tanh", output]}
    with pytest.raises(ValueError, match=message):
        train(np.eye(2), y, on_progress=never, **options)
    net = train(np.eye(2), [0.25, 0.75], epochs=1, **options)
    for act in (
        lambda: train(np.eye(2), y, init=net, on_progress=never),
        lambda: net.score(np.eye(2), y),
    ):
        with pytest.raises(ValueError, match=message):
            act()
    with pytest.raises(ValueError, match="validation_data " + message):
        train(np.eye(2), [0.2, 0.3], validation_data=(np.eye(2), y), on_progress=never, **options)


def test_several_labels_lie_between_0_and_1():
    with pytest.raises(ValueError, match=r"y: 2.0, wanted numbers within"):
        train(np.eye(2), [[0, 1], [2, 0]], loss="cross-entropy", on_progress=never)


def test_only_the_data_are_positional():
    with pytest.raises(TypeError, match="positional"):
        train(np.eye(2), [0, 1], (5,))  # type: ignore[misc]


def test_golden_file_has_no_run_that_is_not_made() -> None:
    assert json.loads(make_golden.PATH.read_text()).keys() == make_golden.RUNS.keys()
