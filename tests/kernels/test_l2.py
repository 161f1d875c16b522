"""L2: the weights are a factor times those in params, which is taken in when it gets small."""

import numpy as np
import pytest

from fastnet import reference
from fastnet.kernels.codes import BLOCKS, SINGLY
from fastnet.kernels.epoch import LEAST_SCALE
from fastnet.kernels.listed import SAMPLES
from fastnet.model.network import Network
from tests.kernels.helpers import DTYPES, PLAIN, few, run, same_bits

N = (1 if PLAIN else 4) * SAMPLES + 5
METHOD = pytest.mark.parametrize("method", [SINGLY, BLOCKS])
MILD, STRONG = 1e-3, 8.0  # of which the second takes the factor in every 16 samples or so
LOSSES = [("softmax", "cross-entropy"), ("sigmoid", "cross-entropy"), ("tanh", "quadratic")]


def decayed(
    net: Network, X, y, l2: float, method: int = SINGLY, threads: int = 1, cuts=(), rates=0.05
):
    """Learn with L2, in parts; the costs, and the factor in the end, which is taken in."""
    decay, workspace = np.array([l2, 1.0]), net.passes.workspace(threads, method)
    cost = 0.0
    for start, stop in zip((0, *cuts), (*cuts, len(X)), strict=True):
        order = np.arange(start, stop)
        cost, _, done = run(net, X, y, rates, order, workspace, cost=cost, decay=decay)
        assert done == len(order)
    for weights in net.weights:
        weights *= net.dtype.type(decay[1])
    return cost, decay[1]


@METHOD
@pytest.mark.parametrize(("name", "loss"), few(LOSSES, 1))
@pytest.mark.parametrize("l2", [MILD, STRONG])
@pytest.mark.parametrize("hidden", [(), (20,), (70, 30), (80, 66, 70)])
def test_a_pass_is_the_references(hidden, l2, name, loss, method) -> None:
    sizes = (50, *hidden, 5)
    activations = ["relu", "tanh", "relu"] if len(hidden) == 3 else ["tanh"] * len(hidden)
    net = Network.initialise(sizes, [*activations, name], loss, "float64")
    for biases in net.biases:
        biases[:] = 0.3
    judge = reference.Net(net.weights, net.biases, net.activations, loss)
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(N, 50)) / (10 if len(hidden) == 3 else 1), rng.integers(0, 5, N)
    cost, scale = decayed(net, X, y, l2, method)
    assert cost == pytest.approx(judge.backpropagate(X, y, 0.05, l2)[0], rel=1e-10)
    for got, want in zip(net.weights + net.biases, judge.weights + judge.biases, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-10, atol=1e-12)
    taken_in = scale > (1 - 0.05 * l2) ** N * 2
    assert taken_in == (l2 == STRONG)
    assert scale <= 1


@METHOD
def test_float32_is_off_by_roundings_only(method) -> None:
    nets = [Network.initialise((50, 40, 5), ["tanh", "sigmoid"], dtype=d) for d in ("f4", "f8")]
    nets[1].parameters.vector[:] = nets[0].parameters.vector
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(N, 50)).astype(np.float32), rng.integers(0, 5, N)
    for net in nets:
        decayed(net, X, y, STRONG / 10, method)
    for got, want in zip(nets[0].weights, nets[1].weights, strict=True):
        assert np.abs(got - want).max() < N * np.finfo(np.float32).eps * np.abs(want).max()


@DTYPES
@METHOD
def test_the_same_bits_however_cut_or_shared(method, dtype) -> None:
    sizes = (30, 70, 65, 5) if PLAIN else (90, 130, 70, 5)
    activations = ["relu", "tanh", "sigmoid"]
    nets = [Network.initialise(sizes, activations, dtype=dtype) for _ in range(5)]
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(N, sizes[0])), rng.integers(0, 5, N)
    wanted = decayed(nets[0], X, y, STRONG, method)
    assert decayed(nets[1], X, y, STRONG, method, cuts=(SAMPLES,)) == wanted
    for net, threads in zip(nets[2:], (2, 3, 2), strict=True):
        assert (
            decayed(net, X, y, STRONG, method, threads, cuts=(SAMPLES,) * (net is nets[4]))
            == wanted
        )
    assert all(same_bits(net.parameters.vector, nets[0].parameters.vector) for net in nets)


@DTYPES
def test_without_l2_nothing_is_scaled(dtype) -> None:
    nets = [Network.initialise((30, 20, 5), ["tanh", "sigmoid"], dtype=dtype) for _ in range(2)]
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(N, 30)), rng.integers(0, 5, N)
    assert decayed(nets[0], X, y, 0.0)[1] == 1
    run(nets[1], X, y, 0.05)
    assert same_bits(nets[0].parameters.vector, nets[1].parameters.vector)


@METHOD
def test_a_factor_that_is_left_small_is_taken_in(method) -> None:
    """And is so at the end of a pass that ends in the midst of a block."""
    net = Network.initialise((20, 8, 2), ["tanh", "sigmoid"], dtype="float64")
    before = [weights.copy() for weights in net.weights]
    decay = np.array([0.0, LEAST_SCALE / 2])
    X, y = np.zeros((3, 20)), np.zeros(3, int)
    run(net, X, y, 0.0, workspace=net.passes.workspace(1, method), decay=decay)
    assert decay[1] == 1
    for got, want in zip(net.weights, before, strict=True):
        np.testing.assert_array_equal(got, want * LEAST_SCALE / 2)


@METHOD
def test_a_pass_that_ends_early_leaves_its_factor(method) -> None:
    nets = [Network.initialise((4, 3, 2), ["identity"] * 2, dtype="float64") for _ in range(2)]
    X = np.random.default_rng(0).normal(size=(N, 4))
    y = np.zeros((N, 2))
    y[7:] = 1e200
    decays = [np.array([0.1, 1.0]) for _ in nets]
    for net, decay, order in zip(nets, decays, (None, np.arange(7)), strict=True):
        _, _, done = run(net, X, y, 0.01, order, net.passes.workspace(1, method), decay=decay)
        assert done == 7
    assert decays[0][1] == decays[1][1] == pytest.approx(0.999**7)
    assert same_bits(nets[0].parameters.vector, nets[1].parameters.vector)
