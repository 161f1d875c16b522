"""One layer against plain NumPy.

Where the numbers are small integers every sum is exact, whatever its order: no tolerance is needed.
"""

import itertools

import numpy as np
import pytest

from fastnet.kernels import layers
from fastnet.kernels.activations import CODES
from fastnet.model.layout import layout
from tests.kernels.helpers import DTYPES, few, same_bits
from tests.kernels.rounding import UNIT

PADS = few(range(16, 321, 16), 6)
ROWS = 48  # inputs of the layers below
GUARD = 77
IDENTITY = CODES["identity"]


def a_layer(n: int, activation: int = IDENTITY, w: int = 3, at: int = 5, team: int = 1):
    """A hidden layer with n outputs and its strips; weights begin at w, vectors at `at`."""
    lay = layout((ROWS, n, 1), [activation, IDENTITY], team)
    layer, strips = lay.of_member(0, 1)[0], lay.strips
    strips["w"] += w
    layer.w, layer.b = w, w + ROWS * layer.pad
    layer.z = layer.a = layer.d = at
    return layer, strips


def integers(rng: np.random.Generator, shape, dtype: str) -> np.ndarray:
    return rng.integers(-9, 10, shape).astype(dtype)


def guarded(vector: np.ndarray, before: int) -> np.ndarray:
    """The vector with guards before and behind it."""
    return np.concatenate([np.full(before, GUARD), vector, np.full(50, GUARD)]).astype(vector.dtype)


def unguarded(array: np.ndarray, before: int, n: int) -> np.ndarray:
    """What has become of the vector; its guards must be as they were."""
    assert (array[:before] == GUARD).all()
    assert (array[before + n :] == GUARD).all()
    return array[before : before + n]


class Parameters:
    """Random small integers as the parameters of a layer, between guards."""

    def __init__(self, layer, strips, dtype: str):
        self.layer, self.strips = layer, strips
        size = (ROWS + 1) * layer.pad
        self.array = guarded(integers(np.random.default_rng(layer.pad), size, dtype), layer.w)
        self.biases = self.array[layer.b :][: layer.pad]

    @property
    def weights(self) -> np.ndarray:
        """The weights (ROWS, pad), from where the strips say that they lie."""
        columns = []
        for strip in self.strips[: self.layer.strips]:
            places = strip.w + strip.stride * np.arange(ROWS)[:, None]
            columns.append(self.array[places + np.arange(16 * strip.groups)])
        return np.hstack(columns)

    def check(self, weights: np.ndarray, biases: np.ndarray) -> None:
        """These must be the parameters now, and the guards be as they were."""
        np.testing.assert_array_equal(self.weights, weights)
        np.testing.assert_array_equal(self.biases, biases)
        unguarded(self.array, self.layer.w, (ROWS + 1) * self.layer.pad)


def a_list(n: int, dtype: str):
    """Indices and values of n inputs, of which some occur twice; values are from 5 on."""
    rng = np.random.default_rng(n)
    return rng.integers(0, ROWS, n + 1).astype(np.int32), guarded(integers(rng, n, dtype), 5)


def halves(layer):
    """Strips from ... to, as a team of one has them, and as each of a team of two."""
    middle = layer.strips // 2
    return [(0, layer.strips), (0, middle), (middle, layer.strips)]


@pytest.mark.parametrize("team", [1, 2, 3, 7])
@pytest.mark.parametrize("groups", range(1, 60))
def test_strips_are_of_one_to_four_groups_and_cover_the_layer(groups: int, team: int) -> None:
    layer, strips = a_layer(16 * groups, w=0, team=team)
    own = strips[: layer.strips]
    assert (own["j"] + 16 * own["groups"]).tolist() == strips["j"][1 : layer.strips + 1].tolist()
    assert (own["j"][0], strips[layer.strips].j) == (0, 16 * groups)
    assert set(own["groups"].tolist()) <= {1, 2, 3, 4}
    assert np.ptp(own["groups"]) <= 1
    # Each parameter lies in one place, and every place has one.
    places = [
        (s.w + s.stride * np.arange(ROWS)[:, None] + np.arange(16 * s.groups)).ravel() for s in own
    ]
    assert np.sort(np.concatenate(places)).tolist() == list(range(ROWS * layer.pad))


@pytest.mark.parametrize("team", [1, 2, 3, 7])
@pytest.mark.parametrize("units", [16, 130, 512, 1000])
def test_a_members_weights_lie_together(units: int, team: int) -> None:
    lay = layout((ROWS, units, 1), [IDENTITY, IDENTITY], team)
    found, begins = 0, 0
    for me in range(team):
        layer = lay.of_member(me, team)[0]
        assert layer.start == found
        own, found = lay.strips[layer.first : layer.last], layer.stop
        assert set(own["stride"].tolist()) <= {layer.stop - layer.start}
        assert [s.w - s.j for s in own] == [begins - layer.start] * len(own)
        begins += ROWS * (layer.stop - layer.start)
    assert found == layer.pad
    assert begins == layer.b


@DTYPES
@pytest.mark.parametrize("pad", PADS)
def test_forward(pad: int, dtype: str) -> None:
    for team in (1, 2):
        layer, strips = a_layer(pad, team=team)
        parameters = Parameters(layer, strips, dtype)
        for start, stop in [(0, 0), (0, 8), (0, 16), (8, 32), (0, 72)]:
            index, values = a_list(stop, dtype)
            wanted = values[5:][start:stop] @ parameters.weights[index[start:stop]]
            for (first, last), biased in itertools.product(halves(layer), (True, False)):
                z = guarded(np.full(pad, GUARD, dtype), 9)
                base = layer.b if biased else layers.NOTHING
                inputs = layers.Inputs(index, values, 5, start, stop)
                to, weights = layers.Slice(z, 9), layers.Weights(parameters.array, strips)
                layers.forward(weights, layer, (first, last), inputs, to, 0.5, base)
                part = slice(strips[first].j, strips[last].j)
                z = unguarded(z, 9 + part.start, part.stop - part.start)
                np.testing.assert_array_equal(z, (wanted / 2 + parameters.biases * biased)[part])


@DTYPES
@pytest.mark.parametrize("pad", PADS)
def test_update(pad: int, dtype: str) -> None:
    for team in (1, 2):
        layer, strips = a_layer(pad, team=team)
        for (start, stop), (first, last) in itertools.product(
            [(0, 0), (0, 8), (8, 24), (0, 72)], halves(layer)
        ):
            parameters = Parameters(layer, strips, dtype)
            index, values = a_list(72, dtype)
            steps = guarded(integers(np.random.default_rng(0), pad, dtype), 2)
            part = slice(strips[first].j, strips[last].j)
            wanted, biases = parameters.weights, parameters.biases.copy()
            np.add.at(  # where a row occurs twice, it moves twice
                wanted[:, part],
                index[start:stop],
                np.outer(values[5:][start:stop], steps[2 : 2 + pad][part]),
            )
            layer.first, layer.last = first, last
            inputs = layers.Inputs(index, values, 5, start, stop)
            weights = layers.Weights(parameters.array, strips)
            layers.update(weights, layer, inputs, layers.Slice(steps, 2))
            parameters.check(wanted, biases)
            unguarded(steps, 2, pad)


@DTYPES
@pytest.mark.parametrize("pad", PADS)
def test_learn(pad: int, dtype: str) -> None:
    """The sums are of the old weights, which move in the same pass over them."""
    rng = np.random.default_rng(pad)
    eta = np.dtype(dtype).type(0.5)
    for team, (start, stop) in itertools.product((1, 2), [(0, 16), (0, 48), (16, 48)]):
        layer, strips = a_layer(pad, team=team)
        a, deltas = (guarded(integers(rng, n, dtype), 5) for n in (ROWS, pad))
        index = rng.permutation(ROWS).astype(np.int32)
        some = index[start:stop]
        for (first, last), parts in itertools.product(
            halves(layer), {1, min(2, int(layer.strips)), int(layer.strips)}
        ):
            if first > 0 and parts == 1:
                continue  # a part begins with its first strip
            part = slice(strips[first].j, strips[last].j)
            inside = (part.start <= np.arange(pad)) & (np.arange(pad) < part.stop)
            d = np.where(inside, deltas[5:][:pad], 0)
            parameters = Parameters(layer, strips, dtype)
            wanted, biases = parameters.weights, parameters.biases.copy()
            wanted_sums = (wanted @ d)[some]
            wanted[some] -= 0.5 * np.outer(a[5:][start:stop], d)
            sums = guarded(np.zeros(ROWS * parts, dtype), 8)
            layers.learn(
                layers.Weights(parameters.array, strips), layer, (first, last),
                layers.Inputs(index, a, 5, start, stop), eta, layers.Slice(deltas, 5),
                layers.Sums(sums, 8, ROWS, parts),
            )  # fmt: skip
            parameters.check(wanted, biases)
            found = unguarded(sums, 8, ROWS * parts).reshape(parts, ROWS)
            np.testing.assert_array_equal(found.sum(axis=0)[start:stop], wanted_sums)
            written = np.zeros(found.shape, bool)
            of = np.arange(first, last) * parts // layer.strips
            written[of, start:stop] = True
            assert (found[~written] == 0).all()


@DTYPES
@pytest.mark.parametrize("pad", few(range(16, 321, 16), 2))
def test_sums_of_any_numbers_are_right_to_their_rounding(pad: int, dtype: str) -> None:
    """No order of a sum of n terms is off by more than n u sum |terms|."""
    layer, strips = a_layer(pad, w=0, at=0)
    rng, end = np.random.default_rng(0), layer.strips
    params, values, deltas = (rng.normal(size=n).astype(dtype) for n in (49 * pad, ROWS, pad))
    z, sums, index = np.zeros(pad, dtype), np.zeros(ROWS, dtype), np.arange(ROWS, dtype=np.int32)
    weights, biases = params[: layer.b].reshape(ROWS, pad).astype(float), params[layer.b :]
    packed, to = layers.Weights(params, strips), layers.Slice(z, 0)
    inputs = layers.Inputs(index, values, 0, 0, ROWS)
    layers.forward(packed, layer, (0, end), inputs, to, 1.0, layer.b)
    terms = np.abs(values.astype(float)) @ np.abs(weights) + np.abs(biases)
    error = np.abs(z - (values.astype(float) @ weights + biases))
    assert (error <= (ROWS + 1) * UNIT[dtype] * terms).all()
    eta = np.dtype(dtype).type(0)
    d, to = layers.Slice(deltas, 0), layers.Sums(sums, 0, 0, 1)
    layers.learn(packed, layer, (0, end), inputs, eta, d, to)
    error = np.abs(sums - weights @ deltas.astype(float))
    assert (error <= pad * UNIT[dtype] * (np.abs(weights) @ np.abs(deltas))).all()


@DTYPES
def test_add_up_adds_half_to_half(dtype: str) -> None:
    for n in (1, 2, 4, 5):
        parts = np.random.default_rng(0).normal(size=(n, 64)).astype(dtype)
        sums = guarded(np.full(64, GUARD, dtype), 2)
        given = layers.Sums(np.append(np.zeros(3, dtype), parts), 3, 64, n)
        layers.add_up(given, 16, 48, layers.Slice(sums, 2))
        a, b, c, d, e = (*parts, *np.zeros((5 - n, 64), dtype))
        wanted = {1: a, 2: a + b, 4: (a + b) + (c + d), 5: (a + b + c) + (d + e)}[n]
        assert same_bits(unguarded(sums, 2 + 16, 32), wanted[16:48])


@DTYPES
def test_step_biases_and_make_steps(dtype: str) -> None:
    eta = np.dtype(dtype).type(0.25)
    for pad, start, stop in [(16, 0, 16), (64, 16, 48), (320, 160, 320)]:
        (layer, strips), part = a_layer(pad), slice(start, stop)
        params = Parameters(layer, strips, dtype).array
        deltas = guarded(integers(np.random.default_rng(pad), pad, dtype), 5)
        delta, wanted = deltas[5 : 5 + pad].copy(), params.copy()
        wanted[layer.b + start : layer.b + stop] -= delta[part] / 4
        layers.step_biases(params, layer, start, stop, eta, deltas)
        np.testing.assert_array_equal(params, wanted)
        np.testing.assert_array_equal(unguarded(deltas, 5, pad), delta)
        layers.make_steps(layer, start, stop, eta, deltas)
        delta[part] /= -4
        np.testing.assert_array_equal(unguarded(deltas, 5, pad), delta)


@DTYPES
@pytest.mark.parametrize("pad", PADS)
def test_rescale(pad: int, dtype: str) -> None:
    for team in (1, 2):
        layer, strips = a_layer(pad, team=team)
        for first, last in halves(layer):
            parameters = Parameters(layer, strips, dtype)
            wanted, biases = parameters.weights, parameters.biases.copy()
            wanted[16:32, strips[first].j : strips[last].j] *= 0.5
            weights = layers.Weights(parameters.array, strips)
            layers.rescale(weights, (first, last), (16, 32), 0.5)
            parameters.check(wanted, biases)
