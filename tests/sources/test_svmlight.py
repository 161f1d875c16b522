"""Lines of libsvm: sparse rows, with indices from 0 or 1, and their labels."""

import gzip
import sys

import numpy as np
import pytest
import scipy.sparse

import fastnet
from fastnet.data.sparse import SparseRows
from fastnet.sources import svmlight
from fastnet.sources.reading import Reading

LINES = "# made by hand\n+1 1:0.5 3:-2e-1 # a note\n\n-1 qid:7 2:1\n+1\n-1 1:.25 4:3.\n"
DENSE = [[0.5, 0, -0.2, 0], [0, 1, 0, 0], [0, 0, 0, 0], [0.25, 0, 0, 3]]


def write(tmp_path, data, name="t.svm"):
    path = tmp_path / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


@pytest.mark.parametrize("name", ["t.svm", "t.libsvm", "a9a", "a9a.t", "t.svmlight.gz"])
def test_rows_and_labels(tmp_path, name, monkeypatch):
    data = gzip.compress(LINES.encode()) if name.endswith("gz") else LINES
    (X, y), _ = fastnet.datasets.read(write(tmp_path, data, name))
    assert scipy.sparse.issparse(X) and X.dtype == np.float64 and X.toarray().tolist() == DENSE
    assert y.dtype == np.int64 and y.tolist() == [1, -1, 1, -1]
    monkeypatch.setitem(sys.modules, "scipy.sparse", None)
    (Z, z), _ = fastnet.datasets.read(tmp_path / name)
    assert isinstance(Z, SparseRows) and Z.toarray().tolist() == DENSE and z.tolist() == y.tolist()


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("labels", [np.arange(40) % 3, np.linspace(-1, 1, 40)])
def test_rows_from_0_or_from_1_in_whatever_blocks(tmp_path, first, labels, monkeypatch):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 30)) * (rng.random((40, 30)) < 0.2)
    X[0, 0], X[1, 29] = 1, 2
    lines = [
        " ".join([str(y), *(f"{k + first}:{row[k]!r}" for k in range(30) if row[k])])
        for row, y in zip(X.tolist(), labels.tolist(), strict=True)
    ]
    monkeypatch.setattr("fastnet.sources.decoding.SIZE", 97)
    (Z, y), _ = fastnet.datasets.read(write(tmp_path, "\n".join(lines)))
    assert np.array_equal(Z.toarray(), X) and y.dtype == labels.dtype
    assert y.tolist() == labels.tolist()


def test_a_net_learns_and_answers(tmp_path):
    (X, y), _ = fastnet.datasets.read(write(tmp_path, LINES * 30))
    net = fastnet.train(X, y, epochs=2, hidden=(4,))
    assert net.digest() == fastnet.train(X.toarray(), y, epochs=2, hidden=(4,)).digest()


def test_a_test_file_may_lack_the_last_features(tmp_path):
    path = write(tmp_path, "1 1:1\n2 2:1\n")
    (X, _), _ = fastnet.datasets.read(path, features=5)
    assert X.shape == (2, 5)
    with pytest.raises(ValueError, match=r"t\.svm: 2 features, wanted at most 1"):
        svmlight.read(path, Reading(features=1))
    (X, y), _ = svmlight.read(write(tmp_path, "1:1 2:3\n2:5\n"), Reading(labels=False))
    assert X.toarray().tolist() == [[1, 3], [0, 5]] and y is None


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("1 1:2\n1 3:1 2:1\n", "line 2: 2:1 after others, wanted increasing indices"),
        ("# x\n1 1:2 1:3\n", "line 2: 1:3 after others, wanted each index once"),
        ("1 1:x\n", "line 1: '1:x', wanted index:value, both numbers"),
        ("1 1:nan\n", "line 1: '1:nan', wanted index:value"),
        ("1 -1:2\n", "line 1: '-1:2', wanted"),
        ("1 1:1e999\n", "line 1: 1:inf after others, wanted finite numbers"),
        ("1,3 1:2\n", "line 1: label '1,3', several labels, wanted one"),
        ("yes 1:2\n", "line 1: label 'yes', wanted a number"),
        ("1 2\n", "line 1: '2', wanted index"),
        ("1 9999999999:1\n", "line 1: .*, wanted finite numbers, and indices below 2,147,483,648"),
        ("", "no rows in it"), ("# only\n", "no rows in it"), ("1 1:2\n1 1:\0\n", "not text"),
        ("1 1: 2\n", "line 1: '1:', wanted index:value"),
    ],
)  # fmt: skip
def test_each_fault_is_one_line_that_names_it(tmp_path, data, said):
    with pytest.raises(ValueError, match=rf"t\.svm: {said}") as error:
        fastnet.datasets.read(write(tmp_path, data))
    assert "\n" not in str(error.value)
