"""Streams: one sample at a time learns and answers as many at once do."""

import pickle
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

import fastnet
from fastnet import Network, train

RNG = np.random.default_rng(8)
BYTES = RNG.integers(0, 256, (40, 70), np.uint8) * (RNG.random((40, 70)) < 0.5)
BYTES = BYTES.astype(np.uint8)
LABELS = RNG.choice(np.array(["ant", "bee", "cow"]), 40)
LABELS[:3] = ["ant", "bee", "cow"]


def fresh(y: Any = LABELS, **options: Any) -> Network:
    return train(BYTES, y, hidden=(20,), epochs=0, **options)


TARGETS = {
    "labels": (LABELS, {}),
    "softmax": (LABELS, {"loss": "cross-entropy", "activation": "relu"}),
    "one number": (BYTES[:, 0] / 255, {"activation": "tanh"}),
    "numbers": (BYTES[:, :3] / 255, {"activation": "tanh", "dtype": "float64"}),
    "several labels": (BYTES[:, :3] > 99, {"loss": "cross-entropy"}),
}


@pytest.mark.parametrize("kind", TARGETS)
@pytest.mark.parametrize("X", [BYTES, BYTES / 255, (BYTES / 255).astype(np.float32), BYTES > 9])
def test_one_by_one_is_as_all_in_their_order(X, kind):
    y, options = TARGETS[kind]
    one, some, run = (fresh(y, **options) for _ in range(3))
    for x, target in zip(X, y, strict=True):
        one.learn_one(x, target, learning_rate=0.01)
    assert some.partial_fit(X[:15], y[:15], learning_rate=0.01) is some
    some.partial_fit(X[15:], y[15:], learning_rate=0.01)
    run = train(
        X, y, init=run, epochs=1, shuffle=False, learning_rate=0.01, schedule="constant"
    )  # fmt: skip
    assert one.digest() == some.digest() == run.digest() != fresh(y, **options).digest()
    together = run.predict(X)
    for x, answer in zip(X, together, strict=True):
        np.testing.assert_array_equal(one.predict_one(x), answer)


def test_the_default_rate_is_half_of_that_of_train():
    one = fresh()
    run = train(
        BYTES, LABELS, init=fresh(), epochs=1, shuffle=False, schedule=lambda p: 0.5 + 0 * p
    )  # fmt: skip
    for x, label in zip(BYTES, LABELS, strict=True):
        one.learn_one(x, label)
    assert one.digest() == run.digest()


def test_answers_are_kept_when_others_are_asked_for():
    y, options = TARGETS["numbers"]
    net = train(BYTES, y, hidden=(20,), epochs=3, **options)
    first = net.predict_one(BYTES[0])
    kept = first.copy()
    net.predict_one(BYTES[1])
    np.testing.assert_array_equal(first, kept)


@pytest.mark.parametrize(
    ("x", "y", "error", "said"),
    [
        (BYTES[0, :-1], "ant", ValueError, r"x: shape \(69,\), wanted \(70,\)"),
        (BYTES[:1], "ant", ValueError, r"x: shape \(1, 70\)"),
        (np.full(70, np.nan), "ant", ValueError, "x: NaN or infinite"),
        (np.where(np.arange(70) == 9, -np.inf, 0.5), "ant", ValueError, "x: NaN or infinite"),
        (np.full(70, 1e300), "ant", ValueError, "x: NaN or infinite, .* within float32"),
        (BYTES[0].astype(object), "ant", TypeError, "x: dtype object"),
        (BYTES[0].astype(str), "ant", TypeError, "x: dtype"),
        (BYTES[0], "dog", ValueError, r"y: label 'dog' is none of .*\(ant, bee, cow\)"),
        (BYTES[0], ["ant"], ValueError, "y: label"),
        (BYTES[0], None, ValueError, "y: label None"),
    ],
)
def test_what_does_not_fit_is_named_and_nothing_is_learned(x, y, error, said):
    net = fresh()
    digest = net.digest()
    with pytest.raises(error, match=said):
        net.learn_one(x, y)
    assert net.digest() == digest


@pytest.mark.parametrize("y", [np.nan, [1, 2], np.inf, "three"])
def test_numbers_that_do_not_fit_are_named(y):
    net = fresh(BYTES[:, 0] / 255)
    digest = net.digest()
    with pytest.raises(ValueError, match="y: "):
        net.learn_one(BYTES[0], y)
    assert net.digest() == digest


@pytest.mark.parametrize("rate", [-1, np.nan, np.inf, "0.1"])
def test_a_rate_that_does_not_fit_is_named(rate):
    for learn in (fresh().learn_one, lambda x, y, rate: fresh().partial_fit([x], [y], rate)):
        with pytest.raises(ValueError, match="learning_rate: "):
            learn(BYTES[0], "ant", rate)


def test_divergence_is_said_before_anything_is_learned():
    net = Network.from_weights([[[3e38]]], [[0.0]], "identity", dtype="float32")
    digest = net.digest()
    for learn in (net.learn_one, lambda x, y: net.partial_fit([x], [y])):
        with pytest.raises(fastnet.Diverged, match="diverged at learning rate"):
            learn(np.array([3.0]), -3e38)
        assert net.digest() == digest


def test_copies_and_pickles_have_their_own_samples():
    net = fresh()
    net.predict_one(BYTES[0])
    for twin in (net.copy(), pickle.loads(pickle.dumps(net))):
        twin.learn_one(BYTES[0], "bee", 0.5)
        assert twin.digest() != net.digest()
        assert twin.predict_one(BYTES[1]) == twin.predict(BYTES[1:2])[0]


def test_answers_in_threads_do_not_mix():
    net = train(BYTES, LABELS, hidden=(20,), epochs=5, learning_rate=0.5)
    wanted = net.predict(BYTES)
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(net.predict_one, list(BYTES) * 50))
    np.testing.assert_array_equal(answers, np.tile(wanted, 50))


def test_numbers_that_the_outputs_cannot_reach_are_refused():
    several = fresh(BYTES[:, :3] > 99, loss="cross-entropy")
    digest = several.digest()
    with pytest.raises(ValueError, match=r"y: 2.0, wanted numbers within \[0, 1\]"):
        several.learn_one(BYTES[0], [0, 2, 1])
    assert several.digest() == digest


@pytest.mark.parametrize("y", [10**400, [10**400], [-(10**400)]])
def test_numbers_that_no_float_holds(y):
    net = fresh(BYTES[:, 0] / 255)
    with pytest.raises(ValueError, match=r"y: .*wanted 1 finite numbers"):
        net.learn_one(BYTES[0], y)
