"""Weights of rows and classes, as scikit-learn's users have them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from numbers import Real
from typing import Any

import numpy as np
from sklearn.utils import check_array

from ..checks import number
from ..data.weights import MANY
from ..typing import Array


def checked_weights(sample_weight: Any, n: int) -> Array | None:
    """Return the weights (n,), float64, of which one at least is not 0; None if all are 1.

    A mean weight below 1 or above MANY says that they are no counts: then they are divided by it.
    """
    if sample_weight is None:
        return None
    if isinstance(sample_weight, Real):
        sample_weight = np.full(n, sample_weight)
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


def with_classes(weights: Array | None, class_weight: Mapping[Any, float], targets: Any) -> Array:
    """Return the weights (n,) of labels times those of their classes, of the same sum as before."""
    of = np.array(by_class(class_weight, targets.classes.tolist()))
    codes = targets.values
    if not (of[codes] > 0).any():
        raise ValueError("class_weight: all weights are zero, wanted one class at least")
    before = np.ones(len(codes)) if weights is None else weights
    after = before * of[codes]
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
