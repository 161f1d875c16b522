"""Names in C for columns and categories."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastnet.formats.c.names import LONGEST, TAKEN, distinct, fields, identifier


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("age", "age"), ("hours per week", "hours_per_week"), (" a__b ", "a_b"),
        ("Größe", "Grosse"),
        ("crème brûlée", "creme_brulee"), ("<=50K", "50K"), ("日本", "u65e5_u672c"), ("", "empty"),
        ("+", "u002b"), ("?!", "u003f_u0021"), ("x" * 99, "x" * LONGEST), ("Ελ", "u0395_u03bb"),
        ("½", "1_2"), ("\0", "u0000"),
    ],
)  # fmt: skip
def test_texts_become_identifiers(text: str, wanted: str) -> None:
    assert identifier(text) == wanted


def test_fields_are_small_letters_and_no_words_of_c() -> None:
    names = ["int", "INT", "ADC", "1st", "class", "linux", "a", "A", "a_2"]
    assert fields(names) == [
        "int_2", "int_3", "adc", "x1st", "class_2", "linux_2", "a", "a_2", "a_2_2"
    ]  # fmt: skip


@given(st.lists(st.text(), unique=True))
def test_fields_are_names_each_once(texts: list[str]) -> None:
    names = fields(texts)
    assert len({*names}) == len(texts) and TAKEN.isdisjoint(names)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name, re.ASCII) for name in names)
    assert not any("__" in name or name.endswith("_") for name in names)  # C++ has these for itself


@given(st.lists(st.sampled_from(["a", "a_2", "a_2_2", "b"])))
def test_distinct_names_stay_where_they_can(names: list[str]) -> None:
    found = distinct(names, {"b"})
    assert len({*found, "b"}) == len(names) + 1
    assert all(own.startswith(name) for own, name in zip(found, names, strict=True))
