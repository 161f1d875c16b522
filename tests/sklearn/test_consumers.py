"""What scikit-learn builds on estimators: pipelines, searches, ensembles, inspection."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor, make_column_selector
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris, make_friedman1
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    StackingClassifier,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.feature_selection import RFE, SelectFromModel, SequentialFeatureSelector
from sklearn.frozen import FrozenEstimator
from sklearn.inspection import partial_dependence, permutation_importance
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, log_loss
from sklearn.model_selection import (
    GridSearchCV,
    HalvingRandomSearchCV,
    StratifiedKFold,
    cross_val_predict,
    cross_val_score,
    cross_validate,
    learning_curve,
    permutation_test_score,
    train_test_split,
    validation_curve,
)
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier, OutputCodeClassifier
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier, RegressorChain
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, PolynomialFeatures, StandardScaler
from sklearn.semi_supervised import SelfTrainingClassifier
from sklearn.utils import resample

from fastnet.sklearn import FastNetClassifier, FastNetRegressor
from tests import people
from tests.sklearn.helpers import digests

pytestmark = pytest.mark.compiled  # many epochs

FRAME = people.people(240)
OWNER = people.classes(FRAME)
IRIS = load_iris(return_X_y=True)
CANCER = load_breast_cancer(return_X_y=True)
DIABETES = load_diabetes(return_X_y=True, scaled=False)
FOLDS = StratifiedKFold(4, shuffle=True, random_state=0)


def net(**more: Any) -> FastNetClassifier:
    return FastNetClassifier(**{"random_state": 0, **more})


def halves(X: Any, y: Any) -> tuple[Any, ...]:
    stratify = y if np.asarray(y).dtype.kind != "f" else None
    return train_test_split(X, y, test_size=0.4, random_state=0, stratify=stratify)


def share(X: Any = CANCER[0], y: Any = CANCER[1]) -> float:
    """What is right of an estimator that has learned nothing."""
    return DummyClassifier().fit(X, y).score(X, y)


# Pipelines ---------------------------------------------------------------------------------------


def test_a_pipeline_answers_as_its_parts_do():
    X, X_test, y, y_test = halves(*CANCER)
    pipe = make_pipeline(StandardScaler(), net()).fit(X, y)
    scaler = StandardScaler().fit(X)
    alone = net().fit(scaler.transform(X), y)
    assert np.array_equal(pipe.predict_proba(X_test), alone.predict_proba(scaler.transform(X_test)))
    assert pipe.score(X_test, y_test) > 0.93


def test_columns_may_be_prepared_or_come_as_they_are():
    X, X_test, y, y_test = halves(FRAME, OWNER)
    numbers = make_column_selector(dtype_include=np.number)
    encode = OneHotEncoder(handle_unknown="ignore")
    prepared = ColumnTransformer([("numbers", "passthrough", numbers), ("job", encode, ["job"])])
    pipe = make_pipeline(prepared, net()).fit(X, y)
    raw = net().fit(X, y)
    assert pipe.score(X_test, y_test) > share(FRAME, OWNER) + 0.1
    assert raw.score(X_test, y_test) > share(FRAME, OWNER) + 0.1
    assert list(raw.feature_names_in_) == list(FRAME.columns)


@pytest.mark.parametrize("form", ["pandas", "polars"])
def test_steps_that_hand_over_frames_keep_the_names(form: str):
    X, y = load_iris(return_X_y=True, as_frame=True)
    pipe = make_pipeline(StandardScaler(), net(max_iter=5)).set_output(transform=form)
    pipe.fit(X, y)
    assert list(pipe[-1].feature_names_in_) == list(X.columns)
    plain = make_pipeline(StandardScaler(), net(max_iter=5)).fit(X, y)
    assert np.array_equal(pipe.predict_proba(X), plain.predict_proba(X))


def test_targets_may_be_transformed():
    X, y = make_friedman1(300, noise=0.5, random_state=0)
    y = np.exp(y / 8)
    model = TransformedTargetRegressor(
        FastNetRegressor(random_state=0), func=np.log, inverse_func=np.exp
    )
    X, X_test, y, y_test = halves(X, y)
    assert model.fit(X, y).score(X_test, y_test) > 0.6
    alone = FastNetRegressor(random_state=0).fit(X, np.log(y))
    np.testing.assert_allclose(model.predict(X_test), np.exp(alone.predict(X_test)))


# Searches ----------------------------------------------------------------------------------------


def test_cross_validation_judges_rows_that_were_not_learned():
    scores = cross_val_score(net(), *IRIS, cv=FOLDS)
    assert scores.shape == (4,) and scores.mean() > 0.9
    p = cross_val_predict(net(), *IRIS, cv=FOLDS, method="predict_proba")
    assert np.allclose(p.sum(axis=1), 1, atol=1e-7) and log_loss(IRIS[1], p) < 0.3
    # Where the labels say nothing, the answers are no better than chance.
    score, _, chance = permutation_test_score(
        net(max_iter=10), *IRIS, cv=3, n_permutations=19, random_state=0
    )
    assert score > 0.9 and chance == 0.05


@pytest.mark.heavy
def test_a_grid_search_in_two_processes_finds_what_one_finds():
    grid = {"net__hidden_layer_sizes": [(2,), (16, 8)], "net__activation": ["tanh", "relu"]}
    pipe = make_pipeline(StandardScaler(), net(max_iter=15))
    pipe.steps[-1] = ("net", pipe.steps[-1][1])
    found = [
        GridSearchCV(pipe, grid, cv=3, n_jobs=n, scoring="neg_log_loss").fit(*IRIS) for n in (1, 2)
    ]
    one, two = (search.cv_results_["mean_test_score"] for search in found)
    assert np.array_equal(one, two) and len({*one.tolist()}) == 4
    assert found[0].best_params_ == found[1].best_params_
    assert digests(found[0].best_estimator_[-1]) == digests(found[1].best_estimator_[-1])


def test_a_halving_search_raises_the_epochs():
    search = HalvingRandomSearchCV(
        net(), {"hidden_layer_sizes": [(), (4,), (16,)], "alpha": [0.0, 1e-3, 10.0]},
        resource="max_iter", min_resources=3, max_resources=27, random_state=0, cv=3,
    ).fit(*CANCER)  # fmt: skip
    assert search.n_resources_ == [3, 9, 27]
    assert search.best_estimator_.max_iter == 27 == search.best_estimator_.n_iter_
    assert search.best_params_["alpha"] < 10 and search.best_score_ > 0.93


def test_curves_rise():
    sizes, learned, judged = learning_curve(
        net(), *CANCER, train_sizes=[12, 400], cv=FOLDS, shuffle=True, random_state=0
    )
    assert sizes.tolist() == [12, 400]
    assert judged[1].mean() > judged[0].mean() > share()
    learned, judged = validation_curve(
        net(), *CANCER, param_name="alpha", param_range=[0, 0.1], cv=FOLDS, scoring="neg_log_loss"
    )
    assert learned[0].mean() > learned[1].mean()  # the penalty holds it back


# Ensembles of estimators -------------------------------------------------------------------------


def test_calibration_leaves_probabilities_that_hold():
    X, X_test, y, y_test = halves(*CANCER)
    # Without a penalty, and with the weights of the last step, it is too sure of itself.
    sure = net(alpha=0, average=0.0, max_iter=200, learning_rate_init=0.05)
    before = sure.fit(X, y).predict_proba(X_test)
    after = CalibratedClassifierCV(sure, method="sigmoid", cv=3).fit(X, y).predict_proba(X_test)
    assert log_loss(y_test, after) < log_loss(y_test, before)
    frozen = CalibratedClassifierCV(FrozenEstimator(sure), method="sigmoid").fit(X_test, y_test)
    assert brier_score_loss(y_test, frozen.predict_proba(X_test)[:, 1]) < 0.1


def test_a_frozen_net_is_not_fitted_again():
    model = net().fit(*IRIS)
    before = digests(model)
    frozen = FrozenEstimator(model).fit(IRIS[0], IRIS[1][::-1])
    assert digests(clone(frozen).estimator) == before
    assert np.array_equal(frozen.predict(IRIS[0]), model.predict(IRIS[0]))


@pytest.mark.parametrize("voting", ["soft", "hard"])
def test_a_vote_counts_all_members(voting: str):
    members = [
        ("net", net()),
        ("wide", net(hidden_layer_sizes=(100,))),
        ("line", LogisticRegression()),
    ]
    pipe = make_pipeline(StandardScaler(), VotingClassifier(members, voting=voting))
    assert cross_val_score(pipe, *CANCER, cv=FOLDS).mean() > 0.95
    if voting == "soft":
        X, y = IRIS
        vote = VotingClassifier(members[:2], voting="soft").fit(X, y)
        wanted = np.mean([member.fit(X, y).predict_proba(X) for _, member in members[:2]], axis=0)
        np.testing.assert_allclose(vote.predict_proba(X), wanted, atol=1e-12)


def test_regressors_vote_by_their_mean():
    X, y = DIABETES
    members = [("net", FastNetRegressor(random_state=0)), ("two", FastNetRegressor(random_state=1))]
    wanted = np.mean([member.fit(X, y).predict(X) for _, member in members], axis=0)
    np.testing.assert_allclose(VotingRegressor(members).fit(X, y).predict(X), wanted)


def test_stacked_nets_are_judged_by_folds():
    members = [("net", net(max_iter=20)), ("tanh", net(activation="tanh", max_iter=20))]
    stack = StackingClassifier(members, final_estimator=net(max_iter=20), cv=3)
    assert cross_val_score(stack, *IRIS, cv=3).mean() > 0.88


def test_bagging_shows_each_net_other_rows():
    bag = BaggingClassifier(net(max_iter=10), 25, oob_score=True, random_state=0, n_jobs=2)
    bag.fit(*CANCER)
    assert bag.oob_score_ > 0.9
    assert len({digests(member)[0] for member in bag.estimators_}) == 25


def test_boosting_learns_by_weights():
    X, y = CANCER
    weak = net(hidden_layer_sizes=(), max_iter=1, learning_rate_init=1e-3)
    boosted = AdaBoostClassifier(weak, n_estimators=4, random_state=0).fit(X, y)
    assert len(boosted.estimators_) == len({digests(member)[0] for member in boosted.estimators_})
    assert boosted.estimator_weights_.min() > 0 and len(boosted.estimators_) > 1
    assert boosted.score(X, y) > share() + 0.1


@pytest.mark.parametrize("wrapper", [OneVsRestClassifier, OneVsOneClassifier, OutputCodeClassifier])
def test_classes_may_be_told_apart_by_twos(wrapper: Any):
    X, X_test, y, y_test = halves(*IRIS)
    more = {"random_state": 0} if wrapper is OutputCodeClassifier else {}
    names = np.array(["setosa", "versicolor", "virginica"])
    model = wrapper(net(), **more).fit(X, names[y])
    assert (model.predict(X_test) == names[y_test]).mean() > 0.85


def test_several_targets_by_nets_of_their_own_or_in_a_chain():
    X, y = IRIS
    several = np.column_stack([y == 0, y == 1, X[:, 0] > 5.8]).astype(int)
    X, X_test, several, wanted = train_test_split(X, several, random_state=0)
    each = MultiOutputClassifier(net(), n_jobs=2).fit(X, several)
    chain = ClassifierChain(net(), random_state=0).fit(X, several)
    at_once = net().fit(X, several)
    for model in (each, chain, at_once):
        assert (model.predict(X_test) == wanted).mean() > 0.9
    X, y = make_friedman1(200, random_state=0)
    both = np.column_stack([y, -2 * y + X[:, 0]])
    assert RegressorChain(FastNetRegressor(random_state=0)).fit(X, both).score(X, both) > 0.8


def test_parts_of_several_targets():
    X, y = IRIS
    several = np.column_stack([y > 0, y > 1]).astype(int)
    model = MultiOutputClassifier(net())
    for _ in range(30):
        model.partial_fit(X, several, classes=[np.array([0, 1])] * 2)
    assert (model.predict(X) == several).mean() > 0.85


def test_rows_without_labels_get_those_of_which_a_net_is_sure():
    X, y = IRIS
    X, X_test, y, y_test = halves(X, y)
    hidden = y.copy()
    hidden[np.random.default_rng(0).random(len(y)) < 0.6] = -1
    model = SelfTrainingClassifier(net(), threshold=0.8).fit(X, hidden)
    new = (hidden == -1) & (model.transduction_ != -1)
    assert new.sum() > 20 and (model.transduction_[new] == y[new]).mean() > 0.9
    assert model.score(X_test, y_test) > 0.85


# Features ----------------------------------------------------------------------------------------


def by_weights(model: Any) -> Any:
    """How much of the first layer leads from each input."""
    return np.abs(np.asarray(model.coefs_[0])).sum(axis=1)


def test_permuted_columns_tell_which_of_them_count():
    found = permutation_importance(
        net().fit(FRAME, OWNER), FRAME, OWNER, n_repeats=5, random_state=0, n_jobs=2
    )
    assert found.importances_mean.shape == (len(FRAME.columns),)
    model = FastNetRegressor(alpha=0.005, random_state=0)
    X, y = make_friedman1(400, random_state=0)  # of ten columns, five count
    mean = permutation_importance(model.fit(X, y), X, y, random_state=0).importances_mean
    assert mean[:5].min() > 3 * np.abs(mean[5:]).max()


def test_the_dependence_on_a_column():
    X, y = make_friedman1(400, random_state=0)
    model = FastNetRegressor(alpha=0.005, random_state=0).fit(X, y)
    line = partial_dependence(model, X, [3], kind="average")["average"][0]  # y has 10 of x3
    assert (np.diff(line) > 0).all() and 7 < line[-1] - line[0] < 11
    flat = partial_dependence(model, X, [8], kind="average")["average"][0]
    assert np.ptp(flat) < np.ptp(line) / 4


def test_features_may_be_selected():
    X, y = make_friedman1(400, random_state=0)
    model = FastNetRegressor(alpha=0.005, random_state=0)
    chosen = RFE(model, n_features_to_select=5, importance_getter=by_weights).fit(X, y)
    assert chosen.support_.tolist() == [True] * 5 + [False] * 5
    chosen = SelectFromModel(model, importance_getter=by_weights, max_features=5).fit(X, y)
    assert chosen.transform(X).shape[1] <= 5 and chosen.get_support()[:2].all()
    X, y = IRIS
    forward = SequentialFeatureSelector(net(max_iter=10), n_features_to_select=1, cv=3).fit(X, y)
    assert forward.get_support(indices=True)[0] in (2, 3)  # the petals


# Weights and metadata ----------------------------------------------------------------------------


def test_weights_are_routed_where_they_are_asked_for():
    X, y = IRIS
    w = np.where(y == 2, 3.0, 1.0)
    with config_context(enable_metadata_routing=True):
        asked = net(max_iter=5).set_fit_request(sample_weight=True)
        asked.set_score_request(sample_weight=True)
        scaler = StandardScaler().set_fit_request(sample_weight=False)
        pipe = make_pipeline(scaler, asked).fit(X, y, sample_weight=w)
        scores = cross_validate(pipe, X, y, params={"sample_weight": w}, cv=3)["test_score"]
        refused = net(max_iter=5).set_fit_request(sample_weight=False)
        without = make_pipeline(scaler, refused).fit(X, y)
    scaled = StandardScaler().fit_transform(X)
    weighted = net(max_iter=5).fit(scaled, y, sample_weight=w)
    assert digests(pipe[-1]) == digests(weighted) != digests(without[-1])
    assert len(scores) == 3 and scores.min() > 0.6


def test_a_step_gets_its_weights_by_name():
    X, y = IRIS
    w = np.arange(len(y)) % 3
    pipe = make_pipeline(PolynomialFeatures(), net(max_iter=3))
    pipe.fit(X, y, fastnetclassifier__sample_weight=w)
    kept = w > 0
    wanted = net(max_iter=3).fit(PolynomialFeatures().fit_transform(X)[kept], y[kept], w[kept])
    assert digests(pipe[-1]) == digests(wanted)


def test_a_clone_of_a_fold_without_a_class_knows_the_others():
    X, y = IRIS
    folds = [(np.flatnonzero(y != k), np.flatnonzero(y == k)) for k in range(3)]
    assert cross_val_score(net(max_iter=3), X, y, cv=folds).tolist() == [0, 0, 0]
    for learned, _ in folds:
        model = clone(net(max_iter=3)).fit(X[learned], y[learned])
        assert model.predict_proba(X).shape == (150, 2) and len(model.classes_) == 2


def test_a_bootstrap_of_a_frame():
    X, y = resample(FRAME, OWNER, random_state=0)  # pandas keeps the numbers of the rows
    model = net(max_iter=5).fit(X, y)
    again = net(max_iter=5).fit(X.reset_index(drop=True), np.asarray(y))
    assert digests(model) == digests(again)
    assert isinstance(X, pd.DataFrame)
