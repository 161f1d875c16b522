"""Sparse rows: the bits of dense ones; those that contradict themselves are refused."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from fastnet import Ensemble, Network, train, train_seeds, train_stream
from fastnet.data import samples as data
from fastnet.data.fingerprint import sha256
from tests.data.helpers import GOOD, LABEL, NET, N, digits, learned, never, with_one
from tests.helpers import python, samples


@pytest.mark.parametrize("stored", ["uint8", "float32", "float64", "int64", "bool"])
@pytest.mark.filterwarnings("ignore::fastnet.LearningWarning")  # bytes of 0 to 2
def test_sparse_rows_are_dense_rows(stored):
    from scipy import sparse
    images, y = digits()
    X = (images > 99) if stored == "bool" else (images // 64).astype(stored)
    X[3] = 0  # a row without any entry
    wanted = learned(X, y)
    rows = sparse.csr_array(X)
    backwards = rows.copy()  # each row's entries from the last column to the first
    for start, stop in pairwise(rows.indptr):
        backwards.indices[start:stop] = rows.indices[start:stop][::-1]
        backwards.data[start:stop] = rows.data[start:stop][::-1]
    backwards.has_sorted_indices = backwards.has_canonical_format = False
    zeros = rows.copy()  # with zeros that are stored
    zeros.data[::3] = 0
    wide = rows.copy()
    wide.indices, wide.indptr = rows.indices.astype(np.int64), rows.indptr.astype(np.int64)
    locked = rows.copy()
    for part in (locked.data, locked.indices, locked.indptr):
        part.flags.writeable = False
    for kind in (rows, sparse.csr_matrix(X), sparse.csc_array(X), sparse.coo_array(X),
                 sparse.lil_array(X), backwards, wide, locked):  # fmt: skip
        assert learned(kind, y) == wanted, repr(kind)
    assert learned(zeros, y) == learned(zeros.toarray(), y) != wanted
    assert not backwards.has_sorted_indices, "it was changed"


def test_sparse_entries_of_one_place_add_up():
    from scipy import sparse
    places = ([0, 0, 1, 1], [2, 2, 0, 1])
    X = sparse.coo_array(([1.5, 2.0, 1.0, -1.0], places), shape=(2, 3))
    assert learned(X, [0, 1]) == learned(np.array([[0, 0, 3.5], [1, -1, 0]]), [0, 1])


def test_sparse_rows_may_all_be_empty():
    from scipy import sparse
    for stored in ("float32", "float64", "uint8", "int64"):
        X = np.zeros((4, 5), stored)
        assert learned(sparse.csr_array(X), [0, 1, 0, 1]) == learned(X, [0, 1, 0, 1])


@pytest.mark.parametrize("damage", ["column", "negative column", "row"])
def test_damaged_sparse_rows_are_refused(damage):
    """The kernels trust the indices; SciPy does not look at them unless it is asked to."""
    from scipy import sparse
    rows = sparse.csr_array(np.eye(3, dtype="f4"))
    if damage == "row":
        rows.indptr[1] = 3
    else:
        rows.indices[1] = 10**9 if damage == "column" else -(10**9)
    with pytest.raises(ValueError, match=r"^X: "):
        train(rows, [0, 1, 0], epochs=1)
    with pytest.raises(ValueError, match=r"^X: "):
        train(np.eye(3), [0, 1, 0], epochs=0).predict(rows)


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e39])
def test_bad_numbers_in_sparse_rows(bad):
    from scipy import sparse
    for kind in (sparse.csr_array, sparse.csc_array):
        with pytest.raises(ValueError, match=r"^X: (nan|inf|1e\+39) in row 3, column 2, wanted"):
            train(kind(with_one(bad)), LABEL, on_progress=never)


def test_bad_sparse_rows():
    from scipy import sparse
    for X, error, message in [
        (sparse.csr_array(GOOD + 0j), TypeError, "X: dtype complex128"),
        (sparse.csr_array((0, 4)), ValueError, r"X: shape \(0, 4\)"),
        (sparse.csr_array((6, 0)), ValueError, r"X: shape \(6, 0\)"),
        (sparse.coo_array(np.ones(6)), ValueError, r"X: shape \(6,\)"),
    ]:
        with pytest.raises(error, match=message):
            train(X, LABEL, on_progress=never)
    with pytest.raises(ValueError, match="X: 3 features, but the net takes 4"):
        NET.predict(sparse.csr_array(GOOD[:, :3]))


# Sparse rows that contradict themselves ---------------------------------------------------------


def stale(csr: Any) -> Any:
    """The same matrix, which says of itself that all is in order."""
    csr.has_sorted_indices = csr.has_canonical_format = True
    return csr


def doors(net: Network, X: Any, n: int) -> dict[str, Any]:
    """Everything that takes sparse rows X of a net of three classes."""
    good, y = np.eye(n, net.sizes[0]), np.arange(n) % 3
    return {
        "train": lambda: train(X, y, hidden=(3,), epochs=1),
        "train(init=)": lambda: train(X, y, init=net, epochs=1),
        "validation": lambda: train(good, y, hidden=(3,), epochs=1, validation_data=(X, y)),
        "seeds": lambda: train_seeds(X, y, 2, hidden=(3,), epochs=1),
        "stream": lambda: train_stream([(X, y)], hidden=(3,)),
        "partial_fit": lambda: net.copy().partial_fit(X, y),
        "predict": lambda: net.predict(X),
        "predict_proba": lambda: net.predict_proba(X),
        "score": lambda: net.score(X, y),
        "votes": lambda: Ensemble([net, net]).predict(X),
        "fingerprint": lambda: sha256(X),
        "Samples": lambda: data.Samples(X, np.dtype("float32")),
    }


def csr_of(indptr: Any, indices: Any, shape: tuple[int, int], index: str = "i4") -> Any:
    """A CSR matrix of these arrays, which SciPy has not looked at."""
    from scipy import sparse
    csr = sparse.csr_array(shape, dtype="f4")
    csr.indptr, csr.indices = np.array(indptr, index), np.array(indices, index)
    csr.data = np.ones(len(csr.indices), "f4")
    return stale(csr)


OUT_OF_BOUNDS = {
    "a great indptr inside": ([0, 2**30, 0, 0], [], "indptr 0 to 1073741824 of row 0, wanted"),
    "a great last indptr": ([0, 1, 2, 2**30], [0, 1], "indptr 2 to 1073741824 of row 2, wanted"),
    "a negative indptr": ([0, -5, 1, 2], [0, 1], "indptr 0 to -5 of row 0, wanted"),
    "a falling indptr": ([0, 2, 1, 2], [0, 1], "indptr 2 to 1 of row 1, wanted"),
    "a late start": ([1, 1, 2, 2], [0, 1], "indptr 1 to 1 of row 0, wanted"),
    "a short indptr": ([0, 1], [0], "2 in indptr, wanted 4, for 3 rows"),
    "a long indptr": ([0, 1, 1, 1, 1], [0], "5 in indptr, wanted 4"),
    "a great column": ([0, 1, 1, 2], [0, 4], "an index out of range in row 2, wanted 0 to 3"),
    "a negative column": ([0, 1, 1, 2], [0, -1], "an index out of range in row 2, wanted 0 to 3"),
}


@pytest.mark.parametrize("index", ["i4", "i8"])
@pytest.mark.parametrize("kind", OUT_OF_BOUNDS)
def test_sparse_rows_out_of_bounds_are_refused_at_every_door(kind, index):
    indptr, indices, said = OUT_OF_BOUNDS[kind]
    for name, enter in doors(NET, csr_of(indptr, indices, (3, 4), index), 3).items():
        with pytest.raises(ValueError, match=f"X: {said}"):
            enter()
        assert name


@pytest.mark.parametrize("great", [2**32 + 1, 2**31, 2**62, -(2**32) + 1])
def test_a_column_of_more_than_32_bits_is_none_of_few(great):
    rows = csr_of([0, 1, 1, 2], [0, great], (3, 4), "i8")
    with pytest.raises(ValueError, match="X: an index out of range in row 2"):
        NET.predict(rows)


def test_sparse_parts_of_other_kinds_are_refused():
    for part, value, error, said in [
        ("indptr", np.array([0.0, 1, 2, 3]), TypeError, "indptr or indices of another type"),
        ("indices", np.array([[0], [1], [2]]), TypeError, "indptr or indices of another type"),
        ("indices", [0, 1, 2], TypeError, "indptr or indices of another type"),
        ("data", np.ones(2, "f4"), ValueError, "3 indices, wanted 2, as numbers"),
        ("data", np.ones(4, "f4"), ValueError, "3 indices, wanted 4, as numbers"),
    ]:
        rows = csr_of([0, 1, 2, 3], [0, 1, 2], (3, 4))
        setattr(rows, part, value)
        with pytest.raises(error, match=f"X: {said}"):
            NET.predict(rows)


def test_other_sparse_formats_are_looked_at_before_scipy_follows_them():
    from scipy import sparse

    def damaged(form: Any, change: Any) -> Any:
        X = form(np.eye(4, dtype="f4"))
        change(X)
        return X

    def entry(array: Any, value: int) -> None:
        array[1] = value

    for X in [
        damaged(sparse.csc_array, lambda X: entry(X.indices, 10**9)),
        damaged(sparse.csc_array, lambda X: entry(X.indptr, 10**9)),
        damaged(sparse.bsr_array, lambda X: entry(X.indices, -(10**9))),
        damaged(sparse.bsr_array, lambda X: setattr(X, "data", np.ones((4, 2000, 1), "f4"))),
        damaged(sparse.coo_array, lambda X: entry(X.coords[0], 10**9)),
        damaged(sparse.coo_array, lambda X: entry(X.coords[1], -1)),
        damaged(sparse.coo_array, lambda X: setattr(X, "data", np.ones(10**6))),
        damaged(sparse.lil_array, lambda X: entry(X.data, [1.0] * 10**6)),
        damaged(sparse.lil_array, lambda X: entry(X.rows, [10**9])),
        damaged(sparse.lil_array, lambda X: setattr(X, "_shape", (1, 4))),
        damaged(sparse.dia_array, lambda X: setattr(X, "offsets", np.arange(10**6))),
        damaged(sparse.dia_array, lambda X: setattr(X, "offsets", np.array([2**32]))),
        damaged(sparse.dia_array, lambda X: setattr(X, "offsets", np.array([-(2**63)]))),
        damaged(sparse.dia_array, lambda X: setattr(X, "offsets", np.array([0.5]))),
        damaged(sparse.dia_array, lambda X: setattr(X, "data", np.ones(4, "f4"))),
    ]:
        with pytest.raises(ValueError, match=r"^X: "):
            NET.predict(X)


@pytest.mark.filterwarnings("ignore::fastnet.LearningWarning")  # up to 22
@pytest.mark.parametrize("stored", ["uint8", "float16", "float32", "float64", ">f4", "int64", "?"])
def test_a_stale_flag_changes_no_bit(stored):
    """Entries twice and out of order, in a matrix that says that there are none."""
    from scipy import sparse
    rng, y = np.random.default_rng(0), np.arange(N) % 3
    row, column = rng.integers(0, N, 3000), rng.integers(0, 5, 3000)  # rows of more than 5 entries
    number = rng.integers(0, 2, 3000).astype(stored)
    X = np.zeros((N, 5), stored)
    np.add.at(X, (row, column), number)
    order = np.argsort(row, kind="stable")
    indptr = np.searchsorted(row[order], np.arange(N + 1))
    wanted, odd = learned(X, y), stored in ("float16", ">f4")  # which SciPy does not make
    for form in (sparse.csr_array, sparse.csr_matrix):
        csr = form((N, 5))
        csr.indptr, csr.indices, csr.data = indptr, column[order].astype("i4"), number[order]
        before = [part.copy() for part in (csr.indptr, csr.indices, csr.data)]
        assert learned(stale(csr), y) == wanted
        assert odd or sha256(csr) == sha256(sparse.csr_array(X))
        again = [csr.indptr, csr.indices, csr.data]
        assert all(np.array_equal(*pair) for pair in zip(before, again, strict=True))
        assert csr.has_canonical_format, "a flag was changed"
    if odd:
        return
    coo = sparse.coo_array((number, (row, column)), (N, 5))
    coo.has_canonical_format = True
    assert learned(coo, y) == wanted


def test_entries_behind_the_last_row_do_not_count():
    rows = csr_of([0, 1, 2, 3], [0, 1, 2, 3, 99], (3, 4))
    rows.data[3:] = np.nan
    same = csr_of([0, 1, 2, 3], [0, 1, 2], (3, 4))
    assert learned(rows, [0, 1, 2]) == learned(same, [0, 1, 2])
    assert sha256(rows) == sha256(same) and len(rows.data) == 5


@pytest.mark.filterwarnings("ignore::fastnet.LearningWarning")  # bytes of 0 and 1
def test_sparse_numbers_in_every_format_are_the_same_bits():
    from scipy import sparse
    y = np.arange(N) % 3
    for stored in ("uint8", "float32", "float64", "int16", "?"):
        X = (samples(N, 6) > 0.4).astype(stored)
        wanted = learned(X, y)
        for form in ("csr", "csc", "coo", "bsr", "dok", "lil", "dia"):
            for kind in ("array", "matrix"):
                rows = getattr(sparse, f"{form}_{kind}")(X)
                assert learned(rows, y) == wanted, (form, kind, stored)


MUTATED = """
import sys
import numpy as np
from scipy import sparse
from fastnet import Network, data, train, train_stream

rng = np.random.default_rng(int(sys.argv[1]))
F, RIGHT, REFUSED = 6, 0, 0


def made():
    X = rng.integers(0, 3, (rng.integers(3, 12), F)) * (rng.random() < 0.8)
    return getattr(sparse, rng.choice(["csr", "csc", "coo"]) + "_array")(X.astype("f4"))


def arrays(X):
    return ["row", "col", "data"] if X.format == "coo" else ["indptr", "indices", "data"]


def mutate(X):
    name = rng.choice(arrays(X))
    part = getattr(X, name).copy()
    where = rng.integers(0, len(part)) if len(part) else 0
    some = [-1, 0, 1, F - 1, F, len(part), 10**6, 2**30, 2**31 - 1, -(2**31)]
    kind = rng.integers(0, 7)
    if kind == 0 and len(part):
        part[where] = some[rng.integers(0, 4 if name == "data" else len(some))]
    elif kind == 1:
        part = part[:where]
    elif kind == 2:
        part = np.append(part, part[:where])
    elif kind == 3 and name != "data":
        part = part.astype(rng.choice(["i8", "i2", "u4", "f8"]))
    elif kind == 4:
        part = rng.permutation(part)
    elif kind == 5:
        part = np.sort(part)
    elif kind == 6 and len(part):
        part = np.repeat(part, rng.integers(1, 4))
    setattr(X, name, part)
    if rng.random() < 0.5:
        X.has_sorted_indices = X.has_canonical_format = True


def dense(X):
    '''What X says, entry by entry; None where it contradicts itself.'''
    wanted, parts = np.zeros(X.shape, "f4"), [getattr(X, name) for name in arrays(X)]
    if any(part.dtype.kind not in "iu" for part in parts[:2]):
        return None
    if X.format == "coo":
        if len({*map(len, parts)}) > 1:
            return None
        entries = list(zip(*(part.tolist() for part in parts)))
    else:
        indptr, indices, numbers = (part.tolist() for part in parts)
        n = X.shape[X.format == "csc"]
        if len(indptr) != n + 1 or indptr[0] != 0 or len(indices) != len(numbers):
            return None
        if sorted(indptr) != indptr or indptr[-1] > len(indices):
            return None
        places = [(i, k) for i in range(n) for k in range(indptr[i], indptr[i + 1])]
        entries = [(i, indices[k], numbers[k]) for i, k in places]
        if X.format == "csc":
            entries = [(i, j, x) for j, i, x in entries]
    for i, j, x in entries:
        if not (0 <= i < X.shape[0] and 0 <= j < F):
            return None
        wanted[i, j] += x
    return wanted


def learned(X, y):
    net = train(X, y, hidden=(3,), epochs=1, validation_data=(X, y), seed=1)
    again = net.copy().partial_fit(X, y)
    return net.digest(), again.digest(), net.predict_proba(X).tobytes(), net.history[0]["val_loss"]


for _ in range(int(sys.argv[2])):
    X = made()
    for _ in range(rng.integers(1, 3)):
        mutate(X)
    y = np.arange(X.shape[0]) % 3
    wanted = dense(X)
    try:
        came = learned(X, y)
        assert wanted is not None, "it contradicts itself"
    except (ValueError, TypeError) as error:
        assert str(error).startswith("X: "), error
        assert wanted is None or X.format == "coo", f"{error} {X!r}"  # SciPy takes no i2, u4 there
        REFUSED += 1
    else:
        assert came == learned(wanted, y)
        RIGHT += 1
print(RIGHT, REFUSED)
"""


@pytest.mark.heavy
@pytest.mark.compiled
@pytest.mark.parametrize("checked", ["0", "1"])
def test_mutated_sparse_rows_are_refused_or_learned_as_they_say(checked):
    """In a process of its own, which must not crash; once with every index checked."""
    said = python(MUTATED, "5", "500", NUMBA_BOUNDSCHECK=checked).stdout
    right, refused = map(int, said.split())
    assert right > 100 and refused > 100
