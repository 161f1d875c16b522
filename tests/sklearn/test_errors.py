"""Bad input: each call ends in one line that names the argument by the estimator's name."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.exceptions import NotFittedError

import fastnet
from fastnet.sklearn import FastNetClassifier, FastNetRegressor
from tests.sklearn.helpers import BOTH

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 3))
Y = np.arange(40) % 2
ONES = np.ones(40)
EACH = pytest.mark.parametrize("kind", BOTH)


def put(array: Any, value: Any, place: Any = 3) -> Any:
    changed = np.array(array, float)
    changed[place] = value
    return changed


def fails(argument: str, call: Callable[[], object]) -> str:
    """The message of a call that fails, in one line that names an argument."""
    with pytest.raises((TypeError, ValueError)) as caught:
        call()
    message = str(caught.value)
    assert "\n" not in message and len(message) < 400
    assert argument in message.replace(":", " ").replace("=", " ").split()
    return message


NO_ROWS: dict[str, Any] = {
    "one row alone": X[0],
    "three dimensions": X[None],
    "no rows": X[:0],
    "no columns": X[:, :0],
    "a number": 3,
    "nothing": None,
    "text": "abc",
    "complex numbers": X * 1j,
    "complex numbers in sparse rows": sparse.csr_array(X * 1j),
    "infinity": put(X, np.inf),
    "infinity in sparse rows": sparse.csr_array(put(X, np.inf)),
    "infinity in a frame": pd.DataFrame(put(X, np.inf)),
    "sparse rows of one dimension": sparse.coo_array(X[:, 0]),
    "rows of different lengths": [[1.0, 2.0], [3.0]] * 20,
    "a series": pd.Series(X[:, 0]),
    "the same name twice": pd.DataFrame(X, columns=["a", "b", "a"]),
    "lists in a frame": pd.DataFrame({"a": [[1]] * 40}),
    "dicts in an array": np.array([[{}]] * 40, object),
    "more rows than targets": np.vstack([X, X]),
}


@EACH
@pytest.mark.parametrize("case", NO_ROWS)
def test_what_is_no_table(kind: Any, case: str):
    argument = "y" if case == "more rows than targets" else "X"
    for learn in (kind(max_iter=2).fit, FastNetRegressor().partial_fit):
        fails(argument, lambda learn=learn: learn(NO_ROWS[case], Y))
    fitted = kind(max_iter=2).fit(X, Y)
    if argument == "X":
        fails("X", lambda: fitted.predict(NO_ROWS[case]))


NO_TARGETS: dict[str, Any] = {
    "nothing": None,
    "too few": Y[:-1],
    "none": [],
    "a number": 1,
    "a dict": {"a": 1},
    "a gap": put(Y, np.nan),
    "infinity": put(Y, np.inf),
    "a gap of pandas": pd.Series(Y).astype("Int64").where(Y > 0),
    "three dimensions": np.zeros((40, 2, 2)),
    "words and numbers": np.array(["a", 1] * 20, object),
    "words and a gap": np.array(["a", None] * 20, object),
    "complex numbers": Y * 1j,
    "sets": [{1}] * 40,
    "rows of different lengths": [[1], [1, 2]] * 20,
}
NO_CLASSES = {"numbers": X[:, 0], "several numbers": X, "several classes": np.c_[Y, 2 + Y]}
NO_NUMBERS = {"words": np.array(["a", "b"])[Y], "times": np.array(["2020-01-01"] * 40, "M8[D]")}


@EACH
@pytest.mark.parametrize("case", NO_TARGETS)
def test_what_are_no_targets(kind: Any, case: str):
    fails("y", lambda: kind(max_iter=2).fit(X, NO_TARGETS[case]))
    if kind is FastNetRegressor:
        fails("y", lambda: kind().partial_fit(X, NO_TARGETS[case]))
    elif case not in ("three dimensions", "rows of different lengths"):
        fails("y", lambda: kind().partial_fit(X, NO_TARGETS[case], classes=[0, 1]))


@pytest.mark.parametrize("case", NO_CLASSES)
def test_what_are_no_classes(case: str):
    fails("y", lambda: FastNetClassifier(max_iter=2).fit(X, NO_CLASSES[case]))


@pytest.mark.parametrize("case", NO_NUMBERS)
def test_what_are_no_numbers(case: str):
    fails("y", lambda: FastNetRegressor(max_iter=2).fit(X, NO_NUMBERS[case]))


NO_WEIGHTS: dict[str, Any] = {
    "all zero": 0 * ONES,
    "negative": put(ONES, -1),
    "a gap": put(ONES, np.nan),
    "infinity": put(ONES, np.inf),
    "too few": ONES[:3],
    "a column": ONES[:, None],
    "a word": "balanced",
    "words": ["a"] * 40,
}


@EACH
@pytest.mark.parametrize("case", NO_WEIGHTS)
def test_what_are_no_weights(kind: Any, case: str):
    fails("sample_weight", lambda: kind(max_iter=2).fit(X, Y, NO_WEIGHTS[case]))
    more = {"classes": [0, 1]} if kind is FastNetClassifier else {}
    fails("sample_weight", lambda: kind().partial_fit(X, Y, sample_weight=NO_WEIGHTS[case], **more))


NO_VALUES: list[tuple[str, Any]] = [
    ("hidden_layer_sizes", 0), ("hidden_layer_sizes", "100"), ("hidden_layer_sizes", (10, -1)),
    ("hidden_layer_sizes", 3.5), ("hidden_layer_sizes", (3.5,)), ("hidden_layer_sizes", {}),
    ("activation", "swish"), ("activation", 3), ("activation", ["relu", "cosine", "tanh"]),
    ("alpha", -1), ("alpha", "0.1"), ("alpha", np.nan), ("alpha", 1e9),
    ("learning_rate_init", 0), ("learning_rate_init", -1), ("learning_rate_init", "adaptive"),
    ("schedule", "adaptive"), ("schedule", "plateau"), ("average", 1.5), ("average", "yes"),
    ("max_iter", 0), ("max_iter", -1), ("max_iter", 2.5), ("max_iter", "10"), ("max_iter", True),
    ("n_nets", 0), ("n_nets", 2.5), ("n_nets", None), ("n_nets", 10**10),
    ("shuffle", "yes"), ("random_state", "a"), ("random_state", -1), ("random_state", 0.5),
    ("warm_start", "yes"), ("early_stopping", "auto"), ("validation_fraction", 1.5),
    ("validation_fraction", "x"), ("n_iter_no_change", 0), ("n_iter_no_change", 2.5),
    ("dtype", "float16"), ("encode", "yes"), ("threads", 0), ("threads", "all"), ("verbose", "x"),
]  # fmt: skip


@EACH
@pytest.mark.parametrize(("name", "value"), NO_VALUES, ids=str)
def test_what_is_no_value_of_a_parameter(kind: Any, name: str, value: Any):
    more = {"max_iter": 2, name: value}
    assert fails(name, lambda: kind(**more).fit(X, Y)).startswith(f"{name}: ")


@EACH
def test_options_that_do_not_go_together(kind: Any):
    fails("early_stopping", lambda: kind(average=0.5, early_stopping=True).fit(X, Y))
    few = kind(early_stopping=True, max_iter=3)
    fails("validation_fraction", lambda: few.fit(X[:4], Y[:4]))
    model = kind(warm_start=True, max_iter=2).fit(X, Y)
    fails("n_nets", lambda: model.set_params(n_nets=2).fit(X, Y))


@pytest.mark.compiled  # as plain Python, NumPy warns of the infinities
@EACH
def test_a_run_that_diverges_names_the_parameters(kind: Any):
    model = kind(learning_rate_init=1e6, activation="relu", max_iter=3, random_state=0)
    warned = pytest.warns(fastnet.LearningWarning, match="^learning_rate_init: ")
    refused = pytest.raises(fastnet.Diverged, match="a smaller learning_rate_init, or")
    with warned, refused as caught:
        model.fit(X, Y)
    assert "\n" not in str(caught.value)


def test_words_where_numbers_were():
    frame = pd.DataFrame({"a": X[:, 0], "w": np.array(["u", "v"])[Y]})
    model = FastNetClassifier(max_iter=2).fit(frame, Y)
    assert "'a'" in fails("X", lambda: model.predict(frame.assign(a="zz")))
    assert "'a'" in fails("X", lambda: model.partial_fit(frame.assign(a="zz"), Y))
    for missing in (frame[["a"]], frame.rename(columns={"w": "v"}), frame[["w", "a"]]):
        with pytest.raises(ValueError, match="feature names"):
            model.predict(missing)
    fails("X", lambda: FastNetClassifier(max_iter=2).fit(X, Y).predict([["a", "b", "c"]]))


BAD_CLASSES = {
    "one is missing": [0],
    "a word": "ab",
    "words": ["a", "b"],
    "words and numbers": ["a", 0],
    "a gap": [0, 1, np.nan],
    "two dimensions": [[0, 1]],
    "none": [],
    "a number": 2,
}


@pytest.mark.parametrize("case", BAD_CLASSES)
def test_what_are_not_the_classes_of_partial_fit(case: str):
    with pytest.raises((TypeError, ValueError), match="classes") as caught:
        FastNetClassifier().partial_fit(X, Y, classes=BAD_CLASSES[case])
    assert "\n" not in str(caught.value)


def test_the_classes_of_partial_fit_are_those_of_before():
    model = FastNetClassifier(random_state=0).partial_fit(X, Y, classes=[0, 1, 2])
    model.partial_fit(X, Y, classes=[2, 1, 0]).partial_fit(X, Y)
    fails("classes", lambda: model.partial_fit(X, Y, classes=[0, 1]))
    fails("y", lambda: model.partial_fit(X, Y + 2))
    fails("classes", lambda: FastNetClassifier().partial_fit(X, Y))


@EACH
def test_what_must_be_fitted_first(kind: Any, tmp_path: Any):
    for call in (lambda: kind().predict(X), lambda: kind().save(tmp_path / "no.npz")):
        with pytest.raises(NotFittedError, match="not fitted yet"):
            call()


@EACH
def test_what_is_odd_but_can_be_answered(kind: Any):
    said = pytest.warns(fastnet.LearningWarning, match="^y: all rows (are|have) 0, so there is not")
    with said as found:
        one = kind(random_state=0).fit(X[:1], Y[:1])
    assert [each.filename for each in found] == [__file__]
    assert one.predict(X).tolist() == [0] * 40
    with pytest.warns(fastnet.LearningWarning, match="^y: all rows (are|have) 5, so there is not"):
        alike = kind(random_state=0).fit(X, 5 * ONES.astype(int))
    assert alike.predict(X).tolist() == [5] * 40
    with pytest.warns(fastnet.LearningWarning, match="^y: all rows (are|have) 1, so there is not"):
        of_one = kind(random_state=0).fit(X, Y, sample_weight=Y)
    assert of_one.predict(X).tolist() == [1] * 40
    huge = kind(max_iter=2, random_state=0).fit(X * 1e300, Y)
    assert np.isfinite(huge.predict(X * 1e300)).all()


@pytest.mark.compiled  # many epochs
@pytest.mark.parametrize("scale", [1e-300, 1e300])
def test_numbers_of_any_size_are_learned(scale: float):
    model = FastNetRegressor(random_state=0).fit(X, scale * X[:, 0])
    assert np.corrcoef(model.predict(X) / scale, X[:, 0])[0, 1] > 0.95
