"""The contents of an encoding: JSON types, and back. These are checked: the file may be damaged."""

from __future__ import annotations

import math
from typing import Any

from .. import checks
from .columns import AnyColumn, LeftOut, NumberColumn, WordColumn
from .forms import DAY_ORDERS
from .kinds import WANTED

MOST_COLUMNS = 1 << 20
FIELDS = {
    NumberColumn: ("name", "order", "centre", "scale", "value", "gap"),
    WordColumn: ("name", "words", "places", "gap", "rare"),
    LeftOut: ("name", "reason"),
}
ALONG = ("seen", "squares")  # of numbers in a stream


def contents(column: AnyColumn, running: bool = False) -> dict[str, Any]:
    """Return a column in JSON types."""
    along = ALONG if running and isinstance(column, NumberColumn) else ()
    own = dict(vars(column))
    if isinstance(column, WordColumn):
        own |= {"words": list(column.index), "places": list(column.index.values())}
    return {"kind": column.kind, **{name: own[name] for name in (*FIELDS[type(column)], *along)}}


def columns_of(about: Any) -> tuple[list[AnyColumn], bool, str | None, bool]:
    """Return the columns, whether they have names, the target and whether they run along.

    Raises
    ------
    ValueError
        Anything is not as `Encoding.to_dict` writes it.
    """
    about = _dict("encoding", about, ("running", "named", "target", "columns"))
    running, named = (_is(name, about[name], bool) for name in ("running", "named"))
    target = about["target"] if about["target"] is None else _is("target", about["target"], str)
    listed = _is("columns", about["columns"], list)
    if not len(listed) <= MOST_COLUMNS:
        raise ValueError(f"encoding: {len(listed)} columns, wanted at most {MOST_COLUMNS:,}")
    columns = [_column(column, running) for column in listed]
    names = [column.name for column in columns]
    if len({*names}) < len(names):
        raise ValueError("encoding: two columns of one name, wanted each name once")
    places = sorted(place for column in columns for place in column.inputs)
    if places != list(range(len(places))):
        raise ValueError("encoding: inputs missing or twice, wanted each place once")
    return columns, named, target, running


def _column(about: Any, running: bool) -> AnyColumn:
    """Return one column."""
    kind = about.get("kind") if isinstance(about, dict) else None
    if kind == "word":
        return _words(_dict("column", about, ("kind", *FIELDS[WordColumn])))
    if kind == "left out":
        about = _dict("column", about, ("kind", *FIELDS[LeftOut]))
        return LeftOut(_is("name", about["name"], str), _is("reason", about["reason"], str))
    if kind in [*WANTED]:  # it may be anything, not only a word
        names = ("kind", *FIELDS[NumberColumn], *(ALONG if running else ()))
        return _numbers(_dict("column", about, names), running)
    raise ValueError(f"encoding: a column of kind {kind!r:.40}, wanted number, flag, time or word")


def _numbers(about: dict[str, Any], running: bool) -> NumberColumn:
    """Return a column of numbers."""
    for name in ("centre", "scale", *(("squares",) if running else ())):
        number = _is(name, about[name], float)
        if not math.isfinite(number):
            raise ValueError(f"encoding: {name} {number}, wanted a finite number")
        if name != "centre" and number < 0:
            raise ValueError(f"encoding: {name} {number}, wanted a number >= 0")
    if running:
        _count("seen", about["seen"])
    if about["order"] not in ("", "clock", *DAY_ORDERS):
        raise ValueError(f"encoding: order {about['order']!r:.40}, wanted a known one")
    _is("name", about["name"], str)
    for name in ("value", "gap"):
        _place(name, about[name])
    return NumberColumn(**about)


def _words(about: dict[str, Any]) -> WordColumn:
    """Return a column of words."""
    words = [_is("word", word, str) for word in _is("words", about["words"], list)]
    places = [_is("place", place, int) for place in _is("places", about["places"], list)]
    if len({*words}) < len(words) or len(words) != len(places):
        raise ValueError("encoding: words missing or twice, wanted each once, with its place")
    _count("rare", about["rare"])
    name, gap = _is("name", about["name"], str), _place("gap", about["gap"])
    return WordColumn(name, dict(zip(words, places, strict=True)), gap, about["rare"])


def _dict(what: str, about: Any, names: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(about, dict) or {*about} != {*names}:
        raise ValueError(f"encoding: a damaged {what}, wanted its {', '.join(names)}")
    return {**about}


def _count(name: str, value: Any) -> None:
    if not 0 <= _is(name, value, int) <= checks.LARGEST:
        raise ValueError(f"encoding: {name} {checks.came(value)}, wanted a count")


def _place(name: str, value: Any) -> int | None:
    return None if value is None else int(_is(name, value, int))


def _is(name: str, value: Any, wanted: type) -> Any:
    """Return the value if it has exactly this type."""
    if type(value) is not wanted:
        raise ValueError(f"encoding: {name} is {type(value).__name__}, wanted {wanted.__name__}")
    return value
