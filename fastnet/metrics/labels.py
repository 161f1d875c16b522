"""Measures of answers that are labels."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ..typing import Array
from .arrays import column, pair, parts


class ByClass(NamedTuple):
    """What was counted and measured of each class; each field is (classes,).

    Attributes
    ----------
    samples, answered, right : numpy.ndarray
        How many samples are of the class, how many were answered so, how many are both; int64.
    precision, recall, f1 : numpy.ndarray
        right / answered, right / samples, and their harmonic mean; float64. NaN stands for 0 / 0.
    """

    samples: Array
    answered: Array
    right: Array
    precision: Array
    recall: Array
    f1: Array

    def macro(self) -> tuple[float, float, float]:
        """Return the means of precision, recall and F1 over the classes that occur.

        A class occurs if it has a sample or an answer. Its 0 / 0 counts as 0, as in scikit-learn.
        Without such a class, they are NaN.
        """
        occurs = self.samples + self.answered > 0
        if not occurs.any():
            return (np.nan,) * 3
        each = (np.nan_to_num(values[occurs]) for values in (self.precision, self.recall, self.f1))
        precision, recall, f1 = (float(np.cumsum(values)[-1] / len(values)) for values in each)
        return precision, recall, f1


def distinct(*arrays: ArrayLike) -> Array:
    """Return the labels that occur in arrays (n,), each once, sorted."""
    found = [_distinct(column(array, "labels")) for array in arrays]
    found = [array for array in found if len(array)] or found[:1]
    if len(found) == 1:
        return found[0]
    if {array.dtype.kind for array in found} in ({"i"}, {"u"}, {"U"}, {"S"}, {"b"}):
        return np.unique(np.concatenate(found))
    return _objects(_in_order([*{label: None for array in found for label in array.tolist()}]))


def indices(y: ArrayLike, classes: ArrayLike) -> Array:
    """Return the index of the class of each label y (n,), int32; -1 for a label without one."""
    y = column(y, "y")
    of: dict[Any, int] = {}
    for index, label in enumerate(column(classes, "classes").tolist()):
        of.setdefault(label, index)
    found = np.empty(len(y), np.int32)
    for part in parts(len(y)):
        labels = y[part]
        if labels.dtype.kind == "O":
            found[part] = [of.get(label, -1) for label in labels.tolist()]
            continue
        known, which = np.unique(labels, return_inverse=True)
        found[part] = np.array([of.get(label, -1) for label in known.tolist()], np.int32)[which]
    return found


def accuracy(y: ArrayLike, answers: ArrayLike) -> float:
    """Return the share of samples whose answer (n,) is their label y (n,).

    It is `sklearn.metrics.accuracy_score`.
    """
    of, said, _ = _pair(y, answers, None)
    return int(np.count_nonzero(of == said)) / len(of)


def confusion(y: ArrayLike, answers: ArrayLike, classes: ArrayLike | None = None) -> Array:
    """Return how often samples of each class were answered as each class.

    It is `sklearn.metrics.confusion_matrix`.

    Parameters
    ----------
    y, answers : array_like (n,)
        The labels of samples, and the answers to them.
    classes : array_like (k,), optional
        The order of rows and columns. Samples with another label or answer are left out. By
        default these are all labels and answers, sorted.

    Returns
    -------
    numpy.ndarray
        Counts (k, k), int64: row i has the samples of class i, column j those answered as class j.
    """
    of, said, k = _pair(y, answers, classes)
    counts = np.zeros(k * k, np.int64)
    for part in parts(len(of)):
        counts += 0 if k == 0 else np.bincount(_codes(of[part], said[part], k), minlength=k * k)
    return counts.reshape(k, k)


def confused(
    y: ArrayLike,
    answers: ArrayLike,
    classes: ArrayLike | None = None,
    most: int | None = None,
) -> tuple[Array, Array, Array]:
    """Return which classes are taken for which others, the most frequent mistakes first.

    Parameters
    ----------
    y, answers, classes
        As in `confusion`. Its matrix is not made, so that there may be any number of classes.
    most : int, optional
        The largest number of pairs to return; by default all.

    Returns
    -------
    tuple of numpy.ndarray
        The index of the class, that of the answer, and the number of samples; int64 (pairs,).
        Pairs of one number come in the order of the classes.
    """
    of, said, k = _pair(y, answers, classes)
    wrong = of != said
    codes, times = np.unique(_codes(of[wrong], said[wrong], k), return_counts=True)
    order = np.argsort(-times, kind="stable")[:most]
    return (*np.divmod(codes[order], max(k, 1)), times[order].astype(np.int64))


def by_class(y: ArrayLike, answers: ArrayLike, classes: ArrayLike | None = None) -> ByClass:
    """Return precision, recall and F1 of each class.

    With tp samples that are of the class and are answered so, fp that are only answered so, and fn
    that are only of the class: precision = tp / (tp + fp), recall = tp / (tp + fn),
    F1 = 2 tp / (2 tp + fp + fn) (van Rijsbergen, Information Retrieval, 1979, chapter 7). It is
    `sklearn.metrics.precision_recall_fscore_support` with `zero_division=numpy.nan`.

    Parameters
    ----------
    y, answers : array_like (n,)
        The labels of samples, and the answers to them.
    classes : array_like (k,), optional
        The classes. A sample with another label counts as a wrong answer. By default these are all
        labels and answers, sorted.
    """
    of, said, k = _pair(y, answers, classes)
    sets = of[of >= 0], said[said >= 0], of[(of >= 0) & (of == said)]
    samples, answered, right = (np.bincount(s, minlength=k).astype(np.int64) for s in sets)
    return ByClass(
        samples,
        answered,
        right,
        _share(right, answered),
        _share(right, samples),
        _share(2 * right, samples + answered),
    )


def _pair(y: Any, answers: Any, classes: Any) -> tuple[Array, Array, int]:
    """Return the indices of labels and of answers among the classes, and the number of classes."""
    y, answers = pair(y, answers, "answers")
    for name, labels in (("y", y), ("answers", answers)):
        if (nan := labels != labels).any():  # only NaN is not itself
            raise ValueError(f"{name}: nan in row {int(nan.argmax())}, wanted labels")
    known = distinct(y, answers) if classes is None else column(classes, "classes")
    return indices(y, known), indices(answers, known), len(known)


def _codes(of: Array, said: Array, k: int) -> Array:
    """Return a number for each pair of indices, except for those that are of no class."""
    known = (of >= 0) & (said >= 0)
    return of[known].astype(np.int64) * k + said[known]


def _share(part: Array, whole: Array) -> Array:
    return np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)


def _distinct(labels: Array) -> Array:
    """Return the labels that occur, sorted. Parts are sorted alone, which needs less memory."""
    if labels.dtype.kind == "O":
        return _objects(_in_order([*dict.fromkeys(labels.tolist())]))
    found = [np.unique(labels[part]) for part in parts(len(labels))]
    return np.unique(np.concatenate(found)) if found else labels


def _in_order(labels: list[Any]) -> list[Any]:
    """Return labels sorted: those of one type that can be, else by their types' names."""
    try:
        return sorted(labels)
    except TypeError:
        return sorted(labels, key=lambda label: (type(label).__name__, repr(label)))


def _objects(labels: list[Any]) -> Array:
    array = np.empty(len(labels), object)
    array[:] = labels
    return array
