"""Targets of samples: the indices of their classes, or numbers. They are checked once."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..diagnostics import warn
from ..typing import Array
from .arrays import answers, in_rows, shown, without_column
from .labels import LETTERS, plain, type_name
from .samples import check_finite

SORTED = 1 << 16  # labels that are sorted together
FEW = 128  # labels that are looked up one by one in less time


class Targets(NamedTuple):
    """Checked targets of n samples: the indices of their classes, or their rows of numbers."""

    labels: Array  # (n,) int32, or (0,); -1 for a label that is not among the classes
    numbers: Array  # (n * outputs,) of the net's dtype, or (0,)
    outputs: int
    classes: Array | None
    column: bool = False  # True if they came as (n, 1)

    def take(self, order: Array) -> tuple[Array, Array]:
        """Return the labels and numbers of the samples at `order`."""
        rows = self.numbers.reshape(-1, self.outputs)
        return (
            (self.labels[order], self.numbers)
            if len(self.labels)
            else (self.labels, rows[order].reshape(-1))
        )

    def rows(self, places: Array) -> Targets:
        """Return the targets of the samples at these places."""
        labels, numbers = self.take(places)
        return self._replace(labels=labels, numbers=numbers)


def checked_classes(classes: Any) -> Array:
    """Return classes as an array of labels, each once.

    Raises
    ------
    TypeError
        They are neither whole numbers nor strings.
    ValueError
        They are not one-dimensional, or a label comes twice.
    """
    array = answers(classes, "classes")
    if array.dtype.kind not in LETTERS:
        raise TypeError(f"classes: dtype {array.dtype}, wanted integers or strings")
    if array.ndim != 1:
        raise ValueError(f"classes: shape {array.shape}, wanted a row of labels")
    if len(np.unique(array)) < len(array):
        raise ValueError("classes: one of them comes twice, wanted each once")
    return array.copy()


def as_targets(
    y: Any,
    n: int,
    dtype: np.dtype,
    classes: Array | None = None,
    name: str = "y",
    labels: bool = True,
    least: int | None = None,
) -> Targets:
    """Check the targets of n samples.

    Parameters
    ----------
    y : array_like
        Class labels (n,) or (n, 1): integers or strings; or numbers (n,) or (n, outputs).
    n : int
        The number of samples.
    dtype : numpy.dtype
        The dtype of the net.
    classes : array, optional
        The known classes. By default, if y holds labels, they are the labels in y.
    name : str
        The name of y in errors.
    labels : bool
        True if y may hold labels. Otherwise whole numbers are numbers.
    least : int, optional
        The least number of labels that must be among the classes. Fewer are an error; the others
        give a warning. By default all must be among them.

    Raises
    ------
    TypeError
        y holds neither labels nor real numbers.
    ValueError
        y has a wrong length or shape, an unknown or missing label, NaN or infinity.
    """
    array = answers(y, name)
    if array.ndim not in (1, 2) or len(array) != n:
        raise ValueError(f"{name}: shape {array.shape}, wanted ({n},) or ({n}, outputs), as X")
    none = np.zeros(0, np.int32)
    column = array.ndim == 2 and array.shape[1] == 1
    if labels and array.dtype.kind in LETTERS and (column or array.ndim == 1):
        array = without_column(array, name, told=classes is not None)
        if classes is None:
            classes = _distinct(array)
            if len(classes) < 2:
                only = classes.tolist()[0]
                raise ValueError(f"{name}: only one class, {only!r}, wanted two or more")
        indices = _indices(array, classes, name, least)
        return Targets(indices, none.astype(dtype), len(classes), classes)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{name}: dtype {array.dtype}, wanted class labels or real numbers")
    numbers = array.reshape(n, -1)
    if not numbers.shape[1]:
        raise ValueError(f"{name}: shape {array.shape}, wanted at least one output")
    check_finite(numbers, dtype, name)
    flat = np.require(numbers.reshape(-1), dtype, ["C", "W", "A"])
    return Targets(none, flat, numbers.shape[1], None, column)


def _parts(labels: Array) -> list[Array]:
    """Return the labels in parts, since sorting needs many times their memory."""
    return [labels[start : start + SORTED] for start in range(0, len(labels), SORTED)]


def _distinct(labels: Array) -> Array:
    """Return the labels that occur, sorted."""
    parts = [_sorted(part, places=False)[0] for part in _parts(labels)]
    return parts[0] if len(parts) == 1 else np.unique(np.concatenate(parts))


def _sorted(labels: Array, places: bool = True) -> tuple[Array, Array]:
    """Return the labels that occur, sorted, and, if asked, the place of each among these."""
    whole, span = labels.dtype.kind in "iu" and len(labels) > FEW, 0
    if whole:
        least = labels.min()
        span = int(labels.max()) - int(least) + 1
    if not whole or span > len(labels):
        known, which = (
            np.unique(labels, return_inverse=True) if places else (np.unique(labels), labels)
        )
        return known, which
    # Numbers near each other need no sorting. Beyond 63 bits the difference is right, too.
    above = labels.astype(np.int64) - least.astype(np.int64)
    numbers, occurs = np.empty(span, labels.dtype), np.zeros(span, bool)
    numbers[above], occurs[above] = labels, True
    return numbers[occurs], (np.cumsum(occurs) - 1)[above]


def _indices(labels: Array, classes: Array, name: str, least: int | None) -> Array:
    """Return the index of the class of each label, int32."""
    of = indices_of(classes)
    indices = _found(labels, of)
    if not len(indices) or indices.min() >= 0:
        return indices
    unknown = np.flatnonzero(indices < 0)
    types = {type_name(type(some[0])) for some in (labels, classes)}
    if least is None or len(labels) - len(unknown) < least or len(types) > 1:
        label = labels[unknown[0]]
        same = unknown[labels[unknown] == label]
        raise _no_class(f"{shown(plain(label))} in {in_rows(same)}", of, name)
    some = _few(np.unique(labels[unknown]).tolist())
    warn(
        f"{len(unknown):,} of {len(labels):,} labels are none of the network's classes "
        f"({some}): they count as wrong and have no loss"
    )
    return indices


def _found(labels: Array, of: dict[Any, int]) -> Array:
    """Return the index of the class of each label, -1 for a label without one."""
    if len(labels) <= FEW:
        return np.array([of.get(label, -1) for label in labels.tolist()], np.int32)
    indices, start = np.empty(len(labels), np.int32), 0
    for part in _parts(labels):
        known, which = _sorted(part)
        of_known = np.array([of.get(label, -1) for label in known.tolist()], np.int32)
        indices[start : start + len(part)] = of_known[which]
        start += len(part)
    return indices


def _few(labels: list[Any]) -> str:
    return ", ".join(map(str, labels[:10])) + (", ..." if len(labels) > 10 else "")


def indices_of(classes: Array) -> dict[Any, int]:
    """Return the index of each class."""
    return {label: index for index, label in enumerate(classes.tolist())}


def index_of(label: Any, indices: dict[Any, int], name: str) -> int:
    """Return the index of the class of one label."""
    try:
        return indices[label]
    except (KeyError, TypeError):  # TypeError: an array, a list
        raise _no_class(repr(plain(label)), indices, name) from None


def numbers_came(y: Any, indices: dict[Any, int], name: str) -> ValueError:
    """Return the error for numbers in the place of labels."""
    label, dtype = next(iter(indices)), np.asarray(y).dtype
    return ValueError(
        f"{name}: dtype {dtype}, but the network's targets are labels such as {label!r}"
    )


def _no_class(label: str, indices: dict[Any, int], name: str) -> ValueError:
    known = _few(list(indices))
    return ValueError(f"{name}: label {label} is none of the net's classes ({known})")
