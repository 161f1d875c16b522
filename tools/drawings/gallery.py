"""The pictures of docs/gallery.md: the last one of each script of docs/gallery/."""

import contextlib
import io
import runpy
from collections.abc import Callable
from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from .ink import drawing

SCRIPTS = sorted((Path(__file__).parents[2] / "docs" / "gallery").glob("*.py"))


def of(script: Path) -> Callable[[], Figure]:
    """Return the function that draws a script's last picture."""

    def draw() -> Figure:
        plt.switch_backend("Agg")
        plt.close("all")
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            runpy.run_path(str(script))
        return plt.gcf()

    return draw


for script in SCRIPTS:
    drawing(f"gallery-{script.stem}.png")(of(script))
