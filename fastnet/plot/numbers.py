"""The residuals of a regression."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from ..checks import whole
from ..typing import Array
from .fitting import fitting
from .judged import MOST, judged
from .letters import shown
from .style import begin, finish, write

MANY = 2_000  # so many points are drawn as pixels in a file of lines
BINS = 12


def residuals(
    net: Any,
    X: Any,
    y: Any,
    ax: Axes | None = None,
    *,
    output: int | None = None,
    most: int | None = MOST,
    seed: int = 0,
    theme: str | None = None,
    size: tuple[float, float] | None = None,
) -> Axes:
    """Draw by how much the truth is above or below each answer of a regression.

    A good net leaves a flat cloud around 0. The line is the median along the answers: where it
    bends, the net has missed something.

    Parameters
    ----------
    net : Network or Ensemble
        A regression. Or a fitted estimator of `fastnet.sklearn`.
    X, y : array_like or table
        Samples and their targets, as for `net.score`.
    output : int, optional
        The output to draw, from 0, if there are several.
    ax, most, seed, theme, size
        As in `confusion_matrix`.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    TypeError, ValueError
        The net has classes or several outputs, or X and y do not fit it.
    """
    net = fitting("residuals", net)
    k = net.outputs.n
    if output is None and k > 1:
        raise ValueError(f"output: None, but the net has {k} outputs, wanted one of 0 to {k - 1}")
    which = 0 if output is None else whole("output", output, 0, k - 1)
    data = judged(net, X, y, most, seed)
    said = data.outputs[:, which].astype(float)
    rest = np.asarray(data.y, float).reshape(len(said), k)[:, which] - said
    ax, style = begin(ax, theme, size)
    many = len(rest) > MANY
    ax.scatter(
        said, rest, (0.4 * style.font) ** 2, color=style.colour(0), linewidth=0,
        alpha=float(np.clip(30 / np.sqrt(len(rest)), 0.06, 0.7)), rasterized=many,
    )  # fmt: skip
    ax.axhline(0, color=style.theme.soft, linewidth=1)
    middle = medians(said, rest)
    if middle is not None:
        ax.plot(*middle, color=style.colour(1), linewidth=2)
        x, y_end = middle[0][-1], middle[1][-1]
        ax.annotate("median", (x, y_end), (4, 6), textcoords="offset points", fontsize=style.font,
                    color=style.colour(1), va="bottom", ha="right",
                    path_effects=style.halo)  # fmt: skip
    low, high = _inside(rest)
    beyond = int(((rest < low) | (rest > high)).sum())
    ax.set_ylim(low, high)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter("{x:,.10g}")
    long = max(len(f"{x:,.10g}") for x in ax.xaxis.get_majorticklocs())
    ax.xaxis.set_major_locator(MaxNLocator(
        min(6, max(1, int(72 * 0.75 * style.width / (0.6 * style.font * (long + 3)))))
    ))  # fmt: skip
    ax.yaxis.set_major_locator(MaxNLocator(6))
    near = float(np.median(np.abs(rest)))
    title = f"Half of the {len(rest):,} answers are within {_text(near)} of the truth"
    if len(rest) == 1:
        title = f"The only answer is within {_text(near)} of the truth"
    elif k == 1:
        score = round(net.outputs.score(data.outputs, data.y), 2) + 0.0  # not -0.00
        title += f"; R\N{NO-BREAK SPACE}squared {score:.2f}"
    outside = "1 farther point lies" if beyond == 1 else f"{beyond:,} farther points lie"
    notes = [f"{outside} outside" * (beyond > 0), data.note]
    target = getattr(net.encoding, "target", None)
    write(ax, style, 0.01, 0.98, "truth is more", transform=ax.transAxes, va="top",
          color=style.theme.soft)  # fmt: skip
    write(ax, style, 0.01, 0.02, "truth is less", transform=ax.transAxes, va="bottom",
          color=style.theme.soft)  # fmt: skip
    x = "the net's answer" if target is None else f"{shown(target)}, as the net answers"
    return finish(ax, style, title, x, "truth minus answer", "; ".join(filter(None, notes)))


def medians(x: Array, rest: Array) -> tuple[Array, Array] | None:
    """Return the medians of x and of the residuals in groups of equal size; None for few."""
    groups = min(BINS, len(x) // 20)
    if groups < 3:
        return None
    parts = np.array_split(np.argsort(x, kind="stable"), groups)
    both = [(np.median(x[part]), np.median(rest[part])) for part in parts]
    return tuple(np.array(both).T)  # type: ignore[return-value]


def _inside(rest: Array) -> tuple[float, float]:
    """Return the limits of the picture: a few extreme points must not squeeze the others.

    Points are inside that are no farther from 98% of them than these reach, and 0 is.
    """
    low = np.quantile(rest, 0.01, method="higher")
    high = np.quantile(rest, 0.99, method="lower")
    reach = max(high - low, 0)
    low, high = max(rest.min(), low - reach), min(rest.max(), high + reach)
    low, high = min(low, 0.0), max(high, 0.0)
    room = 0.15 * (high - low) or 1.0
    return float(low - room), float(high + room)


def _text(value: float) -> str:
    """Return a number with three digits."""
    return f"{value:,.0f}" if 100 <= value < 1e7 else f"{value:.3g}"
