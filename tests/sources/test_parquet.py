"""Parquet, Feather and Arrow files: the same tables, whole or in chunks; damage is one line."""

import random
import subprocess
import sys

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pytest

import fastnet
from fastnet.datasets import read
from fastnet.sources.readers import reader_of
from fastnet.sources.reading import Reading
from fastnet.tables.frames import as_table
from tests.tables.helpers import contents

N = 1000
RNG = np.random.default_rng(0)
FRAME = pd.DataFrame(
    {
        "id": np.arange(N),
        "age": pd.array(RNG.integers(1, 9, N), "Int64"),
        "job": RNG.choice(["a", "b, c", ' "d"'], N),
        "when": pd.date_range("2020", periods=N),
        "size": pd.Categorical(RNG.choice(["S", "M"], N), ["S", "M", "L"], ordered=True),
        "old": RNG.random(N) > 0.5,
        "income": RNG.choice(["low", "high"], N),
    }
)
FRAME.loc[::7, "age"] = pd.NA
FRAME.loc[::5, "job"] = None


def write_stream(path, table=None, rows=300) -> None:
    table = pa.table(FRAME) if table is None else table
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, table.schema) as writer:
        writer.write_table(table, max_chunksize=rows)


def write_arrow(path) -> None:
    table = pa.table(FRAME)
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table, max_chunksize=170)


WRITE = {
    "t.parquet": lambda path: FRAME.to_parquet(path),
    "groups.pq": lambda path: FRAME.to_parquet(path, row_group_size=130),
    "t.feather": lambda path: FRAME.to_feather(path),
    "plain.feather": lambda path: FRAME.to_feather(path, compression="uncompressed"),
    "t.arrow": write_arrow,
    "stream.arrow": write_stream,
}
ALL = {"parquet": "t.parquet", "feather": "t.feather", "stream": "stream.arrow"}


@pytest.mark.parametrize("name", WRITE)
def test_a_file_is_its_frame(tmp_path, name):
    WRITE[name](tmp_path / name)
    (X, y), test = read(tmp_path / name)
    inputs = FRAME.drop(columns="income")
    assert contents(X) == contents(as_table(inputs)) and X.target == "income"
    assert y is not None and y.tolist() == FRAME["income"].tolist() and test == (None, None)
    (X, y), _ = read(tmp_path / name, labels=False)
    assert contents(X) == contents(as_table(FRAME)) and y is None


@pytest.mark.parametrize("rows", [1, 7, 130, 999, 1000, 5000])
@pytest.mark.parametrize("name", WRITE)
def test_chunks_of_a_file_are_its_rows(tmp_path, name, rows):
    WRITE[name](tmp_path / name)
    reader = reader_of(tmp_path / name)
    assert reader.tables is not None
    tables = list(reader.tables(tmp_path / name, Reading(), rows))
    sizes = [len(table) for table in tables]
    assert {*sizes[:-1]} <= {rows} and 0 < sizes[-1] <= rows and sum(sizes) == N
    assert [table.first for table in tables] == list(range(0, N, rows))
    assert tables[-1].where(len(tables[-1]) - 1) == "row 999"
    wanted = contents(as_table(FRAME))
    for place in (0, len(tables) // 2, -1):
        start = tables[place].first
        for column, (kind, values) in contents(tables[place]).items():
            assert kind == wanted[column][0]
            assert values == wanted[column][1][start : start + rows]


@pytest.mark.parametrize("name", WRITE)
def test_what_a_file_is_says_its_content(tmp_path, name):
    WRITE[name](tmp_path / name)
    wanted = reader_of(tmp_path / name)
    (tmp_path / name).rename(tmp_path / "data")
    if name != "stream.arrow":  # which begins with nothing of its own
        assert reader_of(tmp_path / "data") is wanted


def test_columns_are_dropped_weighed_and_aimed_at(tmp_path):
    path = tmp_path / "t.parquet"
    FRAME.to_parquet(path)
    (X, y), _ = read(path, target="old", drop=["age", "income"], weight="id")
    assert X.names == ("job", "when", "size") and y is not None and y.tolist() == [*FRAME["old"]]
    assert X.weights.tolist() == FRAME["id"].tolist() and X[3:5].weights.tolist() == [3, 4]
    with pytest.raises(ValueError, match=r"t\.parquet: row 0: a missing weight, wanted numbers"):
        read(path, weight="age")
    (X, y), _ = read(path, label="first")
    assert X.names == tuple(FRAME.columns[1:]) and y is not None and len(y) == N
    with pytest.warns(fastnet.LearningWarning, match=r"t\.parquet: 200 of 1,000 rows have no 'jo"):
        (X, y), _ = read(path, target="job")
    assert len(X) == 800 and y is not None and y[0] == FRAME["job"][1]
    assert X.where(0) == "row 1"
    (X, y), _ = read(path, labels=False, drop=["not there", "id"], weight="nor this")
    assert X.names == tuple(FRAME.columns[1:])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"target": "Income"}, "no column 'Income', wanted one of id, age, .*; did you mean 'inc"),
        ({"drop": ["age", "ids"]}, "no column 'ids', wanted one of id"),
        ({"weight": "ages"}, "no column 'ages', wanted"),
        ({"weight": "job"}, "column 'job' holds words, wanted weights"),
        ({"target": "age", "drop": ["age"]}, "'age' is the target and dropped, wanted one"),
        ({"drop": [*FRAME.columns[1:]]}, "no columns but id, wanted inputs too"),
    ],
)
def test_a_column_that_is_not_there_is_named(tmp_path, options, said):
    FRAME.to_parquet(tmp_path / "t.parquet")
    with pytest.raises(ValueError, match=rf"/t\.parquet: {said}"):
        read(tmp_path / "t.parquet", **options)


def test_an_index_without_a_name_is_no_column(tmp_path):
    FRAME[::2].to_parquet(tmp_path / "t.parquet")
    (X, _), _ = read(tmp_path / "t.parquet", labels=False)
    assert X.names == tuple(FRAME.columns) and len(X) == N // 2
    FRAME[::2].set_index("job").to_parquet(tmp_path / "t.parquet")
    (X, _), _ = read(tmp_path / "t.parquet", labels=False)
    assert set(X.names) == set(FRAME.columns)


def test_nested_columns_are_named_and_can_be_dropped(tmp_path):
    table = pa.table({"a": [1, 2], "tags": [["x"], []], "y": [0, 1]})
    pq.write_table(table, tmp_path / "t.parquet")
    with pytest.raises(ValueError, match=r"t\.parquet: column 'tags': type list.* drop leaves a"):
        read(tmp_path / "t.parquet")
    (X, y), _ = read(tmp_path / "t.parquet", drop=["tags"])
    assert contents(X) == {"a": ("number", [1.0, 2.0])} and y is not None and y.tolist() == [0, 1]


def test_a_file_without_rows_is_said(tmp_path):
    for name, write in {
        "t.parquet": lambda path: FRAME[:0].to_parquet(path),
        "t.feather": lambda path: FRAME[:0].to_feather(path),
        "stream.arrow": lambda path: write_stream(path, pa.table(FRAME[:0])),
    }.items():
        write(tmp_path / name)
        with pytest.raises(ValueError, match=rf"/{name}: no rows"):
            read(tmp_path / name)
        with pytest.raises(ValueError, match=rf"/{name}: no rows"):
            read(tmp_path / name, labels=False)
    pq.write_table(pa.table([[1], [2]], ["a", "a"]), tmp_path / "t.parquet")
    with pytest.raises(ValueError, match=r"t\.parquet: two columns 'a', wanted each name once"):
        read(tmp_path / "t.parquet")


def refused(path) -> str:
    """The one line with which a damaged file is refused, or "" if it is read."""
    try:
        read(path)
    except ValueError as error:
        assert str(error).startswith(f"{path}: ") and "\n" not in str(error), error
        assert len(str(error)) < 320 + len(str(path))
        return str(error)
    return ""


@pytest.mark.parametrize("form", ALL)
def test_a_file_cut_short_is_one_line(tmp_path, form):
    name = ALL[form]
    WRITE[name](tmp_path / name)
    whole = (tmp_path / name).read_bytes()
    for size in (0, 1, 4, 6, 7, 8, 12, 100, len(whole) // 3, len(whole) // 2, len(whole) - 1):
        (tmp_path / name).write_bytes(whole[:size])
        said = refused(tmp_path / name)
        if form != "stream" or size < len(whole) - 1:
            assert "not readable as" in said, size
        assert form == "stream" or size < 6 or "cut short" in said
    (tmp_path / name).write_bytes(b"a,b\n1,2\n")
    assert "not readable as" in refused(tmp_path / name)


@pytest.mark.parametrize("form", ALL)
@pytest.mark.filterwarnings("ignore::fastnet.LearningWarning")
def test_a_damaged_file_is_refused_or_read(tmp_path, form):
    name, rng = ALL[form], random.Random(form)
    WRITE[name](tmp_path / name)
    whole = (tmp_path / name).read_bytes()
    code = (
        "import sys, warnings; from tests.sources.test_parquet import refused\n"
        "warnings.simplefilter('ignore')\n"
        "print([bool(refused(path)) for path in sys.argv[1:]])"
    )
    paths = []
    for k in range(40):
        damaged = bytearray(whole)
        for _ in range(rng.choice([1, 3, 30])):
            at = rng.choice([rng.randrange(len(whole)), len(whole) - 1 - rng.randrange(400)])
            damaged[at] = rng.randrange(256)
        paths.append(tmp_path / f"{k}-{name}")
        paths[-1].write_bytes(damaged)
    done = subprocess.run([sys.executable, "-c", code, *map(str, paths)], capture_output=True,
                          text=True, timeout=120)  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert "True" in done.stdout


def test_a_missing_extra_is_named(tmp_path, monkeypatch):
    FRAME.to_parquet(tmp_path / "t.parquet")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    said = r"t\.parquet: a file of Parquet needs PyArrow: pip install 'fastnet-sgd\[tables\]'"
    with pytest.raises(ImportError, match=said):
        read(tmp_path / "t.parquet")
