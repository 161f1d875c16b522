"""Encoded rows on disk: those of the whole table, in bounded memory, whole or not at all."""

import json
import os
import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fastnet import LearningWarning
from fastnet.data.samples import Samples
from fastnet.datasets import encode, read
from fastnet.sources import encoded
from fastnet.tables import Encoding, fitting

N = 2000
RNG = np.random.default_rng(0)
DENSE = pd.DataFrame(
    {
        "age": RNG.integers(1, 90, N), "job": RNG.choice(["a", "b, c"], N),
        "pay": RNG.normal(size=N).round(3), "rich": RNG.choice(["yes", "no", "perhaps"], N),
    }
)  # fmt: skip
DENSE.loc[::9, "pay"] = np.nan
SPARSE = DENSE.assign(
    town=RNG.choice([f"town {k}" for k in range(50)], N), y=RNG.normal(size=N).round(3)
)
FRAMES = {"dense": DENSE, "sparse": SPARSE}
SOURCES = {
    "t.csv": lambda frame, path: frame.to_csv(path, index=False),
    "t.parquet": lambda frame, path: frame.to_parquet(path, row_group_size=300),
}


def rows(X: Samples) -> np.ndarray:
    return X.rows.toarray() if hasattr(X.rows, "tocsr") else X.rows


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind", FRAMES)
@pytest.mark.parametrize("name", SOURCES)
def test_rows_are_those_of_the_whole_table(tmp_path, monkeypatch, name, kind, dtype):
    SOURCES[name](FRAMES[kind], tmp_path / name)
    monkeypatch.setattr(encoded, "ROWS", 333)
    (X, y), test = encode(tmp_path / name, tmp_path / "rows", dtype=dtype)
    (table, labels), _ = read(tmp_path / name)
    wanted = Encoding.fit(table)
    assert isinstance(X, Samples) and X.encoding == wanted and test == (None, None)
    assert X.encoding.digest() == wanted.digest() and X.encoding.target == table.target
    whole = wanted.samples(table, np.dtype(dtype))
    assert hasattr(X.rows, "tocsr") == hasattr(whole.rows, "tocsr") == (kind == "sparse")
    assert rows(X).dtype == dtype and rows(X).tobytes() == rows(whole).tobytes()
    assert X.sha256 == whole.sha256
    assert y.dtype == labels.dtype and np.array_equal(y, labels)


@pytest.mark.parametrize("kind", FRAMES)
def test_rows_stay_on_disk(tmp_path, kind):
    FRAMES[kind].to_parquet(tmp_path / "t.parquet")
    (X, y), _ = encode(tmp_path / "t.parquet", tmp_path / "rows")
    arrays = [X.rows.data, X.rows.indices, X.rows.indptr] if kind == "sparse" else [X.rows]
    native = X.take(np.arange(3))[0]
    arrays += [native.data, native.indptr, native.indices] if kind == "sparse" else [native.data]
    for array in [*arrays, y]:
        while not isinstance(array, np.memmap):
            assert array.base is not None, "it is a copy"
            array = array.base


def test_some_rows_are_held_out_by_their_places(tmp_path, monkeypatch):
    DENSE.to_csv(tmp_path / "t.csv", index=False)
    found = []
    for chunk in (70, 5000):
        monkeypatch.setattr(encoded, "ROWS", chunk)
        (X, y), (X_test, y_test) = encode(tmp_path / "t.csv", tmp_path / str(chunk), test=0.1)
        assert len(y) + len(y_test) == N and 150 < len(y_test) < 250
        assert X.n == len(y) and X_test.n == len(y_test) and X_test.encoding is X.encoding
        found.append([rows(X).tobytes(), y.tolist(), rows(X_test).tobytes(), y_test.tolist()])
    assert found[0] == found[1]
    (table, labels), _ = read(tmp_path / "t.csv")
    whole = rows(X.encoding.samples(table, np.dtype("f4")))
    held = encoded.held(table, 0.1)
    assert np.array_equal(whole[held], rows(X_test)) and labels[~held].tolist() == y.tolist()
    assert X.encoding == Encoding.fit(table[~held])  # of the others only


def test_rows_without_a_target_are_left_out(tmp_path):
    DENSE.to_csv(tmp_path / "t.csv", index=False)
    with pytest.warns(LearningWarning, match="223 rows have no 'pay'"):
        (X, y), _ = encode(tmp_path / "t.csv", tmp_path / "rows", target="pay", drop=["rich"])
    assert X.n == len(y) == N - 223 and y.dtype == np.float64
    table, _ = read(tmp_path / "t.csv", labels=False)[0]
    there = ~DENSE["pay"].isna().to_numpy()
    wanted = Encoding.fit(table[there].without(["pay", "rich"]))
    assert X.encoding.target == "pay" and X.encoding.columns == wanted.columns


def made(folder: Path) -> int:
    """A number that tells when the rows were made."""
    return (folder / "about.json").stat().st_ino


def test_rows_of_the_same_file_are_used_again(tmp_path):
    source, folder = tmp_path / "t.csv", tmp_path / "rows"
    DENSE.to_csv(source, index=False)
    (X, _), _ = encode(source, folder)
    first = made(folder)
    (again, _), _ = encode(source, folder)
    assert made(folder) == first and again.sha256 == X.sha256 and again.encoding == X.encoding
    for change in (
        lambda: encode(source, folder, drop=["age"]), lambda: encode(source, folder, test=0.5),
        lambda: encode(source, folder, dtype="float64"),
        lambda: encode(source, folder, classes=["yes", "no", "perhaps"]),
    ):  # fmt: skip
        before = made(folder)
        change()
        assert made(folder) != before
    encode(source, folder)
    before, (X, _) = made(folder), encode(source, folder)[0]
    DENSE[:-1].to_csv(source, index=False)
    (less, _), _ = encode(source, folder)
    assert made(folder) != before and less.n == N - 1 and X.n == N
    text = source.read_text()
    source.write_text(text.replace("yes", "yet", 1))  # as long
    assert "yet" in encode(source, folder)[0][1]
    assert os.listdir(tmp_path).count("rows") == 1 and len(os.listdir(tmp_path)) == 2


def test_a_folder_of_something_else_is_not_touched(tmp_path):
    DENSE.to_csv(tmp_path / "t.csv", index=False)
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.png").write_bytes(b"a")
    (tmp_path / "file").write_bytes(b"a")
    for name in ("photos", "file"):
        with pytest.raises(ValueError, match=f"{name}: no encoded rows in it, wanted a new folder"):
            encode(tmp_path / "t.csv", tmp_path / name)
    assert (tmp_path / "photos" / "a.png").read_bytes() == b"a"
    (tmp_path / "empty").mkdir()
    assert encode(tmp_path / "t.csv", tmp_path / "empty")[0][0].n == N


def test_an_error_leaves_the_old_rows(tmp_path):
    source, folder = tmp_path / "t.csv", tmp_path / "rows"
    DENSE.to_csv(source, index=False)
    encode(source, folder)
    before = made(folder)
    with open(source, "a") as file:
        file.write("1,2\n")
    with pytest.raises(ValueError, match=r"t\.csv: line 2002"):
        encode(source, folder)
    assert made(folder) == before and sorted(os.listdir(tmp_path)) == ["rows", "t.csv"]


def test_a_killed_process_leaves_nothing_that_is_used(tmp_path):
    pd.concat([DENSE] * 20).to_csv(tmp_path / "t.csv", index=False)
    code = (
        "import os, sys\nfrom fastnet.data import npy\nfrom fastnet.datasets import encode\n"
        "npy.Growing.finish = lambda self: os._exit(9)\n"
        "encode(sys.argv[1], sys.argv[2])"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "t.csv"), str(tmp_path / "rows")]
    assert subprocess.run(command).returncode == 9
    assert not (tmp_path / "rows").exists() and len(os.listdir(tmp_path)) == 2
    (X, _), _ = encode(tmp_path / "t.csv", tmp_path / "rows")
    assert X.n == 20 * N and sorted(os.listdir(tmp_path)) == ["rows", "t.csv"]


@pytest.mark.parametrize("kind", FRAMES)
def test_damaged_rows_are_refused(tmp_path, kind):
    FRAMES[kind].to_parquet(tmp_path / "t.parquet")
    folder = tmp_path / "rows"
    encode(tmp_path / "t.parquet", folder)
    for name in os.listdir(folder):
        whole = (folder / name).read_bytes()
        (folder / name).write_bytes(whole[:-1])
        with pytest.raises(ValueError, match=r"rows: (not readable as|about\.json is d)"):
            encode(tmp_path / "t.parquet", folder)
        (folder / name).write_bytes(whole)
    if kind == "sparse":
        indices = np.load(folder / "indices.npy", mmap_mode="r+")
        indices[5] = 2**30
        indices.flush()
        with pytest.raises(ValueError, match=r"rows: not readable as encoded rows: .*out of range"):
            encode(tmp_path / "t.parquet", folder)
    about = json.loads((folder / "about.json").read_text())
    about["encoding"]["columns"] = []
    (folder / "about.json").write_text(json.dumps(about))
    with pytest.raises(ValueError, match="rows: not readable as encoded rows"):
        encode(tmp_path / "t.parquet", folder)


@pytest.mark.parametrize(
    ("options", "said", "error"),
    [
        ({"test": 1}, "test: 1, wanted a share of the rows below 1", ValueError),
        ({"test": -1}, "test: -1, wanted", ValueError),
        ({"dtype": "f2"}, "dtype: 'f2', wanted one of float32, float64", ValueError),
        ({"weight": "age"}, "weight: encoded rows have a target and no weights", TypeError),
        ({"labels": False}, "labels: encoded rows have a target", TypeError),
        ({"tagret": "age"}, "tagret: there is no such option; did you mean 'target'", TypeError),
        ({"target": "agee"}, r"t\.csv: no column 'agee', wanted", ValueError),
    ],
)
def test_wrong_options_are_named(tmp_path, options, said, error):
    DENSE.to_csv(tmp_path / "t.csv", index=False)
    with pytest.raises(error, match=said):
        encode(tmp_path / "t.csv", tmp_path / "rows", **options)
    assert os.listdir(tmp_path) == ["t.csv"]


def test_arrays_need_no_encoding(tmp_path):
    np.save(tmp_path / "t.npy", np.eye(3))
    with pytest.raises(ValueError, match=r"t\.npy: arrays, wanted a table; fastnet\."):
        encode(tmp_path / "t.npy", tmp_path / "rows")


def test_memory_stays_flat(tmp_path, monkeypatch):
    monkeypatch.setattr(encoded, "ROWS", 2000)
    monkeypatch.setattr(fitting, "SAMPLED", 1000)
    most = []
    for times in (4, 16):
        pd.concat([SPARSE] * times).to_parquet(tmp_path / "t.parquet", row_group_size=2000)
        tracemalloc.start()
        (X, _), _ = encode(tmp_path / "t.parquet", tmp_path / "rows")
        most.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert X.n == times * N
    assert most[1] - most[0] < 1 << 16, "bytes"
