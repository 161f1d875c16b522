"""The trials of a sweep: their values by each option."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, MaxNLocator

from ..typing import Array
from .letters import all_shown
from .style import LEAST, Style, begin, finish, write

ROWS = 4  # of an axis
APART = 0.7  # rows between its labels
CHOICES = 10  # rows of an option at the most, the best ones
MOST = 44  # rows of a picture at the most
MANY = 2_000  # so many dots are drawn as pixels in a file of lines
GROUPS = 4  # of the numbers of an option, where it is asked how much the option matters


class Band(NamedTuple):
    """The part of the picture that shows one option.

    Attributes
    ----------
    name : str
        The option.
    places : ndarray, shape (trials,)
        The row of each trial within the band, NaN where it has none.
    ticks : list of (float, str)
        Rows with their labels.
    rows : int
        The height of the band.
    axis : bool
        True if the rows are those of an axis.
    matters : float
        The share of the variance of the values that the option explains.
    """

    name: str
    places: Array
    ticks: list[tuple[float, str]]
    rows: int
    axis: bool
    matters: float


def sweep(
    result: Any,
    ax: Axes | None = None,
    *,
    theme: str | None = None,
    size: tuple[float, float] | None = None,
) -> Axes:
    """Draw the value of each trial of a sweep, by each option, with the best trial marked.

    Each option has a band, with a row for each choice or an axis for a range. The options that
    explain most of the values come first. What is shaded is within one standard deviation of the
    best trial: seeds and folds alone make as much.

    Parameters
    ----------
    result : Sweep
        What `fastnet.sweep` returns.
    ax : matplotlib.axes.Axes, optional
        Where to draw; by default a new figure, as high as the options need.
    theme, size
        As in `learning_curves`.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    TypeError, ValueError
        It is no sweep, or no trial of it is complete.
    """
    trials = getattr(result, "trials", None)
    if not isinstance(trials, list) or not hasattr(result, "space"):
        raise TypeError(f"result: {type(result).__name__}, wanted what fastnet.sweep returns")
    ready = [trial for trial in trials if trial["state"] == "complete"]
    if not ready:
        raise ValueError("result: no trial is complete, wanted one at least")
    sign = -1 if result.measure == "loss" else 1
    values = np.array([trial["value"] for trial in ready], float)
    best = int(np.argmax(sign * values))
    ax, style = begin(ax, theme, size)
    room = MOST if style.trim else int(0.6 * 72 * style.height / (1.15 * LEAST))
    bands, more = _bands(result, ready, sign * values, room)
    style.lines = sum(band.rows + 1 for band in bands)
    if style.trim:
        style.height = (1.45 * style.lines + 8) * style.font / 72
        ax.get_figure(root=True).set_figheight(style.height)
    beyond = limits(ax, values, best, sign)
    chosen = {name: _text(value) for name, value in ready[best]["options"].items()}
    _draw(ax, style, bands, values, best, chosen)
    deviation = ready[best]["deviation"]
    if deviation:
        ends = values[best] - deviation, values[best] + deviation
        ax.axvspan(*ends, color=style.colour(1), alpha=0.12, linewidth=0, zorder=0)
    percent = result.measure == "accuracy"
    if percent:
        ax.xaxis.set_major_formatter(lambda share, _: f"{100 * share:.4g}%")
    ax.xaxis.set_major_locator(MaxNLocator(max(2, min(6, int(style.width)))))
    text = f"{values[best]:.2%}" if percent else f"{values[best]:.4g}"
    said = [f"{band.name}\N{NO-BREAK SPACE}{chosen[band.name]}" for band in bands[:3]]
    number, state = ready[best]["number"], [trial["state"] for trial in trials]
    title = f"The best of {len(trials):,} trials: {text} with {', '.join(said)}"
    notes = [
        f"ring: the best, trial {number}",
        "shaded: within its standard deviation" * bool(deviation),
        f"{beyond:,} worse outside" * (beyond > 0),
        f"{state.count('pruned'):,} pruned" * ("pruned" in state),
        f"{state.count('failed'):,} failed" * ("failed" in state),
        more,
    ]
    return finish(ax, style, title, f"validation {result.measure}",
                  note="; ".join(filter(None, notes)))  # fmt: skip


def _bands(
    result: Any, trials: Sequence[dict[str, Any]], good: Array, room: int
) -> tuple[list[Band], str]:
    """Return the bands that `room` rows hold, those that matter most first, and a note.

    `good` are the values of the trials, more is better.
    """
    made = []
    for name, among in result.space.items():
        values = [trial["options"][name] for trial in trials]
        if isinstance(among, dict):
            made.append(_choices(name, among, values, good))
        else:
            made.append(_axis(name, among, values, good, name in result.logarithmic))
    found = sorted(made, key=lambda band: -band.matters)
    kept: list[Band] = []
    total = 0
    for band in found:
        total += band.rows + 1
        if not kept or total <= room:
            kept.append(band)
    more = len(found) - len(kept)
    return kept, f"{more} further option{'s' * (more > 1)} not shown" if more else ""


def _choices(name: str, among: dict[str, Any], values: Sequence[Any], good: Array) -> Band:
    """Return the band of an option with choices: the best, each with a row."""
    texts = np.array([_text(value) for value in values])
    top = {text: good[texts == text].max() for text in dict.fromkeys(texts)}
    best = {*sorted(top, key=lambda text: top[text])[-CHOICES:]}
    tried = [text for text in map(_text, among.values()) if text in best]
    if any(isinstance(value, str | list | tuple) for value in values):  # not numbers, which go up
        tried.sort(key=lambda text: top[text])
    row = {text: float(k) for k, text in enumerate(dict.fromkeys(tried))}
    places = np.array([row.get(text, np.nan) for text in texts])
    ticks = list(zip(row.values(), all_shown(row), strict=True))
    return Band(name, places, ticks, len(row), False, explained(texts, good))


def _axis(name: str, ends: tuple[Any, Any], values: Sequence[Any], good: Array, log: bool) -> Band:
    """Return the band of an option with a range, logarithmic if it is drawn so."""
    x, (low, high) = np.array(values, float), map(float, ends)

    def row(values: Any) -> Array:
        to = np.log if log else np.asarray
        return np.asarray((ROWS - 1) * (to(values) - to(low)) / (to(high) - to(low)))

    marks = LogLocator(numticks=4) if log else MaxNLocator(3)
    ticks = [float(t) for t in marks.tick_values(low, high) if low <= t <= high]
    for end in (low, high):
        if all(abs(row(end) - row(tick)) > APART for tick in ticks):
            ticks.append(end)
    groups = np.searchsorted(np.quantile(x, np.linspace(0, 1, GROUPS + 1)[1:-1]), x)
    labels = [(float(row(t)), _text(t)) for t in ticks]
    return Band(name, row(x), labels, ROWS, True, explained(groups, good))


def explained(groups: Array, good: Array) -> float:
    """Return the share of the variance of the ranks of values that lies between groups.

    It counts degrees of freedom: many groups explain much by chance.
    """
    ranks = np.argsort(np.argsort(good, kind="stable"), kind="stable").astype(float)
    names, where = np.unique(groups, return_inverse=True)
    n, k = len(ranks), len(names)
    if k < 2 or n <= k:
        return 0.0
    means = np.bincount(where, ranks) / np.bincount(where)
    within = ((ranks - means[where]) ** 2).sum() / (n - k)
    return float(1 - within / (((ranks - ranks.mean()) ** 2).sum() / (n - 1)))


def limits(ax: Axes, values: Array, best: int, sign: int) -> int:
    """Let the axis show the better half, and as much again below; return how many lie outside.

    A few settings that learn nothing must not squeeze the others.
    """
    good = sign * values
    reach = max(2 * (good[best] - np.median(good)), 1e-6 * abs(good[best]), 1e-9)
    inside = good >= good[best] - reach
    low = good[inside].min()
    room = 0.06 * max(good[best] - low, 0.1 * reach)
    ends = low - room, good[best] + room
    ax.set_xlim(*ends) if sign > 0 else ax.set_xlim(-ends[1], -ends[0])
    return int((~inside).sum())


def _draw(
    ax: Axes, style: Style, bands: Sequence[Band], values: Array, best: int, chosen: dict[str, str]
) -> None:
    """Draw the bands, one below the other, and mark the best trial."""
    jitter = 0.5 * (np.arange(len(values)) * 0.618 % 1 - 0.5)  # spread evenly, always the same
    top, marks = 0, []
    unit = min(style.font, 0.6 * 72 * style.height / style.lines / 1.1)  # points of a row
    for band in bands:
        base = top + band.rows + 0.5  # the places go up, the rows of the picture down
        places = base - band.places - (0 if band.axis else jitter)
        dots = {"linewidth": 0, "rasterized": len(values) > MANY}
        alpha = float(np.clip(10 / np.sqrt(len(values)), 0.25, 0.7))
        ax.scatter(
            values, places, (0.5 * unit) ** 2, color=style.colour(0), alpha=alpha, **dots
        )
        ax.scatter(
            values[best], places[best], unit**2, facecolors="none", zorder=3,
            edgecolors=style.colour(1), linewidth=0.16 * unit,
        )  # fmt: skip
        marks.append((top + 0.5, band.name, True, False))
        for place, text in band.ticks:
            own = not band.axis and round(base - places[best]) == place
            marks.append((base - place, text, False, own))
        if band.axis:
            write(ax, style, 1.01, places[best], chosen[band.name], color=style.colour(1),
                  transform=ax.get_yaxis_transform())  # fmt: skip
        top += band.rows + 1
    ax.set_ylim(top + 0.2, 0)
    ax.set_yticks([y for y, *_ in marks], [text for _, text, *_ in marks], parse_math=False)
    for tick, (_, _, head, own) in zip(ax.yaxis.get_major_ticks(), marks, strict=True):
        tick.gridline.set_visible(not head)
        if head or own:
            tick.label1.set(color=style.theme.ink if head else style.colour(1), weight="bold")


def _text(value: Any) -> str:
    """Return the value of an option as the terminal takes it."""
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list | tuple):
        return ",".join(map(_text, value)) or "none"
    if hasattr(value, "to_text"):  # a deformation
        return str(value.to_text())
    return "default" if value is None else str(getattr(value, "__qualname__", value))
