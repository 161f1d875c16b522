"""Tables whose columns fit the terminal, with labels in any script: some letters are wide."""

import unicodedata
from collections.abc import Sequence
from typing import Any

from ..apart import apart
from .text import width

GAPS = (2, 1)  # blanks between columns, if there is room


def printed(label: Any) -> str:
    """Return a label as text that no terminal misreads."""
    text = str(label)
    return text if text.isprintable() else repr(text)


def columns(text: str) -> int:
    """Return how many columns of a terminal a text fills."""
    return sum(map(_columns, text))


def cut(text: str, most: int) -> str:
    """Return text in at most so many columns, with dots in the place of its middle.

    If it begins with dots it loses its end.
    """
    if columns(text) <= most:
        return text
    if text.startswith("..."):
        return _begin(text, most)
    dots = "." * min(3, most)
    half = (most - len(dots)) // 2
    return f"{_begin(text, most - len(dots) - half)}{dots}{_begin(text[::-1], half)[::-1]}"


def cut_apart(texts: Sequence[str], most: int) -> list[str]:
    """Return texts in at most so many columns: those that would look alike lose their beginning."""
    return apart(texts, lambda text: cut(text, most), "...")


def left(text: str, n: int) -> str:
    """Return text in n columns, with blanks behind it."""
    return text + " " * (n - columns(text))


def right(text: str, n: int) -> str:
    """Return text in n columns, with blanks before it."""
    return " " * (n - columns(text)) + text


def table(
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    least: int = 8,
    words: Sequence[int] = (0,),
) -> list[str]:
    """Return a table as lines that fit the terminal.

    The first column is cut to what the others leave, but not below `least` columns of the terminal.
    Its words are told apart.
    If there is still no room for all, the last columns are left out. The columns at `words` are
    words, which stand at the left; the others are numbers.
    """
    full = [max(columns(row[k]) for row in [heads, *rows]) for k in range(len(heads))]
    own = min(full[0], least)
    gap = next((gap for gap in GAPS if own + _others(full, gap) <= width()), GAPS[-1])
    while own + _others(full, gap) > width() and len(full) > 2:
        full.pop()
    full[0] = min(full[0], max(own, width() - _others(full, gap)))
    lines, firsts = [], cut_apart([row[0] for row in rows], full[0])
    for first, row in zip([cut(heads[0], full[0]), *firsts], [heads, *rows], strict=True):
        cells = [first, *row[1 : len(full)]]
        sides = [left if k in words else right for k in range(len(full))]
        parts = [side(cell, n) for side, cell, n in zip(sides, cells, full, strict=True)]
        lines.append((" " * gap).join(parts).rstrip())
    return lines


def _others(full: Sequence[int], gap: int) -> int:
    return sum(gap + n for n in full[1:])


def _begin(text: str, most: int) -> str:
    """Return as much of the beginning of text as fits so many columns."""
    n = 0
    for k, character in enumerate(text):
        n += _columns(character)
        if n > most:
            return text[:k]
    return text


def _columns(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0  # it joins the one before
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
