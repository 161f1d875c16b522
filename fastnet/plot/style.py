"""The style of all pictures: direct labels, few lines, and a title that says the point.

Colours are those of Okabe and Ito (jfly.uni-koeln.de/color), darker on white where a line of theirs
would be too pale. Text grows with the picture, from half a column to a full screen.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb, to_rgba
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from ..checks import came, number, one_of
from ..typing import Array
from .letters import lend_fonts, lines

SIZE = 6.4, 4.4  # inches
LEAST = 5.0  # points: smaller letters are not read


@dataclass(frozen=True)
class Theme:
    """The colours of a picture.

    Attributes
    ----------
    ground, ink, soft, faint : str
        The background; text; text of less weight; lines of the grid.
    colours : tuple of str
        Of what is drawn, by rank.
    """

    ground: str
    ink: str
    soft: str
    faint: str
    colours: tuple[str, ...]


THEMES = {
    "light": Theme(
        "#ffffff", "#1f2933", "#52606d", "#dfe4e8",
        ("#0072b2", "#d55e00", "#007d5b", "#b3528c", "#801ae6", "#2b2b2b"),
    ),
    "dark": Theme(
        "#14181d", "#e8ecf0", "#a5b0ba", "#333c45",
        ("#56b4e9", "#ff8a3d", "#2fc79b", "#e59ac4", "#f0e442", "#f2f2f2"),
    ),
}  # fmt: skip


class Picture(Axes):
    """Axes that a notebook shows as the picture."""

    def _repr_png_(self) -> bytes:
        """Return the picture as PNG."""
        file = io.BytesIO()
        self.get_figure(root=True).savefig(file, format="png")
        return file.getvalue()


@dataclass
class Style:
    """The looks of one picture: a theme, and sizes of text that fit it.

    Attributes
    ----------
    theme : Theme
    width, height : float
        Of the picture, in inches.
    own : bool
        True if the figure was made for it, not given as `ax`.
    trim : bool
        True if the figure may be made lower, since nobody has asked for its size.
    lines : int
        The number of rows of text beside the vertical axis, which must not overlap.
    """

    theme: Theme
    width: float
    height: float
    own: bool
    trim: bool = False
    lines: int = 0

    @property
    def font(self) -> float:
        """The size of text in points: 8 at half a column, 10 in a page, 14 on a full screen."""
        return min(max(6 + 0.63 * self.width, 7.5), 16)

    @property
    def rows(self) -> int:
        """The number of lines of text, one under another, that the picture has room for."""
        return max(3, int(0.58 * 72 * self.height / (1.2 * self.font)))

    @property
    def halo(self) -> list[Any]:
        """The effect that keeps text readable on what is drawn."""
        return [withStroke(linewidth=0.3 * self.font, foreground=self.theme.ground)]

    def room(self, ax: Axes) -> tuple[float, float]:
        """Return the width and the height in inches that a picture without ticks has."""
        if self.own:
            return 0.95 * self.width, 0.82 * self.height
        return inches(ax)

    def trim_to(self, ax: Axes, height: float) -> None:
        """Make the figure no higher than this, in inches."""
        self.height = min(self.height, height)
        ax.get_figure(root=True).set_figheight(self.height)

    def colour(self, k: int) -> str:
        """Return the k-th colour; they come again after the last."""
        return self.theme.colours[k % len(self.theme.colours)]

    def blend(self, colour: str, strength: Any) -> Array:
        """Return colours (..., 3) between the background (0) and a colour (1)."""
        strength = np.asarray(strength, float)[..., None]
        return np.asarray(
            (1 - strength) * to_rgb(self.theme.ground) + strength * np.array(to_rgb(colour))
        )

    def on(self, colour: Any) -> str:
        """Return the colour of text on a colour: the darker or the lighter."""
        return max((self.theme.ink, self.theme.ground), key=lambda text: contrast(text, colour))


def begin(ax: Axes | None, theme: str | None, size: Any) -> tuple[Axes, Style]:
    """Return the Axes to draw in, new or given, cleared of the usual looks, and its style.

    Parameters
    ----------
    ax : matplotlib.axes.Axes or None
        Where to draw; None makes a figure.
    theme : "light", "dark" or None
        None takes the one of the figure's background, as `matplotlib.style` sets it.
    size : pair of float or None
        The width and height of a new figure, in inches.
    """
    if theme is not None:
        theme = one_of("theme", theme, THEMES)
    if ax is None:
        width, height = _checked(SIZE if size is None else size)
        figure = Figure((width, height), layout="constrained", dpi=150)
        figure.get_layout_engine().set(w_pad=0.08, h_pad=0.08)
        FigureCanvasAgg(figure)
        chosen = THEMES[theme or _theme_of(figure)]
        figure.set_facecolor(chosen.ground)
        ax = figure.add_subplot(axes_class=Picture)
    else:
        if not isinstance(ax, Axes):
            raise TypeError(f"ax: {type(ax).__name__}, wanted matplotlib Axes or None")
        if size is not None:
            raise ValueError("size: given, but so is ax, which has one, wanted one of them")
        figure = ax.get_figure(root=True)
        chosen = THEMES[theme or _theme_of(figure)]
        if theme is not None:
            figure.set_facecolor(chosen.ground)
        width, height = (length / 0.8 for length in inches(ax))
    own = isinstance(ax, Picture)
    style = Style(chosen, width, height, own, trim=own and size is None)
    dress(ax, style)
    return ax, style


def _checked(size: Any) -> tuple[float, float]:
    """Return a width and height in inches that Matplotlib can draw."""
    if not isinstance(size, Sequence | np.ndarray) or isinstance(size, str) or len(size) != 2:
        raise ValueError(f"size: {came(size)}, wanted a width and a height in inches")
    width, height = (number("size", each, 1, 100) for each in size)
    return width, height


def _theme_of(figure: Figure) -> str:
    """Return the name of the theme for a figure's background; one that is transparent is light."""
    *colour, alpha = to_rgba(figure.get_facecolor())
    return "dark" if alpha > 0 and luminance(colour) < 0.18 else "light"


def inches(ax: Axes) -> tuple[float, float]:
    """Return the width and the height of Axes, as they are laid out now."""
    width, height = ax.get_window_extent().size / ax.get_figure(root=True).dpi
    return float(width), float(height)


def dress(ax: Axes, style: Style) -> None:
    """Give Axes the looks: a faint grid behind, no frame."""
    theme, font = style.theme, style.font
    ax.set_facecolor(theme.ground)
    ax.set_axisbelow(True)
    ax.grid(True, color=theme.faint, linewidth=0.7)
    for spine in ax.spines.values():
        spine.set_visible(False)
    ax.tick_params(length=0, colors=theme.soft, labelsize=font, which="both")
    ax.xaxis.label.set(color=theme.soft, fontsize=font)
    ax.yaxis.label.set(color=theme.soft, fontsize=font)
    for offset in (ax.xaxis.get_offset_text(), ax.yaxis.get_offset_text()):
        offset.set(color=theme.soft, fontsize=font)


def finish(ax: Axes, style: Style, title: str, x: str = "", y: str = "", note: str = "") -> Axes:
    """Write the title, which says the point, and the labels of the axes; return the Axes.

    A note, such as that a sample is shown, stands below.
    """
    ax.set_ylabel("\n".join(lines(y, 0.7 * style.height, style.font)), parse_math=False)
    ax.set_xlabel("x" if x or note else "")
    lend_fonts(ax)  # before it is laid out
    room = inches(ax)[0]
    if style.own:
        ax.set_title("a title")
        _lay_out(ax)  # the title may go to the right edge
        left = ax.get_window_extent().x0 / ax.get_figure(root=True).dpi
        room = style.width - left - 0.1
    below = [line for text in (x, note) for line in lines(text, room, style.font)]
    ax.set_xlabel("\n".join(below), parse_math=False, loc="left")
    size = 1.1 * style.font
    ax.set_title("\n".join(lines(title, room, size, "bold")), loc="left", color=style.theme.ink,
                 fontsize=size, fontweight="bold", parse_math=False)  # fmt: skip
    ax.set_title("")
    lend_fonts(ax)
    if style.lines:
        _fit_lines(ax, style)
    return ax


def _lay_out(ax: Axes) -> None:
    """Let a figure of its own find the places of its parts."""
    ax.get_figure(root=True).draw_without_rendering()


def settled(ax: Axes, style: Style) -> tuple[float, float]:
    """Return the width and the height in points of Axes that are finished."""
    if style.own:
        _lay_out(ax)
    else:
        ax.apply_aspect()
    width, height = inches(ax)
    return 72 * width, 72 * height


def _fit_lines(ax: Axes, style: Style) -> None:
    """Make the text of rows so small that rows do not overlap."""
    font = settled(ax, style)[1] / style.lines / 1.1
    if font < style.font:
        for text in (*ax.get_yticklabels(), *ax.texts):
            text.set_fontsize(max(font, LEAST))


def write(ax: Axes, style: Style, x: float, y: float, text: str, **more: Any) -> Any:
    """Write text at a point of the data; "$" is no formula."""
    about = {"color": style.theme.ink, "fontsize": style.font, "va": "center", "ha": "left"}
    about["path_effects"] = style.halo
    return ax.text(x, y, text, parse_math=False, **about | more)


def label_ends(
    ax: Axes, style: Style, ends: Sequence[tuple[float, float, str, str]]
) -> None:
    """Write (x, y, text, colour) to the right of the ends of lines, none over another."""
    ax.autoscale_view()
    height = style.height * 0.7 * 72  # points, about
    transform = ax.transLimits if ax.get_yscale() == "linear" else None
    places = []
    for x, y, _, _ in ends:
        if transform is not None:
            places.append(float(transform.transform((x, y))[1]) * height)
        else:
            low, high = np.log(ax.get_ylim())
            places.append(float((np.log(y) - low) / (high - low)) * height)
    font = max(min(style.font, height / len(ends) / 1.25), LEAST)
    spread = _apart(np.array(places), 1.25 * font, height)
    for (x, y, text, colour), place, to in zip(ends, places, spread, strict=True):
        ax.annotate(
            text, (x, y), (6, to - place), textcoords="offset points", va="center", ha="left",
            color=colour, fontsize=font, parse_math=False, annotation_clip=False,
        )  # fmt: skip


def _apart(places: Array, least: float, top: float) -> Array:
    """Return places moved so that neighbours are at least so far apart, in their order.

    They stay between 0 and `top`, unless there is no room.
    """
    order = np.argsort(places, kind="stable")
    moved, steps = places[order].astype(float), least * np.arange(len(places))
    for _ in range(1000):
        gaps = least - np.diff(moved)
        if not (gaps > 1e-6).any():
            break
        push = np.maximum(gaps, 0) / 2
        moved[:-1] -= push
        moved[1:] += push
        moved = np.maximum(np.minimum(moved, top - steps[::-1]), steps)
    back = np.empty_like(moved)
    back[order] = moved
    return back


def luminance(colour: Any) -> float:
    """Return the relative luminance of a colour, 0 to 1 (WCAG 2, 1.4.3)."""
    rgb = np.array(to_rgb(colour))
    linear = np.where(rgb <= 0.03928, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(one: Any, other: Any) -> float:
    """Return the contrast of two colours, 1 to 21 (WCAG 2, 1.4.3)."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)
