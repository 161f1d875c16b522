"""The running form of an encoding: streams."""

import json
import pickle
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fastnet
from fastnet.tables import Encoding, Table, encoding, reference
from fastnet.tables.frames import as_table
from fastnet.tables.table import Numbers, Words

F4, F8 = np.dtype("f4"), np.dtype("f8")
VALUES = {
    "x": st.none() | st.floats(-1e9, 1e9) | st.integers(-3, 3) | st.just(1e300),
    "word": st.none() | st.sampled_from("abcdef"),
    "flag": st.none() | st.booleans(),
}
SOME = st.fixed_dictionaries({"x": VALUES.pop("x")}, optional=VALUES)
ROWS = st.lists(SOME, min_size=1, max_size=40)


def started(**more: Any) -> Encoding:
    return Encoding(running=True, **more)


def learned(e: Encoding, X: Any, dtype: np.dtype = F8) -> Any:
    rows = e.learn(X, dtype).rows
    return rows.toarray() if hasattr(rows, "tocsr") else rows


def test_exact_values() -> None:
    e = started()
    rows = learned(e, [{"x": 1.0, "w": "a"}, {"x": 3.0, "w": "b"}, {"x": None, "w": None}])
    z = 1 / (1 + 1 / 9) ** 0.5  # mean 2, deviation 1
    np.testing.assert_allclose(rows, [[0, 1, 0, 0, 0], [z, 0, 1, 0, 0], [0, 0, 0, 1, 1]])
    x, w = e.columns
    assert (x.seen, x.centre, x.squares, x.scale) == (2, 2.0, 2.0, 1.0)  # type: ignore[union-attr]
    assert (x.value, x.gap) == (0, 3)  # type: ignore[union-attr]
    assert (w.index, w.gap) == ({"a": 1, "b": 2}, 4)  # type: ignore[union-attr]


def assert_equal_inputs(inputs: Any, judge: list[list[float]]) -> None:
    """Inputs are those of the reference, to which later rows have given more."""
    wanted = np.zeros(np.shape(inputs))
    for row, values in zip(wanted, judge, strict=True):
        row[: len(values)] = values
    assert inputs.tobytes() == wanted.tobytes()


@given(ROWS, st.lists(st.integers(0, 40), max_size=5))
@settings(deadline=None)
def test_all_bits_are_those_of_the_reference_in_whatever_chunks(
    rows: list[dict[str, Any]], cuts: list[int]
) -> None:
    rows = [{**rows[0], "x": 0.5}, *rows[1:]]  # at least one input
    judge, e, singly = reference.Running(), started(), started()
    wanted = [judge.learn(row) for row in rows]
    inner = sorted({min(cut, len(rows)) for cut in cuts} - {0, len(rows)})
    for start, stop in zip([0, *inner], [*inner, len(rows)], strict=True):
        assert_equal_inputs(learned(e, rows[start:stop]), wanted[start:stop])
    for row, inputs in zip(rows, wanted, strict=True):
        assert singly.learn_row(row, F8).tobytes() == np.array(inputs).tobytes()
    assert singly == e and e.width == len(judge.places)
    frozen = e.frozen()
    assert not frozen.running
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # gaps before the first value are new
        for row in rows:
            x = e.row(row, F4)
            assert x.tobytes() == e.samples([row], F4).rows.tobytes()
            whole = {name: row.get(name) for name in e.names}
            assert x.tobytes() == frozen.row(whole, F4).tobytes()


def frame(n: int) -> Table:
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=n) * 1e6, rng.exponential(size=n)
    x[rng.random(n) < 0.02] = np.nan
    words = [
        Words(rng.integers(-1 if k else 0, k, n).astype(np.int32), [f"w{i}" for i in range(k)])
        for k in (3, 40)
    ]
    return Table(("x", "a", "y", "b"), (Numbers(x), words[0], Numbers(y), words[1]))


@pytest.mark.parametrize("dtype", [F4, F8])
def test_the_batching_does_not_matter_to_a_frame(dtype: np.dtype) -> None:
    table, found = frame(700), []
    for size in (1, 256, 700):
        e = started()
        rows = np.zeros((700, 50), dtype)
        for start in range(0, 700, size):
            part = learned(e, table[start : start + size], dtype)
            rows[start : start + size, : part.shape[1]] = part
        found.append((e.digest(), rows.tobytes()))
    assert len({*found}) == 1
    assert e.width == 2 + 3 + 40 + 3  # numbers, words, gaps of x, a and b


def test_dense_and_sparse_rows_are_equal(monkeypatch: pytest.MonkeyPatch) -> None:
    table, found = frame(400), []
    for most, kind in ((2, "SparseRows"), (1000, "ndarray")):
        monkeypatch.setattr(encoding, "DENSE", most)
        e = started()
        e.learn(table[:100], F4)
        samples = e.learn(table[100:], F4)
        assert type(samples.rows).__name__ == kind
        found.append((samples.rows if most > 2 else samples.rows.toarray()).tobytes())
    assert len({*found}) == 1


def test_begin_knows_columns_and_words_but_learns_nothing() -> None:
    table = frame(300)
    begun = [Encoding.begin([table[:200]]), Encoding.begin([table[:1], table[1:200]])]
    assert begun[0] == begun[1] and begun[0].running
    assert all(getattr(column, "seen", 0) == 0 for column in begun[0].columns)
    rows = [learned(begun[0], table[:200])]
    assert rows[0].shape[1] == Encoding.begin([table[:200]]).width
    rows += [learned(begun[1], table[k : k + 50]) for k in range(0, 200, 50)]
    assert np.concatenate(rows[1:]).tobytes() == rows[0].tobytes()
    assert begun[0] == begun[1]


def test_begin_with_a_column_that_comes_later() -> None:
    tables = [as_table([{"a": 1.0, "b": None}]), as_table([{"b": "x"}]), as_table([{"b": 5}])]
    e = Encoding.begin(tables)  # type: ignore[arg-type]
    assert [c.inputs for c in e.columns] == [[0, 2], [3, 4, 1]]
    rows = learned(e, [{"a": 1.0, "b": None}, {"b": "x"}])
    assert rows.tolist() == [[0, 1, 0, 0, 0], [0, 0, 1, 1, 0]]


def test_begin_says_what_it_leaves_out() -> None:
    rows = [{"a": f"<{k}", "b": k} for k in range(30)]
    with pytest.warns(fastnet.LearningWarning, match=r"^X: column 'a': '<0' in row 0 cannot be"):
        e = Encoding.begin([as_table(rows)])  # type: ignore[list-item]
    assert [c.kind for c in e.columns] == ["left out", "number"]
    with pytest.warns(fastnet.LearningWarning, match=r"^X: column 'a': '<0' in row 0 cannot be"):
        assert learned(started(), rows).shape == learned(e, rows).shape == (30, 1)


def test_begin_types_by_all_rows() -> None:
    tables = [as_table([{"a": w}]) for w in ("1", "2", "3+")]
    e = Encoding.begin(tables)  # type: ignore[arg-type]
    assert e.columns[0].kind == "word" and e.width == 3
    assert learned(e, [{"a": 1}]).tolist() == [[1, 0, 0]]


def test_new_columns_of_dicts_join_and_absent_ones_are_gaps() -> None:
    e = started()
    assert learned(e, [{"a": 1.0}, {"a": 2.0, "b": "x"}]).shape == (2, 2)
    row = learned(e, [{"b": "x"}])
    assert row.tolist() == [[0, 1, 1]]
    assert e.row({"b": "x", "a": None}, F8).tolist() == [0, 1, 1] == e.row({"b": "x"}, F8).tolist()
    with pytest.raises(ValueError, match="x: no column 'a', wanted a, b"):
        e.frozen().row({"b": "x"}, F8, "x")


def test_an_empty_dict_is_a_row_of_gaps() -> None:
    e, other = started(), started()
    for one in (e, other):
        one.learn_row({"a": 1.0, "b": "x"}, F8)
    assert (e.learn_row({}, F8) == other.learn_row({"a": None, "b": None}, F8)).all()
    assert e == other and (e.row({}, F8) == e.row({"a": None}, F8)).all()
    assert (e.samples([{}, {}], F8).rows == e.samples([{"a": None}, {}], F8).rows).all()
    assert len(as_table([{}, {}, {}])[1:]) == len(as_table([{}, {}, {}])[np.array([0, 2])]) == 2
    with pytest.raises(ValueError, match=r"^x: no columns 'a', 'b', wanted a, b$"):
        e.frozen().row({}, F8)


def test_columns_of_frames_stay() -> None:
    e = started()
    e.learn(pd.DataFrame({"a": [1.0, 2.0], "b": ["x", "y"]}), F8)
    with pytest.raises(ValueError, match=r"^X: no column 'b', wanted a, b$"):
        e.learn(pd.DataFrame({"a": [1.0]}), F8)
    with pytest.warns(fastnet.LearningWarning, match=r"know \('c'\), left aside$"):
        e.learn(pd.DataFrame({"a": [1.0], "b": ["x"], "c": [1]}), F8)
    assert e.names == ("a", "b")


def test_an_error_changes_nothing() -> None:
    e = started()
    e.learn([{"a": 1.0, "b": "x"}], F8)
    before = e.to_dict()
    for bad, error in (
        ({"a": "abc", "b": "new"}, "column 'a': 'abc' in row 1, wanted a number"),
        ({"a": float("inf"), "b": "new"}, "column 'a': inf in row 1, wanted finite numbers"),
    ):
        with pytest.raises(ValueError, match=error):
            e.learn([{"a": 5.0, "b": "newer", "c": 3}, bad], F8)
        with pytest.raises(ValueError, match=error.replace("row 1", "row 0")):
            e.learn_row(bad, F8)
        assert e.to_dict() == before


def test_numbers_in_a_column_of_words_are_words() -> None:
    e = started()
    e.learn([{"w": "a"}], F8)
    assert learned(e, [{"w": 5}, {"w": 5.0}]).tolist() == [[0, 1], [0, 1]]
    assert list(e.columns[0].index) == ["a", "5"]  # type: ignore[union-attr]


def test_a_stream_has_a_thousand_categories_a_column_at_most() -> None:
    e = started()
    rows = [{"w": f"w{k}", "x": k} for k in range(1100)]
    with pytest.warns(
        fastnet.LearningWarning,
        match=r"^X: 100 rare or unknown words in column 'w' \('w1000', .* and 97 more\)$",
    ):
        e.learn(rows, F4)
    assert e.width == 1001
    other = started()
    with pytest.warns(fastnet.LearningWarning, match=r"^x: 1 rare or unknown word in "):
        for row in rows:
            other.learn_row(row, F4)
    assert other == e


def test_a_stream_is_saved_and_goes_on() -> None:
    table = frame(200)
    e = started()
    learned(e, table[:100])
    for copy in (
        Encoding.from_dict(json.loads(json.dumps(e.to_dict()))),
        pickle.loads(pickle.dumps(e)),
        e.copy(),
    ):
        assert copy == e and copy.running and copy.digest() == e.digest()
        other = e.copy()
        assert learned(copy, table[100:]).tobytes() == learned(other, table[100:]).tobytes()
        assert copy == other != e


def test_predictions_learn_nothing() -> None:
    table = frame(100)
    e = started()
    learned(e, table[:50])
    before = e.digest()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        e.samples(table[50:], F4)
        e.row({"x": 1.0, "a": "w1", "y": 2.0, "b": "new"}, F4)
    assert e.digest() == before
