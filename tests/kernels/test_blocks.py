"""The first layer by blocks: the same arithmetic as one sample after the other, reordered."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fastnet import reference
from fastnet.data.samples import Samples
from fastnet.kernels import blocks, listed, simd
from fastnet.kernels.codes import BLOCKS
from fastnet.kernels.jit import kernel
from fastnet.kernels.layers import Weights
from fastnet.kernels.listed import SAMPLES
from fastnet.kernels.samples import Lists, Source
from fastnet.model.layout import layout
from tests.kernels.helpers import DTYPES, PLAIN, few, run, same_bits, to_csr
from tests.kernels.test_epoch import OUTPUTS, make, some

SIZES = few([(1, 16), (3, 40), (4, 64), (17, 100), (70, 130), (100, 300)], 2)
TEAMS = pytest.mark.parametrize("team", few([1, 2, 3], 2))


@kernel
def lay_out(layer, source, order, t, stop, block):
    source = Source(
        simd.raw(source.data), source.dtype, source.sparse, simd.raw(source.indptr),
        simd.raw(source.indices), simd.raw(source.byte_values), source.features,
    )  # fmt: skip
    listed.lay_out(source, order, t, stop, block)
    listed.multiply(layer.n_in, block)


places = kernel(lambda layer: blocks.places(layer))
places_listed = kernel(lambda block, n_in: listed.listed(block, n_in))


class Block:
    """The first layer of a team, on small integers: every sum is exact, whatever its order."""

    def __init__(self, features: int, units: int, dtype: str, team: int = 1, n: int = SAMPLES):
        rng = np.random.default_rng(features)
        self.lay = layout((features, units, 2), [0, 0], team)
        self.params = rng.integers(-5, 6, self.lay.params).astype(dtype)
        self.members = [self.lay.of_member(me, team)[0] for me in range(team)]
        self.x = rng.integers(-5, 6, (n, features)).astype(dtype)
        self.x[:, rng.random(features) < 0.3] = 0
        self.layer, self.pad = self.members[0], int(self.members[0].pad)
        inputs, rows, shared = listed.block_sizes(features, self.pad)
        self.inputs, self.rows = np.full(2 * inputs, 7, dtype), np.full(2 * rows, 7, np.int32)
        self.shared, room = np.full(shared, 7, dtype), 2 * -(-(features + 64) // 64) * 64
        lists = Lists(np.full(room, 7, np.int32), np.full(room, 7, dtype))
        # The second half of all that is there twice.
        self.block = listed.Block(
            self.inputs, inputs, self.rows, rows, lists, self.shared, SAMPLES**2, self.layer
        )
        wx, steps = places(self.layer)
        parts = np.split(self.shared, [SAMPLES**2, wx, steps])[1:]
        self.by_distance, self._wx, self._steps = parts[0].reshape(SAMPLES, -1), *parts[1:]

    def views(self, flat: np.ndarray) -> list[np.ndarray]:
        """What lies strip by strip: each strip's columns (SAMPLES, width)."""
        strips = self.lay.strips[: int(self.layer.strips)]
        parts = np.split(flat, [SAMPLES * int(strip.j) for strip in strips[1:]])
        return [part.reshape(SAMPLES, -1) for part in parts]

    @property
    def wx(self) -> np.ndarray:
        return np.hstack(self.views(self._wx))

    @property
    def steps(self) -> np.ndarray:
        return np.hstack(self.views(self._steps))

    @property
    def weights(self) -> Weights:
        return Weights(self.params, self.lay.strips)

    def matrix(self) -> tuple[np.ndarray, np.ndarray]:
        """The weights (features, pad) and biases (pad,) as they are now, copied."""
        parts = list(self.lay.parts(self.params, len(self.members)))
        biases = next(i for i, part in enumerate(parts) if part.ndim == 1)
        return np.hstack(parts[:biases]), parts[biases].copy()

    def begin(self, X=None, t: int = 0) -> None:
        n, features = self.x.shape
        rows, order = Samples(self.x if X is None else X, self.params.dtype).take(np.arange(99))
        source = Source(
            rows.data, rows.dtype_code, len(rows.indptr) > 0, rows.indptr, rows.indices,
            (np.arange(256) / 255).astype(self.params.dtype), features,
        )  # fmt: skip
        lay_out(self.layer, source, order, t, t + n, self.block)

    def project(self) -> None:
        for layer in self.members:
            part = layer.first, layer.last
            blocks.project(self.weights, layer, part, len(self.x), self.block)

    def end(self, n: int) -> None:
        for layer in self.members:
            blocks.end_block(self.weights, layer, (layer.first, layer.last), n, self.block)

    def listed(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The rows listed, the inputs of each, and the set of samples of each four."""
        features = self.x.shape[1]
        found, first, sets = places_listed(self.block, features)
        inputs = self.inputs[self.block.x :].reshape(-1, SAMPLES)[:found, : len(self.x)]
        return self.rows[first:][:found], inputs, self.rows[sets:][: found // 4]


def check_list(block: Block) -> None:
    """Each row with inputs is listed once, and written last; each four has the right set."""
    rows, inputs, sets = block.listed()
    assert len(rows) == 4 * len(sets)
    wanted = np.flatnonzero(block.x.any(axis=0))
    np.testing.assert_array_equal(rows[inputs.any(axis=1)], wanted)
    np.testing.assert_array_equal(inputs[inputs.any(axis=1)].T, block.x[:, wanted])
    fours = rows.reshape(-1, 4), inputs.reshape(-1, 4, len(block.x)), sets
    for four, x, chosen in zip(*fours, strict=True):
        given = x.any(axis=1)
        assert chosen == (x.any(axis=0) << np.arange(len(block.x))).sum()
        assert given[-1]
        assert all(given[np.flatnonzero(four == row)[-1]] for row in four)


@DTYPES
@pytest.mark.parametrize("n", [SAMPLES, 5, 1])
@pytest.mark.parametrize("features", [1, 4, 15, 16, 17, 33, 70])
def test_rows_are_listed_with_their_inputs_and_products(features, n, dtype) -> None:
    block = Block(features, 16, dtype, n=n)
    rng = np.random.default_rng(n)
    for share in (1, 0.5, 0.1, 0):
        block.x[rng.random(block.x.shape) >= share] = 0
        double = block.x.astype("float64" if dtype == "float32" else "float32")
        for X in (block.x, double, to_csr(block.x), np.vstack([block.x + 1, block.x])):
            block.inputs[:], block.rows[:], block.shared[:] = 7, 7, 7
            block.begin(X, len(X.shape) and X.shape[0] - n)
            check_list(block)
            products = block.x @ block.x.T
            for i in range(n):
                for j in range(i):
                    assert block.by_distance[i - j, j] == products[i, j]
            assert (block.inputs[: block.block.x] == 7).all()
            assert (block.rows[: block.block.start] == 7).all()


@DTYPES
def test_bytes_are_listed_as_the_floats_that_they_stand_for(dtype: str) -> None:
    images = np.random.default_rng(0).integers(0, 256, (SAMPLES, 90), np.uint8)
    images[:, 3:20], images[0], images[1:3, 30] = 0, 255, 0
    block = Block(90, 16, dtype)
    block.x = (images / 255).astype(dtype)
    seen = []
    for X in (images, block.x, to_csr(block.x), to_csr(images)):
        block.begin(X)
        check_list(block)
        seen.append(block.by_distance[1:].copy())
    assert all(same_bits(products, seen[0]) for products in seen)


@DTYPES
def test_minus_0_is_0(dtype: str) -> None:
    block = Block(40, 16, dtype)
    block.x[:, ::2] = -0.0
    block.begin()
    check_list(block)
    assert not np.signbit(block.listed()[1][block.listed()[1] == 0]).any()


@DTYPES
@TEAMS
@pytest.mark.parametrize(("features", "units"), SIZES)
def test_z_feels_the_steps_before_it(features, units, team, dtype) -> None:
    for n in (SAMPLES, 5):
        block = Block(features, units, dtype, team, n)
        block.begin()
        block.project()
        weights, biases = block.matrix()
        np.testing.assert_array_equal(block.wx[:n], block.x @ weights)
        block._steps[:] = np.random.default_rng(0).integers(-5, 6, block._steps.shape)
        for i in range(n):
            z = np.full(block.lay.own, 77, dtype)
            for layer in block.members:
                part = layer.first, layer.last
                blocks.forward_in_block(block.weights, layer, part, i, block.block, 0.5, z)
            wanted = block.x[i] @ (weights + block.x[:i].T @ block.steps[:i]) / 2 + biases
            at = int(block.layer.z)
            np.testing.assert_array_equal(z[at : at + block.pad], wanted)
            assert (np.delete(z, np.s_[at : at + block.pad]) == 77).all()


@DTYPES
@TEAMS
@pytest.mark.parametrize(("features", "units"), SIZES)
def test_a_block_ends_with_its_steps(features, units, team, dtype) -> None:
    for n in (0, 1, 5, SAMPLES):
        block = Block(features, units, dtype, team)
        block.begin()
        weights, biases = block.matrix()
        others = block.params[block.layer.b + block.pad :].copy()
        deltas = np.random.default_rng(n).integers(-5, 6, (n, block.lay.own)).astype(dtype)
        for i, layer in ((i, layer) for i in range(n) for layer in block.members):
            part = layer.first, layer.last
            blocks.keep_steps(block.weights, layer, part, i, block.block, deltas[i])
        d = int(block.layer.d)
        steps = deltas[:, d : d + block.pad]
        np.testing.assert_array_equal(block.steps[:n], steps)
        block.end(n)
        got = block.matrix()
        np.testing.assert_array_equal(got[0], weights + block.x[:n].T @ steps)
        np.testing.assert_array_equal(got[1], biases)
        np.testing.assert_array_equal(block.params[block.layer.b + block.pad :], others)


# A pass --------------------------------------------------------------------------------------

N = (1 if PLAIN else 2) * SAMPLES + 5
WIDE = (20, 70) if PLAIN else (90, 130, 40)  # inputs and hidden layers; more than one can share


def passed(net, X, y, rates=0.1, threads=1, **options):
    """Learn in blocks; what the pass returned."""
    return run(net, X, y, rates, workspace=net.passes.workspace(threads, BLOCKS), **options)


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
    double.parameters.vector[:] = single.parameters.vector
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
    images = rng.integers(0, 256, (N, WIDE[0]), np.uint8)
    exact, y = (images / 255).astype(dtype), rng.integers(0, 5, N)
    nets = [make((*WIDE, 5), dtype=dtype) for _ in range(9)]
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
        assert same_bits(net.parameters.vector, nets[0].parameters.vector)
    run(nets[8], images, y)
    other = same_bits(nets[8].parameters.vector, nets[0].parameters.vector)
    assert not other, "blocks round in another order"


@DTYPES
@pytest.mark.parametrize("bad", [0, 1, 6, SAMPLES, SAMPLES + 1])
def test_a_cost_that_is_not_finite_ends_the_pass(bad: int, dtype: str) -> None:
    nets = [make((4, 3, 2), "identity", "identity", dtype=dtype) for _ in range(2)]
    X = np.random.default_rng(0).normal(size=(N, 4)).astype(dtype)
    y = np.zeros((N, 2))
    y[bad] = np.sqrt(np.finfo(dtype).max) * 1000
    wanted = passed(nets[1], X, y, order=np.arange(bad))
    assert passed(nets[0], X, y) == wanted
    assert same_bits(nets[0].parameters.vector, nets[1].parameters.vector)


@DTYPES
@pytest.mark.parametrize("threads", [2, 3])
def test_a_team_leaves_together_and_goes_on(threads: int, dtype: str) -> None:
    """With what is left in its block from the pass that ended early."""
    sizes = (*WIDE[:2], 2)
    team, alone = (make(sizes, "identity", "identity", dtype=dtype) for _ in range(2))
    workspaces = team.passes.workspace(threads, BLOCKS), alone.passes.workspace(1, BLOCKS)
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
def test_a_rate_of_0_changes_nothing(dtype: str) -> None:
    net = make((100, 17, 5), dtype=dtype)
    images, labels = some(net, N)
    before = net.parameters.copy()
    assert passed(net, images, labels, rates=0)[2] == N
    assert (net.parameters.vector == before).all()


@given(
    n=st.integers(1, 40),
    features=st.integers(1, 20),
    units=st.integers(1, 70),
    outputs=st.integers(1, 3),
    density=st.sampled_from([0.1, 0.5, 1]),
    seed=st.integers(0, 1000),
)
@settings(max_examples=10 if PLAIN else 100)
def test_any_pass_is_the_references(n, features, units, outputs, density, seed) -> None:
    net = make((features, units, outputs), "tanh", dtype="float64", seed=seed)
    judge = reference.Net(net.weights, net.biases, net.activations, net.loss)
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, features)) * (rng.random((n, features)) < density)
    y = rng.random((n, outputs))
    stored = rng.random(X.shape) < 0.5
    cost, _, _ = passed(net, to_csr(X, stored | (X != 0)), y)
    assert cost == pytest.approx(judge.backpropagate(X, y, 0.1)[0], rel=1e-10)
    for got, want in zip(net.weights + net.biases, judge.weights + judge.biases, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-10, atol=1e-12)


@DTYPES
def test_only_learning_is_in_blocks(dtype: str) -> None:
    net = make((100, 17, 5), dtype=dtype)
    images, labels = some(net, N)
    before = net.parameters.copy()
    assert passed(net, images, labels, rates=None) == run(net, images, labels, rates=None)
    assert same_bits(net.parameters.vector, before)


@DTYPES
def test_what_lies_in_the_block_does_not_matter(dtype: str) -> None:
    nets = [make((100, 17, 5), dtype=dtype) for _ in range(2)]
    images, labels = some(nets[0], N)
    poisoned = nets[1].passes.workspace(method=BLOCKS)
    poisoned.members[0].block[:] = np.nan
    passed(nets[0], images, labels)
    run(nets[1], images, labels, workspace=poisoned)
    assert same_bits(nets[0].parameters.vector, nets[1].parameters.vector)
