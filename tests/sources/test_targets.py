"""The target of a table in a file: the whole column decides between classes and numbers."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fastnet
from fastnet.datasets import chunks, read
from fastnet.sources.targets import TargetRule
from fastnet.sources.words import words_of
from fastnet.tables import Table
from fastnet.tables.table import Numbers, Words
from tests.cli.helpers import ok


def answers(column, classes=None, chunk=None):
    table = Table(("y",), (column if isinstance(column, Numbers | Words) else words_of(column),))
    rule = TargetRule(classes, "t.csv: ")
    parts = [table[k : k + chunk] for k in range(0, len(table), chunk)] if chunk else [table]
    for part in parts:
        rule.see(part, "y")
    found = [rule.answers(part, "y") for part in parts]
    return np.concatenate([y for y, _ in found]), [len(kept) for _, kept in found]


COUNTED = [str(k) for k in range(300)] * 10
KINDS = {
    "words": (["a", "b", "a"], np.array(["a", "b", "a"])),
    "truth values": (["true", "False", "true"], np.array(["true", "False", "true"])),
    "codes": (["007", "12", "007"], np.array(["007", "12", "007"])),
    "few whole numbers": (["3", "-1", "3"], np.array([3, -1, 3])),
    "20 whole numbers": ([str(7 * k) for k in range(20)] * 2, np.arange(0, 140, 7)),
    "21 whole numbers": ([str(7 * k) for k in range(21)] * 20, np.arange(0, 147, 7.0)),
    "from 0": (COUNTED, np.arange(300)),
    "from 1": ([str(int(k) + 1) for k in COUNTED], np.arange(1, 301)),
    "from 2": ([str(int(k) + 2) for k in COUNTED], np.arange(2, 302.0)),
    "a gap": ([k for k in COUNTED if k != "7"], np.array([k for k in range(300) if k != 7]) / 1),
    "9 rows each": (COUNTED[:2700], np.arange(300.0)),
    "over 1,000": ([str(k) for k in range(1001)] * 10, np.arange(1001.0)),
    "whole with points": (["1.0", "-1.0", "1.0"], np.array([1, -1, 1])),
    "11 with points": ([f"{k}.0" for k in range(11)] * 20, np.arange(11.0)),
    "numbers": (["1", "2.5", "1"], np.array([1, 2.5, 1])),
    "none is a label": (["none", "mild", "none"], np.array(["none", "mild", "none"])),
    "few numbers and a word": (["0", "1", "3+"], np.array(["0", "1", "3+"])),
    "a frame's floats": (Numbers(np.array([0.0, 1, 1])), np.array([0, 1, 1])),
    "a frame's truth values": (Numbers(np.array([0.0, 1]), "flag"), np.array([False, True])),
}


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("chunk", [None, 1, 100])
def test_the_whole_column_decides(name, chunk):
    column, wanted = KINDS[name]
    if chunk == 1 and len(column) > 500:
        chunk = 333
    got, _ = answers(column, chunk=chunk)
    assert got.dtype.kind == wanted.dtype.kind
    assert np.unique(got).tolist() == np.unique(wanted).tolist() and len(got) == len(column)
    if len(got) == len(wanted):
        assert got.tolist() == wanted.tolist()


@pytest.mark.parametrize(
    ("column", "classes", "wanted"),
    [
        (["1", "2", "1"], [], np.array([1.0, 2, 1])), (["007", "0.5"], [], np.array([7, 0.5])),
        (["1", "2"], ["1", "2"], np.array(["1", "2"])), (["1", "2.0"], [1, 2], np.array([1, 2])),
        (["NA", "ok"], ["ok", "NA"], np.array(["NA", "ok"])),
        (["1", "2"], np.array([2, 1]), np.array([1, 2])),
    ],
)  # fmt: skip
def test_classes_of_the_user_win(column, classes, wanted):
    got, _ = answers(column, classes)
    assert got.dtype == wanted.dtype and got.tolist() == wanted.tolist()


FLAGS = Numbers(np.array([1.0, 0, np.nan]), "flag")
TRUTH: dict[str, tuple[Any, list[Any], list[Any]]] = {
    "words for truth values": (["True", "false", ""], [False, True], [True, False]),
    "digits for truth values": (["1", "0", "NA"], [False, True], [True, False]),
    "numbers for truth values": (Numbers(np.array([1.0, 0])), [False, True], [True, False]),
    "truth values for words": (FLAGS, ["False", "True"], ["True", "False"]),
    "words in another spelling": (["TRUE", "false"], ["False", "True"], ["True", "False"]),
}


@pytest.mark.parametrize("name", TRUTH)
def test_truth_values_are_read_as_the_classes_spell_them(name: str) -> None:
    column, classes, wanted = TRUTH[name]
    assert answers(column, classes)[0].tolist() == wanted


def test_what_is_no_truth_value_is_named() -> None:
    for column in (["True", "maybe"], ["1", "2"], Numbers(np.array([1.0, 2]))):
        with pytest.raises(ValueError, match=r"('maybe'|'2'|2) in row 1, wanted true or f"):
            answers(column, [False, True])


def test_a_net_of_truth_values_goes_on_with_files(tmp_path: Path) -> None:
    """In a file truth values are words; a stream in the terminal reads them one by one."""
    X = np.arange(12.0)[:, None] / 12
    init = fastnet.train(X, X[:, 0] > 0.5, hidden=(3,), epochs=0)
    init.save(tmp_path / "init.npz")
    rows = [f"{x:.3f},{x > 0.5}" for x in X[:, 0]]
    (tmp_path / "text.csv").write_text("\n".join(["x,y", *rows]))
    ok("train", tmp_path / "text.csv", "--init", tmp_path / "init.npz", "--epochs", 1)
    text = ok("evaluate", tmp_path / "init.npz", tmp_path / "text.csv")
    assert f"recognized: {100 * init.score(X, X[:, 0] > 0.5):.2f}%" in text
    for form in (rows, ["x,y", *rows], [f'{{"x": [{r.split(",")[0]}], "y": true}}' for r in rows]):
        stream = "\n".join(form).encode()
        ok("train", "-", "--init", tmp_path / "init.npz", stdin=stream)


def test_rows_without_a_target_are_left_out():
    y, kept = answers(["a", "", "NA", "b", "?"], chunk=2)
    assert y.tolist() == ["a", "b"] and kept == [1, 1, 0]
    y, _ = answers(["1", "none", "2.5"])
    assert y.tolist() == [1, 2.5]


@pytest.mark.parametrize(
    ("column", "classes", "said"),
    [
        (["", "NA"], None, "target 'y': no values, wanted a target"),
        ([*map(str, range(100)), "x"], None, "target 'y': 'x' in row 100 among numbers, wanted"),
        (["a", "1"], [], "'y': 'a' in row 0, wanted a number"),
        (["a", "c"], ["a", "b"], "row 1: 'y' is 'c', wanted one of the classes"),
        (["1", "3"], [1, 2], "row 1: 'y' is '3', wanted one of the classes"),
        (["1", "2.5"], [1, 2], "row 1: 'y' is '2.5', wanted a whole number"),
        (["1", "inf"], None, "row 1: 'y' is 'inf', wanted a finite number"),
        (["1", "1e30"], [1, 2], "row 1: 'y' is '1e30', wanted a whole number"),
        (["a", "b" * 2000], None, "row 1: 'y' is 'b.*, wanted at most 1000 characters"),
        (["2024-01-01", "2024-01-02"], None, "target 'y': times, wanted classes or numbers"),
        ([f"<{k}" for k in range(30)], None, "target 'y': .*cannot be read as a number"),
    ],
)  # fmt: skip
def test_what_is_no_target(column, classes, said):
    with pytest.raises(ValueError, match=rf"^t\.csv: {said}") as error:
        answers(column, classes)
    assert "\n" not in str(error.value)


FILE = "id,age,w,income\n1,30,1,low\n2,40,2,high\n3,,0.5,\n4,50,1,low\n"


def test_columns_of_a_file(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(FILE)
    read = fastnet.datasets.read
    with pytest.warns(fastnet.LearningWarning, match=r"t\.csv: 1 of 4 rows have no 'income'"):
        (X, y), _ = read(path, drop=["id"], weight="w")
    assert X.names == ("age",) and X.target == "income" and y.tolist() == ["low", "high", "low"]
    assert X.weights.tolist() == [1, 2, 1] and X.places.tolist() == [2, 3, 5]
    (X, y), _ = read(path, target="first")
    assert X.target == "id" and y.tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"target": "incom"}, "no column 'incom', wanted one of id, age, w, income; did you mean"),
        ({"drop": ["ages"]}, "no column 'ages', wanted one of .*; did you mean 'age'"),
        ({"weight": "income"}, "column 'income' holds words, wanted weights"),
        ({"weight": "age", "target": "id"}, "line 4: a missing weight"),
    ],
)
def test_names_that_do_not_fit(tmp_path, options, said):
    path = tmp_path / "t.csv"
    path.write_text(FILE)
    with pytest.raises(ValueError, match=rf"t\.csv: {said}"):
        fastnet.datasets.read(path, **options)


def test_a_target_in_an_odd_form_is_said(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("x,price\n" + "".join(f'{k},"$1,{k:03}.50"\n' for k in range(60)))
    said = r"t\.csv: target 'price': '\$1,000\.50' counts as 1000\.5"
    with pytest.warns(fastnet.LearningWarning, match=said):
        (_, y), _ = fastnet.datasets.read(path)
    assert y.tolist() == [1000.5 + k for k in range(60)]
    path.write_text("x,price\n" + "".join(f"{k},1_{k:03}\n" for k in range(60)))
    with pytest.raises(ValueError, match="cannot be read as a number, wanted classes or numbers"):
        fastnet.datasets.read(path)


def test_the_target_cannot_be_left_out(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b,y\n1,2,0\n2,1,1\n")
    for options, how in (({"drop": ["y"]}, "dropped"), ({"weight": "y"}, "the weight")):
        with pytest.raises(ValueError, match=f"t.csv: 'y' is the target and {how}, wanted one"):
            fastnet.datasets.read(path, target="y", **options)


ODD: dict[str, tuple[list[str], str]] = {
    "a number": (["1.5"], "'1.5' in line 52 among whole numbers, .* or classes=.. for a"),
    "a word": (["x"], "'x' in line 52 among whole numbers, .* or all words in classes"),
    "two": (["2.5", "0.5"], "'2.5' in line 52 among whole numbers"),
}


@pytest.mark.parametrize("case", ODD)
@pytest.mark.parametrize("rows", [None, 40])
def test_a_slip_among_whole_numbers_does_not_change_the_task(
    tmp_path: Path, case: str, rows: int | None
) -> None:
    odd, said = ODD[case]
    labels = [str(k % 3) for k in range(200)]
    labels[50 : 50 + len(odd)] = odd
    path = tmp_path / "t.csv"
    path.write_text("a,y\n" + "".join(f"{k / 7},{label}\n" for k, label in enumerate(labels)))
    with pytest.raises(ValueError, match=rf"t\.csv: target 'y': {said}"):
        read(path) if rows is None else list(chunks(path, rows=rows))
    if case == "a word":
        with pytest.warns(fastnet.LearningWarning, match="1 of 200 rows have no 'y'"):
            (_, y), _ = read(path, missing=odd)
    else:
        (_, y), _ = read(path, classes=[])
    assert y is not None and y.dtype.kind == ("i" if case == "a word" else "f")


def test_many_other_numbers_make_a_regression(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,y\n" + "".join(f"{k},{k % 6 / 2}\n" for k in range(200)))
    (_, y), _ = read(path)
    assert y is not None and y.dtype == np.float64
