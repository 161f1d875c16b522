"""Tables of frames, dicts and arrays with fields: equal values give equal columns."""

import csv
import dataclasses
import datetime
import io
from collections import deque, namedtuple
from decimal import Decimal
from fractions import Fraction
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse

from fastnet.data.samples import Samples
from fastnet.tables import Table
from fastnet.tables.frames import as_table
from tests.helpers import python
from tests.tables.helpers import contents

UTC = datetime.timezone.utc
WHEN = [
    datetime.datetime(2024, 2, 29, 12, 30, 15, 250_001), None, datetime.datetime(1969, 12, 31, 23),
]  # fmt: skip
SECONDS = [1709209815.250001, None, -3600.0]
DAYS = [datetime.date(2024, 2, 29), None, datetime.date(1969, 12, 31)]
PAST_DAYS = [1709164800.0, None, -86400.0]
ROWS: dict[str, list[Any]] = {
    "age": [30, 41, 25], "pay": [1.5, None, -0.1], "job": ["clerk, 1st", None, 'the "boss"'],
    "old": [True, False, True], "when": WHEN, "day": DAYS,
}  # fmt: skip
WANTED = {
    "age": ("number", [30.0, 41.0, 25.0]), "pay": ("number", [1.5, None, -0.1]),
    "job": ("text", ["clerk, 1st", None, 'the "boss"']), "old": ("flag", [1.0, 0.0, 1.0]),
    "when": ("time", SECONDS), "day": ("time", PAST_DAYS),
}  # fmt: skip
RECORDS = [dict(zip(ROWS, row, strict=True)) for row in zip(*ROWS.values(), strict=True)]
Row = namedtuple("Row", ROWS)
Data = dataclasses.make_dataclass("Data", ROWS)


def fields() -> np.ndarray:
    """The rows as an array with fields, which has NaN and NaT for what is missing."""
    of = [("age", "i2"), ("pay", "f8"), ("job", "O"), ("old", "?"), ("when", "M8[us]"),
          ("day", "M8[D]")]  # fmt: skip
    return np.array([tuple(record.values()) for record in RECORDS], of)


CONTAINERS = {
    "a frame of pandas": lambda: pd.DataFrame(ROWS),
    "pandas' best dtypes": lambda: pd.DataFrame(ROWS).convert_dtypes(),
    "pandas' objects": lambda: pd.DataFrame(ROWS, dtype=object),
    "pandas and Arrow": lambda: pd.DataFrame(ROWS).convert_dtypes(dtype_backend="pyarrow"),
    "Polars": lambda: pl.DataFrame(ROWS),
    "a lazy frame": lambda: pl.LazyFrame(ROWS),
    "Arrow": lambda: pa.table(ROWS),
    "a batch of Arrow": lambda: pa.RecordBatch.from_pydict(ROWS),
    "chunks of Arrow": lambda: pa.concat_tables([pa.table(ROWS)[:1], pa.table(ROWS)[1:]]),
    "Narwhals": lambda: nw.from_native(pl.DataFrame(ROWS)),
    "Narwhals and pandas": lambda: nw.from_native(pd.DataFrame(ROWS)),
    "dicts": lambda: RECORDS,
    "a tuple of dicts": lambda: tuple(RECORDS),
    "a deque of dicts": lambda: deque(RECORDS),
    "dicts by key": lambda: dict(enumerate(RECORDS)).values(),
    "an array of dicts": lambda: np.array(RECORDS, object),
    "a series of dicts": lambda: pd.Series(RECORDS),
    "dicts with holes": lambda: [{k: v for k, v in r.items() if v is not None} for r in RECORDS],
    "named tuples": lambda: [Row(**record) for record in RECORDS],
    "data classes": lambda: [Data(**record) for record in RECORDS],
    "lists by name": lambda: ROWS,
    "series by name": lambda: {name: pd.Series(values) for name, values in ROWS.items()},
    "arrays by name": lambda: {name: np.array(values, object) for name, values in ROWS.items()},
    "fields": fields,
    "records": lambda: fields().view(np.recarray),
    "rows with fields": lambda: list(fields()),
    "rows of a frame": lambda: [row for _, row in pd.DataFrame(ROWS, dtype=object).iterrows()],
    "a table": lambda: as_table(RECORDS),
}


@pytest.mark.parametrize("container", CONTAINERS)
def test_equal_values_are_equal_columns_in_each_container(container):
    table = as_table(CONTAINERS[container]())
    assert table is not None and table.named and len(table) == 3
    assert contents(table) == {**contents(table), **WANTED}
    assert set(table.names) == set(WANTED)
    assert container == "dicts with holes" or table.names == tuple(ROWS)


@pytest.mark.parametrize("container", CONTAINERS)
def test_one_row_is_a_table_too(container):
    X = CONTAINERS[container]()
    if hasattr(X, "head") or isinstance(X, list | tuple | np.ndarray):
        row = X.head(1) if hasattr(X, "head") else X[:1]
        assert contents(as_table(row))["job"] == ("text", ["clerk, 1st"])


NONE, NA = None, pd.NA
DTYPES: dict[str, tuple[Any, str, list[Any]]] = {
    **{
        dtype: (pd.Series([1, 0, 1], dtype=dtype), "number", [1.0, 0.0, 1.0])
        for dtype in ["u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f2", "f4", "f8", "UInt8"]
    },
    "bool": (pd.Series([True, False]), "flag", [1.0, 0.0]),
    "boolean": (pd.Series([True, NONE], dtype="boolean"), "flag", [1.0, None]),
    "Int64": (pd.Series([1, NONE], dtype="Int64"), "number", [1.0, None]),
    "Float64": (pd.Series([0.1, NONE], dtype="Float64"), "number", [0.1, None]),
    "Float32": (pd.Series([0.5, NONE], dtype="Float32"), "number", [0.5, None]),
    "str": (pd.Series([" a ", NONE, "a"], dtype="str"), "text", ["a", None, "a"]),
    "string": (pd.Series(["a", NONE], dtype="string"), "text", ["a", None]),
    "string of Python": (pd.Series(["a", NONE], dtype="string[python]"), "text", ["a", None]),
    "string of Arrow": (pd.Series(["a", NONE], dtype="string[pyarrow]"), "text", ["a", None]),
    "category": (pd.Series(["b", NONE, "a"], dtype="category"), "words", ["b", None, "a"]),
    "whole categories": (pd.Series([3, 1, NA], dtype="category"), "words", ["3", "1", None]),
    "ranges": (pd.cut(pd.Series([1, 5]), [0, 2, 6]), "words", ["(0, 2]", "(2, 6]"]),
    "times in a zone": (
        pd.Series(pd.to_datetime(["2024-03-31 03:00", None])).dt.tz_localize("Europe/Berlin"),
        "time", [1711846800.0, None],
    ),
    "nanoseconds": (
        pd.Series(pd.to_datetime([1711846800123456789, None])), "time", [1711846800.123456, None]
    ),
    "far years": (pd.Series(np.array(["9999-01-01"], "M8[s]")), "time", [253370764800.0]),
    "spans": (pd.Series(pd.to_timedelta(["1h", None])), "number", [3600.0, None]),
    "months": (pd.Series(pd.period_range("1970-02", periods=1, freq="M")), "time", [2678400.0]),
    "sparse": (pd.Series(pd.arrays.SparseArray([0.0, 2, np.nan])), "number", [0.0, 2.0, None]),
    "sparse whole": (pd.Series(pd.arrays.SparseArray([0, 2])), "number", [0.0, 2.0]),
    "decimals": (pd.Series([Decimal("0.1"), NONE, Decimal("NaN")]), "number", [0.1, None, None]),
    "fractions": (pd.Series([Fraction(1, 4), 2], dtype=object), "number", [0.25, 2.0]),
    "objects of numbers": (pd.Series([1, 2.5, NONE], dtype=object), "number", [1.0, 2.5, None]),
    "objects of flags": (pd.Series([True, NONE, np.False_], dtype=object), "flag", [1, None, 0]),
    "flags among numbers": (pd.Series([True, 2], dtype=object), "number", [1.0, 2.0]),
    "numbers among words": (
        pd.Series([1, "a", 2.5, np.nan, NA], dtype=object), "text", ["1", "a", "2.5", None, None]
    ),
    "bytes": (pd.Series([b"a ", b"\xc3\xa9"]), "text", ["a", "é"]),
    "clock": (pd.Series([datetime.time(1, 0, 0, 500_000)]), "number", [3600.5]),
    "stamps": (
        pd.Series([pd.Timestamp("1970-01-01 01:00", tz="Europe/Berlin"), pd.NaT], dtype=object),
        "time", [0.0, None],
    ),
    "Python's spans": (
        pd.Series([datetime.timedelta(1, 2, 5), pd.NaT], dtype=object), "number",
        [86402.000005, None],
    ),
    "NumPy's times": (pd.Series([np.datetime64("1970-01-02")], dtype=object), "time", [86400.0]),
    "nothing": (pd.Series([NONE, np.nan], dtype=object), "number", [None, None]),
    "None": (pd.Series([NONE, NONE], dtype=object), "text", [None, None]),
    "int64 of Arrow": (pd.Series([1, NONE], dtype="int64[pyarrow]"), "number", [1.0, None]),
    "bool of Arrow": (pd.Series([True, NONE], dtype="bool[pyarrow]"), "flag", [1.0, None]),
}  # fmt: skip


@pytest.mark.parametrize("dtype", DTYPES)
def test_each_dtype_of_pandas(dtype):
    series, kind, values = DTYPES[dtype]
    assert contents(as_table(pd.DataFrame({"c": series}))) == {"c": (kind, values)}
    assert contents(as_table({"c": series})) == {"c": (kind, values)}


def test_categories_keep_their_order_those_that_do_not_occur_too():
    series = pd.Series(pd.Categorical(["b"], ["c", "b", "a"], ordered=True))
    polars = pl.Series(["b"], dtype=pl.Enum(["c", "b", "a"]))
    for frame in (pd.DataFrame({"c": series}), pl.DataFrame({"c": polars})):
        table = as_table(frame)
        assert table is not None and table["c"].words == ["c", "b", "a"]
        assert table["c"].codes.tolist() == [1] and not table["c"].is_text


POLARS: dict[str, tuple[Any, str, list[Any]]] = {
    "categories": (pl.Series(["b", None, "b"], dtype=pl.Categorical), "words", ["b", None, "b"]),
    "enum": (pl.Series(["b", None], dtype=pl.Enum(["a", "b"])), "words", ["b", None]),
    "clock": (pl.Series([datetime.time(1, 0, 0, 500_000), None]), "number", [3600.5, None]),
    "spans": (pl.Series([datetime.timedelta(hours=1), None]), "number", [3600.0, None]),
    "flags": (pl.Series([True, None]), "flag", [1.0, None]),
    "null": (pl.Series([None, None]), "number", [None, None]),
    "decimals": (pl.Series([Decimal("0.1"), None]), "number", [0.1, None]),
    "NaN": (pl.Series([float("nan"), None, 1.0]), "number", [None, None, 1.0]),
    "bytes": (pl.Series([b"a", None]), "text", ["a", None]),
    "times in a zone": (
        pl.Series([datetime.datetime(1970, 1, 1, 1, tzinfo=UTC)]), "time", [3600.0]
    ),
    **{
        str(dtype): (pl.Series([1, None, 0], dtype=dtype), "number", [1.0, None, 0.0])
        for dtype in [pl.UInt8, pl.Int8, pl.UInt64, pl.Int128, pl.Float32, pl.Int16]
    },
}


@pytest.mark.parametrize("dtype", POLARS)
def test_each_dtype_of_polars(dtype):
    series, kind, values = POLARS[dtype]
    assert contents(as_table(pl.DataFrame({"c": series}))) == {"c": (kind, values)}


ARROW: dict[str, tuple[Any, str, list[Any]]] = {
    "dictionary": (pa.array(["b", None, "b"]).dictionary_encode(), "words", ["b", None, "b"]),
    "a null in the dictionary": (
        pa.DictionaryArray.from_arrays([0, 1, None], ["a", None]), "words", ["a", None, None]
    ),
    "whole dictionary": (pa.array([7, 8, 7]).dictionary_encode(), "words", ["7", "8", "7"]),
    "large strings": (pa.array(["b", None], pa.large_string()), "text", ["b", None]),
    "views": (pa.array(["b", None], pa.string_view()), "text", ["b", None]),
    "bytes": (pa.array([b"b", None], pa.large_binary()), "text", ["b", None]),
    "decimals": (pa.array([Decimal("0.1"), None], pa.decimal256(40, 9)), "number", [0.1, None]),
    "half": (pa.array(np.array([0.5], "f2")), "number", [0.5]),
    "date64": (pa.array(DAYS, pa.date64()), "time", PAST_DAYS),
    "seconds": (pa.array([5, None], pa.timestamp("s")), "time", [5.0, None]),
    "milliseconds": (pa.array([5, None], pa.timestamp("ms", "Asia/Tokyo")), "time", [0.005, None]),
    "nanoseconds": (
        pa.array([1711846800123456789], pa.timestamp("ns")), "time", [1711846800.123456]
    ),
    "time32": (pa.array([5, None], pa.time32("ms")), "number", [0.005, None]),
    "time64": (pa.array([5, None], pa.time64("ns")), "number", [0.0, None]),
    "spans": (pa.array([5, None], pa.duration("us")), "number", [5e-6, None]),
    "null": (pa.nulls(2), "number", [None, None]),
    "great": (pa.array([2**53 + 1]), "number", [2.0**53]),
}  # fmt: skip


@pytest.mark.parametrize("dtype", ARROW)
def test_each_type_of_arrow(dtype):
    array, kind, values = ARROW[dtype]
    assert contents(as_table(pa.table({"c": array}))) == {"c": (kind, values)}
    chunks = pa.chunked_array([array[:1], array[1:], array[:0]])
    assert contents(as_table(pa.table({"c": chunks}))) == {"c": (kind, values)}
    assert contents(as_table(pa.table({"c": array[:0]})))["c"][1] == []


def test_rows_of_a_csv_are_text():
    rows = list(csv.DictReader(io.StringIO('a,b\n1,"x, y"\n2,\n')))
    assert contents(as_table(rows)) == {"a": ("text", ["1", "2"]), "b": ("text", ["x, y", ""])}
    with pytest.raises(ValueError, match=r"^X: row 1 has more values than there are names$"):
        as_table(list(csv.DictReader(io.StringIO("a,b\n1,2\n1,2,3\n"))))


def test_masked_values_of_fields_are_missing():
    rows = np.ma.array(fields(), mask=[(0, 1, 1, 0, 0, 1)] + [(0,) * 6] * 2)
    of = contents(as_table(rows))
    assert of["pay"][1][0] is of["job"][1][0] is of["day"][1][0] is None
    assert of["age"] == WANTED["age"] and of["when"] == WANTED["when"]
    strings = np.array([("é", b"x", 2)], [("a", "U3"), ("b", "S2"), ("c", ">i4")])
    assert contents(as_table(strings)) == {
        "a": ("text", ["é"]), "b": ("text", ["x"]), "c": ("number", [2.0])
    }  # fmt: skip


def test_one_row_by_name():
    wanted = {"a": ("number", [1.0]), "b": ("text", ["x"])}
    assert contents(as_table({"a": 1, "b": "x"})) == wanted
    assert contents(as_table([pd.Series({"a": 1, "b": "x"})])) == wanted
    frame = pd.DataFrame([[1, 2], [3, 4]])
    assert (table := as_table([frame.iloc[1]])) is not None
    assert not table.named and contents(table) == {"0": ("number", [3.0]), "1": ("number", [4.0])}


def test_names_of_columns():
    numbered = as_table(pd.DataFrame(np.eye(2)))
    assert numbered is not None and numbered.names == ("0", "1") and not numbered.named
    whole = as_table(pd.DataFrame(np.eye(2), columns=[1, 2]))
    assert whole is not None and whole.names == ("1", "2") and whole.named
    levels = pd.MultiIndex.from_tuples([("a", "x"), ("b", "")])
    assert (joined := as_table(pd.DataFrame(np.eye(2), columns=levels))) is not None
    assert joined.names == ("a_x", "b")
    for twice in (
        pd.DataFrame(np.eye(2), columns=["a", "a"]), pd.DataFrame(np.eye(2), columns=[1, "1"]),
        pa.table([[1], [2]], ["a", "a"]), {1: [2], "1": [2]},
    ):  # fmt: skip
        with pytest.raises(ValueError, match=r"^table: two columns '[a1]', wanted each name once$"):
            as_table(twice, "table")


@pytest.mark.parametrize(
    "X",
    [
        np.eye(2), np.eye(2, dtype="u1"), [[1, 2], [3, 4]], [np.eye(2)[0]], (1, 2), [], (), [1.0],
        scipy.sparse.csr_array(np.eye(2)), scipy.sparse.coo_matrix(np.eye(2)), pd.Series([1, 2]),
        Samples(np.eye(2), np.dtype("f4")), np.ma.array(np.eye(2)), "abc", 5, None,
        pa.array([1, 2]), pa.chunked_array([[1, 2]]), pl.Series([1, 2]), np.array([None, "a"]),
        pd.Index([1, 2]), [["a", 1]], memoryview(b"abc"),
    ],
    ids=lambda X: type(X).__name__,
)  # fmt: skip
def test_what_is_no_table(X):
    assert as_table(X) is None


def test_a_table_is_itself():
    table = as_table(RECORDS)
    assert isinstance(table, Table) and as_table(table) is table


LISTS = pd.Series([[1], [2]])
BAD: dict[str, tuple[Any, str]] = {
    "lists": (pd.DataFrame({"c": LISTS}), r"column 'c': list \[1\] in row 0, wanted numbers, "),
    "a list in dicts": ([{"c": 1}, {"c": [2]}], r"column 'c': list \[2\] in row 1, wanted numb"),
    "dicts in dicts": ([{"c": {"d": 1}}], r"column 'c': dict {'d': 1} in row 0, wanted numb"),
    "lists of Polars": (pl.DataFrame({"c": [[1]]}), "column 'c': type large_list.*, wanted numb"),
    "objects of Polars": (
        pl.DataFrame({"c": pl.Series([object()], dtype=pl.Object)}), "column 'c': Python's objects"
    ),
    "structs": (pa.table({"c": [{"d": 1}]}), "column 'c': type struct.*, wanted numbers, words"),
    "maps": (
        pa.table({"c": pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int64()))}), "column 'c': ty"
    ),
    "complex": (pd.DataFrame({"c": [1j]}), "column 'c': dtype complex128, wanted one number, "),
    "complex objects": ([{"c": 1j}], "column 'c': complex 1j in row 0, wanted numbers, words"),
    "bytes": (pa.table({"c": [b"\xff"]}), "column 'c': bytes that are no text, wanted"),
    "a field of arrays": (np.zeros(2, [("c", "f4", 3)]), r"column 'c': shape \(2, 3\), wanted one"),
    "fields in fields": (np.zeros(2, [("c", [("d", "f4")])]), "column 'c': dtype .*, wanted one"),
    "a time among numbers": ([{"c": 1}, {"c": DAYS[0]}], "column 'c': date .* in row 1 among w"),
    "a word among times": ([{"c": DAYS[0]}, {"c": "x"}], "column 'c': str 'x' in row 1 among t"),
    "an object": ([{"c": object()}], "column 'c': object <object.* in row 0, wanted numbers"),
    "a list among dicts": ([{"c": 1}, [1]], r"list \[1\] in row 1, wanted a dict, as the rows bef"),
    "lengths": ({"c": [1], "d": [1, 2]}, "2 values in column 'd', 1 in 'c', wanted columns of on"),
    "a value among columns": ({"c": [1], "d": 1}, "1 in column 'd', wanted columns, or a row"),
    "an empty dict": ({}, "an empty dict, wanted columns by name"),
    "a great number": ([{"c": 10**400}], "column 'c': a number beyond float64, wanted finite"),
    "a matrix of fields": (np.zeros((2, 2), [("c", "f4")]), r"shape \(2, 2\) of rows with fields"),
}


@pytest.mark.parametrize("kind", BAD)
def test_what_no_table_can_hold_is_named(kind):
    X, said = BAD[kind]
    with pytest.raises((TypeError, ValueError), match=f"^people: {said}") as error:
        as_table(X, "people")
    assert "\n" not in str(error.value) and len(str(error.value)) < 200


def test_pandas_needs_neither_narwhals_nor_arrow_of_ours_and_others_name_the_extra():
    code = (
        "import sys; sys.modules['narwhals'] = None\n"
        "import pandas as pd, polars as pl\n"
        "from fastnet.tables.frames import as_table\n"
        "print(as_table(pd.DataFrame({'a': [1], 'b': ['x'], 'c': pd.Categorical(['y'])})))\n"
        "try: as_table(pl.DataFrame({'a': [1]}))\n"
        "except ImportError as error: print(error)\n"
    )
    done = python(code)
    table, error = done.stdout.splitlines()
    assert table == "Table(1 rows, columns a, b, c)"
    assert error == (
        "X: a DataFrame of polars needs Narwhals and PyArrow: pip install 'fastnet-sgd[tables]'"
    )


def test_nothing_is_imported_for_what_does_not_need_it():
    code = (
        "import sys, numpy as np\n"
        "from fastnet.tables.frames import as_table\n"
        "as_table([{'a': 1}]), as_table(np.zeros(2, [('a', 'f4')])), as_table(np.eye(2))\n"
        "print({'pandas', 'pyarrow', 'narwhals', 'numba', 'polars'} & {*sys.modules})\n"
    )
    assert python(code).stdout == "set()\n"


@pytest.mark.parametrize("dtype", ["i8", "u1", "f4", "f8", "?"])
def test_a_frame_of_numbers_is_not_copied(dtype: str) -> None:
    frame = pd.DataFrame({"a": np.arange(1000).astype(dtype)})
    table = as_table(frame)
    assert table is not None
    assert np.shares_memory(table["a"].data, frame["a"].to_numpy())
    assert (table["a"].values == frame["a"]).all() and table["a"].values.dtype == np.float64
