"""Measures of probabilities: how much a net trusts its answers, and whether it should.

Logarithms are NumPy's: their last digit may differ from one CPU to another.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ..typing import Array
from .arrays import column, pair, parts, total, truths
from .labels import indices


class Calibration(NamedTuple):
    """Samples in bins by the confidence of their answers.

    Attributes
    ----------
    edges : numpy.ndarray
        The bounds of the bins (bins + 1,). A bin has what is above its lower bound, up to its upper
        one; the first has 0, too.
    samples : numpy.ndarray
        The number of samples in each bin (bins,), int64.
    confidence, right : numpy.ndarray
        The mean confidence in each bin, and the share of right answers (bins,); NaN in empty bins.
    """

    edges: Array
    samples: Array
    confidence: Array
    right: Array


def log_loss(
    y: ArrayLike, probabilities: ArrayLike, classes: ArrayLike, dtype: Any = None
) -> float:
    """Return the mean of -log p, where p is the probability of a sample's own label.

    It is the cross-entropy, which nets with softmax outputs minimise, and
    `sklearn.metrics.log_loss`, except for very small p: that one raises them to 1e-7 (float32).

    Parameters
    ----------
    y : array_like (n,)
        The labels of samples. Those that are not among the classes have no probability and are left
        out; if none is left, the loss is NaN.
    probabilities : array_like (n, k)
        The probabilities of the classes.
    classes : array_like (k,)
        The classes.
    dtype : dtype, optional
        The dtype with whose numbers the probabilities were computed; by default their own. A p of 0
        counts as its smallest normal number, so that the loss is finite.
    """
    table, labels = _probabilities(probabilities), column(y, "y")
    if table.ndim != 2 or table.shape != (len(labels), len(column(classes, "classes"))):
        raise ValueError(f"probabilities: shape {table.shape}, wanted a row of classes for each y")
    which = indices(labels, classes)
    known = np.flatnonzero(which >= 0)
    own = np.empty(len(known), table.dtype)
    for part in parts(len(known)):
        own[part] = table[known[part], which[known[part]]]
    return cost_of(own, dtype)


def cost_of(probabilities: ArrayLike, dtype: Any = None) -> float:
    """Return the mean of -log p for the probabilities p (n,) that samples' own labels had.

    It is what `log_loss` finds in a table of probabilities, for one that is too large to keep.
    `dtype` is as in `log_loss`. Without probabilities it is NaN.
    """
    p = _probabilities(column(probabilities, "probabilities"))
    if not len(p):
        return float("nan")
    least = np.finfo(p.dtype if dtype is None else dtype).tiny
    costs = np.empty(len(p))
    for part in parts(len(p)):
        costs[part] = -np.log(np.maximum(p[part].astype(np.float64), least))
    return total(costs) / len(costs) + 0.0  # not -0.0


def label_log_loss(present: ArrayLike, probabilities: ArrayLike, dtype: Any = None) -> float:
    """Return the mean of -log p, where p is the probability of what is so: a label's presence.

    It is `sklearn.metrics.log_loss` of two classes, for one label among several.

    Parameters
    ----------
    present : array_like (n,)
        Whether samples have the label: truth values, or 0 and 1; or the share of them that has it.
    probabilities : array_like (n,)
        The probabilities that they have it.
    dtype : dtype, optional
        The dtype with whose numbers the probabilities were computed; by default their own. Of it, a
        p of 0 counts as the smallest normal number, and a p of 1 as the largest below 1.
    """
    y, p = pair(present, probabilities, "probabilities")
    y, p = _probabilities(y, "present"), _probabilities(p)
    of = np.finfo(p.dtype if dtype is None else dtype)
    costs = np.empty(len(y))
    for part in parts(len(y)):
        own = np.clip(p[part].astype(np.float64), of.tiny, 1 - float(of.epsneg))
        share = y[part].astype(np.float64)
        costs[part] = -(share * np.log(own) + (1 - share) * np.log1p(-own))
    return total(costs) / len(costs)


def calibration(right: ArrayLike, confidence: ArrayLike, bins: int = 15) -> Calibration:
    """Return how often answers are right that have this confidence, in bins of one width.

    Guo et al., On Calibration of Modern Neural Networks, ICML 2017, section 2. With the presence of
    a label for `right` and its probability for `confidence`, it is
    `sklearn.calibration.calibration_curve`.

    Parameters
    ----------
    right : array_like (n,)
        Whether answers are right: truth values, or 0 and 1.
    confidence : array_like (n,)
        The probabilities of the answers, in [0, 1].
    bins : int
        The number of bins.
    """
    right, confidence = pair(right, confidence, "confidence")
    right, confidence = truths(right, "right"), _probabilities(confidence, "confidence")
    if bins < 1:
        raise ValueError(f"bins: {bins}, wanted at least one")
    edges = np.linspace(0.0, 1.0, bins + 1)
    which = np.searchsorted(edges[1:-1], confidence)
    samples = np.bincount(which, minlength=bins).astype(np.int64)
    hits = np.bincount(which[right], minlength=bins)
    sums = np.array([total(confidence[which == k].astype(float)) for k in range(bins)])
    means = np.full((2, bins), np.nan)
    np.divide([sums, hits], samples, out=means, where=samples > 0)
    return Calibration(edges, samples, *means)


def calibration_error(right: ArrayLike, confidence: ArrayLike, bins: int = 15) -> float:
    """Return the expected calibration error.

    It is the mean over samples of the distance of confidence and share of right answers in their
    bin: `sum over bins of samples / n * |right - confidence|` (Naeini et al., AAAI 2015; Guo et
    al., ICML 2017, equation 3).

    Parameters
    ----------
    right, confidence, bins
        As in `calibration`.
    """
    of = calibration(right, confidence, bins)
    full = of.samples > 0
    distances = of.samples[full] * np.abs(of.right[full] - of.confidence[full])
    return total(distances) / int(of.samples.sum())


def _probabilities(values: ArrayLike, name: str = "probabilities") -> Array:
    """Return an array of floats, none of them outside [0, 1] or NaN."""
    array = np.asarray(values)
    if array.dtype.kind not in "buif":
        raise ValueError(f"{name}: dtype {array.dtype}, wanted probabilities, from 0 to 1")
    array = array if array.dtype.kind == "f" else array.astype(np.float64)
    least, most = array.min(initial=0), array.max(initial=0)
    if not (least >= 0 and most <= 1):
        came = float(most if least >= 0 else least)
        raise ValueError(f"{name}: {came!r}, wanted probabilities, from 0 to 1")
    return array
