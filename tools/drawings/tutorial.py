"""The drawings of docs/tutorial/."""

from matplotlib.figure import Figure

from .ink import BLUE, GREEN, ORANGE, PINK, SOFT, arrow, box, circle, drawing, sheet, write


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
    for x, text in ((0.4, "inputs"), (2.5, "sum"), (4.15, "squash"), (5.55, "output")):
        write(ax, x, 0.12, text, color=SOFT)
    return ax.get_figure(root=True)
