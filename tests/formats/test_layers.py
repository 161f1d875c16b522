"""The form of models that all formats share, held to the reference's activations in float64."""

import json
from typing import Any

import numpy as np
import pytest

import fastnet
from fastnet import Network, reference
from fastnet.formats.layers import Exported, Layer, Meaning, exported, input_of, network
from tests.helpers import samples

FEW = {"sigmoid", "tanh", "relu", "identity", "softmax"}


def answered(model: Exported, X: np.ndarray) -> np.ndarray:
    """The outputs of an exported model for inputs (n, inputs), in float64."""
    every = []
    for layers in model.nets:
        a = X.astype(np.float64)
        for weights, biases, activation in layers:
            f = getattr(reference, activation.replace("-", "_"))
            a = np.array([f(z) for z in a @ weights + biases])
        every.append(a)
    return np.mean(every, axis=0)


def net_of(activation: str, last: str, loss: str = "quadratic", **others: Any) -> Network:
    sizes = (6, 5, 4, 3)
    return Network.initialise(
        sizes, (activation, activation, last), loss, "float64", seed=3, **others
    )


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "scaled-tanh", "relu", "leaky-relu"])
@pytest.mark.parametrize("known", [None, FEW])
def test_layers_answer_as_the_net(activation: str, known: Any) -> None:
    if known and activation == "leaky-relu":
        with pytest.raises(ValueError, match="'leaky-relu' in layer 0, but XYZ has only identity"):
            exported(net_of(activation, "softmax", "cross-entropy"), "XYZ", activations=known)
        return
    net = net_of(activation, "softmax", "cross-entropy", classes=["a", "b", "c"])
    net.biases = [np.linspace(-1, 1, len(b)) for b in net.biases]
    model = exported(net, "XYZ", **({} if known is None else {"activations": known}))
    X = samples(50, 6)
    # sums of some tens of float64 products
    np.testing.assert_allclose(answered(model, X), net.predict_proba(X), rtol=1e-12, atol=1e-14)
    assert known is None or {layer.activation for layer in model.nets[0]} <= FEW


def test_a_scaled_tanh_of_outputs_is_refused_where_a_format_lacks_it() -> None:
    net = net_of("relu", "scaled-tanh")
    with pytest.raises(ValueError, match="'scaled-tanh' in layer 2, but XYZ has only"):
        exported(net, "XYZ", activations=FEW)
    X = samples(20, 6)
    np.testing.assert_allclose(answered(exported(net, "XYZ"), X), net.predict_proba(X), rtol=1e-12)


def test_pixels_are_folded_if_the_net_has_learned_them() -> None:
    (X, y), (X_test, _) = fastnet.datasets.load("digits")
    net = fastnet.train(X[:500], y[:500], epochs=1)
    of_floats = fastnet.train(X[:500] / 255, y[:500], epochs=1)
    assert (input_of(net), input_of(of_floats)) == ("uint8", "float")
    model = exported(net, "XYZ")
    assert model.meaning.pixels
    found = answered(model, X_test[:200])
    # float32 sums of up to 784 products
    np.testing.assert_allclose(found, net.predict_proba(X_test[:200]), atol=2e-6)
    raw = exported(net, "XYZ", "float")
    np.testing.assert_array_equal(raw.nets[0][0].weights, net.weights[0])
    np.testing.assert_allclose(answered(raw, X_test[:200] / 255), found, atol=1e-12)
    again = network(model.nets[0], model.meaning, net.dtype)
    np.testing.assert_array_equal(again.predict(X_test), net.predict(X_test))


def test_units_are_folded() -> None:
    X, y = samples(100, 4), np.c_[1e6 + np.arange(100), -np.arange(100) / 7]
    table = {f"c{k}": x for k, x in enumerate(X.T)}
    net = fastnet.train(table, y, epochs=3, dtype="float64")
    assert net.outputs.units is not None
    model = exported(net, "XYZ")
    inputs = net.samples(table).rows
    np.testing.assert_allclose(answered(model, inputs), net.predict_proba(table), rtol=1e-12)
    assert model.encoding.to_dict() == net.encoding.to_dict()


def test_several_nets_answer_by_their_mean() -> None:
    X, y = samples(60, 4), np.arange(60) % 3
    nets = fastnet.train_seeds(X, y, 3, epochs=2, hidden=(5,), dtype="float64")
    model = exported(nets, "XYZ")
    np.testing.assert_allclose(answered(model, X), nets.predict_proba(X), rtol=1e-12)
    assert (model.inputs, model.outputs, len(model.nets)) == (4, 3, 3)


def test_a_running_encoding_is_frozen() -> None:
    rows = [({"a": float(k % 7), "b": "xyz"[k % 3]}, k % 2) for k in range(50)]
    net = fastnet.train_stream(rows, hidden=(3,))
    model = exported(net, "XYZ")
    assert not model.encoding.running
    assert net.encoding.running


def test_what_cannot_leave_is_refused() -> None:
    net = net_of("relu", "identity")
    with pytest.raises(TypeError, match="model: list, wanted a Network or an Ensemble"):
        exported([net], "XYZ")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="input: 'int8', wanted 'uint8' or 'float'"):
        exported(net, "XYZ", "int8")
    net.weights[0][0, 0] = np.nan
    with pytest.raises(ValueError, match="model: NaN or infinite weights"):
        exported(net, "XYZ")


@pytest.mark.parametrize(
    "meaning",
    [
        Meaning("classification", "cross-entropy", ["a", "b"], None, True),
        Meaning("classification", "quadratic", [1.5, 2], None, None),
        Meaning("multilabel", "cross-entropy", None, True),
        Meaning("regression", "quadratic", None, False),
    ],
)
def test_a_meaning_is_the_same_after_json(meaning: Meaning) -> None:
    assert Meaning.from_json(meaning.to_json()) == meaning


@pytest.mark.parametrize(
    "change",
    [
        {"task": "translation"}, {"task": []}, {"loss": {}}, {"classes": "ab"}, {"pixels": 2},
        {"classes": [None]}, {"column": "yes"}, {"more": 1}, {"loss": "hinge"}, {"pixels": 1},
    ],
)  # fmt: skip
def test_a_damaged_meaning_is_refused(change: dict[str, Any]) -> None:
    about = Meaning("regression", "quadratic", None)._asdict() | change
    with pytest.raises(ValueError, match="its meaning"):
        Meaning.from_json(json.dumps(about))


def test_layers_that_do_not_fit_are_refused() -> None:
    one = Layer(np.zeros((2, 3)), np.zeros(3), "tanh")
    two = Layer(np.zeros((4, 2)), np.zeros(2), "softmax")
    with pytest.raises(ValueError, match="weights"):
        network([one, two], Meaning("classification", "cross-entropy", [0, 1]))
    numbers = Layer(np.zeros((3, 2)), np.zeros(2), "identity")
    with pytest.raises(ValueError, match="task: 'multilabel', but such outputs are those of"):
        network([one, numbers], Meaning("multilabel", "quadratic", None))
