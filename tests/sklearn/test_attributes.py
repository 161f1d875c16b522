"""What a fitted estimator tells, and what tells that it is not fitted."""

from typing import Any

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.metrics import r2_score

import fastnet
from fastnet.sklearn import FastNetClassifier, FastNetRegressor
from fastnet.sklearn.parameters import seeds_of
from fastnet.tables.canonical import canonical_order
from fastnet.training.order import held_out
from tests.sklearn.helpers import BOTH, FRAME, answers, target

EACH = pytest.mark.parametrize("kind", BOTH)
OF_A_NET = ["coefs_", "intercepts_", "loss_", "best_loss_", "loss_curve_", "validation_scores_"]
OF_A_NET += ["best_validation_score_", "n_layers_", "n_outputs_", "out_activation_"]
OTHERS = ["n_iter_", "t_", "n_features_in_", "feature_names_in_", "model_"]


@EACH
@pytest.mark.parametrize("nets", [1, 2])
def test_a_fitted_estimator_has_all_attributes(kind: Any, nets: int):
    estimator = kind((8,), random_state=0, n_nets=nets, max_iter=4).fit(FRAME, target(kind))
    net = estimator.model_.nets[0]
    assert isinstance(estimator.model_, fastnet.Ensemble if nets > 1 else fastnet.Network)
    assert all(hasattr(estimator, name) for name in OF_A_NET + OTHERS)
    assert estimator.loss_curve_ == [record["loss"] for record in net.history]
    assert len(estimator.loss_curve_) == estimator.n_iter_ == 4
    assert estimator.loss_ == estimator.loss_curve_[-1]
    assert estimator.best_loss_ == min(estimator.loss_curve_)
    assert estimator.validation_scores_ is estimator.best_validation_score_ is None
    assert estimator.t_ == 4 * len(FRAME)
    assert estimator.n_layers_ == 3
    assert estimator.n_outputs_ == (2 if kind is FastNetClassifier else 1)
    assert estimator.out_activation_ == ("softmax" if kind is FastNetClassifier else "identity")


@EACH
def test_weights_are_views(kind: Any):
    estimator = kind(max_iter=1).fit(FRAME, target(kind))
    before = answers(estimator)
    assert [w.shape for w in estimator.coefs_] == [(w.shape[0], len(b)) for w, b in
        zip(estimator.coefs_, estimator.intercepts_, strict=True)]  # fmt: skip
    estimator.coefs_[0][:] += 0.5
    assert (answers(estimator) != before).any()


@EACH
def test_before_fit_there_are_none(kind: Any):
    estimator = kind()
    assert not any(hasattr(estimator, name) for name in OF_A_NET + OTHERS)
    for method in ("predict", "predict_proba", "predict_log_proba"):
        if hasattr(kind, method):
            with pytest.raises(NotFittedError, match="not fitted yet"):
                getattr(estimator, method)(FRAME)
    with pytest.raises(NotFittedError):
        estimator.save("never.npz")


def test_early_stopping_tells_the_scores_of_the_rows_held_out():
    y = target(FastNetClassifier)
    estimator = FastNetClassifier(early_stopping=True, n_iter_no_change=3, random_state=0)
    estimator.fit(FRAME, y)
    scores = estimator.validation_scores_
    assert len(scores) == estimator.n_iter_
    assert scores == [record["val_accuracy"] for record in estimator.model_.history]
    assert estimator.best_validation_score_ == max(scores)
    assert estimator.best_loss_ is None
    assert estimator.t_ == estimator.n_iter_ * round(0.9 * len(FRAME))
    assert estimator.model_.run["options"]["patience"] == 3


@pytest.mark.parametrize("outputs", [1, 2])
def test_of_numbers_the_score_is_r_squared(outputs: int):
    """Rows are in one order here, that of their hashes; so the same rows are held out."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(80, 2))
    y = 100 * X[:, :outputs] + 7
    y = y[:, 0] if outputs == 1 else y
    more = {"schedule": "constant", "max_iter": 5, "n_iter_no_change": 9}
    estimator = FastNetRegressor(early_stopping=True, random_state=0, **more).fit(X, y)
    order = canonical_order(X, y)
    held = order[held_out(y[order], 0.1, seeds_of(0, 1)[0])]
    units = estimator.model_.outputs.units
    scaled = [units.scaled(rows.reshape(len(held), -1)) for rows in
              (y[held], estimator.predict(X[held]))]  # fmt: skip
    best = r2_score(*scaled, multioutput="variance_weighted")  # whose weights are kept
    assert estimator.best_validation_score_ == pytest.approx(best, rel=1e-4)
    assert estimator.best_validation_score_ == max(estimator.validation_scores_)


def test_of_equal_numbers_r_squared_is_0_or_less():
    X = np.arange(40.0)[:, None]
    y = np.repeat([1.0, 2.0], [39, 1])  # the one that differs is hardly held out
    estimator = FastNetRegressor(early_stopping=True, random_state=0).fit(X, y)
    assert max(estimator.validation_scores_) <= 1
