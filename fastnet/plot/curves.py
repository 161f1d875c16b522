"""Learning curves of one or several runs. Seeds of an ensemble make a band."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

from ..checks import one_of
from ..model.ensemble import nets_of
from ..typing import Array
from .fitting import model_of
from .letters import shown
from .style import Style, begin, finish, label_ends

MEASURES = ("accuracy", "loss")
WIDE = 30  # a loss that falls by more than this factor has a logarithmic axis
SHORT = 25  # so few points have dots


class Run(NamedTuple):
    """What one line, or one band, is made of: a name and the histories of the seeds."""

    name: str
    histories: list[list[dict[str, Any]]]
    loss: str = ""  # the name of the loss, if it is known
    streamed: bool = False


class Line(NamedTuple):
    """A mean over seeds, the least and the most at each place, and whether a run diverged."""

    x: Array
    mean: Array
    low: Array
    high: Array
    diverged: bool


def learning_curves(
    nets: Any,
    ax: Axes | None = None,
    *,
    of: str | None = None,
    theme: str | None = None,
    size: tuple[float, float] | None = None,
) -> Axes:
    """Draw how nets learned: epoch by epoch, or by the samples of a stream.

    The training curve judges each sample just before it is learned.

    Parameters
    ----------
    nets : Network, Ensemble, History, sequence of these or dict of them by name
        An ensemble, whose nets differ by the seed, has a line for the mean and a band from the
        lowest to the highest.
    ax : matplotlib.axes.Axes, optional
        Where to draw; by default a new figure.
    of : str, optional
        "accuracy" or "loss". The default is the accuracy, unless there is a regression.
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
        There is no history, as of a net that came from another library.
    """
    runs = _runs(nets)
    records = [record for run in runs for history in run.histories for record in history]
    accurate = all(record.get("accuracy") is not None for record in records)
    of = ("accuracy" if accurate else "loss") if of is None else one_of("of", of, MEASURES)
    if of == "accuracy" and not accurate:
        raise ValueError("of: 'accuracy', but numbers are never right or wrong, wanted 'loss'")
    ax, style = begin(ax, theme, size)
    streamed = any(run.streamed for run in runs)
    lines = {
        (run.name, key): line
        for run in runs
        for key in (of, f"val_{of}")
        if (line := _line(run.histories, key, streamed)) is not None
    }
    if not lines:
        raise ValueError(f"nets: no {of} in the records, wanted histories that fastnet wrote")
    _draw(ax, style, runs, lines, of)
    if of == "accuracy":
        ax.yaxis.set_major_formatter(lambda share, _: f"{100 * share:.4g}%")
    x = "samples learned" if streamed else "epoch"
    if streamed:
        ax.xaxis.set_major_formatter("{x:,.0f}")
    ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    note = _note(runs, lines, of)
    return finish(ax, style, _title(runs, lines, of), x, of, note)


def _runs(nets: Any) -> list[Run]:
    """Return runs with their names, checked."""
    if isinstance(nets, Mapping):
        named = {str(name): net for name, net in nets.items()}
    elif isinstance(nets, list | tuple) and _holds_nets(nets):
        named = dict(zip(_names(nets), nets, strict=True))
    else:
        named = {"": nets}
    if not named:
        raise ValueError("nets: none came, wanted one or more")
    runs = [_run(name, net) for name, net in named.items()]
    for name, histories, *_ in runs:
        if not all(histories):
            about = f" of {name!r}" if name else ""
            raise ValueError(
                f"nets: no history{about}, wanted nets with an epoch of fastnet.train, or their "
                "histories"
            )
    return runs


def _run(name: str, net: Any) -> Run:
    """Return the run of a net, of the nets of an ensemble, or of a history alone."""
    if isinstance(net, list) and all(isinstance(r, Mapping) and "loss" in r for r in net):
        return Run(name, [net], streamed=_is_stream(net))
    nets = nets_of(model_of(net))
    streamed = any((one.run is None and one.stopped == "end") or _is_stream(one.history)
                   for one in nets)  # fmt: skip
    return Run(name, [one.history for one in nets], nets[0].loss, streamed)


def _holds_nets(nets: Sequence[Any]) -> bool:
    """Tell whether a sequence holds nets or histories, not the records of one history."""
    return not nets or not isinstance(nets[0], Mapping)


def _names(nets: Sequence[Any]) -> list[str]:
    """Return names that tell nets apart: their sizes, else their places."""
    firsts = [None if isinstance(net, list) else nets_of(model_of(net))[0] for net in nets]
    sizes = ["" if net is None else "-".join(map(str, net.sizes)) for net in firsts]
    return sizes if len({*sizes} - {""}) == len(nets) else [f"net {k}" for k in range(len(nets))]


def _is_stream(history: Sequence[dict[str, Any]]) -> bool:
    """Tell whether records are of a stream: its later parts have more samples."""
    counts = [record.get("samples") or 0 for record in history]
    return bool(counts) and max(counts) > 1.5 * min(counts) > 0


def _line(
    histories: Sequence[Sequence[dict[str, Any]]], key: str, streamed: bool
) -> Line | None:
    """Return the line of a value in the records; None if they have none."""
    values = [[_number(record.get(key)) for record in history] for history in histories]
    most = max(map(len, values))
    table = np.full((len(values), most), np.nan)
    for row, own in zip(table, values, strict=True):
        row[: len(own)] = own
    finite = np.isfinite(table)
    if not finite.any():
        return None
    longest = max(histories, key=len)
    x = np.arange(1, most + 1)
    if streamed:
        x = np.cumsum([record["samples"] for record in longest])
    there = finite.any(axis=0)
    table = np.where(finite, table, np.nan)[:, there]
    diverged = bool(np.isinf([v for own in values for v in own]).any())
    low, mean, high = (f(table, axis=0) for f in (np.nanmin, np.nanmean, np.nanmax))
    return Line(x[there], mean, low, high, diverged)


def _number(value: Any) -> float:
    """Return a value of a record: NaN if there is none, infinity if it is no finite number."""
    if value is None:
        return np.nan
    return float(value) if np.isfinite(value) else np.inf


def _draw(
    ax: Axes, style: Style, runs: Sequence[Run], lines: dict[tuple[str, str], Line], of: str
) -> None:
    """Draw the lines, and their names at the ends."""
    lowest = min(line.low.min() for line in lines.values())
    highest = max(line.high.max() for line in lines.values())
    if of == "loss" and highest > WIDE * lowest > 0:
        ax.set_yscale("log")
        ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        ax.yaxis.set_minor_locator(NullLocator())
        ax.yaxis.set_major_formatter("{x:,.10g}")
    ends = []
    edge = max(line.x[-1] for line in lines.values())
    for k, run in enumerate(runs):
        keys = [key for key in (f"val_{of}", of) if (run.name, key) in lines]
        for rank, key in enumerate(keys):
            line = lines[run.name, key]
            colour = style.colour(k if len(runs) > 1 else rank)
            ax.plot(
                line.x, line.mean, color=colour, linewidth=[0.18, 0.12][rank] * style.font,
                linestyle=["-", (0, (2, 1.5))][rank], label=f"{run.name} {key}".strip(),
                marker="o" if len(line.x) <= SHORT else "", markersize=0.35 * style.font,
            )  # fmt: skip
            if len(run.histories) > 1 and rank == 0:
                ax.fill_between(line.x, line.low, line.high, color=colour, alpha=0.22, linewidth=0)
            name = "validation" if key.startswith("val_") else "training"
            if len(runs) > 1:
                name = shown(run.name, 20)
            if line.diverged:
                name += ", diverged"
            if rank == 0 or len(runs) == 1:
                ends.append((edge, line.mean[-1], name, colour))
    if edge == min(line.x[0] for line in lines.values()):  # a single epoch
        ax.set_xlim(edge - 1, edge + 1)
    label_ends(ax, style, ends)


def _note(runs: Sequence[Run], lines: dict[tuple[str, str], Line], of: str) -> str:
    """Return what the picture says of its lines."""
    notes = []
    if len(runs) > 1 and any(key == f"val_{of}" for _, key in lines):
        notes.append("solid: validation, dotted: training")
    if seeds := {len(run.histories) for run in runs} - {1}:
        of_seeds = f"{min(seeds)} to {max(seeds)}" if len(seeds) > 1 else f"{min(seeds)}"
        notes.append(f"line: mean of {of_seeds} seeds, band: lowest to highest")
    return "; ".join(notes)


def _title(runs: Sequence[Run], lines: dict[tuple[str, str], Line], of: str) -> str:
    """Return what the curves say: the end of a single run, or the run that ends best."""
    best, sign = [], 1 if of == "loss" else -1
    judged = all((run.name, f"val_{of}") in lines for run in runs)
    key = f"val_{of}" if judged else of
    for run in runs:
        if (run.name, key) in lines:
            line = lines[run.name, key]
            best.append((sign * float(line.mean[-1]), run.name, key, line))
    value, name, key, line = min(best, key=lambda row: row[0])
    text = f"{-value:.1%}" if of == "accuracy" else f"{value:.4g}"
    what = ("validation " if key.startswith("val_") else "training ") + of
    if len({run.loss for run in runs}) > 1 and of == "loss":
        return f"Losses of {len(runs)} runs, each with its own measure"
    if len(runs) > 1:
        return f"{shown(name)} ends best: {what} {text}"
    top = int(np.argmin(sign * line.mean))
    peak = line.mean[top]
    text = f"{what} {text}".capitalize() + " at the end"
    best_text = f"{peak:.1%}" if of == "accuracy" else f"{peak:.4g}"
    return text + f", {best_text} at best" * (best_text not in text)
