"""Images as they are, and as epochs learn them: the very pixels."""


import itertools

import numpy as np
import pytest
from matplotlib.figure import Figure

import fastnet
from fastnet import Elastic, plot
from fastnet.data.samples import Samples
from tests.plot.helpers import below, refused, title

pytestmark = pytest.mark.compiled
ELASTIC = Elastic(alpha=20, sigma=3, shift=1)


@pytest.fixture(scope="module")
def deforming(digits):
    """A net that has learned deformed images."""
    X, y = digits[0]
    return fastnet.train(X[:200], y[:200], hidden=(4,), epochs=1, augment=ELASTIC, seed=3)


def shown(ax, n, across, rows=28, columns=28):
    """The images (n, across, rows, columns) that are drawn, uint8."""
    (canvas,) = (image.get_array() for image in ax.get_images())
    gap = max(1, round(0.1 * max(rows, columns)))
    assert canvas.shape[:2] == (n * (rows + gap) - gap, across * (columns + gap) + gap)
    lefts = [k * (columns + gap) + 2 * gap * (k > 0) for k in range(across)]
    tiles = [
        [canvas[k * (rows + gap) :, left:][:rows, :columns] for left in lefts] for k in range(n)
    ]
    return np.rint(np.array(tiles)[..., 0] * 255).astype(np.uint8)


def test_it_shows_what_the_net_has_learned(deforming, digits):
    X = digits[0][0][:200]
    ax = plot.deformed(deforming, X, n=4, epochs=3)
    found = shown(ax, 4, 4).reshape(4, 4, -1)
    places = [int((image == X).all(axis=1).argmax()) for image in found[:, 0]]
    assert sorted({*places}) == places  # four of them, in their order
    for epoch in (1, 2, 3):
        wanted = ELASTIC.deform(X, seed=3, epoch=epoch)[places]
        np.testing.assert_array_equal(found[:, epoch], wanted)
    assert title(ax) == "Each epoch learns other images"
    said = "alpha 20, sigma 3, rotation 12, scaling 0.14, shear 0.1, shift 1; seed 3"
    assert below(ax) == said
    words = [label.get_text() for label in ax.get_xticklabels()]
    assert words == ["as it is", "epoch 1", "2", "3"]


def test_a_deformation_alone_and_another_than_the_nets(deforming, digits, net):
    X = digits[0][0]
    wanted = shown(plot.deformed(ELASTIC, X, n=2, epochs=2), 2, 3)
    for form in (ELASTIC.to_dict(), "alpha=20,sigma=3,shift=1"):
        np.testing.assert_array_equal(shown(plot.deformed(form, X, n=2, epochs=2), 2, 3), wanted)
    for model in (deforming, net):
        ax = plot.deformed(model, X, n=2, epochs=2, augment=ELASTIC, seed=0)
        np.testing.assert_array_equal(shown(ax, 2, 3), wanted)
    both = fastnet.train_seeds(X[:60], np.arange(60) % 3, 2, epochs=1, augment=ELASTIC)
    np.testing.assert_array_equal(shown(plot.deformed(both, X, n=2, epochs=2), 2, 3), wanted)


def test_images_of_any_shape_and_few_of_them(digits):
    X = digits[0][0][:3].reshape(3, 14, 56)
    for form in (X, Samples(X, np.dtype("float32"))):
        found = shown(plot.deformed("affine", form, epochs=1), 3, 2, 14, 56)
        np.testing.assert_array_equal(found[:, 0], X)
    assert below(plot.deformed(Elastic(0, flip=True), X)) == (
        "rotation 12, scaling 0.14, shear 0.1; every other one is mirrored; seed 0"
    )
    still = plot.deformed({"alpha": 0, "rotation": 0, "scaling": 0, "shear": 0}, X)
    assert below(still) == "nothing moves; seed 0"


@pytest.mark.parametrize("size", [(3.3, 2.5), None, (13, 7.5)])
def test_words_above_keep_apart(size, digits):
    ax = plot.deformed("elastic", digits[0][0], size=size)
    ax.figure.draw_without_rendering()
    boxes = [label.get_window_extent() for label in ax.get_xticklabels()]
    assert len(boxes) == 9
    assert all(one.x1 < other.x0 for one, other in itertools.pairwise(boxes))
    assert boxes[0].x1 < boxes[1].x0


def test_it_fits_axes_that_are_given(digits):
    figure = Figure((8, 4), layout="constrained")
    for ax in figure.subplots(1, 2):
        assert plot.deformed("elastic", digits[0][0], ax=ax, n=3, epochs=3) is ax
    figure.draw_without_rendering()


def test_errors(net, deforming, digits):
    X = digits[0][0]
    told = r"^net: it has learned images as they are, wanted augment"
    refused(told, plot.deformed, net, X)
    refused("^X: dtype float64, but augment wants", plot.deformed, deforming, X / 255,
            error=TypeError)  # fmt: skip
    refused(r"shape: \(28, 28\) has 784|has 784 pixels", plot.deformed, deforming, X[:, :400])
    refused("^augment: 'elastik'", plot.deformed, "elastik", X)
    refused("^net: int, wanted a Network", plot.deformed, 3, X, error=TypeError)
    refused("^epochs: 0, wanted", plot.deformed, deforming, X, epochs=0)
