"""What deformation does: images as they are, and as some epochs learn them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from ..checks import whole
from ..data.samples import Samples
from ..images.deformation import keys_of, pixels
from ..images.elastic import LIMITS, Elastic
from ..model.ensemble import nets_of
from ..typing import Array
from .fitting import model_of
from .judged import drawn
from .letters import width
from .style import LEAST, Style, begin, finish
from .tiles import bare

GAP = 0.1  # between images, of their longer side; three times that beside those as they are


def deformed(
    net: Any,
    X: Any,
    ax: Axes | None = None,
    *,
    n: int = 5,
    epochs: int = 8,
    augment: Any = None,
    seed: int | None = None,
    theme: str | None = None,
    size: tuple[float, float] | None = None,
) -> Axes:
    """Draw images as they are, and beside each how it is deformed in the first epochs.

    Parameters
    ----------
    net : Network, Ensemble, fitted estimator, Elastic, dict or str
        A net that has learned deformed images: its record says how. Or the deformation itself, as
        `augment` of `fastnet.train`.
    X : array_like, shape (n, pixels) or (n, rows, columns), uint8
        The images, of which some are drawn. If they are those that `train` has learned, all of them
        and each once, these are the very images of its epochs. An estimator puts its rows in
        another order, so that its epochs have learned others of the kind.
    ax : matplotlib.axes.Axes, optional
        Where to draw; by default a new figure.
    n : int
        How many images are drawn, at most.
    epochs : int
        In how many epochs.
    augment : Elastic, dict or str, optional
        Another deformation than that of the net.
    seed : int, optional
        The seed of the deformations, and of the images that are drawn. By default it is the net's,
        or 0.
    theme, size
        As in `weights`.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    TypeError, ValueError
        The net has learned images as they are and `augment` is not given; or X holds no such
        images.
    """
    elastic, own = _deformation(net, augment)
    n, epochs = whole("n", n, 1, 100), whole("epochs", epochs, 1, 100)
    seed = own if seed is None else seed
    images = pixels(X.rows if isinstance(X, Samples) else X)
    elastic = elastic.fitting(X.shape if isinstance(X, Samples) else images.shape)
    images = images.reshape(len(images), -1)
    places, _ = drawn(len(images), n, seed)
    tiles = np.stack([images[places], *_epochs(elastic, images, places, seed, epochs)], axis=1)
    ax, style = begin(ax, theme, size)
    _draw(ax, style, tiles.reshape(*tiles.shape[:2], *elastic.shape_of(images.shape[1])))
    note = f"{_said(elastic)}; seed {seed}"
    return finish(ax, style, "Each epoch learns other images", note=note)


def _said(elastic: Elastic) -> str:
    """Return the limits of a deformation in words, without those that are 0."""
    limits = {name: value for name, value in vars(elastic).items() if name in LIMITS and value}
    if not elastic.alpha:
        limits.pop("sigma", None)
    moves = ", ".join(f"{name} {value:g}" for name, value in limits.items()) or "nothing moves"
    return f"{moves}; every other one is mirrored" if elastic.flip else moves


def _deformation(net: Any, augment: Any) -> tuple[Elastic, int]:
    """Return the deformation that `augment`, or else `net`, stands for; and the seed of its run."""
    seed = 0
    if isinstance(net, Elastic | Mapping | str):
        augment = net if augment is None else augment
    else:
        run = nets_of(model_of(net))[0].run or {"options": {}}
        seed = run["options"].get("seed") or 0
        augment = run["options"].get("augment") if augment is None else augment
    if augment is None:
        raise ValueError("net: it has learned images as they are, wanted augment, as 'elastic'")
    return Elastic.of(augment), seed


def _epochs(
    elastic: Elastic, images: Array, places: Array, seed: int, epochs: int
) -> Iterator[Array]:
    """Yield the images (n, pixels) at these places as each epoch learns them."""
    deformer = elastic.deformer(images.shape[1])
    for epoch in range(1, epochs + 1):
        out = np.empty((len(places), images.shape[1]), np.uint8)
        deformer.into(out, images, places, keys_of(seed, epoch, places))
        yield out


def _draw(ax: Axes, style: Style, tiles: Array) -> None:
    """Draw images (n, columns of the picture, rows, columns), the first ones apart."""
    n, across, rows, columns = tiles.shape
    gap = max(1, round(GAP * max(rows, columns)))
    lefts = np.arange(across) * (columns + gap) + 2 * gap * (np.arange(across) > 0)
    down = n * (rows + gap) - gap
    canvas = np.empty((down, lefts[-1] + columns, 3))
    canvas[:] = style.blend(style.theme.ground, 1.0)
    for k, row in enumerate(tiles):
        for left, image in zip(lefts, row, strict=True):
            top = k * (rows + gap)
            canvas[top : top + rows, left : left + columns] = image[..., None] / 255
    if style.trim:
        style.trim_to(ax, down / canvas.shape[1] * style.room(ax)[0] + 6 * style.font / 72)
    ax.imshow(canvas, interpolation="nearest")
    ax.set_anchor("NW")
    bare(ax)
    words = ["as it is", "epoch 1", *map(str, range(2, across))]
    ax.set_xticks(lefts + (columns - 1) / 2, words)
    cell = style.room(ax)[0] * (columns + gap) / canvas.shape[1]  # inches
    font = max(LEAST, min(style.font, 0.95 * cell / max(width(word, 1) for word in words)))
    ax.tick_params(labelbottom=False, labeltop=True, labelsize=font)
