"""Models in from scikit-learn: nets that answer as its estimators do, and go on learning."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import skops.io
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.datasets import load_diabetes, load_iris
from sklearn.decomposition import PCA
from sklearn.ensemble import VotingClassifier, VotingRegressor
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    RobustScaler,
    StandardScaler,
)
from sklearn.svm import SVC

import fastnet
from fastnet.cli.reading import for_net
from fastnet.formats import export, to_sklearn
from fastnet.sklearn import FastNetClassifier
from fastnet.tables.frames import table_of
from tests import people
from tests.formats.sklearn.test_export import CLOSE, NETS, ROWS, made

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
FLOWERS, KIND = load_iris(return_X_y=True)
TARGETS = {
    "words": np.array(["b", "c", "a"])[KIND],
    "numbers": KIND + 5,
    "floats": KIND * 2.0,
    "two": KIND > 0,
    "two words": np.where(KIND > 1, "yes", "no"),
    "two floats": (KIND > 1) * 1.0,
    "labels": np.c_[KIND > 0, KIND > 1] * 1,
}


def classifier(**options: Any) -> MLPClassifier:
    usual = {"hidden_layer_sizes": (6, 5), "max_iter": 8, "random_state": 0}
    return MLPClassifier(**usual | options)


def regressor(**options: Any) -> MLPRegressor:
    usual = {"hidden_layer_sizes": (6,), "max_iter": 8, "random_state": 0}
    return MLPRegressor(**usual | options)


MODELS = {
    "relu": classifier(),
    "tanh": classifier(activation="tanh", solver="sgd", early_stopping=True),
    "logistic, lbfgs": classifier(activation="logistic", solver="lbfgs"),
    "identity": classifier(activation="identity", hidden_layer_sizes=(4,)),
    "no hidden layer": classifier(hidden_layer_sizes=()),
    "scaled": make_pipeline(StandardScaler(), classifier()),
    "scaled thrice": make_pipeline(
        RobustScaler(with_centering=False), "passthrough", MinMaxScaler((-2, 5)),
        FunctionTransformer(), MaxAbsScaler(), StandardScaler(with_std=False), classifier(),
    ),
    "components": make_pipeline(StandardScaler(), PCA(3), classifier()),
    "whitened": make_pipeline(PCA(2, whiten=True), StandardScaler(with_mean=False), classifier()),
    "several": VotingClassifier(
        [("one", classifier()), ("other", make_pipeline(StandardScaler(), classifier()))],
        voting="soft",
    ),
}  # fmt: skip


def is_like(net: Any, model: Any, X: Any, close: float = 1e-12) -> None:
    """Check that a net answers as an estimator does."""
    np.testing.assert_array_equal(net.predict(X), model.predict(X))
    p, wanted = net.predict_proba(X), model.predict_proba(X)
    np.testing.assert_allclose(p, wanted[:, 1:] if p.shape[1] == 1 else wanted, rtol=0, atol=close)


@pytest.mark.parametrize(
    "name, target",
    [(m, t) for m in MODELS for t in TARGETS if (m, t) != ("several", "labels")],  # there is none
)
def test_classifiers(name: str, target: str, tmp_path: Path) -> None:
    model, y = MODELS[name], TARGETS[target]
    model.fit(FLOWERS, y)
    net = fastnet.load(model)
    is_like(net, model, FLOWERS)
    skops.io.dump(model, tmp_path / "model.skops")
    again = fastnet.load(tmp_path / "model.skops")
    assert again.digest() == net.digest()
    for one in again if isinstance(again, fastnet.Ensemble) else [again]:
        assert one.origin == {"pixels": None, "format": "scikit-learn"}
        before = one.digest()
        one.partial_fit(FLOWERS, one.predict(FLOWERS))
        assert one.digest() != before


DISEASE, PROGRESS = load_diabetes(return_X_y=True)
REGRESSORS = {
    "plain": regressor(),
    "scaled": make_pipeline(MinMaxScaler(), regressor(activation="tanh")),
    "units": TransformedTargetRegressor(
        make_pipeline(StandardScaler(), regressor()), transformer=StandardScaler()
    ),
    "range": TransformedTargetRegressor(regressor(), transformer=MinMaxScaler()),
    "as it is": TransformedTargetRegressor(regressor()),
    "several": VotingRegressor([("one", regressor()), ("other", regressor(activation="tanh"))]),
}


@pytest.mark.parametrize(
    "name, outputs",
    [(name, n) for name in REGRESSORS for n in (1, 2) if (name, n) != ("several", 2)],
)
def test_regressors(name: str, outputs: int, tmp_path: Path) -> None:
    model = REGRESSORS[name]
    y = PROGRESS if outputs == 1 else np.c_[PROGRESS, -(PROGRESS**2)]
    model.fit(DISEASE, y)
    net = fastnet.load(model)
    wanted = model.predict(DISEASE)
    assert net.predict(DISEASE).shape == wanted.shape
    np.testing.assert_allclose(net.predict(DISEASE), wanted, rtol=1e-9)
    skops.io.dump(model, tmp_path / "model.skops")
    assert fastnet.load(tmp_path / "model.skops").digest() == net.digest()
    if name in ("units", "range"):  # it goes on learning in units of about 1
        net.partial_fit(DISEASE, y)
        assert net.is_finite()


def test_float32_stays() -> None:
    X = FLOWERS.astype(np.float32)
    model = classifier().fit(X, KIND)
    net = fastnet.load(model)
    assert net.dtype == np.float32
    np.testing.assert_array_equal(net.weights[0], model.coefs_[0])
    np.testing.assert_allclose(net.predict_proba(X), model.predict_proba(X), atol=CLOSE)
    far = (X + 1e4).astype(np.float64)
    scaled = make_pipeline(StandardScaler(), model).fit(far.astype(np.float32), KIND)
    net = fastnet.load(scaled)
    assert net.dtype == np.float64  # sums cancel
    np.testing.assert_allclose(net.predict_proba(far), scaled.predict_proba(far), atol=1e-9)


def test_searches_and_own_estimators() -> None:
    search = GridSearchCV(MODELS["scaled"], {"mlpclassifier__alpha": [0.1, 0.2]}, cv=2)
    is_like(fastnet.load(search.fit(FLOWERS, KIND)), search, FLOWERS)
    for n in (1, 2):
        own = FastNetClassifier(random_state=0, max_iter=2, n_nets=n).fit(FLOWERS, KIND)
        net = fastnet.load(own)
        assert net.digest() == own.model_.digest() and net is not own.model_
    over = GridSearchCV(FastNetClassifier(max_iter=1), {"alpha": [0.0, 0.1]}, cv=2)
    net = fastnet.load(over.fit(FLOWERS, KIND))
    np.testing.assert_array_equal(net.predict(FLOWERS), over.predict(FLOWERS))
    with pytest.raises(ValueError, match="pixels: given, but a FastNetClassifier says it"):
        fastnet.load(own, pixels=True)


def test_pixels_are_said_by_the_caller() -> None:
    (X, y), _ = fastnet.datasets.load("digits")
    X, y = X[:500], y[:500]
    model = classifier(max_iter=2).fit(X, y)  # of numbers from 0 to 255
    np.testing.assert_array_equal(fastnet.load(model, pixels=True).predict(X), model.predict(X))
    net = fastnet.load(model)
    np.testing.assert_array_equal(net.predict(X.astype(float)), model.predict(X))
    with pytest.warns(fastnet.LearningWarning, match="uint8 rows, taken as v / 255"):
        net.predict(X)


def test_what_the_caller_says() -> None:
    model = classifier().fit(FLOWERS, KIND)
    assert fastnet.load(model, classes=["x", "y", "z"]).classes.tolist() == ["x", "y", "z"]
    with pytest.raises(ValueError, match="classes: 2 labels, wanted 3"):
        fastnet.load(model, classes=["x", "y"])
    with pytest.raises(ValueError, match="task: 'regression', but the model has softmax outputs"):
        fastnet.load(model, task="regression")
    with pytest.raises(ValueError, match="activation: given"):
        fastnet.load(model, activation="relu")


@pytest.mark.parametrize("name", NETS)
def test_round_trips(name: str, tmp_path: Path) -> None:
    net = made(*NETS[name])
    if net.classes is None and net.task == "regression":
        net.outputs.column = net.sizes[-1] > 1
    model = to_sklearn(net)
    export(net, "sklearn", tmp_path / "net.skops")
    for source in (model, pickle.loads(pickle.dumps(model)), tmp_path / "net.skops"):
        again = fastnet.load(source)
        assert repr(again) == repr(net)
        assert np.array_equal(again.classes, net.classes)
        assert again.outputs.column == net.outputs.column
        np.testing.assert_array_equal(again.predict(ROWS), net.predict(ROWS))
        if name not in ("two softmax", "two softmax, in order", "truth values"):
            assert again.digest() == net.digest()
        np.testing.assert_allclose(
            again.predict_proba(ROWS), net.predict_proba(ROWS), rtol=0, atol=CLOSE
        )


def test_round_trips_of_data(tmp_path: Path) -> None:
    """Pixels, tables, units and several nets are as before, and go on learning."""
    (X, y), _ = fastnet.datasets.load("digits")
    frame = people.people()
    income, owns = people.numbers(frame) - 1e9, people.classes(frame)
    few = {"epochs": 2, "verbose": False}
    for net, rows, targets in (
        (fastnet.train(X[:500], y[:500], **few), X, y),
        (fastnet.train_seeds(X[:500], y[:500], 2, **few), X, y),
        (fastnet.train(frame, owns, **few), frame, owns),
        (fastnet.train(frame, income, **few), frame, income),
        (fastnet.train_seeds(frame, income, 2, **few), frame, income),
    ):
        export(net, "sklearn", tmp_path / "net.skops")
        again = fastnet.load(tmp_path / "net.skops")
        if net.task == "regression":
            close = CLOSE * income.std()
            np.testing.assert_allclose(again.predict(rows), net.predict(rows), rtol=0, atol=close)
        else:
            np.testing.assert_array_equal(again.predict(rows), net.predict(rows))
        assert again.encoding == net.encoding
        again = again[0] if isinstance(again, fastnet.Ensemble) else again
        again.partial_fit(rows, targets)
        assert again.is_finite()


def test_a_pipeline_that_was_fitted_anew_says_what_it_learned() -> None:
    net = made(*NETS["softmax"])
    model = to_sklearn(net)
    model.set_params(mlp__max_iter=3).fit(ROWS, np.arange(200) % 2)
    is_like(fastnet.load(model), model, ROWS, CLOSE)
    frame = people.people()
    X = frame.drop(columns="job")
    table = to_sklearn(fastnet.train(X, people.classes(frame), epochs=1, verbose=False))
    table.set_params(mlp__max_iter=3).fit(X, frame.member)
    with pytest.raises(ValueError, match="a ColumnTransformer that was fitted anew"):
        fastnet.load(table)


HOT = ColumnTransformer([("words", OneHotEncoder(), [0])], remainder="passthrough")
FRAME = pd.DataFrame({"a": list("xyz") * 50, "b": range(150)})


CLASSES = FLOWERS, KIND
SMALL = [("a", classifier()), ("b", classifier())]


@pytest.mark.parametrize(
    "model, data, message",
    [
        (classifier(), None, "MLPClassifier, which is not fitted"),
        (make_pipeline(StandardScaler(), classifier()), None, "MLPClassifier, which is not fitted"),
        (VotingClassifier(SMALL, voting="soft"), None, "which is not fitted"),
        (TransformedTargetRegressor(regressor()), None, "which is not fitted"),
        (GridSearchCV(classifier(), {}), None, "a GridSearchCV, wanted a fitted MLPClassifier"),
        (SVC(), None, "a SVC, wanted a fitted MLPClassifier"),
        (SVC(), CLASSES, "a SVC, wanted a fitted MLPClassifier"),
        (VotingClassifier(SMALL), CLASSES, "voting: 'hard'"),
        (VotingClassifier(SMALL, voting="soft", weights=[1, 2]), CLASSES, "weights: some differ"),
        (make_pipeline(MinMaxScaler(clip=True), classifier()), CLASSES, "that clips"),
        (make_pipeline(FunctionTransformer(np.log1p), classifier()), CLASSES,
         "a step FunctionTransformer of log1p"),
        (make_pipeline(HOT, classifier()), (FRAME, KIND), "a step ColumnTransformer"),
        (make_pipeline(StandardScaler(), SVC()), CLASSES, "a SVC"),
        (make_pipeline(StandardScaler(), FastNetClassifier(max_iter=1)), CLASSES,
         "a FastNetClassifier, wanted it alone"),
        (TransformedTargetRegressor(regressor(), func=np.log1p, inverse_func=np.expm1),
         (DISEASE, PROGRESS), "FunctionTransformer of log1p"),
        (classifier(), (FLOWERS, KIND * 0), "classes_: 1, wanted 2, for 1 outputs"),
        (Pipeline([]), None, "a Pipeline without steps, wanted a fitted MLPClassifier"),
    ],
)  # fmt: skip
def test_others_are_refused_by_name(model: Any, data: Any, message: str) -> None:
    if data is not None:
        model.fit(*data)
    with pytest.raises(ValueError, match=message):
        fastnet.load(model)


def test_columns_are_in_the_order_that_was_learned(tmp_path: Path) -> None:
    """As scikit-learn has it: a frame with others, or in another order, is an error."""
    frame = pd.DataFrame(FLOWERS, columns=["a", "b", "c", "d"])
    steps = make_pipeline(make_pipeline(StandardScaler(), MinMaxScaler()), classifier())
    vote = VotingClassifier(SMALL, voting="soft")
    for model in classifier(), steps, vote, GridSearchCV(steps, {}, cv=2):
        model.fit(frame, KIND)
        net = fastnet.load(model)
        is_like(net, model, frame)
        np.testing.assert_array_equal(net.predict(FLOWERS), net.predict(frame))
        net.save(tmp_path / "net.npz")
        fastnet.formats.export(net, "json", tmp_path / "net.json")
        for again in net, net[:1] if model is vote else net.copy(), *(
            fastnet.load(tmp_path / name) for name in ("net.npz", "net.json")
        ):
            for other in frame[["a", "c", "b", "d"]], pl.from_pandas(frame[["a", "c", "b", "d"]]):
                with pytest.raises(ValueError, match="X: column 1 is 'c', wanted 'b', as it learn"):
                    again.predict(other)
    one = fastnet.load(steps)
    with pytest.raises(ValueError, match="X: column 0 is 'e', wanted 'a'"):
        one.partial_fit(frame.rename(columns={"a": "e"}), KIND)
    with pytest.raises(ValueError, match="X: column 0 is 'e', wanted 'a'"):
        fastnet.train(frame.rename(columns={"a": "e"}), KIND, init=one, verbose=False)
    assert fastnet.train(frame, KIND, init=one, epochs=1, verbose=False).score(frame, KIND) > 0.3
    np.testing.assert_array_equal(for_net(table_of(frame), one, "t.csv"), FLOWERS)  # of a file
    with pytest.raises(ValueError, match=r"t.csv: column 0 is 'd', wanted 'a', as it learned"):
        for_net(table_of(frame[["d", "b", "c", "a"]]), one, "t.csv")


def test_other_outputs_are_refused_by_name() -> None:
    model = regressor().fit(DISEASE, PROGRESS)
    model.out_activation_ = "exp"  # as with loss="poisson" since scikit-learn 1.7
    with pytest.raises(ValueError, match="model: 'exp' outputs, wanted logistic, identity"):
        fastnet.load(model)
