"""The picture of docs/images.md: digits, and how epochs learn them."""

from matplotlib.figure import Figure

import fastnet
from fastnet import plot

from .ink import drawing


@drawing("deformed.png")
def deformed() -> Figure:
    """Draw digits as they are, and as eight epochs learn them."""
    (X, _), _ = fastnet.datasets.load("digits")
    return plot.deformed("elastic", X, theme="light").figure
