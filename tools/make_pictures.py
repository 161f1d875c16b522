"""Draw the pictures of docs/pictures.md: `python -m tools.make_pictures [FOLDER]`."""

import sys
import warnings
from pathlib import Path

import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import fastnet
from fastnet import plot
from fastnet.plot.style import THEMES

ROOT = Path(__file__).parents[1]


def sheet(theme: str) -> tuple[Figure, list]:
    """Return a figure for four pictures, and its Axes."""
    figure = Figure((11, 7.6), layout="constrained", facecolor=THEMES[theme].ground)
    FigureCanvasAgg(figure)
    figure.get_layout_engine().set(w_pad=0.12, h_pad=0.12)
    return figure, list(figure.subplots(2, 2).flat)


def digits() -> Figure:
    """Draw nets that have learned digits."""
    (X, y), test = fastnet.datasets.load("digits")
    nets = fastnet.train_seeds(X, y, 4, hidden=(30,), epochs=12, validation_data=test)
    figure, axes = sheet("light")
    plot.learning_curves(nets, axes[0])
    plot.confusion_matrix(nets, *test, ax=axes[1])
    plot.mistakes(nets, *test, ax=axes[2])
    plot.weights(nets[0], axes[3])
    return figure


def people() -> Figure:
    """Draw nets that have learned a table."""
    table = pd.read_csv(ROOT / "docs" / "people.csv").drop(columns="name")
    figure, axes = sheet("dark")
    X, y = table.drop(columns="income"), table["income"].astype(float)
    incomes = fastnet.train(X[:800], y[:800])
    plot.importance(incomes, X[800:], y[800:], axes[0])
    plot.residuals(incomes, X[800:], y[800:], axes[1])
    X, y = table.drop(columns="owner"), table["owner"]
    owners = fastnet.train(X[:800], y[:800])
    plot.roc(owners, X[800:], y[800:], axes[2])
    plot.calibration(owners, X[800:], y[800:], axes[3])
    return figure


def main(folder: Path) -> None:
    """Write both files."""
    warnings.simplefilter("ignore", fastnet.LearningWarning)
    for draw in (digits, people):
        draw().savefig(folder / f"{draw.__name__}.png", dpi=100, metadata={"Software": None})


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "pictures")
