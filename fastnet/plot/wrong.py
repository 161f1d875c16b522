"""The examples that a net gets wrong, with what it thought and how sure it was."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from ..checks import whole
from ..model.ensemble import Ensemble, nets_of
from ..model.network import Network
from ..tables.table import Table
from ..typing import Array
from .fitting import fitting
from .judged import MOST, Judged, judged, part_of
from .letters import all_shown
from .style import Style, begin, finish, write
from .tiles import bare, draw_tiles, image_shape, images_of, is_image


def mistakes(
    net: Any,
    X: Any,
    y: Any,
    ax: Axes | None = None,
    *,
    n: int = 12,
    shape: tuple[int, ...] | None = None,
    most: int | None = MOST,
    seed: int = 0,
    theme: str | None = None,
    size: tuple[float, float] | None = None,
) -> Axes:
    """Draw wrong answers, the surest first: images, or the rows of a table by their places.

    How sure the net is of an answer is its output, between 0 and 1.

    Parameters
    ----------
    n : int
        How many are drawn, at most.
    shape : (rows, columns) or (rows, columns, 3), optional
        That of the images. By default, 64 or more inputs whose number is a square are square
        images; other rows are no images.
    net, X, y, ax, most, seed, theme, size
        As in `confusion_matrix`.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    TypeError, ValueError
        The net has no classes, X and y do not fit it, or images do not have this shape.
    """
    net, n = fitting("mistakes", net), whole("n", n, 1, 1000)
    first = nets_of(net)[0]
    images = shape is not None or is_image(first, shape)
    shape = image_shape("mistakes", first, shape) if images else None
    data = judged(net, X, y, most, seed)
    wrong = np.flatnonzero(data.answers != data.truth)
    sure = data.outputs[wrong].max(axis=1)
    ax, style = begin(ax, theme, size)
    n = n if images else min(n, style.rows)
    worst = wrong[np.argsort(-sure, kind="stable")][:n]
    if not len(wrong):
        bare(ax)
        write(ax, style, 0.5, 0.5, "no mistakes", ha="center", transform=ax.transAxes)
        title = f"All {len(data.y):,} answers are right"
        return finish(ax, style, title if len(data.y) > 1 else "It is right", note=data.note)
    title = f"{len(wrong):,} of {len(data.y):,} answers are wrong"
    if len(worst) < len(wrong):
        title += "; it was surest of " + (f"these {len(worst)}" if len(worst) > 1 else "this one")
    if shape is not None:
        words = [f"{said} ({sure:.0%})\nis {truth}" for said, truth, sure in
                 _said(net, data, worst, 11)]  # fmt: skip
        draw_tiles(ax, style, images_of(part_of(data.rows, worst), shape), words)
        return finish(ax, style, title, note=data.note)
    _draw_rows(ax, style, net, data, worst)
    note = "dots: how likely it took the truth to be"
    return finish(ax, style, title, "how sure it was of its answer",
                  note="; ".join(filter(None, [note, data.note])))  # fmt: skip


def _said(
    net: Network | Ensemble, data: Judged, places: Array, most: int
) -> list[tuple[str, str, float]]:
    """Return the answer, the truth, and how sure the net was, of samples at these places.

    Labels have at most so many letters.
    """
    classes = all_shown(net.classes.tolist(), most)  # type: ignore[union-attr]
    pairs = zip(data.answers[places].tolist(), data.truth[places].tolist(), strict=True)
    sure = np.clip(data.outputs[places].max(axis=1).astype(float), 0, 1).tolist()
    return [(classes[a], classes[t], s) for (a, t), s in zip(pairs, sure, strict=True)]


def _draw_rows(
    ax: Axes, style: Style, net: Network | Ensemble, data: Judged, places: Array
) -> None:
    """Draw a bar for each row of a table: how sure the net was of its wrong answer."""
    room = int(0.45 * style.width * 72 / (0.55 * style.font)) - 12  # letters of both labels
    said = _said(net, data, places, min(max(room // 2, 5), 16))
    of_truth = np.clip(data.outputs[places, data.truth[places]], 0, 1)
    down = np.arange(len(places))
    sure = [s for _, _, s in said]
    ax.barh(down, sure, color=style.blend(style.colour(1), 0.55), height=0.72)
    ax.plot(of_truth, down, "o", color=style.colour(0), markersize=0.5 * style.font)
    ax.set_yticks(down, [_place(data, k) for k in places.tolist()])
    style.lines = len(places)
    for k, (answer, truth, s) in enumerate(said):
        write(ax, style, 1.02, k, f"{answer} ({s:.0%}), is {truth}")
    ax.set(xlim=(0, 1), ylim=(len(places) - 0.4, -0.6))
    ax.grid(False, axis="y")
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))


def _place(data: Judged, k: int) -> str:
    """Return what a person calls a row: its line in a file, or its place."""
    if isinstance(data.rows, Table):
        return data.rows.where(k)
    return f"row {data.places[k]}"
