"""Small images side by side: their captions can be read, and none lies over another."""

import itertools

import numpy as np
import pytest
from matplotlib.figure import Figure

from fastnet import Network, plot

pytestmark = pytest.mark.compiled

WORDS = [f"the class number {k}" for k in range(3)]


@pytest.fixture(scope="module")
def wrong():
    """A net that is always wrong, and images of 8 by 8."""
    W = np.random.default_rng(0).normal(size=(64, 3))
    net = Network.from_weights([W], [[0, 0, 0]], classes=WORDS)
    X = np.random.default_rng(1).random((80, 64))
    return net, X, np.array(WORDS)[(net.predict_proba(X).argmax(axis=1) + 1) % 3]


def captions(ax):
    figure = ax.get_figure()
    figure.draw_without_rendering()
    return [text.get_window_extent() for text in ax.texts], [t.get_fontsize() for t in ax.texts]


@pytest.mark.parametrize("size", [(3.3, 2.5), None, (13, 7.5)])
@pytest.mark.parametrize("n", [1, 12, 60])
def test_captions_keep_apart(wrong, n, size):
    ax = plot.mistakes(*wrong, n=n, size=size)
    boxes, fonts = captions(ax)
    assert len(boxes) == n
    assert not any(a.overlaps(b) for a, b in itertools.combinations(boxes, 2))
    assert min(fonts) > (5 if n < 60 else 1.5 if size == (3.3, 2.5) else 4)


def test_captions_keep_apart_in_given_axes(wrong):
    figure = Figure((10, 4), layout="constrained")
    for ax in figure.subplots(1, 3):
        plot.mistakes(*wrong, ax=ax)
    for ax in figure.axes:
        boxes, _ = captions(ax)
        assert not any(a.overlaps(b) for a, b in itertools.combinations(boxes, 2))
