"""Words in pictures: labels, how wide they are, where lines break, and which font has a letter."""

from __future__ import annotations

import contextlib
import functools
import unicodedata
from bisect import bisect
from collections.abc import Iterable, Sequence
from typing import Any

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.font_manager import FontProperties
from matplotlib.text import Text

from ..apart import apart, shortened
from ..diagnostics import printable

MARK = "\N{LEFT-TO-RIGHT MARK}"  # keeps what stands beside words from right to left in its place


def shown(label: Any, most: int = 24) -> str:
    r"""Return a label as text of one line; of a long one the beginning and the end.

    A letter that no font has is written as its code, such as \u732b, so that labels differ.
    """
    text = shortened(_drawable(printable(str(label)) or '""'), most)
    if any(unicodedata.bidirectional(letter) in ("R", "AL", "AN") for letter in text):
        text = f"{MARK}{text}{MARK}"
    return text


def all_shown(labels: Iterable[Any], most: int = 24) -> list[str]:
    """Return labels as `shown` does; those that would look alike lose what they begin with."""
    return apart(labels, lambda text: shown(text, most))


def width(text: str, size: float, weight: str = "normal") -> float:
    """Return the width in inches of text of so many points."""
    families = _families(text)
    prop = FontProperties(family=families, size=size, weight=_weight(text, families, weight))
    return float(_canvas().get_text_width_height_descent(text, prop, False)[0]) / 72


def lines(text: str, room: float, size: float, weight: str = "normal") -> list[str]:
    """Return text in lines that fit so many inches, with room for some letters at least."""
    room = max(room, 6 * size / 72)
    made: list[str] = []
    for word in text.split(" ") if text else []:
        if made and width(f"{made[-1]} {word}", size, weight) <= room:
            made[-1] += f" {word}"
            continue
        made.append(word)
        while width(made[-1], size, weight) > room and len(made[-1]) > 1:  # as in Chinese
            ends, long = range(1, len(made[-1])), made[-1]
            fit = bisect(ends, room, key=lambda end: width(long[:end], size, weight))
            made[-1:] = [long[: max(fit, 1)], long[max(fit, 1) :]]
    return made


def lend_fonts(ax: Axes) -> None:
    """Let the texts of Axes use another font for letters that theirs does not have."""
    for axis in (ax.xaxis, ax.yaxis):
        axis.get_ticklabels()  # writes them
    for text in ax.findobj(Text):
        letters = text.get_text()
        if not letters.isascii():
            families = _families(letters)
            text.set(family=families, weight=_weight(letters, families, text.get_weight()))


def _drawable(text: str) -> str:
    """Return text without letters that no font has."""
    return "".join(map(_letter, text))


def _letter(letter: str) -> str:
    if letter.isascii() or _has(_usual(), letter) or _other_font(letter):
        return letter
    joins = unicodedata.category(letter) in ("Mn", "Me", "Cf")
    return "" if joins else letter.encode("unicode_escape").decode()


def _families(text: str) -> list[str]:
    """Return the names of the fonts that text needs: the usual ones, and others for letters."""
    usual = _usual()
    lacking = dict.fromkeys(c for c in text if not c.isascii() and not _has(usual, c))
    return [*usual, *filter(None, dict.fromkeys(map(_other_font, lacking)))]


def _weight(text: str, families: list[str], weight: Any) -> Any:
    """Return the weight of text: bold fonts have fewer letters."""
    lacks = any(not c.isascii() and not _has(families, c, weight) for c in text)
    return "normal" if lacks else weight


def _usual() -> list[str]:
    """Return the families that text has without further words."""
    family: Sequence[str] | str = mpl.rcParams["font.family"]
    return [family] if isinstance(family, str) else [*family]


def _has(families: Sequence[str], letter: str, weight: Any = "normal") -> bool:
    """Tell whether one of the fonts, such as are installed, has a letter."""
    paths = []
    for family in families:
        prop = FontProperties(family=family, weight=weight)
        with contextlib.suppress(ValueError):  # it is not installed
            paths.append(font_manager.findfont(prop, fallback_to_default=False))
    paths = paths or [font_manager.findfont(FontProperties(weight=weight))]
    return any(font_manager.get_font(path).get_char_index(ord(letter)) for path in paths)


@functools.cache
def _other_font(letter: str) -> str:
    """Return the name of an installed font that has a letter; "" if none has."""
    for entry in font_manager.fontManager.ttflist:
        if entry.style != "normal" or entry.name.startswith("Last Resort"):  # which has boxes only
            continue
        try:
            if font_manager.get_font(entry.fname).get_char_index(ord(letter)):
                return str(entry.name)
        except (OSError, RuntimeError):  # a font that Matplotlib cannot draw
            continue
    return ""


@functools.cache
def _canvas() -> RendererAgg:
    """Return what measures text, at 72 dots per inch, so that a dot is a point."""
    return RendererAgg(1, 1, 72)
