"""Inputs that do not fit: each is named before anything is learned."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from fastnet import train
from fastnet.data import samples as data
from tests.data.helpers import GOOD, LABEL, NET, never, with_one

BAD_X = {
    "a number": (1.5, ValueError, r"shape \(\), wanted \(samples, features\)"),
    "a row": (GOOD[0], ValueError, r"shape \(4,\), wanted \(samples, features\) \(one sample: X"),
    "no images": (np.zeros((0, 2, 2)), ValueError, r"shape \(0, 4\), wanted at least one sample"),
    "no samples": (GOOD[:0], ValueError, r"shape \(0, 4\), wanted at least one sample"),
    "no features": (GOOD[:, :0], ValueError, r"shape \(6, 0\), wanted at least one .* feature"),
    "empty list": ([], ValueError, r"shape \(0,\)"),
    "ragged": ([[1, 2], [3]], ValueError, "rows of different lengths"),
    "None": (None, TypeError, "NoneType, wanted real numbers"),
    "Nones": ([[1.0, None]] * 6, TypeError, "dtype object, None in row 0, column 1, wanted real"),
    "strings": (GOOD.astype(str), TypeError, "dtype <U.*, wanted real numbers; encode='table' "),
    "words": ([["a", 1], ["b", 2]], TypeError, "dtype <U.*, wanted real numbers; encode='table' "),
    "bytes": (GOOD.astype("S"), TypeError, "dtype .S.*, wanted real numbers"),
    "complex": (GOOD + 0j, TypeError, "dtype complex128, wanted real numbers"),
    "dates": (GOOD.astype("M8[s]"), TypeError, "dtype datetime64.*, wanted real numbers"),
    "times": (GOOD.astype("m8[s]"), TypeError, "dtype timedelta64.*, wanted real numbers"),
    "NaN": (
        with_one(np.nan),
        ValueError,
        "nan in row 3, column 2, wanted finite numbers within float32; encode='table' takes",
    ),
    "infinity": (with_one(np.inf), ValueError, "inf in row 3, column 2, .* within float32$"),
    "-infinity": (with_one(-np.inf, "float32"), ValueError, "-inf in row 3, column 2"),
    "NaN in float16": (with_one(np.nan, "float16"), ValueError, "nan in row 3, column 2"),
    "too great": (with_one(-1e39), ValueError, r"-1e\+39 in row 3, .* within float32"),
}


@pytest.mark.parametrize("kind", BAD_X)
def test_bad_inputs_are_named_before_anything_is_learned(kind):
    X, error, message = BAD_X[kind]
    for act, name in [
        (lambda: train(X, LABEL, on_progress=never), "X"),
        (lambda: train(X, LABEL, init=NET, on_progress=never), "X"),
        (lambda: train(GOOD, LABEL, validation_data=(X, LABEL), on_progress=never),
         "validation_data X"),
        (lambda: NET.predict(X), "X"),
        (lambda: NET.predict_proba(X), "X"),
        (lambda: NET.score(X, LABEL), "X"),
    ]:  # fmt: skip
        with pytest.raises(error, match=f"^{name}: {message}") as caught:
            act()
        assert "\n" not in str(caught.value)


@pytest.mark.filterwarnings("ignore::fastnet.LearningWarning")  # 1e39
def test_what_float32_cannot_hold_float64_can():
    assert train(with_one(-1e39), LABEL, hidden=(3,), epochs=1, dtype="float64").is_finite()
    largest = with_one(np.finfo("float32").max)
    assert train(largest, LABEL, hidden=(3,), epochs=0).predict(largest).shape == (6,)


BAD_NUMBERS = st.sampled_from([np.nan, np.inf, -np.inf])


@given(
    shape=hnp.array_shapes(min_dims=2, max_dims=2, max_side=9),
    where=st.tuples(st.integers(0, 80), st.integers(0, 80)),
    bad=BAD_NUMBERS,
    stored=st.sampled_from(["f2", "f4", "f8", ">f4", "longdouble"]),
    order=st.sampled_from("CF"),
    checked=st.integers(1, 50),
)
def test_a_bad_number_is_found_wherever_it_is(shape, where, bad, stored, order, checked):
    X = np.ones(shape, stored, order)
    row, column = where[0] % shape[0], where[1] % shape[1]
    X[row, column] = bad
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(data, "CHECKED", checked)
        with pytest.raises(ValueError, match=f"^X: {bad} in row {row}, column {column}, wanted"):
            train(X, np.arange(shape[0]), on_progress=never)


@given(
    X=hnp.arrays(
        st.sampled_from(["f4", "f8"]),
        hnp.array_shapes(min_dims=2, max_dims=2, max_side=6),
        elements=st.floats(-(2.0**127), 2.0**127, width=32),
    ),
    checked=st.integers(1, 40),
)
def test_finite_numbers_are_never_refused(X, checked):
    """Not even if their sum overflows, which is how bad ones are looked for."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(data, "CHECKED", checked)
        assert data.Samples(X, np.dtype("float32")).n == len(X)


@given(
    rows=hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5),
    targets=hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5),
)
def test_shapes_either_fit_or_are_named(rows, targets):
    X, y = np.zeros(rows), np.zeros(targets)
    good_X = len(rows) > 1 and 0 not in rows  # images are rows, too
    good_y = (
        len(targets) in (1, 2) and targets[0] == len(X) and targets[1:] != (0,) if good_X else 0
    )
    if good_X and good_y:
        outputs = (*targets, 1)[1]
        assert train(X, y, hidden=(), epochs=0).sizes == (math.prod(rows[1:]), outputs)
    else:
        with pytest.raises(ValueError, match=f"^{'y' if good_X else 'X'}: shape "):
            train(X, y, hidden=(), epochs=0)


def test_one_sample_and_one_feature_are_enough():
    X = np.array([[0.5]])
    assert train(X, [[1.0]], epochs=2).predict(X).shape == (1, 1)
    assert train([[1], [2]], [0, 1], hidden=(1,), epochs=2).predict([[1]]).shape == (1,)
