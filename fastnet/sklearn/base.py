"""What the classifier and the regressor share: fitting, answers, attributes and files."""

from __future__ import annotations

import os
from typing import Any, TypeVar

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from ..model.ensemble import Ensemble
from ..model.network import Network
from ..tables.canonical import canonical_order
from ..tables.fitting import NothingToLearn
from ..training.seeds import train_seeds
from ..training.trainer import train
from ..typing import Array
from . import files, parameters
from .attributes import Attributes
from .constant import constant, is_constant
from .data import at, checked_rows, checked_targets, encoding_for, number_of
from .parameters import NET, RUN, STOP, options_of, own_names, seeds_of
from .streams import first_net
from .telling import quiet, told
from .weights import checked_weights

E = TypeVar("E", bound="FastNet")


class FastNet(Attributes, BaseEstimator):
    """Base of the estimators. See `FastNetClassifier` and `FastNetRegressor`."""

    KEPT = ("n_features_in_", "n_iter_", "t_")  # attributes in a file, besides the net's

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.allow_nan = self.encode != "none"
        return tags

    # What the two do in their own ways ------------------------------------------------------

    def _targets(self, y: Array, known: bool, classes: Any = None) -> Array:
        """Return codes of classes, or numbers; set what they are, or check it if it is known."""
        raise NotImplementedError

    def _answers(self, targets: Array) -> Array:
        """Return the targets as a net learns them."""
        return targets

    def _constant(self, targets: Array, weights: Array | None, mean: bool) -> Array | None:
        """Return the answer (outputs,) that all targets have, or their mean; None if they differ."""
        raise NotImplementedError

    def _task(self) -> str:
        """Return the task of the net."""
        raise NotImplementedError

    def _labels(self) -> Array | None:
        """Return the labels of the outputs of a net, None if they are numbers."""
        return None

    def _weighted(self, targets: Array, weights: Array | None) -> tuple[Array | None, Any]:
        """Return the weights of rows, times those of classes; or what `train` makes of these."""
        return weights, None

    # Learning -------------------------------------------------------------------------------

    def _fit(self: E, X: Any, y: Any, sample_weight: Any) -> E:
        """Learn rows: see `fit` of the estimators."""
        known = self.warm_start and hasattr(self, "model_")
        rows, targets, weights = self._checked(X, y, sample_weight, known)
        answer = self._constant(targets, weights, mean=False)
        if answer is None:
            try:
                self.model_ = self._learned(rows, targets, weights, known)
            except NothingToLearn:
                answer = self._constant(targets, weights, mean=True)
        if answer is not None:
            self.model_ = constant(self.n_features_in_, answer, self._labels())
        self.n_iter_ = len(self._net.history)
        self.t_ = sum(record["samples"] for record in self._net.history)
        return self

    def _partial_fit(self: E, X: Any, y: Any, classes: Any, sample_weight: Any) -> E:
        """Learn some rows, once each: see `partial_fit` of the estimators."""
        known = hasattr(self, "model_")
        rows, targets, weights = self._checked(X, y, sample_weight, known, classes)
        if not known:
            self.n_iter_ = self.t_ = 0
        answer = self._constant(targets, weights, mean=False) if self._alone() else None
        if answer is not None:
            self.model_ = constant(self.n_features_in_, answer, self._labels())
        else:
            with own_names(), told(self):
                if not known or is_constant(self._net):
                    self.model_ = self._begun(rows, targets)
                for net in self.model_.nets:
                    rate, answers = self.learning_rate_init, self._answers(targets)
                    net.partial_fit(rows, answers, rate, sample_weight=weights)
        self.n_iter_, self.t_ = self.n_iter_ + 1, self.t_ + len(targets)
        return self

    def _alone(self) -> bool:
        """Tell whether there is one answer only, whatever comes."""
        labels = self._labels()
        return labels is not None and len(labels) < 2

    def _checked(
        self, X: Any, y: Any, sample_weight: Any, known: bool, classes: Any = None
    ) -> tuple[Any, Array, Array | None]:
        """Return rows, targets and weights, checked, without rows of weight 0."""
        parameters.check(self.get_params(deep=False))
        rows = checked_rows(self, X, reset=not known)
        n = number_of(rows)
        y, weights = checked_targets(self, y, n), checked_weights(sample_weight, n)
        if weights is not None and not weights.all():
            rows, y, weights = at(np.flatnonzero(weights), rows, y, weights)
        return rows, self._targets(y, known, classes), weights

    def _learned(self, rows: Any, targets: Array, weights: Array | None, known: bool) -> Any:
        """Return the net, or the nets, that have learned rows."""
        given = self.get_params(deep=False)
        weights, class_weight = self._weighted(targets, weights)
        if weights is not None and not weights.all():  # of a class
            rows, targets, weights = at(np.flatnonzero(weights), rows, targets, weights)
        places = canonical_order(rows, targets, weights)
        rows, targets, weights = at(places, rows, targets, weights)
        options = options_of(given, RUN | (STOP if self.early_stopping else {})) | {
            "preset": "table",
            "encode": encoding_for(rows),
            "sample_weight": weights,
            "class_weight": class_weight,
            "threads": self.threads,
            "verbose": self.verbose or None,
        }
        with own_names(), told(self):
            if known and not is_constant(self._net):
                return self._continued(rows, targets, options)
            return self._trained(rows, targets, options | self._net_options())

    def _continued(self, rows: Any, targets: Array, options: dict[str, Any]) -> Any:
        """Return copies of the nets that have learned on."""
        nets, seeds = self.model_.nets, seeds_of(self.random_state, self.n_nets)
        if len(nets) != len(seeds):
            came = f"{len(seeds)}, but model_ has {len(nets)}"
            raise ValueError(f"n_nets: {came}, wanted as many to continue with")
        answers = self._answers(targets)
        each = [
            train(rows, answers, init=net, seed=seed, **options)
            for net, seed in zip(nets, seeds, strict=True)
        ]
        return Ensemble(each) if len(each) > 1 else each[0]

    def _trained(self, rows: Any, targets: Array, options: dict[str, Any]) -> Any:
        """Return a new net, or several, that have learned rows."""
        seeds, answers = seeds_of(self.random_state, self.n_nets), self._answers(targets)
        if len(seeds) == 1:
            return train(rows, answers, seed=seeds[0], **options)
        return train_seeds(rows, answers, seeds, **options)

    def _begun(self, rows: Any, targets: Array) -> Any:
        """Return a new net, or several, for a stream that begins with these rows."""
        options = self._net_options() | {"preset": "table", "encode": encoding_for(rows)}
        answers = self._answers(targets)
        nets = [
            first_net(rows, answers, self._labels(), self._task(), options | {"seed": seed})
            for seed in seeds_of(self.random_state, self.n_nets)
        ]
        return Ensemble(nets) if len(nets) > 1 else nets[0]

    def _net_options(self) -> dict[str, Any]:
        """Return the options of a new net."""
        return options_of(self.get_params(deep=False), NET)

    # Answers --------------------------------------------------------------------------------

    def _outputs(self, X: Any) -> Array:
        """Return the outputs (n, outputs) for X, float64."""
        check_is_fitted(self)
        rows = checked_rows(self, X, reset=False)
        if is_constant(self._net):
            rows = np.zeros((number_of(rows), self._net.sizes[0]))
        with quiet():
            outputs = self.model_.predict_proba(rows)
        return np.asarray(outputs, np.float64)

    # Files ----------------------------------------------------------------------------------

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the fitted estimator to a file, atomically; nothing is pickled.

        `load` reads it, and `fastnet.load` reads its net or nets.

        Raises
        ------
        TypeError, ValueError
            A parameter is none that a file can hold, such as a function; nothing is written.
        OSError
            The file cannot be written; an old file is as it was.
        """
        check_is_fitted(self)
        files.write(path, self)

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

    def _check_loaded(self) -> None:
        """Raise ValueError if attributes from a file do not fit the net."""
        net = self._net
        names = getattr(self, "feature_names_in_", None)
        if net.n_features != self.n_features_in_ or len(names if names is not None else ()) not in (
            0,
            net.n_features,
        ):
            raise ValueError(f"n_features_in_: {self.n_features_in_}, wanted {net.n_features}")

    @property
    def _net(self) -> Network:
        """The net, or the first of several."""
        check_is_fitted(self)
        net: Network = self.model_.nets[0]
        return net
