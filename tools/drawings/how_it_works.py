"""The drawings of docs/how-it-works.md."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from .ink import (
    BLUE,
    FAINT,
    GREEN,
    ORANGE,
    SOFT,
    arrow,
    box,
    drawing,
    figure_of,
    sheet,
    tint,
    write,
)

SMALL = 11.5  # points


def cell(
    page: Axes, x: float, y: float, width: float, height: float, colour: str, strength: float = 0.3
) -> None:
    """Draw a rectangle with its lower left corner at a point."""
    face = tint(colour, strength)
    page.add_patch(Rectangle((x, y), width, height, facecolor=face, edgecolor=colour, lw=0.8))


@drawing("works-sample.svg")
def sample() -> Figure:
    """Draw what the pass does with one sample, in its order: up on the left, down on the right."""
    page = sheet(4.3)
    up = ("1  list the inputs", "2  layer 1: z and a", "3  layer 2: z and a", "4  outputs: z and a")
    down = ("6  W of the outputs", "7  W of layer 2", "8  listed rows of W 1")
    box(page, 3, 3.95, 2.5, 0.42, "5  judge: cost and δ", GREEN)
    for k, text in enumerate(up):
        box(page, 1.35, 0.3 + 0.9 * k, 2.5, 0.42, text, BLUE)
        if k:
            arrow(page, (1.35, 0.9 * k - 0.38), (1.35, 0.9 * k + 0.08))
    for k, text in enumerate(down):
        box(page, 4.65, 3.0 - 0.9 * k, 2.5, 0.42, text, ORANGE)
        if k:
            arrow(page, (4.65, 3.69 - 0.9 * k), (4.65, 3.22 - 0.9 * k))
            write(page, 4.65, 3.46 - 0.9 * k, "δ", color=SOFT)
    arrow(page, (1.35, 3.22), (2.1, 3.74))
    arrow(page, (3.9, 3.74), (4.65, 3.22))
    note = "6 to 8: δ below from the old\nweights, then the new weights"
    write(page, 4.65, 0.62, note, fontsize=SMALL, color=SOFT)
    return figure_of(page)


@drawing("works-layout.svg")
def layout() -> Figure:
    """Draw the weights of a layer of 100 outputs, in groups and strips."""
    page = sheet(3.75)
    left, top, wide, high, rows = 1.1, 2.75, 0.56, 0.2, 10
    listed = {1, 4, 5, 8}
    for r in range(rows):
        for g in range(7):
            x = left + g * wide + (g >= 3) * 0.18
            colour = (BLUE if g < 3 else GREEN) if r in listed else FAINT
            cell(page, x, top - (r + 1) * high, wide, high, colour, 0.45 if r in listed else 0.15)
        write(page, left - 0.3, top - (r + 0.5) * high, "x" if r in listed else "0",
              fontsize=SMALL, color=ORANGE if r in listed else SOFT)  # fmt: skip
    write(page, left + 1.5 * wide, top + 0.2, "strip of 3 groups", color=BLUE)
    write(page, left + 5 * wide + 0.18, top + 0.2, "strip of 4 groups", color=GREEN)
    write(page, 3, top + 0.66, "weights of 100 outputs, padded to 112: one row for each input")
    write(page, left - 0.72, top - 1, "inputs", rotation=90, color=SOFT)
    y = top - rows * high
    arrow(page, (left + 0.5 * wide, y - 0.32), (left + 0.5 * wide, y - 0.02))
    write(page, left + 0.9, y - 0.45, "a group: 16 lanes", fontsize=SMALL, color=SOFT)
    write(page, left + 3.5, y - 0.45, "a row of input 0 is never touched", fontsize=SMALL,
          color=SOFT)  # fmt: skip
    return figure_of(page)


@drawing("works-learn.svg")
def learn() -> Figure:
    """Draw how one row of weights is used and changed in one go."""
    page = sheet(3.3)
    box(page, 3, 2.85, 2.6, 0.4, "row of W in memory", BLUE)
    box(page, 3, 1.95, 1.9, 0.4, "row in registers", BLUE)
    arrow(page, (3, 2.63), (3, 2.16))
    write(page, 2.35, 2.4, "load once", fontsize=SMALL, color=SOFT)
    box(page, 1.1, 1.0, 1.7, 0.4, "row · δ", GREEN)
    box(page, 4.6, 1.0, 2.3, 0.4, "row - η a δ", ORANGE)
    arrow(page, (2.4, 1.74), (1.3, 1.22))
    arrow(page, (3.5, 1.74), (4.5, 1.22))
    box(page, 1.1, 0.25, 2.1, 0.4, "sum for δ below", GREEN)
    arrow(page, (1.1, 0.79), (1.1, 0.46))
    arrow(page, (5.4, 1.22), (4.32, 2.85), colour=ORANGE, bend=0.35)
    write(page, 5.1, 2.45, "store", fontsize=SMALL, color=SOFT)
    note = "δ: of the layer above,\na: of the unit below"
    write(page, 4.6, 0.25, note, fontsize=SMALL, color=SOFT)
    return figure_of(page)


@drawing("works-tree.svg")
def tree() -> Figure:
    """Draw the tree in which the 16 lanes of a group are added."""
    page = sheet(3.7)
    step, y, gap = 0.35, 3.15, 0.68
    places = [0.375 + step * i for i in range(16)]
    for i, x in enumerate(places):
        cell(page, x - 0.15, y - 0.15, 0.3, 0.3, BLUE, 0.25)
        write(page, x, y, str(i), bbox=None, fontsize=SMALL)
    width, level = 16, 0
    while width > 1:
        width //= 2
        level += 1
        below = y - level * gap
        for i in range(width):
            x = places[i]
            start = y - (level - 1) * gap - 0.15
            arrow(page, (x, start), (x, below + 0.16), width=1.0)
            arrow(page, (places[i + width], start), (x, below + 0.16), width=0.8, head=False)
            cell(page, x - 0.15, below - 0.15, 0.3, 0.3, GREEN if width == 1 else BLUE, 0.4)
            if width == 1:
                write(page, x + 0.62, below, "the sum", color=GREEN)
        write(page, 5.1, below - 0.02, f"{2 * width} → {width}", fontsize=SMALL, color=SOFT)
    return figure_of(page)


@drawing("works-block.svg")
def block() -> Figure:
    """Draw a block of 16 samples: what a sample needs of those before it."""
    page = sheet(3.6)
    box(page, 1.0, 1.9, 1.3, 1.5, "W before\nthe block", BLUE)
    write(page, 1.0, 0.85, "read once", fontsize=SMALL, color=SOFT)
    left, top, side, n = 2.6, 2.78, 0.105, 16
    cell(page, left, top - n * side, n * side, n * side, FAINT, 0.1)
    for i in range(n):
        for j in range(i):
            x, y = left + j * side, top - (i + 1) * side
            cell(page, x, y, side, side, ORANGE, 0.5)
    write(page, left + 8 * side, top + 0.48, "products of samples", color=ORANGE)
    write(page, left + 8 * side, top + 0.2, "i (down) and j < i", fontsize=SMALL, color=SOFT)
    arrow(page, (1.68, 1.9), (2.55, 1.9))
    write(page, 2.1, 2.12, "W x", fontsize=SMALL)
    box(page, 5.35, 1.9, 1.1, 1.5, "W after\nthe block", GREEN)
    arrow(page, (left + n * side + 0.05, 1.9), (4.77, 1.9))
    write(page, 4.52, 2.12, "steps", fontsize=SMALL)
    write(page, 5.3, 0.85, "read and\nwritten once", fontsize=SMALL, color=SOFT)
    write(page, 3, 0.25, "Sample by sample, it would be 16 times.")
    return figure_of(page)


@drawing("works-threads.svg")
def threads() -> Figure:
    """Draw two threads that share a sample of a net with two hidden layers."""
    page = sheet(4.5)
    parts = (
        ("own units of layer 1", BLUE),
        ("own units of layer 2,\nand their part of the outputs", BLUE),
        ("outputs and their δ;\nlearn own units of layer 2", ORANGE),
        ("own δ of layer 1;\nlearn own units of layer 1", ORANGE),
    )
    y = 3.75
    for side, x in enumerate((1.45, 4.55)):
        write(page, x, 4.3, f"thread {side + 1}", fontweight="bold")
    for k, (text, colour) in enumerate(parts):
        for x in (1.45, 4.55):
            box(page, x, y, 2.75, 0.56, text, colour, fontsize=SMALL)
        if k < 3:
            page.plot((0.1, 5.9), (y - 0.52, y - 0.52), color=GREEN, lw=2, zorder=1)
            write(page, 3, y - 0.52, "meet", color=GREEN, fontsize=SMALL)
        y -= 1.04
    return figure_of(page)
