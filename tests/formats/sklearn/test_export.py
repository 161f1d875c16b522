"""Models out to scikit-learn: its estimators answer as the nets do, and need no fastnet."""

import io
import pickle
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skops.io
from sklearn.base import clone
from sklearn.utils.validation import check_is_fitted

import fastnet
from fastnet.formats import export, to_sklearn
from fastnet.model.units import Units
from tests.functions import swish, swish_prime
from tests.helpers import python

ROWS = np.random.default_rng(1).normal(size=(200, 6)).astype(np.float32)
CLOSE = 1e-6  # of outputs: some roundings of float32, 6e-8 each


def made(
    outputs: int,
    last: str,
    loss: str,
    classes: Any = None,
    hidden: Any = (("tanh", 8), ("tanh", 5)),
    dtype: str = "float32",
) -> fastnet.Network:
    """A net with random weights and biases."""
    sizes = [6, *(size for _, size in hidden), outputs]
    rng = np.random.default_rng(outputs)
    weights = [rng.normal(size=pair) for pair in pairwise(sizes)]
    biases = [rng.normal(size=size) / 2 for size in sizes[1:]]
    names = [*(name for name, _ in hidden), last]
    net = fastnet.Network.from_weights(weights, biases, names, loss, classes, dtype)
    if classes is None:
        net.classes = None
    return net


def agrees(net: Any, model: Any, X: Any = ROWS) -> None:
    """Its answers and outputs are those of the net, its classes sorted."""
    answers, own = net.predict(X), model.predict(X)
    if net.task == "regression":
        spread = answers.std(axis=0).max() + np.abs(answers).max() * 1e-9
        assert own.shape == np.squeeze(answers).shape
        assert np.abs(own - np.squeeze(answers)).max() <= CLOSE * spread
        return
    np.testing.assert_array_equal(own, np.squeeze(answers))
    assert own.dtype.kind == answers.dtype.kind
    p = net.predict_proba(X)
    if net.classes is not None:
        labels = net.classes.tolist()
        assert model.classes_.tolist() == sorted(labels)
        p = p[:, [labels.index(label) for label in model.classes_.tolist()]]
    elif p.shape[1] == 1:
        p = np.hstack([1 - p, p])
    np.testing.assert_allclose(model.predict_proba(X), p, rtol=0, atol=CLOSE)


NETS = {
    "softmax": (3, "softmax", "cross-entropy", ["b", "c", "a"]),
    "two softmax": (2, "softmax", "cross-entropy", [1, 0]),
    "two softmax, in order": (2, "softmax", "cross-entropy", ["no", "yes"]),
    "truth values": (2, "softmax", "cross-entropy", [True, False]),
    "great numbers": (3, "softmax", "cross-entropy", [2**70, 5, -(2**80)]),
    "sigmoid": (3, "sigmoid", "quadratic", [7, 5, 6]),
    "two sigmoid": (2, "sigmoid", "quadratic", [0, 1]),
    "two sigmoid, entropy": (2, "sigmoid", "cross-entropy", ["b", "a"]),
    "tanh outputs": (3, "tanh", "quadratic", [0, 1, 2]),
    "relu outputs": (3, "relu", "quadratic", [0, 1, 2]),
    "identity outputs": (2, "identity", "quadratic", [0, 1]),
    "several labels": (3, "sigmoid", "cross-entropy", None),
    "one label": (1, "sigmoid", "cross-entropy", None),
    "a number": (1, "identity", "quadratic", None),
    "numbers": (3, "identity", "quadratic", None),
    "bounded numbers": (2, "sigmoid", "quadratic", None),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", NETS)
def test_outputs_of_each_kind(name: str, dtype: str) -> None:
    net = made(*NETS[name], dtype=dtype)
    agrees(net, to_sklearn(net))


@pytest.mark.parametrize("activation", ["identity", "relu", "sigmoid", "tanh", "scaled-tanh"])
def test_hidden_layers(activation: str) -> None:
    for hidden in ([], [(activation, 9)], [(activation, 9), (activation, 4)]):
        net = made(3, "softmax", "cross-entropy", [0, 1, 2], hidden)
        agrees(net, to_sklearn(net))
    mixed = made(3, "softmax", "cross-entropy", [0, 1, 2], [("tanh", 9), ("scaled-tanh", 4)])
    agrees(mixed, to_sklearn(mixed))


def test_numbers_are_in_the_units_of_y() -> None:
    net = made(2, "identity", "quadratic")
    net.outputs.units = Units(np.array([1e6, -3.0]), np.array([2e4, 0.1]))
    own = to_sklearn(net).predict(ROWS)
    errors = np.abs(own - net.predict(ROWS)) / net.outputs.units.scale
    assert errors.max() < 1e-5  # of the unit, with outputs of some units in float32
    mlp = to_sklearn(net)[-1]
    target = own + np.array([1e4, 0.05])
    for _ in range(30):
        mlp.partial_fit(ROWS, target)
    far, near = (np.abs(each - target).mean(axis=0) for each in (own, mlp.predict(ROWS)))
    assert near[0] < far[0]  # at a rate that fits the larger unit


def test_great_units_leave_a_rate() -> None:
    net = made(1, "identity", "quadratic")
    net.outputs.units = Units(np.array([0.0]), np.array([1e200]))
    mlp = to_sklearn(net)[-1]
    assert 0 < mlp.learning_rate_init < 1e-290
    assert np.abs(mlp.predict(ROWS) / net.predict(ROWS) - 1).max() < 1e-3


def test_pixels_go_in_as_they_are() -> None:
    (X, y), (X_test, _) = fastnet.datasets.load("digits")
    net = fastnet.train(X, y, epochs=1, verbose=False)
    model = to_sklearn(net)
    agrees(net, model, X_test)
    np.testing.assert_array_equal(model.predict(X_test.astype(float)), net.predict(X_test))
    floats = to_sklearn(net, input="float")
    np.testing.assert_array_equal(floats.predict(X_test / 255), net.predict(X_test))
    np.testing.assert_array_equal(model[-1].coefs_[0], net.weights[0])


@pytest.mark.parametrize("name", ["softmax", "two softmax", "two sigmoid", "a number"])
def test_ensembles_vote(name: str) -> None:
    others = [("tanh", 4)]
    nets = fastnet.Ensemble([made(*NETS[name]), made(*NETS[name], hidden=others)])
    model = to_sklearn(nets)
    agrees(nets, model)
    agrees(nets, pickle.loads(pickle.dumps(model)))
    clone(model)


@pytest.mark.parametrize(
    "net, message",
    [
        (lambda: made(3, "softmax", "cross-entropy", ["a", "b", "c"], [("leaky-relu", 4)]),
         "'leaky-relu' in layer 0, but scikit-learn has only identity, relu, sigmoid, tanh"),
        (lambda: made(3, "softmax", "cross-entropy", ["a", "b", "c"], [("tanh", 4), ("relu", 4)]),
         "activation: tanh, relu, but scikit-learn has one for all hidden layers"),
        (lambda: made(3, "softmax", "cross-entropy", ["a", "b", "c"], [((swish, swish_prime), 4)]),
         "activation: swish/swish_prime, a function of your own, which scikit-learn cannot hold"),
        (lambda: made(2, "scaled-tanh", "quadratic"), "'scaled-tanh' in layer 2"),
        (lambda: made(1, "sigmoid", "quadratic", ["a"]), "classes: one label, .* two or more"),
        (lambda: fastnet.Ensemble([made(*NETS["several labels"])] * 2), "several labels at once"),
        (lambda: fastnet.Ensemble([made(*NETS["numbers"])] * 2), "several numbers at once"),
    ],
)  # fmt: skip
def test_what_it_lacks_is_refused_by_name(net: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=message):
        export(net(), "sklearn", tmp_path / "net.skops")
    assert not [*tmp_path.iterdir()]


def test_wrong_arguments() -> None:
    net = made(*NETS["softmax"])
    with pytest.raises(ValueError, match="input: 'pixels', wanted 'uint8' or 'float'"):
        to_sklearn(net, input="pixels")
    with pytest.raises(TypeError, match="model: int, wanted a Network or an Ensemble"):
        to_sklearn(3)  # type: ignore[arg-type]
    net.parameters.vector[0] = np.nan
    with pytest.raises(ValueError, match="NaN or infinite weights"):
        to_sklearn(net)


# scikit-learn learns no whole numbers beyond 64 bits
LEARNED = [name for name in NETS if name != "great numbers"]
LOST = ("two sigmoid", "two sigmoid, entropy", "identity outputs")  # two outputs, but no softmax
OTHERS = ("sigmoid", "tanh outputs", "relu outputs", "bounded numbers", *LOST)  # after a fit


@pytest.mark.parametrize("name", LEARNED)
def test_it_is_a_whole_estimator(name: str) -> None:
    """clone, get_params and fit work, and it has the attributes of a fitted one."""
    model = to_sklearn(made(*NETS[name]))
    check_is_fitted(model)
    mlp = model[-1]
    y = np.arange(200)[:, None] + np.arange(3) if name == "numbers" else model.predict(ROWS)
    fresh = clone(model).set_params(mlp__max_iter=1, mlp__learning_rate_init=1e-3)
    with pytest.warns(UserWarning, match="Maximum iterations"):
        fresh.fit(ROWS, y)
    wanted = {each for each in vars(fresh[-1]) if not each.startswith(("_best", "_optimizer"))}
    assert vars(mlp).keys() >= wanted
    for each in ("n_layers_", "n_features_in_", "n_outputs_", "out_activation_"):
        if name not in OTHERS:
            assert getattr(mlp, each) == getattr(fresh[-1], each)


@pytest.mark.parametrize("name", LEARNED)
def test_it_goes_on_learning_in_scikit_learn(name: str) -> None:
    net = made(*NETS[name])
    mlp = to_sklearn(net)[-1]
    y = np.squeeze(net.predict(ROWS))
    if name in LOST:
        with pytest.raises(ValueError, match="neg_label"):  # it would learn one output
            mlp.partial_fit(ROWS, y)
        return
    before = mlp.coefs_[0].copy()
    mlp.partial_fit(ROWS, y)
    assert (mlp.coefs_[0] != before).any()
    with pytest.warns(UserWarning, match="Maximum iterations"):
        mlp.set_params(warm_start=True, max_iter=1).fit(ROWS, y)


def test_scikit_learn_takes_the_steps_that_the_net_takes() -> None:
    """Its MLP learns sample by sample, without momentum, at the rate and L2 of the net."""
    net = made(3, "softmax", "cross-entropy", [0, 1, 2], dtype="float64")
    mlp = to_sklearn(net)[-1].set_params(shuffle=False)
    y = np.arange(200) % 3
    mlp.partial_fit(ROWS.astype(float), y)
    net.partial_fit(ROWS.astype(float), y, mlp.learning_rate_init)
    np.testing.assert_allclose(mlp.coefs_[0], net.weights[0], rtol=1e-9)


def test_files_hold_no_types_of_fastnet(tmp_path: Path) -> None:
    """Nor any that skops does not trust."""
    modules = set()

    class Unpickler(pickle.Unpickler):
        def find_class(self, module: str, name: str) -> Any:
            modules.add(module.partition(".")[0])
            return super().find_class(module, name)

    net = fastnet.Ensemble([made(*NETS["softmax"])] * 2)
    Unpickler(io.BytesIO(pickle.dumps(to_sklearn(net)))).load()
    assert modules <= {"sklearn", "numpy", "builtins"}
    export(net, "sklearn", tmp_path / "nets.skops")
    assert skops.io.get_untrusted_types(file=tmp_path / "nets.skops") == []


@pytest.mark.heavy
def test_files_need_no_fastnet(tmp_path: Path) -> None:
    """Another process without fastnet answers the same."""
    net = made(*NETS["softmax"])
    report = export(net, "sklearn", tmp_path / "net.skops")
    assert report["steps"] == ["MLPClassifier"] and report["bytes"] > 1000
    (tmp_path / "net.pickle").write_bytes(pickle.dumps(to_sklearn(net)))
    np.save(tmp_path / "rows.npy", ROWS)
    code = """
import sys
sys.modules["fastnet"] = None
import pickle, numpy as np, skops.io
folder = sys.argv[1]
rows = np.load(folder + "/rows.npy")
one = skops.io.load(folder + "/net.skops")
with open(folder + "/net.pickle", "rb") as file:
    other = pickle.load(file)
assert (one.predict(rows) == other.predict(rows)).all()
print("".join(one.predict(rows)))
"""
    assert python(code, str(tmp_path)).stdout.strip() == "".join(net.predict(ROWS))


def test_missing_packages_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    net = made(*NETS["softmax"])
    monkeypatch.setitem(sys.modules, "skops.io", None)
    with pytest.raises(ImportError, match=r"the package skops: pip install .*\[skops\]'"):
        export(net, "sklearn", tmp_path / "net.skops")
    monkeypatch.setitem(sys.modules, "sklearn.pipeline", None)
    with pytest.raises(ImportError, match=r"the package scikit-learn: pip .*\[sklearn\]'"):
        to_sklearn(net)
    assert not [*tmp_path.iterdir()]
