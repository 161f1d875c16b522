"""y in all forms: labels of any type, several at once, numbers; and what is none of these."""

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse

import fastnet
from fastnet.sklearn import FastNetClassifier, FastNetRegressor
from tests.sklearn.helpers import BOTH, FRAME

X = np.random.default_rng(0).normal(size=(90, 3))
CODES = (X[:, 0] > 0).astype(int) + (X[:, 1] > 1)

LABELS: dict[str, Any] = {
    "words": np.array(["c", "a", "b"])[CODES],
    "words in a list": np.array(["c", "a", "b"])[CODES].tolist(),
    "words as objects": np.array(["long", "a", "b"], object)[CODES],
    "numbers as words": np.array(["10", "9", "8"])[CODES],
    "bytes": np.array([b"c", b"a", b"b"])[CODES],
    "whole numbers": CODES * 7 - 3,
    "whole numbers as objects": (CODES * 7 - 3).astype(object),
    "small whole numbers": CODES.astype(np.uint8),
    "huge whole numbers": [2**70 + int(code) for code in CODES],
    "truth values": CODES > 0,
    "whole floats": CODES - 1.0,
    "a series": pd.Series(np.array(["c", "a", "b"])[CODES], index=range(90, 0, -1), name="y"),
    "a category": pd.Series(pd.Categorical.from_codes(CODES, ["c", "a", "b"])),
    "a series of Polars": pl.Series(["cab"[code] for code in CODES]),
}


@pytest.mark.parametrize("form", LABELS)
def test_labels_come_back(form: str):
    y = LABELS[form]
    estimator = FastNetClassifier(random_state=0).fit(X, y)
    assert estimator.classes_.tolist() == sorted({*np.asarray(y).tolist()})
    came = estimator.predict(X)
    assert (came.tolist() == np.asarray(y)).mean() > 0.8
    assert estimator.n_outputs_ == len(estimator.classes_)
    # the net's own labels are the same, so that its file is of use without the estimator
    assert estimator.model_.predict(X).tolist() == came.tolist()
    if form not in ("bytes", "huge whole numbers"):  # which no metric of scikit-learn takes
        right = (came.tolist() == np.asarray(y)).mean()
        assert estimator.score(X, y) == pytest.approx(right)
        assert estimator.score(X, y, sample_weight=came.tolist() == np.asarray(y)) == 1


@pytest.mark.parametrize("nets", [1, 3])
@pytest.mark.parametrize("loss", ["cross-entropy", "quadratic"])
def test_probabilities_sum_to_1(nets: int, loss: str):
    estimator = FastNetClassifier(random_state=0, n_nets=nets, loss=loss).fit(X, CODES)
    p = estimator.predict_proba(X)
    assert p.dtype == np.float64
    assert np.abs(p.sum(axis=1) - 1).max() < 1e-7
    assert (p >= 0).all()
    assert (estimator.classes_[p.argmax(axis=1)] == estimator.predict(X)).all()
    assert np.allclose(np.exp(estimator.predict_log_proba(X)), p)


def test_outputs_that_are_no_probabilities_become_some():
    estimator = FastNetClassifier(
        [4], activation=["tanh", "identity"], loss="quadratic", random_state=0
    )
    estimator.fit(X, CODES)
    estimator.coefs_[-1][:] = 0
    estimator.intercepts_[-1][:] = [-3, 1, 3]
    assert (estimator.predict_proba(X) == [0, 0.25, 0.75]).all()
    assert (estimator.predict_log_proba(X)[:, 0] == -np.inf).all()
    estimator.intercepts_[-1][:] = [-3, -1, -2]
    assert (estimator.predict_proba(X) == 1 / 3).all()
    assert (estimator.predict(X) == 1).all()


def test_several_labels_at_once():
    y = np.c_[CODES > 0, CODES == 1, np.zeros(len(X))].astype(int)
    fits = [FastNetClassifier(random_state=0).fit(X, each) for each in (y, sparse.csr_array(y))]
    for estimator in fits:
        assert estimator.classes_.tolist() == [0, 1, 2]
        assert estimator.predict_proba(X).shape == y.shape
        assert set(np.unique(estimator.predict(X))) == {0, 1}
        assert estimator.score(X, y) > 0.8
        assert estimator.model_.task == "multilabel"
    with pytest.raises(ValueError, match=r"^loss: 'quadratic', but y has several labels"):
        FastNetClassifier(loss="quadratic").fit(X, y)
    with pytest.raises(ValueError, match=r"^class_weight: .*, but y has several labels, wanted"):
        FastNetClassifier(class_weight={0: 2}).fit(X, y)
    for label in (2, -1):
        with pytest.raises(ValueError, match=rf"^y: {label} in a column, wanted the presence"):
            FastNetClassifier().fit(X, np.where(y, label, 1))
    parts = FastNetClassifier(random_state=0)
    for _ in range(30):
        parts.partial_fit(X, y)
    assert parts.score(X, y) > 0.8
    with pytest.raises(ValueError, match=r"^y: 2 labels, wanted 3, as before"):
        parts.partial_fit(X, y[:, :2])
    with pytest.raises(ValueError, match=r"^y: shape .* wanted several labels at once, as before"):
        parts.partial_fit(X, CODES)


def test_several_labels_may_be_balanced():
    rare = np.c_[X[:, 0] > 1.5, X[:, 1] > 1.5].astype(int)
    plain, balanced = (
        FastNetClassifier(class_weight=weight, max_iter=10, random_state=0).fit(X, rare)
        for weight in (None, "balanced")
    )
    assert (balanced.predict_proba(X).mean(axis=0) > plain.predict_proba(X).mean(axis=0)).all()


@pytest.mark.parametrize("scale", [1.0, 1e-6, 1e9])
def test_numbers_of_any_scale(scale: float):
    y = scale * (X[:, 0] + 100)
    assert FastNetRegressor(random_state=0).fit(X, y).score(X, y) > 0.9
    pairs = np.c_[y, 1e5 * X[:, 1]]
    estimator = FastNetRegressor(random_state=0).fit(X, pairs)
    assert estimator.predict(X).shape == pairs.shape
    assert estimator.score(X, pairs) > 0.9
    with pytest.raises(ValueError, match=r"^y: 1 numbers a row, wanted 2, as before"):
        estimator.partial_fit(X, y)


def test_whole_numbers_are_numbers_to_a_regressor():
    estimator = FastNetRegressor(random_state=0).fit(X, CODES)
    assert estimator.predict(X).dtype == np.float64
    assert estimator.score(X, CODES) > 0.5


BAD: dict[str, tuple[Any, str]] = {
    "words and numbers": (["a", 1] * 45, r"^y: words .* and whole numbers .* labels of one type"),
    "none": (None, "requires y to be passed"),
    "a missing word": (["a", None] * 45, "^y: 45 missing values in rows 1, 3, 5"),
    "NaN": ([1.0, np.nan] * 45, "y contains NaN"),
    "NaN among words": (np.array(["a", np.nan] * 45, object), "^y: 45 missing values"),
    "infinity": ([1.0, np.inf] * 45, "y contains infinity"),
    "three axes": (np.zeros((90, 2, 2)), "^y: shape|dim 3"),
    "another length": ([0, 1], r"inconsistent numbers of samples: \[90, 2\]"),
    "complex": (CODES + 1j, "Complex data not supported"),
}


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize("case", BAD)
def test_what_is_no_target_is_one_clear_line(kind: Any, case: str):
    y, message = BAD[case]
    with pytest.raises((TypeError, ValueError), match=message):
        kind().fit(X, y)


def test_each_estimator_refuses_the_targets_of_the_other():
    with pytest.raises(TypeError, match=r"^y: dtype <U1, wanted real numbers"):
        FastNetRegressor().fit(X, LABELS["words"])
    with pytest.raises(ValueError, match=r"Unknown label type: continuous"):
        FastNetClassifier().fit(X, X[:, 0])
    with pytest.raises(ValueError, match=r"Unknown label type|1d array"):
        FastNetClassifier().fit(X, np.c_[CODES, CODES + 5])


def test_far_targets_are_said():
    y = FRAME.age.to_numpy(float)
    y[3] = 1e9
    with pytest.warns(fastnet.LearningWarning, match=r"^y: 1 of 120 targets"):
        FastNetRegressor().fit(FRAME, y)


WEIGHTS: dict[str, tuple[Any, str]] = {
    "zero": (np.zeros(90), "^sample_weight: all weights are zero"),
    "negative": (-np.ones(90), "^sample_weight: Negative values in data, -1 for sample 0"),
    "NaN": (np.full(90, np.nan), "sample_weight contains NaN"),
    "short": (np.ones(3), r"^sample_weight: shape \(3,\), wanted \(90,\), as X"),
    "a matrix": (np.ones((90, 2)), r"^sample_weight: shape \(90, 2\)"),
    "words": (["a"] * 90, "could not convert"),
}


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize("case", WEIGHTS)
def test_what_is_no_weight_is_one_clear_line(kind: Any, case: str):
    weights, message = WEIGHTS[case]
    with pytest.raises((TypeError, ValueError), match=message):
        kind().fit(X, CODES, sample_weight=weights)
    with pytest.raises((TypeError, ValueError), match=message):
        more = {"classes": [0, 1, 2]} if kind is FastNetClassifier else {}
        kind().partial_fit(X, CODES, sample_weight=weights, **more)


CLASS_WEIGHTS: dict[str, tuple[Any, str]] = {
    "another label": ({"b": 2}, "^class_weight: 'b' is none of the classes, and 0 has no weight"),
    "negative": ({0: -1}, "^class_weight: -1, wanted a number >= 0"),
    "zero": ({0: 0, 1: 0, 2: 0}, "^class_weight: all weights are zero"),
    "another word": ("balance", "^class_weight: 'balance', wanted 'balanced' or"),
    "a number": (2, "^class_weight: 2, wanted 'balanced' or"),
}


@pytest.mark.parametrize("case", CLASS_WEIGHTS)
def test_what_is_no_weight_of_a_class_is_one_clear_line(case: str):
    given, message = CLASS_WEIGHTS[case]
    with pytest.raises((TypeError, ValueError), match=message):
        FastNetClassifier(class_weight=given).fit(X, CODES)


def test_a_fold_may_lack_a_class_that_has_a_weight():
    some = CODES < 2
    estimator = FastNetClassifier(class_weight={0: 1, 1: 2, 2: 3}, random_state=0)
    assert estimator.fit(X[some], CODES[some]).classes_.tolist() == [0, 1]
