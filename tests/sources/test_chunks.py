"""Files in chunks: their rows and targets are those of the whole file, in bounded memory."""

import tracemalloc

import numpy as np
import pandas as pd
import pytest

from fastnet import LearningWarning, train, train_stream
from fastnet.datasets import chunks, read
from tests.tables.helpers import contents

N = 500
RNG = np.random.default_rng(0)
FRAME = pd.DataFrame(
    {
        "age": RNG.integers(1, 90, N), "job": RNG.choice(["a", "b, c"], N),
        "pay": RNG.normal(size=N).round(3), "rich": RNG.choice(["yes", "no"], N),
    }
)  # fmt: skip
FRAME.loc[::9, "pay"] = np.nan
WRITE = {
    "t.csv": lambda path: FRAME.to_csv(path, index=False),
    "t.parquet": lambda path: FRAME.to_parquet(path, row_group_size=70),
    "t.feather": lambda path: FRAME.to_feather(path),
    "t.jsonl": lambda path: FRAME.to_json(path, orient="records", lines=True),
}


def listed(table):
    return {name: values for name, (_, values) in contents(table).items()}


@pytest.mark.parametrize("rows", [1, 64, N, 10**6])
@pytest.mark.parametrize("name", WRITE)
def test_chunks_are_the_file(tmp_path, name, rows):
    WRITE[name](tmp_path / name)
    (X, y), _ = read(tmp_path / name)
    whole = listed(X)
    parts = list(chunks(tmp_path / name, rows))
    assert [len(X) for X, _ in parts] == [min(rows, N - k) for k in range(0, N, rows)]
    assert [label for _, some in parts for label in some] == y.tolist()
    for column, values in whole.items():
        assert [v for X, _ in parts for v in listed(X)[column]] == values


@pytest.mark.parametrize("name", WRITE)
def test_what_a_target_holds_is_decided_by_the_whole_column(tmp_path, name):
    """Whole numbers at the beginning, and some that are none at the end, are numbers."""
    frame = FRAME.assign(y=[*(k % 3 for k in range(N - 20)), *[0.5] * 20])
    frame = frame.astype({"y": object}) if name == "t.csv" else frame
    {"t.csv": frame.to_csv, "t.parquet": frame.to_parquet, "t.feather": frame.to_feather}.get(
        name, lambda path, **_: frame.to_json(path, orient="records", lines=True)
    )(tmp_path / name, **({"index": False} if name == "t.csv" else {}))
    assert {y.dtype.kind for _, y in chunks(tmp_path / name, 50)} == {"f"}
    with pytest.raises(ValueError, match=r"0\.5"):
        list(chunks(tmp_path / name, 50, classes=[0, 1, 2]))


def test_rows_without_a_target_are_counted_once(tmp_path):
    FRAME.to_csv(tmp_path / "t.csv", index=False)
    with pytest.warns(LearningWarning, match=r"t.csv: 56 rows have no 'pay': they are le") as told:
        parts = list(chunks(tmp_path / "t.csv", 100, target="pay"))
    assert len(told) == 1 and sum(len(X) for X, _ in parts) == N - 56
    assert {y.dtype.kind for _, y in parts} == {"f"}
    few = FRAME.assign(pay=[1.5] * 3 + [np.nan] * (N - 3))
    few.to_parquet(tmp_path / "t.parquet")
    with pytest.warns(LearningWarning, match="497 rows have no 'pay'"):
        assert len(list(chunks(tmp_path / "t.parquet", 100, target="pay"))) == 1


def test_numbers_without_names_are_arrays(tmp_path):
    rows = FRAME[["age", "pay"]].fillna(0).assign(y=RNG.integers(0, 2, N)).to_numpy()
    np.savetxt(tmp_path / "t.csv", rows, delimiter=",", fmt="%.10g")
    np.save(tmp_path / "t.npy", rows)
    np.savez(tmp_path / "t.npz", X=rows[:, :2], y=rows[:, 2].astype(int))
    for name in ("t.csv", "t.npy", "t.npz"):
        parts = list(chunks(tmp_path / name, 123))
        assert [len(X) for X, _ in parts] == [123] * 4 + [8]
        assert np.array_equal(np.concatenate([X for X, _ in parts]), rows[:, :2])
        assert np.concatenate([y for _, y in parts]).tolist() == rows[:, 2].tolist()
        assert parts[0][1].dtype == np.int64
    rows[-1, 0] = np.nan
    np.savetxt(tmp_path / "t.csv", rows, delimiter=",", fmt="%.10g")
    assert all(not isinstance(X, np.ndarray) for X, _ in chunks(tmp_path / "t.csv", 50))


def test_a_stream_learns_chunks(tmp_path):
    rows = np.column_stack([RNG.normal(size=(N, 3)), RNG.integers(0, 2, N)])
    np.save(tmp_path / "t.npy", rows)
    net = train_stream(chunks(tmp_path / "t.npy", 100), hidden=(4,))
    one = train_stream([(rows[:, :3], rows[:, 3].astype(int))], hidden=(4,))
    assert net.digest() == one.digest()
    (X, y), _ = read(tmp_path / "t.npy")
    assert train(X, y, epochs=1).digest() == train(rows[:, :3].copy(), y, epochs=1).digest()


def test_without_labels(tmp_path):
    FRAME.to_csv(tmp_path / "t.csv", index=False)
    parts = list(chunks(tmp_path / "t.csv", 100, labels=False))
    assert {y for _, y in parts} == {None} and parts[0][0].names == tuple(FRAME.columns)


@pytest.mark.parametrize(
    ("options", "said", "error"),
    [
        ({"rows": 0}, "rows: 0, wanted a whole number", ValueError),
        ({"weight": "age"}, "weight: chunks have no weights", TypeError),
        ({"targe": "age"}, "targe: there is no such option; did you mean 'target'", TypeError),
        ({"target": "agee"}, r"t\.csv: no column 'agee', wanted .*; did you mean 'a", ValueError),
        ({"drop": "age"}, "drop: 'age', wanted a list of names of columns", TypeError),
    ],
)
def test_wrong_options_are_named_at_once(tmp_path, options, said, error):
    FRAME.to_csv(tmp_path / "t.csv", index=False)
    with pytest.raises(error, match=said):
        chunks(tmp_path / "t.csv", **options)


@pytest.mark.heavy
def test_memory_stays_flat(tmp_path):
    """Four times the rows need as much memory."""
    most = []
    for times in (1, 4):
        frame = pd.concat([FRAME] * (100 * times))
        frame.to_parquet(tmp_path / "t.parquet", row_group_size=5000)
        frame.to_csv(tmp_path / "t.csv", index=False)
        del frame
        for name in ("t.parquet", "t.csv"):
            list(map(len, chunks(tmp_path / name, 1000)))
            tracemalloc.start()
            for _ in chunks(tmp_path / name, 1000):
                pass
            most.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
    assert most[2] < 1.2 * most[0] + (1 << 18)
    assert most[3] < 40e6  # a block of text is 8 MiB
