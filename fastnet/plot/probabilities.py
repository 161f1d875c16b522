"""Pictures of how sure a net is: calibration, and the curves of one class against the others."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from .. import metrics
from ..data.targets import index_of
from ..model.activations import names_of
from ..model.ensemble import Ensemble, nets_of
from ..model.network import Network
from ..typing import Array
from .fitting import fitting
from .judged import MOST, judged
from .letters import shown
from .style import begin, finish, write

FEW = 10  # samples of a bin that says little


def calibration(
    net: Any,
    X: Any,
    y: Any,
    ax: Axes | None = None,
    *,
    most: int | None = MOST,
    seed: int = 0,
    theme: str | None = None,
    size: tuple[float, float] | None = None,
) -> Axes:
    """Draw how often answers are right, by how sure the net was: its largest output.

    Points on the diagonal mean that a net that says 80% is right in 80%. Their size goes by the
    number of samples. The parameters are those of `confusion_matrix`.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    TypeError, ValueError
        The outputs are no probabilities, as those of softmax and sigmoid are, or X and y do not
        fit the net.
    """
    net = fitting("calibration", net)
    _check_shares(net)
    data = judged(net, X, y, most, seed)
    sure = np.clip(data.outputs.max(axis=1).astype(float), 0, 1)
    right = data.answers == data.truth
    bins = metrics.calibration(right, sure)
    full = bins.samples > 0
    said, came, counts = bins.confidence[full], bins.right[full], bins.samples[full]
    error = metrics.calibration_error(right, sure)
    ax, style = begin(ax, theme, size)
    low = min(0.5, max(0, np.floor(10 * min(said.min(), came.min()) - 1e-9) / 10))
    ax.plot([low, 1], [low, 1], color=style.theme.soft, linewidth=1, linestyle=(0, (4, 3)))
    area, alpha = (1.1 * style.font) ** 2, np.where(counts < FEW, 0.4, 1.0)
    ax.vlines(said, said, came, color=style.colour(1), linewidth=0.14 * style.font, alpha=alpha,
              clip_on=False)  # fmt: skip
    ax.scatter(said, came, area * (0.2 + 1.6 * counts / counts.max()), color=style.colour(0),
               alpha=alpha, linewidth=0, zorder=3, clip_on=False)  # fmt: skip
    ax.set(xlim=(low - 0.02, 1.03), ylim=(low - 0.02, 1.03))
    place = low + 0.06 * (1 - low)
    write(ax, style, place, 1 - 0.03 * (1 - low), "less sure than right", color=style.theme.soft,
          va="top")  # fmt: skip
    write(ax, style, 1, low + 0.03 * (1 - low), "surer than right", color=style.theme.soft,
          ha="right", va="bottom")  # fmt: skip
    _percent(ax)
    gap = float(sure.mean() - right.mean())
    word = "surer" if gap > 0 else "less sure"
    title = f"{sure.mean():.1%} sure and {right.mean():.1%} right on average"
    title += f": {word} than right" if abs(gap) > 0.02 else ": well calibrated" * (error < 0.03)
    note = f"calibration error {error:.1%}; area: number of samples"
    note += f"; faint: fewer than {FEW}" * bool((counts < FEW).any())
    return finish(ax, style, title, "how sure the net is", "share of right answers",
                  "; ".join(filter(None, [note, data.note])))  # fmt: skip


def _check_shares(net: Network | Ensemble) -> None:
    """Refuse outputs that are no probabilities."""
    for one in nets_of(net):
        if not one.outputs.are_probabilities:
            outputs = "/".join(names_of(one.activations[-1]))
            raise ValueError(
                f"net: outputs of {outputs} are no probabilities, wanted softmax or sigmoid; "
                "confusion_matrix and mistakes fit"
            )


def roc(
    net: Any,
    X: Any,
    y: Any,
    ax: Axes | None = None,
    *,
    positive: Any = None,
    most: int | None = MOST,
    seed: int = 0,
    theme: str | None = None,
    size: tuple[float, float] | None = None,
) -> Axes:
    """Draw the share of positives that are found against that of false alarms, at each threshold.

    Parameters
    ----------
    positive : label, optional
        The class to find, against all others. Of two classes, the default is the second.
    net, X, y, ax, most, seed, theme, size
        As in `confusion_matrix`.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    TypeError, ValueError
        There are more than two classes and no `positive`, only one class occurs, or X and y do not
        fit the net.
    """
    label, truth, scores, note = _of_one(net, X, y, "roc", positive, most, seed)
    false, true = metrics.roc(truth, scores)[:2]
    area = metrics.auc(truth, scores)
    ax, style = begin(ax, theme, size)
    ax.plot([0, 1], [0, 1], color=style.theme.soft, linewidth=1, linestyle=(0, (4, 3)))
    ax.plot(false, true, color=style.colour(0), linewidth=0.18 * style.font)
    ax.fill_between(false, true, color=style.colour(0), alpha=0.12, linewidth=0)
    write(ax, style, 0.97, 0.06, f"area {area:.3f}", color=style.colour(0), ha="right")
    write(ax, style, 0.62, 0.56, "guessing", color=style.theme.soft, va="top")
    ax.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    _percent(ax)
    found = float(true[false <= 0.1].max(initial=0))
    title = f"At 10% false alarms, {found:.0%} of {label} are found"
    return finish(ax, style, title, f"others taken for {label}", f"{label} found", note)


def precision_recall(
    net: Any,
    X: Any,
    y: Any,
    ax: Axes | None = None,
    *,
    positive: Any = None,
    most: int | None = MOST,
    seed: int = 0,
    theme: str | None = None,
    size: tuple[float, float] | None = None,
) -> Axes:
    """Draw the share of found ones that are right against the share that is found.

    The parameters and errors are those of `roc`.

    Returns
    -------
    matplotlib.axes.Axes
    """
    label, truth, scores, note = _of_one(net, X, y, "precision_recall", positive, most, seed)
    precision, recall = metrics.precision_recall(truth, scores)[:2]
    share = float(np.mean(truth))
    ax, style = begin(ax, theme, size)
    ax.axhline(share, color=style.theme.soft, linewidth=1, linestyle=(0, (4, 3)))
    ax.step(recall, precision, color=style.colour(0), linewidth=0.18 * style.font, where="post")
    below = share > 0.12
    ax.annotate(
        f"guessing: {share:.0%}", (0.99 if below else 0.01, share), (0, -3 if below else 3),
        textcoords="offset points", color=style.theme.soft, fontsize=style.font,
        ha="right" if below else "left", va="top" if below else "bottom", path_effects=style.halo,
    )  # fmt: skip
    ax.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.04))
    _percent(ax)
    half = float(precision[recall >= 0.9].max(initial=0))
    title = f"To find 90% of {label}, {half:.0%} of the alarms are right"
    return finish(ax, style, title, f"{label} found (recall)", "alarms that are right (precision)",
                  note)  # fmt: skip


def _of_one(
    net: Any, X: Any, y: Any, name: str, positive: Any, most: int | None, seed: int
) -> tuple[str, Array, Array, str]:
    """Return a class as text, its presence (n,), its scores (n,), and a note."""
    net = fitting(name, net)
    classes = net.classes.tolist()
    if positive is None:
        if len(classes) != 2:
            some = ", ".join(map(repr, classes[:3]))
            raise ValueError(
                f"net: {len(classes):,} classes, but {name} wants two, or positive=LABEL, the one "
                f"to find among all ({some} ...)"
            )
        positive = classes[1]
    index = index_of(positive, net.outputs.indices, "positive")
    data = judged(net, X, y, most, seed)
    truth = data.truth == index
    label = shown(positive) if isinstance(positive, str) else f"class {shown(positive)}"
    if truth.all() or not truth.any():
        came = "all" if truth.all() else "none"
        raise ValueError(
            f"y: {came} of {len(truth):,} samples are {positive!r}, but {name} wants some of both"
        )
    scores = data.outputs[:, index]
    if len(classes) == 2 and not all(one.outputs.add_up for one in nets_of(net)):
        scores = scores.astype(float) - data.outputs[:, 1 - index]  # as `fastnet evaluate` does
    return label, truth, scores, data.note


def _percent(ax: Axes) -> None:
    """Label both axes in percent."""
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(PercentFormatter(1, decimals=0))
