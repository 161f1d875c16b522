"""Weights in few bits: the nearest that there are, exactly, whatever their sizes."""

import numpy as np
import pytest

from fastnet.model.rounding import as_float16, as_int8, rounded

DTYPES = pytest.mark.parametrize("dtype", ["float32", "float64"])


def weights(dtype: str) -> np.ndarray:
    """Columns of all sizes, the last ones odd."""
    chance = np.random.default_rng(0)
    array = (chance.normal(size=(50, 30)) * 10.0 ** chance.integers(-30, 37, 30)).astype(dtype)
    array[:, 25], array[:, 26] = 0, np.where(chance.random(50) < 0.5, 0, -0.0)
    array[:, 27], array[:, 28] = np.finfo(dtype).max, -np.finfo(dtype).max
    array[:, 29] = np.finfo(dtype).smallest_subnormal * chance.integers(-100, 100, 50)
    return array


@DTYPES
def test_int8_is_the_nearest_of_255_levels(dtype):
    given = weights(dtype)
    values, scales = as_int8(given)
    assert values.dtype == np.int8 and scales.dtype == dtype and scales.shape == (30,)
    assert (scales > 0).all() and np.isfinite(scales).all()
    assert np.abs(values).max(0).tolist() == [127] * 25 + [0, 0, 127, 127] + [99]
    error = np.abs(as_int8(given).restored(dtype) - given)
    assert (error <= np.maximum(scales * (0.5 + 2e-3), 0)).all()


@DTYPES
def test_a_product_of_value_and_scale_is_exact(dtype):
    """In any order and precision of a consumer: float32's for those within its range."""
    rounded = as_int8(weights(dtype))
    wide = rounded.values.astype(np.longdouble) * rounded.scales.astype(np.longdouble)
    assert np.array_equal(rounded.restored(dtype), wide)
    small = as_int8(weights("float32").astype(dtype)[:, :25])
    assert np.array_equal(small.scales.astype("f4"), small.scales)
    assert np.array_equal(small.restored("f4"), small.restored(dtype))


@DTYPES
@pytest.mark.parametrize("to", ["float16", "int8"])
def test_rounding_again_changes_nothing(dtype, to):
    given = weights(dtype)
    if to == "float16":
        given = np.clip(given, -65504, 65504)
    once = rounded(given, to).restored(dtype)
    assert once.dtype == dtype and np.isfinite(once).all()
    assert np.array_equal(rounded(once, to).restored(dtype), once)


@DTYPES
def test_float16_is_the_nearest(dtype):
    given = np.array([[1 + 2**-11, 1 + 3 * 2**-11, 2**-24, 2**-25, -1e-30, 65519.9]], dtype)
    wanted = [[1, 1 + 2**-9, 2**-24, 0, 0, 65504]]
    assert as_float16(given).values.dtype == np.float16
    assert as_float16(given).restored(dtype).tolist() == wanted


@DTYPES
def test_float16_overflows(dtype):
    with pytest.raises(ValueError, match="weights: 65520 is beyond float16's 65504, wanted 'int8'"):
        as_float16(np.array([[1, -65520]], dtype))


def test_other_types():
    with pytest.raises(ValueError, match="weights: 'int4', wanted one of float16, int8"):
        rounded(np.zeros((2, 2), "f4"), "int4")
