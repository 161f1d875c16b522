"""The picture of docs/index.md: what a run leaves to look at."""

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import fastnet
from fastnet import plot

from .ink import GROUND, drawing


@drawing("first-look.png")
def first_look() -> Figure:
    """Draw how nets learn the bundled digits, one's weights, and what they get wrong."""
    (X, y), test = fastnet.datasets.load("digits")
    nets = fastnet.train_seeds(X, y, 4, hidden=(30,), epochs=12, validation_data=test)
    figure = Figure((13, 3.9), layout="constrained", facecolor=GROUND)
    FigureCanvasAgg(figure)
    figure.get_layout_engine().set(w_pad=0.12, h_pad=0.08)
    curves, weights, mistakes = figure.subplots(1, 3)
    plot.learning_curves(nets, curves)
    plot.weights(nets[0], weights)
    plot.mistakes(nets, *test, ax=mistakes)
    return figure
