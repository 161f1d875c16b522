"""The encoding of a table: what it is, and what it makes of rows."""

import collections
import datetime
import decimal as decimals
import json
import pickle
import warnings
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fastnet
from fastnet.data.weights import counted
from fastnet.tables import Encoding, encoding, reference
from fastnet.tables.columns import LeftOut
from fastnet.tables.frames import as_table, table_of
from tests.tables.helpers import many

F4, F8 = np.dtype("f4"), np.dtype("f8")
ROWS: list[dict[str, Any]] = [
    {"age": 30, "job": "cook", "ok": True, "born": "1990-01-02"},
    {"age": None, "job": "pilot", "ok": False, "born": "1991-01-02"},
    {"age": 32.5, "job": None, "ok": True, "born": "1992-01-02"},
    {"age": 34, "job": "cook", "ok": True, "born": "1999-01-02"},
    {"age": 99, "job": "cook", "ok": True, "born": "1999-01-02"},
]


def fit(X: Any, **more: Any) -> Encoding:
    table = as_table(X)
    assert table is not None
    return Encoding.fit(table, **more)


def dense(e: Encoding, X: Any, dtype: np.dtype = F8) -> Any:
    rows = e.samples(X, dtype).rows
    return rows.toarray() if hasattr(rows, "tocsr") else rows


def clip(z: float) -> float:
    return z / (1 + (z / 3) ** 2) ** 0.5


def test_exact_values() -> None:
    e = fit(ROWS)
    centre, scale = 32.5, (34 - 30) / 1.35
    assert e.names == ("age", "job", "ok", "born")
    assert [c.kind for c in e.columns] == ["number", "word", "flag", "time"]
    assert (e.width, e.named, e.target, e.running) == (7, True, None, False)
    np.testing.assert_allclose(
        dense(e, ROWS)[:, :6],
        [
            [clip((30 - centre) / scale), 0, 1, 0, 0, 0],
            [0, 1, 0, 1, 0, clip(-1)],
            [0, 0, 0, 0, 1, 0],
            [clip((34 - centre) / scale), 0, 1, 0, 0, 0],
            [clip((99 - centre) / scale), 0, 1, 0, 0, 0],
        ],
        rtol=1e-15,
        atol=1e-16,
    )
    samples = e.samples(ROWS, F4)
    assert samples.encoding is e and samples.rows.dtype == F4
    assert (samples.n, samples.features) == (5, 7)


VALUES = {
    "x": st.none() | st.floats(-1e9, 1e9) | st.integers(-3, 3),
    "word": st.none() | st.sampled_from("abcdef"),
    "flag": st.none() | st.booleans(),
}
SOME = st.lists(st.fixed_dictionaries(VALUES), min_size=1, max_size=30)


@given(SOME)
@settings(deadline=None)
def test_the_reference_has_the_same_bits(rows: list[dict[str, Any]]) -> None:
    judge = reference.Encoding(rows)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a column without values
        if not judge.places:
            with pytest.raises(ValueError, match="no column to learn from"):
                fit(rows)
            return
        e = fit(rows)
    for row, inputs in zip(rows, dense(e, rows), strict=True):
        assert inputs.tobytes() == np.array(judge.encode(row)).tobytes()
        for dtype in (F4, F8):
            assert e.row(row, dtype).tobytes() == inputs.astype(dtype).tobytes()


@given(SOME, st.data())
@settings(deadline=None)
def test_the_reference_counts_rows_by_the_same_weights(
    rows: list[dict[str, Any]], data: st.DataObject
) -> None:
    weight = st.integers(0, 4) | st.floats(0, 4)
    weights = data.draw(st.lists(weight, min_size=len(rows), max_size=len(rows)))
    if not any(weights):
        return
    judge, table = reference.Encoding(rows, weights), as_table(rows)
    assert table is not None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a column without values, an unknown word
        if not judge.places:
            return
        e = Encoding.fit(table, counted(np.flatnonzero(weights), np.array(weights, float)))
        for row, inputs in zip(rows, dense(e, rows), strict=True):
            assert inputs.tobytes() == np.array(judge.encode(row)).tobytes()


@pytest.mark.parametrize("n", [49, 50, 99, 100, 149, 150, 1000, 20_000])
def test_the_reference_leaves_out_the_same_rare_words(n: int) -> None:
    often = [word for count in (1, 2, 3, 9, 10, 19, 20) for word in [f"w{count}"] * count]
    rows = [{"w": word} for word in (often + ["usual"] * n)[:n]]
    e, judge = fit(rows), reference.Encoding(rows)
    assert [("w", (reference.WORD, word)) for word in e.columns[0].index] == [*judge.places]  # type: ignore[union-attr]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # rare words
        assert (dense(e, rows) == [judge.encode(row) for row in rows]).all()


@given(SOME, st.lists(st.integers(0, 30), max_size=4))
@settings(deadline=None)
def test_chunks_do_not_matter(rows: list[dict[str, Any]], cuts: list[int]) -> None:
    table = as_table(rows)
    assert table is not None
    cuts = sorted(min(cut, len(rows)) for cut in cuts)
    fitter = encoding.Fitter()
    for start, stop in zip([0, *cuts], [*cuts, len(rows)], strict=True):
        fitter.see(table[start:stop])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            whole = Encoding.fit(table)
        except ValueError as error:
            with pytest.raises(ValueError, match=str(error).partition("(")[0]):
                fitter.finish()
        else:
            assert Encoding(*fitter.finish()) == whole


def test_the_rows_that_are_learned_decide() -> None:
    some = fit(ROWS, places=np.array([3, 0]))
    assert some == fit([ROWS[0], ROWS[3]]) == fit(ROWS, places=np.array([0, 3]))
    assert some == fit(ROWS, places=np.array([True, False, False, True, False]))


def test_dense_and_sparse_rows_are_equal(monkeypatch: pytest.MonkeyPatch) -> None:
    table, found = many(300), []
    e = Encoding.fit(table)
    for most, kind in ((2, "SparseRows"), (1000, "ndarray")):
        monkeypatch.setattr(encoding, "DENSE", most)
        for dtype in (F4, F8):
            samples = e.samples(table, dtype)
            assert type(samples.rows).__name__ == kind
            net = fastnet.train(samples, np.arange(300) % 3, hidden=(5,), epochs=2, verbose=False,
                                dtype=dtype.name)  # fmt: skip
            found.append((dtype.name, net.digest(), dense(e, table, dtype).tobytes()))
    assert len({*found}) == 2
    rows = e.samples(table, F8).rows
    assert not isinstance(rows, np.ndarray) or rows.shape == (300, e.width)


def test_sparse_rows_have_no_zeros() -> None:
    rows = [{"a": f"w{k}", "x": float(k % 2)} for k in range(15)]
    e = fit(rows)
    sparse = e.samples(rows, F4).rows
    assert type(sparse).__name__ == "SparseRows"
    assert (sparse.data != 0).all() and len(sparse.data) == 15 + 7


def test_the_order_of_columns_does_not_matter() -> None:
    e = fit(ROWS)
    other = [dict(reversed(row.items())) for row in ROWS]
    assert dense(e, other).tobytes() == dense(e, ROWS).tobytes()


def test_missing_columns_are_named() -> None:
    e = fit(ROWS)
    with pytest.raises(ValueError, match=r"^X: no column 'job', wanted age, job, ok, born$"):
        e.samples([{k: v for k, v in ROWS[0].items() if k != "job"}], F4)
    with pytest.raises(ValueError, match=r"^x: no columns 'age', 'job', 'ok' and 1 more, wanted"):
        e.row({"other": 1}, F4, "x")
    with pytest.raises(ValueError, match=r"^X: no column 'age' \(but ' Age'\), wanted age"):
        e.samples([{" Age" if k == "age" else k: v for k, v in ROWS[0].items()}], F4)


def test_further_columns_are_left_aside_and_said_once() -> None:
    e = Encoding(fit(ROWS).columns, target="y")
    assert e.row({**ROWS[0], "y": 1}, F4).any()  # the target is not said
    with pytest.warns(fastnet.LearningWarning, match=r"^x: a column .* know \('id'\), left aside$"):
        first = e.row({**ROWS[0], "id": 5}, F4)
    assert first.tobytes() == e.row({**ROWS[0], "id": 6}, F4).tobytes()
    with pytest.warns(
        fastnet.LearningWarning, match=r"X: 4 columns .* \('a', 'b', 'c' and 1 more\)"
    ):
        dense(e, [{**row, "id": 1, "a": 2, "b": 2, "c": 2, "d": 2} for row in ROWS])
    dense(e, [{**row, "b": 1, "id": 2} for row in ROWS])


def test_unknown_words_and_new_gaps_are_counted_and_said_once() -> None:
    e = fit([{"job": "a", "x": 1}, {"job": "b", "x": 2}, {"job": "a", "x": 3}])
    new = [{"job": w, "x": x} for w, x in (("z", 1), ("y", None), ("z", 1), ("a", None))]
    with pytest.warns(fastnet.LearningWarning) as said:
        rows = dense(e, new)
    assert [str(w.message) for w in said] == [
        "X: 3 rare or unknown words in column 'job' ('y', 'z'); "
        "2 missing values in column 'x', where none was before"
    ]
    assert rows[:3, :2].tolist() == [[0, 0]] * 3 and rows[1, 2] == 0
    dense(e, new)
    with pytest.warns(fastnet.LearningWarning, match="3 rare or unknown words"):  # another net
        dense(e.copy(), new)


def test_rare_words_are_no_categories() -> None:
    words = ["often"] * 990 + ["three"] * 3 + ["two"] * 2
    e = fit([{"w": w} for w in words])
    assert list(e.columns[0].index) == ["often", "three"]  # type: ignore[union-attr]
    assert e.columns[0].rare == 2  # type: ignore[union-attr]
    assert fit([{"w": w} for w in "abcd"]).width == 4  # of few rows, fewer are enough


def test_a_column_has_a_thousand_categories_at_most() -> None:
    words = [f"w{k:04}" for k in range(1200)] * 10 + ["w1199"]
    e = fit([{"w": w} for w in words])
    kept = list(e.columns[0].index)  # type: ignore[union-attr]
    assert len(kept) == e.width == 1000
    assert kept == [f"w{k:04}" for k in range(999)] + ["w1199"]


NUMBERED = "a number for each row, so it is left out (another name keeps it)"
LEFT: dict[str, tuple[list[Any], str, str]] = {
    "words": ([f"w{k}" for k in range(30)], "ID",
              "30 different words in 30 rows, an ID; it is left out"),
    "index": (list(range(30)), "ID", NUMBERED),
    "mixed index": ([k * 7 % 30 for k in range(30)], "ID", NUMBERED),
    "nothing": ([None] * 30, "no values", "no values; it is left out"),
    "one number": ([5] * 30, "one value", ""),
    "one word": (["a"] * 30, "one value", ""),
    "unread": ([f"<{k}" for k in range(30)], "numbers that cannot be read",
               "'<0' in row 0 cannot be read as a number, so it is left out"),
}  # fmt: skip


@pytest.mark.parametrize("name", LEFT)
def test_columns_that_say_nothing_are_left_out(name: str) -> None:
    values, reason, said = LEFT[name]
    rows = [{"Unnamed: 0": v, "x": k % 7} for k, v in enumerate(values)]
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        e = fit(rows)
    assert [str(w.message) for w in warned] == ([f"X: column 'Unnamed: 0': {said}"] if said else [])
    assert e.columns[0].kind == "left out"
    assert e.columns[0].reason == reason  # type: ignore[union-attr]
    assert e.width == 1
    for row in ({"x": 1}, rows[3]):  # it may be there or not
        assert e.row(row, F4).tobytes() == dense(e, [row], F4).tobytes()


@pytest.mark.parametrize(
    "name", ["", "Unnamed: 0", "id", "ID", "PassengerId", "user_id", "rownames"]
)
def test_names_of_ids(name: str) -> None:
    rows = [{name: 100 + k, "x": k % 7} for k in range(30)]
    with pytest.warns(fastnet.LearningWarning, match="a number for each row"):
        assert fit(rows).columns[0].kind == "left out"
    rows[3][name] = 105  # twice
    assert fit(rows).columns[0].kind == "number"


@pytest.mark.parametrize("name", ["x", "grid", "acid", "index of pain", "week"])
def test_other_names_are_no_ids(name: str) -> None:
    assert fit([{name: k, "x2": k % 7} for k in range(30)]).columns[0].kind == "number"


def test_a_table_of_one_column_keeps_it() -> None:
    assert fit([{"id": k} for k in range(30)]).width == 1


def test_a_table_without_a_column_to_learn_from_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"^X: no column to learn from, of 'a' \(one value\)$"):
        fit([{"a": 1}, {"a": 1}])


def test_a_column_of_rare_words_alone_is_left_out_and_said() -> None:
    rows = [{"w": f"w{k // 2}", "a": k} for k in range(200)]
    said = r"^X: column 'w': all of 100 different words are rare; it is left out$"
    with pytest.warns(fastnet.LearningWarning, match=said):
        e = fit(rows)
    assert e.width == 1 and e.columns[0] == LeftOut("w", "rare words")
    wanted = r"^X: no column to learn from, of 'w' \(rare words\)$"
    with (
        pytest.warns(fastnet.LearningWarning, match=said),
        pytest.raises(ValueError, match=wanted),
    ):
        fit([{"w": row["w"]} for row in rows])
    rows[7]["w"] = None  # a gap says something
    assert fit(rows).width == 2


def test_infinity_is_an_error_with_its_place() -> None:
    rows = [{"a": 1.0}, {"a": 2.0}]
    bad = [{"a": 1.0}, {"a": float("inf")}]
    wanted = r"^X: column 'a': inf in row 1, wanted finite numbers$"
    with pytest.raises(ValueError, match=wanted):
        fit(bad)
    for other in (bad, [{"a": "1"}, {"a": "inf"}]):
        with pytest.raises(ValueError, match=wanted):
            fit(rows).samples(other, F4)
    with pytest.raises(ValueError, match="inf in row 0"):
        fit(rows).row({"a": float("inf")}, F4)


def test_numbers_and_flags_are_words_where_words_were_learned() -> None:
    e = fit([{"w": w} for w in ("1", "2", "3+", "true", "01")])
    index = e.columns[0].index  # type: ignore[union-attr]
    for value, word in ((1, "1"), (1.0, "1"), (True, "true"), (2, "2")):
        assert np.flatnonzero(dense(e, [{"w": value}]))[0] == index[word]
        assert np.flatnonzero(e.row({"w": value}, F4))[0] == index[word]
    with pytest.warns(
        fastnet.LearningWarning, match=r"1 rare or unknown word in column 'w' \('7'\)"
    ):
        assert not dense(e, [{"w": 7}]).any()


def test_numbers_in_another_spelling_are_the_same_category() -> None:
    e = fit([{"w": w} for w in ("1", "2", "3+", "1.50", "007")])
    index = e.columns[0].index  # type: ignore[union-attr]
    for value, word in (("1.0", "1"), ("2.", "2"), ("1.5", "1.50"), ("20e-1", "2"), (1.5, "1.50")):
        assert np.flatnonzero(dense(e, [{"w": value}]))[0] == index[word]
        assert np.flatnonzero(e.row({"w": value}, F4))[0] == index[word]
    with pytest.warns(fastnet.LearningWarning, match="2 rare or unknown words"):
        assert not dense(e, [{"w": "7"}, {"w": "02"}]).any()  # codes are words as they are written


def test_times_are_the_categories_that_say_the_same() -> None:
    days = pd.Series([datetime.datetime(2024, 1, 2), datetime.datetime(2024, 1, 3, 4, 5)])
    frame = pd.DataFrame({"w": days.astype("category")})
    e = Encoding.fit(as_table(frame))
    wanted = dense(e, frame)
    assert wanted.sum() == 2
    for other in (pd.DataFrame({"w": days}), [{"w": day} for day in days]):
        assert (dense(e, other) == wanted).all()
        assert (e.row({"w": days[1]}, F8) == wanted[1]).all()
    with pytest.warns(fastnet.LearningWarning, match="'2024-01-04T00:00:00.000000'"):
        e.row({"w": datetime.date(2024, 1, 4)}, F8)


def test_intervals_and_periods_of_rows_are_those_of_columns() -> None:
    ages = pd.cut(pd.Series([1, 20, 30, 60, 35, 2]), [0, 18, 50, 99])
    months = pd.Series(pd.period_range("2024-01", periods=6, freq="M"))
    frame = pd.DataFrame({"age": ages, "month": months})
    e = Encoding.fit(as_table(frame))
    assert [column.kind for column in e.columns] == ["word", "time"]
    assert list(e.columns[0].index) == ["(0, 18]", "(18, 50]", "(50, 99]"]  # type: ignore[union-attr]
    wanted = dense(e, frame)
    assert (dense(e, frame.to_dict("records")) == wanted).all()
    for row, inputs in zip(frame.to_dict("records"), wanted, strict=True):
        assert (e.row(row, F8) == inputs).all()


def test_single_rows_with_unusual_values_are_as_tables() -> None:
    rows = [*ROWS, {"age": 1, "job": "NA", "ok": None, "born": None}]
    e = fit(rows)
    decimal = decimals.Decimal("30.5")
    for name, values in {
        "age": [np.float32(3.5), "31", decimal, True, float("nan"), None, pd.NA, 10**200, ""],
        "job": [" cook", "NA", "", None, float("nan"), np.str_("pilot"), pd.NaT],
        "ok": [1, 0.0, "true", "False", np.True_, None, ""],
        "born": ["1990-01-02 10:11", datetime.date(1990, 1, 2), np.datetime64("1990-01-02"), "NA"],
    }.items():
        for value in values:
            row = {**ROWS[0], name: value}
            assert e.row(row, F4).tobytes() == dense(e, [row], F4).tobytes(), value


def test_rows_of_other_kinds_are_as_dicts() -> None:
    e = fit(ROWS)
    Row = collections.namedtuple("Row", e.names)
    row = ROWS[0]
    for x in (Row(**row), list(row.values()), tuple(row.values()), np.array([*row.values()], "O")):
        assert e.row(x, F4).tobytes() == e.row(row, F4).tobytes()
    assert e.row(pd.Series(row), F4).tobytes() == e.row(row, F4).tobytes()
    for bad in ([1, 2], "text", 5, np.zeros((1, 4))):
        with pytest.raises((ValueError, TypeError), match=r"^x: "):
            e.row(bad, F4)


def test_arrays_go_by_place() -> None:
    X = np.array([[1, "a"], [2, None], [np.nan, "b"]], object)
    e = Encoding.fit(table_of(X))
    assert (e.named, e.names, e.width) == (False, ("0", "1"), 5)
    named = [{"x": x, "y": y} for x, y in X]
    for same in (X.tolist(), [tuple(row) for row in X], named):
        assert dense(e, same).tobytes() == dense(e, X).tobytes()
    text = np.array([["1", "a"], ["2", ""], ["nan", "b"]])
    assert dense(e, text).tobytes() == dense(e, X).tobytes()
    with pytest.raises(ValueError, match=r"^X: 3 columns, wanted 2: 0, 1$"):
        e.samples(np.zeros((2, 3)), F4)
    named = fit([{"x": 1, "y": "a"}, {"x": 2, "y": "b"}])
    assert (
        dense(named, np.array([[1, "a"]], object)).tobytes()
        == dense(named, [{"x": 1, "y": "a"}]).tobytes()
    )


def test_masked_values_of_arrays_are_missing() -> None:
    for X in (np.arange(12.0), np.arange(12), np.array([*"abcabdabdabe"], object)):
        X = X.reshape(6, 2)
        masked = np.ma.array(X, mask=np.zeros((6, 2), bool))
        masked[1, 0] = masked[4, 1] = np.ma.masked
        gaps = X.astype(object)
        gaps[1, 0] = gaps[4, 1] = None
        one, other = (Encoding.fit(table_of(rows)) for rows in (masked, gaps))
        assert one == other and (dense(one, masked) == dense(one, gaps)).all()


def test_json_and_back() -> None:
    e = Encoding(fit(ROWS).columns, True, "income")
    about = json.loads(json.dumps(e.to_dict()))
    other = Encoding.from_dict(about)
    assert other == e and other.digest() == e.digest() and other.to_dict() == e.to_dict()
    assert dense(other, ROWS).tobytes() == dense(e, ROWS).tobytes()
    for copy in (e.copy(), pickle.loads(pickle.dumps(e))):
        assert copy == e and copy is not e and copy.digest() == e.digest()
    assert e != fit(ROWS[:4]) and e.digest() == fit(ROWS).digest()  # the target's name aside


def test_a_digest_covers_everything_but_the_name_of_the_target() -> None:
    about = fit(ROWS).to_dict()
    digests = {Encoding.from_dict(about).digest()}
    changes: list[tuple[int, str, Any]] = [
        (0, "name", "Age"), (0, "centre", 1.0), (0, "scale", 2.0), (0, "gap", None),
        (1, "words", ["cook", "Pilot"]), (2, "kind", "number"), (3, "order", "day first"),
    ]  # fmt: skip
    for k, name, value in changes:
        other = json.loads(json.dumps(about))
        other["columns"][k][name] = value
        if value is None:  # one input less
            other = fit([{**row, "age": 1.0 + k} for k, row in enumerate(ROWS)]).to_dict()
        digests.add(Encoding.from_dict(other).digest())
    for name, value in (("named", False), ("target", "y"), ("running", False)):
        digests.add(Encoding.from_dict({**about, name: value}).digest())
    assert len(digests) == 1 + len(changes) + 1  # "running" is as it was


def test_the_container_does_not_matter() -> None:
    columns = {
        "x": [1.5, 2.0, 4.0, 8.0, 0.0],
        "n": [3, 4, 5, 5, 1],
        "w": ["a", "b", "a", "c", "b"],
        "f": [True, False, True, True, False],
        "t": ["2024-01-01", "2024-01-02", "2024-02-01", "2025-01-01", "2024-01-09"],
    }
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    fields = [("x", "f4"), ("n", "i2"), ("w", "U1"), ("f", "?"), ("t", "datetime64[D]")]
    frame = pd.DataFrame(columns)
    of = [
        rows,
        columns,
        frame,
        frame.assign(t=pd.to_datetime(frame.t), w=frame.w.astype("category")),
        frame.convert_dtypes(),
        pl.DataFrame(columns).with_columns(pl.col("t").str.to_date()),
        np.array([tuple(row.values()) for row in rows], fields),
        {name: [str(value) for value in values] for name, values in columns.items()},
    ]
    encodings = [fit(X) for X in of]
    assert len({e.digest() for e in encodings}) == 1
    assert len({dense(e, X).tobytes() for e, X in zip(encodings, of, strict=True)}) == 1
    assert len({dense(encodings[0], X).tobytes() for X in of}) == 1
    assert len({started_with(X) for X in of}) == 1


def started_with(X: Any) -> tuple[str, bytes]:
    e = Encoding(running=True)
    return e.learn(X, F8).rows.tobytes(), e.digest()
