"""The targets of rows: labels, several labels at once, or numbers, as a net learns them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar, TypeVar

import numpy as np
from sklearn.utils import check_array
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import column_or_1d

from ..data.arrays import answers
from ..data.labels import LETTERS
from ..model.outputs import LOSSES
from ..typing import Array
from .words import naming

T = TypeVar("T", bound="Targets")
OF_NUMBERS = {loss.task: name for name, loss in LOSSES.items()}  # the loss of each task


@dataclass(frozen=True, eq=False)
class Targets:
    """Numbers of rows, or what stands for them.

    Attributes
    ----------
    values : ndarray, shape (n,) or (n, outputs)
        Numbers, float64, or codes of classes.
    """

    values: Array

    task: ClassVar[str] = "regression"
    options: ClassVar[dict[str, Any]] = {"loss": OF_NUMBERS["regression"]}  # of a net

    def at(self: T, places: Array) -> T:
        """Return the targets at some places."""
        return replace(self, values=self.values[places])

    @property
    def labels(self) -> Array | None:
        """The labels of a net's outputs; None without."""
        return None

    @property
    def answers(self) -> Array:
        """The targets as a net learns them."""
        return self.values

    @property
    def the_same(self) -> bool:
        """True if all rows have one answer, which a net need not learn."""
        return bool((self.values == self.values[0]).all())

    @property
    def the_only(self) -> str:
        """The one answer of all rows in words."""
        return f"all rows have {', '.join(f'{v:g}' for v in np.ravel(self.values[0])[:6])}"

    def mean(self, weights: Array | None) -> Array:
        """Return the mean (outputs,) of the targets; of equal ones it is exact."""
        rows = self.values.reshape(len(self.values), -1)
        if self.the_same:
            return rows[0].astype(np.float64)
        return np.average(rows, axis=0, weights=weights)

    def variance(self, units: Any) -> float:
        """Return the quadratic loss of always answering the mean, as a history has losses.

        Several outputs count in their own units.
        """
        rows = self.values.reshape(len(self.values), -1)
        if rows.shape[1] > 1 and units is not None:
            rows = units.scaled(rows)
        return float(((rows - rows.mean(axis=0)) ** 2).sum() / len(rows))


@dataclass(frozen=True, eq=False)
class Presence(Targets):
    """Several labels at once: 1.0 where a row has a label, else 0.0."""

    task: ClassVar[str] = "multilabel"
    options: ClassVar[dict[str, Any]] = {"loss": OF_NUMBERS["multilabel"]}
    the_same = False  # type: ignore[assignment]


@dataclass(frozen=True, eq=False)
class Labels(Targets):
    """One label a row, as its place among the sorted classes."""

    classes: Array

    task: ClassVar[str] = "classification"

    @property
    def options(self) -> dict[str, Any]:  # type: ignore[override]
        """The options of a net."""
        return {"classes": self.labels}

    @property
    def labels(self) -> Array:
        """The classes as fastnet has labels: words or whole numbers, or their places."""
        classes = self.classes
        if classes.dtype.kind in LETTERS:
            return classes
        whole = np.arange(len(classes))
        if classes.dtype.kind == "f" and (classes == np.rint(classes)).all():
            whole = classes.astype(np.int64)
        return whole

    @property
    def answers(self) -> Array:
        """The labels of the rows."""
        answers: Array = self.labels[self.values]
        return answers

    @property
    def the_same(self) -> bool:
        """True if there is one class only."""
        return len(self.classes) < 2

    @property
    def the_only(self) -> str:
        """The one class in words."""
        return f"all rows are {listed(self.classes)}"

    def mean(self, weights: Array | None) -> Array:
        """Return the share (outputs,) of each class."""
        counts = np.bincount(self.values, weights, len(self.classes))
        shares: Array = counts / counts.sum()
        return shares


def numbers_of(estimator: Any, y: Array, known: bool, classes: Any = None) -> Targets:
    """Return checked numbers, as many a row as before if an estimator is known to be fitted."""
    if y.dtype.kind not in "biuf":
        raise TypeError(f"y: dtype {y.dtype}, wanted real numbers")
    if y.ndim == 2 and y.shape[1] == 1:
        y = column_or_1d(y, warn=True)
    outputs = 1 if y.ndim == 1 else y.shape[1]
    if known and outputs != estimator.n_outputs_:
        raise ValueError(f"y: {outputs} numbers a row, wanted {estimator.n_outputs_}, as before")
    return Targets(y.astype(np.float64))


def labels_of(estimator: Any, y: Array, known: bool, classes: Any = None) -> Targets:
    """Return checked labels, one or several a row; the estimator gets or has `classes_`.

    `classes` are all classes, if y may have some of them only.
    """
    several = False
    if y.ndim > 1 or y.dtype.kind not in LETTERS:
        with naming("y"):
            check_classification_targets(y)
        several = type_of_target(y) == "multilabel-indicator"
    if known and several != (estimator.model_.classes is None):
        before = "one label a row" if several else "several labels at once"
        raise ValueError(f"y: shape {y.shape}, wanted {before}, as before")
    if not several:
        y = column_or_1d(y, warn=True)
        if not known:
            estimator.classes_ = np.unique(y) if classes is None else all_classes(classes)
        elif classes is not None and not np.array_equal(all_classes(classes), estimator.classes_):
            came, before = listed(all_classes(classes)), listed(estimator.classes_)
            raise ValueError(f"classes: {came}, wanted {before}, as before")
        return Labels(codes_of(y, estimator.classes_), estimator.classes_)
    if known and y.shape[1] != len(estimator.classes_):
        raise ValueError(f"y: {y.shape[1]} labels, wanted {len(estimator.classes_)}, as before")
    wanted = OF_NUMBERS["multilabel"]
    if estimator.loss not in (None, wanted):
        raise ValueError(f"loss: {estimator.loss!r}, but y has several labels, wanted {wanted!r}")
    others = y[(y != 0) & (y != 1)]
    if len(others):
        raise ValueError(f"y: {others[0]!s} in a column, wanted the presence of labels, 0 or 1")
    estimator.classes_ = np.arange(y.shape[1])
    return Presence(y.astype(np.float64))


def codes_of(y: Array, classes: Array) -> Array:
    """Return the place of each label among the sorted classes.

    Raises
    ------
    ValueError
        A label is none of them.
    """
    known, codes = np.unique(y, return_inverse=True)
    new = known[~np.isin(known, classes)]
    if len(new):
        some, wanted = ", ".join(map(repr, new[:3].tolist())), listed(classes)
        raise ValueError(f"y: label {some}, wanted one of the classes {wanted}")
    places: Array = np.searchsorted(classes, known)[codes]
    return places


def all_classes(classes: Any) -> Array:
    """Return the sorted classes of a call that may see some of them only."""
    array = answers(classes, "classes")
    if array.ndim != 1 or not len(array):
        raise ValueError(f"classes: shape {array.shape}, wanted a list of all labels")
    with naming("classes"):
        check_array(array, ensure_2d=False, dtype=None, input_name="classes")
    return np.unique(array)


def listed(classes: Array) -> str:
    """Return the first classes in words."""
    return ", ".join(map(repr, classes[:6].tolist())) + ", ..." * (len(classes) > 6)
