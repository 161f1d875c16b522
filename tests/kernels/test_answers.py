"""The pass over many samples side by side: the bits of the pass by rows, and of one sample."""

import itertools
from typing import Any

import numpy as np
import pytest

from fastnet.kernels.answers import at_once
from fastnet.kernels.codes import MANY, SINGLY
from fastnet.model.network import Network
from tests.functions import SWISH
from tests.kernels.helpers import DTYPES, PLAIN, few, same_bits, to_csr

# Widths around lanes, strips and blocks of rows; one to many parts of the outputs' sums.
SHAPES = [
    (3, 2), (64, 300), (9, 64, 3), (17, 30, 10), (70, 16, 16, 10), (784, 100, 10), (100, 129, 10),
    (30, 330, 200), (43, 330, 150, 65, 9), (33, 65, 64, 48, 7), (300, 200, 150, 1), (1, 1, 1),
    (1500, 20, 4),
]  # fmt: skip
LAST = [("sigmoid", "quadratic"), ("softmax", "cross-entropy"), ("sigmoid", "cross-entropy")]
HIDDEN = ["sigmoid", "relu", "tanh", SWISH]


def rows(n: int, features: int, zeros: float, seed: int) -> np.ndarray:
    """Numbers of all sizes and signs; a share of them is 0, but in some rows none or all are."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, features)) * 2.0 ** rng.integers(-30, 4, (n, features))
    X[rng.random(X.shape) < zeros] = 0
    X[::7] = rng.standard_normal(X[::7].shape)
    X[3::11] = 0
    return X


def net_of(sizes: tuple[int, ...], k: int, dtype: str) -> Network:
    depth, (last, loss) = len(sizes) - 2, LAST[k % 3]
    classes = np.arange(sizes[-1]) if k % 2 and sizes[-1] > 1 else None
    net = Network.initialise(sizes, [HIDDEN[k % 4]] * depth + [last], loss, dtype, k, classes)
    for b in net.biases:
        b[:] = np.random.default_rng(k).standard_normal(b.shape)
    return net


def outcome(net: Network, X: Any, y: np.ndarray, order: np.ndarray, method: int) -> list[Any]:
    """What a pass by this method gives: outputs, costs, right answers, samples."""
    samples, workspace = net.samples(X), net.passes.workspace(method=method)
    out = np.full((len(order), net.sizes[-1]), np.nan, net.dtype)
    answered = net.passes.over(workspace, samples, order, out=out)
    judged = net.passes.over(workspace, samples, order, net.outputs.targets(y, len(y)), cost=0.5)
    return [answered, judged, out.tobytes()]


@DTYPES
@pytest.mark.parametrize("sizes", [(17, 30, 3), (5, 150, 140)] if PLAIN else SHAPES)
def test_many_samples_have_the_bits_of_each(sizes: tuple[int, ...], dtype: str) -> None:
    k, size = sum(sizes), at_once(sizes[0])
    net = net_of(sizes, k, dtype)
    cases = itertools.product([1, 2, 5, size + 1], [0.0, 0.1, 0.8])
    for n, zeros in [(4, 0.5)] if PLAIN else cases:
        X = rows(n, sizes[0], zeros, k)
        stored = [X, X.astype("f4"), to_csr(X), (np.abs(X) * 50).astype(np.uint8)]
        y = np.arange(n) % sizes[-1]
        y = y if net.classes is not None else np.eye(sizes[-1])[y]
        order = np.random.default_rng(n).permutation(n)
        for data in few(stored, 1):
            assert outcome(net, data, y, order, MANY) == outcome(net, data, y, order, SINGLY)
        one = [net.passes.single().outputs(x.astype(dtype)).copy() for x in X[order]]
        got = np.empty((n, sizes[-1]), net.dtype)
        net.passes.over(net.passes.workspace(method=MANY), net.samples(X), order, out=got)
        assert same_bits(got, np.array(one))


@DTYPES
def test_a_cost_that_is_not_finite_ends_the_pass(dtype: str) -> None:
    net = Network.initialise((3, 5, 2), ("relu", "identity"), dtype=dtype)
    X = rows(20, 3, 0.2, 0)
    y = np.zeros((20, 2))
    y[13] = np.finfo(dtype).max / 4  # whose square is infinite
    for order in (np.arange(20), np.arange(20)[::-1].copy(), np.array([13])):
        seen = [outcome(net, X, y, order, method) for method in (MANY, SINGLY)]
        assert seen[0] == seen[1]
        assert seen[0][1][2] == list(order).index(13)


def test_wide_samples_come_in_small_blocks() -> None:
    assert [at_once(n) for n in (1, 1000, 10**5, 10**7)] == [126, 126, 9, 6]
