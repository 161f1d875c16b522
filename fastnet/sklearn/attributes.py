"""What a fitted estimator tells of its net: attributes with scikit-learn's names."""

from __future__ import annotations

from typing import Any

from ..model.network import Network


class Attributes:
    """Attributes of a fitted estimator that its net has. Of several nets it is the first."""

    _net: Network

    @property
    def coefs_(self) -> Any:
        """The weights of each layer, (n_in, n_out): views."""
        return self._net.weights

    @property
    def intercepts_(self) -> Any:
        """The biases of each layer, (n_out,): views."""
        return self._net.biases

    @property
    def loss_curve_(self) -> list[float]:
        """The loss of each epoch, in which each sample is judged before it is learned."""
        return [record["loss"] for record in self._net.history]

    @property
    def loss_(self) -> float | None:
        """The loss of the last epoch; None before there was one."""
        return self.loss_curve_[-1] if self._net.history else None

    @property
    def best_loss_(self) -> float | None:
        """The smallest loss of an epoch; None with early stopping."""
        return min(self.loss_curve_, default=None) if self.validation_scores_ is None else None

    @property
    def validation_scores_(self) -> list[float] | None:
        """The score of each epoch on the rows held out; None without early stopping.

        It is the accuracy; for numbers it is R squared, for several numbers in their own units.
        """
        scores = [record["val_accuracy"] for record in self._net.history if "val_loss" in record]
        return scores or None

    @property
    def best_validation_score_(self) -> float | None:
        """The largest of `validation_scores_`; None without early stopping."""
        return max(self.validation_scores_ or [], default=None)

    @property
    def n_layers_(self) -> int:
        """The number of layers, inputs and outputs included."""
        return len(self._net.sizes)

    @property
    def n_outputs_(self) -> int:
        """The number of outputs."""
        return int(self._net.sizes[-1])

    @property
    def out_activation_(self) -> str:
        """The activation of the output layer."""
        return str(self._net.activations[-1])
