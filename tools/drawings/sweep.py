"""The picture of docs/sweeps.md: the trials of a sweep over a table."""

from matplotlib.figure import Figure

import fastnet
from fastnet import plot

from .ink import drawing
from .pages import TUTORIAL

SPACE = {
    "learning_rate": (0.001, 0.1),
    "hidden": [(16,), (32,), (64, 32)],
    "epochs": (5, 60),
    "l2": (1e-4, 1),
}  # fmt: skip


@drawing("sweep.png")
def sweep() -> Figure:
    """Draw what each option does for the incomes of people."""
    path = TUTORIAL.parent / "people.csv"
    (X, y), _ = fastnet.datasets.read(path, target="income", drop=["name"])
    found = fastnet.sweep(X, y, SPACE, seeds=3, trials=80, threads=1, prune=False, verbose=False)
    return plot.sweep(found, theme="light").figure
