"""The pass for narrow nets gives the bits of the general one."""

import numpy as np
import pytest

from fastnet.kernels.codes import NARROW, SINGLY, TWO_GROUPS
from fastnet.model.network import Network
from tests.functions import SOFTSIGN, SWISH
from tests.kernels.helpers import PLAIN, few, run, same_bits, to_csr

N = 6 if PLAIN else 40
SHAPES = [(9, 3), (70, 16, 1), (130, 16, 16, 10), (100, 5, 12, 2, 7, 10)]
WIDER = [(9, 20), (70, 30, 10), (130, 10, 32, 17, 3), (65, 32, 32, 32, 32)]
NETS = [  # activations of the hidden layers and of the outputs, loss
    (["sigmoid", "tanh"], "sigmoid", "quadratic"),
    (["relu", "leaky-relu"], "softmax", "cross-entropy"),
    (["scaled-tanh", SWISH], "sigmoid", "cross-entropy"),
    ([SOFTSIGN, "identity"], SOFTSIGN, "quadratic"),
]


def kinds_of(rng: np.random.Generator, features: int, outputs: int):
    """Data and targets of each kind."""
    images = (rng.integers(1, 256, (N, features)) * (rng.random((N, features)) < 0.4)).astype("u1")
    images[N // 2] = 0  # a sample without inputs
    labels, numbers = rng.integers(0, outputs, N), rng.random((N, outputs))
    return {
        "bytes": (images, labels),
        "bytes, numbers": (images, numbers),
        "floats": (images / 255 - 0.1, labels),
        "float32": ((images / 255).astype("f4"), numbers),
        "sparse": (to_csr((images / 255).astype("f4")), (numbers > 0.5).astype(float)),
        "sparse bytes": (to_csr(images), labels),
    }


def learned(net: Network, X, y, method: int, l2: float, marks: bool):
    """What a pass leaves and returns: costs, hits, outputs, weights, the scale, the epochs."""
    order, rates = np.arange(2 * N) % N, np.linspace(0.2, 0.1, 2 * N)
    decay = np.array([l2, 1.0, N, 0, 0, 2 * N, 0, 0][: 8 if marks else 2])
    workspace = net.passes.workspace(method=method)
    out = np.zeros((2 * N, net.sizes[-1]), net.dtype)
    seen = run(net, X, y, rates, order, workspace, out, 0.5, decay)
    judged = run(net, X, y, None, None, workspace)
    run(net, X, None, None, None, workspace, out[:N])
    out[np.isnan(out)] = np.nan  # of a sample whose cost is not finite; it has no certain sign
    return [np.array(v) for v in (*seen, *judged, out, net.parameters.vector, decay)]


@pytest.mark.parametrize(("hidden", "output", "loss"), NETS)
@pytest.mark.parametrize(
    ("sizes", "method", "dtype"),
    [  # each pass takes seconds to compile, and float64 differs in nothing of the wider one
        *((s, NARROW, dtype) for s in SHAPES for dtype in ("float32", "float64")),
        *((s, TWO_GROUPS, "float32") for s in WIDER),
    ],
)
def test_the_bits_are_those_of_the_general_pass(sizes, method, hidden, output, loss, dtype) -> None:
    rng = np.random.default_rng(len(sizes))
    activations = [*(hidden * len(sizes))[: len(sizes) - 2], output]
    cases = few(list(kinds_of(rng, sizes[0], sizes[-1]).values()), 1)
    for i, (X, y) in enumerate(cases):
        nets = [Network.initialise(sizes, activations, loss, dtype, seed=2) for _ in range(2)]
        l2, marks = [0.0, 1e-3, 30.0][i % 3], i % 2 == 1
        got, want = (
            learned(net, X, y, m, l2, marks) for net, m in zip(nets, (method, SINGLY), strict=True)
        )
        assert all(map(same_bits, got, want)), f"case {i}"


def test_a_pass_ends_where_the_general_one_ends() -> None:
    X, seen = np.random.default_rng(0).random((N, 20)), []
    X[3, 4] = 1e30  # its cost is infinite in float32
    for method in (NARROW, SINGLY):
        net = Network.initialise((20, 8, 3), ["relu", "identity"], "quadratic", "float32", seed=1)
        net.weights[0][4], net.biases[0][:] = 1.0, 1.0
        workspace, decay = net.passes.workspace(method=method), np.array([0.1, 1.0])
        seen.append((run(net, X, np.zeros(N, int), 0.01, None, workspace, decay=decay), decay[1]))
    assert seen[0] == seen[1]
    assert seen[0][0][2] == 3


def test_the_shape_alone_chooses_the_pass() -> None:
    for sizes, want in [((5, 16, 16), NARROW), ((5, 17, 3), TWO_GROUPS), ((5, 3, 33), SINGLY)]:
        passes = Network.initialise(sizes, ["tanh", "sigmoid"]).passes
        assert passes.workspace().method == want
