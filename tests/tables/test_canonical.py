"""The canonical order of rows: by their contents, wherever they stand and whatever holds them."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import coo_array, csr_array

from fastnet.tables import Table
from fastnet.tables.canonical import canonical_order, row_hashes
from fastnet.tables.frames import table_of
from fastnet.tables.table import Numbers, Words
from tests.tables.helpers import contents, many

N = 200
RNG = np.random.default_rng(0)
X = RNG.integers(-2, 3, (N, 4)) * 0.5  # with rows that are equal
Y = RNG.integers(0, 2, N)


def test_the_order_is_one_of_all_rows_and_does_not_depend_on_where_they_stand():
    order = canonical_order(X, Y)
    assert order.dtype == np.int64 and sorted(order) == [*range(N)]
    mixed = RNG.permutation(N)
    other = mixed[canonical_order(X[mixed], Y[mixed])]
    assert (X[order] == X[other]).all() and (Y[order] == Y[other]).all()


def test_equal_rows_are_neighbours_and_stay_in_their_order():
    both = np.column_stack([X, Y])
    order = canonical_order(X, Y)
    new = (np.diff(both[order], axis=0) != 0).any(axis=1)
    assert new.sum() + 1 == len(np.unique(both, axis=0)) < N
    assert (np.diff(order)[~new] > 0).all()


@given(st.lists(st.integers(0, 3), min_size=5, max_size=5), st.randoms())
def test_rows_are_sorted_with_their_weights_as_they_are_repeated(weights, random):
    rows = [random.randrange(4) for _ in weights]
    x, w = np.array(rows)[:, None] / 4, np.array(weights)
    if not w.any():
        return
    order = canonical_order(x)
    repeated = x.repeat(w, axis=0)
    mixed = np.array(random.sample(range(len(repeated)), len(repeated)))
    again = repeated[mixed][canonical_order(repeated[mixed])]
    assert x[order].repeat(w[order]).tolist() == again.ravel().tolist()


def test_equal_rows_are_in_the_order_of_their_weights():
    order = canonical_order([[1.0], [2], [1], [1]], weights=[0.5, 1, 0.25, 3])
    assert [k for k in order if k != 1] == [2, 0, 3]


@pytest.mark.parametrize("dtype", ["float32", "int8", "float16", ">f8", "longdouble"])
def test_equal_numbers_have_equal_hashes(dtype):
    whole = RNG.integers(-9, 9, (50, 3))
    assert (row_hashes(whole.astype(dtype)) == row_hashes(whole * 1.0)).all()


def test_zeros_and_missing_values_are_equal():
    nan = np.array([0xFFF8000000000001, 0x7FF8000000000000], np.uint64).view(float)
    rows = np.array([[0.0, nan[0]], [-0.0, nan[1]], [0.0, 1.0]])
    one, same, other = row_hashes(rows)
    assert one == same != other
    assert rows.view(np.uint64)[0, 1] == 0xFFF8000000000001  # the caller's, unchanged


@pytest.mark.parametrize("form", [csr_array, coo_array])
def test_sparse_rows_are_as_dense_ones(form):
    assert canonical_order(form(X), Y).tolist() == canonical_order(X, Y).tolist()
    assert (row_hashes(csr_array(X)) == row_hashes(X)).all()
    stored = csr_array((np.array([0.0, 2, 3, -1]), [1, 0, 0, 1], [0, 1, 2, 4]), (3, 2))
    assert (row_hashes(stored) == row_hashes(stored.toarray())).all()
    unsorted = csr_array((np.array([3.0, -1, 1]), [1, 0, 0], [0, 3]), (1, 2))  # 0 comes twice
    assert canonical_order(unsorted).tolist() == [0]


def test_a_table_of_numbers_is_as_its_array():
    table = table_of(pd.DataFrame(X, columns=list("abcd")))
    assert (row_hashes(table) == row_hashes(X)).all()
    assert canonical_order(table, Y).tolist() == canonical_order(X, Y).tolist()


def test_words_count_by_their_letters():
    words = ["b", "a", "ü", "a", None]
    one = Words(np.array([0, 1, 2, 1, -1], np.int32), ["b", "a", "ü"])
    other = Words(np.array([2, 0, 1, 0, -1], np.int32), ["a", "ü", "b", "unused"])
    hashes = [row_hashes(Table(("w",), (column,))) for column in (one, other)]
    assert (hashes[0] == hashes[1]).all() and len({*hashes[0].tolist()}) == len({*words})


def test_a_column_of_gaps_alone():
    gaps, numbers = Words(np.full(3, -1, np.int32), []), Numbers(np.full(3, np.nan))
    assert len({*row_hashes(Table(("a", "b"), (gaps, numbers))).tolist()}) == 1


def test_tables_with_gaps_are_sorted_wherever_rows_stand():
    table, mixed = many(300), RNG.permutation(300)
    other = table[mixed]
    rows = [contents(t[canonical_order(t, Y[:1].repeat(300))]) for t in (table, other)]
    assert rows[0] == rows[1]


@pytest.mark.parametrize("y", [
    Y * 1.5, Y > 0, np.where(Y, "b", "a"), np.where(Y, "b", "a").astype(object),
    np.where(Y, b"\xff", b"a"),
    np.column_stack([Y, Y * 0.5]), Y[:, None], Y.astype(object) * 2**70,
], ids=lambda y: f"{y.dtype} {y.shape}")  # fmt: skip
def test_answers_of_all_types_belong_to_the_rows(y):
    order, mixed = canonical_order(X, y), RNG.permutation(N)
    other = mixed[canonical_order(X[mixed], y[mixed])]
    assert (X[order] == X[other]).all() and (y[order] == y[other]).all()
    same = np.zeros((N, 1))
    assert len({*row_of(y[canonical_order(same, y)])}) == 2  # equal answers are neighbours


def row_of(y: Any) -> list[int]:
    """The numbers of runs of equal answers, from 0."""
    rows = y.reshape(N, -1)
    return np.cumsum((rows[1:] != rows[:-1]).any(axis=1)).tolist()


def test_columns_and_answers_are_told_apart():
    assert len({*row_hashes(np.eye(5)).tolist()}) == 5
    one = canonical_order(np.eye(2), [0, 1]).tolist(), canonical_order(np.eye(2), [1, 0]).tolist()
    assert all(sorted(order) == [0, 1] for order in one)


def test_different_rows_have_different_hashes():
    rows = RNG.integers(0, 2**10, (1 << 16, 2)) / 8
    assert len(np.unique(row_hashes(rows))) == len(np.unique(rows, axis=0))


@pytest.mark.parametrize(("X", "y", "message"), [
    (np.array([["a"]]), None, "X: .*dtype <U1, wanted rows of real numbers"),
    (np.zeros(3), None, r"X: shape \(3,\), .*wanted rows"),
    (np.zeros((2, 1)), [1, None], "y: 1 missing value"),
    (np.zeros((2, 1)), [1, 2, 3], "y: 3 answers, wanted 2, as X"),
])  # fmt: skip
def test_what_cannot_be_sorted_is_refused(X, y, message):
    with pytest.raises((TypeError, ValueError), match=message):
        canonical_order(X, y)
