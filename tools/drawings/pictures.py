"""The pictures of docs/pictures.md."""

import warnings
from pathlib import Path

import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import fastnet
from fastnet import plot
from fastnet.plot.style import THEMES

from .ink import drawing

ROOT = Path(__file__).parents[2]


def sheet(theme: str) -> tuple[Figure, list]:
    """Return a figure for four pictures, and its Axes."""
    figure = Figure((11, 7.6), layout="constrained", facecolor=THEMES[theme].ground)
    FigureCanvasAgg(figure)
    figure.get_layout_engine().set(w_pad=0.12, h_pad=0.12)
    return figure, list(figure.subplots(2, 2).flat)


@drawing("digits.png")
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


def quietly(X: pd.DataFrame, y: pd.Series) -> fastnet.Network:
    """Learn the first 800 people without a word."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", fastnet.LearningWarning)
        return fastnet.train(X[:800], y[:800])


@drawing("people.png")
def people() -> Figure:
    """Draw nets that have learned a table."""
    table = pd.read_csv(ROOT / "docs" / "people.csv").drop(columns="name")
    figure, axes = sheet("dark")
    X, y = table.drop(columns="income"), table["income"].astype(float)
    incomes = quietly(X, y)
    plot.importance(incomes, X[800:], y[800:], axes[0])
    plot.residuals(incomes, X[800:], y[800:], axes[1])
    X, y = table.drop(columns="owner"), table["owner"]
    owners = quietly(X, y)
    plot.roc(owners, X[800:], y[800:], axes[2])
    plot.calibration(owners, X[800:], y[800:], axes[3])
    return figure
