"""Encodings in JSON types come from untrusted files."""

import json
from typing import Any

import numpy as np
import pytest

from fastnet.tables import Encoding
from fastnet.tables.frames import as_table

ROWS: list[dict[str, Any]] = [
    {"x": 1.5, "word": "a", "none": None, "flag": True},
    {"x": None, "word": "b", "none": None, "flag": False},
    {"x": 4.0, "word": None, "none": None, "flag": False},
]


def about(running: bool) -> dict[str, Any]:
    if running:
        e = Encoding(running=True)
        e.learn(ROWS, np.dtype("f4"))
        return e.to_dict()
    table = as_table(ROWS)
    assert table is not None
    with pytest.warns(match="'none': no values"):
        return Encoding.fit(table).to_dict()


@pytest.mark.parametrize("running", [False, True])
def test_json_keeps_all(running: bool) -> None:
    one = about(running)
    assert json.loads(json.dumps(one)) == one
    assert Encoding.from_dict(one).to_dict() == one


BAD: list[tuple[str, Any]] = [
    ("centre", float("nan")), ("centre", float("inf")), ("centre", "1"), ("centre", 1),
    ("centre", None), ("scale", -1.0), ("scale", float("inf")), ("scale", True),
    ("kind", "numbers"), ("kind", None), ("kind", []), ("order", "year first"), ("order", 3),
    ("name", 5), ("name", None), ("value", 99),
    ("value", -1), ("value", 1.0), ("value", True), ("gap", 0), ("gap", "1"),
    ("words", ["a", "a"]), ("words", ["a"]), ("words", "ab"), ("words", [1, 2]), ("words", None),
    ("places", [2, 2]), ("places", [2, 10**30]), ("places", [2, None]), ("places", {}),
    ("rare", -1), ("rare", 1.5), ("reason", 7), ("name", "word"), ("more", 1),
    ("seen", -1), ("seen", 2**70), ("seen", 1.0), ("squares", -1.0), ("squares", float("nan")),
]  # fmt: skip


@pytest.mark.parametrize("running", [False, True])
@pytest.mark.parametrize("field", BAD, ids=str)
def test_damaged_columns_are_refused(running: bool, field: tuple[str, Any]) -> None:
    name, value = field
    having = [k for k, c in enumerate(about(running)["columns"]) if name in c or name == "more"]
    for k in having:
        bad = about(running)
        bad["columns"][k][name] = value
        if bad != about(running):
            with pytest.raises(ValueError, match=r"^encoding: ."):
                Encoding.from_dict(bad)
    assert having or name in ("seen", "squares")


@pytest.mark.parametrize(
    "bad",
    [
        None, 5, "x", [], {}, {**about(True), "more": 1}, {**about(True), "columns": {}},
        {**about(True), "columns": [None]}, {**about(True), "columns": [5]},
        {**about(True), "columns": [{}]}, {**about(True), "running": 1},
        {**about(True), "named": None}, {**about(True), "target": 5},
        {**about(True), "running": False}, {**about(True), "columns": about(True)["columns"][:2]},
        {k: v for k, v in about(True).items() if k != "target"},
    ],
    ids=lambda bad: str(bad)[:30],
)  # fmt: skip
def test_damaged_encodings_are_refused(bad: Any) -> None:
    with pytest.raises(ValueError, match=r"^encoding: ."):
        Encoding.from_dict(bad)


def test_damaged_fields_missing_or_deep() -> None:
    for k, column in enumerate(about(True)["columns"]):
        for name in column:
            bad = about(True)
            del bad["columns"][k][name]
            with pytest.raises(ValueError, match=r"^encoding: ."):
                Encoding.from_dict(bad)
