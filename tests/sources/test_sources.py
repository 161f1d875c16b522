"""One table from each source: the same encoding, the same rows, the same net, bit for bit."""

import datetime
import json

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from fastnet import train
from fastnet.datasets import encode, read
from fastnet.tables import Encoding
from fastnet.tables.frames import as_table

N = 400
RNG = np.random.default_rng(0)
GAPS = RNG.random(N) < 0.1
WORDS = RNG.choice(["clerk", "cook, 1st", 'the "boss"', "é", "3+"], N).tolist()
PAY = (1e5 * RNG.random(N)).tolist()
DAYS = [datetime.date(2020, 1, 1) + datetime.timedelta(int(k)) for k in RNG.integers(0, 999, N)]
COLUMNS = {
    "age": RNG.integers(18, 90, N).tolist(),
    "pay": [None if gap else pay for gap, pay in zip(GAPS, PAY, strict=True)],
    "job": [None if gap else word for gap, word in zip(GAPS[::-1], WORDS, strict=True)],
    "since": DAYS,
    "own": [bool(k) for k in RNG.integers(0, 2, N)],
    "rich": RNG.choice(["yes", "no"], N).tolist(),
}
FRAME = pd.DataFrame(COLUMNS)
ROWS = [dict(zip(COLUMNS, row, strict=True)) for row in zip(*COLUMNS.values(), strict=True)]
FIELDS = [("age", "i4"), ("pay", "f8"), ("job", "O"), ("since", "M8[D]"), ("own", "?"),
          ("rich", "U3")]  # fmt: skip


def lines(path):
    path.write_text("".join(json.dumps(row, default=str) + "\n" for row in ROWS))


MEMORY = {
    "pandas": FRAME,
    "pandas' best": FRAME.convert_dtypes(),
    "pandas' objects": FRAME.astype(object),
    "pandas and Arrow": FRAME.convert_dtypes(dtype_backend="pyarrow"),
    "pandas' times": FRAME.astype({"since": "datetime64[ns]"}),
    "Polars": pl.DataFrame(COLUMNS),
    "Arrow": pa.table(COLUMNS),
    "dicts": ROWS,
    "columns": COLUMNS,
    "fields": np.array([tuple(row.values()) for row in ROWS], FIELDS),
}
FILES = {
    "t.csv": lambda path: FRAME.to_csv(path, index=False),
    "t.tsv": lambda path: FRAME.to_csv(path, index=False, sep="\t", na_rep="NA"),
    "comma.csv": lambda path: FRAME.to_csv(path, index=False, sep=";", decimal=","),
    "t.csv.gz": lambda path: FRAME.to_csv(path, index=False),
    "t.jsonl": lines,
    "t.parquet": lambda path: FRAME.to_parquet(path, row_group_size=90),
    "polars.parquet": lambda path: pl.DataFrame(COLUMNS).write_parquet(path),
    "t.feather": lambda path: FRAME.to_feather(path),
}
LABELS = COLUMNS["rich"]


def inputs(table):
    return table if "rich" not in table.names else table.without(["rich"])


WANTED = Encoding.fit(inputs(as_table(FRAME)))


@pytest.mark.parametrize("source", MEMORY)
def test_each_container_is_encoded_the_same(source):
    table = inputs(as_table(MEMORY[source]))
    found = Encoding.fit(table)
    assert found.columns == WANTED.columns and found.digest() == WANTED.digest()
    for dtype in (np.dtype("f4"), np.dtype("f8")):
        rows = [encoding.samples(table, dtype).sha256 for encoding in (found, WANTED)]
        assert {*rows} == {WANTED.samples(inputs(as_table(FRAME)), dtype).sha256}


@pytest.mark.parametrize("source", FILES)
def test_each_file_is_encoded_the_same(tmp_path, source):
    FILES[source](tmp_path / source)
    (X, y), _ = read(tmp_path / source)
    assert y.tolist() == LABELS and X.target == "rich"
    found = Encoding.fit(X)
    assert found.columns == WANTED.columns
    wanted = WANTED.samples(inputs(as_table(FRAME)), np.dtype("f4")).sha256
    assert found.samples(X, np.dtype("f4")).sha256 == wanted
    (X, y), _ = encode(tmp_path / source, tmp_path / "rows")
    assert X.sha256 == wanted and X.encoding.columns == WANTED.columns and y.tolist() == LABELS


def test_nets_are_the_same(tmp_path):
    options = {"hidden": (4,), "epochs": 2}
    net = train(FRAME.drop(columns="rich"), LABELS, **options)
    for X in (pl.DataFrame(COLUMNS).drop("rich"), pa.table(COLUMNS).drop_columns("rich")):
        assert train(X, pd.Series(LABELS, dtype="category"), **options).digest() == net.digest()
    FILES["t.csv"](tmp_path / "t.csv")
    (X, y), _ = read(tmp_path / "t.csv")
    from_file = train(X, y, **options)
    turned = FRAME[FRAME.columns[-2::-1]]
    assert np.array_equal(from_file.predict_proba(FRAME), net.predict_proba(turned))
    (X, y), _ = encode(tmp_path / "t.csv", tmp_path / "rows")
    assert train(X, y, **options).digest() == from_file.digest()
