"""The drawings of docs/tutorial/, pages 3 to 7: nets."""

import re
from collections.abc import Sequence
from functools import partial
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .ink import (
    BLUE,
    FAINT,
    FONT,
    GREEN,
    INK,
    ORANGE,
    SOFT,
    arrow,
    circle,
    drawing,
    figure_of,
    graph,
    sheet,
    tint,
    write,
)  # fmt: skip
from .pages import TUTORIAL, namespace


def square(page: Axes, x: float, title: str) -> Axes:
    """Return Axes with the four cases of the riddle."""
    ax = graph(page, x, 0.65, 2.25, 2.25, "x[0]")
    for point in ((0, 0), (0, 1), (1, 0), (1, 1)):
        colour, text = (ORANGE, "1") if sum(point) == 1 else (BLUE, "0")
        ax.plot(*point, "o", color=colour, markersize=21)
        ax.text(*point, text, color="white", fontsize=FONT, fontweight="bold", ha="center",
                va="center_baseline", zorder=5)  # fmt: skip
    ax.set(xlim=(-0.4, 1.4), ylim=(-0.4, 1.4), xticks=(0, 1), yticks=(0, 1))
    page.text(x + 1.12, 3.1, title, fontsize=FONT, color=INK, ha="center", va="center")
    page.text(x - 0.27, 1.78, "x[1]", fontsize=FONT, color=SOFT, ha="center", va="center",
              rotation=90)  # fmt: skip
    return ax


@drawing("xor.svg")
def xor() -> Figure:
    """A riddle that one line does not solve, and two do."""
    page = sheet(3.35)
    ax = square(page, 0.6, "one line: never")
    ax.plot((-0.4, 1.4), (0.9, 0.1), color=SOFT, linewidth=2, linestyle=(0, (3, 2)))
    ax = square(page, 3.6, "two lines")
    ends = np.array((-0.4, 1.4))
    ax.fill_between(ends, 0.5 - ends, 1.5 - ends, color=tint(ORANGE), linewidth=0, zorder=0)
    for border in (0.5, 1.5):
        ax.plot(ends, border - ends, color=GREEN, linewidth=2)
    return figure_of(page)


@drawing("net.svg")
def net() -> Figure:
    """A net of digits with three layers of circles; most of them are left out."""
    ax = sheet(3.9)
    layers = ((0.75, 7, SOFT), (3.0, 6, BLUE), (5.1, 10, ORANGE))
    places = [
        [(x, 2.15 + 0.33 * (n - 1) / 2 - 0.33 * k) for k in range(n)] for x, n, _ in layers
    ]
    for below, above in pairwise(places):
        for start in below:
            for end in above:
                ax.plot(*zip(start, end, strict=True), color=FAINT, linewidth=1, zorder=1)
    for (x, n, colour), column in zip(layers, places, strict=True):
        for k, (_, y) in enumerate(column):
            if n < 10 and k == n // 2:  # the others
                ax.plot([x] * 3, [y - 0.06, y, y + 0.06], ".", color=colour, markersize=4, zorder=4)
                continue
            circle(ax, x, y, "", colour, 0.125)
            if n == 10:
                write(ax, x + 0.32, y, str(k), color=INK)
    for (x, _, _), text in zip(layers, ("784 inputs", "30 hidden", "10 outputs"), strict=True):
        write(ax, x, 0.25, text, color=SOFT)
    return figure_of(ax)


X, HIDDEN, OUTPUT = ((0.6, 2.2), (0.6, 0.8)), ((3.0, 2.2), (3.0, 0.8)), (5.3, 1.5)


def small_net(
    first: Sequence[str], second: Sequence[str], units: Sequence[str], back: bool = False
) -> Axes:
    """Draw the 2-2-1 net with texts on its lines and in its units; back draws arrows that return.

    `first` are the weights from each input to each hidden unit, (0, 0), (0, 1), (1, 0), (1, 1).
    """
    ax = sheet(3.0)
    colour = ORANGE if back else BLUE
    for k, text in enumerate(first):
        start, end = X[k // 2], HIDDEN[k % 2]
        arrow(ax, start, end, FAINT if back else colour, gaps=(0.34, 0.36))
        share = 0.5 if k in (0, 3) else 0.3
        x, y = (s + share * (e - s) for s, e in zip(start, end, strict=True))
        write(ax, x, y, text, color=SOFT if back else colour)
    for start, text in zip(HIDDEN, second, strict=True):
        ends = (OUTPUT, start) if back else (start, OUTPUT)
        arrow(ax, *ends, colour, 2.6 if back else 1.6, gaps=(0.37, 0.37))
        write(ax, (start[0] + OUTPUT[0]) / 2, (start[1] + OUTPUT[1]) / 2, text, color=colour)
    for place, text in zip((*X, *HIDDEN, OUTPUT), units, strict=True):
        own = colour if back and place not in X else INK
        circle(ax, *place, text, own, 0.34)
    return ax


@drawing("forward.svg")
def forward() -> Figure:
    """The small net forward: weights on its lines, biases above, activations in its units."""
    ax = small_net(("2", "1", "-1", "-1/2"), ("2", "4"), ("1", "2", "1/2", "3/4", "1/2"))
    for (x, y), text in zip((*HIDDEN, OUTPUT), ("b = 0", "b = log 3", "b = -4"), strict=True):
        write(ax, x, y + (0.52 if y > 1 else -0.52), text, color=SOFT)
    write(ax, 0.6, 2.8, "inputs", color=SOFT)
    write(ax, 5.3, 0.7, "target 1", color=ORANGE)
    return figure_of(ax)


@drawing("backward.svg")
def backward() -> Figure:
    """The small net back: deltas in its units, and how they come about."""
    ax = small_net(("", "", "", ""), ("· 2", "· 4"), ("1", "2", "-1/8", "-3/16", "-1/4"), True)
    write(ax, 3.0, 2.75, "slope 1/4", color=SOFT)
    write(ax, 3.0, 0.22, "slope 3/16", color=SOFT)
    write(ax, 5.0, 2.3, "2 · (-1/2) · 1/4", color=SOFT)
    write(ax, 5.3, 0.5, "in orange:\nthe deltas", color=ORANGE)
    arrow(ax, X[1], HIDDEN[0], BLUE, 2.6, gaps=(0.36, 0.38), head=False)
    write(ax, 1.5, 1.5, "slope of this weight:\n2 · (-1/8) = -1/4", color=BLUE)
    return figure_of(ax)


@drawing("after.svg")
def after() -> Figure:
    """The small net after the step."""
    ax = small_net(
        ("2.0625", "1.09375", "-0.875", "-0.3125"), ("2.0625", "4.09375"),
        ("1", "2", "0.593", "0.840", "0.687"),
    )  # fmt: skip
    write(ax, 5.2, 0.6, "target 1\ncost 0.0978", color=ORANGE)
    return figure_of(ax)


@drawing("road.svg")
def road() -> Figure:
    """The figures that page 7 prints, as a staircase."""
    rows = [[float(n) for n in re.findall(r"(\d+\.\d+)%", line)] for line in measured("mnist-98")]
    names = ("16 + 16 units, 1 epoch", "rate falls, 5 epochs", "128 units", "cross-entropy", "relu",
             "warm-up", "10 epochs", "256 units")  # fmt: skip
    rows = [*rows[:4], rows[6], *rows[8:11]]  # the best of four rates alone
    page = sheet(3.8)
    ax = graph(page, 2.15, 0.65, 3.0, 2.95, "of the validation images, %")
    for k, (mean, low, high) in enumerate(rows):
        ax.barh(-k, mean - 90, 0.62, 90, color=tint(BLUE if k < 6 else SOFT, 0.4))
        ax.plot((low, high), (-k, -k), color=INK, linewidth=2)
        ax.text(99.15, -k, f"{mean:.2f}", fontsize=FONT, color=INK, va="center")
    ax.axvline(98, color=ORANGE, linewidth=1.6, linestyle=(0, (3, 2)), zorder=0)
    ax.set(xlim=(90, 99), yticks=-np.arange(len(names)), xticks=range(90, 99, 2))
    ax.set_yticklabels(names, color=INK)
    ax.grid(False, axis="y")
    return figure_of(page)


def measured(page: str) -> list[str]:
    """Return the lines with three percentages that a page of the tutorial shows."""
    text = (TUTORIAL / f"{page}.md").read_text(encoding="utf-8")
    return re.findall(r"^[\d. ]*\d\d\.\d\d%  \(.*\)$", text, re.MULTILINE)


def shown(page: str, variable: str) -> Figure:
    """Return the picture that a page's own code makes."""
    return figure_of(namespace(page)[variable])


for file, page, variable in (
    ("tutorial-loss.png", "learning", "loss"),
    ("tutorial-rates.png", "a-run", "errors"),
    ("tutorial-weights.png", "a-run", "looks"),
    ("tutorial-mistakes.png", "mnist-98", "mistakes"),
    ("tutorial-seen.png", "mnist-98", "looks"),
):
    drawing(file)(partial(shown, page, variable))
