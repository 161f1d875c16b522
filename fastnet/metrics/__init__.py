"""Measures of how good answers are, from plain arrays: labels, numbers, probabilities.

They are those of scikit-learn, where it has them, and are held to it in the tests. Sums are exact
(`math.fsum`), so a measure does not depend on the order of the samples.
"""

from .certainty import (
    Calibration,
    calibration,
    calibration_error,
    cost_of,
    label_log_loss,
    log_loss,
)
from .curves import auc, average_precision, precision_recall, roc
from .labels import ByClass, accuracy, by_class, confused, confusion, distinct, indices
from .numbers import mae, r_squared, rmse, spread

__all__ = [
    "ByClass",
    "Calibration",
    "accuracy",
    "auc",
    "average_precision",
    "by_class",
    "calibration",
    "calibration_error",
    "confused",
    "confusion",
    "cost_of",
    "distinct",
    "indices",
    "label_log_loss",
    "log_loss",
    "mae",
    "precision_recall",
    "r_squared",
    "rmse",
    "roc",
    "spread",
]
