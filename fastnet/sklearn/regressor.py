"""The regressor: a number, or several, for each row."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import MultiOutputMixin, RegressorMixin
from sklearn.utils.validation import column_or_1d

from ..typing import Array
from .base import FastNet


class FastNetRegressor(MultiOutputMixin, RegressorMixin, FastNet):
    """Regressor of rows by a small dense net, which is trained one sample at a time."""

    def __init__(
        self,
        hidden_layer_sizes: Any = None,
        *,
        activation: Any = None,
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
        dtype: str = "float32",
        encode: str | None = None,
        threads: Any = 1,
        verbose: bool = False,
    ):
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
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
        self.dtype = dtype
        self.encode = encode
        self.threads = threads
        self.verbose = verbose

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> FastNetRegressor:
        """Learn rows and their numbers."""
        fitted: FastNetRegressor = self._fit(X, y, sample_weight)
        return fitted

    def predict(self, X: Any) -> Array:
        """Return the number (n,) of each row, or its numbers (n, outputs), float64."""
        outputs = self._outputs(X).astype(np.float64)
        return outputs[:, 0] if outputs.shape[1] == 1 else outputs

    def _targets(self, y: Array, known: bool) -> Array:
        if y.dtype.kind not in "biuf":
            raise TypeError(f"y: dtype {y.dtype}, wanted real numbers")
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        outputs = 1 if y.ndim == 1 else y.shape[1]
        if known and outputs != self.n_outputs_:
            raise ValueError(f"y: {outputs} numbers a row, wanted {self.n_outputs_}, as before")
        return y.astype(np.float64)

    def _constant(self, targets: Array, weights: Array | None, always: bool) -> Array | None:
        rows = targets.reshape(len(targets), -1)
        if always:
            return np.average(rows, axis=0, weights=weights)
        return rows[0] if (rows == rows[0]).all() else None

    def _options(self) -> dict[str, Any]:
        return {"loss": "quadratic"}
