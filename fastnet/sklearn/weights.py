"""Weights of rows and classes, as scikit-learn's users have them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from numbers import Real
from typing import Any

import numpy as np
from sklearn.utils import check_array
from sklearn.utils.class_weight import compute_sample_weight

from ..checks import number
from ..data.arrays import shown
from ..data.weights import MANY
from ..typing import Array
from .words import naming


def checked_weights(sample_weight: Any, n: int) -> Array | None:
    """Return the weights (n,), float64, of which one at least is not 0; None if all are 1.

    A mean weight below 1 or above MANY says that they are no counts: then they are divided by it.
    """
    if sample_weight is None:
        return None
    if isinstance(sample_weight, Real):
        sample_weight = np.full(n, sample_weight)
    with naming("sample_weight"):
        weights = check_array(
            sample_weight, ensure_2d=False, dtype=np.float64, input_name="sample_weight"
        )
    if weights.shape != (n,):
        raise ValueError(f"sample_weight: shape {weights.shape}, wanted ({n},), as X")
    bad = np.flatnonzero(weights < 0)
    if len(bad):
        came = f"{weights[bad[0]]:g} for sample {bad[0]}"
        raise ValueError(f"sample_weight: Negative values in data, {came}, wanted numbers >= 0")
    total, count = math.fsum(weights), np.count_nonzero(weights)
    if not count:
        raise ValueError("sample_weight: all weights are zero, wanted one sample at least")
    mean = total / count
    if not 1 <= mean <= MANY:
        weights = weights / mean
    return None if (weights == 1).all() else weights


def class_weights(class_weight: Any, weights: Array | None, targets: Any) -> Any:
    """Return the option `class_weight` of `train` for labels.

    Weights of classes are scaled so that those of all rows have the same sum as before.
    """
    if not isinstance(class_weight, Mapping):
        return class_weight
    of = np.array(by_class(class_weight, targets.classes.tolist()))
    before = np.ones(len(targets.values)) if weights is None else weights
    after = math.fsum(before * of[targets.values])
    if not after:
        raise ValueError("class_weight: all weights are zero, wanted one class at least")
    scaled = of * (math.fsum(before) / after)
    return dict(zip(targets.labels.tolist(), scaled.tolist(), strict=True))


def of_stream(class_weight: Any, targets: Any) -> Array | None:
    """Return the weight (n,) of the class of each row of a stream; None if all are 1."""
    if class_weight is None:
        return None
    if not isinstance(class_weight, Mapping) or targets.labels is None:
        came = shown(class_weight)
        raise ValueError(f"class_weight: {came}, wanted {{label: weight}} for partial_fit")
    return np.array(by_class(class_weight, targets.classes.tolist()))[targets.values]


def balanced(class_weight: Any, weights: Array | None, targets: Any) -> Array:
    """Return the weights (n,) of rows of several labels, times those that balance each label."""
    if class_weight != "balanced":
        came = shown(class_weight)
        raise ValueError(f"class_weight: {came}, but y has several labels, wanted 'balanced'")
    before = np.ones(len(targets.values)) if weights is None else weights
    after = before * compute_sample_weight(class_weight, targets.values)
    result: Array = after * (math.fsum(before) / math.fsum(after))
    return result


def by_class(class_weight: Mapping[Any, float], classes: list[Any]) -> list[float]:
    """Return the weight of each class: 1 for those that have none.

    Raises
    ------
    TypeError, ValueError
        A weight is no number >= 0; or a class has none while another label has one, which so is
        probably mistaken. Some rows may lack a class that has a weight.
    """
    without = [label for label in classes if label not in class_weight]
    others = [label for label in class_weight if label not in classes]
    if without and others:
        raise ValueError(
            f"class_weight: {others[0]!r} is none of the classes, and {without[0]!r} has no weight"
        )
    return [number("class_weight", class_weight.get(label, 1), 0) for label in classes]
