"""What the rows reached: results/records.json, the table made from it, and the curves."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .. import charts, report
from .procedure import spread
from .progress import spoken
from .recipe import Recipe, place
from .sitting import alone

FIGURES = report.RESULTS / "records.json"
HEAD = [
    "net", "published", "error, 5/6 learned", "error, all learned", "validation", "epochs", "time",
    "cores", "seeds",
]  # fmt: skip
ABOUT = """\
Error: % of the test images, in the mean of the seeds, with its range. The first 5/6 of the training
images are learned, and the others validate and choose the epochs; then all are learned, where a
column says so. Time: of one net, or of all nets of a committee, by the clock. Cores: how many of
the machine's cores the learning kept busy in the mean."""
COLOURS = "#c1272d", "#00798c", "#b7791f", "#5b5f97", "#3c4f5f", "#4d7c0f"
TITLES = {"mnist": "MNIST", "fashion-mnist": "Fashion-MNIST", "digits": "The bundled digits"}


def keep(name: str, figures: Mapping[str, Any], path: Path = FIGURES) -> None:
    """Put a row into the file, beside the others, which other processes may be writing."""
    with alone(path.with_suffix(".lock"), waits=True):
        report.save(path, report.read(path) | {name: figures})


def ordered(rows: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Return rows in the order of the table."""
    return {name: rows[name] for name in sorted(rows, key=lambda name: place(rows[name]))}


def listed(known: Mapping[str, Recipe]) -> Iterator[str]:
    """Yield a line on each recipe."""
    done = report.read(FIGURES)
    for name, recipe in known.items():
        reached = f", reached {spread(done[name]['test'])}%" if name in done else ""
        published = percent(recipe.published) or "none"
        yield f"{name:20} {recipe.title}: published {published}{reached}"


def percent(published: float | list[float] | None) -> str:
    """Return a published error in percent, or a range of some."""
    if published is None:
        return ""
    several = published if isinstance(published, list) else [published]
    return "-".join(f"{error:g}" for error in several) + "%"


def is_busy(figures: Mapping[str, Any]) -> bool:
    """Tell whether other work took a tenth of the cores' time or more.

    Where that is not known, it shows only where a net, which works all the time, had to wait.
    """
    others, wall = figures.get("others", [None]), sum(figures["wall"])
    if None in others:
        return wall > 1.3 * sum(figures["cpu"])
    return sum(others) >= 0.1 * wall * figures["machine"]["cores"]


def cells(figures: Mapping[str, Any]) -> list[str]:
    """Return a row of the table."""
    epochs = sorted({*figures["epochs"]})
    return [
        figures["title"],
        percent(figures["published"]),
        f"{spread(figures['test_of_part' if figures['retrained'] else 'test'])}%",
        f"{spread(figures['test'])}%" if figures["retrained"] else "",
        f"{spread(figures['validation'])}%",
        "-".join(map(str, epochs if len(epochs) < 3 else (epochs[0], epochs[-1]))),
        spoken(statistics.fmean(figures["wall"])) + "*" * is_busy(figures),
        f"{sum(figures['cpu']) / sum(figures['wall']):.1f}",
        str(figures["seeds"]),
    ]


def table_of(rows: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the table of some rows."""
    return report.table([HEAD, *map(cells, rows.values())]) if rows else "no row is measured yet"


def captions(rows: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return a line on each day and machine, and the rows measured there."""
    found: dict[str, list[str]] = {}
    for name, figures in rows.items():
        found.setdefault(report.caption(figures["machine"]), []).append(name)
    if len(found) == 1:
        return [*found]
    return [f"{about}: {', '.join(names)}" for about, names in found.items()]


def text(rows: Mapping[str, Mapping[str, Any]]) -> str:
    """Return results/records.md: a table for each set of data."""
    parts = [ABOUT]
    for data in dict.fromkeys(figures["data"] for figures in rows.values()):
        own = {name: figures for name, figures in rows.items() if figures["data"] == data}
        parts += [f"{TITLES[data]}:", table_of(own)]
    if any(map(is_busy, rows.values())):
        parts.append("\\* Other work took a tenth of the cores' time, or more.")
    return "\n\n".join([*parts, *captions(rows)])


def chart(rows: Mapping[str, Mapping[str, Any]], figure: Any) -> None:
    """Draw the validation error by epoch of the rows: a panel for each paper."""
    papers: dict[str, list[Mapping[str, Any]]] = {}
    for figures in rows.values():
        papers.setdefault(figures["title"].partition(":")[0], []).append(figures)
    figure.set_size_inches(charts.WIDTH, 2.6 * len(papers) + 0.4)
    panels = figure.subplots(len(papers), sharex=True, squeeze=False)[:, 0]
    last = max(figures["curve"]["epoch"][-1] for figures in rows.values())
    for (paper, own), axes in zip(papers.items(), panels, strict=True):
        axes.set(xscale="log", yscale="log", title=paper, xlim=(0.9, last * 3))
        ends = []
        for figures, colour in zip(own, itertools.cycle(COLOURS)):
            epochs, errors = figures["curve"]["epoch"], figures["curve"]["validation"]
            axes.plot(epochs, errors, color=colour, lw=1.5)
            ends.append((errors[-1], epochs[-1], figures["title"].partition(": ")[2], colour))
        low, high = axes.get_ylim()
        gap, place = (high / low) ** 0.09, 0.0
        for error, epoch, text, colour in sorted(ends):
            place = max(error, place * gap)  # so that no two names stand in one another
            charts.beside(axes, text, (epoch, place), color=colour, size=9)
        for axis in axes.xaxis, axes.yaxis:
            charts.plain_log(axis)
    panels[-1].set_xlabel("epochs")
    charts.heading(figure, "Percentage of the validation images that is wrong, by the last weights")


def show() -> None:
    """Write the table and the curves of all rows that are measured."""
    rows = ordered(report.read(FIGURES))
    if rows:
        report.write("records", text(rows))
        charts.draw(chart, rows, report.RESULTS / "records.png")
