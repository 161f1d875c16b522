"""Measures of scores that rank samples: the higher, the more likely is the sample positive."""

import numpy as np
from numpy.typing import ArrayLike

from ..typing import Array
from .arrays import pair, total, truths


def roc(positive: ArrayLike, scores: ArrayLike) -> tuple[Array, Array, Array]:
    """Return the points of the receiver operating characteristic (ROC) of two classes.

    At each threshold: the share of negative samples with such a score or a higher one, and that of
    the positive samples. It is `sklearn.metrics.roc_curve` with `drop_intermediate=False`; Fawcett,
    An introduction to ROC analysis, Pattern Recognition Letters 27 (2006), algorithm 1.

    Parameters
    ----------
    positive : array_like (n,)
        Whether a sample is positive: truth values, or 0 and 1.
    scores : array_like (n,)
        Numbers, equal ones in any number.

    Returns
    -------
    tuple of numpy.ndarray
        False positive rates, true positive rates and thresholds, float64: one for each distinct
        score, the highest first, after (0, 0, inf). Without negative samples the first are NaN,
        without positive ones the second.
    """
    right, wrong, thresholds = _cumulated(positive, scores)
    rates = (np.concatenate([[0], counts]) for counts in (wrong, right))
    false, true = (counts / counts[-1] if counts[-1] else counts * np.nan for counts in rates)
    return false, true, np.concatenate([[np.inf], thresholds])


def auc(positive: ArrayLike, scores: ArrayLike) -> float:
    """Return the area under the ROC curve.

    It is the share of pairs, a positive and a negative sample each, in which the positive one has
    the higher score; equal scores count one half (Hanley and McNeil, Radiology 143, 1982). It is
    counted in whole numbers and divided once. It is `sklearn.metrics.roc_auc_score`. It is NaN if
    all samples are positive or none is.

    Parameters
    ----------
    positive, scores : array_like (n,)
        As in `roc`.
    """
    right, wrong, _ = _cumulated(positive, scores)
    pairs = int(right[-1]) * int(wrong[-1])
    if not pairs:
        return float("nan")
    above = np.concatenate([[0], right[:-1]])
    return int(((right + above) * np.diff(wrong, prepend=0)).sum()) / (2 * pairs)


def precision_recall(positive: ArrayLike, scores: ArrayLike) -> tuple[Array, Array, Array]:
    """Return the points of the precision-recall curve of two classes.

    It is `sklearn.metrics.precision_recall_curve`, whose order is the other way round.

    Parameters
    ----------
    positive, scores : array_like (n,)
        As in `roc`.

    Returns
    -------
    tuple of numpy.ndarray
        Precisions, recalls and thresholds, float64: one for each distinct score, the highest first,
        after (1, 0, inf). Recalls are NaN without positive samples.
    """
    right, wrong, thresholds = _cumulated(positive, scores)
    recall = right / right[-1] if right[-1] else right * np.nan
    first = ([1.0], [0.0], [np.inf])
    points = (right / (right + wrong), recall, thresholds)
    precision, recall, thresholds = map(np.concatenate, zip(first, points, strict=True))
    return precision, recall, thresholds


def average_precision(positive: ArrayLike, scores: ArrayLike) -> float:
    """Return the mean of the precisions at each threshold, weighted by the rise of the recall.

    It is `sklearn.metrics.average_precision_score`: sum of (R_i - R_i-1) P_i (Zhu, Recall,
    precision and average precision, 2004). It is NaN without positive samples.

    Parameters
    ----------
    positive, scores : array_like (n,)
        As in `roc`.
    """
    right, wrong, _ = _cumulated(positive, scores)
    if not right[-1]:
        return float("nan")
    return total(np.diff(right, prepend=0) * (right / (right + wrong))) / int(right[-1])


def _cumulated(positive: ArrayLike, scores: ArrayLike) -> tuple[Array, Array, Array]:
    """Return how many positive and negative samples have each distinct score or a higher one.

    The distinct scores come third, the highest first; float64.
    """
    positive, scores = pair(positive, scores, "scores")
    positive = truths(positive, "positive")
    if np.isnan(scores).any():
        raise ValueError(f"scores: nan in row {int(np.isnan(scores).argmax())}, wanted numbers")
    order = np.argsort(scores)[::-1]
    ranked = scores[order]
    last = np.append(np.flatnonzero(ranked[1:] != ranked[:-1]), len(ranked) - 1)
    right = np.cumsum(positive[order], dtype=np.int64)[last]
    return right, last + 1 - right, ranked[last].astype(np.float64)
