"""Across lanes and groups: the order of every sum, and masks as bits."""

import numpy as np
import pytest

from fastnet.kernels import simd
from fastnet.kernels.jit import kernel
from tests.kernels.helpers import DTYPES, same_bits, twins


def halves(x):
    """Sum by folding half onto half: the order that the kernels' sums have."""
    while len(x) > 1:
        x = x[: len(x) // 2] + x[len(x) // 2 :]
    return x[0]


def make(simd, compiled):
    load, store, put, fold, total = simd.load, simd.store, simd.put, simd.fold, simd.total
    largest, fold_groups = simd.largest, simd.fold_groups

    @compiled
    def four(x, i):
        left = fold(load(x, i, 1), load(x, i + 64, 1), 2)
        return fold(left, fold(load(x, i + 128, 1), load(x, i + 192, 1), 2), 4)

    @compiled
    def sums(x, out):
        """Totals of 16 groups; the same by folding; largest; the groups' sums in one, in two."""
        for i in range(16):
            put(out, i, total(load(x, 16 * i, 1)))
            put(out, 32 + i, largest(load(x, 16 * i, 1)))
        left = fold(four(x, 0), four(x, 16), 8)
        store(out, 16, fold(left, fold(four(x, 32), four(x, 48), 8), 16))
        store(out, 48, fold_groups(load(x, 0, 8), 1))
        store(out, 64, fold_groups(load(x, 0, 8), 2))
        store(out, 96, fold_groups(load(x, 0, 6), 3))

    return sums


@pytest.fixture(scope="module")
def both():
    return twins(make)


@kernel
def rotate(x, to):
    simd.store(to, 0, simd.rotations(simd.load(x, 0, 1), 8))


@DTYPES
def test_rotations(dtype: str) -> None:
    x, to = np.arange(16).astype(dtype), np.zeros(8 * 16, dtype)
    rotate(x, to)
    assert to.reshape(8, 16).tolist() == [[(j + d) % 16 for j in range(16)] for d in range(1, 9)]


@DTYPES
def test_sums_have_one_order(both, dtype: str) -> None:
    x = np.random.default_rng(0).normal(size=(16, 16)).astype(dtype) * 10
    for function in both:
        out = np.zeros(144, dtype)
        function(x.ravel(), out)
        totals = np.array([halves(group) for group in x])
        assert same_bits(out[:16], totals)
        assert same_bits(out[16:32], totals), "a tree of folds is the totals"
        assert same_bits(out[32:48], x.max(axis=1))
        assert same_bits(out[48:64], halves(x[:8]))
        assert same_bits(out[64:96], (x[:2] + x[4:6] + (x[2:4] + x[6:8])).ravel())
        assert same_bits(out[96:], (x[:3] + x[3:6]).ravel())


@kernel
def masks(numbers, flags, out):
    """For each number: the mask below it, the lane it names; the flags as bits, and the lowest."""
    for i in range(len(numbers)):
        out[i, 0] = simd.bits(simd.lanes_below(numbers[i]))
        out[i, 1] = simd.bits(simd.lane(numbers[i]))
    for i in range(len(flags) // 16):
        mask = simd.bits(simd.load(flags, 16 * i, 1) > 0.0)
        out[i, 2] = mask
        out[i, 3] = simd.lowest_bit(mask)


@DTYPES
def test_masks_and_their_bits(dtype: str) -> None:
    numbers = np.arange(-20, 44)
    flags = (np.random.default_rng(0).random((64, 16)) < 0.2).astype(dtype)
    flags[0], flags[1] = 0, 1
    out = np.zeros((64, 4), np.int64)
    masks(numbers, flags.ravel(), out)
    assert out[:, 0].tolist() == [2 ** int(np.clip(n, 0, 16)) - 1 for n in numbers]
    assert out[:, 1].tolist() == [1 << int(n) if 0 <= n < 16 else 0 for n in numbers]
    assert out[:, 2].tolist() == [sum(1 << int(i) for i in np.flatnonzero(row)) for row in flags]
    assert out[:, 3].tolist() == [[*np.flatnonzero(row), 64][0] for row in flags]


@kernel
def lowest(mask):
    return simd.lowest_bit(mask)


def test_lowest_bit_of_each_place() -> None:
    rng = np.random.default_rng(0)
    for place in range(64):
        above = int(rng.integers(0, 2**63)) << (place + 1)
        assert lowest(np.uint64((1 << place | above) & (2**64 - 1))) == place
    assert lowest(np.uint64(0)) == 64
