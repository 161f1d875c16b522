"""Small tables in HTML for notebooks: escaped, without scripts, in the colours of the page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from .diagnostics import printable

CELL = "padding:.15em .7em;border:0;border-bottom:1px solid #8886"  # a grey on light and dark
LONGEST = 200  # characters of a cell
MISSING = "-"


def listing(title: str, pairs: Mapping[str, Any]) -> str:
    """Return a table of names and values."""
    rows = [
        f"{_cell(name, 'left', 'row')}{_cell(value, 'left')}" for name, value in pairs.items()
    ]
    return _table(title, "", rows)


def table(title: str, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Return a table of rows under names. Numbers stand at the right, as do their names."""
    values = [*rows]
    sides = ["left" if _is_text([row[k] for row in values]) else "right" for k in range(len(names))]
    head = "".join(_cell(name, side, "col") for name, side in zip(names, sides, strict=True))
    return _table(title, head, ["".join(map(_cell, row, sides)) for row in values])


def preformatted(text: str) -> str:
    """Return a line of text whose letters are all of one width."""
    return f'<pre style="margin:0;white-space:pre-wrap">{escape(printable(text))}</pre>'


def figure(name: str, value: Any) -> str:
    """Return a value of a record as text: an accuracy in per cent, a number in four digits."""
    if value is None or value != value:
        return MISSING
    if isinstance(value, float):
        if name.endswith("accuracy"):
            return f"{value:.2%}"
        return f"{value:,.0f}" if 1e4 <= abs(value) < 1e9 else f"{value:.4g}"
    return f"{value:,}" if type(value) is int else str(value)


def some(values: Iterable[Any], most: int) -> str:
    """Return at most so many values, with commas between; if there are more, their number."""
    texts = [repr(text) if "," in text else text for text in map(str, values)]
    return ", ".join([*texts[:most], *[f"... ({len(texts):,} in all)"] * (len(texts) > most)])


def _is_text(values: Sequence[Any]) -> bool:
    return any(isinstance(value, str) and value[:1].isalpha() for value in values)


def _cell(value: Any, side: str, scope: str = "") -> str:
    """Return a cell; one with a scope is a heading."""
    text = printable(str(value))
    text = escape(text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}...")
    tag, of = ("th", f' scope="{scope}"') if scope else ("td", "")
    return f'<{tag}{of} style="text-align:{side};{CELL}">{text}</{tag}>'


def _table(title: str, head: str, rows: Iterable[str]) -> str:
    body = "".join(f"<tr>{cells}</tr>" for cells in rows)
    head = f"<thead><tr>{head}</tr></thead>" * bool(head)
    caption = '<caption style="text-align:left;color:inherit;white-space:nowrap">'
    return (
        f'<div style="overflow-x:auto"><table style="border-collapse:collapse;margin:.3em 0">'
        f"{caption}<b>{escape(printable(title))}</b></caption>{head}<tbody>{body}</tbody></table></div>"
    )
