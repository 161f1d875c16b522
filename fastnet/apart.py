"""Texts that are cut to fit a picture or a table, and yet told apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable


def apart(texts: Iterable[str], cut: Callable[[str, int], str], start: int = 0) -> dict[str, str]:
    """Return each text as it is shown. Those that would look alike lose what they begin with.

    Parameters
    ----------
    texts : iterable of str
    cut : callable
        Function of a text and a number of letters that returns the text without so many letters at
        its beginning, cut to fit.
    start : int
        The letters that all texts have lost already.
    """
    alike: dict[str, list[str]] = {}
    for text in dict.fromkeys(texts):
        alike.setdefault(cut(text, start), []).append(text)
    shown: dict[str, str] = {}
    for one, group in alike.items():
        same = _common(group)
        if len(group) == 1 or same <= start:
            shown |= dict.fromkeys(group, one)
        else:
            shown |= apart(group, cut, same)
    return shown


def _common(texts: Iterable[str]) -> int:
    """Return how many letters texts begin with that all share."""
    least, most = min(texts), max(texts)
    same = (k for k, (one, other) in enumerate(zip(least, most, strict=False)) if one != other)
    return next(same, len(least))
