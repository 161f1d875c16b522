"""Transfer functions against NumPy in higher precision: how many units in the last place."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastnet.kernels import activations, losses, maths, simd
from fastnet.kernels.jit import kernel
from tests.kernels.helpers import DTYPES, PLAIN

COUNT = 32 if PLAIN else 1  # groups at a time: the plain functions take many at once
STEP = 16 * COUNT
NAMES = [
    "exp", "log", "flush", "sigmoid", "sigmoid_prime", "tanh", "tanh_prime", "relu", "relu_prime",
    "softplus", "scaled_tanh", "scaled_tanh_prime", "leaky_relu", "leaky_relu_prime",
]  # fmt: skip
WIDER = {"float32": np.float64, "float64": np.longdouble}


@kernel
def every(x, out):
    """Write all functions of x (n,) to out (14 * n,), in the order of NAMES."""
    n = len(x)
    for i in range(0, n, STEP):
        v = simd.load(x, i, COUNT)
        simd.store(out, 0 * n + i, maths.exp(v))
        simd.store(out, 1 * n + i, maths.log(v))
        simd.store(out, 2 * n + i, maths.flush(v))
        simd.store(out, 3 * n + i, activations.sigmoid(v))
        simd.store(out, 4 * n + i, activations.sigmoid_prime(v))
        simd.store(out, 5 * n + i, activations.tanh(v))
        simd.store(out, 6 * n + i, activations.tanh_prime(v))
        simd.store(out, 7 * n + i, activations.relu(v))
        simd.store(out, 8 * n + i, activations.relu_prime(v))
        simd.store(out, 9 * n + i, losses.softplus(v))
        simd.store(out, 10 * n + i, activations.scaled_tanh(v))
        simd.store(out, 11 * n + i, activations.scaled_tanh_prime(v))
        simd.store(out, 12 * n + i, activations.leaky_relu(v))
        simd.store(out, 13 * n + i, activations.leaky_relu_prime(v))


def compute(name: str, x: np.ndarray) -> np.ndarray:
    """The kernels' function of x (n,)."""
    padded = np.append(x, np.ones(-len(x) % STEP, x.dtype)).astype(x.dtype)
    out = np.empty(len(NAMES) * len(padded), x.dtype)
    every(padded, out)
    return out.reshape(len(NAMES), -1)[NAMES.index(name)][: len(x)]


def grid(dtype: str) -> np.ndarray:
    """Numbers of all sizes up to where exp stays normal, dense near 0."""
    limit = {"float32": 65, "float64": 530}[dtype]
    rng = np.random.default_rng(0)
    parts = [
        np.linspace(-limit, limit, 20001),
        np.linspace(-1, 1, 20001),
        10.0 ** rng.uniform(-30, 0, 5000),
        -(10.0 ** rng.uniform(-30, 0, 5000)),
    ]
    return np.concatenate(parts).astype(dtype)


def positives(dtype: str) -> np.ndarray:
    """Normal numbers > 0 of all sizes up to 2**126 (2**1022), dense near 1."""
    low, high = np.log(np.finfo(dtype).tiny), -np.finfo(dtype).minexp * np.log(2)
    parts = [np.exp(np.linspace(low * 0.999, high, 20001)), np.linspace(0.5, 2, 20001)]
    return np.concatenate([*parts, 1 + np.linspace(-1e-3, 1e-3, 10001)]).astype(dtype)


# name: (function in higher precision, numbers, units in the last place). An operation is right to
# half a unit; a quotient or sum of two such is off by one or two, just above a power of 2 by twice
# that.
ACCURACY = {
    "exp": (np.exp, grid, 2),
    "sigmoid": (lambda z: 1 / (1 + np.exp(-z)), grid, 3),
    "tanh": (np.tanh, grid, 4),
    "scaled_tanh": (lambda z: 1.7159 * np.tanh(2 * z / 3), grid, 7),
    "leaky_relu": (lambda z: np.where(z < 0, z / 100, z), grid, 1),
    "log": (np.log, positives, 5),
}


@DTYPES
@pytest.mark.parametrize("name", ACCURACY)
def test_accuracy_in_units_of_the_last_place(name: str, dtype: str) -> None:
    exact, numbers, units = ACCURACY[name]
    x, wider = numbers(dtype), WIDER[dtype]
    want = exact(x.astype(wider))
    one = np.spacing(np.abs(want).astype(dtype)).astype(wider)
    if np.finfo(wider).eps >= np.finfo(dtype).eps:  # no wider float on this machine
        units += 1
    assert (np.abs(compute(name, x) - want) <= units * one).all()


@DTYPES
def test_softplus_is_right_to_some_eps_of_1_or_of_itself(dtype: str) -> None:
    x = grid(dtype)
    want = np.logaddexp(0, x.astype(WIDER[dtype]))
    assert (np.abs(compute("softplus", x) - want) <= 3 * np.finfo(dtype).eps * (1 + want)).all()


@DTYPES
def test_derivatives_are_those_of_the_textbook_to_the_bit(dtype: str) -> None:
    a = np.random.default_rng(0).uniform(-1, 1, 1000).astype(dtype)
    np.testing.assert_array_equal(compute("sigmoid_prime", a), a * (1 - a))
    np.testing.assert_array_equal(compute("tanh_prime", a), 1 - a * a)
    np.testing.assert_array_equal(compute("relu_prime", a), a > 0)
    leaky = np.where(a > 0, 1, a.dtype.type(0.01))
    np.testing.assert_array_equal(compute("leaky_relu_prime", a), leaky)
    np.testing.assert_array_equal(compute("relu", a), np.maximum(a, 0))


@DTYPES
@pytest.mark.parametrize("name", ["sigmoid", "tanh", "scaled_tanh", "relu", "leaky_relu"])
def test_derivatives_are_the_slopes(name: str, dtype: str) -> None:
    """The central difference is off by h**2 / 6 times the third derivative, and by eps / h."""
    h = {"float32": 2.0**-7, "float64": 2.0**-17}[dtype]
    z = ((np.arange(-500, 500) + 0.5) / 64).astype(dtype)  # by h or more off the corner of relu
    slope = (compute(name, z + z.dtype.type(h)) - compute(name, z - z.dtype.type(h))) / (2 * h)
    tolerance = 2 * h**2 / 6 + 8 * np.abs(z).max() * np.finfo(dtype).eps / h
    prime = compute(f"{name}_prime", compute(name, z))
    np.testing.assert_allclose(prime, slope, rtol=0, atol=tolerance)


@DTYPES
@pytest.mark.parametrize("name", ["exp", "sigmoid", "tanh", "scaled_tanh", "relu", "leaky_relu"])
def test_functions_never_fall(name: str, dtype: str) -> None:
    limit = {"float32": 80, "float64": 700}[dtype]
    for x in (np.linspace(-limit, limit, 10001), np.linspace(-1, 1, 10001)):
        assert (np.diff(compute(name, x.astype(dtype))) >= 0).all()


@DTYPES
def test_extremes(dtype: str) -> None:
    info = np.finfo(dtype)
    x = np.array([-np.inf, -info.max, -1e30, -1e3, 0, 1e3, 1e30, info.max, np.inf], dtype)
    down, up = x < 0, x > 0
    exp = compute("exp", x)
    assert (info.tiny < exp).all()
    assert (exp < info.max).all()
    assert (exp[down] < 1e-28).all()
    assert (exp[up] > 1e28).all()
    assert exp[4] == 1
    sigmoid = compute("sigmoid", x)
    assert (sigmoid[down] < 1e-28).all()
    assert (sigmoid[up] == 1).all()
    assert sigmoid[4] == 0.5
    np.testing.assert_array_equal(compute("tanh", x), np.sign(x))
    ends = compute("scaled_tanh", x)
    np.testing.assert_array_equal(ends, np.sign(x) * x.dtype.type(1.7159))
    assert (compute("scaled_tanh_prime", ends[ends != 0]) == 0).all()
    np.testing.assert_array_equal(compute("relu", x), np.maximum(x, 0))
    softplus = compute("softplus", x)
    np.testing.assert_array_equal(softplus[up], x[up])
    assert (softplus[down] == 0).all()
    assert compute("log", np.ones(1, dtype))[0] == 0


@DTYPES
def test_numbers_next_to_zero(dtype: str) -> None:
    info = np.finfo(dtype)
    x = np.array([1, 100, 2.0**20], dtype) * info.smallest_subnormal
    x = np.concatenate([x, -x, [info.tiny, -info.tiny, 0, -0.0]]).astype(dtype)
    assert (compute("exp", x) == 1).all()
    assert (compute("sigmoid", x) == 0.5).all()
    assert (np.abs(compute("tanh", x) - x) <= info.smallest_subnormal).all()
    np.testing.assert_array_equal(compute("relu", x), np.maximum(x, 0))
    np.testing.assert_array_equal(compute("relu_prime", x), x > 0)


@DTYPES
@pytest.mark.parametrize("name", [n for n in NAMES if n not in ("relu_prime", "leaky_relu_prime")])
def test_nan_stays_nan(name: str, dtype: str) -> None:
    assert np.isnan(compute(name, np.full(16, np.nan, dtype))).all()


@DTYPES
def test_flush_takes_away_what_is_too_small_to_be_felt(dtype: str) -> None:
    tiny = np.dtype(dtype).type({"float32": 2.0**-47, "float64": 2.0**-383}[dtype])
    below = np.nextafter(tiny, np.dtype(dtype).type(0))
    kept = np.array([tiny, -tiny, 1, -1, np.inf, -np.inf, np.finfo(dtype).max], dtype)
    np.testing.assert_array_equal(compute("flush", kept), kept)
    lost = np.array([below, -below, np.finfo(dtype).smallest_subnormal, 0], dtype)
    assert (compute("flush", lost) == 0).all()


@given(st.lists(st.floats(width=32, allow_nan=False), min_size=1, max_size=16))
def test_what_holds_for_any_number(numbers) -> None:
    for dtype in ("float32", "float64"):
        x, eps = np.array(numbers, dtype), np.finfo(dtype).eps
        sigmoid = compute("sigmoid", x)
        assert ((sigmoid >= 0) & (sigmoid <= 1)).all()
        assert (np.abs(sigmoid + compute("sigmoid", -x) - 1) <= 4 * eps).all()
        tanh = compute("tanh", x)
        assert (np.abs(tanh) <= 1).all()
        np.testing.assert_array_equal(compute("tanh", -x), -tanh)
        small = np.clip(x, -60, 60)
        assert (np.abs(compute("exp", small) * compute("exp", -small) - 1) <= 8 * eps).all()
        back = compute("log", compute("exp", small))
        assert (np.abs(back - small) <= 4 * eps * (1 + np.abs(small))).all()
