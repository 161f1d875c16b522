"""Models as ONNX: onnxruntime answers raw rows as the net does, and the same model is the same."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fastnet
from fastnet import Ensemble, Network, formats
from fastnet.formats.layers import Meaning
from tests.formats.onnx.runtime import onnx, run
from tests.helpers import samples

ALL = ["sigmoid", "tanh", "scaled-tanh", "relu", "leaky-relu", "identity"]


def net_of(
    activation: str, last: str, loss: str, dtype: str = "float32", classes: Any = None
) -> Network:
    if last == "softmax" and classes is None:
        classes = [0, 1, 2]
    activations = activation, activation, last
    net = Network.initialise((6, 5, 4, 3), activations, loss, dtype, 3, classes)
    net.biases = [np.linspace(-1, 1, len(b)) for b in net.biases]
    return net


def agrees(net: Any, rows: np.ndarray, tolerance: float = 1e-6, **options: Any) -> None:
    """Outputs have the names, dtypes and values of what the net answers."""
    found = run(formats.to_onnx(net, **options), rows)
    wanted = net.predict_proba(rows)
    numbers = found.pop("variable" if net.task == "regression" else "probabilities")
    assert numbers.shape == wanted.shape
    assert numbers.dtype == (options.get("dtype") or wanted.dtype)
    np.testing.assert_allclose(numbers, wanted, rtol=tolerance, atol=tolerance)
    if net.task != "regression":
        (label,) = found.values()
        assert [*found] == ["label"] and label.tolist() == net.predict(rows).tolist()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("activation", ALL)
def test_every_activation_answers_as_the_net(activation: str, dtype: str) -> None:
    rows = samples(200, 6).astype(dtype)
    # what is left is the rounding of the net itself: in float64, of some tens of products
    tolerance = 1e-6 if dtype == "float32" else 1e-14
    agrees(net_of(activation, "softmax", "cross-entropy", dtype), rows, tolerance)
    agrees(net_of(activation, activation, "quadratic", dtype), rows, tolerance)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("activation", ALL)
def test_all_of_it_in_float32(activation: str, dtype: str) -> None:
    net = net_of(activation, "softmax", "cross-entropy", dtype)
    model = formats.to_onnx(net, dtype="float32")
    types = {tensor.data_type for tensor in model.graph.initializer}
    assert types == {onnx.TensorProto.FLOAT, onnx.TensorProto.INT64}
    agrees(net, samples(200, 6).astype("float32"), 3e-6, dtype="float32")


LABELS = [
    ["a", "b", "caf\u00e9"],
    [-(2**63), 7, 2**63 - 1],
    np.array([3, 1, 2], np.uint8),
    ["", " ", "0"],
]


@pytest.mark.parametrize("classes", LABELS)
def test_labels_are_those_of_the_net(classes: Any) -> None:
    net = net_of("tanh", "softmax", "cross-entropy", classes=classes)
    agrees(net, samples(50, 6, 1).astype("f"))


def test_truth_values_are_labels() -> None:
    net = Network.initialise((6, 2), ("softmax",), "cross-entropy", classes=[False, True])
    label = run(formats.to_onnx(net), samples(50, 6).astype("f"))["label"]
    assert label.dtype == bool and label.tolist() == net.predict(samples(50, 6)).tolist()


@pytest.mark.parametrize(
    "classes, came",
    [([1, 2, 2**63], "9223372036854775808"), ([b"a", b"b", b"c"], "b'a'"),
     (["a", "b", "\ud800"], r"'\\ud800'")],
)  # fmt: skip
def test_labels_that_onnx_has_not_are_refused(classes: Any, came: str, tmp_path: Path) -> None:
    net = net_of("tanh", "softmax", "cross-entropy", classes=classes)
    with pytest.raises(ValueError, match=f"^classes: {came}, which ONNX cannot hold, wanted "):
        formats.export(net, "onnx", tmp_path / "net.onnx")
    assert not [*tmp_path.iterdir()]


def test_several_labels_at_once() -> None:
    net = net_of("relu", "sigmoid", "cross-entropy")
    assert net.task == "multilabel"
    agrees(net, samples(100, 6).astype("f"))


def test_numbers_and_the_mean_of_nets() -> None:
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(300, 6)), rng.normal(size=(300, 2)) * [1, 1e-3] + [2e9, 0]
    nets = [
        fastnet.train(X, y, hidden=(5,), epochs=1, seed=k, preset="table", verbose=False)
        for k in range(3)
    ]
    found = run(formats.to_onnx(nets[0]), X)["variable"]
    wanted = nets[0].predict_proba(X)
    assert found.dtype == wanted.dtype == np.float64
    # to 1e-6 of a deviation: float32 has 128 as the next number to 2e9
    assert (np.abs(found - wanted) <= 1e-6 * nets[0].outputs.units.scale).all()
    three = Ensemble([Network.from_weights(n.weights, n.biases, "tanh") for n in nets])
    agrees(three, samples(50, 6).astype("f"))
    agrees(three, samples(50, 6).astype("f"), 3e-6, dtype="float32")
    with pytest.raises(ValueError, match="read tables by encodings of their own; ONNX has one"):
        other = fastnet.train(2 * X, y, hidden=(5,), epochs=1, preset="table", verbose=False)
        formats.to_onnx(Ensemble([nets[0], other]))


def test_equal_outputs_give_the_first_label() -> None:
    net = Network.from_weights(
        [np.ones((1, 3), "f")], [[0.0, 50.0, 60.0]], classes=["a", "b", "c"]
    )
    rows = np.zeros((1, 1), "float32")  # sigmoid(50) and sigmoid(60) are 1 in float32
    assert net.predict(rows).tolist() == ["b"]
    agrees(net, rows)
    agrees(Ensemble([net, net]), rows)


@pytest.mark.compiled  # in plain Python this takes minutes
def test_the_bundled_digits() -> None:
    (X, y), (X_test, _) = fastnet.datasets.load("digits")
    net = fastnet.train(X, y, epochs=1, hidden=(30,), verbose=False)
    agrees(net, X_test)
    agrees(net, (X_test / 255).astype("float32"), input="float")
    agrees(fastnet.train_seeds(X, y, 2, epochs=1, hidden=(9,)), X_test)


@pytest.mark.compiled  # in plain Python this takes minutes
def test_the_whole_of_mnist(mnist_folder: Path) -> None:
    (X, y), (X_test, _) = fastnet.datasets.read(mnist_folder)
    net = fastnet.train(X, y, epochs=1, verbose=False)
    agrees(net, X_test)
    agrees(net, X_test, 3e-6, dtype="float32")


def test_the_model_says_who_made_it_and_what_it_means() -> None:
    net = net_of("relu", "softmax", "cross-entropy", classes=["a", "b", "c"])
    model = formats.to_onnx(net)
    assert (model.producer_name, model.producer_version) == ("fastnet", fastnet.__version__)
    assert model.doc_string == "classification by 6-5-4-3"
    about = {each.key: each.value for each in model.metadata_props}
    assert Meaning.from_json(about["fastnet"]).classes == ["a", "b", "c"]
    assert json.loads(about["fastnet.net"])["dtype"] == "float32"
    assert (model.ir_version, model.opset_import[0].version) == (7, 13)
    (rows,) = model.graph.input
    assert (rows.name, rows.type.tensor_type.shape.dim[0].dim_param) == ("X", "N")


def test_the_same_model_gives_the_same_bytes(tmp_path: Path) -> None:
    net = net_of("relu", "softmax", "cross-entropy", classes=["a", "b", "c"])
    reports = [formats.export(net, "onnx", tmp_path / f"{k}.onnx") for k in range(2)]
    assert (tmp_path / "0.onnx").read_bytes() == (tmp_path / "1.onnx").read_bytes()
    assert reports[0]["bytes"] == (tmp_path / "0.onnx").stat().st_size
    assert (reports[0]["opset"], reports[0]["answers"]) == (13, ["label", "probabilities"])


def test_what_onnx_cannot_say_is_refused_by_name() -> None:
    import numba

    @numba.njit
    def own(z: float) -> float:
        return z

    @numba.njit
    def slope(z: float) -> float:
        return 1.0

    net = Network.initialise((3, 2, 1), ((own, slope), "identity"))
    with pytest.raises(ValueError, match=r"activation: own/slope, .* which ONNX cannot hold"):
        formats.to_onnx(net)
    with pytest.raises(ValueError, match="dtype: 'float16', wanted "):
        formats.to_onnx(net_of("relu", "relu", "quadratic"), dtype="float16")
