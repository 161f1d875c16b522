"""The lists of active units, and nets whose units are all active, or none."""

import itertools

import numba
import numpy as np
import pytest

from fastnet.kernels import active, layers, samples, simd
from fastnet.kernels.codes import ALL_INPUTS, BLOCKS, LANES, MANY, SINGLY
from fastnet.kernels.jit import kernel
from fastnet.model.network import Network
from tests.functions import SWISH
from tests.kernels.helpers import DTYPES, PLAIN, copy_of_kernels, few, run, same_bits
from tests.kernels.test_epoch import check_step

GUARD = -7
# Of two threads, one leads in the first net; in the second, they share all layers.
SIZES = [(9, 70, 65, 3)] if PLAIN else [(20, 130, 70, 3), (20, 201, 130, 80, 3)]


def lister(active, layers, samples, simd):
    """The kernel that lists and spreads, with arrays as its arguments."""

    @kernel
    def list_and_spread(a, at, pad, index, values, start, sums, to):
        index, values = simd.raw(index), simd.raw(values)
        lists, sums = samples.Lists(index, values), layers.Slice(simd.raw(sums), -start)
        end = active.list_active(layers.Slice(simd.raw(a), at), pad, lists, start)
        inputs = layers.Inputs(index, values, 0, start, end)
        active.spread(sums, inputs, pad, layers.Slice(simd.raw(to), at))
        return end

    return list_and_spread


# A copy of the kernels is told that the CPU cannot pack numbers.
portable = copy_of_kernels("portable_active")
portable("active").packs_bytes = numba.njit(lambda: False)
LISTERS = {
    "as this CPU can": lister(active, layers, samples, simd),
    "portable": lister(*(portable(name) for name in ("active", "layers", "samples", "simd"))),
}


@DTYPES
@pytest.mark.parametrize("how", LISTERS)
def test_the_active_units_are_listed_and_their_sums_spread(how: str, dtype: str) -> None:
    rng = np.random.default_rng(0)
    for pad in few([16, 64, 208]):
        for share in (0, 0.01, 0.15, 0.5, 1):
            a = rng.normal(size=pad).astype(dtype) * (rng.random(pad) < share)  # some are -0
            if share == 0.5:
                a[3], a[-1] = np.nan, np.inf
            (k,) = np.nonzero(a)
            start = 5
            room = start + active.list_room(pad) - 1  # the end stands before the list
            index, values = np.full(room + 9, GUARD, np.int32), np.full(room + 9, GUARD, dtype)
            sums = rng.normal(size=pad).astype(dtype)
            to = np.full(pad + 20, GUARD, dtype)
            x = np.append(np.ones(4, dtype), a)
            end = LISTERS[how](x, 4, pad, index, values, start, sums, to)
            filled = np.zeros(-len(k) % LANES)
            assert end == start + len(k) + len(filled)
            np.testing.assert_array_equal(index[start:end], [*k, *filled])
            np.testing.assert_array_equal(values[start:end], [*a[k], *filled])
            for memory in (index, values):
                assert (memory[:start] == GUARD).all() and (memory[room:] == GUARD).all()
            wanted = np.zeros(pad, dtype)
            wanted[k] = sums[: len(k)]
            np.testing.assert_array_equal(to[4:][:pad], wanted)
            assert (to[:4] == GUARD).all() and (to[4 + pad :] == GUARD).all()


def a_net(sizes: tuple[int, ...], bias: float, dtype: str) -> Network:
    """A net of relu units, all of them active or none."""
    last = ["relu"] * (len(sizes) - 2) + ["softmax"]
    net = Network.initialise(sizes, last, "cross-entropy", dtype, 1)
    for w, b in zip(net.weights[:-1], net.biases[:-1], strict=True):
        w[:] = np.copysign(w / 10, bias)
        b[:] = bias
    return net


def test_wide_layers_above_wide_ones_of_relu_units_take_lists() -> None:
    activations = ["relu", "relu", "tanh", "relu", SWISH, "relu", "relu", "softmax"]
    net = Network.initialise((9, 201, 130, 80, 66, 66, 70, 48, 100), activations, "cross-entropy")
    places = net.parameters.layout.layers["active"]
    assert (places != ALL_INPUTS).tolist() == [False, True, True, False, True, *[False] * 3]
    rooms = np.diff([*places[places != ALL_INPUTS], net.parameters.layout.active])
    assert rooms.tolist() == [active.list_room(pad) for pad in (208, 144, 80)]


@DTYPES
@pytest.mark.parametrize("bias", [1, -1])
@pytest.mark.parametrize("sizes", SIZES)
def test_nets_whose_units_are_all_active_or_none(sizes, bias: float, dtype: str) -> None:
    X = np.random.default_rng(0).integers(0, 256, (40, sizes[0]), np.uint8)
    y = np.arange(40) % sizes[-1]
    moved = check_step(a_net(sizes, bias, dtype), X[0], np.asarray(y[0]), 0.01)
    assert moved or bias < 0 or dtype == "float32"
    nets = {}
    for method, threads in itertools.product((SINGLY, BLOCKS), (1, 2, 3)):
        net = nets[method, threads] = a_net(sizes, bias, dtype)
        run(net, X, y, 0.01, workspace=net.passes.workspace(threads, method))
        assert same_bits(net.parameters.vector, nets[method, 1].parameters.vector)
    by_rows = nets[SINGLY, 1]
    for got, want in zip(nets[BLOCKS, 1].weights, by_rows.weights, strict=True):
        near = 1e-4 if dtype == "float32" else 1e-10
        np.testing.assert_allclose(got, want, rtol=near, atol=near)
    one, many = (np.zeros((40, sizes[-1]), dtype) for _ in range(2))
    for out, method in ((one, SINGLY), (many, MANY)):
        run(by_rows, X, y, None, workspace=by_rows.passes.workspace(method=method), out=out)
    assert same_bits(one, many)
