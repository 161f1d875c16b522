"""What the classifier and the regressor share: tags, attributes and files."""

from __future__ import annotations

import math
import os
from typing import Any, TypeVar

from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from ..model.ensemble import nets_of
from . import files

E = TypeVar("E", bound="FastNet")


class FastNet(BaseEstimator):
    """Base of the estimators. See `FastNetClassifier` and `FastNetRegressor`.

    Attributes of a net are those of the first of several.
    """

    class_weight: Any = None  # which regressors lack
    model_: Any
    validation_variance_: float

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.allow_nan = self.encode != "none" and self.augment is None
        return tags

    def save(
        self, path: str | os.PathLike[str], weights: str | None = None, data: Any = None
    ) -> None:
        """Write the fitted estimator to a file, atomically; nothing is pickled.

        `load` reads it, and `fastnet.load` reads its net or nets. `weights` ("float16" or "int8",
        for a small file) and `data` are those of `fastnet.Network.save`.

        Raises
        ------
        TypeError, ValueError
            A parameter is none that a file can hold, such as a function; nothing is written.
        OSError
            The file cannot be written; an old file is as it was.
        """
        check_is_fitted(self)
        files.write(path, self, weights, data)

    @classmethod
    def load(cls: type[E], path: str | os.PathLike[str]) -> E:
        """Read an estimator that `save` wrote. Nothing in the file is executed.

        Raises
        ------
        ValueError
            The file is truncated, was changed, or holds something else.
        OSError
            The file cannot be read.
        """
        estimator: E = files.read(path, cls)
        return estimator

    @property
    def coefs_(self) -> Any:
        """The weights of each layer, (n_in, n_out): views."""
        return nets_of(self.model_)[0].weights

    @property
    def intercepts_(self) -> Any:
        """The biases of each layer, (n_out,): views."""
        return nets_of(self.model_)[0].biases

    @property
    def loss_curve_(self) -> list[float]:
        """The loss of each epoch, in which each sample is judged before it is learned."""
        return [record["loss"] for record in nets_of(self.model_)[0].history]

    @property
    def loss_(self) -> float | None:
        """The loss of the last epoch; None before there was one."""
        return self.loss_curve_[-1] if self.loss_curve_ else None

    @property
    def best_loss_(self) -> float | None:
        """The smallest loss of an epoch; None with early stopping."""
        return min(self.loss_curve_, default=None) if self.validation_scores_ is None else None

    @property
    def validation_scores_(self) -> list[float] | None:
        """The score of each epoch on the rows held out; None without early stopping.

        It is the accuracy; for numbers it is R squared, for several numbers in their own units.
        """
        held = [record for record in nets_of(self.model_)[0].history if "val_loss" in record]
        if not held or held[0]["val_accuracy"] is not None:
            return [record["val_accuracy"] for record in held] or None
        variance = self.validation_variance_ or math.inf  # of equal numbers R squared is 0
        return [1 - record["val_loss"] / variance for record in held]

    @property
    def best_validation_score_(self) -> float | None:
        """The largest of `validation_scores_`; None without early stopping."""
        return max(self.validation_scores_ or [], default=None)

    @property
    def n_layers_(self) -> int:
        """The number of layers, inputs and outputs included."""
        return len(nets_of(self.model_)[0].sizes)

    @property
    def n_outputs_(self) -> int:
        """The number of outputs."""
        return int(nets_of(self.model_)[0].sizes[-1])

    @property
    def out_activation_(self) -> str:
        """The activation of the output layer."""
        return str(nets_of(self.model_)[0].activations[-1])
