"""Pictures of `fastnet.plot` within the page: for wide and narrow, light and dark.

They are WebP without loss, at two pixels for each of CSS: a third as large as PNG, and as SVG with
its text as paths. The reader's browser chooses one of the four.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from typing import Any

from markupsafe import Markup
from matplotlib.axes import Axes

from .templates import part

WIDE, NARROW = (7.6, 4.4), (3.5, 3.3)  # inches, of 96 pixels of CSS
DPI = 192
DARK, SMALL = "(prefers-color-scheme: dark)", "(max-width: 30rem)"


def picture(
    what: str,
    draw: Callable[..., Axes],
    wide: tuple[float, float] = WIDE,
    narrow: tuple[float, float] = NARROW,
) -> Markup:
    """Return a picture.

    Parameters
    ----------
    what : str
        What it is, which a screen reader says before the picture's title, the point.
    draw : function
        It is called with theme= and size= and returns the picture.
    wide, narrow : pair of float
        Its size in inches on a wide and on a narrow screen.
    """
    sources = []
    for media, theme, size in (
        (f"{SMALL} and {DARK}", "dark", narrow),
        (SMALL, "light", narrow),
        (DARK, "dark", wide),
        ("", "light", wide),
    ):
        ax = draw(theme=theme, size=size)
        width, height = (round(96 * inches) for inches in ax.get_figure(root=True).get_size_inches())
        sources.append((media, width, height, address(ax)))
    return part("picture", f"{what}: {title_of(ax)}", sources)


def title_of(ax: Any) -> str:
    """Return the title of a picture, which says its point."""
    return " ".join(ax.get_title(loc="left").split())


def address(ax: Axes) -> str:
    """Return a picture as the address of its data."""
    file = io.BytesIO()
    lossless = {"lossless": True, "method": 4}
    ax.get_figure(root=True).savefig(file, format="webp", dpi=DPI, pil_kwargs=lossless)
    return f"data:image/webp;base64,{base64.b64encode(file.getvalue()).decode()}"
