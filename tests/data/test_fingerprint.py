"""The fingerprint of data: of their numbers, whatever holds them."""

import hashlib
import json
import tracemalloc
from typing import Any

import numpy as np
import pytest
import scipy.sparse

from fastnet import train
from fastnet.data import fingerprint
from fastnet.data.fingerprint import sha256
from fastnet.data.samples import Samples
from tests.helpers import samples

X, Y = samples(20, 5), np.arange(20) % 3
WHOLE = np.arange(120).reshape(20, 6) % 7  # numbers that every dtype can hold


def run(x: Any = X, y: Any = Y, **options: Any) -> dict[str, Any]:
    options = {"hidden": (4,), "epochs": 0, **options}
    recorded = train(x, y, **options).run
    assert json.loads(json.dumps(recorded)) == recorded
    return recorded


@pytest.mark.parametrize("dtype", ["u1", "?", "i2", "f2", "f4", "f8"])
def test_the_same_numbers_have_the_same_fingerprint(dtype, tmp_path, monkeypatch):
    monkeypatch.setattr(fingerprint, "HASHED", 13)  # many chunks
    x = WHOLE.astype(dtype)
    np.save(tmp_path / "x.npy", x)
    wanted = run(x)["data"]
    assert wanted["dtype"] == x.dtype.name and wanted["X"] == sha256(x)
    assert (wanted["samples"], wanted["features"]) == (20, 6)
    forms = {
        "Fortran": np.asfortranarray(x),
        "strided": np.repeat(x, 2, axis=1)[:, ::2],
        "turned": x[::-1].copy()[::-1],
        "read only": np.broadcast_to(x, x.shape),
        "mapped": np.load(tmp_path / "x.npy", mmap_mode="r"),
        "big-endian": x.astype(x.dtype.newbyteorder(">")),
        "samples": Samples(x, np.dtype("f4")),
    }
    for threads in (1, 8):
        monkeypatch.setattr(fingerprint, "THREADS", threads)
        for name, form in forms.items():
            assert run(form)["data"] == wanted, name
    assert run(x.tolist())["data"]["X"] == sha256(np.array(x.tolist()))


def test_other_numbers_have_another_fingerprint():
    others = [WHOLE, WHOLE[:, :5], WHOLE[:-1], WHOLE.reshape(40, 3), WHOLE[::-1], WHOLE[:, ::-1]]
    others += [WHOLE.astype(dtype) for dtype in ("u1", "f4", "f8")]
    others += [scipy.sparse.csr_array(WHOLE), scipy.sparse.csr_array(WHOLE.reshape(40, 3))]
    for row, column in [(0, 0), (19, 5), (7, 3)]:
        changed = WHOLE.copy()
        changed[row, column] += 1
        others += [changed, scipy.sparse.csr_array(changed)]
    assert len({sha256(other) for other in others}) == len(others)
    assert len({sha256(y) for y in (["a", "b"], ["a", "c"], ["ab", ""], [b"a", b"b"])}) == 4


def test_sparse_rows_in_whatever_form():
    x = WHOLE * 1.0
    rows = scipy.sparse.csr_array(x)
    wide = scipy.sparse.csr_array(
        (rows.data, rows.indices.astype(np.int64), rows.indptr.astype(np.int64)), rows.shape
    )
    twice = scipy.sparse.coo_array(x / 2)
    both = np.concatenate
    twice = scipy.sparse.csr_array(
        scipy.sparse.coo_array(
            (
                both([twice.data, twice.data[::-1]]),
                (both([twice.row, twice.row[::-1]]), both([twice.col, twice.col[::-1]])),
            ),
            x.shape,
        )
    )
    ends = np.split(np.arange(len(rows.data)), rows.indptr[1:-1])
    backwards = both([end[::-1] for end in ends])
    mixed = scipy.sparse.csr_array(
        (rows.data[backwards], rows.indices[backwards], rows.indptr), rows.shape
    )
    assert not mixed.has_sorted_indices
    wanted = run(rows)["data"]
    for form in (wide, mixed, rows.tocsc(), rows.tocoo(), scipy.sparse.csr_matrix(rows), twice):
        assert run(form)["data"] == wanted
        assert sha256(form) == wanted["X"]
    assert not mixed.has_sorted_indices, "what is given stays as it is"


def test_the_fingerprint_written_out():
    numbers = np.arange(600_000, dtype="<i4")
    parts = [numbers[:262_144], numbers[262_144:524_288], numbers[524_288:]]
    digests = b"".join(hashlib.sha256(part.tobytes()).digest() for part in parts)
    wanted = hashlib.sha256(b"<i4 (600000,)\n" + digests).hexdigest()
    assert sha256(numbers) == f"sha256:{wanted}"


@pytest.mark.parametrize("order", ["C", "F"])
def test_memory_is_bounded(order):
    x = np.ones((1 << 14, 1 << 9), np.float32, order=order)  # 32 MB
    tracemalloc.start()
    sha256(x)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    most = 3 * 4 * fingerprint.HASHED * fingerprint.THREADS
    assert peak < most, "of each thread a part, and a copy of it"


def test_nets_that_share_samples_share_the_digest(monkeypatch):
    hashed = []
    real = fingerprint.Hash
    monkeypatch.setattr("fastnet.data.samples.Hash", lambda x: hashed.append(x) or real(x))
    shared = Samples(X, np.dtype("f4"))
    runs = [run(shared, seed=seed)["data"] for seed in range(3)]
    assert runs == [run()["data"]] * 3
    assert len(hashed) == 2, "once for all three, once more for X itself"
    assert train(shared, Y, dtype="float64", epochs=1).digest() == (
        train(X, Y, dtype="float64", epochs=1).digest()
    )
    with pytest.raises(ValueError, match="X: 5 features, but the net takes 4"):
        train(shared, Y, init=train(X[:, :4], Y, epochs=0))
