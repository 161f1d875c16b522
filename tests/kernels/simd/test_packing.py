"""Numbers that are not zero."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastnet.kernels import simd
from fastnet.kernels.jit import kernel
from tests.kernels.helpers import DTYPES, same_bits

ALL = 2**64 - 1


@kernel
def pack(data, i, j, chosen, index, values, n, room, m):
    return simd.pack_bytes(data, i, j, chosen, (index, values), n, room, m)


@kernel
def unpack(index, values, n, room, m, first):
    for k in range(0, m, 16):
        simd.unpack_bytes((index, values), n, room, k, first)


@kernel
def nonzero(data, i):
    return simd.nonzero_bytes(data, i)


def check_pack(data: np.ndarray, i: int, j: int, chosen: int, n: int, m: int, dtype: str) -> None:
    """What is appended is what NumPy finds; only the promised room is written to."""
    room, guard = 256, 8
    index = np.full(n + room + guard, -7, np.int32)
    values = np.full(n + room + guard, -7, dtype)
    positions, packed = (
        x[n : n + room].view(kind)[-room:] for x, kind in ((index, np.uint16), (values, np.uint8))
    )
    positions[:m], packed[:m] = 60_000 + np.arange(m), np.arange(m) % 255 + 1
    length = pack(data, i, j, np.uint64(chosen), index, values, n, room, m)
    k = np.array([k for k in range(64) if data[i + k] and chosen >> k & 1], int)
    assert length == m + len(k)
    wanted = np.append(60_000 + np.arange(m), j + k), np.append(np.arange(m) % 255 + 1, data[i + k])
    assert (positions[:length] == wanted[0]).all()
    assert (packed[:length] == wanted[1]).all()

    unpack(index, values, n, room, length, 100_000)
    assert (index[n : n + length] == 100_000 + wanted[0]).all()
    numbers = wanted[1].astype(dtype) / np.dtype(dtype).type(255)
    assert same_bits(values[n : n + length], numbers)
    for guarded in (index, values):
        assert (guarded[:n] == -7).all()
        assert (guarded[n + room :] == -7).all()


@DTYPES
def test_every_byte_is_its_255th_exactly_rounded(dtype: str) -> None:
    """x * high + x * low, rounded once, is the division's own result: for all 256 bytes."""
    every = np.arange(256, dtype=np.uint8)
    for start in range(0, 256, 64):
        check_pack(every, start, start, ALL, 5, 0, dtype)


@pytest.mark.parametrize("density", [0, 0.1, 0.5, 1])
@DTYPES
def test_chosen_bytes_are_packed(density: float, dtype: str) -> None:
    """Into empty lists, into such with entries, and so that they are full."""
    rng = np.random.default_rng(0)
    for m in (0, 1, 100, 191, 192):
        data = rng.integers(1, 256, 80, np.uint8) * (rng.random(80) < density).astype(np.uint8)
        for chosen in (ALL, ALL << 17 & ALL, 0, int(rng.integers(0, 2**63))):
            i, j, n = (int(rng.integers(most)) for most in (17, 2**16 - 64, 9))
            check_pack(data, i, j, chosen, n, m, dtype)


def test_bytes_before_the_first_position_are_not_chosen() -> None:
    """The last 64 bytes of a row's last piece may begin before the piece."""
    data = np.arange(1, 65, dtype=np.uint8)
    for before in (1, 30, 63):
        check_pack(data, 0, -before, ALL << before & ALL, 0, 3, "float32")


@given(st.binary(min_size=64, max_size=70), st.integers(0, ALL), st.integers(0, 6))
def test_any_bytes_are_packed(given, chosen: int, i: int) -> None:
    data = np.frombuffer(given, np.uint8)
    check_pack(data, min(i, len(data) - 64), 0, chosen, 0, 0, "float32")


@kernel
def pack_group(x, j, index, values, n):
    return simd.pack_numbers(simd.load(x, 0, 1), j, (index, values), n)


@DTYPES
@given(chosen=st.integers(0, 2**16 - 1), n=st.integers(0, 9), special=st.integers(0, 15))
def test_numbers_are_packed(dtype: str, chosen: int, n: int, special: int) -> None:
    """-0 is 0; NaN and the smallest numbers are not."""
    x = np.where([chosen >> k & 1 for k in range(16)], np.arange(1, 17), 0).astype(dtype)
    tiny = np.finfo(dtype).smallest_normal
    x[special] = [0.0, -0.0, np.nan, np.inf, -np.inf, tiny, -tiny][special % 7]
    index = np.full(n + 16 + 8, -7, np.int32)
    values = np.full(n + 16 + 8, -7, dtype)
    length = pack_group(x, 1000, index, values, n)
    (k,) = np.nonzero(x)
    assert length == n + len(k)
    assert (index[n:length] == 1000 + k).all()
    assert same_bits(values[n:length], x[k])
    for guarded in (index, values):
        assert (guarded[:n] == -7).all()
        assert (guarded[n + 16 :] == -7).all()


@given(st.binary(min_size=64, max_size=64))
def test_nonzero_bytes(given) -> None:
    data = np.frombuffer(given, np.uint8)
    assert nonzero(data, 0) == sum(1 << k for k in range(64) if data[k])


def test_a_cpu_either_packs_bytes_or_does_not() -> None:
    @kernel
    def answer():
        return simd.packs_bytes()

    assert answer() in (True, False)
