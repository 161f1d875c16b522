"""What MLPClassifier does at batches of one sample, and what their own tests ask.

Of the 59 tests in scikit-learn's test_mlp.py these make sense here. docs/coming/scikit-learn.md
says what the others test.
"""

from typing import Any

import numpy as np
import pytest
from sklearn.base import is_classifier
from sklearn.datasets import (
    load_digits,
    load_iris,
    make_classification,
    make_multilabel_classification,
    make_regression,
)
from sklearn.metrics import roc_auc_score
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import scale

from fastnet.sklearn import FastNetClassifier, FastNetRegressor
from fastnet.tables.canonical import canonical_order
from tests.sklearn.helpers import BOTH, digests

pytestmark = pytest.mark.compiled  # many epochs

EACH = pytest.mark.parametrize("kind", BOTH)
IRIS = load_iris(return_X_y=True)
DIGITS = load_digits(n_class=3, return_X_y=True)
DIGITS = DIGITS[0][:200] / 16, DIGITS[1][:200]
NUMBERS = make_regression(n_samples=200, n_features=10, bias=20.0, noise=100.0, random_state=7)
NUMBERS = NUMBERS[0], scale(NUMBERS[1])
ACTIVATIONS = ["identity", "logistic", "tanh", "relu"]
AS_THEY_ARE: dict[str, Any] = {"encode": "none", "dtype": "float64", "random_state": 0}
BY_ONE: dict[str, Any] = {
    "batch_size": 1, "solver": "sgd", "momentum": 0, "shuffle": False, "max_iter": 1,
}  # fmt: skip


def same_start(own: Any, peer: Any) -> None:
    """Give a peer the weights of a net."""
    for k, (weights, biases) in enumerate(zip(own.coefs_, own.intercepts_, strict=True)):
        peer.coefs_[k][:], peer.intercepts_[k][:] = weights, biases


def assert_same_weights(own: Any, peer: Any) -> None:
    """Rounding errors of 1e-16 grow by the number of steps, below 1e3, and the rates of growth."""
    for weights, others in zip(own.coefs_, peer.coefs_, strict=True):
        np.testing.assert_allclose(weights, others, atol=1e-10)
    for biases, others in zip(own.intercepts_, peer.intercepts_, strict=True):
        np.testing.assert_allclose(biases, others, atol=1e-10)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_parts_are_learned_as_by_mlp_with_batches_of_one(activation: str):
    X, y = scale(IRIS[0]), IRIS[1]
    order = np.random.default_rng(0).permutation(len(y))
    X, y = X[order], y[order]
    shared = {"hidden_layer_sizes": (6, 5), "activation": activation, "learning_rate_init": 0.03}
    own = FastNetClassifier(**shared, loss="cross-entropy", **AS_THEY_ARE)
    peer = MLPClassifier(**shared, **BY_ONE, alpha=0)
    for model in (own, peer):
        model.partial_fit(X[:1], y[:1], classes=[0, 1, 2])
    same_start(own, peer)
    for part in (slice(1, 90), slice(90, None)):
        own.partial_fit(X[part], y[part])
        peer.partial_fit(X[part], y[part])
    assert_same_weights(own, peer)
    np.testing.assert_allclose(own.predict_proba(X), peer.predict_proba(X), atol=1e-9)
    assert own.t_ == peer.t_ == 150


@pytest.mark.parametrize("alpha", [0, 0.02])
def test_alpha_means_what_it_means_to_mlp(alpha: float):
    X, y = scale(IRIS[0]), IRIS[1]
    shared = {
        "hidden_layer_sizes": (6,), "activation": "tanh", "learning_rate_init": 0.03,
        "alpha": alpha, "warm_start": True, "max_iter": 1, "shuffle": False,
    }  # fmt: skip
    own = FastNetClassifier(
        **shared, **AS_THEY_ARE, loss="cross-entropy", schedule="constant", average=0.0
    ).fit(X, y)
    peer = MLPClassifier(**{**BY_ONE, **shared})
    with pytest.warns(UserWarning, match="hasn't converged"):
        peer.fit(X, y)
        same_start(own, peer)
        order = canonical_order(X, y, None)  # without a shuffle, rows are learned in this order
        peer.fit(X[order], y[order])
    own.fit(X, y)
    assert_same_weights(own, peer)


def test_a_larger_alpha_leaves_smaller_weights():
    sums = [
        [
            np.abs(w).sum()
            for w in FastNetClassifier((10,), alpha=a, random_state=1).fit(*DIGITS).coefs_
        ]
        for a in (0.0, 0.1, 1.0)
    ]
    assert (np.diff(sums, axis=0) < 0).all()


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_digits_are_told_apart(activation: str):
    X, y = DIGITS
    model = FastNetClassifier(50, activation=activation, random_state=1).fit(X[:150], y[:150])
    assert model.score(X[:150], y[:150]) > 0.95 and model.score(X[150:], y[150:]) > 0.8
    assert model.predict(X[150:]).dtype.kind == y.dtype.kind


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_numbers_are_learned_by_heart_if_asked(activation: str):
    more = {"alpha": 0.0, "average": 0.0, "max_iter": 400, "learning_rate_init": 0.02}
    model = FastNetRegressor(50, activation=activation, random_state=1, **more).fit(*NUMBERS)
    assert model.score(*NUMBERS) > (0.7 if activation == "identity" else 0.95)


def test_several_labels_and_numbers():
    X, y = make_multilabel_classification(n_samples=50, random_state=0)
    model = FastNetClassifier(50, alpha=0.0, max_iter=200, random_state=0).fit(X, y)
    p = model.predict_proba(X)
    assert model.score(X, y) > 0.97
    assert np.array_equal(p > 0.5, model.predict(X)) and np.ptp(p.sum(axis=1)) > 0.5
    parts = FastNetClassifier(50, random_state=0)
    for _ in range(150):
        parts.partial_fit(X, y, classes=[0, 1, 2, 3, 4])
    assert parts.score(X, y) > 0.9
    X, y = make_regression(n_samples=200, n_targets=5, random_state=11)
    assert FastNetRegressor(50, alpha=0.0, random_state=1).fit(X, y).score(X, y) > 0.9


def test_the_probabilities_of_two_classes():
    X, y = DIGITS[0][DIGITS[1] < 2], DIGITS[1][DIGITS[1] < 2]
    model = FastNetClassifier(5, activation="logistic", random_state=1).fit(X, y)
    p = model.predict_proba(X)
    assert p.shape == (len(X), 2) and roc_auc_score(y, p[:, 1]) == 1.0
    np.testing.assert_allclose(model.predict_log_proba(X), np.log(p))


def test_parts_may_lack_classes():
    model = FastNetClassifier(random_state=0)
    for _ in range(100):
        model.partial_fit([[1], [2], [3]], ["a", "b", "c"], classes=["a", "b", "c", "d"])
        model.partial_fit([[4]], ["d"])
    assert model.predict([[1], [4]]).tolist() == ["a", "d"]


def test_many_parts_learn_what_a_fit_learns():
    for kind, (X, y) in zip(BOTH, (DIGITS, NUMBERS), strict=True):
        parts, more = (
            kind(random_state=1),
            {"classes": np.unique(y)} if is_classifier(kind()) else {},
        )
        for _ in range(60):
            parts.partial_fit(X, y, **more)
        assert parts.score(X, y) > (0.95 if more else 0.6)


@EACH
def test_the_shuffle_counts(kind: Any):
    X, y = IRIS
    nets = [
        digests(kind(1, max_iter=1, random_state=0, shuffle=shuffle).fit(X, y))
        for shuffle in (True, True, False, False)
    ]
    assert nets[0] == nets[1] != nets[2] == nets[3]


@EACH
@pytest.mark.parametrize("form", ["csr", "csc", "coo", "lil", "dok", "bsr"])
def test_sparse_rows_are_the_dense_ones(kind: Any, form: str):
    from scipy import sparse

    X, y = DIGITS[0][:50], DIGITS[1][:50]
    rows = getattr(sparse, f"{form}_array")(X)
    model = kind(15, max_iter=10, random_state=1)
    dense, thin = digests(model.fit(X, y)), digests(model.fit(rows, y))
    assert dense == thin and np.array_equal(model.predict(X), model.predict(rows))


@EACH
def test_early_stopping_tells_scores_and_no_best_loss(kind: Any):
    model = kind(early_stopping=True, max_iter=300, n_iter_no_change=3, random_state=0)
    model.fit(*(DIGITS if is_classifier(model) else NUMBERS))
    assert model.n_iter_ < 300 and model.best_loss_ is None
    assert len(model.validation_scores_) == model.n_iter_
    assert model.best_validation_score_ == max(model.validation_scores_) > 0.6
    model.set_params(early_stopping=False, max_iter=5).fit(*DIGITS)
    assert model.validation_scores_ is model.best_validation_score_ is None
    assert model.best_loss_ == min(model.loss_curve_) > 0


def test_early_stopping_without_an_end_uses_all_epochs():
    model = FastNetClassifier(
        early_stopping=True, n_iter_no_change=np.inf, max_iter=60, random_state=0
    ).fit(*IRIS)
    assert model.n_iter_ == 60


def test_rows_held_out_are_of_every_class_also_if_these_are_words():
    X, y = make_classification(200, 10, n_classes=3, n_informative=5, random_state=42)
    model = FastNetClassifier(early_stopping=True, max_iter=50, random_state=42)
    model.fit(X, np.array(["class_a", "class_b", "class_c"], object)[y])
    assert np.isfinite(model.validation_scores_).all() and max(model.validation_scores_) > 0.5


@EACH
def test_a_warm_start_counts_its_own_epochs(kind: Any):
    model = kind(2, warm_start=True, max_iter=3, random_state=0).fit(*IRIS)
    assert model.n_iter_ == 3
    before = digests(model)
    assert model.fit(*IRIS).n_iter_ == 3 and digests(model) != before
    model.set_params(max_iter=20).fit(*IRIS)
    assert model.n_iter_ == 20 and len(model.loss_curve_) == 26 and model.t_ == 26 * 150


@EACH
def test_a_warm_start_with_early_stopping_adds_scores(kind: Any):
    model = kind(max_iter=5, warm_start=True, early_stopping=True, random_state=0).fit(*IRIS)
    before = len(model.validation_scores_)
    assert len(model.fit(*IRIS).validation_scores_) > before


@EACH
def test_the_dtype_of_X_changes_nothing(kind: Any):
    X, y = DIGITS[0].astype(np.float32), DIGITS[1]
    one, two = (
        kind((5, 3), max_iter=10, random_state=1).fit(each, y) for each in (X, X.astype(float))
    )
    assert digests(one) == digests(two)
    assert {w.dtype for w in one.coefs_} == {np.dtype("float32")}
    wide = kind((5, 3), max_iter=2, dtype="float64").fit(X, y)
    assert {w.dtype for w in [*wide.coefs_, *wide.intercepts_]} == {np.dtype("float64")}


def test_a_net_of_one_row_learns_another_by_parts():
    model = FastNetRegressor(42, random_state=42).fit([[2.0], [3.0]], [4.0, 5.0])
    for _ in range(300):
        model.partial_fit([[2.0]], [1.0])
    np.testing.assert_allclose(model.predict([[2.0]]), 1, rtol=1e-3)


@EACH
def test_rows_near_the_largest_number_are_learned(kind: Any):
    X = np.finfo(float).max * np.random.default_rng(0).random((60, 2))
    y = (X[:, 0] > X[:, 1]).astype(int)
    assert kind(random_state=0).fit(X, y).score(X, y) > 0.5
