"""exp and log on vectors, float32 or float64 from one source.

They use no libm, so their bits are the same on every CPU. They rest on exp(x) = 2**k * exp(r) with
x = k ln 2 + r, |r| <= ln(2) / 2, and on the Taylor series of exp(r), which ends where the next term
is lost in rounding.
"""

import math

from .jit import inline
from .simd import (
    constant,
    exponent,
    exponent_limit,
    fma,
    magnitude,
    nearest,
    power_of_two,
    select,
    series,
)

LOG2_E = 1 / math.log(2)
LN2_HIGH = 0.693359375  # few bits, so that k * LN2_HIGH is exact in float32
LN2_LOW = -2.121944400546905827679e-4  # ln 2 - LN2_HIGH

# (exp(r) - 1) / r = 1/1! + r/2! + r**2/3! + ...   and   atanh(s) / s = 1 + s**2/3 + s**4/5 + ...
expm1_series = series(lambda n: 1 / math.factorial(n + 1), float32=7, float64=13)
atanh_series = series(lambda n: 1 / (2 * n + 1), float32=5, float64=10)


@inline
def split(x):
    """(exp(r) - 1, 2**k) with x = k ln 2 + r; NaN stays NaN.

    x is clipped so that |k| <= 94 (766 in float64). Then exp(x), 1 / exp(x), and the product of
    either with a learning rate are normal numbers.
    """
    limit = exponent_limit(x) * (0.75 * math.log(2))
    x = select(x > limit, limit, x)
    x = select(x < 0.0 - limit, 0.0 - limit, x)
    k = nearest(x * LOG2_E)
    r = fma(k, constant(-LN2_LOW, x), fma(k, constant(-LN2_HIGH, x), x))
    return r * expm1_series(r), power_of_two(k)


@inline
def exp(x):
    """e**x; neither 0 nor infinity for any finite x (see split)."""
    p, scale = split(x)
    return fma(scale, p, scale)


@inline
def log(x):
    """Natural logarithm of normal x > 0 up to 2**126 (2**1022 in float64).

    It is k ln 2 + 2 atanh((m - 1) / (m + 1)) with x = m * 2**k.
    """
    k = exponent(x * math.sqrt(2))  # m lies between the square roots of 1/2 and 2
    m = x * power_of_two(0.0 - k)
    s = (m - 1.0) / (m + 1.0)
    small = fma(k, constant(LN2_LOW, x), (s + s) * atanh_series(s * s))
    return fma(k, constant(LN2_HIGH, x), small)


@inline
def flush(x):
    """x, or 0 where |x| < 2**-47 (2**-383 in float64).

    A factor so small in a gradient changes no weight. But products of two such factors are
    denormal numbers, on which many CPUs are a hundred times slower.
    """
    tiny = power_of_two(nearest(exponent_limit(x) * (-0.375)))
    return select(magnitude(x) < tiny, constant(0.0, x), x)
