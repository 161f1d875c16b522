"""The style of all charts: dots and lines with their names beside them, on white.

A white background is readable on dark and light pages. Without matplotlib there are no charts.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

WIDTH = 8.5  # inches: a page's
OWN, OTHER, FAINT = "#c1272d", "#3c4f5f", "#b4bec7"  # fastnet; all others; the background
STYLE = {
    "axes.axisbelow": True,
    "axes.edgecolor": FAINT,
    "axes.grid": True,
    "axes.spines.left": False,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "figure.facecolor": "white",
    "figure.titlesize": 12,
    "figure.titleweight": "bold",
    "font.size": 10,
    "grid.color": "#e6eaed",
    "savefig.dpi": 140,
    "xtick.color": OTHER,
    "ytick.color": OTHER,
    "ytick.left": False,
}


def plain_log(axis: Any, *subs: int) -> None:
    """Label a logarithmic axis with plain numbers: `subs` times powers of ten."""
    from matplotlib import ticker

    axis.set_major_locator(ticker.LogLocator(subs=subs or (1, 2, 5)))
    axis.set_major_formatter("{x:,g}")
    axis.set_minor_locator(ticker.NullLocator())


def beside(axes: Any, text: str, point: tuple[float, float], **more: Any) -> None:
    """Write text to the right of a point; `shift` moves it, in points."""
    shift = more.pop("shift", (8, 0))
    more = {"va": "center", "ha": "left"} | more
    axes.annotate(text, point, shift, textcoords="offset points", **more)


def heading(figure: Any, text: str) -> None:
    """Write the point of the chart above it."""
    figure.suptitle(text, x=0.02, ha="left")


def draw(chart: Any, figures: dict[str, Any], path: Path) -> None:
    """Let chart(figures, figure) draw, and save that as PNG."""
    try:
        import matplotlib
    except ImportError:
        print("no chart: matplotlib is not installed")
        return
    matplotlib.use("Agg")
    from matplotlib import pyplot

    with pyplot.rc_context(STYLE):
        figure = pyplot.figure(layout="constrained")
        figure.get_layout_engine().set(w_pad=0.12, h_pad=0.12)
        chart(figures, figure)
        figure.savefig(path, metadata={"Software": None})
        pyplot.close(figure)
