"""Lane by lane: the compiled operations against their NumPy bodies, fma against exact fractions."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastnet.kernels import simd
from fastnet.kernels.jit import kernel
from tests.kernels.helpers import DTYPES, PLAIN, twins

OPERATIONS = [
    "x + y", "x - y", "x * y", "x / y", "x < y", "x > y", "x == y",
    "x + 1.5", "2 - x", "x * 3.25", "1.0 / x", "x < 0.5", "one + y", "y / one", "x > one",
    "magnitude", "select", "select(one)", "splat", "constant", "nearest", "power_of_two",
    "exponent", "exponent_limit", "series",
]  # fmt: skip


def elementwise(count: int):
    """The function that writes the results of OPERATIONS on `count` groups one after the other."""

    def make(simd, compiled):
        load, store, select, splat = simd.load, simd.store, simd.select, simd.splat
        magnitude, constant, nearest, zeros = (
            simd.magnitude,
            simd.constant,
            simd.nearest,
            simd.zeros,
        )
        power_of_two, exponent, limit = simd.power_of_two, simd.exponent, simd.exponent_limit
        series = simd.series(lambda n: 1 / (n + 1), float32=5, float64=8)
        n = 16 * count

        @compiled
        def operations(a, b, c, out):
            x, y, k = load(a, 0, count), load(b, 0, count), load(c, 0, count)
            one, yes, no = load(b, 16, 1), constant(1.0, a), zeros(a, count, 1)
            store(out, 0 * n, x + y)
            store(out, 1 * n, x - y)
            store(out, 2 * n, x * y)
            store(out, 3 * n, x / y)
            store(out, 4 * n, select(x < y, yes, no))
            store(out, 5 * n, select(x > y, yes, no))
            store(out, 6 * n, select(x == y, yes, no))
            store(out, 7 * n, x + 1.5)
            store(out, 8 * n, 2 - x)
            store(out, 9 * n, x * 3.25)
            store(out, 10 * n, 1.0 / x)
            store(out, 11 * n, select(x < 0.5, yes, no))
            store(out, 12 * n, one + y)
            store(out, 13 * n, y / one)
            store(out, 14 * n, select(x > one, yes, no))
            store(out, 15 * n, magnitude(x))
            store(out, 16 * n, select(x < y, x, y))
            store(out, 17 * n, select(one < 0.5, x, one))
            store(out, 18 * n, splat(a[1]) + no)
            store(out, 19 * n, constant(1 / 3, x) + constant(1, a) + no)
            store(out, 20 * n, nearest(k * 0.37) + 0.0)
            store(out, 21 * n, power_of_two(k))
            store(out, 22 * n, exponent(power_of_two(k) * 1.7))
            store(out, 23 * n, limit(x) + no)
            store(out, 24 * n, series(magnitude(k) * 0.001))

        return operations

    return make


@pytest.fixture(params=[1, 4], scope="module")
def both(request: pytest.FixtureRequest):
    """The operations on so many groups: compiled, and of NumPy."""
    return request.param, twins(elementwise(request.param))


@DTYPES
def test_operations_are_their_numpy_bodies(both, dtype: str) -> None:
    count, functions = both
    n = 16 * count
    rng = np.random.default_rng(0)
    info = np.finfo(dtype)
    special = [
        0,
        -0.0,
        1,
        -1,
        np.inf,
        -np.inf,
        np.nan,
        info.max,
        info.tiny,
        info.smallest_subnormal,
    ]
    limit = -int(info.minexp)
    for _ in range(20):
        a, b = (
            np.where(rng.random(32 + n) < 0.3, rng.choice(special, 32 + n), rng.normal(size=32 + n))
            .astype(dtype)
            for _ in range(2)
        )  # fmt: skip
        c = rng.integers(-limit, limit + 1, n).astype(dtype)
        results = []
        for function in functions:
            out = np.full(len(OPERATIONS) * n, np.nan, dtype)
            function(a, b, c, out)
            results.append(out.reshape(-1, n))
        for name, compiled, plain in zip(OPERATIONS, *results, strict=True):
            if name == "series" and dtype == "float64":  # there the plain fma rounds twice
                np.testing.assert_allclose(compiled, plain, rtol=8 * info.eps)
            else:
                np.testing.assert_array_equal(compiled, plain, name)
                signs = ~np.isnan(plain)
                assert (np.signbit(compiled) == np.signbit(plain))[signs].all(), name


def test_a_vector_of_one_dtype_does_not_meet_another() -> None:
    if PLAIN:
        return  # NumPy would convert

    @kernel
    def mixed(x, y):
        simd.store(x, 0, simd.load(x, 0, 1) + simd.load(y, 0, 1))

    with pytest.raises(Exception, match="No implementation of function"):
        mixed(np.zeros(16, np.float32), np.zeros(16))


# Multiply and add, rounded once ---------------------------------------------------------------


@kernel
def fma_each(x, y, z, out):
    for i in range(0, len(x), 16):
        simd.store(out, i, simd.fma(simd.load(x, i, 1), simd.load(y, i, 1), simd.load(z, i, 1)))


def rounded(exact: Fraction, dtype: str) -> float:
    """The number of that dtype nearest to a fraction, the even one of two."""
    info = np.finfo(dtype)
    if exact == 0:
        return 0.0
    exponent = math.frexp(float(exact))[1] - 1 if float(exact) else info.minexp
    if abs(exact) < Fraction(2) ** exponent:  # float() had rounded it up to a power of two
        exponent -= 1
    unit = Fraction(2) ** (max(exponent, int(info.minexp)) - info.nmant)
    whole = round(exact / unit) * unit  # round() of a Fraction is to the even one
    return float(whole) if abs(whole) <= info.max else math.copysign(math.inf, exact)


def check_fma(x, y, z, dtype: str) -> None:
    room = -len(x) % 16
    x, y, z = (np.append(v, np.zeros(room)).astype(dtype) for v in (x, y, z))
    out = np.full(len(x), np.nan, dtype)
    fma_each(x, y, z, out)
    for a, b, c, got in zip(x.tolist(), y.tolist(), z.tolist(), out.tolist(), strict=True):
        assert got == rounded(Fraction(a) * Fraction(b) + Fraction(c), dtype), (a, b, c)


# The NumPy body of fma rounds once in float32 only.
ROUNDS_ONCE = ["float32"] if PLAIN else ["float32", "float64"]
NUMBERS = st.floats(width=32, allow_nan=False, allow_infinity=False)


@given(st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS), min_size=1, max_size=16))
def test_fma_rounds_once(triples) -> None:
    for dtype in ROUNDS_ONCE:
        check_fma(*np.array(triples).T, dtype=dtype)


@pytest.mark.parametrize("dtype", ROUNDS_ONCE)
def test_fma_rounds_once_where_twice_would_show(dtype: str) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 2000)).astype(dtype)
    check_fma(x, y, -(x * y), dtype)  # what is left is the rounding error of x * y
    # Close to the middle between two neighbours: a double rounding falls to the even one.
    eps = np.finfo(dtype).eps
    ones = np.ones(64)
    tiny = np.ldexp(rng.choice([-1.0, 1.0], 64), rng.integers(-100, -20, 64))
    odd = 1 + eps * rng.integers(0, 100, 64)
    check_fma(1 + eps * ones, 1 - eps / 2 * ones, odd, dtype)
    check_fma(tiny, ones, odd, dtype)
    check_fma(odd, eps / 2 * ones, odd, dtype)
    check_fma(odd * np.finfo(dtype).tiny, odd, tiny * np.finfo(dtype).tiny, dtype)  # denormal


@DTYPES
def test_fma_of_infinity_and_nan(dtype: str) -> None:
    inf, nan = np.inf, np.nan
    x = np.array([inf, -inf, inf, 1, nan, 1, 1, np.finfo(dtype).max] * 2, dtype)
    y = np.array([1, 2, 0, inf, 1, nan, 1, 2] * 2, dtype)
    z = np.array([1, 1, 1, -inf, 1, 1, nan, 0] * 2, dtype)
    out = np.zeros(16, dtype)
    fma_each(x, y, z, out)
    np.testing.assert_array_equal(out, [inf, -inf, nan, nan, nan, nan, nan, inf] * 2)
