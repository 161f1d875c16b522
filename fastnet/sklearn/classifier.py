"""The classifier: a label, or several at once, for each row."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin

from ..typing import Array
from .base import FastNet
from .fitting import fit, outputs, partial_fit
from .targets import labels_of


class FastNetClassifier(ClassifierMixin, FastNet):
    """Classifier of rows by a small dense net, which is trained one sample at a time."""

    classes_: Array

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
        return fit(self, X, y, sample_weight, labels_of)

    def partial_fit(
        self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None
    ) -> FastNetClassifier:
        """Learn some rows and their labels, once each."""
        if not hasattr(self, "model_") and classes is None and np.ndim(y) == 1:
            raise ValueError("classes must be passed on the first call to partial_fit.")
        return partial_fit(self, X, y, sample_weight, labels_of, classes)

    def predict(self, X: Any) -> Array:
        """Return the label (n,) of each row, or the presence (n, labels) of several, 0 or 1."""
        p = self.predict_proba(X)
        if self.model_.nets[0].classes is None:
            return (p > 0.5).astype(int)
        labels: Array = self.classes_[p.argmax(axis=1)]
        return labels

    def predict_proba(self, X: Any) -> Array:
        """Return the probability (n, classes) of each class; they sum to 1, float64."""
        p = outputs(self, X)
        return p if self.model_.nets[0].classes is None else normalised(p)

    def predict_log_proba(self, X: Any) -> Array:
        """Return the logarithms (n, classes) of the probabilities; that of 0 is -inf."""
        with np.errstate(divide="ignore"):
            logarithms: Array = np.log(self.predict_proba(X))
        return logarithms


def normalised(p: Array) -> Array:
    """Return rows of p (n, classes) >= 0 such that each sums to 1; rows of zeros become equal."""
    total = np.zeros(len(p))
    for column in p.T:  # a sum in a stated order
        total += column
    p[total == 0] = 1
    total[total == 0] = p.shape[1]
    p /= total[:, None]
    return p
