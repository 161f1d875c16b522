"""All of scikit-learn's checks of estimators pass.

None is declared to fail, but those that call `partial_fit` with balanced classes: as SGDClassifier,
it refuses them, since some rows do not tell how often classes occur.
"""

from collections.abc import Callable
from typing import Any

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

import fastnet
from fastnet.sklearn import FastNetClassifier, FastNetRegressor

pytestmark = [
    pytest.mark.compiled,  # thousands of fits
    pytest.mark.filterwarnings("ignore:y. all rows:fastnet.LearningWarning"),  # of one class
]

USUAL: list[dict[str, Any]] = [{}, {"early_stopping": True}]
MORE: list[dict[str, Any]] = [
    {"n_nets": 2},
    {"n_nets": 2, "early_stopping": True},
    {"hidden_layer_sizes": (), "dtype": "float64"},
]
PLAIN = {"encode": "none"}  # some checks give it numbers that are far from unit scale


OF_PARTS = (
    "check_estimators_partial_fit_n_features",
    "check_fit_score_takes_y",
    "check_n_features_in_after_fitting",
)


def estimators(*options: dict[str, Any]) -> list[Any]:
    kinds = FastNetClassifier, FastNetRegressor
    return [kind(**each) for kind in kinds for each in options if {*each} <= names(kind)]


def names(kind: Any) -> set[str]:
    return {*kind().get_params()}


@parametrize_with_checks(estimators(*USUAL))
def test_an_estimator_is_one_of_scikit_learn_s(estimator: Any, check: Callable[[Any], None]):
    check(estimator)


@pytest.mark.heavy
@parametrize_with_checks(estimators(*MORE))
def test_so_it_is_with_other_parameters(estimator: Any, check: Callable[[Any], None]):
    check(estimator)


@pytest.mark.filterwarnings(f"ignore::{fastnet.LearningWarning.__module__}.LearningWarning")
@parametrize_with_checks(estimators(PLAIN))
def test_so_is_one_that_takes_numbers_as_they_are(estimator: Any, check: Callable[[Any], None]):
    check(estimator)


@parametrize_with_checks(
    [FastNetClassifier(class_weight="balanced")],
    expected_failed_checks=lambda _: dict.fromkeys(OF_PARTS, "partial_fit refuses 'balanced'"),
)
def test_so_is_one_that_balances_classes(estimator: Any, check: Callable[[Any], None]):
    check(estimator)
