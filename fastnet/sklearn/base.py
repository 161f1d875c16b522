"""What the classifier and the regressor share: fitting, answers, attributes and files."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from ..model.ensemble import Ensemble
from ..model.network import Network
from ..tables.table import Table
from ..training.seeds import train_seeds
from ..training.trainer import train
from ..typing import Array
from . import parameters
from .constant import constant, is_constant
from .data import checked_rows, checked_targets, checked_weights
from .parameters import NET, RUN, STOP, options_of, own_names, seeds_of


class FastNet(BaseEstimator):
    """Base of the estimators. See `FastNetClassifier` and `FastNetRegressor`."""

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.allow_nan = self.encode != "none"
        return tags

    # What the two do in their own ways ------------------------------------------------------

    def _targets(self, y: Array, weights: Array | None, known: bool) -> Array:
        """Return the targets that a net learns; set attributes, or check them if they are known."""
        raise NotImplementedError

    def _constant(self, targets: Array, weights: Array | None, always: bool) -> Array | None:
        """Return the one answer (outputs,) to these targets, None if they differ.

        With `always` it is their mean.
        """
        raise NotImplementedError

    def _options(self) -> dict[str, Any]:
        """Return further options of `train`."""
        raise NotImplementedError

    # Learning -------------------------------------------------------------------------------

    def _fit(self, X: Any, y: Any, sample_weight: Any) -> Any:
        """Learn rows: see `fit` of the estimators."""
        parameters.check(self.get_params(deep=False))
        known = self.warm_start and hasattr(self, "model_")
        rows = checked_rows(self, X, reset=not known)
        n = number_of(rows)
        y, weights = checked_targets(self, y, n), checked_weights(sample_weight, n)
        if weights is not None and not weights.all():
            places = np.flatnonzero(weights)
            rows, y, weights = rows[places], y[places], weights[places]
        targets = self._targets(y, weights, known)
        answer = self._constant(targets, weights, always=False)
        if answer is not None:
            self.model_ = constant(self.n_features_in_, answer, self._classes())
        else:
            self.model_ = self._learned(rows, targets, weights, self.model_ if known else None)
        self.n_iter_ = len(self._net.history)
        self.t_ = sum(record["samples"] for record in self._net.history)
        return self

    def _learned(self, rows: Any, targets: Array, weights: Array | None, model: Any) -> Any:
        """Return the net, or the nets, that have learned rows."""
        with own_names():
            options = self._run_options() | {"sample_weight": weights}
            seeds = seeds_of(self.random_state, self.n_nets)
            if model is not None and not is_constant(self._net):
                nets = [
                    train(rows, targets, init=net, seed=seed, **options)
                    for net, seed in zip(nets_of(model), seeds, strict=True)
                ]
                return Ensemble(nets) if len(nets) > 1 else nets[0]
            options |= self._net_options(rows)
            if len(seeds) == 1:
                return train(rows, targets, seed=seeds[0], **options)
            return Ensemble(train_seeds(rows, targets, seeds, **options))

    def _net_options(self, rows: Any) -> dict[str, Any]:
        """Return the options of `train` that make a net for rows."""
        given = self.get_params(deep=False)
        encode = "table" if isinstance(rows, Table) else "none"
        return {"preset": "table", "encode": encode} | options_of(given, NET) | self._options()

    def _run_options(self) -> dict[str, Any]:
        """Return the options of `train` for a run."""
        given = self.get_params(deep=False)
        stop = STOP if self.early_stopping else {}
        options = options_of(given, RUN | stop) | {"threads": self.threads}
        return options | {"verbose": self.verbose or None}

    # Answers --------------------------------------------------------------------------------

    def _outputs(self, X: Any) -> Array:
        """Return the outputs (n, outputs) for X."""
        check_is_fitted(self)
        rows = checked_rows(self, X, reset=False)
        if is_constant(self._net):
            rows = np.zeros((number_of(rows), self._net.sizes[0]))
        outputs: Array = self.model_.predict_proba(rows)
        return outputs

    def _classes(self) -> Array | None:
        """Return the labels of the outputs of a net, None if they are numbers."""
        return None

    # Attributes -----------------------------------------------------------------------------

    @property
    def _net(self) -> Network:
        """The net, or the first of several."""
        check_is_fitted(self)
        return nets_of(self.model_)[0]

    @property
    def coefs_(self) -> Any:
        """The weights of each layer, (n_in, n_out): views. Of several nets, those of the first."""
        return self._net.weights

    @property
    def intercepts_(self) -> Any:
        """The biases of each layer, (n_out,): views. Of several nets, those of the first."""
        return self._net.biases

    @property
    def loss_curve_(self) -> list[float]:
        """The loss of each epoch, in which each sample is judged before it is learned."""
        return [record["loss"] for record in self._net.history]

    @property
    def loss_(self) -> float | None:
        """The loss of the last epoch."""
        return self.loss_curve_[-1] if self._net.history else None

    @property
    def best_loss_(self) -> float | None:
        """The smallest loss of an epoch; None with early stopping."""
        return None if self.validation_scores_ else min(self.loss_curve_, default=None)

    @property
    def validation_scores_(self) -> list[float] | None:
        """The score of each epoch on the rows that are held out; None without early stopping."""
        scores = [r["val_accuracy"] for r in self._net.history if "val_accuracy" in r]
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
        return self._net.sizes[-1]

    @property
    def out_activation_(self) -> str:
        """The activation of the output layer."""
        return str(self._net.activations[-1])


def nets_of(model: Any) -> list[Network]:
    """Return the nets of a network or of an ensemble."""
    return [model] if isinstance(model, Network) else list(model.nets)


def number_of(rows: Any) -> int:
    """Return the number of rows."""
    return len(rows) if isinstance(rows, Table) else int(rows.shape[0])
