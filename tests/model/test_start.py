"""Random nets: as documented, by the seed."""

from typing import Any

import numpy as np
import pytest

from fastnet import Network, train
from tests.helpers import samples
from tests.model.helpers import W


def test_a_random_net_is_as_documented():
    net = Network.initialise((300, 200, 100, 10), ["relu", "tanh", "softmax"], "cross-entropy")
    bounds = [np.sqrt(6 / 300), np.sqrt(6 / 300), np.sqrt(6 / 110)]
    for weights, bound in zip(net.weights, bounds, strict=True):
        assert 0.99 * bound < weights.max() <= bound * (1 + 1e-7)
        assert -bound * (1 + 1e-7) <= weights.min() < -0.99 * bound
        assert abs(weights.mean()) < 5 * bound / np.sqrt(3 * weights.size)  # five deviations
        assert weights.std() == pytest.approx(bound / np.sqrt(3), rel=0.05)
    assert not any(biases.any() for biases in net.biases)
    assert net.seed == 0 and net.history == [] and net.classes is None


def test_every_start_is_as_documented():
    def drawn(start: Any, seed: int = 0) -> list[np.ndarray]:
        activations = ["relu", "leaky-relu"]
        return Network.initialise((300, 200, 100), activations, seed=seed, start=start).weights

    glorot, he = np.sqrt(6 / np.array([500, 300])), np.sqrt(6 / np.array([300, 200]))
    for start, low, high in [
        ("glorot", -glorot, glorot),
        ("he", -he, he),
        (None, -he, he),
        ((-0.5, 0.25), [-0.5] * 2, [0.25] * 2),
    ]:
        for weights, least, most in zip(drawn(start), low, high, strict=True):
            spread = most - least
            assert least <= weights.min() < least + 0.01 * spread
            assert most - 0.01 * spread < weights.max() <= most * (1 + 1e-7)
            assert weights.mean() == pytest.approx((least + most) / 2, abs=0.02 * spread)
            assert weights.std() == pytest.approx(spread / np.sqrt(12), rel=0.05)
    for start, sigmas in [("normal", [1, 1]), ("normal/n", 1 / np.sqrt([300, 200]))]:
        for weights, sigma in zip(drawn(start), sigmas, strict=True):
            share = np.mean(np.abs(weights) < sigma)
            assert weights.std() == pytest.approx(sigma, rel=0.05)
            assert share == pytest.approx(0.6827, abs=0.02), "normal, not uniform"
    for start in ("glorot", "he", "normal", "normal/n", (-1, 1)):
        one, same, other = (drawn(start, seed=seed)[0] for seed in (1, 1, 2))
        assert np.array_equal(one, same) and not np.array_equal(one, other)
    assert [w.tolist() for w in drawn((0.5, 0.5))] == [[[0.5] * 200] * 300, [[0.5] * 100] * 200]


def test_a_start_from_arrays():
    net = Network.initialise((3, 4, 2), ["tanh"] * 2, dtype="float64", start=W)
    assert all(np.array_equal(a, b) for a, b in zip(net.weights, W, strict=True))
    assert not any(np.shares_memory(a, b) for a, b in zip(net.weights, W, strict=True))
    assert not any(biases.any() for biases in net.biases)
    lists = [w.tolist() for w in W]
    lists = train(samples(8, 3), np.arange(8) % 2, hidden=(4,), epochs=0, start=lists)
    assert all(np.array_equal(a, b) for a, b in zip(lists.weights, W, strict=True))


def test_the_seed_decides_the_start():
    def start(**options: Any) -> str:
        return Network.initialise((5, 4), ["tanh"], **options).digest()

    assert start(seed=1) == start(seed=1) != start(seed=2)
    assert start(dtype="float32") != start(dtype="float64")
    wide = Network.initialise((5, 4), ["tanh"], dtype="float64").weights[0]
    narrow = Network.initialise((5, 4), ["tanh"]).weights[0]
    assert np.array_equal(wide.astype("float32"), narrow)
