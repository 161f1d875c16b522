"""Activations of the user's own: what is refused, and that they learn as the reference does."""

import copy
import math
import pickle
import subprocess
import sys

import numba
import numpy as np
import pytest

from fastnet import Network, load, train
from fastnet.kernels.codes import BLOCKS
from fastnet.kernels.listed import SAMPLES
from fastnet.model.activations import POINTS, functions
from fastnet.reference import Net
from tests.functions import SOFTSIGN, SWISH, softsign, swish, swish_prime
from tests.helpers import COMPILED, samples
from tests.kernels.helpers import run

jit = numba.njit
tanh = jit(lambda z: math.tanh(z))


def refused(pair, error, message: str) -> None:
    with pytest.raises(error, match=message) as caught:
        train(np.eye(2), [0, 1], activation=pair)
    assert "\n" not in str(caught.value) and "\033" not in str(caught.value)


# What is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "f_prime"),
    [
        (lambda z: math.sin(z), lambda z: math.cos(z)),
        (lambda z: math.exp(-z * z), lambda z: -2 * z * math.exp(-z * z)),
        (lambda z: max(z, 0.0), lambda z: 1.0 if z > 0 else 0.0),
        (lambda z: min(max(0.2 * z + 0.5, 0), 1), lambda z: 0.2 if -2.5 < z < 2.5 else 0),
        (lambda z: math.sin(100 * z), lambda z: 100 * math.cos(100 * z)),
        (lambda z: z**7, lambda z: 7 * z**6),
        (lambda z: math.exp(z), lambda z: math.exp(z)),
        (lambda z: 3, lambda z: 0),
    ],
)
def test_a_right_derivative_is_taken(f, f_prime):
    functions((jit(f), jit(f_prime)))


@pytest.mark.parametrize(
    ("f", "f_prime"),
    [
        (lambda z: math.sin(z), lambda z: -math.cos(z)),
        (lambda z: math.tanh(z), lambda z: 1 - z * z),  # from the value, not from z
        (lambda z: 1.7159 * math.tanh(2 / 3 * z), lambda z: 1.1439 / math.cosh(0.6667 * z) ** 2),
        (lambda z: max(z, 0.0), lambda z: 1.0),
        (lambda z: z, lambda z: 1.0 if abs(z) < 9.9 else 0.0),
        (lambda z: math.exp(z), lambda z: 1.0001 * math.exp(z)),
    ],
)
def test_a_wrong_derivative_is_refused(f, f_prime):
    refused((jit(f), jit(f_prime)), ValueError, "the slope of <lambda> there is")


def test_a_wrong_derivative_is_refused_by_a_point_where_it_fails():
    with pytest.raises(ValueError, match="slope") as caught:
        train(np.eye(2), [0, 1], activation=(swish, softsign))
    words = str(caught.value)
    x = float(words.partition("softsign(")[2].partition(")")[0])
    gave = float(words.partition("gave ")[2].partition(",")[0])
    slope = float(words.partition("the slope of swish there is ")[2])
    assert gave == pytest.approx(softsign(x), rel=1e-4)
    assert slope == pytest.approx(swish_prime(x), rel=1e-4)


def test_no_point_lies_at_a_round_number():
    for step in (0.05, 1 / 3, 0.125, np.pi / 4):
        assert np.abs(POINTS / step - np.rint(POINTS / step)).min() * step > 1e-5
    assert np.abs(POINTS).max() < 10 and np.diff(np.sort(POINTS)).max() < 0.15


@pytest.mark.compiled
def test_what_is_no_compiled_function_is_refused():
    refused((math.tanh, tanh), TypeError, "activation: tanh, wanted a function compiled by numba")
    refused((swish, swish.py_func), TypeError, "activation: swish, wanted a function compiled")
    refused(
        (jit(lambda z: z.real.nonsense), tanh), ValueError,
        r"<lambda> does not give a number for 0 \(TypingError: .*nonsense",
    )  # fmt: skip


def test_functions_that_do_not_fit_are_refused():
    refused((swish, 3), TypeError, "activation: 3, wanted a function compiled by numba.njit")
    refused([swish], ValueError, r"activation: \(swish\), wanted two functions, \(f,")
    refused((swish, "relu", "tanh"), ValueError, r"activation: \(swish, 'relu', 'tanh'\), wanted")
    refused((swish, [1]), TypeError, r"activation: \[1\], wanted a function compiled")
    refused((swish, jit(lambda z, a: z)), ValueError, r"<lambda>\(z, a\), wanted a function of one")
    refused((jit(lambda: 1.0), swish), ValueError, r"<lambda>\(\), wanted a function of one")
    refused((jit(lambda z: (z, z)), swish), ValueError, "<lambda> does not give a number for 0")
    refused((jit(lambda z: math.nan), swish), ValueError, r"<lambda>\(0\) is nan, wanted a finite")
    refused((swish, jit(lambda z: math.inf)), ValueError, r"<lambda>\(0\) is inf, wanted a finite")
    sqrt = jit(lambda z: z**0.5 if z >= 0 else math.nan)
    slope = jit(lambda z: 0.5 / z**0.5 if z > 0 else 0.0)
    refused((sqrt, slope), ValueError, r"<lambda>\(-\d\.\d+\) is nan, wanted a finite")
    refused((jit(lambda z: 1 / z), swish), ValueError, r"for 0 \(ZeroDivisionError: .*by zero")

    @jit
    def never(z):
        raise ValueError("not for me")

    refused((never, swish), ValueError, r"never does not give .* \(ValueError: not for me\)")


def test_a_default_of_a_second_argument_is_taken():
    functions((jit(lambda z, a=2.0: a * z), jit(lambda z, a=2.0: a)))


# What is learned ------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_textbooks_functions_as_ones_own(dtype):
    """Learns as the kernels' own functions do, to rounding: relu, whose values are exact, to it."""
    pair = jit(lambda z: max(z, 0.0)), jit(lambda z: 1.0 if z > 0 else 0.0)
    X, y = samples(60, 9), np.arange(60) % 3
    start = [np.random.default_rng(k).normal(size=s) for k, s in enumerate([(9, 20), (20, 3)])]
    options = {"hidden": (20,), "epochs": 2, "dtype": dtype, "learning_rate": 0.01, "start": start}
    own = train(X, y, activation=pair, **options)
    relu = train(X, y, activation="relu", **options)
    assert own.digest() == relu.digest()
    assert own.activations == (pair, "sigmoid")
    assert own.history[1]["loss"] == relu.history[1]["loss"]
    assert own.predict_proba(X).tobytes() == relu.predict_proba(X).tobytes()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("output", ["sigmoid", SOFTSIGN])
def test_layers_of_ones_own_learn_like_the_reference(output, dtype):
    X, y = samples(40, 6).astype(dtype), samples(40, 2, seed=1)
    y = 1 / (1 + np.exp(-y))
    net = train(
        X, y, hidden=(17, 5), activation=[SWISH, "tanh", output], epochs=0, dtype=dtype, seed=4
    )
    judge = Net(net.weights, net.biases, net.activations)
    before = judge.weights[0].copy()
    net = train(X, y, init=net, epochs=1, shuffle=False, learning_rate=0.1, schedule="constant")
    cost, _ = judge.backpropagate(X, y, 0.1)
    atol = 40 * 30 * float(np.finfo(dtype).eps)  # a step rounds each number 30 times: sum of sizes
    assert net.history[0]["loss"] == pytest.approx(cost / 40, abs=atol)
    for got, want in zip(net.weights + net.biases, judge.weights + judge.biases, strict=True):
        np.testing.assert_allclose(got, want, rtol=0, atol=atol)
    assert np.abs(judge.weights[0] - before).max() > 20 * atol


def test_the_reference_keeps_its_dtype():
    for dtype in (np.float32, np.float64):
        net = Net([np.ones((2, 2))], [np.ones(2)], SOFTSIGN, dtype=dtype)
        zs, activations = net.feed_forward(np.ones(2, dtype))
        assert zs[0].dtype == activations[1].dtype == net.transfer(0)[1](zs[0]).dtype == dtype
        assert activations[1].tolist() == [0.75, 0.75]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("method", [None, BLOCKS])
def test_threads_and_blocks_give_the_same_bits(method, dtype):
    n = SAMPLES + 3 if COMPILED else 3
    X, y = samples(n, 30), samples(n, 70, seed=1) / 9
    digests = []
    for threads in (1, 2, 3):
        net = Network.initialise((30, 130, 80, 70), [SWISH, SOFTSIGN, SOFTSIGN], dtype=dtype)
        options = {} if method is None else {"method": method}
        run(net, X, y, 0.05, workspace=net.passes.workspace(threads, **options))
        digests.append(net.digest())
    assert len(set(digests)) == 1
    assert digests[0] != Network.initialise((30, 130, 80, 70), [SWISH] * 3, dtype=dtype).digest()


def test_one_sample_at_a_time():
    X, y = samples(30, 5), np.arange(30) % 3
    nets = [train(X, y, hidden=(8,), activation=SWISH, epochs=0) for _ in range(2)]
    nets[0].partial_fit(X, y)
    for image, label in zip(X, y, strict=True):
        nets[1].learn_one(image, label)
    assert nets[0].digest() == nets[1].digest() != train(X, y, hidden=(8,), epochs=0).digest()
    assert [nets[1].predict_one(x) for x in X] == nets[0].predict(X).tolist()


@pytest.mark.filterwarnings("ignore::fastnet.LearningWarning")  # inputs of 1,000
def test_a_function_that_breaks_down_ends_the_run():
    from fastnet import Diverged

    pair = jit(lambda z: z if z < 50 else math.nan), jit(lambda z: 1.0)
    with pytest.raises(Diverged):
        train(np.full((4, 2), 1e3), np.zeros(4), activation=pair, start=(1, 2), epochs=1)


# Copies and files -----------------------------------------------------------------------------


def own_net() -> Network:
    X, y = samples(20, 5), np.arange(20) % 3
    return train(X, y, hidden=(8, 4), activation=[SWISH, SOFTSIGN, "sigmoid"], epochs=1)


def test_copies_keep_the_functions():
    X, y = samples(20, 5), np.arange(20) % 3
    net = own_net()
    wanted = train(X, y, init=net, epochs=1).digest()
    for twin in (net.copy(), copy.deepcopy(net), copy.copy(net)):
        assert twin.activations == (SWISH, SOFTSIGN, "sigmoid")
        assert train(X, y, init=twin, epochs=1).digest() == wanted
    assert repr(net) == (
        "Network(5-8-4-3, swish/swish_prime, softsign/softsign_prime, sigmoid, quadratic, float32)"
    )


PICKLED = """
import pickle, sys
net = pickle.load(sys.stdin.buffer)
from tests.helpers import samples
print(net.partial_fit(samples(20, 5), [0, 1] * 10).digest())
"""


def test_a_pickle_finds_the_functions_in_another_process(tmp_path):
    net = own_net()
    done = subprocess.run(
        [sys.executable, "-c", PICKLED], input=pickle.dumps(net), capture_output=True, check=True
    )
    assert done.stdout.decode().strip() == net.partial_fit(samples(20, 5), [0, 1] * 10).digest()


def test_a_file_wants_the_functions_again(tmp_path):
    net, X = own_net(), samples(20, 5)
    net.save(tmp_path / "model")
    again = load(tmp_path / "model", activation=[SOFTSIGN, SWISH])
    assert again.activations == net.activations
    assert again.predict_proba(X).tobytes() == net.predict_proba(X).tobytes()
    again.save(tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == (tmp_path / "model").read_bytes()
    lines = [(jit(lambda z, s=s: s * z), jit(lambda z, s=s: s)) for s in (0.5, 2.0)]
    with pytest.raises(ValueError, match="activation: two pairs of functions with the same names"):
        Network.initialise((2, 2, 2), lines).save(tmp_path / "lambdas")
    message = r"model: layer 1 has functions of your own, .*\(softsign, softsign_prime\)"
    with pytest.raises(ValueError, match=message):
        load(tmp_path / "model", activation=SWISH)
    with pytest.raises(ValueError, match=r"layer 0 .* activation=\(swish, swish_prime\)"):
        load(tmp_path / "model")
    with pytest.raises(ValueError, match="the slope of swish there is"):
        own = Network.from_weights([np.eye(2)], [[0, 0]], [SWISH])
        own.save(tmp_path / "other")
        wrong = jit(lambda z: 0.5)
        wrong.__name__ = "swish_prime"
        load(tmp_path / "other", activation=(swish, wrong))
