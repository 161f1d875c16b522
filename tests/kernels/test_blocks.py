"""Samples in blocks: the same arithmetic as one after the other, in another order."""

import numpy as np
import pytest

from fastnet import reference
from fastnet.data import Samples
from fastnet.kernels import dense, simd
from fastnet.kernels.dense import SAMPLES
from fastnet.kernels.jit import kernel
from fastnet.workspace import layout
from tests.kernels.helpers import DTYPES, PLAIN, few, run, same_bits, to_csr
from tests.kernels.test_epoch import OUTPUTS, make, some

SIZES = few([(1, 16), (3, 40), (4, 64), (17, 100), (70, 130), (100, 300)], 2)


@kernel
def begin(params, layer, strips, source, order, t, index, values, block):
    data, kind, sparse, indptr, indices, unit, features = source
    indptr, indices, unit = simd.raw(indptr), simd.raw(indices), simd.raw(unit)
    source = simd.raw(data), kind, sparse, indptr, indices, unit, features
    dense.begin_block(params, layer, strips, source, order, t, index, values, block)


class Block:
    """The first layer of a team, on small integers: every sum is exact, whatever its order."""

    def __init__(self, features: int, units: int, dtype: str, team: int, n: int = SAMPLES):
        rng = np.random.default_rng(features)
        self.lay = layout((features, units, 2), [0, 0], team)
        self.params = rng.integers(-5, 6, self.lay.params).astype(dtype)
        self.members = [self.lay.of_member(me, team)[0] for me in range(team)]
        self.x = rng.integers(-5, 6, (n, features)).astype(dtype)
        self.pad = int(self.members[0].pad)
        self.room, self.products, self.wx, self.steps = dense.places(self.members[0])
        size = self.steps + SAMPLES * self.pad
        self.block = rng.integers(-5, 6, size).astype(dtype)

    def weights(self) -> np.ndarray:
        """The weights (features, pad) and biases (pad,) as they are now, copied."""
        parts = list(self.lay.parts(self.params, len(self.members)))
        biases = next(i for i, part in enumerate(parts) if part.ndim == 1)
        return np.hstack(parts[:biases])[: self.x.shape[1]].copy(), parts[biases].copy()

    def part(self, at: int) -> np.ndarray:
        """What is kept of each sample from a place of the block on: (SAMPLES, pad), a view."""
        return self.block[at : at + SAMPLES * self.pad].reshape(SAMPLES, self.pad)

    def begin(self, X=None) -> None:
        features = self.x.shape[1]
        rows, order = Samples(self.x if X is None else X, self.params.dtype).take(np.arange(99))
        source = (
            rows.data, rows.kind, len(rows.indptr) > 0, rows.indptr, rows.indices,
            (np.arange(256) / 255).astype(self.params.dtype), features,
        )  # fmt: skip
        index, values = np.zeros(features + 64, np.int32), np.zeros(features + 64, self.block.dtype)
        for layer in self.members:
            begin(
                self.params, layer, self.lay.strips, source, order[: len(self.x)], 0, index, values,
                self.block,
            )  # fmt: skip


@DTYPES
@pytest.mark.parametrize("team", [1, 2, 3])
@pytest.mark.parametrize(("features", "units"), SIZES)
def test_a_block_begins_with_its_inputs_and_their_products(features, units, team, dtype) -> None:
    for n in (SAMPLES, 5):
        block = Block(features, units, dtype, team, n)
        block.begin()
        x = block.block[: block.products].reshape(SAMPLES, block.room)[:n]
        np.testing.assert_array_equal(x[:, :features], block.x)
        assert not x[:, features:].any()
        products = block.block[block.products : block.wx].reshape(SAMPLES, SAMPLES)
        below = np.tril_indices(n, -1)
        np.testing.assert_array_equal(products[:n, :n][below], (block.x @ block.x.T)[below])
        np.testing.assert_array_equal(block.part(block.wx)[:n], block.x @ block.weights()[0])


@DTYPES
def test_zeros_among_the_inputs(dtype: str) -> None:
    block = Block(40, 16, dtype, 1)
    block.x[0], block.x[1, :-1], block.x[2, 1:] = 0, 0, 0
    block.x[3:][np.random.default_rng(0).random(block.x[3:].shape) < 0.5] = 0
    for X in (block.x, to_csr(block.x)):
        block.block[:] = 7
        block.begin(X)
        x = block.block[: block.products].reshape(SAMPLES, block.room)
        np.testing.assert_array_equal(x[:, :40], block.x)
        assert not x[:, 40:].any()


@DTYPES
@pytest.mark.parametrize("team", [1, 2, 3])
@pytest.mark.parametrize(("features", "units"), SIZES)
def test_z_feels_the_steps_before_it(features, units, team, dtype) -> None:
    block = Block(features, units, dtype, team)
    block.begin()
    weights, biases = block.weights()
    steps = block.part(block.steps)
    for i in range(SAMPLES):
        z = np.full(block.lay.own, 77, dtype)
        for layer in block.members:
            dense.forward_in_block(block.params, layer, i, block.block, z)
        wanted = block.x[i] @ (weights + block.x[:i].T @ steps[:i]) + biases
        at = int(block.members[0].z)
        np.testing.assert_array_equal(z[at : at + block.pad], wanted)
        assert (np.delete(z, np.s_[at : at + block.pad]) == 77).all()


@DTYPES
@pytest.mark.parametrize("team", [1, 2, 3])
@pytest.mark.parametrize(("features", "units"), SIZES)
def test_a_block_ends_with_its_steps(features, units, team, dtype) -> None:
    for n in (0, 1, 5, SAMPLES):
        block = Block(features, units, dtype, team)
        block.begin()
        weights, biases = block.weights()
        others = block.params[block.members[0].b + block.pad :].copy()
        deltas = np.random.default_rng(n).integers(-5, 6, (n, block.lay.own)).astype(dtype)
        for i, layer in ((i, layer) for i in range(n) for layer in block.members):
            dense.keep_steps(layer, i, block.block, deltas[i])
        d = int(block.members[0].d)
        steps = deltas[:, d : d + block.pad]
        np.testing.assert_array_equal(block.part(block.steps)[:n], steps)
        for layer in block.members:
            dense.end_block(block.params, layer, block.lay.strips, n, block.block)
        got = block.weights()
        np.testing.assert_array_equal(got[0], weights + block.x[:n].T @ steps)
        np.testing.assert_array_equal(got[1], biases)
        np.testing.assert_array_equal(block.params[block.members[0].b + block.pad :], others)


# A pass --------------------------------------------------------------------------------------

N = 2 * SAMPLES + 5


def passed(net, X, y, rates=0.1, threads=1, **options):
    """Learn in blocks; what the pass returned."""
    return run(net, X, y, rates, workspace=net.workspace(threads, dense=True), **options)


@pytest.mark.parametrize(("name", "loss"), few(OUTPUTS, 2))
@pytest.mark.parametrize("hidden", [(), (20,), (70, 30)])
def test_a_pass_is_the_references(hidden, name: str, loss: str) -> None:
    net = make((50, *hidden, 5), "tanh", name, loss, "float64")
    judge = reference.Net(net.weights, net.biases, net.activations, net.loss)
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(N, 50)), rng.integers(0, 5, N)
    rates = np.linspace(0.05, 0.01, N)
    before = [w.copy() for w in net.weights]
    out = np.zeros((N, 5))
    cost, hits, done = passed(net, X, y, rates, out=out)
    wanted = judge.backpropagate(X, y, rates)
    assert done == N
    assert (cost, hits) == (pytest.approx(wanted[0], rel=1e-10), wanted[1])
    pairs = zip(net.weights + net.biases, judge.weights + judge.biases, strict=True)
    for got, want in pairs:
        np.testing.assert_allclose(got, want, rtol=1e-10, atol=1e-12)
    assert all(np.abs(w - b).max() > 1e-3 for w, b in zip(net.weights, before, strict=True))


def test_float32_is_off_by_roundings_only() -> None:
    single = make((60, 40, 5), dtype="float32")
    double = make((60, 40, 5), dtype="float64")
    double._params[:] = single._params
    rng = np.random.default_rng(0)
    n = SAMPLES if PLAIN else 20 * SAMPLES
    X, y = rng.normal(size=(n, 60)).astype(np.float32), rng.integers(0, 5, n)
    passed(single, X, y)
    run(double, X, y)
    for got, want in zip(single.weights, double.weights, strict=True):
        assert np.abs(got - want).max() < n * np.finfo(np.float32).eps * np.abs(want).max()


@DTYPES
def test_the_same_bits_however_cut_stored_or_shared(dtype: str) -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (N, 90), np.uint8)
    exact, y = (images / 255).astype(dtype), rng.integers(0, 5, N)
    nets = [make((90, 130, 40, 5), dtype=dtype) for _ in range(9)]
    wanted = passed(nets[0], images, y)
    assert wanted[2] == N
    for net, X in zip(nets[1:4], (exact, to_csr(exact), to_csr(images)), strict=True):
        assert passed(net, X, y) == wanted
    for net, threads in zip(nets[4:7], (2, 3, 5), strict=True):
        assert passed(net, images, y, threads=threads) == wanted
    cost, hits = 0.0, 0
    for part in (slice(0, SAMPLES), slice(SAMPLES, N)):
        cost, h, _ = passed(nets[7], images[part], y[part], cost=cost)
        hits += h
    assert (cost, hits) == wanted[:2]
    for net in nets[:8]:
        assert same_bits(net._params, nets[0]._params)
    run(nets[8], images, y)
    assert not same_bits(nets[8]._params, nets[0]._params), "blocks round in another order"


@DTYPES
@pytest.mark.parametrize("bad", [0, 1, 6, SAMPLES, SAMPLES + 1])
def test_a_cost_that_is_not_finite_ends_the_pass(bad: int, dtype: str) -> None:
    nets = [make((4, 3, 2), "identity", "identity", dtype=dtype) for _ in range(2)]
    X = np.random.default_rng(0).normal(size=(N, 4)).astype(dtype)
    y = np.zeros((N, 2))
    y[bad] = np.sqrt(np.finfo(dtype).max) * 1000
    assert passed(nets[0], X, y) == passed(nets[1], X, y, order=np.arange(bad))
    assert same_bits(nets[0]._params, nets[1]._params)


@DTYPES
def test_only_learning_is_in_blocks(dtype: str) -> None:
    net = make((100, 17, 5), dtype=dtype)
    images, labels = some(net, N)
    before = net._params.copy()
    assert passed(net, images, labels, rates=None) == run(net, images, labels, rates=None)
    assert same_bits(net._params, before)


@DTYPES
def test_what_lies_in_the_block_does_not_matter(dtype: str) -> None:
    nets = [make((100, 17, 5), dtype=dtype) for _ in range(2)]
    images, labels = some(nets[0], N)
    poisoned = nets[1].workspace(dense=True)
    poisoned.members[0].block[:] = np.nan
    passed(nets[0], images, labels)
    run(nets[1], images, labels, workspace=poisoned)
    assert same_bits(nets[0]._params, nets[1]._params)
