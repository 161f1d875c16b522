"""Samples: the same numbers are the same bits, whatever holds them, and no copy is made."""

import tracemalloc
from typing import Any

import numpy as np
import pytest

from fastnet import train
from fastnet.data import samples as data
from tests.data.helpers import LAYOUTS, N, digits, learned, mapped
from tests.helpers import python, samples


@pytest.mark.parametrize("stored", ["uint8", "float32", "float64", "int16"])
def test_a_layout_changes_no_bit(stored, tmp_path):
    images, y = digits()
    X = images if stored == "uint8" else (images / 64).astype(stored)
    wanted = learned(X, y)
    for name, layout in LAYOUTS.items():
        again = layout(X, tmp_path)
        assert learned(again, y) == wanted, name
        assert np.array_equal(again, X), "it was changed"
    if stored != "uint8":  # a list of whole numbers is not an array of bytes
        assert learned(X.tolist(), y) == wanted
        assert learned([tuple(row) for row in X], y) == wanted


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_bytes_are_255ths(dtype):
    images, y = digits()
    numbers = images.astype(dtype) / np.asarray(255, dtype)
    assert learned(images, y, dtype) == learned(numbers, y, dtype)
    one_of_each = np.arange(256, dtype=np.uint8).reshape(4, 64)
    y = [0, 1, 2, 1]
    numbers = one_of_each.astype(dtype) / np.asarray(255, dtype)
    assert learned(one_of_each, y, dtype) == learned(numbers, y, dtype)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.filterwarnings("ignore::fastnet.LearningWarning")  # large ones
def test_whole_numbers_are_themselves(dtype):
    y = np.arange(N) % 3
    X = np.random.default_rng(0).integers(0, 3, (N, 70))
    wanted = learned(X.astype("float32"), y, dtype)
    for kind in ("int8", "uint16", "int32", "uint64", ">i4", "float16", "float64", "longdouble"):
        assert learned(X.astype(kind), y, dtype) == wanted, kind
    assert learned(X > 0, y, dtype) == learned((X > 0).astype("float32"), y, dtype)
    assert learned(X.astype("uint8"), y, dtype) == learned(X.astype(dtype) / 255, y, dtype)


@pytest.mark.parametrize("numbers", [1, 12, 50])
def test_chunks_of_converted_rows_change_no_bit(numbers, monkeypatch):
    X, y = np.asfortranarray(samples(N, 6)), np.arange(N) % 3
    wanted = learned(X, y), learned(X, X)
    monkeypatch.setattr(data, "CONVERTED", numbers)
    monkeypatch.setattr(data, "CHECKED", numbers)
    assert (learned(X, y), learned(X, X)) == wanted


@pytest.mark.parametrize("stored", ["uint8", "int32", "float32", "float64"])
def test_density_is_that_of_the_first_samples(stored, monkeypatch):
    from scipy import sparse

    monkeypatch.setattr(data, "COUNTED", 4)
    X = np.zeros((6, 5), stored)
    X[0, 1:4], X[2, 0], X[4:] = 1, 2, 3
    kept = X.copy()
    kept[1, 1] = 1
    explicit = sparse.csr_array(kept)
    explicit.data[3] = 0
    for rows in (X, X[::-1][::-1], sparse.csr_array(X), explicit):
        assert data.Samples(rows, np.dtype("float32")).density() == 4 / 20
        places = np.array([0, 0, 1, 5])  # or of those that are named, as often as they are
        assert data.Samples(rows, np.dtype("float32")).density(places) == 11 / 20
    assert data.Samples(X[:1], np.dtype("float32")).density() == 3 / 5


def test_data_are_not_changed():
    X, y = samples(N, 6), samples(N, 2)
    copies = X.copy(), y.copy()
    learned(X, y)
    assert np.array_equal(X, copies[0]) and np.array_equal(y, copies[1])
    assert X.flags.writeable and y.flags.writeable


EVERY_KIND = """
import sys
import numpy as np
from scipy import sparse
import fastnet.model.network
from fastnet.kernels.entries import ENTRIES
assert not any(entry.signatures for entry in ENTRIES), "importing compiles"
X = np.random.default_rng(0).integers(0, 9, (20, 70))
y = np.arange(20) % 3
def locked(array):
    array.flags.writeable = False
    return array
inputs = [X.astype(kind) for kind in ("u1", "f4", "f8", "i1", "i8", ">f4", "f2", "?")]
inputs += [X.tolist(), np.asfortranarray(X), np.asfortranarray(X.astype("f4"))]
for kind in ("u1", "f4", "f8", "i8"):
    rows = X.astype(kind)
    inputs += [np.repeat(rows, 2, axis=0)[::2], locked(rows.copy()), sparse.csr_array(rows)]
    rows.tofile(kind)
    inputs += [np.memmap(kind, kind, mode="r", shape=X.shape), sparse.csc_matrix(rows)]
targets = [y, y.tolist(), locked(y.astype("u1")), np.repeat(y, 2)[::2], y.astype(str)]
targets += [y / 2, X / 9, locked(X / 9), np.asfortranarray(X / 9), X / np.float32(9)]
for count, dtype in enumerate(("float32", "float64"), start=1):
    for rows in inputs:
        for wanted in targets:
            net = fastnet.train(
                rows, wanted, hidden=(3,), dtype=dtype, epochs=1,
                validation_data=(rows, wanted), schedule="linear",
            )
            net.predict(rows), net.score(rows, wanted)
    for hidden in ((), (70, 20, 5)):
        for loss in ("quadratic", "cross-entropy"):
            net = fastnet.train(X, y, hidden=hidden, loss=loss, dtype=dtype, epochs=1)
            fastnet.train(X, y, init=net, epochs=1, shuffle=False)
    compiled = [(entry.__name__, entry.signatures) for entry in ENTRIES if entry.signatures]
    assert len(compiled) == 2 * count and all(len(found) == 1 for _, found in compiled), compiled
"""


@pytest.mark.compiled
def test_there_is_one_compiled_form_for_each_dtype(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    python(EVERY_KIND)


def peak_of(act: Any) -> int:
    """Most bytes that Python and NumPy held at a time while `act` ran."""
    tracemalloc.start()
    try:
        act()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.compiled
@pytest.mark.parametrize("stored", ["uint8", "float32"])
@pytest.mark.filterwarnings("ignore::fastnet.LearningWarning")  # all images are equal
def test_mapped_images_are_never_copied(stored, tmp_path):
    X = mapped(np.zeros((40_000, 784), stored), tmp_path)
    y = np.arange(40_000) % 10
    net = train(X[:2], y[:2], hidden=(16,), epochs=1)  # compiles
    options: dict[str, Any] = {"hidden": (16,), "epochs": 2}
    bound = X.nbytes / 8 if stored == "uint8" else X.nbytes / 16
    peak = peak_of(lambda: train(X, y, validation_data=(X, y), **options))
    assert peak < bound
    net = train(X, y, **options)
    assert peak_of(lambda: (net.predict(X), net.score(X, y))) < bound


@pytest.mark.compiled
@pytest.mark.parametrize("stored", ["int64", ">f8"])
@pytest.mark.filterwarnings("ignore::fastnet.LearningWarning")  # all rows are equal
def test_other_numbers_are_converted_in_parts(stored, tmp_path, monkeypatch):
    monkeypatch.setattr(data, "CONVERTED", 1 << 18)
    monkeypatch.setattr(data, "CHECKED", 1 << 18)
    X = mapped(np.ones((20_000, 784), stored), tmp_path)  # 125 MB
    y = np.arange(20_000) % 10
    net = train(X[:2], y[:2], hidden=(16,), epochs=1)
    assert peak_of(lambda: train(X, y, hidden=(16,), epochs=1)) < X.nbytes / 10
    assert peak_of(lambda: net.predict(X)) < X.nbytes / 10


@pytest.mark.parametrize("stored", ["uint8", "int64", "float32", "float64"])
def test_products_of_samples_may_be_too_large(stored):
    from scipy import sparse

    X = np.ones((5, 50), stored)
    for rows in (X, X[::-1], sparse.csr_array(X)):
        assert data.Samples(rows, np.dtype("float32")).have_products()
    if stored == "uint8":
        return
    X[3] = 3e18  # 50 times its square is more than the largest float32
    for rows in (X, X[::-1], sparse.csr_array(X)):
        assert not data.Samples(rows, np.dtype("float32")).have_products()
        assert data.Samples(rows, np.dtype("float64")).have_products() == (stored != "float32")
