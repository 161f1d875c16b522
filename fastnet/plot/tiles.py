"""Small images side by side in one Axes, each perhaps with words below it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from ..checks import came, sizes
from ..data.samples import Samples
from ..model.network import Network
from ..typing import Array
from .letters import width
from .style import Style, write

GAP = 0.06  # inches between tiles
READABLE = 6.5  # points: captions are as large, if there is a way
LEAST = 64  # inputs whose number is a square are pixels from here on


def is_image(net: Network, shape: Any) -> bool:
    """Tell whether a net's inputs are pixels: shape says so, or their number is a square."""
    n = net.sizes[0]
    return net.encoding is None and (
        shape is not None or (n >= LEAST and math.isqrt(n) ** 2 == n)
    )


def image_shape(name: str, net: Network, shape: Any) -> tuple[int, ...]:
    """Return the shape of the images that a net takes, from `shape` or as a square.

    Raises
    ------
    ValueError
        The inputs are no image, or not of this shape.
    """
    n = net.sizes[0]
    if net.encoding is not None:
        raise ValueError(
            f"net: it takes the columns of a table, but {name} wants images; importance fits"
        )
    if shape is None:
        if not is_image(net, shape):
            raise ValueError(
                f"net: {n:,} inputs are no square image, wanted shape=(rows, columns); of a table, "
                "importance fits"
            )
        return (math.isqrt(n),) * 2
    wanted = "wanted (rows, columns) or (rows, columns, 3)"
    try:
        made = sizes("shape", shape)
    except (TypeError, ValueError):
        raise ValueError(f"shape: {came(shape)}, {wanted}") from None
    if len(made) not in (2, 3) or (len(made) == 3 and made[2] != 3):
        raise ValueError(f"shape: {came(shape)}, {wanted}")
    if math.prod(made) != n:
        pixels = math.prod(made)
        raise ValueError(f"shape: {came(shape)} has {pixels:,} pixels, but the net takes {n:,}")
    return made


def images_of(rows: Any, shape: tuple[int, ...]) -> Array:
    """Return rows as images (n, rows, columns, 3) of colours 0 to 1."""
    rows = rows.rows if isinstance(rows, Samples) else rows
    values = np.asarray(rows.toarray() if hasattr(rows, "toarray") else rows)
    low, high = (0.0, 255.0) if values.dtype == np.uint8 else (values.min(), values.max())
    shares = (values.astype(float) - low) / (high - low or 1)
    images = shares.reshape(len(shares), *shape)
    return images if len(shape) == 3 else np.repeat(images[..., None], 3, axis=3)


def draw_tiles(
    ax: Axes, style: Style, images: Array, captions: Sequence[str] = ()
) -> None:
    """Draw images (n, rows, columns, 3) of colours 0 to 1 in the grid that shows them largest."""
    rows, columns = images.shape[1:3]
    words = [text.split("\n") for text in captions]
    lines = max(map(len, words), default=0)
    wide = max((width(line, 10) / 10 for text in words for line in text), default=0)
    across, scale, font = _grid(images.shape, style.room(ax), style.font, lines, wide)
    gap = max(1, round(GAP / scale))
    cell = max(columns, math.ceil(wide * font / scale))  # pixels, without the gap
    below = math.ceil(_height(lines, font) / scale)
    down = -(-len(images) // across)
    if style.trim:
        style.trim_to(ax, down * (rows + gap + below) * scale / 0.82)
    canvas = np.empty((down * (rows + gap + below) - gap, across * (cell + gap) - gap, 3))
    canvas[:] = style.blend(style.theme.ground, 1.0)
    for k, image in enumerate(images):
        top, left = (k // across) * (rows + gap + below), (k % across) * (cell + gap)
        left += (cell - columns) // 2
        canvas[top : top + rows, left : left + columns] = image
        if captions:
            write(ax, style, left + columns / 2, top + rows, captions[k], ha="center", va="top",
                  fontsize=font, linespacing=1.1)  # fmt: skip
    ax.imshow(canvas, interpolation="nearest")
    ax.set_anchor("NW")
    bare(ax)


def bare(ax: Axes) -> None:
    """Take ticks and the grid away."""
    ax.grid(False)
    ax.set(xticks=[], yticks=[])


def _grid(
    shape: tuple[int, ...], room: tuple[float, float], font: float, lines: int, wide: float
) -> tuple[int, float, float]:
    """Return how many tiles stand across, the inches of a pixel, and the points of their captions.

    The tiles are as large as can be while captions are readable. A caption has so many lines, and
    is so many inches wide for each point of its letters.
    """
    n, rows, columns = shape[:3]
    grids = []
    for across in range(1, n + 1):
        cell = room[0] / across - GAP
        own = min(font, cell / wide) if wide else font
        high = (room[1] / -(-n // across) - GAP - _height(lines, own)) / rows
        grids.append((across, max(min(cell / columns, high), 1e-3), max(own, 1.0)))
    return max(grids, key=lambda grid: min(grid[2], READABLE) ** 2 * grid[1])


def _height(lines: int, font: float) -> float:
    """Return the inches that so many lines of a caption need."""
    return 1.25 * font * lines / 72
