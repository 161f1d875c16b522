"""Between memory and vectors."""

import numpy as np
import pytest
from numba.core import config

from fastnet.kernels import simd
from fastnet.kernels.jit import c_function, kernel
from tests.functions import swish
from tests.kernels.helpers import DTYPES, PLAIN, copy_of_kernels, same_bits, twins

checked_kernels = copy_of_kernels("checked_kernels")
usual_kernels = copy_of_kernels("usual_kernels")


def make(simd, compiled):
    load, store, load_rows, splat_rows = simd.load, simd.store, simd.load_rows, simd.splat_rows
    zeros, get, put, raw, splat = simd.zeros, simd.get, simd.put, simd.raw, simd.splat
    learn_row, prefetch, load_head = simd.learn_row, simd.prefetch, simd.load_head

    @compiled
    def by_name(x, index, w, out):
        store(out, 0, load(x, 3, 2))
        store(out, 32, load_rows(x, 7, 32, index, 1, 2, 2))
        store(out, 96, splat_rows(x, 4, 2, 2))
        store(out, 160, zeros(x, 1, 2))
        put(out, 192, get(x, 9))
        put(out, 193, 7)
        store(out, 208, learn_row(w, 1, splat(get(x, 0)), load(x, 0, 3)))
        for n in range(1, 19):
            store(out, 208 + 16 * n, load_head(x, len(x) - n, n))

    @compiled
    def by_address(x, index, w, out):
        x, index, w, out, length = raw(raw(x)), raw(index), raw(w), raw(out), len(x)
        store(out, 0, load(x, 3, 2))
        store(out, 32, load_rows(x, 7, 32, index, 1, 2, 2))
        store(out, 96, splat_rows(x, 4, 2, 2))
        store(out, 160, zeros(x, 1, 2))
        put(out, 192, get(x, 9))
        put(out, 193, 7)
        prefetch(x, 3)
        prefetch(x, 10**12)  # no memory is there
        store(out, 208, learn_row(w, 1, splat(get(x, 0)), load(x, 0, 3)))
        for n in range(1, 19):
            store(out, 208 + 16 * n, load_head(x, length - n, n))

    return by_name, by_address


@pytest.fixture(scope="module")
def every_way():
    return [function for pair in twins(make) for function in pair]


@DTYPES
def test_loads_and_stores(every_way, dtype: str) -> None:
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=200).astype(dtype), rng.integers(-9, 9, 60).astype(dtype)
    x[:48] = rng.integers(-9, 9, 48)  # so that learn_row is exact, in whatever order
    index = np.array([9, 4, 2, 9], np.int32)
    for function in every_way:
        changed, out = w.copy(), np.full(520, np.nan, dtype)
        function(x, index, changed, out)
        assert same_bits(out[:32], x[3:35])
        assert same_bits(out[32:96], np.concatenate([x[7 + 32 * r :][:32] for r in (4, 2)]))
        assert same_bits(out[96:160], np.repeat(x[4:6], 32))
        assert same_bits(out[160:192], np.zeros(32, dtype))
        assert out[192:194].tolist() == [x[9], 7]
        assert np.isnan(out[194:208]).all()
        products = (w[1:49] * x[:48]).reshape(3, 16)
        assert same_bits(out[208:224], products.sum(axis=0))
        assert same_bits(changed[1:49], w[1:49] + x[0] * x[:48])
        assert same_bits(np.delete(changed, slice(1, 49)), np.delete(w, slice(1, 49)))
        heads = out[224:512].reshape(18, 16)
        for n in range(1, 19):
            head = x[len(x) - n :][:16]
            assert same_bits(heads[n - 1], np.append(head, np.zeros(16 - len(head), dtype)))
        assert np.isnan(out[512:]).all(), "nothing is written behind the last store"


@pytest.mark.parametrize("stored", [np.float32, np.float64])
@DTYPES
def test_numbers_among_bytes(stored, dtype: str) -> None:
    @kernel
    def read(data, i, out):
        simd.store(out, 0, simd.numbers(data, i, stored, out))
        out[16] = simd.number(data, i + 8, stored)

    x = np.random.default_rng(0).normal(size=20).astype(stored)
    size = x.itemsize
    data = np.frombuffer(b"abc" + x.tobytes(), np.uint8)  # not aligned, and read-only
    out = np.zeros(17, dtype)
    read(data, 3 + 2 * size, out)
    assert same_bits(out[:16], x[2:18].astype(dtype))
    assert out[16] == x[2 + 8 // size].astype(dtype)


OUTSIDE = {
    "load": lambda simd, x, n: simd.load(x, n - 15, 1),
    "load 2": lambda simd, x, n: simd.load(x, n - 31, 2),
    "load below": lambda simd, x, n: simd.load(x, n - n - 1, 1),
    "load_head": lambda simd, x, n: simd.load_head(x, n - 3, 4),
    "store": lambda simd, x, n: simd.store(x, n - 15, simd.zeros(x, 1, 1)),
    "get": lambda simd, x, n: simd.get(x, n),
    "put": lambda simd, x, n: simd.put(x, n, 1.0),
    "load_rows": lambda simd, x, n: simd.load_rows(x, 0, 16, np.array([n // 16]), 0, 1, 1),
    "splat_rows": lambda simd, x, n: simd.splat_rows(x, n - 1, 1, 2),
    "learn_row": lambda simd, x, n: simd.learn_row(
        x, n - 15, simd.splat(simd.get(x, 0)), simd.zeros(x, 1, 1)
    ),
}


@pytest.mark.parametrize("name", OUTSIDE)
def test_with_bounds_checked_nothing_outside_is_touched(name, monkeypatch) -> None:
    """In a copy of simd, compiled as with NUMBA_BOUNDSCHECK=1: those in use may be without it."""
    simd = checked_kernels("simd")
    monkeypatch.setattr(config, "BOUNDSCHECK", 1)
    access = kernel(OUTSIDE[name])

    @kernel
    def touch(x):
        access(simd, simd.raw(x), len(x))

    x = np.ones(64, np.float32)
    with pytest.raises(AssertionError if PLAIN else IndexError):
        touch(x)
    assert (x == 1).all()


def doubling(simd, dtype):
    place, get, put = simd.place, simd.get, simd.put

    @kernel
    def double(address, n, i):
        array = place(address, n, dtype)
        put(array, i, get(array, i) * 2)

    return double


@DTYPES
def test_a_place_is_the_array_at_its_address(dtype: str, monkeypatch) -> None:
    """With bounds checked it has the length that is said."""
    x, n = np.arange(20).astype(dtype), np.int64(12)
    real = x.dtype.type
    for checked in (0, 1):
        simd = checked_kernels("simd") if checked else usual_kernels("simd")
        monkeypatch.setattr(config, "BOUNDSCHECK", checked)
        double = doubling(simd, real)
        double(x.ctypes.data, n, 11)
        assert x[11] == 22 * (checked + 1)
        if checked or PLAIN:
            with pytest.raises(AssertionError if PLAIN else IndexError):
                double(x.ctypes.data, n, 12)
            assert x[12] == 12


@kernel
def copy_rows(array, i, stride, index, k, to):
    rows = simd.load_rows(array, i, stride, index, k, 2, 4)
    simd.store_rows(to, i, stride, index, k, rows, 4)


@kernel
def spread_column(array, i, stride, index, k, to):
    simd.store(to, 0, simd.splat_column(array, i, stride, index, k, 2, 4))


@DTYPES
def test_rows_are_stored_where_they_are_loaded(dtype: str) -> None:
    array = np.arange(400).astype(dtype)
    index = np.array([9, 7, 0, 3, 3, 2], np.int32)
    to = np.full(400, -1, dtype)
    copy_rows(array, 5, 40, index, 1, to)
    wanted = np.full(400, -1, dtype)
    for row in (7, 0, 3):
        wanted[5 + 40 * row :][:32] = array[5 + 40 * row :][:32]
    assert same_bits(to, wanted)


@DTYPES
def test_a_column_is_spread(dtype: str) -> None:
    array = np.arange(400).astype(dtype)
    index, to = np.array([9, 7, 0, 3, 5], np.int32), np.full(4 * 32, -1, dtype)
    spread_column(array, 5, 40, index, 1, to)
    assert same_bits(to, np.repeat(array[[285, 5, 125, 205]], 32))


@DTYPES
def test_a_function_is_called_by_its_address(dtype: str) -> None:
    def make(simd, compiled):
        call, get = simd.call, simd.get
        return compiled(lambda address, x: call(address, get(x, 0)))

    address, owner = c_function(swish)
    for function in twins(make):
        for x in (0, -1.25, 3.7, 1e30, np.nan):
            x = np.array([x], dtype)
            assert same_bits(x.dtype.type(function(address, x)), x.dtype.type(swish(float(x[0]))))
    del owner
