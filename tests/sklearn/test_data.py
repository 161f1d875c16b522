"""X in all forms: the same values give the same net, and what is no table is one clear error."""

import contextlib
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy import sparse
from sklearn.utils import get_tags

import fastnet
from fastnet.sklearn import FastNetClassifier, FastNetRegressor
from tests.sklearn.helpers import BOTH, FRAME, answers, digests, target

EACH = pytest.mark.parametrize("kind", BOTH)
DIGITS = np.random.default_rng(0).integers(0, 5, (60, 3))
LABELS = (DIGITS[:, 0] > 2).astype(int)

FRAMES: dict[str, Any] = {
    "polars": pl.from_pandas(FRAME),
    "arrow": pa.Table.from_pandas(FRAME),
    "dicts": FRAME.to_dict("records"),
    "columns": {name: FRAME[name].to_numpy() for name in FRAME},
    "fields": FRAME.astype({"job": "object"}).to_records(index=False),
}
ARRAYS: dict[str, Any] = {
    "lists": DIGITS.tolist(),
    "float32": DIGITS.astype(np.float32),
    "Fortran": np.asfortranarray(DIGITS),
    "objects": DIGITS.astype(object),
    "frame": pd.DataFrame(DIGITS),
    "csr": sparse.csr_array(DIGITS),
    "coo matrix": sparse.coo_matrix(DIGITS.astype(float)),
    "csc": sparse.csc_array(DIGITS),
    "bytes": DIGITS.astype(np.uint8),  # numbers, not pixels
}


def fitted(kind: Any, X: Any, y: Any = None, **more: Any) -> Any:
    return kind(random_state=0, max_iter=3, **more).fit(X, target(kind) if y is None else y)


@EACH
@pytest.mark.parametrize("form", FRAMES)
def test_every_frame_gives_the_net_of_pandas(kind: Any, form: str):
    X = FRAMES[form]
    estimator, wanted = fitted(kind, X), fitted(kind, FRAME)
    assert digests(estimator) == digests(wanted)
    assert (answers(estimator, X) == answers(wanted)).all()
    assert estimator.n_features_in_ == 4
    assert estimator.feature_names_in_.tolist() == FRAME.columns.tolist()


@pytest.mark.parametrize("form", ARRAYS)
def test_every_array_gives_the_same_net(form: str):
    X = ARRAYS[form]
    estimator, wanted = (fitted(FastNetClassifier, rows, LABELS) for rows in (X, DIGITS))
    assert digests(estimator) == digests(wanted)
    for rows in (X, DIGITS, sparse.csr_array(DIGITS)):
        assert (answers(estimator, rows) == answers(wanted, DIGITS)).all()
    assert estimator.n_features_in_ == 3
    assert not hasattr(estimator, "feature_names_in_")


@EACH
def test_words_and_gaps_in_an_array_of_objects_are_those_of_a_frame(kind: Any):
    X = FRAME.to_numpy(object)
    estimator = fitted(kind, X)
    assert estimator.model_.encoding.width == fitted(kind, FRAME).model_.encoding.width
    assert estimator.predict(X).tolist() == estimator.predict(X.tolist()).tolist()


def test_gaps_and_new_words_are_answered_without_a_word():
    """In cross-validation they are usual."""
    estimator = fitted(FastNetClassifier, FRAME)
    X = FRAME[:6].assign(age=np.nan, job=[None, "new", "", "job b", "other", "job c"])
    assert estimator.predict(X).shape == (6,)


def test_the_columns_of_a_frame_are_those_of_before():
    estimator = fitted(FastNetClassifier, FRAME)
    with pytest.raises(ValueError, match="must be in the same order"):
        estimator.predict(FRAME[FRAME.columns[::-1]])
    with pytest.raises(ValueError, match="yet now missing:\n- age"):
        estimator.predict(FRAME.drop(columns="age"))
    with pytest.warns(UserWarning, match="X does not have valid feature names"):
        named = estimator.predict(FRAME.to_numpy(object))
    assert (named == estimator.predict(FRAME)).all()
    with pytest.raises(ValueError, match="no column 'age'"):
        estimator.predict(FRAME.drop(columns="age").to_dict("records"))
    dicts = [dict(reversed(row.items())) for row in FRAME.to_dict("records")]
    assert (estimator.predict(dicts) == estimator.predict(FRAME)).all()


def test_a_fit_forgets_the_names_of_before():
    estimator = fitted(FastNetClassifier, FRAME)
    estimator.fit(DIGITS, LABELS)
    assert not hasattr(estimator, "feature_names_in_")
    assert estimator.n_features_in_ == 3


@EACH
def test_wide_sparse_rows_stay_sparse(kind: Any):
    X = sparse.random_array((80, 2000), density=0.02, format="csr", rng=np.random.default_rng(0))
    y = np.asarray(X[:, :1000].sum(axis=1) - X[:, 1000:].sum(axis=1))
    y = y > 0 if kind is FastNetClassifier else 1e5 * y
    estimator = kind(random_state=0).fit(X, y)
    assert estimator.model_.encoding is None
    assert estimator.coefs_[0].shape[0] == 2000
    assert estimator.score(X, y) > 0.95
    assert (estimator.predict(X) == estimator.predict(X.toarray())).all()
    assert digests(fitted(kind, X, y)) == digests(fitted(kind, X.toarray(), y, encode="none"))
    tables = [fitted(kind, rows, y, encode="table") for rows in (X, X.toarray())]
    assert digests(tables[0]) == digests(tables[1])


@EACH
def test_numbers_stay_as_they_are_if_asked(kind: Any):
    X = (DIGITS - 2) / 2.0
    y = LABELS if kind is FastNetClassifier else 1e4 * DIGITS[:, 0]
    estimator = kind(random_state=0, encode="none").fit(X, y)
    assert estimator.model_.encoding is None
    assert estimator.score(X, y) > 0.9
    pixels = (100 * DIGITS % 256).astype(np.uint8)
    plain = fitted(kind, pixels, y, encode="none")
    assert (answers(plain, pixels) == answers(plain, pixels / np.float32(255))).all()


BAD: dict[str, tuple[Any, str]] = {
    "infinity": ([[np.inf], [1.0]], "X contains infinity"),
    "a row": ([1.0, 2.0], "Expected 2D array, got 1D array instead"),
    "no rows": (np.zeros((0, 2)), r"0 sample\(s\)"),
    "no rows of a frame": (FRAME[:0], r"0 sample\(s\)"),
    "no columns": (np.zeros((2, 0)), r"0 feature\(s\)"),
    "three axes": (np.zeros((2, 2, 2)), "dim 3"),
    "complex": (np.ones((2, 1), complex), "Complex data not supported"),
    "another length": ([[1.0]] * 3, r"inconsistent numbers of samples: \[3, 2\]"),
    "lists in cells": (pd.DataFrame({"a": [[1], [2]]}), "X: column 'a': list"),
    "dicts in cells": (np.array([[{"a": 1}], [2]], object), "X: column '?0'?: dict"),
    "dates and words": (pd.DataFrame({"a": [pd.Timestamp(0), "x"]}), "X: column 'a'"),
    "two columns of a name": (pd.DataFrame([[1, 2], [3, 4]], columns=["a", "a"]), "'a'"),
    "ragged": ([[1.0], [1.0, 2.0]], "inhomogeneous"),
}


@EACH
@pytest.mark.parametrize("case", BAD)
def test_what_is_no_table_is_an_error(kind: Any, case: str):
    X, message = BAD[case]
    with pytest.raises((TypeError, ValueError), match=message):
        kind().fit(X, [0, 1])
    with pytest.raises((TypeError, ValueError), match="float|sequence|" + message):
        kind(encode="none").fit(X, [0, 1])


def test_words_are_refused_where_numbers_stay_as_they_are():
    with pytest.raises(ValueError, match="could not convert string to float"):
        FastNetClassifier(encode="none").fit(FRAME, target(FastNetClassifier))
    assert not get_tags(FastNetRegressor(encode="none")).input_tags.allow_nan
    assert get_tags(FastNetRegressor()).input_tags.allow_nan


def test_nothing_is_printed(capsys: pytest.CaptureFixture[str]):
    """Neither that a table is encoded, nor an epoch, unless it is asked for."""
    X = FRAME.rename(columns=lambda name: f"{name} of nobody else")
    for more in ({}, {"n_nets": 2}, {"early_stopping": True}):
        fitted(FastNetClassifier, X, **more).predict(X)
    FastNetClassifier().partial_fit(X, target(FastNetClassifier), classes=["no", "yes"])
    assert capsys.readouterr() == ("", "")
    fitted(FastNetClassifier, X, verbose=True)
    assert capsys.readouterr().err.count("epoch") == 3


@EACH
def test_columns_without_a_value_are_said_and_constant_ones_are_not(kind: Any):
    y = target(kind)
    fitted(kind, FRAME.assign(same=1.0))
    with pytest.warns(fastnet.LearningWarning, match="column 'none': no values; it is left out"):
        fitted(kind, FRAME.assign(none=np.nan), y)


@pytest.mark.parametrize("own", [False, True])
def test_nothing_learned_is_said_only_at_a_rate_of_one_s_own(own: bool):
    """As where labels are permuted: then it is for the score to say."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(400, 2)), rng.integers(0, 2, 400)
    more = {"learning_rate_init": 1e-6} if own else {}
    said = pytest.warns(fastnet.LearningWarning, match="learned")
    with said if own else contextlib.nullcontext():
        FastNetClassifier(random_state=0, **more).fit(X, y)
