"""How options are declared: rows of classes made for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from fastnet.reference import ActivationName, LossName
from fastnet.rows import Declared, Row, Values, documented, literal_names, option
from fastnet.schedules import ScheduleName

WHOLE = Values("whole", "int", "a whole number >= 1", "whole", (1,), metavar="N")


@dataclass(frozen=True, kw_only=True, eq=False)
class Few(Declared):
    """Two options."""

    size: int = option(3, WHOLE, doc="Number of `things`. There is\n    one at least.")
    limit: int | None = option(
        None, WHOLE, rule="no limit", metavar="MOST", bits=False, annotation="SupportsInt | None",
        doc="The most.",
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False)
class More(Few):
    """Of which one means something else, and one is new."""

    size: int = documented(Few.rows()["size"], "Number of parts.")
    thing: Any = option(None, Values("", "object", "a thing"), usual=(), doc="A thing.")


def test_a_row_says_all_of_an_option():
    size, limit = Few.rows().values()
    assert (size.name, size.annotation, size.default, size.usual) == ("size", "int", 3, 3)
    assert size.doc == "Number of `things`. There is one at least."
    assert (size.help, size.metavar, size.bits, size.terminal) == ("Number of things.", "N", 1, 1)
    assert (limit.annotation, limit.metavar, limit.bits) == ("SupportsInt | None", "MOST", False)
    assert limit.checked(None) is None and limit.checked(2) == 2
    with pytest.raises(ValueError, match=r"^size: None, wanted a whole number >= 1$"):
        size.checked(None)


def test_classes_may_share_options_and_document_them_anew():
    assert list(More.rows()) == ["size", "limit", "thing"]
    assert More.rows()["size"].doc == "Number of parts." and More.rows()["size"].default == 3
    assert Few.rows()["size"].help == "Number of things."
    assert More.rows()["limit"] == Few.rows()["limit"]
    assert not More.rows()["thing"].terminal and isinstance(More.rows()["thing"], Row)


def test_options_are_made_of_names_or_of_arguments():
    assert Few.of({"limit": 5}).limit == 5 and Few.of({}).size == 3

    def function(x: int, *, size: int = 4, limit: int | None = None) -> Few:
        return Few.among(locals())

    assert function(9).size == 4 and function(9, limit=2).limit == 2
    with pytest.raises(TypeError, match=r"^sizes: there is no such option; did you mean 'size'\?$"):
        Few.of({"sizes": 3})
    with pytest.raises(ValueError, match=r"^size: 0, wanted a whole number >= 1$"):
        Few(size=0)


def test_only_what_is_given_is_checked(monkeypatch):
    """Checks of all options took longer than all else that is done before a small run."""
    assert More.usual() == {"thing": ()}
    checked, check = list[str](), Values.checked
    monkeypatch.setattr(Values, "checked", lambda *args: checked.append(args[1]) or check(*args))
    assert More(limit=4).size == 3 and checked == ["limit"]
    assert More(size=3, limit=None).size == 3 and checked == ["limit"]
    with pytest.raises(ValueError, match=r"^size: 3\.0, wanted a whole number >= 1$"):
        More(size=3.0)  # which is equal to the default


def test_names_are_read_from_the_source():
    for where, literal in [
        ("reference.ActivationName", ActivationName),
        ("reference.LossName", LossName),
        ("schedules.ScheduleName", ScheduleName),
    ]:
        assert literal_names(where) == literal.__args__
    with pytest.raises(LookupError, match=r"there is no reference\.StartName"):
        literal_names("reference.StartName")
