"""The table of activations: honest row by row, and one more row needs no test of its own."""

from typing import get_args

import numpy as np
import pytest

from fastnet import reference
from fastnet.kernels import activations
from fastnet.kernels.activations import ACTIVATIONS, CODES, CUSTOM, HIDDEN
from fastnet.model.activations import functions
from fastnet.model.start import STARTS
from tests.functions import SOFTSIGN
from tests.kernels.helpers import DTYPES, plain_kernels, same_bits
from tests.kernels.rounding import FLUSHED, FUNCTION, UNIT, slope_of
from tests.kernels.test_layers import a_layer, guarded, unguarded

EACH = pytest.mark.parametrize("name", HIDDEN)


def slopes(name: str, a: np.ndarray) -> np.ndarray:
    """The kernels' derivative, from the values a (n,)."""
    n = len(a)
    layer, _ = a_layer(n, CODES[name], at=0)
    deltas, outputs = np.ones(layer.pad, a.dtype), np.zeros(layer.pad, a.dtype)
    outputs[:n] = a
    activations.differentiate(layer, 0, layer.pad, 1.0, outputs, 0, deltas)
    return deltas[:n]


def points(dtype: str) -> np.ndarray:
    """Numbers of which none is too near 0, where corners are."""
    return ((np.arange(-500, 500) + 0.5) / 64).astype(dtype)


# The table ------------------------------------------------------------------------------------


def test_the_table_and_the_reference_have_the_same_names() -> None:
    names = list(ACTIVATIONS)
    assert names == list(get_args(reference.ActivationName)) == [*reference.TRANSFER, "softmax"]
    assert list(reference.TRANSFER) == HIDDEN
    assert sorted([*CODES.values(), CUSTOM]) == list(range(len(names) + 1))


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_a_row_has_what_fastnet_asks_of_it(name: str) -> None:
    row = ACTIVATIONS[name]
    assert row.start in STARTS
    assert 0 < row.rate <= 1
    assert row.steady > 0
    assert (row.function is None) == (row.derivative is None) == (name == "softmax")
    assert row.bounded == (np.isfinite(row.low) and np.isfinite(row.high))


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_values_fill_the_range_that_the_table_names(name: str) -> None:
    row, far = ACTIVATIONS[name], np.array([-1e4, -1e3, -50, 50, 1e3, 1e4])
    a = values(name, np.concatenate([np.linspace(-10, 10, 4001), far]))
    assert row.low - 1e-9 <= a.min() and a.max() <= row.high + 1e-9
    assert a.min() < (row.low + 1e-3 if np.isfinite(row.low) else -10)
    assert a.max() > (row.high - 1e-3 if np.isfinite(row.high) else 10)


@DTYPES
@EACH
def test_a_derivative_is_the_slope(name: str, dtype: str) -> None:
    """The central difference is off by h**2 / 6 times the third derivative, and by eps / h."""
    h, z = {"float32": 2.0**-7, "float64": 2.0**-17}[dtype], points(dtype)
    slope = (values(name, z + z.dtype.type(h)) - values(name, z - z.dtype.type(h))) / (2 * h)
    tolerance = 2 * h**2 / 6 + 8 * np.abs(z).max() * np.finfo(dtype).eps / h
    np.testing.assert_allclose(slopes(name, values(name, z)), slope, rtol=0, atol=tolerance)


@DTYPES
@EACH
def test_a_derivative_is_the_references(name: str, dtype: str) -> None:
    z = points("float64")
    a = reference.TRANSFER[name][0](z)
    wanted = reference.TRANSFER[name][1](z)
    got = slopes(name, a.astype(dtype))
    # a is rounded, and the derivative is as steep as the plain kernel's own.
    rise = (slope_of(name, a + 1e-6) - slope_of(name, a - 1e-6)) / 2e-6
    error = UNIT[dtype] * (8 * np.abs(wanted) + 4 * np.abs(a) * (1 + np.abs(rise)))
    assert (np.abs(got - wanted) <= error + FLUSHED[dtype]).all()


@DTYPES
@EACH
def test_the_compiled_ladder_is_the_plain_functions_to_the_bit(name: str, dtype: str) -> None:
    plain = plain_kernels("activations").ACTIVATIONS[name]
    z = np.append(points(dtype), np.zeros(8, dtype))
    wanted = plain.function(z.reshape(-1, 16)) * np.ones(1, dtype)
    if dtype == "float32":  # in float64 the plain fma rounds twice
        assert same_bits(values(name, z), wanted.ravel())
    np.testing.assert_allclose(values(name, z), wanted.ravel(), rtol=8 * UNIT[dtype])
    assert same_bits(slopes(name, wanted.ravel()), flushed(slope_of(name, wanted.ravel()), dtype))


def flushed(x: np.ndarray, dtype: str) -> np.ndarray:
    return np.where(np.abs(x) < FLUSHED[dtype], 0, x).astype(dtype)


# The kernels ----------------------------------------------------------------------------------


def values(name: str, z: np.ndarray) -> np.ndarray:
    """The kernels' activations of z (n,); the padding, where z is given as NaN, must be 0."""
    n = len(z)
    layer, _ = a_layer(n, CODES[name], at=3)
    padded = guarded(np.append(z, np.full(layer.pad - n, np.nan)).astype(z.dtype), 3)
    a = guarded(np.full(layer.pad, np.nan, z.dtype), 6)
    activations.activate(layer, 0, layer.pad, padded, a, 6)
    a = unguarded(a, 6, layer.pad)
    assert (a[n:] == 0).all()
    return a[:n]


@DTYPES
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activate(name: str, dtype: str) -> None:
    rng = np.random.default_rng(0)
    transfer = reference.softmax if name == "softmax" else reference.TRANSFER[name][0]
    for n in (1, 2, 15, 16, 17, 64, 65, 300):
        for scale in (1, 30):
            z = (rng.normal(size=n) * scale).astype(dtype)
            wanted = transfer(z.astype(float))
            # z - max z is rounded before exp, and both are rounded in the sum below it
            size = 1 + np.abs(z - z.max()) + n if name == "softmax" else 1
            error = 1.5 * FUNCTION * UNIT[dtype] * size * np.abs(wanted) + FLUSHED[dtype]
            assert (np.abs(values(name, z) - wanted) <= error).all()


@DTYPES
def test_softmax_of_extremes(dtype: str) -> None:
    for z in (
        [100, -100],
        [1e30, -1e30, 0],
        [-1e30] * 3,
        [0] * 300,
        [88.8] * 17,
        [-1e4] * 16 + [5],
    ):
        z = np.array(z, dtype)
        a = values("softmax", z)
        assert np.isfinite(a).all()
        assert abs(a.sum(dtype=float) - 1) < 1e-6
        np.testing.assert_allclose(a, reference.softmax(z.astype(float)), rtol=1e-6, atol=1e-27)
    assert values("softmax", np.zeros(1, dtype))[0] == 1


@DTYPES
@pytest.mark.parametrize("name", reference.TRANSFER)
def test_differentiate(name: str, dtype: str) -> None:
    """To the bit: the derivatives are products and differences, rounded as NumPy rounds them."""
    rng = np.random.default_rng(0)
    for pad in (16, 48, 320):
        a, d = rng.uniform(-1, 1, pad).astype(dtype), rng.normal(size=pad).astype(dtype)
        a[1], d[2] = 0, 0
        deltas, outputs, half = guarded(d, 3), guarded(a, 6), pad // 32 * 16
        layer, _ = a_layer(pad, CODES[name], at=3)
        activations.differentiate(layer, half, pad, 1.0, outputs, 6, deltas)
        np.testing.assert_array_equal(unguarded(deltas, 3, pad)[:half], d[:half])
        activations.differentiate(layer, 0, half, 0.5, outputs, 6, deltas)
        d[:half] /= 2
        np.testing.assert_array_equal(unguarded(deltas, 3, pad), d * slope_of(name, a))


@DTYPES
def test_functions_of_the_users(dtype: str) -> None:
    """Each number is handed to them in float64, and what comes back is rounded once."""
    rng = np.random.default_rng(0)
    for n in (1, 16, 40, 70):
        layer, _ = a_layer(n, CUSTOM, at=3)
        layer.transfer, layer.transfer_prime, _ = functions(SOFTSIGN)
        layer.d = 3 + layer.pad
        z, d = rng.normal(size=(2, layer.pad)).astype(dtype)
        z[n:], d[n:] = 0, 0
        both, a = guarded(np.append(z, d), 3), guarded(np.full(layer.pad, np.nan, dtype), 6)
        wanted, slope = (np.array([f(float(x)) for x in z[:n]]).astype(dtype) for f in SOFTSIGN)
        activations.activate(layer, 16, layer.pad, both, a, 6)
        activations.activate(layer, 0, 16, both, a, 6)
        a = unguarded(a, 6, layer.pad)
        np.testing.assert_array_equal(a[:n], wanted)
        assert (a[n:] == 0).all()
        activations.differentiate(layer, 16, layer.pad, 1.0, a, 0, both)
        activations.differentiate(layer, 0, 16, 1.0, a, 0, both)
        deltas = unguarded(both, 3, 2 * layer.pad)[layer.pad :]
        np.testing.assert_array_equal(deltas[:n], d[:n] * slope)
        assert (deltas[n:] == 0).all()


@DTYPES
def test_deltas_too_small_to_be_felt_are_taken_for_0(dtype: str) -> None:
    tiny = FLUSHED[dtype]
    deltas = np.array([tiny / 2, -tiny / 2, tiny, 1] * 4, dtype)
    activations.differentiate(a_layer(16, at=0)[0], 0, 16, 1.0, np.ones(16, dtype), 0, deltas)
    assert same_bits(deltas, np.array([0, 0, tiny, 1] * 4, dtype))
