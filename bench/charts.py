"""What all charts have in common; without matplotlib there are none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

STYLE = {
    "axes.grid": True,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "font.size": 9,
    "axes.titlesize": 10,
    "figure.titlesize": 11,
    "grid.alpha": 0.3,
    "legend.frameon": False,
    "savefig.dpi": 110,
}


def plain_log(axis: Any) -> None:
    """Label a logarithmic axis with plain numbers: 0.5, 1, 2, 5, 10."""
    from matplotlib import ticker

    axis.set_major_locator(ticker.LogLocator(subs=(1, 2, 5)))
    axis.set_major_formatter("{x:g}")
    axis.set_minor_formatter(ticker.NullFormatter())


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
        chart(figures, figure)
        figure.savefig(path, metadata={"Software": None})
        pyplot.close(figure)
