"""Ink for drawings: boxes, circles, arrows and graphs, in the colours of `fastnet.plot`.

A sheet is an Axes whose unit is the inch, so a circle is round and a text fits as it is drawn. All
sheets are 6 inches wide, and text has 12 points: 16 pixels in a wide page, 9.7 on a phone. Letters
are drawn as paths, since a page that shows an SVG as an image lends it no fonts.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch

from fastnet.plot.style import THEMES, Style, dress

THEME = THEMES["light"]
GROUND, INK, SOFT, FAINT = THEME.ground, THEME.ink, THEME.soft, THEME.faint
BLUE, ORANGE, GREEN, PINK, VIOLET, BLACK = THEME.colours
WIDTH = 6.0  # inches
FONT = 12.0  # points
LINE = 1.6  # points
RADIUS = 0.26  # inches


class Missing(Exception):
    """A drawing wants data that are not here."""


DRAWINGS: dict[str, Callable[[], Figure]] = {}


def drawing(file: str) -> Callable[[Callable[[], Figure]], Callable[[], Figure]]:
    """Say which file of docs/pictures/ a function draws."""

    def register(draw: Callable[[], Figure]) -> Callable[[], Figure]:
        assert file not in DRAWINGS, file
        DRAWINGS[file] = draw
        return draw

    return register


def save(figure: Figure, path: Path) -> None:
    """Write a figure so that the same version of Matplotlib writes the same bytes."""
    with mpl.rc_context({"svg.hashsalt": "fastnet", "svg.fonttype": "path"}):
        about = {"Date": None} if path.suffix == ".svg" else {"Software": None}
        figure.savefig(path, dpi=100, facecolor=figure.get_facecolor(), metadata=about)


def sheet(height: float, width: float = WIDTH) -> Axes:
    """Return an empty Axes that fills a new figure; (0, 0) is at the bottom left, in inches."""
    figure = Figure((width, height), facecolor=GROUND)
    FigureCanvasAgg(figure)
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, width), ylim=(0, height))
    ax.axis("off")
    return ax


def figure_of(ax: Axes) -> Figure:
    """Return the figure that Axes are in."""
    figure: Figure = ax.get_figure(root=True)
    return figure


def graph(
    page: Axes, x: float, y: float, width: float, height: float, across: str = "", up: str = ""
) -> Axes:
    """Return Axes for curves at a place of a sheet, with the looks of `fastnet.plot`.

    `across` stands below its x axis, `up` above the top of its y axis.
    """
    figure = figure_of(page)
    whole_width, whole_height = figure.get_size_inches()
    place = (x / whole_width, y / whole_height, width / whole_width, height / whole_height)
    ax = figure.add_axes(place)
    dress(ax, Style(THEME, width, height, own=False))
    ax.tick_params(labelsize=FONT)
    ax.set_xlabel(across, fontsize=FONT, color=SOFT, parse_math=False)
    if up:
        ax.annotate(up, (0, 1), (0, 8), xycoords="axes fraction", textcoords="offset points",
                    fontsize=FONT, color=SOFT, parse_math=False)  # fmt: skip
    return ax


def write(ax: Axes, x: float, y: float, text: str, **more: Any) -> None:
    """Write text centred at a point, on a patch of the ground that hides a line behind it."""
    about = {"ha": "center", "va": "center", "fontsize": FONT, "color": INK, "zorder": 5}
    about["bbox"] = {"facecolor": GROUND, "edgecolor": "none", "pad": 1.5}
    ax.text(x, y, text, parse_math=False, **about | more)


def tint(colour: str, strength: float = 0.16) -> Any:
    """Return a pale form of a colour, to fill with."""
    return tuple(
        (1 - strength) * np.array(mpl.colors.to_rgb(GROUND))
        + strength * np.array(mpl.colors.to_rgb(colour))
    )


def circle(
    ax: Axes, x: float, y: float, text: str = "", colour: str = INK, radius: float = RADIUS
) -> None:
    """Draw a circle, such as a unit of a net, with text in it."""
    patch = Circle((x, y), radius, facecolor=tint(colour), edgecolor=colour, linewidth=LINE)
    ax.add_patch(patch).set_zorder(3)
    ax.text(x, y, text, ha="center", va="center", fontsize=FONT, color=INK, zorder=5)


def box(
    ax: Axes, x: float, y: float, width: float, height: float, text: str = "", colour: str = INK,
    **more: Any,
) -> None:  # fmt: skip
    """Draw a box with round corners around a point, with text in it."""
    patch = FancyBboxPatch(
        (x - width / 2, y - height / 2), width, height, linewidth=LINE,
        boxstyle="round,pad=0,rounding_size=0.06", facecolor=tint(colour), edgecolor=colour,
    )  # fmt: skip
    ax.add_patch(patch).set_zorder(3)
    about = {"ha": "center", "va": "center", "fontsize": FONT, "color": INK, "zorder": 5}
    ax.text(x, y, text, parse_math=False, **about | more)


def arrow(
    ax: Axes, start: tuple[float, float], end: tuple[float, float], colour: str = SOFT,
    width: float = LINE, gaps: tuple[float, float] = (0.0, 0.0), bend: float = 0.0,
    head: bool = True,
) -> None:  # fmt: skip
    """Draw an arrow, or without `head` a line, that stays so many inches away from its two points.

    So it may go from the centre of a circle, with a gap of RADIUS. `bend` curves it to the right of
    its way, or to the left if it is negative.
    """
    patch = FancyArrowPatch(
        start, end, arrowstyle="-|>" if head else "-", mutation_scale=6 + 4 * width, color=colour,
        linewidth=width, shrinkA=72 * gaps[0], shrinkB=72 * gaps[1],
        connectionstyle=f"arc3,rad={bend}",
    )  # fmt: skip
    ax.add_patch(patch).set_zorder(2)
