"""Pictures of `fastnet.plot` within the page: for wide and narrow, light and dark.

They are WebP without loss, at two pixels for each of CSS: a third as large as PNG, and as SVG with
its text as paths. The reader's browser chooses one of the four. Noise, such as the weights of large
images, does not fit so: then some is lost.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from typing import Any

import numpy as np
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.image import imsave

from ..typing import Array
from .templates import part

WIDE, NARROW = (7.6, 4.4), (3.5, 3.3)  # inches, of 96 pixels of CSS
DPI = 192
ROOM = 250_000  # letters of the addresses of one picture
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
    drawings = []
    for media, theme, size in (
        (f"{SMALL} and {DARK}", "dark", narrow),
        (SMALL, "light", narrow),
        (DARK, "dark", wide),
        ("", "light", wide),
    ):
        ax = draw(theme=theme, size=size)
        pixels = drawn(ax)
        height, width = (side * 96 // DPI for side in pixels.shape[:2])
        drawings.append(((media, width, height), pixels))
    made = addresses([pixels for _, pixels in drawings])
    sources = [(*about, own) for (about, _), own in zip(drawings, made, strict=True)]
    return part("picture", f"{what}: {title_of(ax)}", sources)


def title_of(ax: Any) -> str:
    """Return the title of a picture, which says its point."""
    return " ".join(ax.get_title(loc="left").split())


def drawn(ax: Axes) -> Array:
    """Return the pixels (height, width, 3) of a picture, without its empty margins."""
    figure = ax.get_figure(root=True)
    figure.set_dpi(DPI)
    figure.canvas.draw()
    pixels = np.asarray(figure.canvas.buffer_rgba())[..., :3]
    full = (pixels != pixels[0, 0]).any(axis=2)
    down, across = (np.flatnonzero(full.any(axis=axis)) for axis in (1, 0))
    return pixels[down[0] : down[-1] + 1, across[0] : across[-1] + 1]


def addresses(drawings: list[Array]) -> list[str]:
    """Return the addresses of drawings, with no more loss than there is room for."""
    for step, quality in ((1, 0), (1, 90), (1, 60), (2, 60), (2, 20), (2, 5)):
        made = [address(coarse(pixels, step), quality) for pixels in drawings]
        if sum(map(len, made)) <= ROOM:
            break
    return made


def coarse(pixels: Array, step: int) -> Array:
    """Return pixels (height, width, 3), of which as many as `step` across and down become one."""
    if step == 1:
        return pixels
    height, width = (side // step for side in pixels.shape[:2])
    squares = pixels[: height * step, : width * step].reshape(height, step, width, step, 3)
    return squares.mean(axis=(1, 3)).round().astype(np.uint8)


def address(pixels: Array, quality: int = 0) -> str:
    """Return pixels as the address of a picture; without a quality nothing is lost."""
    file, how = io.BytesIO(), {"quality": quality} if quality else {"lossless": True}
    imsave(file, pixels, format="webp", pil_kwargs={**how, "method": 4})
    return f"data:image/webp;base64,{base64.b64encode(file.getvalue()).decode()}"
