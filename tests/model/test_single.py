"""Streams: one sample at a time learns and answers as many at once do."""

import pickle
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array

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
    one, each, some, run = (fresh(y, **options) for _ in range(4))
    for k in range(len(X)):
        one.learn_one(X[k], y[k], learning_rate=0.01)
        each.partial_fit(X[k : k + 1], y[k : k + 1], learning_rate=0.01)
    assert some.partial_fit(X[:15], y[:15], learning_rate=0.01) is some
    some.partial_fit(X[15:], y[15:], learning_rate=0.01)
    run = train(
        X, y, init=run, epochs=1, shuffle=False, learning_rate=0.01, schedule="constant"
    )  # fmt: skip
    assert one.digest() == each.digest() == some.digest() == run.digest()
    assert one.digest() != fresh(y, **options).digest()
    together = run.predict(X)
    for x, answer in zip(X, together, strict=True):
        np.testing.assert_array_equal(one.predict_one(x), answer)


ANSWERS: dict[str, tuple[Any, dict[str, Any], type]] = {
    "words": (LABELS, {}, str),
    "whole numbers": (BYTES[:, 0] % 3, {}, int),
    "truth values": (LABELS == "ant", {}, bool),
    "beyond 64 bits": (np.array([2**70, 3] * 20, object), {}, int),
    "softmax": (LABELS, {"loss": "cross-entropy"}, str),
    "a number": (BYTES[:, 0] / 255, {}, float),
    "a presence": (np.arange(40.0) % 2, {"loss": "cross-entropy"}, int),
    "in a column": (np.arange(40.0)[:, None] % 2, {"loss": "cross-entropy"}, np.ndarray),
    "numbers": (BYTES[:, :3] / 255, {}, np.ndarray),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_one_answer_is_a_label_or_a_number_of_python_s(name: str) -> None:
    y, options, wanted = ANSWERS[name]
    net = fresh(y, **options)
    for one in (net, fastnet.Ensemble([net, net])):
        answer = one.predict_one(BYTES[1])
        assert type(answer) is wanted
        np.testing.assert_array_equal(answer, one.predict(BYTES[1:2])[0])


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
        (np.full(70, np.nan), "ant", ValueError, "x: nan in column 0, wanted finite"),
        (np.where(np.arange(70) == 9, -np.inf, 0.5), "ant", ValueError, "x: -inf in column 9"),
        (np.full(70, 1e300), "ant", ValueError, "x: 1e.300 in column 0, .* within float32"),
        (np.array([*range(69), "a"], object), "ant", TypeError, "x: .*, 'a' in row 0, column 69"),
        ([None] * 70, "ant", TypeError, "x: dtype object, None in row 0, column 0, wanted real"),
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


FORMS = [float, np.float32, np.float64, np.float16, np.array, np.atleast_1d, list]


@pytest.mark.parametrize("of", FORMS, ids=lambda of: of.__name__)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_one_number_in_any_form_learns_the_same(of: Any, dtype: str) -> None:
    one, other = (fresh(BYTES[:, 0] / 255, dtype=dtype) for _ in range(2))
    for x, y in zip(BYTES, [0.25, 3.0, -1.5], strict=False):
        one.learn_one(x, y), other.learn_one(x, [y] if of is list else of(y))
    for whole in (3, np.int64(3), np.uint8(3), np.array(3), np.array([3])):
        one.learn_one(BYTES[3], 3.0), other.learn_one(BYTES[3], whole)
    for y in np.array([0.1, 0.2, 2.5], np.float32):
        one.learn_one(BYTES[4], float(y)), other.partial_fit(BYTES[4:5], np.array([y]))
    assert one.digest() == other.digest()


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


# Runs that diverge ----------------------------------------------------------------------------

FAR = np.random.default_rng(0).standard_normal((500, 5))
WANTED = FAR @ np.arange(5.0)


def finite_at_first(**options: Any) -> Network:
    return train(FAR, WANTED, **{"hidden": (16,), "activation": "relu", "epochs": 1, **options})


JUMP = [1e15, 0, 0], [0, 1], 1e30  # makes weights infinite, though its own cost is finite


def learned_one() -> Network:
    net = Network.initialise((3, 2), ["identity"])
    net.learn_one([1, 0, 0], [0, 1], 1e-3)
    return net


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("rows", [1, 7, 500])
def test_partial_fit_that_diverges_restores_what_it_had(rows, dtype):
    net = finite_at_first(dtype=dtype)
    net.partial_fit(FAR[:3], WANTED[:3])
    digest = net.digest()
    with pytest.raises(fastnet.Diverged, match=r"try a smaller .* from before the call$") as caught:
        for start in range(0, 500, rows):
            digest = net.digest()
            net.partial_fit(FAR[start:][:rows], WANTED[start:][:rows], 1e10)
    assert "at learning rate 1e+10: " in str(caught.value)
    assert caught.value.network is net and net.is_finite() and net.digest() == digest
    if rows > 1:
        net.partial_fit(FAR[:3], WANTED[:3], 0.0)


@pytest.mark.filterwarnings("ignore::fastnet.LearningWarning")  # 1e15
def test_partial_fit_sees_weights_that_the_last_row_makes_infinite():
    net = learned_one()
    digest, (x, y, rate) = net.digest(), JUMP
    with pytest.raises(fastnet.Diverged, match="from before the call"):
        net.partial_fit([x], [y], rate)
    assert net.is_finite() and net.digest() == digest


@pytest.mark.parametrize("rate", [1.0, 1e2, 1e10, 1e30])
@pytest.mark.parametrize("before", [0, 1, 999, 1000, 1500])
def test_learn_one_that_diverges_leaves_finite_weights(rate, before):
    net = finite_at_first()
    seen = [net.digest()]
    for k in range(before):
        net.learn_one(FAR[k % 500], WANTED[k % 500], 1e-6)
        seen.append(net.digest())
    with pytest.raises(fastnet.Diverged, match="try a smaller learning_rate") as caught:
        for k in range(500):
            net.learn_one(FAR[k], WANTED[k], rate)
            seen.append(net.digest())
    assert caught.value.network is net and net.is_finite()
    back = re.search(r"; the weights are .* \(samples taken back: ([\d,]+)\)$", str(caught.value))
    if back is None:
        assert str(caught.value).endswith("if others fail too, continue from a saved net")
        assert net.digest() == seen[-1]
    else:
        calls = int(back[1].replace(",", ""))
        assert 0 < calls <= 1000 and (len(seen) - 1 - calls) % 1000 == 0
        assert net.digest() == seen[-1 - calls]


def test_learn_one_takes_the_weights_of_its_last_look_back():
    net, looks = learned_one(), []
    for k in range(2, 3000):
        if k % 1000 == 1:
            looks.append(net.digest())
        net.learn_one([0.5, -1, k % 7], [0.25, 1], 1e-3)
    net.learn_one(*JUMP)
    assert not net.is_finite()
    with pytest.raises(fastnet.Diverged, match="samples taken back: 1,000") as caught:
        net.learn_one([1, 0, 0], [0, 1], 1e-3)
    assert caught.value.network.digest() == looks[-1]
    net.learn_one([1, 0, 0], [0, 1], 1e-3)  # and it goes on
    assert net.is_finite()


def test_a_cost_that_is_not_finite_takes_nothing_back():
    net = Network.from_weights([[[3e38]]], [[0.0]], "identity", dtype="float32")
    net.learn_one([0.5], 1.5e38, 1e-3)
    digest = net.digest()
    with pytest.raises(fastnet.Diverged) as caught:
        net.learn_one([3.0], -3e38)
    assert net.digest() == digest and "taken back" not in str(caught.value)


def test_what_learn_one_left_infinite_is_found_by_whatever_comes_next():
    for act in (
        lambda net: net.learn_one([1, 0, 0], [0, 1], 1e-3),
        lambda net: net.partial_fit([[1, 0, 0]], [[0, 1]], 1e-3),
    ):
        net = learned_one()
        net.learn_one(*JUMP)
        assert not net.is_finite()
        with pytest.raises(fastnet.Diverged, match="samples taken back: 2") as caught:
            act(net)
        assert caught.value.network.is_finite()


def test_what_partial_fit_learned_is_not_taken_back_with_learn_one():
    net = learned_one()
    digest = net.partial_fit(FAR[:, :3], FAR[:, 3:], 1e-3).digest()
    net.learn_one(*JUMP)
    with pytest.raises(fastnet.Diverged, match="samples taken back: 1"):
        net.learn_one([1, 0, 0], [0, 1], 1e-3)
    assert net.digest() == digest


# Arguments ------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(70, 1), (1, 70, 1)])
def test_a_sample_in_another_shape_is_told_how_to_be_flat(shape):
    net = fresh()
    for act in (net.predict_one, lambda x: net.learn_one(x, "ant")):
        for X in (BYTES, BYTES / 255):
            with pytest.raises(ValueError, match=r"^x: .*, one sample \(flat: x.reshape\(-1\)\)$"):
                act(X[0].reshape(shape))


def test_rows_are_no_sample():
    net = fresh()
    for act in (net.predict_one, lambda x: net.learn_one(x, "ant")):
        with pytest.raises(ValueError, match=r"\(1, 70\), .*, one sample \(its only row: x\[0\]"):
            act(BYTES[:1])
        with pytest.raises(ValueError, match=r"\(2, 70\), .*, one sample, not rows of them$"):
            act(BYTES[:2])
        with pytest.raises(ValueError, match=r"shape \(71,\), wanted \(70,\), one sample$"):
            act(np.zeros(71))
        with pytest.raises(ValueError, match=r"^x: rows of different lengths, wanted one sample$"):
            act([[1], [2, 3]])


@pytest.mark.parametrize(
    "y",
    [b"1", ["1"], np.str_("1"), None, 1j, 1e300, 10**400, [-(10**400)], {}, [[1], [2, 3]], "t"],
    ids=type,
)
def test_words_are_no_numbers(y):
    net, digest = fresh(BYTES[:, 0] / 255), fresh(BYTES[:, 0] / 255).digest()
    with pytest.raises(ValueError, match=r"^y: .*, wanted a finite number within float32$") as one:
        net.learn_one(BYTES[0], y)
    assert "\n" not in str(one.value) and len(str(one.value)) < 200
    with pytest.raises((ValueError, TypeError)):
        net.partial_fit(BYTES[:1], [y])
    if y != [[1], [2, 3]]:
        with pytest.raises((ValueError, TypeError), match="example 1: y: "):
            fastnet.train_stream([(BYTES[0], y)], init=net)
    assert net.digest() == digest


def test_numbers_of_every_kind_are_targets():
    nets = [fresh(BYTES[:, 0] / 255) for _ in range(7)]
    kinds = (1, 1.0, True, np.float64(1), np.array(1.0), np.array([1], np.uint8), [[1.0]])
    for net, y in zip(nets, kinds, strict=True):
        net.learn_one(BYTES[0], y)
    assert len({net.digest() for net in nets}) == 1
    labelled = fresh(np.arange(40) % 3)
    twin = labelled.copy()
    labelled.learn_one(BYTES[0], 2)
    twin.learn_one(BYTES[0], np.array(2))
    assert twin.digest() == labelled.digest()


@pytest.mark.parametrize("rate", [True, np.True_, np.array(True), "0.1", [0.1], 1j, 10**400, None])
def test_a_rate_is_a_number(rate):
    net = fresh()
    if rate is None:
        net.learn_one(BYTES[0], "ant", np.array(0.5))  # which an array without dimensions may hold
        net.partial_fit(BYTES[:2], LABELS[:2], np.array(0.5, np.float32))
        return
    for learn in (net.learn_one, lambda x, y, rate: net.partial_fit([x], [y], rate)):
        with pytest.raises(ValueError, match=r"^learning_rate: .*, wanted a number >= 0 within fl"):
            learn(BYTES[0], "ant", rate)


@pytest.mark.parametrize("y", [np.ma.masked, np.ma.array([1.0], mask=[True])])
def test_a_masked_number_is_none(y):
    net = fresh(BYTES[:, 0] / 255)
    digest = net.digest()
    with pytest.raises(ValueError, match=r"^y: .*, wanted a finite number within float32"):
        net.learn_one(BYTES[0], y)
    assert net.digest() == digest
    net.learn_one(BYTES[0], np.ma.array([1.0]))
    assert net.digest() != digest


def test_one_sample_of_sparse_rows_is_named():
    rows = csr_array(BYTES)
    with pytest.raises(TypeError, match=r"^x: csr_array, wanted real numbers"):
        fresh().predict_one(rows[:1])


# Files that are not what they seem ------------------------------------------------------------


@pytest.mark.parametrize("kind", ["weights", "biases"])
def test_learn_one_goes_back_to_no_weights_from_before_others_were_set(kind):
    net = Network.initialise((2, 3, 2), ("sigmoid", "sigmoid"), classes=[0, 1])
    net.learn_one([1, 2], 0)
    setattr(net, kind, [np.full(array.shape, 0.25) for array in getattr(net, kind)])
    wanted = net.digest()
    net.learn_one([1, 2], 0)
    assert net.digest() != wanted
    net.weights[1][:] = np.nan
    with pytest.raises(fastnet.Diverged):
        net.learn_one([1, 2], 0)
    assert net.digest() == wanted
