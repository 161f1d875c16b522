"""The list of a row's non-zeros: the same however the row is stored and whatever the CPU can do."""

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastnet.data.samples import Samples
from fastnet.kernels import samples, simd
from fastnet.kernels.codes import ROOM
from fastnet.kernels.jit import kernel
from tests.kernels.helpers import DTYPES, copy_of_kernels, few, same_bits, to_csr

GUARD = -7


def lister(samples, simd):
    """The kernel that lists a row, with arrays as its arguments."""

    @kernel
    def list_row(data, code, indptr, indices, byte_values, features, row, index, values, head):
        source = samples.Source(
            simd.raw(data), code, len(indptr) > 0, simd.raw(indptr), simd.raw(indices),
            simd.raw(byte_values), features,
        )  # fmt: skip
        samples.prefetch_row(source, row)
        return samples.nonzeros(source, row, samples.Lists(simd.raw(index), simd.raw(values)), head)

    return list_row


# A copy of the kernels is told that the CPU cannot pack bytes. (Plain Python says that it can.)
portable = copy_of_kernels("portable_kernels")
portable("samples").packs_bytes = numba.njit(lambda: False)
LISTERS = {
    "as this CPU can": lister(samples, simd),
    "portable": lister(portable("samples"), portable("simd")),
}
EACH_LISTER = pytest.mark.parametrize("how", LISTERS)


def check_rows(how: str, X, numbers: np.ndarray, dtype: str) -> None:
    """The rows of X are listed as the non-zeros of these numbers; nothing else is written."""
    rows, _ = Samples(X, np.dtype(dtype)).take(np.arange(len(numbers)))
    byte_values = (np.arange(256) / 255).astype(dtype)
    features = numbers.shape[1]
    room = features + ROOM
    for row, wanted in enumerate(numbers.astype(dtype)):
        index, values = np.full(room + 99, GUARD, np.int32), np.full(room + 99, GUARD, dtype)
        head, room = row % 3 * 8, room + row % 3 * 8
        lists = index[:room], values[:room]
        n = LISTERS[how](*rows, byte_values, features, row, *lists, head) - head
        assert (index[:head] == GUARD).all()
        assert (values[:head] == GUARD).all()
        index, values, room = index[head:], values[head:], room - head
        (k,) = np.nonzero(wanted)
        assert n == -(-len(k) // 8) * 8
        filled = np.zeros(n - len(k))
        np.testing.assert_array_equal(index[:n], np.append(k, filled))
        assert same_bits(values[:n], np.append(wanted[k], filled).astype(dtype))
        assert (index[room:] == GUARD).all()
        assert (values[room:] == GUARD).all()


def a_row_of_each_kind(features: int, seed: int = 0) -> np.ndarray:
    """Bytes: no zeros, all zeros, a few non-zeros, many, only the first, only the last."""
    rng = np.random.default_rng(seed)
    rows = rng.integers(1, 256, (6, features), np.uint8)
    rows[1] = 0
    rows[2] *= rng.random(features) < 0.1
    rows[3] *= rng.random(features) < 0.7
    rows[4, 1:] = 0
    rows[5, :-1] = 0
    return rows


@EACH_LISTER
@DTYPES
@pytest.mark.parametrize("features", [1, 3, 15, 16, 17, 63, 64, 65, 100, 127, 128, 200, 784])
def test_lists_are_the_non_zeros(features: int, dtype: str, how: str) -> None:
    rows = a_row_of_each_kind(features)
    numbers = rows / np.dtype(dtype).type(255)
    check_rows(how, rows, numbers, dtype)
    check_rows(how, to_csr(rows), numbers, dtype)
    for stored in ("float32", "float64"):
        numbers = (rows / 100 - 1).astype(stored) * (rows > 0)
        check_rows(how, numbers, numbers, dtype)
        check_rows(how, to_csr(numbers), numbers, dtype)


@EACH_LISTER
@DTYPES
@pytest.mark.parametrize("features", few([65_535, 65_536, 65_537, 65_600, 131_090], 2))
def test_wide_rows_are_listed(features: int, dtype: str, how: str) -> None:
    """Of more features than 16 bits can number."""
    rows = a_row_of_each_kind(features)
    check_rows(how, rows, rows / np.dtype(dtype).type(255), dtype)


@EACH_LISTER
@DTYPES
def test_zeros_that_are_stored_are_left_out(dtype: str, how: str) -> None:
    rows = a_row_of_each_kind(100)
    stored = np.random.default_rng(1).random(rows.shape) < 0.8
    numbers = rows / np.dtype(dtype).type(255) * stored
    check_rows(how, to_csr(rows * stored, stored), numbers, dtype)
    check_rows(how, to_csr(-numbers, stored), -numbers, dtype)  # with zeros of either sign


@EACH_LISTER
def test_what_is_0_in_the_dtype_is_left_out(how: str) -> None:
    """Non-zero doubles, some too small for a float32."""
    numbers = np.array([[1e-30, 1e-60, -1e-60, 5e-324, 1, 0, -0.0] * 5])
    assert (numbers.astype(np.float32) != 0).sum() == 10
    for dtype in ("float32", "float64"):
        check_rows(how, numbers, numbers, dtype)
        check_rows(how, to_csr(numbers), numbers, dtype)


@given(
    bytes_=st.binary(min_size=1, max_size=200),
    mask=st.integers(0, 2**200 - 1),
    how=st.sampled_from(list(LISTERS)),
)
def test_any_row(bytes_: bytes, mask: int, how: str) -> None:
    row = np.frombuffer(bytes_, np.uint8)[None].copy()
    row[0, [k for k in range(row.size) if mask >> k & 1]] = 0
    check_rows(how, row, row / np.float32(255), "float32")
    check_rows(how, to_csr(row), row / np.float32(255), "float32")
