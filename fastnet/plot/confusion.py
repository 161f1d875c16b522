"""The confusion matrix: which classes are taken for which."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from ..metrics import confusion
from ..typing import Array
from .fitting import fitting
from .judged import MOST, judged
from .letters import all_shown, width
from .style import LEAST, Style, begin, finish, settled, write

CLASSES = 30  # more classes make a list of pairs
PAIRS = 15


def confusion_matrix(
    net: Any,
    X: Any,
    y: Any,
    ax: Axes | None = None,
    *,
    most: int | None = MOST,
    seed: int = 0,
    theme: str | None = None,
    size: tuple[float, float] | None = None,
) -> Axes:
    """Draw how many samples of each class get which answer.

    A cell is the darker, the larger its share of the row. Above 30 classes, the pairs that are
    confused most often are drawn.

    Parameters
    ----------
    net : Network or Ensemble
        With classes. Or a fitted estimator of `fastnet.sklearn`.
    X, y : array_like or table
        Samples and their labels, as for `net.score`.
    ax : matplotlib.axes.Axes, optional
        Where to draw; by default a new figure.
    most, seed : int, optional
        Of more samples, so many are drawn by the seed, and the picture says it. None takes all.
    theme : str, optional
        "light" or "dark"; by default that of the figure's background.
    size : pair of float, optional
        The width and height of a new figure in inches.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    TypeError, ValueError
        The net has no classes, or X and y do not fit it.
    """
    net = fitting("confusion_matrix", net)
    data = judged(net, X, y, most, seed)
    counts = confusion(data.truth, data.answers, np.arange(len(net.classes)))
    ax, style = begin(ax, theme, size)
    most = int(0.28 * min(style.width, style.height) * 72 / (0.6 * style.font))  # letters
    labels = all_shown(net.classes.tolist(), min(max(most, 5), 14))
    title = _title(counts, labels)
    if len(labels) > CLASSES:
        _draw_pairs(ax, style, counts, labels)
        return finish(ax, style, title, "samples", note=data.note)
    colours = _draw_matrix(ax, style, counts, labels)
    finish(ax, style, title, "the net's answer", "truth", data.note)
    _write_counts(ax, style, counts, colours)
    return ax


def _title(counts: Array, labels: list[str]) -> str:
    """Return the share of right answers, and the most frequent mistake."""
    n, right = int(counts.sum()), int(np.trace(counts))
    text = f"{right / n:.1%} of {n:,} right"
    wrong = counts - np.diag(np.diag(counts))
    if wrong.any():
        k, j = np.unravel_index(wrong.argmax(), wrong.shape)
        text += f"; {labels[k]} is taken for {labels[j]} most often ({wrong[k, j]:,})"
    return text


def _draw_matrix(ax: Axes, style: Style, counts: Array, labels: list[str]) -> Array:
    """Draw cells, right answers in one colour and wrong ones in another; return the colours."""
    k = len(labels)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    right = np.eye(k, dtype=bool)
    worst = np.max(shares, where=~right, initial=0) or 1
    strength = np.where(right, 0.85 * shares, 0.85 * np.sqrt(shares / worst))
    colours = np.where(
        right[..., None],
        style.blend(style.colour(0), strength),
        style.blend(style.colour(1), strength),
    )
    ax.imshow(colours, interpolation="nearest")
    ax.set_anchor("W")
    ax.grid(False)
    long = max(width(label, style.font) for label in labels)
    room = 0.88 * style.width - long, 0.72 * style.height
    tilted = 1.2 * long > min(room) / k
    cell = 72 * min(room[0], room[1] - tilted * long) / k  # points, about
    step = max(1, int(np.ceil(style.font / max(cell, 1))))
    places = range(0, k, step)
    ax.set_xticks(places, [labels[j] for j in places], rotation=90 if tilted else 0)
    ax.set_yticks(places, [labels[j] for j in places])
    for text in (*ax.get_xticklabels(), *ax.get_yticklabels()):
        text.set_parse_math(False)
    return colours


def _write_counts(ax: Axes, style: Style, counts: Array, colours: Array) -> None:
    """Write the numbers of samples into the cells, if they can be read."""
    cell = min(settled(ax, style)) / len(counts)
    right = np.eye(len(counts), dtype=bool)
    for own in (right, ~right):  # right answers are many, so their numbers are smaller
        digits = len(f"{np.max(counts, where=own, initial=0):,}")
        font = min(style.font, cell / max(0.62 * digits + 0.5, 1.2))
        for i, j in np.argwhere(own & (counts > 0)) if font >= LEAST else ():
            write(ax, style, j, i, f"{counts[i, j]:,}", ha="center", fontsize=font,
                  color=style.on(colours[i, j]), path_effects=None)  # fmt: skip


def _draw_pairs(ax: Axes, style: Style, counts: Array, labels: list[str]) -> None:
    """Draw the pairs of classes that are confused most often as bars."""
    wrong = counts - np.diag(np.diag(counts))
    order = np.argsort(-wrong, axis=None, kind="stable")[:PAIRS]
    pairs = [(k, j) for k, j in zip(*np.unravel_index(order, wrong.shape), strict=True)]
    pairs = [(k, j) for k, j in pairs if wrong[k, j]][: style.rows]
    if not pairs:
        write(ax, style, 0.5, 0.5, "no mistakes", ha="center", transform=ax.transAxes)
        ax.set(xticks=[], yticks=[])
        return
    times = [int(wrong[pair]) for pair in pairs]
    names = [f"{labels[k]} taken for {labels[j]}" for k, j in pairs]
    bars(ax, style, names, times, [f"{t:,}" for t in times], style.colour(1))


def bars(
    ax: Axes, style: Style, names: list[str], values: Any, texts: list[str], colour: str
) -> None:
    """Draw bars from the top down, each with its name before it and a text after it."""
    places = np.arange(len(names))
    ax.barh(places, values, color=colour, height=0.72)
    ax.set_yticks(places, names, parse_math=False)
    style.lines = len(names)
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.grid(False, axis="y")
    for place, value, text in zip(places, values, texts, strict=True):
        ax.annotate(
            text, (max(value, 0), place), (4, 0), textcoords="offset points", va="center",
            color=style.theme.ink, fontsize=style.font, parse_math=False,
        )  # fmt: skip
    ax.margins(x=0.12)
