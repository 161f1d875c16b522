"""Pictures of layers: the first layer's weights as images, and what hidden units do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from ..checks import whole
from ..data.samples import Samples
from ..model.activations import POINTS, Activation, names_of
from ..model.network import Network
from ..reference import TRANSFER
from ..typing import Array
from .fitting import single
from .judged import drawn, len_of, part_of, rows_of
from .letters import all_shown, shown
from .style import Style, begin, finish
from .tiles import draw_tiles, image_shape

UNITS = 64  # images of weights
SAMPLES = 10_000
FLAT = 0.05  # a slope below this share of the steepest passes next to nothing back


def weights(
    net: Any,
    ax: Axes | None = None,
    *,
    n: int = UNITS,
    shape: tuple[int, ...] | None = None,
    theme: str | None = None,
    size: tuple[float, float] | None = None,
) -> Axes:
    """Draw the weights of each unit of the first layer as an image.

    All images have one scale. Of many units, those with the largest weights are drawn.

    Parameters
    ----------
    net : Network
        One whose inputs are pixels.
    ax : matplotlib.axes.Axes, optional
        Where to draw; by default a new figure.
    n : int
        How many units are drawn, at most.
    shape : (rows, columns) or (rows, columns, 3), optional
        That of the images. By default, 64 or more inputs whose number is a square are square
        images.
    theme : str, optional
        "light" or "dark"; by default that of the figure's background.
    size : pair of float, optional
        The width and height of a new figure in inches.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    TypeError, ValueError
        There are several nets, or the inputs are no images.
    """
    net, n = single("weights", net), whole("n", n, 1, 1000)
    shape = image_shape("weights", net, shape)
    _check_finite(net)
    own = np.asarray(net.weights[0], float).T
    units = np.arange(len(own))
    if len(own) > n:
        size_of = (own**2).sum(axis=1)
        units = np.sort(np.argsort(-size_of, kind="stable")[:n])
    top = float(np.quantile(np.abs(own[units]), 0.995)) or 1.0
    shares = np.clip(own[units] / top, -1, 1).reshape(len(units), *shape)
    ax, style = begin(ax, theme, size)
    hidden = len(net.sizes) > 2
    captions = [] if hidden else all_shown(_labels(net)[units].tolist(), 11)
    draw_tiles(ax, style, _coloured(style, shares), captions)
    what = "hidden unit" if hidden else "output"
    title = f"What each {what} looks for"
    note = ("a bright pixel raises the unit where it is orange, and lowers it where it is blue")
    if len(shape) == 3:
        note = "colours: the light that raises a unit; grey: none"
    if len(units) < len(own):
        note = f"the {len(units)} of {len(own):,} units with the largest weights; {note}"
    return finish(ax, style, title, note=note)


def _check_finite(net: Network) -> None:
    """Refuse a net that has diverged."""
    if not net.is_finite():
        raise ValueError("net: weights that are not finite numbers, since it has diverged")


def _labels(net: Network) -> Array:
    """Return the names of the outputs."""
    return np.arange(net.sizes[-1]) if net.classes is None else net.classes


def _coloured(style: Style, shares: Array) -> Array:
    """Return numbers -1 to 1 as colours: blue below 0, the background at 0, orange above."""
    if shares.ndim == 4:
        return np.asarray((shares + 1) / 2)
    below, above = (
        style.blend(style.colour(k), np.clip(sign * shares, 0, 1)) for k, sign in ((0, -1), (1, 1))
    )
    ground = style.blend(style.theme.ground, np.ones(shares.shape))
    frame = 0.03 * (style.blend(style.theme.ink, np.ones(shares.shape)) - ground)  # shows the tile
    return np.clip(np.where(shares[..., None] < 0, below, above) + frame, 0, 1)


def activity(
    net: Any,
    X: Any,
    ax: Axes | None = None,
    *,
    most: int | None = SAMPLES,
    seed: int = 0,
    theme: str | None = None,
    size: tuple[float, float] | None = None,
) -> Axes:
    """Draw for which share of samples each hidden unit hardly learns.

    There the slope of its activation is below 5% of the steepest: a relu is silent, a sigmoid
    saturated. A unit that does so for all samples is dead.

    Parameters
    ----------
    net : Network
        One with hidden layers.
    X : array_like or table
        Samples, as for `net.predict`.
    ax, most, seed, theme, size
        As in `confusion_matrix`.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    TypeError, ValueError
        There are several nets, no hidden layer, or X does not fit.
    """
    net = single("activity", net)
    if len(net.sizes) == 2:
        raise ValueError("net: no hidden layer, but activity wants one or more; weights fits")
    _check_finite(net)
    rows = rows_of(net, X)
    places, note = drawn(len_of(rows), most, seed)
    note = note or f"{len(places):,} row{'s' * (len(places) != 1)}"
    samples = net.samples(part_of(rows, places))
    ax, style = begin(ax, theme, size)
    names: list[str] = []
    dead, units, middle = 0, 0, 0.0
    for k, flat in enumerate(flat_shares(net, samples)):
        shares = np.sort(flat)
        x = np.arange(1, len(shares) + 1) / len(shares)
        stuck = int((shares == 1).sum())
        ax.plot(
            x, shares, color=style.colour(k), linewidth=0.16 * style.font, drawstyle="steps-mid",
            marker="o" if len(shares) <= 40 else "", markersize=0.35 * style.font, clip_on=False,
        )  # fmt: skip
        name = "/".join(names_of(net.activations[k]))
        text = f"layer {k + 1}: {len(shares)} {shown(name, 12)}" + f", {stuck} dead" * (stuck > 0)
        names.append(text)
        middle = max(middle, float(np.median(shares)))
        dead, units = dead + stuck, units + len(shares)
    ax.set(xlim=(0, 1.0), ylim=(-0.02, 1.02))
    _name_layers(ax, style, names, above=middle < 0.5)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(PercentFormatter(1, decimals=0))
    title = f"{dead:,} of {units:,} hidden units are dead" if dead else "No hidden unit is dead"
    return finish(ax, style, title, "units of the layer, the liveliest first",
                  "samples: silent or saturated", note)  # fmt: skip


def _name_layers(ax: Axes, style: Style, names: list[str], above: bool) -> None:
    """Write the names of the layers in the corner that their lines leave free."""
    for k, name in enumerate(names):
        x, y, va = (0.03, 0.97, "top") if above else (0.98, 0.03, "bottom")
        line = k if above else k - len(names) + 1
        ax.annotate(
            name, (x, y), (0, -1.3 * style.font * line), xycoords="axes fraction",
            textcoords="offset points", ha="left" if above else "right", va=va,
            color=style.colour(k), fontsize=style.font, path_effects=style.halo,
        )  # fmt: skip


def flat_shares(net: Network, samples: Samples) -> Iterator[Array]:
    """Yield for each hidden layer the share of samples (units,) at which its units are flat."""
    for k in range(len(net.sizes) - 2):
        before = [*net.activations[:k], "identity"]
        layers = Network.from_weights(
            net.weights[: k + 1], net.biases[: k + 1], before, dtype=net.dtype
        )
        z = layers.predict_proba(samples)
        slope, steepest = _slope(net.activations[k])
        yield (np.abs(slope(z)) < FLAT * steepest).mean(axis=0)


def _slope(activation: Activation) -> tuple[Any, float]:
    """Return the derivative of an activation, for arrays, and its largest value."""
    if isinstance(activation, str):
        slope = TRANSFER[activation][1]
    else:
        slope = np.vectorize(activation[1], otypes=[float])
    return slope, float(np.abs(slope(np.append(POINTS, 0.0))).max())
