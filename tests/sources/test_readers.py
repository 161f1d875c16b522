"""The one door: every source gives the same samples, and what nothing reads is said."""

import gzip
import importlib
import json

import numpy as np
import pyarrow as pa
import pytest

import fastnet
from fastnet.sources import readers
from fastnet.sources.readers import READERS, Reader, read, reader_of
from fastnet.sources.reading import NO_PART
from tests.cli.helpers import ok
from tests.datasets.helpers import idx_bytes
from tests.helpers import python
from tests.sources.helpers import read_samples

X = np.array([[0.5, -1.0, 1e-300], [3.0, 1 / 3, 255.0]])
Y = np.array([3, 7])
PIXELS = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4) * 10


def csv(rows) -> str:
    return "".join(",".join(map(repr, row)) + "\n" for row in rows)


def lines(rows) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


WITHOUT = {
    "X.npz": lambda path: np.savez(path, X=X),
    "X.npy": lambda path: np.save(path, X),
    "X.csv": lambda path: path.write_text(csv(X.tolist())),
    "X.CSV": lambda path: path.write_text(csv(X.tolist())),
    "X.jsonl": lambda path: path.write_text(lines(X.tolist())),
    "X.ndjson": lambda path: path.write_text(lines({"x": x} for x in X.tolist())),
    "both.jsonl": lambda path: path.write_text(lines({"x": x, "y": 0} for x in X.tolist())),
}
PAIRS = list(zip(X.tolist(), Y.tolist(), strict=True))
WITH = {
    "t.npz": lambda path: np.savez(path, X=X, y=Y),
    "t.csv": lambda path: path.write_text(csv([*x, y] for x, y in PAIRS)),
    "t.jsonl": lambda path: path.write_text(lines([*x, y] for x, y in PAIRS)),
    "t.ndjson": lambda path: path.write_text(lines({"x": x, "y": y} for x, y in PAIRS)),
    "t.jsonl.gz": lambda path: path.write_bytes(
        gzip.compress(lines([*x, y] for x, y in PAIRS).encode())
    ),
}


@pytest.mark.parametrize("name", WITHOUT)
def test_samples_are_the_same_from_each_source(tmp_path, name):
    WITHOUT[name](tmp_path / name)
    got = read_samples(tmp_path / name)
    assert got.dtype == np.float64 and np.array_equal(got, X)
    (got, y), test = read(str(tmp_path / name), labels=False)
    assert np.array_equal(got, X) and y is None and test == (None, None)


@pytest.mark.parametrize("name", WITH)
def test_samples_and_labels_are_the_same_from_each_source(tmp_path, name):
    WITH[name](tmp_path / name)
    (got, y), test = fastnet.datasets.read(tmp_path / name)
    assert got.dtype == np.float64 and np.array_equal(got, X) and got.flags.c_contiguous
    assert y.dtype == np.int64 and y.tolist() == Y.tolist() and test == (None, None)


def test_names_make_a_table(tmp_path):
    (tmp_path / "t.csv").write_text("a,b,c\n" + csv(X.tolist()))
    table = read_samples(tmp_path / "t.csv")
    assert table.names == ("a", "b", "c") and len(table) == 2
    (table, y), _ = read(tmp_path / "t.csv", target="b")
    assert table.names == ("a", "c") and y.tolist() == X[:, 1].tolist()


@pytest.mark.parametrize("name", ["X.npz"])
def test_labels_that_a_source_lacks_are_said(tmp_path, name):
    WITHOUT[name](tmp_path / name)
    with pytest.raises(ValueError, match=rf"{name}: .*y") as error:
        read(tmp_path / name)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_images_without_their_labels(tmp_path, pack):
    (tmp_path / "images").write_bytes(pack(idx_bytes(PIXELS)))
    assert np.array_equal(read_samples(tmp_path / "images"), PIXELS.reshape(2, 12))
    with pytest.raises(ValueError, match="images: an IDX file has images or labels, wanted the fo"):
        read(tmp_path / "images")


def test_what_a_file_is_says_its_content_where_no_ending_does(tmp_path):
    for name, write in {**WITHOUT, **WITH}.items():
        write(tmp_path / name)
        wanted = reader_of(tmp_path / name)
        assert wanted in READERS
        (tmp_path / name).rename(tmp_path / "data")
        assert reader_of(tmp_path / "data") is wanted
    (tmp_path / "data").write_bytes(b"\0\1\2\3" * 9)
    with pytest.raises(ValueError, match=r"data: a file of another format came, wanted one of "
                       r"a folder of IDX files, \.npz, \.npy, libsvm, flat JSON, "):
        read(tmp_path / "data")  # fmt: skip
    assert reader_of(tmp_path).read is not None
    with pytest.raises(FileNotFoundError, match="no-such"):
        read(tmp_path / "no-such")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "another format|no rows"), (b"\0\0", "another format|not text"),
        (b"\x1f\x8b and no more", "damaged gzip"),
        (gzip.compress(idx_bytes(PIXELS), mtime=0)[:-9], "damaged gzip"),
        (b"PK\3\4 and no more", "wanted a .npz|not text"),
        (b"\x93NUMPY", r"not readable as \.npy|not text"),
        (idx_bytes(PIXELS[0, 0]), "3 axes|not text"),
    ],
)  # fmt: skip
def test_a_file_that_is_none_of_them_is_named(tmp_path, data, said):
    for name in ("t.csv.gz", "t.data", "t"):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(ValueError, match=rf"{name}: .*{said}") as error:
            read_samples(tmp_path / name)
        assert "\n" not in str(error.value)
        with pytest.raises(ValueError, match=f"{name}: "):
            read(tmp_path / name)


def test_a_source_is_a_row(tmp_path, monkeypatch):
    """Training, judging and answering from the terminal read it too."""

    def read_own(path, reading):
        rows = np.loadtxt(path)
        return ((rows[:, 1:], rows[:, 0].astype(int)) if reading.labels else (rows, None)), NO_PART

    monkeypatch.setattr(readers, "READERS", (*READERS, Reader(".own", read_own, (".own",))))
    rows = np.random.default_rng(0).normal(size=(20, 3))
    y = np.arange(20) % 2
    np.savetxt(tmp_path / "t.own", np.column_stack([y, rows]), delimiter="\t", fmt="%.18e")
    np.savetxt(tmp_path / "X.own", rows, delimiter="\t", fmt="%.18e")
    out = tmp_path / "net.npz"
    ok("train", "--data", tmp_path / "t.own", "--epochs", 1, "--out", out)
    net = fastnet.train(rows, y, epochs=1)
    assert fastnet.load(out).digest() == net.digest()
    assert f"{100 * net.score(rows, y):.2f}%" in ok("evaluate", out)
    said = ok("predict", out, "--data", tmp_path / "X.own").split()
    assert said == [str(k) for k in net.predict(rows)]


def test_all_readers_are_told_apart():
    endings = [ending for reader in READERS for ending in reader.endings]
    twice = {ending for ending in endings if endings.count(ending) > 1}
    assert twice == {".jsonl", ".ndjson"}  # of which the content tells
    assert all(reader.endings or reader.begins for reader in READERS)


def test_files_need_no_pandas(tmp_path):
    """PyArrow would import it, in a quarter of a second, for what fastnet can do itself."""
    for name in ("parquet", "feather", "csv"):
        importlib.import_module(f"pyarrow.{name}")
    times = pa.array([None, *range(39)], pa.timestamp("ms"))
    words = pa.array(["a", None, "b", "c"] * 10)
    columns = {"w": words, "c": words.dictionary_encode(), "t": times, "n": [1.5, None] * 20}
    frame = pa.table({**columns, "b": [True, None] * 20, "y": [0, 1] * 20})
    pa.parquet.write_table(frame, tmp_path / "t.parquet")
    pa.feather.write_feather(frame, tmp_path / "t.feather")
    pa.csv.write_csv(frame, tmp_path / "t.csv")
    for ending in ("parquet", "feather", "csv"):
        path = str(tmp_path / f"t.{ending}")
        code = f"import fastnet, sys; fastnet.datasets.read({path!r})"
        assert python(f"{code}; print('pandas' in sys.modules)").stdout == "False\n", ending


def test_images_keep_their_rows_and_columns_if_they_are_not_to_be_flat(tmp_path):
    X, y = np.arange(3 * 4 * 9, dtype=np.uint8).reshape(3, 4, 9), np.arange(3)
    np.savez(tmp_path / "images.npz", X=X, y=y, X_test=X[:2], y_test=y[:2])
    np.save(tmp_path / "X.npy", X)
    (kept, _), (test, _) = read(tmp_path / "images.npz", flatten=False)
    assert (kept.shape, test.shape) == (X.shape, (2, 4, 9))
    (flat, _), (test, _) = read(tmp_path / "images.npz")
    assert (flat.shape, test.shape) == ((3, 36), (2, 36))
    np.testing.assert_array_equal(kept.reshape(3, 36), flat)
    (alone, _), _ = read(tmp_path / "X.npy", flatten=False, labels=False)
    np.testing.assert_array_equal(alone, X)
