"""The regressor: a number, or several, for each row."""

from __future__ import annotations

from typing import Any

from sklearn.base import MultiOutputMixin, RegressorMixin

from ..typing import Array
from .base import FastNet
from .fitting import fit, outputs, partial_fit
from .targets import numbers_of


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
        return fit(self, X, y, sample_weight, numbers_of)

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> FastNetRegressor:
        """Learn some rows and their numbers, once each."""
        return partial_fit(self, X, y, sample_weight, numbers_of)

    def predict(self, X: Any) -> Array:
        """Return the number (n,) of each row, or its numbers (n, outputs), float64."""
        numbers = outputs(self, X)
        return numbers[:, 0] if numbers.shape[1] == 1 else numbers
