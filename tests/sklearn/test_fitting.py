"""What is learned: it depends on the rows, how often each counts, and the seed; on nothing else."""

from itertools import product
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone

import fastnet
from fastnet.model.ensemble import nets_of
from fastnet.sklearn import FastNetClassifier, FastNetRegressor
from tests.sklearn.helpers import BOTH, FRAME, answers, digests, places, target

EACH = pytest.mark.parametrize("kind", BOTH)
NETS = pytest.mark.parametrize("more", [{}, {"n_nets": 2}, {"early_stopping": True}], ids=str)
COUNTS = np.random.default_rng(1).integers(0, 4, len(FRAME))


def fitted(kind: Any, X: Any = FRAME, y: Any = None, weights: Any = None, **more: Any) -> Any:
    y = target(kind, X) if y is None else y
    return kind(random_state=0, **{"max_iter": 5, **more}).fit(X, y, sample_weight=weights)


@EACH
@NETS
def test_the_order_of_rows_changes_no_bit(kind: Any, more: Any):
    order = places(len(FRAME))
    assert digests(fitted(kind, FRAME.iloc[order], **more)) == digests(fitted(kind, **more))


@EACH
@NETS
def test_a_whole_weight_is_as_many_rows(kind: Any, more: Any):
    order = np.repeat(np.arange(len(FRAME)), COUNTS)[places(COUNTS.sum())]
    repeated = fitted(kind, FRAME.iloc[order], **more)
    assert digests(fitted(kind, weights=COUNTS, **more)) == digests(repeated)
    assert digests(repeated) != digests(fitted(kind, **more))


@pytest.mark.parametrize("weight", ["balanced", {"no": 0.7, "yes": 2}], ids=str)
def test_so_it_is_with_weights_of_classes(weight: Any):
    order = np.repeat(np.arange(len(FRAME)), COUNTS)[places(COUNTS.sum())]
    repeated = fitted(FastNetClassifier, FRAME.iloc[order], class_weight=weight)
    weighted = fitted(FastNetClassifier, weights=COUNTS, class_weight=weight)
    assert digests(weighted) == digests(repeated)


@EACH
def test_rows_of_weight_0_are_not_there(kind: Any):
    """They may have words and classes of their own."""
    X, y = FRAME.copy(), target(kind)
    X.loc[:9, "job"], X.loc[:9, "age"] = "job z", 1e9
    y[:10] = "never" if kind is FastNetClassifier else 1e12
    weights = np.repeat([0.0, 1.0], [10, len(X) - 10])
    estimator = fitted(kind, X, y, weights)
    assert digests(estimator) == digests(fitted(kind, X[10:], y[10:]))
    assert "never" not in getattr(estimator, "classes_", [])


@EACH
@pytest.mark.parametrize("scale", [1e-9, 1 / len(FRAME), 1000, 1e9])
def test_weights_that_are_no_counts_are_divided_by_their_mean(kind: Any, scale: float):
    """Such as those of AdaBoost, whose sum is 1, or of a survey."""
    assert digests(fitted(kind, weights=np.full(len(FRAME), scale))) == digests(fitted(kind))
    some = np.where(np.arange(len(FRAME)) % 2, 1.5, 0.5)
    near = answers(fitted(kind, weights=some * scale))
    np.testing.assert_allclose(near, answers(fitted(kind, weights=some)), rtol=1e-3)


def test_a_weight_of_a_class_counts_beside_that_of_others():
    y = target(FastNetClassifier)
    shares = {
        name: fitted(FastNetClassifier, class_weight=weight, max_iter=20).predict(FRAME) == "yes"
        for name, weight in {
            "none": None, "yes": {"yes": 9}, "no": {"no": 9.0}, "balanced": "balanced",
        }.items()
    }  # fmt: skip
    means = {name: share.mean() for name, share in shares.items()}
    assert means["no"] < means["none"] < means["yes"]
    assert "balanced" in means
    nothing = fitted(FastNetClassifier, class_weight={"yes": 0})
    assert nothing.classes_.tolist() == ["no", "yes"]
    assert (nothing.predict(FRAME) == "no").mean() > (y == "no").mean()


def test_the_scale_of_class_weights_does_not_count():
    one = fitted(FastNetClassifier, class_weight={"yes": 3, "no": 1})
    assert digests(one) == digests(fitted(FastNetClassifier, class_weight={"yes": 3e6, "no": 1e6}))
    assert one.t_ < 20 * len(FRAME)


@EACH
def test_the_seed_decides(kind: Any):
    y = target(kind)
    once, again = (kind(max_iter=2, random_state=7).fit(FRAME, y) for _ in range(2))
    assert digests(once) == digests(again)
    state = np.random.RandomState(7)
    drawn = [kind(max_iter=2, random_state=state).fit(FRAME, y) for _ in range(2)]
    assert digests(drawn[0]) == digests(once) != digests(drawn[1])
    np.random.seed(3)
    free = [kind(max_iter=2).fit(FRAME, y) for _ in range(2)]
    assert digests(free[0]) != digests(free[1])
    np.random.seed(3)
    assert digests(kind(max_iter=2).fit(FRAME, y)) == digests(free[0])


@EACH
def test_each_of_several_nets_has_a_seed_of_its_own(kind: Any):
    estimator = fitted(kind, n_nets=3)
    assert isinstance(estimator.model_, fastnet.Ensemble)
    assert len({*digests(estimator)}) == 3
    mean = np.mean([net.predict_proba(FRAME) for net in estimator.model_], axis=0)
    np.testing.assert_allclose(answers(estimator).reshape(mean.shape), mean, rtol=1e-6)


@EACH
@pytest.mark.parametrize("nets", [1, 2])
def test_warm_start_goes_on(kind: Any, nets: int):
    estimator = fitted(kind, warm_start=True, n_nets=nets)
    before = digests(estimator)
    estimator.fit(FRAME, target(kind))
    assert (estimator.n_iter_, estimator.t_) == (5, 10 * len(FRAME))
    assert len(estimator.loss_curve_) == 10
    assert digests(estimator) != before
    estimator.set_params(warm_start=False).fit(FRAME, target(kind))
    assert digests(estimator) == before


def test_warm_start_wants_the_same_classes_and_nets():
    estimator = fitted(FastNetClassifier, warm_start=True)
    with pytest.raises(ValueError, match=r"^y: label 'new', wanted one of the classes 'no', 'yes'"):
        estimator.fit(FRAME, np.where(FRAME.age > 50, "new", "no"))
    with pytest.raises(ValueError, match=r"^n_nets: 2, but model_ has 1"):
        estimator.set_params(n_nets=2).fit(FRAME, target(FastNetClassifier))


OTHERS = {
    r"hidden_layer_sizes: \(5,\), but model_ has \(64, 64\)": {"hidden_layer_sizes": (5,)},
    "activation: tanh, tanh, softmax, but model_ has relu, relu, soft": {"activation": "tanh"},
    "loss: 'quadratic', but model_ has 'cross-entropy'": {"loss": "quadratic"},
    "dtype: .*'float64'.*, but model_ has .*'float32'": {"dtype": "float64"},
    "encode: 'none', but model_ has 'table'": {"encode": "none"},
}


@pytest.mark.parametrize("message", OTHERS)
def test_warm_start_refuses_another_net(message: str):
    estimator = fitted(FastNetClassifier, warm_start=True).set_params(**OTHERS[message])
    with pytest.raises(ValueError, match=f"^{message}"):
        estimator.fit(FRAME, target(FastNetClassifier))


@EACH
@pytest.mark.parametrize("nets", [1, 2])
def test_partial_fit_learns_parts(kind: Any, nets: int):
    X, y = FRAME, target(kind)
    estimator = kind(random_state=0, n_nets=nets)
    classes = {"classes": ["no", "yes"]} if kind is FastNetClassifier else {}
    for start in (0, 40, 80):
        part = slice(start, start + 40)
        estimator.partial_fit(X[part], y[part], **classes)
    assert (estimator.n_iter_, estimator.t_) == (3, 120)
    before = estimator.score(X, y)
    for _ in range(20):
        estimator.partial_fit(X, y)
    assert before < estimator.score(X, y) > 0.8
    assert nets_of(estimator.model_)[0].encoding.running


@EACH
def test_partial_fit_goes_on_after_fit(kind: Any):
    estimator = fitted(kind)
    before = digests(estimator)
    estimator.partial_fit(FRAME, target(kind))
    assert digests(estimator) != before
    assert (estimator.n_iter_, estimator.t_) == (6, 6 * len(FRAME))


@EACH
def test_partial_fit_takes_weights(kind: Any):
    y = target(kind)
    classes = {"classes": np.unique(y)} if kind is FastNetClassifier else {}
    weighted, repeated = (kind(random_state=0) for _ in range(2))
    weighted.partial_fit(FRAME, y, sample_weight=COUNTS, **classes)
    order = np.repeat(np.arange(len(FRAME)), COUNTS)
    repeated.partial_fit(FRAME.iloc[order], y[order], **classes)
    assert digests(weighted)[0] == digests(repeated)[0]


@pytest.mark.parametrize("weights", [None, COUNTS, COUNTS + 0.5])
def test_partial_fit_takes_weights_of_classes(weights: Any):
    y, classes = target(FastNetClassifier), ["no", "yes"]
    by_class = FastNetClassifier(class_weight={"yes": 2}, random_state=0)
    by_row, plain = FastNetClassifier(random_state=0), FastNetClassifier(random_state=0)
    each = np.where(y == "yes", 2, 1) * (1 if weights is None else weights)
    X = FRAME[["age"]].to_numpy(float)  # a table whose scales run along
    for estimator, own in [(by_class, weights), (by_row, each), (plain, weights)]:
        estimator.partial_fit(X, y, classes, sample_weight=own)
    encodings = [e.model_.encoding.to_dict() for e in (by_class, by_row, plain)]
    assert encodings[0] == encodings[2] != encodings[1]  # weights of classes do not count in it
    assert (by_class.coefs_[0] != plain.coefs_[0]).any()
    once = FastNetClassifier(class_weight={"no": 1, "yes": 1}, random_state=0)
    once.partial_fit(X, y, classes, sample_weight=weights)
    assert digests(once) == digests(plain)


def test_partial_fit_without_an_encoding_takes_weights_of_classes():
    y, classes = target(FastNetClassifier), ["no", "yes"]
    X = FRAME[["age"]].to_numpy(float) / 50 - 1
    by_class = FastNetClassifier(class_weight={"yes": 2}, random_state=0, encode="none")
    by_row = clone(by_class).set_params(class_weight=None)
    by_class.partial_fit(X, y, classes)
    by_row.partial_fit(X, y, classes, sample_weight=np.where(y == "yes", 2, 1))
    assert digests(by_class) == digests(by_row)
    with pytest.raises(ValueError, match=r"^class_weight: 'balanced', wanted .* for partial_fit"):
        FastNetClassifier(class_weight="balanced").partial_fit(FRAME, y, classes=["no", "yes"])


def test_partial_fit_wants_classes_once():
    estimator = FastNetClassifier()
    y = target(FastNetClassifier)
    with pytest.raises(ValueError, match="classes must be passed on the first call"):
        estimator.partial_fit(FRAME, y)
    with pytest.raises(
        ValueError, match=r"^y: label 'no', wanted one of the classes 'maybe', 'yes'"
    ):
        estimator.partial_fit(FRAME, y, classes=["yes", "maybe"])
    estimator = FastNetClassifier().partial_fit(FRAME, y, classes=["yes", "no"])
    estimator.partial_fit(FRAME, y, classes=["no", "yes"])
    with pytest.raises(ValueError, match=r"^classes: 'no', wanted 'no', 'yes', as before"):
        estimator.partial_fit(FRAME, y, classes=["no"])


ALIKE = {
    "one class": (FastNetClassifier, FRAME, ["only"] * len(FRAME), [1.0]),
    "equal numbers": (FastNetRegressor, FRAME, np.full(len(FRAME), 0.1), 0.1),
    "equal pairs": (FastNetRegressor, FRAME, np.full((len(FRAME), 2), [0.1, 1e9]), [0.1, 1e9]),
    "one row": (FastNetRegressor, [[1.0]], [7.5], 7.5),
    "equal rows, classes": (FastNetClassifier, np.ones((4, 2)), [0, 1, 1, 1], [0.25, 0.75]),
    "equal rows, numbers": (FastNetRegressor, np.ones((4, 2)), [0, 1, 1, 1], 0.75),
    "equal rows, labels": (
        FastNetClassifier, np.ones((2, 2)), [[0, 1], [1, 1]], [0.5, 1.0],
    ),
}  # fmt: skip


RAW = [case for case in ALIKE if not case.startswith("equal rows")]  # which teach the biases


@pytest.mark.parametrize(
    ("case", "more"),
    [*product(ALIKE, [{}, {"n_nets": 3}]), *product(RAW, [{"encode": "none"}])],
    ids=str,
)
def test_where_there_is_nothing_to_learn_all_rows_are_answered_alike(case: str, more: Any):
    kind, X, y, answer = ALIKE[case]
    if more.get("encode") == "none" and X is FRAME:
        X = FRAME[["age"]]
    only = r"are 'only'|have 0.1|have 0.1, 1e\+09|have 7.5"
    seen = f"X: no column has two values|y: all rows ({only})"
    with pytest.warns(fastnet.LearningWarning, match=f"^({seen}), so there is nothing to learn"):
        estimator = kind(**more).fit(X, y)
    assert (answers(estimator, X) == answer).all()
    assert estimator.n_iter_ == estimator.t_ == 0
    assert estimator.loss_ is None
    assert estimator.n_outputs_ == len(np.atleast_1d(answer))


def test_two_rows_are_learned():
    assert (
        FastNetClassifier(random_state=0)
        .fit([[0.0], [1.0]], ["a", "b"])
        .score([[0.0], [1.0]], ["a", "b"])
    )
    with pytest.raises(ValueError, match=r"^validation_fraction: 0.1 of 2 samples are 0"):
        FastNetRegressor(early_stopping=True).fit([[0.0], [1.0]], [0, 1])


def test_a_run_that_diverges_says_so():
    said = pytest.warns(fastnet.LearningWarning, match=r"^learning_rate_init: 1000 is too large")
    with pytest.raises(fastnet.Diverged, match="learning_rate_init"), said:
        FastNetRegressor(learning_rate_init=1e3, activation="identity", random_state=0).fit(
            FRAME, target(FastNetRegressor)
        )
