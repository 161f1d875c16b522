"""Flat JSON: the same tables as in CSV; the forms of streams stay what they are."""

import json

import pandas as pd
import pytest

import fastnet
from fastnet.sources import text
from fastnet.sources.reading import Reading
from tests.sources.helpers import read_text
from tests.tables.helpers import contents

LINES = (
    '{"age": 39, "job": "clerk", "ok": true, "y": 1}\n\n'
    '{"job": "cook, \\"chef\\"", "age": null, "ok": false, "y": 0}\n'
    '{"y": 1, "age": 5.50, "more": "late"}\n'
)
WANTED = {
    "age": ("text", ["39", "", "5.50"]), "job": ("text", ["clerk", 'cook, "chef"', ""]),
    "ok": ("text", ["true", "false", ""]), "y": ("text", ["1", "0", "1"]),
    "more": ("text", ["", "", "late"]),
}  # fmt: skip


def write(tmp_path, data, name="t.jsonl"):
    path = tmp_path / name
    path.write_text(data, encoding="utf-8")
    return path


def test_keys_in_any_order_and_absent_ones(tmp_path):
    table = read_text(write(tmp_path, LINES), Reading())
    assert contents(table) == WANTED and table.named and table.places.tolist() == [1, 3, 4]
    parts = list(text.tables(tmp_path / "t.jsonl", Reading(), 1))
    assert [part.where(0) for part in parts] == ["line 1", "line 3", "line 4"]


def test_one_list_of_objects_as_pandas_writes_it(tmp_path):
    frame = pd.DataFrame({"a": [1.5, None, 3], "word": ["x", "y", None], "y": [1, 0, 1]})
    for name, options in [("t.json", {}), ("p.json", {"indent": 1}), ("t.jsonl", {"lines": True})]:
        frame.to_json(tmp_path / name, orient="records", **options)
        (X, y), _ = fastnet.datasets.read(tmp_path / name)
        assert X.names == ("a", "word") and y.tolist() == [1, 0, 1]
        assert contents(X)["a"][1] == ["1.5", "", "3.0"]


def test_json_and_csv_of_the_same_give_the_same_net(tmp_path):
    rows = [{"n": k % 7, "w": f"w{k % 3}", "y": "ab"[k % 2]} for k in range(60)]
    write(tmp_path, "".join(json.dumps(row) + "\n" for row in rows))
    pd.DataFrame(rows).to_csv(tmp_path / "t.csv", index=False)
    (X, y), (Z, z) = (fastnet.datasets.read(tmp_path / n)[0] for n in ("t.jsonl", "t.csv"))
    assert contents(X) == contents(Z) and y.tolist() == z.tolist()


def test_numbers_are_read_as_they_are_written(tmp_path):
    data = '{"a": 12345678901234567890, "b": 1e400, "c": NaN, "d": "007"}\n' * 2
    table = read_text(write(tmp_path, data), Reading())
    assert [values[0] for _, values in contents(table).values()] == [
        "12345678901234567890", "1e400", "NaN", "007",
    ]  # fmt: skip


def test_the_forms_of_streams_stay(tmp_path):
    for data in ('{"x": [1, 2], "y": 0}\n{"y": 1, "x": [3, 4]}\n', "[1, 2, 0]\n[3, 4, 1]\n"):
        (X, y), _ = fastnet.datasets.read(write(tmp_path, data))
        assert X.tolist() == [[1, 2], [3, 4]] and y.tolist() == [0, 1]
    (X, y), _ = fastnet.datasets.read(write(tmp_path, '{"x": 1, "y": 0}\n{"x": 2, "y": 1}\n'))
    assert X.names == ("x",) and y.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ('{"a": 1}\n\n{"a": [1, 2]}\n', "line 3: 'a' holds a list, wanted a number, a word"),
        ('{"a": {"0": 1}}\n', "line 1: 'a' holds an object, wanted a number"),
        ('{"a": 1}\n[1]\n', r"line 2: '\[1\]', wanted an object of JSON, as in the first line"),
        ('{"a": 1}\n{"a": 1,}\n', "line 2: .* in column 9, wanted JSON"),
        ('[{"a": 1}, 2]\n', "row 1: '2', wanted an object"), ('[{"a": [1]}]', "row 0: 'a' holds"),
        ('[{"a": 1},\n{"a" 2}]', "line 2, column 6: .*, wanted JSON"),
        ('{"a": "\\u0000"}\n', "line 1: a character that is no text"),
        ('{"a": "\\ud800"}\n', "line 1: a character that is no text"),
        ('{"a": ' + "[" * 100_000 + "\n", "line 1: "),
        ('{"a": "' + "x" * (1 << 23) + '"}', "line 1: longer than 4,194,304 bytes"),
    ],
)  # fmt: skip
def test_each_fault_is_one_line_that_names_it(tmp_path, data, said):
    with pytest.raises(ValueError, match=rf"t\.jsonl: {said}") as error:
        read_text(write(tmp_path, data), Reading())
    assert "\n" not in str(error.value) and len(str(error.value)) < len(str(tmp_path)) + 250


def test_the_last_key_of_the_first_object_is_the_target(tmp_path):
    """Keys that come later are inputs, in whatever chunks the file is read."""
    rows = [{"a": k % 7, "y": "pq"[k % 2]} for k in range(40)] + [{"a": 3, "y": "p", "late": "z"}]
    path = write(tmp_path, "".join(json.dumps(row) + "\n" for row in rows))
    (X, y), _ = fastnet.datasets.read(path)
    assert X.names == ("a", "late") and y.tolist() == [row["y"] for row in rows]
    parts = [part for _, part in fastnet.datasets.chunks(path, rows=7)]
    assert [label for part in parts for label in part] == y.tolist()
    path.write_text(json.dumps(rows))
    assert fastnet.datasets.read(path)[0][0].names == ("a", "late")
