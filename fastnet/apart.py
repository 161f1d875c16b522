"""Texts that are cut to fit a picture or a table, and yet told apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

DOTS = "\N{HORIZONTAL ELLIPSIS}"


def shortened(text: str, most: int) -> str:
    """Return the text; of one with more than so many letters, the beginning and the end."""
    end = most // 3
    return text if len(text) <= most else f"{text[: most - end - 1]}{DOTS}{text[-end:]}"


def apart(labels: Iterable[Any], cut: Callable[[str], str], dots: str = DOTS) -> list[str]:
    """Return labels as they are shown. Those that would look alike lose what they begin with.

    Parameters
    ----------
    labels : iterable
    cut : callable
        Function of a text that returns it cut to fit.
    dots : str
        What stands for a beginning that is lost.
    """
    texts = [*map(str, labels)]
    shown = _shown(texts, lambda text, start: cut(dots * (start > 0) + text[start:]), 0)
    return [shown[text] for text in texts]


def _shown(texts: Iterable[str], cut: Callable[[str, int], str], start: int) -> dict[str, str]:
    """Return each text as it is shown, by `cut` of it and of the letters that it loses.

    All texts have lost the letters before `start` already.
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
            shown |= _shown(group, cut, same)
    return shown


def _common(texts: Iterable[str]) -> int:
    """Return how many letters texts begin with that all share."""
    least, most = min(texts), max(texts)
    same = (k for k, (one, other) in enumerate(zip(least, most, strict=False)) if one != other)
    return next(same, len(least))
