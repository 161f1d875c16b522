"""The classifier: a label, or several at once, for each row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import column_or_1d

from ..typing import Array
from .base import FastNet
from .weights import with_classes


class FastNetClassifier(ClassifierMixin, FastNet):
    """Classifier of rows by a small dense net, which is trained one sample at a time."""

    def __init__(
        self,
        hidden_layer_sizes: Any = None,
        *,
        activation: Any = None,
        loss: str | None = None,
        alpha: float | None = None,
        learning_rate_init: float | None = None,
        schedule: Any = None,
        average: float | None = None,
        max_iter: int | None = None,
        n_nets: int = 1,
        shuffle: bool = True,
        random_state: Any = None,
        warm_start: bool = False,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 10,
        class_weight: Any = None,
        dtype: str = "float32",
        encode: str | None = None,
        threads: Any = 1,
        verbose: bool = False,
    ):
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.loss = loss
        self.alpha = alpha
        self.learning_rate_init = learning_rate_init
        self.schedule = schedule
        self.average = average
        self.max_iter = max_iter
        self.n_nets = n_nets
        self.shuffle = shuffle
        self.random_state = random_state
        self.warm_start = warm_start
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.class_weight = class_weight
        self.dtype = dtype
        self.encode = encode
        self.threads = threads
        self.verbose = verbose

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> FastNetClassifier:
        """Learn rows and their labels."""
        fitted: FastNetClassifier = self._fit(X, y, sample_weight)
        return fitted

    def predict(self, X: Any) -> Array:
        """Return the label (n,) of each row, or the presence (n, labels) of several, 0 or 1."""
        p = self.predict_proba(X)
        if self._multilabel:
            return (p > 0.5).astype(int)
        labels: Array = self.classes_[p.argmax(axis=1)]
        return labels

    def predict_proba(self, X: Any) -> Array:
        """Return the probability (n, classes) of each class; they sum to 1, float64."""
        p = self._outputs(X).astype(np.float64)
        return p if self._multilabel else normalised(p)

    def predict_log_proba(self, X: Any) -> Array:
        """Return the logarithms (n, classes) of the probabilities; that of 0 is -inf."""
        with np.errstate(divide="ignore"):
            logarithms: Array = np.log(self.predict_proba(X))
        return logarithms

    def _targets(self, y: Array, known: bool) -> Array:
        check_classification_targets(y)
        multilabel = type_of_target(y) == "multilabel-indicator"
        if known and multilabel != self._multilabel:
            raise ValueError("y: several labels and one at a time, wanted it as before")
        if multilabel:
            if known and y.shape[1] != len(self.classes_):
                raise ValueError(f"y: {y.shape[1]} labels, wanted {len(self.classes_)}, as before")
            self.classes_, self._multilabel = np.arange(y.shape[1]), True
            return y.astype(np.float64)
        y = column_or_1d(y, warn=True)
        classes, codes = np.unique(y, return_inverse=True)
        if known and not np.isin(classes, self.classes_).all():
            raise ValueError(f"y: {classes.tolist()}, wanted classes of before, as warm_start")
        if known:
            return np.searchsorted(self.classes_, y)
        self.classes_, self._multilabel = classes, False
        return codes

    def _constant(self, targets: Array, weights: Array | None, always: bool) -> Array | None:
        if self._multilabel:
            return np.average(targets, axis=0, weights=weights) if always else None
        if not always and len(self.classes_) > 1:
            return None
        counts = np.bincount(targets, weights, len(self.classes_))
        return counts / counts.sum()

    def _classes(self) -> Array | None:
        return None if self._multilabel else np.arange(len(self.classes_))

    def _options(self) -> dict[str, Any]:
        if not self._multilabel:
            return {"classes": np.arange(len(self.classes_))}
        if self.loss == "quadratic":
            raise ValueError("loss: 'quadratic' with several labels at once, wanted cross-entropy")
        return {"loss": "cross-entropy"}

    def _weighted(
        self, targets: Array, weights: Array | None, given: dict[str, Any]
    ) -> tuple[Array | None, dict[str, Any]]:
        class_weight = given["class_weight"]
        if class_weight is None:
            return weights, {}
        if self._multilabel:
            raise ValueError("class_weight: given, but y has several labels at once, wanted None")
        if isinstance(class_weight, Mapping):
            return with_classes(weights, class_weight, self.classes_, targets), {}
        return weights, {"class_weight": class_weight}


def normalised(p: Array) -> Array:
    """Return rows of p (n, classes) >= 0 such that each sums to 1; rows of zeros become equal."""
    total = np.zeros(len(p))
    for column in p.T:  # a sum in a stated order
        total += column
    p[total == 0] = 1
    total[total == 0] = p.shape[1]
    p /= total[:, None]
    return p
