"""A fit that learns nothing says so, if the data tell y; many fits of permuted data are silent."""

import contextlib
import warnings
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.model_selection import permutation_test_score

import fastnet
from fastnet.sklearn import FastNetClassifier, FastNetRegressor
from tests.sklearn.helpers import BOTH

X = np.random.default_rng(0).normal(size=(200, 4))
Y = {FastNetClassifier: np.where(X[:, 2] > 0, "a", "b"), FastNetRegressor: X[:, 2]}
TOO_LARGE = {FastNetClassifier: 1.0, FastNetRegressor: 20.0}  # alpha: no weight stays
MORE: list[dict[str, Any]] = [{}, {"early_stopping": True}, {"n_nets": 2}, {"encode": "none"}]


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize("more", MORE, ids=str)
@pytest.mark.parametrize("permuted", [False, True])
def test_a_net_that_learns_nothing_says_so_if_the_data_tell_y(
    kind: Any, more: Any, permuted: bool
):
    y = np.random.default_rng(0).permutation(Y[kind]) if permuted else Y[kind]
    said = pytest.warns(
        fastnet.LearningWarning, match="nothing was learned: .* try a smaller alpha, another "
        "learning_rate_init, or more epochs; column '?2'? alone tells y in part$"
    )  # fmt: skip
    with contextlib.nullcontext() if permuted else said as found:
        kind(random_state=0, alpha=TOO_LARGE[kind], **more).fit(X, y)
    assert permuted or [each.filename for each in found] == [__file__]


def test_dead_units_are_said_too():
    y = Y[FastNetClassifier]
    estimator = FastNetClassifier(random_state=0, warm_start=True, max_iter=9).fit(X, y)
    estimator.model_.biases[0][:] = -1e4
    with pytest.warns(fastnet.LearningWarning, match="^all 64 relu units of hidden layer 1 give 0"):
        estimator.fit(X, y)


def test_a_test_of_permutations_is_silent():
    data, y = load_iris(return_X_y=True)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        permutation_test_score(FastNetClassifier(random_state=0), data, y, n_permutations=5, cv=3)
    assert not said


@pytest.mark.parametrize("activation", ["logistic", "tanh", "scaled-tanh", "leaky-relu"])
def test_each_activation_learns_by_the_rule(activation: str):
    data, y = load_iris(return_X_y=True)
    fitted = FastNetClassifier(activation=activation, random_state=0).fit(data, y)
    assert fitted.score(data, y) > 0.95
