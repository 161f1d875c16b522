"""Single rows: the inputs, the learning and the errors of a table of one row, made faster."""

import datetime
import decimal
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest

import fastnet
from fastnet.tables import Encoding
from fastnet.tables.frames import as_table
from fastnet.tables.single import Single

F8 = np.dtype("f8")
DAY = "2024-02-29 12:30"
ROWS: list[dict[str, Any]] = [
    {"n": 1.5, "g": 2.0, "w": "a", "v": "b", "f": True, "t": DAY},
    {"n": -3, "g": None, "w": "b", "v": None, "f": False, "t": "1969-12-31"},
    {"n": 7, "g": 5, "w": "5", "v": "c", "f": False, "t": "2024-02-29T12:30:15.25"},
] * 3
WHEN = datetime.datetime(2024, 2, 29, 12, 30, 15, 250_001)
USUAL = {
    "n": [3, 2.5, True, np.float64(0.1), np.float32(0.1), np.int64(2**60), np.int32(3), np.True_,
          10**200, 2**63 + 1, "31", " 1e3 ", "$1.20", "50%", "007", None, np.nan, "", "NA", pd.NaT],
    "w": ["a", "zzz", "7", "A", np.str_("b"), None, "", "?", np.nan, "true"],
    "f": [True, np.False_, 1, 0.0, "true", "False", "1", "0.0", None, "nan"],
    "t": [DAY, " 2024-02-29", WHEN, WHEN.date(), pd.Timestamp(WHEN), np.datetime64("2024-02-29"),
          WHEN.replace(tzinfo=datetime.timezone(datetime.timedelta(hours=2))),
          pd.Timestamp("2024-02-29 12:30:15.123456789"), None, pd.NaT, np.datetime64("NaT"), "-"],
}  # fmt: skip
USUAL |= {"g": USUAL["n"], "v": USUAL["w"]}
ODD = {
    "n": [np.inf, "inf", "x", 10**400, decimal.Decimal("1.5"), WHEN, [1], pd.NA, 1j, np.float16(2),
          datetime.timedelta(days=1), b"3", np.ma.masked],
    "w": [" a", "5.0", 5, 5.0, True, WHEN, b"a", [1], pd.NA, pd.Interval(0, 1)],
    "f": [2, "yes", 0.5, np.inf, WHEN, "2", pd.NA],
    "t": [5, 5.0, "soon", "31/12/2024", "23:59", True, datetime.time(1), pd.Period("2024-02")],
}  # fmt: skip
ODD |= {"g": ODD["n"], "v": ODD["w"]}


def outcome(act: Any) -> Any:
    """The bits of what comes, or the error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", fastnet.LearningWarning)
        try:
            made = act()
        except (TypeError, ValueError) as error:
            return type(error), str(error)
    rows = made.rows if hasattr(made, "rows") else made
    return (rows.toarray() if hasattr(rows, "tocsr") else rows).tobytes()


def encodings() -> list[Encoding]:
    """A frozen encoding, and a running one."""
    table = as_table(ROWS)
    assert table is not None
    running = Encoding.begin([table])
    running.learn(ROWS, F8)
    return [Encoding.fit(table), running]


@pytest.mark.parametrize("pool", [USUAL, ODD])
@pytest.mark.parametrize("name", list(USUAL))
@pytest.mark.parametrize("running", [False, True])
def test_rows_have_the_bits_and_errors_of_tables(running, name, pool):
    e = encodings()[running]
    for value in pool[name] * 2:  # a second time all is said
        row = ROWS[0] | {name: value}
        wanted = outcome(lambda row=row: e.copy().samples([row], F8, "x"))
        assert outcome(lambda row=row: e.row(row, F8)) == wanted, value
        if running:
            one, other = e.copy(), e.copy()
            wanted = outcome(lambda row=row, other=other: other.learn([row], F8, "x"))
            assert outcome(lambda row=row, one=one: one.learn_row(row, F8)) == wanted, value
            assert one == other


def test_usual_rows_are_made_fast_once_all_is_said(monkeypatch):
    for e in encodings():
        rows = [ROWS[0] | {name: value} for name in USUAL for value in USUAL[name]]
        rows += [{k: str(v) for k, v in ROWS[0].items()}]
        if e.running:
            rows += [{k: v for k, v in ROWS[0].items() if k != name} for name in ROWS[0]]
            assert outcome(lambda e=e: e.learn_row(dict.fromkeys(ROWS[0]), F8))
        for row in rows:
            outcome(lambda row=row, e=e: e.row(row, F8))

        def slow(*_: Any) -> None:
            raise AssertionError("made as a table")

        monkeypatch.setattr(Encoding, "samples", slow)
        for row in rows:
            assert isinstance(outcome(lambda row=row, e=e: e.row(row, F8)), bytes), row
        monkeypatch.setattr(Encoding, "learn", slow)
        known = [row for row in rows if row.get("w", "a") in ("a", None) and row.get("v") == "b"]
        assert len(known) > 50 or not e.running
        for row in known * e.running:
            assert isinstance(outcome(lambda row=row, e=e: e.learn_row(row, F8)), bytes), row
        monkeypatch.undo()


def test_what_a_row_lacks_is_a_gap_in_a_stream_alone():
    frozen, running = encodings()
    row = {"g": 1.0, "v": "b"}
    names = "'n', 'w', 'f' and 1 more, wanted n, g, w, v, f, t"
    assert outcome(lambda: frozen.row(row, F8)) == (ValueError, f"x: no columns {names}")
    for _ in range(2):
        one, other = running.copy(), running.copy()
        gaps = dict.fromkeys(ROWS[0]) | row
        asked = [outcome(lambda x=x, e=running: e.row(x, F8)) for x in (row, gaps)]
        assert asked[0] == asked[1]
        got, wanted = (outcome(lambda e=e, x=x: e.learn_row(x, F8))
                       for e, x in ((one, row), (other, gaps)))  # fmt: skip
        assert got == wanted and one == other
        running = one


def test_a_single_row_knows_what_is_said_later():
    e = encodings()[0]
    single = Single(e.columns, e.width, F8, False, e.said)
    row = ROWS[0] | {"w": "zzz"}
    assert single.inputs(row) is None
    with pytest.warns(fastnet.LearningWarning, match="1 rare or unknown word in column 'w'"):
        wanted = e.samples([row], F8).rows
    assert (single.inputs(row) == wanted).all()
