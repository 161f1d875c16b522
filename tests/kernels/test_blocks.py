"""The first layer by blocks: the same arithmetic as one sample after the other, reordered."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fastnet import reference
from fastnet.data.samples import Samples
from fastnet.kernels import blocks, simd
from fastnet.kernels.blocks import DENSE, SAMPLES, SPARSE
from fastnet.kernels.jit import kernel
from fastnet.kernels.layers import Weights
from fastnet.kernels.samples import Lists, Source
from fastnet.model.layout import layout
from tests.kernels.helpers import DTYPES, PLAIN, few, run, same_bits, to_csr
from tests.kernels.test_epoch import OUTPUTS, make, some

SIZES = few([(1, 16), (3, 40), (4, 64), (17, 100), (70, 130), (100, 300)], 2)


METHOD = pytest.mark.parametrize("method", [SPARSE, DENSE], ids=["sparse", "dense"])


@kernel
def begin(weights, layer, source, order, n, lists, block):
    source = Source(
        simd.raw(source.data), source.dtype, source.sparse, simd.raw(source.indptr),
        simd.raw(source.indices), simd.raw(source.byte_values), source.features,
    )  # fmt: skip
    blocks.begin_block(weights, layer, source, order, 0, n, lists, block)


class Block:
    """The first layer of a team, on small integers: every sum is exact, whatever its order."""

    def __init__(
        self, features: int, units: int, dtype: str, team: int, method: int, n: int = SAMPLES
    ):
        rng = np.random.default_rng(features)
        self.lay = layout((features, units, 2), [0, 0], team)
        self.params = rng.integers(-5, 6, self.lay.params).astype(dtype)
        self.members = [self.lay.of_member(me, team)[0] for me in range(team)]
        self.x = rng.integers(-5, 6, (n, features)).astype(dtype)
        self.x[:, rng.random(features) < 0.3] = 0
        self.pad, self.method = int(self.members[0].pad), method
        products = SAMPLES * features
        wx = products + SAMPLES**2
        steps = wx + SAMPLES * self.pad
        self.block = rng.integers(-5, 6, steps + SAMPLES * self.pad).astype(dtype)
        assert len(self.block) == blocks.block_size(features, self.pad, method)
        parts = np.split(self.block, [products, wx, steps])
        self.inputs = parts[0].reshape(features, SAMPLES).T
        self.products, self._wx, self.steps = (part.reshape(SAMPLES, -1) for part in parts[1:])
        self.index = np.zeros(2 * (features + 64), np.int32)

    def packed(self) -> tuple[Weights, blocks.Block]:
        """What the kernels want of it."""
        return Weights(self.params, self.lay.strips), blocks.Block(self.block, self.method)

    @property
    def wx(self) -> np.ndarray:
        """W x (SAMPLES, pad), in whichever of the two ways it lies."""
        if self.method == SPARSE:
            return self._wx
        flat, columns = self._wx.reshape(-1), []
        for strip in self.lay.strips[: self.members[0].strips]:
            width = 64 if strip.groups == 4 else 16
            for j in range(strip.j, strip.j + 16 * strip.groups, width):
                columns.append(flat[j * SAMPLES :][: SAMPLES * width].reshape(SAMPLES, width))
        return np.hstack(columns)

    def weights(self) -> tuple[np.ndarray, np.ndarray]:
        """The weights (features, pad) and biases (pad,) as they are now, copied."""
        parts = list(self.lay.parts(self.params, len(self.members)))
        biases = next(i for i, part in enumerate(parts) if part.ndim == 1)
        return np.hstack(parts[:biases]), parts[biases].copy()

    def begin(self, X=None) -> None:
        features = self.x.shape[1]
        rows, order = Samples(self.x if X is None else X, self.params.dtype).take(np.arange(99))
        source = Source(
            rows.data, rows.dtype_code, len(rows.indptr) > 0, rows.indptr, rows.indices,
            (np.arange(256) / 255).astype(self.params.dtype), features,
        )  # fmt: skip
        weights, block = self.packed()
        lists = Lists(self.index, np.zeros(features + 64, self.block.dtype))
        for layer in self.members:
            begin(weights, layer, source, order, len(self.x), lists, block)

    def end(self, n: int) -> None:
        weights, block = self.packed()
        for layer in self.members:
            blocks.end_block(weights, layer, n, block, self.index, len(self.index) // 2)


@DTYPES
@METHOD
@pytest.mark.parametrize("team", [1, 2, 3])
@pytest.mark.parametrize(("features", "units"), SIZES)
def test_a_block_begins_with_its_inputs_and_their_products(
    features, units, team, method, dtype
) -> None:
    for n in (SAMPLES, 5):
        block = Block(features, units, dtype, team, method, n)
        block.begin()
        np.testing.assert_array_equal(block.inputs[:n], block.x)
        assert not block.inputs[n:].any()
        below = np.tril_indices(n, -1)
        np.testing.assert_array_equal(block.products[:n, :n][below], (block.x @ block.x.T)[below])
        np.testing.assert_array_equal(block.wx[:n], block.x @ block.weights()[0])


@DTYPES
@METHOD
def test_zeros_among_the_inputs(method: int, dtype: str) -> None:
    block = Block(40, 16, dtype, 1, method)
    block.x[0], block.x[1, :-1], block.x[2, 1:] = 0, 0, 0
    block.x[3:][np.random.default_rng(0).random(block.x[3:].shape) < 0.5] = 0
    for X in (block.x, to_csr(block.x)):
        block.block[:] = 7
        block.begin(X)
        np.testing.assert_array_equal(block.inputs, block.x)


@DTYPES
@METHOD
@pytest.mark.parametrize("team", [1, 2, 3])
@pytest.mark.parametrize(("features", "units"), SIZES)
def test_z_feels_the_steps_before_it(features, units, team, method, dtype) -> None:
    block = Block(features, units, dtype, team, method)
    block.begin()
    weights, biases = block.weights()
    packed, memory = block.packed()
    for i in range(SAMPLES):
        z = np.full(block.lay.own, 77, dtype)
        for layer in block.members:
            blocks.forward_in_block(packed, layer, i, memory, 0.5, z)
        wanted = block.x[i] @ (weights + block.x[:i].T @ block.steps[:i]) / 2 + biases
        at = int(block.members[0].z)
        np.testing.assert_array_equal(z[at : at + block.pad], wanted)
        assert (np.delete(z, np.s_[at : at + block.pad]) == 77).all()


@DTYPES
@METHOD
@pytest.mark.parametrize("team", [1, 2, 3])
@pytest.mark.parametrize(("features", "units"), SIZES)
def test_a_block_ends_with_its_steps(features, units, team, method, dtype) -> None:
    for n in (0, 1, 5, SAMPLES):
        block = Block(features, units, dtype, team, method)
        block.begin()
        weights, biases = block.weights()
        others = block.params[block.members[0].b + block.pad :].copy()
        deltas = np.random.default_rng(n).integers(-5, 6, (n, block.lay.own)).astype(dtype)
        for i, layer in ((i, layer) for i in range(n) for layer in block.members):
            blocks.keep_steps(layer, i, block.packed()[1], deltas[i])
        d = int(block.members[0].d)
        steps = deltas[:, d : d + block.pad]
        np.testing.assert_array_equal(block.steps[:n], steps)
        block.end(n)
        got = block.weights()
        np.testing.assert_array_equal(got[0], weights + block.x[:n].T @ steps)
        np.testing.assert_array_equal(got[1], biases)
        np.testing.assert_array_equal(block.params[block.members[0].b + block.pad :], others)


# A pass --------------------------------------------------------------------------------------

N = (1 if PLAIN else 2) * SAMPLES + 5
WIDE = (20, 70) if PLAIN else (90, 130, 40)  # inputs and hidden layers; more than one can share


def passed(net, X, y, method, rates=0.1, threads=1, **options):
    """Learn in blocks; what the pass returned."""
    return run(net, X, y, rates, workspace=net.passes.workspace(threads, method), **options)


@METHOD
@pytest.mark.parametrize(("name", "loss"), few(OUTPUTS, 2))
@pytest.mark.parametrize("hidden", [(), (20,), (70, 30)])
def test_a_pass_is_the_references(hidden, name: str, loss: str, method: int) -> None:
    net = make((50, *hidden, 5), "tanh", name, loss, "float64")
    judge = reference.Net(net.weights, net.biases, net.activations, net.loss)
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(N, 50)), rng.integers(0, 5, N)
    rates = np.linspace(0.05, 0.01, N)
    before = [w.copy() for w in net.weights]
    out = np.zeros((N, 5))
    cost, hits, done = passed(net, X, y, method, rates, out=out)
    wanted = judge.backpropagate(X, y, rates)
    assert done == N
    assert (cost, hits) == (pytest.approx(wanted[0], rel=1e-10), wanted[1])
    pairs = zip(net.weights + net.biases, judge.weights + judge.biases, strict=True)
    for got, want in pairs:
        np.testing.assert_allclose(got, want, rtol=1e-10, atol=1e-12)
    assert all(np.abs(w - b).max() > 1e-3 for w, b in zip(net.weights, before, strict=True))


@METHOD
def test_float32_is_off_by_roundings_only(method: int) -> None:
    single = make((60, 40, 5), dtype="float32")
    double = make((60, 40, 5), dtype="float64")
    double.parameters.vector[:] = single.parameters.vector
    rng = np.random.default_rng(0)
    n = SAMPLES if PLAIN else 20 * SAMPLES
    X, y = rng.normal(size=(n, 60)).astype(np.float32), rng.integers(0, 5, n)
    passed(single, X, y, method)
    run(double, X, y)
    for got, want in zip(single.weights, double.weights, strict=True):
        assert np.abs(got - want).max() < n * np.finfo(np.float32).eps * np.abs(want).max()


@DTYPES
@METHOD
def test_the_same_bits_however_cut_stored_or_shared(method: int, dtype: str) -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (N, WIDE[0]), np.uint8)
    exact, y = (images / 255).astype(dtype), rng.integers(0, 5, N)
    nets = [make((*WIDE, 5), dtype=dtype) for _ in range(9)]
    wanted = passed(nets[0], images, y, method)
    assert wanted[2] == N
    for net, X in zip(nets[1:4], (exact, to_csr(exact), to_csr(images)), strict=True):
        assert passed(net, X, y, method) == wanted
    for net, threads in zip(nets[4:7], (2, 3, 5), strict=True):
        assert passed(net, images, y, method, threads=threads) == wanted
    cost, hits = 0.0, 0
    for part in (slice(0, SAMPLES), slice(SAMPLES, N)):
        cost, h, _ = passed(nets[7], images[part], y[part], method, cost=cost)
        hits += h
    assert (cost, hits) == wanted[:2]
    for net in nets[:8]:
        assert same_bits(net.parameters.vector, nets[0].parameters.vector)
    run(nets[8], images, y)
    other = same_bits(nets[8].parameters.vector, nets[0].parameters.vector)
    assert not other, "blocks round in another order"


@DTYPES
@METHOD
@pytest.mark.parametrize("bad", [0, 1, 6, SAMPLES, SAMPLES + 1])
def test_a_cost_that_is_not_finite_ends_the_pass(bad: int, method: int, dtype: str) -> None:
    nets = [make((4, 3, 2), "identity", "identity", dtype=dtype) for _ in range(2)]
    X = np.random.default_rng(0).normal(size=(N, 4)).astype(dtype)
    y = np.zeros((N, 2))
    y[bad] = np.sqrt(np.finfo(dtype).max) * 1000
    wanted = passed(nets[1], X, y, method, order=np.arange(bad))
    assert passed(nets[0], X, y, method) == wanted
    assert same_bits(nets[0].parameters.vector, nets[1].parameters.vector)


@DTYPES
@METHOD
@pytest.mark.parametrize("threads", [2, 3])
def test_a_team_leaves_together_and_goes_on(threads: int, method: int, dtype: str) -> None:
    """With what is left in its block from the pass that ended early."""
    sizes = (*WIDE[:2], 2)
    team, alone = (make(sizes, "identity", "identity", dtype=dtype) for _ in range(2))
    workspaces = team.passes.workspace(threads, method), alone.passes.workspace(1, method)
    X = np.random.default_rng(0).normal(size=(N, sizes[0])).astype(dtype)
    for bad in (6, N) if PLAIN else (6, 0, SAMPLES, N):
        y = np.zeros((N, 2))
        y[bad:] = np.sqrt(np.finfo(dtype).max) * 1000
        told = [
            run(net, X, y, 1e-3, workspace=workspace)
            for net, workspace in zip((team, alone), workspaces, strict=True)
        ]
        assert told[0] == told[1]
        assert told[0][2] == bad
        assert same_bits(team.parameters.vector, alone.parameters.vector)


@DTYPES
@METHOD
def test_a_rate_of_0_changes_nothing(method: int, dtype: str) -> None:
    net = make((100, 17, 5), dtype=dtype)
    images, labels = some(net, N)
    before = net.parameters.copy()
    assert passed(net, images, labels, method, rates=0)[2] == N
    assert (net.parameters.vector == before).all()


@given(
    n=st.integers(1, 40),
    features=st.integers(1, 20),
    units=st.integers(1, 70),
    outputs=st.integers(1, 3),
    density=st.sampled_from([0.1, 0.5, 1]),
    method=st.sampled_from([SPARSE, DENSE]),
    seed=st.integers(0, 1000),
)
@settings(max_examples=10 if PLAIN else 100)
def test_any_pass_is_the_references(n, features, units, outputs, density, method, seed) -> None:
    net = make((features, units, outputs), "tanh", dtype="float64", seed=seed)
    judge = reference.Net(net.weights, net.biases, net.activations, net.loss)
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, features)) * (rng.random((n, features)) < density)
    y = rng.random((n, outputs))
    stored = rng.random(X.shape) < 0.5
    cost, _, _ = passed(net, to_csr(X, stored | (X != 0)), y, method)
    assert cost == pytest.approx(judge.backpropagate(X, y, 0.1)[0], rel=1e-10)
    for got, want in zip(net.weights + net.biases, judge.weights + judge.biases, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-10, atol=1e-12)


@DTYPES
@METHOD
def test_only_learning_is_in_blocks(method: int, dtype: str) -> None:
    net = make((100, 17, 5), dtype=dtype)
    images, labels = some(net, N)
    before = net.parameters.copy()
    assert passed(net, images, labels, method, rates=None) == run(net, images, labels, rates=None)
    assert same_bits(net.parameters.vector, before)


@DTYPES
@METHOD
def test_what_lies_in_the_block_does_not_matter(method: int, dtype: str) -> None:
    nets = [make((100, 17, 5), dtype=dtype) for _ in range(2)]
    images, labels = some(nets[0], N)
    poisoned = nets[1].passes.workspace(method=method)
    poisoned.members[0].block[:] = np.nan
    passed(nets[0], images, labels, method)
    run(nets[1], images, labels, workspace=poisoned)
    assert same_bits(nets[0].parameters.vector, nets[1].parameters.vector)
