"""Rows of data, transposed in registers."""

import numpy as np
import pytest

from tests.kernels.helpers import DTYPES, same_bits, twins

ORDER = np.array([99, 5, 2, 2, 7, 0, 1, 6, 3, 4, 8, 11, 10, 9, 13, 12, 15, 14])


def make(simd, compiled):
    transposed, store = simd.transposed, simd.store

    @compiled
    def float32(data, order, n, features, j, to):
        store(to, 16, transposed(data, order, 1, n, features, j, np.float32, to))

    @compiled
    def float64(data, order, n, features, j, to):
        store(to, 16, transposed(data, order, 1, n, features, j, np.float64, to))

    @compiled
    def uint8(data, order, n, features, j, room, to):
        simd.transpose_bytes(data, order, 1, n, features, j, room)
        for k in range(64):
            store(to, 16 * k, simd.byte_inputs(room, k))

    return {"float32": float32, "float64": float64}, uint8


@pytest.fixture(scope="module")
def both():
    return twins(make)


@DTYPES
@pytest.mark.parametrize("stored", ["float32", "float64"])
@pytest.mark.parametrize("n", [1, 5, 16])
def test_floats_are_transposed(both, n: int, stored: str, dtype: str) -> None:
    data = np.random.default_rng(0).normal(size=(16, 19)).astype(stored)
    data[2, 5], data[7] = -0.0, 0.0
    for floats, _ in both:
        for j in (0, 3):
            to = np.full(16 * 18, 7, dtype)
            floats[stored](data.reshape(-1).view(np.uint8), ORDER, n, 19, j, to)
            places = ORDER[1 + np.minimum(np.arange(16), n - 1)]
            wanted = data[places, j : j + 16].T.astype(dtype) + 0
            assert same_bits(to[16:-16], wanted.ravel())
            assert not np.signbit(to[to == 0]).any()
            assert (to[:16] == 7).all()
            assert (to[-16:] == 7).all()


@DTYPES
@pytest.mark.parametrize("n", [1, 5, 16])
def test_bytes_are_transposed_and_divided_by_255(both, n: int, dtype: str) -> None:
    data = np.random.default_rng(0).permutation(16 * 80).astype(np.uint8).reshape(16, 80)
    assert len(np.unique(data)) == 256
    for _, uint8 in both:
        for j in (0, 16):
            to, room = np.full(16 * 64, 7, dtype), np.full(16 * 64 // 4 + 8, 7, dtype)
            uint8(data.ravel(), ORDER, n, 80, j, room, to)
            places = ORDER[1 + np.minimum(np.arange(16), n - 1)]
            wanted = data[places, j : j + 64].T.astype(dtype) / np.dtype(dtype).type(255)
            assert same_bits(to, wanted.ravel())
            assert (room[-8:] == 7).all()
