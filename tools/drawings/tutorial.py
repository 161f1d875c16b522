"""The drawings of docs/tutorial/, pages 1 and 2: one neuron, and how it learns."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import fastnet
from fastnet.reference import Net, sigmoid, sigmoid_prime

from .ink import (
    BLUE,
    FONT,
    GREEN,
    INK,
    ORANGE,
    PINK,
    SOFT,
    arrow,
    box,
    circle,
    drawing,
    figure_of,
    graph,
    sheet,
    tint,
    write,
)  # fmt: skip


@drawing("loop.svg")
def loop() -> Figure:
    """One step of learning, as a circle of four boxes."""
    ax = sheet(2.9)
    box(ax, 0.95, 2.2, 1.5, 0.8, "an image,\na label", SOFT)
    box(ax, 3.0, 2.2, 1.5, 0.8, "the net\nanswers", BLUE)
    box(ax, 5.05, 2.2, 1.5, 0.8, "how wrong\nis it?", ORANGE)
    box(ax, 5.05, 0.6, 1.5, 0.8, "the error\ngoes back", ORANGE)
    box(ax, 2.4, 0.6, 2.1, 0.8, "every weight\nmoves a little", GREEN)
    arrow(ax, (1.7, 2.2), (2.25, 2.2), SOFT, gaps=(0.03, 0.03))
    arrow(ax, (3.75, 2.2), (4.3, 2.2), BLUE, gaps=(0.03, 0.03))
    arrow(ax, (5.05, 1.8), (5.05, 1.0), ORANGE, gaps=(0.03, 0.03))
    arrow(ax, (4.3, 0.6), (3.45, 0.6), ORANGE, gaps=(0.03, 0.03))
    arrow(ax, (1.35, 0.6), (0.95, 1.8), GREEN, gaps=(0.03, 0.03), bend=-0.35)
    write(ax, 0.66, 0.75, "next", color=SOFT)
    return figure_of(ax)


@drawing("neuron.svg")
def neuron() -> Figure:
    """One neuron: inputs, weights, the sum with the bias, the sigmoid, the output."""
    ax = sheet(2.55)
    heights = (2.0, 1.3, 0.6)
    for k, y in enumerate(heights):
        circle(ax, 0.4, y, f"x[{k}]", SOFT, 0.3)
        arrow(ax, (0.4, y), (1.95, 1.3), BLUE, gaps=(0.32, 0.03))
        write(ax, 1.06, 1.3 + 0.57 * (y - 1.3), f"w[{k}]", color=BLUE)
    box(ax, 2.5, 1.3, 1.1, 0.62, "z", GREEN)
    box(ax, 4.15, 1.3, 1.1, 0.62, "sigmoid", ORANGE)
    arrow(ax, (3.05, 1.3), (3.6, 1.3), GREEN, gaps=(0.03, 0.03))
    arrow(ax, (4.7, 1.3), (5.25, 1.3), ORANGE, gaps=(0.03, 0.03))
    circle(ax, 5.55, 1.3, "a", ORANGE, 0.3)
    arrow(ax, (2.5, 2.1), (2.5, 1.61), PINK, gaps=(0.03, 0))
    write(ax, 2.5, 2.22, "b", color=PINK)
    for x, text in ((0.4, "inputs"), (2.5, "sum"), (4.15, "curve"), (5.55, "output")):
        write(ax, x, 0.12, text, color=SOFT)
    return figure_of(ax)


def curve_of_sigmoid(page: Axes) -> Axes:
    """Draw the sigmoid from -6 to 6."""
    ax = graph(page, 0.6, 0.65, 5.15, 1.9, "z")
    z = np.linspace(-6, 6, 241)
    ax.plot(z, sigmoid(z), color=ORANGE, linewidth=2.4)
    ax.set(xlim=(-6, 6), ylim=(-0.05, 1.08), xticks=range(-6, 7, 2))
    ax.set_yticks((0, 0.5, 1), ("0", "0.5", "1"))
    return ax


@drawing("sigmoid.svg")
def sigmoid_alone() -> Figure:
    """The sigmoid with three of its points."""
    page = sheet(2.75)
    ax = curve_of_sigmoid(page)
    for z, text, dx, dy in ((-2, "0.119", 4, 10), (0, "0.5", 9, -12), (2, "0.881", 9, -14)):
        ax.plot(z, sigmoid(np.array(z)), "o", color=INK, markersize=6)
        ax.annotate(text, (z, float(sigmoid(np.array(z)))), (dx, dy), textcoords="offset points",
                    fontsize=FONT, color=INK, ha="right" if z < 0 else "left")  # fmt: skip
    ax.text(-5.8, 0.16, "no", fontsize=FONT, color=SOFT)
    ax.text(5.8, 0.76, "yes", fontsize=FONT, color=SOFT, ha="right")
    return figure_of(page)


@drawing("slope.svg")
def slope() -> Figure:
    """The sigmoid with its slope below."""
    page = sheet(2.75)
    ax = curve_of_sigmoid(page)
    z = np.linspace(-6, 6, 241)
    ax.plot(z, sigmoid_prime(z), color=BLUE, linewidth=2.4)
    ax.fill_between(z, sigmoid_prime(z), color=tint(BLUE), linewidth=0)
    ax.text(1.85, 0.72, "sigmoid", fontsize=FONT, color=ORANGE)
    ax.text(1.85, 0.2, "its slope, at most 1/4", fontsize=FONT, color=BLUE)
    return figure_of(page)


def ones_and_zeros() -> tuple[np.ndarray, np.ndarray]:
    """Return the ink (n, 1) of the bundled ones and zeros, and their labels (n, 1)."""
    (images, labels), _ = fastnet.datasets.load("digits")
    two = labels < 2
    ink = (images[two] > 127).sum(axis=1, keepdims=True) / 100
    return ink, labels[two].reshape(-1, 1).astype(float)


@drawing("ink.svg")
def ink_of_digits() -> Figure:
    """How much ink ones and zeros have, and what the neuron of page 1 says."""
    x, y = ones_and_zeros()
    page = sheet(3.0)
    ax = graph(page, 0.6, 0.65, 5.15, 2.15, "hundreds of dark pixels, x")
    bins = np.arange(0, 2.41, 0.05)
    for label, colour in ((1, BLUE), (0, GREEN)):
        heights, _ = np.histogram(x[y == label], bins)
        ax.bar(bins[:-1], heights / 320, 0.05, align="edge", color=tint(colour, 0.45))
    grid = np.linspace(0, 2.4, 200)
    ax.plot(grid, sigmoid(-8 * grid + 7), color=ORANGE, linewidth=2.4)
    ax.axvline(0.875, color=INK, linewidth=1, linestyle=(0, (3, 2)))
    ax.set(xlim=(0, 2.4), ylim=(0, 1.08), xticks=(0.5, 1, 1.5, 2))
    ax.set_yticks((0, 0.5, 1), ("0", "0.5", "1"))
    ax.text(0.1, 0.62, "ones", fontsize=FONT, color=BLUE)
    ax.text(1.56, 0.3, "zeros", fontsize=FONT, color=GREEN)
    ax.text(0.94, 0.9, "what the neuron says, a", fontsize=FONT, color=ORANGE)
    return figure_of(page)


@drawing("step.svg")
def step() -> Figure:
    """One step of the neuron with one input: before, the step, after."""
    ax = sheet(3.3)
    rows = ((2.65, "0", "0", "0", "0.5", "0.25"), (0.65, "1/2", "1/4", "1.25", "0.777", "0.05"))
    for y, w, b, z, a, cost in rows:
        circle(ax, 0.45, y, "2", SOFT, 0.3)
        arrow(ax, (0.45, y), (2.2, y), BLUE, gaps=(0.32, 0.32))
        write(ax, 1.3, y, f"w = {w}", color=BLUE)
        circle(ax, 2.2, y, z, GREEN, 0.32)
        arrow(ax, (2.52, y), (3.3, y), ORANGE, gaps=(0.02, 0.02))
        circle(ax, 3.65, y, a, ORANGE, 0.35)
        write(ax, 5.1, y, f"cost {cost}", color=INK, fontweight="bold")
        write(ax, 2.2, y + (0.5 if y > 2 else -0.48), f"b = {b}", color=PINK)
    arrow(ax, (1.3, 2.45), (1.3, 0.85), BLUE)
    write(ax, 1.3, 1.65, "- rate · slope\n= -1 · (-1/2)", color=BLUE)
    arrow(ax, (5.1, 2.45), (5.1, 0.85), INK)
    write(ax, 3.65, 3.15, "a", color=SOFT)
    write(ax, 0.45, 3.15, "x", color=SOFT)
    return figure_of(ax)


@drawing("valley.svg")
def valley() -> Figure:
    """The mean cost by the weight, and the weights after each image at three rates."""
    x, y = ones_and_zeros()
    page = sheet(2.75)
    grid = np.linspace(-18, 0, 181)
    costs = ((sigmoid(grid * x + 7) - y) ** 2).mean(axis=0)
    for k, (rate, colour) in enumerate(((0.3, BLUE), (2, GREEN), (20, ORANGE))):
        ax = graph(page, 0.72 + 1.78 * k, 0.65, 1.6, 1.65, "w")
        ax.plot(grid, costs, color=SOFT, linewidth=1.6)
        net, path = Net([[[-3.0]]], [[7.0]]), [-3.0]
        for image, target in zip(x[:60], y[:60], strict=True):
            net.backpropagate([image], [target], rate)
            net.biases[0][:] = 7  # the drawing has room for one number
            path.append(net.weights[0][0, 0])
        ax.plot(path, np.interp(path, grid, costs), "o-", color=colour, markersize=4, linewidth=0.8)
        ax.set(xlim=(-18, 0), ylim=(0, 0.5), xticks=(-15, -10, -5), yticks=(0, 0.2, 0.4))
        if k:
            ax.set_yticklabels([])
        page.text(0.72 + 1.78 * k + 0.8, 2.55, f"rate {rate}", fontsize=FONT, color=colour,
                  ha="center", va="center", fontweight="bold")  # fmt: skip
    page.text(0.13, 1.48, "mean cost", fontsize=FONT, color=SOFT, rotation=90, ha="center",
              va="center")  # fmt: skip
    return figure_of(page)
