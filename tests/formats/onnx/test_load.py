"""Nets from ONNX: what fastnet wrote, what other libraries write, and what is refused by name."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fastnet
from fastnet import Ensemble, Network, formats
from fastnet.formats.loading import is_model
from tests.formats.onnx.runtime import onnx, onnxruntime, run
from tests.formats.onnx.test_export import ALL, LABELS, net_of
from tests.formats.onnx.test_tables import made
from tests.helpers import needed, samples

TensorProto, helper, numpy_helper = onnx.TensorProto, onnx.helper, onnx.numpy_helper

# Written by skl2onnx 1.20 (an MLP after a scaler, with two hidden layers) and by both exporters of
# torch 2.13 (nn.Sequential with Flatten, Linear, ReLU, LeakyReLU, Tanh, Dropout and Softmax).
FILES = sorted((Path(__file__).parents[2] / "files" / "onnx").glob("*.onnx"))


def back(net: Any, tmp_path: Path, **options: Any) -> Any:
    path = tmp_path / "net.onnx"
    formats.export(net, "onnx", path, **options)
    assert is_model(path)
    return fastnet.load(path)


@pytest.mark.filterwarnings("ignore::fastnet.LearningWarning")  # numbers are not scaled
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("activation", ALL)
def test_own_graphs_come_back(activation: str, dtype: str, tmp_path: Path) -> None:
    X = samples(50, 6).astype(dtype)
    for last, loss in ((activation, "quadratic"), ("softmax", "cross-entropy")):
        net = net_of(activation, last, loss, dtype)
        again = back(net, tmp_path)
        same = (again.task, again.loss, again.dtype, again.sizes)
        assert same == (net.task, net.loss, net.dtype, net.sizes)
        if activation == "scaled-tanh":  # is folded into its neighbours
            np.testing.assert_allclose(again.predict_proba(X), net.predict_proba(X), atol=1e-6)
        else:
            assert again.digest() == net.digest()
            assert again.activations == net.activations
        again.partial_fit(X, net.predict(X))


@pytest.mark.parametrize("classes", [*LABELS, ["a"], [False, True, None]])
def test_labels_come_back(classes: Any, tmp_path: Path) -> None:
    if len(classes) == 1:  # as a stream has that may get further labels
        net = Network.initialise((6, 1), ("sigmoid",), "quadratic", classes=classes)
    elif None in [*classes]:
        net = Network.initialise((6, 2), ("softmax",), "cross-entropy", classes=[False, True])
    else:
        net = net_of("tanh", "softmax", "cross-entropy", classes=classes)
    again = back(net, tmp_path)
    assert again.classes.tolist() == net.classes.tolist()
    assert again.predict(samples(9, 6)).tolist() == net.predict(samples(9, 6)).tolist()


@pytest.mark.compiled  # in plain Python this takes minutes
def test_pixels_come_back_as_pixels(tmp_path: Path) -> None:
    (X, y), (X_test, y_test) = fastnet.datasets.load("digits")
    nets = fastnet.train_seeds(X, y, 2, epochs=1, hidden=(12,))
    for model in (nets, nets[0]):
        again = back(model, tmp_path)
        assert isinstance(again, type(model))
        # the weights were divided by 255 in float64, rounded, and multiplied again
        answers, wanted = again.predict_proba(X_test), model.predict_proba(X_test)
        np.testing.assert_allclose(answers, wanted, atol=1e-6)
        assert again.score(X_test, y_test) == model.score(X_test, y_test)
    assert again.origin == {"pixels": True, "format": "ONNX"}
    as_they_are = back(nets, tmp_path, input="float")
    assert as_they_are.digest() == nets.digest()
    learned = fastnet.train(X, y, epochs=1, init=again, verbose=False)
    assert learned.score(X_test, y_test) > 0.6


def test_tables_come_back_with_their_encoding(tmp_path: Path) -> None:
    rows, good, number = made(300)
    for y in (good, number.astype(float)):
        net = fastnet.train(rows, y, hidden=(8,), epochs=1, verbose=False)
        again = back(net, tmp_path)
        assert again.encoding == net.encoding
        assert again.digest() == net.digest()  # the units of y are float64 in the graph
        assert again.predict(rows).tolist() == net.predict(rows).tolist()
        again.partial_fit(rows[:10], y[:10])
        assert back(net, tmp_path, dtype="float32").encoding == net.encoding
    nets = fastnet.train_seeds(rows, good, 2, hidden=(4,), epochs=1)
    assert back(nets, tmp_path).digest() == nets.digest()


def test_a_table_whose_nodes_are_not_those_of_its_encoding_is_refused() -> None:
    rows, good, _ = made(300)
    model = formats.to_onnx(fastnet.train(rows, good, hidden=(8,), epochs=1, verbose=False))
    for k, tensor in enumerate(model.graph.initializer):
        if tensor.name.startswith(("centre", "scale", "codes")):
            changed = onnx.ModelProto()
            changed.CopyFrom(model)
            values = numpy_helper.to_array(tensor)
            changed.graph.initializer[k].CopyFrom(numpy_helper.from_array(values + 1, tensor.name))
            with pytest.raises(ValueError, match="does not compute the encoding in its metadata"):
                fastnet.load(changed)


@pytest.mark.filterwarnings("ignore::fastnet.LearningWarning")  # rows are not scaled
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_files_of_others_answer_as_in_onnxruntime(path: Path) -> None:
    net = fastnet.load(path)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (rows,) = session.get_inputs()
    X = (np.random.default_rng(1).normal(size=(60, 4)) * [1, 5, 100, 2] + 3).astype(np.float32)
    shape = [60, *rows.shape[1:]]
    outputs = session.run(None, {rows.name: X.reshape(shape)})
    numbers = outputs[-1]
    if isinstance(numbers, list):  # of dicts, from ZipMap
        numbers = np.array([[*row.values()] for row in numbers])
        assert [*outputs[-1][0]] == net.classes.tolist()
    answers = net.predict_proba(X)
    # float32 in both, of some tens of products
    np.testing.assert_allclose(answers, numbers.reshape(answers.shape), rtol=1e-5, atol=2e-6)
    if len(outputs) == 2:
        assert outputs[0].tolist() == net.predict(X).tolist()
    tasks = {"number": "regression", "numbers": "regression", "several": "multilabel"}
    assert net.task == tasks.get(path.stem.partition("-")[2], "classification")
    net.partial_fit(X, net.predict(X))
    assert fastnet.load(onnx.load(path)).sizes == net.sizes


W = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
B = np.random.default_rng(1).normal(size=3).astype(np.float32)
V = np.random.default_rng(2).normal(size=(3, 2)).astype(np.float32)
CONSTANTS: dict[str, Any] = {
    "W": W, "WT": np.ascontiguousarray(W.T), "B": B, "B1": B[None], "V": V, "half": np.float32(0.5),
    "X4": np.array([1, 2, 4, 8], np.float32), "255": np.array([[255]], np.uint8),
    "one": np.float32(1), "two": np.float64(2), "leak": np.float32(0.01), "zero": np.float32(0),
    "true": np.array(True), "rows": np.array([-1, 4]), "list": np.array([-1]),
    "W16": W.astype(np.float16), "names": np.array(["no", "yes", "perhaps"], object),
    "U": np.ones((3, 1), np.float32), "axes": np.array([1]), "D": W.astype(np.float64),
    "W2": -W, "int": np.int64(2), "none": np.int64(0), "column": np.array([-1, 1]),
    "first": np.array([-1, 0]), "three": np.float32(3), "U1": np.ones((1, 1), np.float32),
}  # fmt: skip


def graph(*steps: tuple[Any, ...], shape: Any = (4,), kind: int = TensorProto.FLOAT) -> Any:
    """A model of steps (operator, inputs, attributes), each of which has an output: a, b, c, ..."""
    nodes = []
    for k, (operator, inputs, *rest) in enumerate(steps):
        attributes = rest[0] if rest else {}
        made = helper.make_node(operator, inputs.split(), [chr(97 + k)], f"n{k}", **attributes)
        nodes.append(made)
    constants = [numpy_helper.from_array(np.asarray(v), n) for n, v in CONSTANTS.items()]
    output = helper.make_empty_tensor_value_info(chr(96 + len(steps)))
    rows = helper.make_tensor_value_info("X", kind, ["N", *shape])
    whole = helper.make_graph(nodes, "g", [rows], [output], constants)
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 2)]
    return helper.make_model(whole, ir_version=8, opset_imports=opsets)


ML = {"domain": "ai.onnx.ml"}
GEMM = ("Gemm", "X W B")
FORMS = {
    "gemm": [GEMM],
    "gemm, all of it": [("Gemm", "X WT B1", {"transB": 1, "alpha": 0.5, "beta": 2.0})],
    "gemm without biases": [("Gemm", "X W")],
    "biases as one number": [("Gemm", "X W half")],
    "matmul and add": [("MatMul", "X W"), ("Add", "a B"), ("Relu", "b")],
    "add the other way round": [("MatMul", "X W"), ("Add", "B1 a"), ("Tanh", "b")],
    "half precision": [("Cast", "X", {"to": 10}), ("MatMul", "a W16"), ("Cast", "b", {"to": 1})],
    "weights in a node": [("Identity", "W"), ("Gemm", "X a B")],
    "weights turned": [("Transpose", "WT", {"perm": [1, 0]}), ("Gemm", "X a B")],
    "weights cast": [("Cast", "D", {"to": 1}), ("Gemm", "X a B")],
    "scaled rows": [("Sub", "X X4"), ("Div", "a X4"), ("Gemm", "b W B"), ("Sigmoid", "c")],
    "scaled between": [GEMM, ("Tanh", "a"), ("Mul", "b B"), ("Add", "half c"), ("Gemm", "d V")],
    "scaled outputs": [GEMM, ("Mul", "B a"), ("Sub", "half b")],
    "scaler": [("Scaler", "X", {"offset": [1.0, 2, 3, 4], "scale": [0.5] * 4, **ML}),
               ("Gemm", "a W B")],
    "leaky relu": [GEMM, ("LeakyRelu", "a", {"alpha": 0.01}), ("Gemm", "b V")],
    "leaky relu by max": [GEMM, ("Mul", "a leak"), ("Max", "b a"), ("Gemm", "c V")],
    "relu by max": [GEMM, ("Max", "zero a"), ("Gemm", "b V")],
    "dropout": [GEMM, ("Dropout", "a half"), ("Relu", "b"), ("Gemm", "c V")],
    "softmax": [GEMM, ("Softmax", "a", {"axis": -1})],
    "mean": [GEMM, ("Tanh", "a"), ("Gemm", "b V"), ("Gemm", "X W B"), ("Relu", "d"),
             ("Gemm", "e V"), ("Mean", "c f")],
    "mean by hand": [GEMM, ("Tanh", "a"), ("Gemm", "X W2 B"), ("Tanh", "c"), ("Gemm", "X W"),
                     ("Add", "b d"), ("Add", "f e"), ("Div", "g three")],
    "mean by a factor": [GEMM, ("Gemm", "X W2 B"), ("Add", "a b"), ("Mul", "half c")],
    "flat": [GEMM, ("Gemm", "a U"), ("Squeeze", "b axes")],
    "the first": [GEMM, ("Gemm", "a U"), ("Gather", "b none", {"axis": 1})],
    "a list": [GEMM, ("Gemm", "a U"), ("Reshape", "b list"), ("Sigmoid", "c")],
}  # fmt: skip


@pytest.mark.parametrize("steps", FORMS.values(), ids=FORMS)
def test_what_dense_nets_are_made_of(steps: Any) -> None:
    model = graph(*steps)
    X = samples(30, 4).astype(np.float32)
    wanted = onnxruntime.InferenceSession(model.SerializeToString()).run(None, {"X": X})[0]
    net = fastnet.load(model)
    answers = net.predict_proba(X)
    half = 2e-2 if any("16" in step[1] for step in steps) else 2e-6  # float16 has 11 bits
    np.testing.assert_allclose(answers, wanted.reshape(answers.shape), rtol=half, atol=half)


IMAGES = {
    "flatten": [("Flatten", "X"), ("Gemm", "a W B")],
    "reshape": [("Reshape", "X rows"), ("Gemm", "a W B")],
    "scaled": [("Div", "X one"), ("Reshape", "a rows"), ("Gemm", "b W B")],
}


@pytest.mark.parametrize("steps", IMAGES.values(), ids=IMAGES)
def test_images_become_rows(steps: Any) -> None:
    X = samples(30, 4).astype(np.float32)
    net = fastnet.load(graph(*steps, shape=(1, 2, 2)))
    np.testing.assert_allclose(net.predict_proba(X), X @ W + B, rtol=1e-5, atol=1e-5)


def test_bytes_are_pixels_however_they_are_scaled() -> None:
    X = np.random.default_rng(0).integers(0, 256, (30, 4)).astype(np.uint8)
    cast = "Cast", "X", {"to": 1}
    for steps in ([cast, ("Gemm", "a W B")], [cast, ("Cast", "255", {"to": 1}), ("Div", "a b"),
                                              ("Gemm", "c W B")]):  # fmt: skip
        model = graph(*steps, kind=TensorProto.UINT8)
        net = fastnet.load(model)
        assert net.origin["pixels"] is True
        (wanted,) = run(_typed(model, 3), X).values()
        np.testing.assert_allclose(net.predict_proba(X), wanted, rtol=1e-5, atol=1e-4)


def _typed(model: Any, width: int) -> Any:
    """The model with an output that says its shape, for the full check."""
    name = model.graph.output[0].name
    output = helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", width])
    model.graph.output[0].CopyFrom(output)
    return model


def test_the_caller_says_what_the_model_does_not() -> None:
    model = graph(GEMM)
    net = fastnet.load(model)
    assert (net.task, net.origin["pixels"]) == ("regression", None)
    net = fastnet.load(model, classes=["a", "b", "c"], pixels=True)
    assert (net.task, net.activations[-1]) == ("classification", "softmax")
    assert net.origin["pixels"] is True
    with pytest.raises(ValueError, match="classes: 2 labels, wanted 3"):
        fastnet.load(model, classes=["a", "b"])
    labels = graph(GEMM, ("ArgMax", "a", {"axis": 1, "keepdims": 0}), ("Gather", "names b"))
    assert fastnet.load(labels).classes.tolist() == ["no", "yes", "perhaps"]
    assert fastnet.load(labels, classes=[1, 2, 3]).classes.tolist() == [1, 2, 3]
    assert fastnet.load(labels, task="classification").classes.tolist() == ["no", "yes", "perhaps"]
    likely = graph(GEMM, ("Sigmoid", "a"), ("Greater", "b half"), ("Cast", "c", {"to": 7}))
    assert fastnet.load(likely).task == "multilabel"


REFUSED: dict[str, tuple[list[Any], str]] = {
    "conv": ([("Conv", "X W")], "Conv in node 'n0', which dense nets do not have, wanted weights"),
    "domain": ([("Gemm", "X W", {"domain": "com.x"})], "com.x.Gemm in node 'n0', which dense nets"),
    "elu": ([GEMM, ("Elu", "a")], "Elu in node 'n1'"),
    "slope": ([GEMM, ("LeakyRelu", "a", {"alpha": 0.2})], "LeakyRelu in node 'n1': a slope of 0.2"),
    "turned rows": ([("Gemm", "X W", {"transA": 1})], "Gemm in node 'n0': transA=1, wanted 0"),
    "weights first": ([("MatMul", "W X")], "MatMul in node 'n0': a constant, wanted rows"),
    "columns": ([GEMM, ("Gemm", "a W")], "Gemm in node 'n1': 3 columns before weights .4, 3."),
    "softmax": ([GEMM, ("Softmax", "a", {"axis": 0})], "Softmax in node 'n1': axis=0, wanted 1"),
    "two activations": ([GEMM, ("Relu", "a"), ("Tanh", "b")], "Tanh in node 'n2': an activation"),
    "no layer": ([("Relu", "X")], "Relu in node 'n0': an activation of no layer"),
    "nothing": ([("Identity", "X")], "no layers, which fastnet does not have"),
    "scaled": ([GEMM, ("Sigmoid", "a"), ("Mul", "b two")], "sigmoid outputs, scaled, which"),
    "around": ([GEMM, ("Add", "a X")], "Add in node 'n1': a term, not given as a"),
    "sum": ([GEMM, ("Sum", "a a")], "a sum of the outputs of several nets, wanted their mean"),
    "later": ([("Gemm", "X W b"), ("Identity", "B")], "Gemm in node 'n0': no value 'b' before it"),
    "itself": ([("Gemm", "a W")], "Gemm in node 'n0': no value 'a' before it"),
    "training": ([GEMM, ("Dropout", "a half true")], "Dropout in node 'n1': training, wanted"),
    "whole numbers": ([("Cast", "X", {"to": 7}), ("Gemm", "a W")], "Cast in node 'n0': rows as no"),
    "no column": ([("Sub", "X B"), ("Gemm", "a W")], r"Sub in node 'n0': a constant of shape \(3,"),
    "many": ([GEMM, ("Gemm", "a U"), ("Add", "b B")], r"Add in node 'n2': a constant of shape"),
    "divisor": ([("Div", "X zero"), ("Gemm", "a W")], "Div in node 'n0': a divisor of 0"),
    "words": ([("Gemm", "X names")], "Gemm in node 'n0': weights of words"),
    "constant": ([("Identity", "W")], "an output that is constant"),
    "sum of layers": ([GEMM, ("Relu", "a"), ("Add", "b a"), ("Gemm", "c V")],
                      "Gemm in node 'n3': a sum of two layers, wanted rows"),
    "wrong mean": ([GEMM, ("Add", "a a"), ("Div", "b one")], "Div in node 'n2': outputs of 2 nets"),
    "a mean in a sum": ([GEMM, ("Mean", "a a"), ("Add", "b a")], "Add in node 'n2': a mean of"),
    "integers": ([("Div", "X int"), ("Gemm", "a W")], "Div in node 'n0': a divisor of integers"),
    "logits above": ([GEMM, ("Greater", "a half")], "Greater in node 'n1': a bound, wanted 0.5"),
    "best of one": ([GEMM, ("Gemm", "a U"), ("ArgMax", "b", {"axis": 1})],
                    "labels by the largest output, but it has only one"),
    "best of a column": ([GEMM, ("Reshape", "a column"), ("ArgMax", "b", {"axis": 1})],
                         "ArgMax in node 'n2': outputs in one column, wanted rows"),
    "softmax of a column": ([GEMM, ("Reshape", "a column"), ("Relu", "b"), ("Softmax", "b")],
                            "Softmax in node 'n3': numbers in one column, wanted rows"),
    "layer of a column": ([GEMM, ("Reshape", "a column"), ("Gemm", "b U1")], "Gemm in node 'n2': "
                          "one column before weights"),
    "a part": ([GEMM, ("Gather", "a none", {"axis": 1})], "Gather in node 'n1': axis=1, wanted 0"),
    "labels as words": ([GEMM, ("ArgMax", "a", {"axis": 1}), ("Cast", "b", {"to": 8})],
                        "Cast in node 'n2': labels of another type"),
    "labels as truth values": ([GEMM, ("ArgMax", "a", {"axis": 1}), ("Cast", "b", {"to": 9})],
                               "Cast in node 'n2': labels of another type"),
    "words as labels": ([GEMM, ("ArgMax", "a", {"axis": 1}), ("Gather", "names b"),
                         ("Cast", "c", {"to": 7})], "Cast in node 'n3': labels of another type"),
}  # fmt: skip


@pytest.mark.parametrize("steps, match", REFUSED.values(), ids=REFUSED)
def test_what_is_no_dense_net_is_refused_by_name(steps: Any, match: str, tmp_path: Path) -> None:
    path = tmp_path / "other.onnx"
    path.write_bytes(graph(*steps).SerializeToString())
    with pytest.raises(ValueError, match=f"other.onnx: {match}") as caught:
        fastnet.load(path)
    assert "\n" not in str(caught.value)


def test_images_are_no_rows_until_they_are_flat() -> None:
    with pytest.raises(ValueError, match="Gemm in node 'n0': images before weights"):
        fastnet.load(graph(GEMM, shape=(1, 2, 2)))
    with pytest.raises(ValueError, match=r"Reshape in node 'n0': the shape \(-1, 0\), wanted rows"):
        fastnet.load(graph(("Reshape", "X first"), ("Gemm", "a U1"), shape=(1, 2, 2)))
    with pytest.raises(ValueError, match="the input 'X', wanted rows of numbers"):
        fastnet.load(graph(GEMM, shape=()))


def test_a_mean_of_logits_is_no_mean_of_probabilities() -> None:
    model = graph(GEMM, ("Gemm", "X W"), ("Mean", "a b"))
    assert fastnet.load(model).task == "regression"
    with pytest.raises(ValueError, match="the mean of outputs that are no probabilities"):
        fastnet.load(model, classes=["a", "b", "c"])


@pytest.mark.parametrize(
    "steps, fits",
    [([GEMM, ("Softmax", "a")], True), ([GEMM, ("Sigmoid", "a")], True),
     ([GEMM, ("Relu", "a")], False), ([GEMM, ("Tanh", "a"), ("Sigmoid", "a")], False),
     ([GEMM, ("Relu", "a"), ("Gemm", "b V"), ("Tanh", "a"), ("Gemm", "d V")], False)],
)  # fmt: skip
def test_several_outputs_are_logits_and_their_probabilities(steps: Any, fits: bool) -> None:
    model = graph(*steps)
    other = "c" if len(steps) > 3 else "b" if len(steps) > 2 else "a"
    model.graph.output.insert(0, helper.make_empty_tensor_value_info(other))
    if fits:
        assert fastnet.load(model).activations == (steps[1][0].lower(),)
    else:
        with pytest.raises(ValueError, match="outputs of several layers, wanted those of the last"):
            fastnet.load(model)


def test_labels_of_one_net_are_the_same() -> None:
    best = GEMM, ("Softmax", "a"), ("ArgMax", "b", {"axis": 1, "keepdims": 0})
    zipped = "ZipMap", "b", {"classlabels_strings": ["x", "y", "z"], **ML}
    model = graph(*best, ("Gather", "names c"), zipped)
    model.graph.output.insert(0, helper.make_empty_tensor_value_info("d"))
    with pytest.raises(ValueError, match="outputs with several labels for the same"):
        fastnet.load(model)


def test_old_opsets_are_refused() -> None:
    model = graph(("MatMul", "X W"), ("Add", "a B", {"broadcast": 1, "axis": 0}))
    model.opset_import[0].version = 6
    with pytest.raises(ValueError, match="opset 6, wanted 7 or later"):
        fastnet.load(model)


def test_several_inputs_are_refused() -> None:
    model = graph(GEMM)
    model.graph.input.add().CopyFrom(helper.make_tensor_value_info("Y", 1, ["N", 1]))
    with pytest.raises(ValueError, match=r"2 inputs \('X', 'Y'\), wanted one, of rows"):
        fastnet.load(model)


def test_metadata_must_be_that_of_the_graph() -> None:
    net = net_of("tanh", "softmax", "cross-entropy", classes=["a", "b", "c"])
    for old, new, match in (
        ('"a"', '"x"', "other labels"), ('"pixels": false', '"pixels": true', "agree on pixels"),
        ('"float32"', '"float16"', "metadata: damaged"),
        ("[null]", "[null, null]", "units of 2 nets, wanted 1"), ("{", "", "metadata: "),
        ("[null]", '[{"centre": [1.0], "scale": [1.0]}]', "units: "),
        ("[null]", '[{"centre": [1, 1, 1], "scale": [1, 0, 1]}]', "units: wanted finite"),
        ("[null]", '[{"centre": [1, 1, 1], "scale": [1, 1, 1]}]', "units of outputs that are no"),
    ):  # fmt: skip
        model = formats.to_onnx(net)
        for each in model.metadata_props:
            each.value = each.value.replace(old, new)
        with pytest.raises(ValueError, match=match):
            fastnet.load(model)


def test_objects_come_in_too() -> None:
    nets = Ensemble([net_of("tanh", "relu", "quadratic"), net_of("relu", "relu", "quadratic")])
    assert fastnet.load(formats.to_onnx(nets)).digest() == nets.digest()
    with pytest.raises(TypeError, match=r"GraphProto, wanted an onnx\.ModelProto"):
        fastnet.load(formats.to_onnx(nets).graph)


@pytest.mark.heavy
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # its newer exporter needs onnxscript
def test_nets_of_pytorch_come_in(tmp_path: Path) -> None:
    torch = needed("torch")
    nn, path = torch.nn, tmp_path / "torch.onnx"
    torch.manual_seed(0)
    hidden = [nn.ReLU(), nn.Tanh(), nn.Sigmoid(), nn.LeakyReLU(0.01), nn.Identity()]
    ends: list[Any] = [[], [nn.Softmax(dim=-1)], [nn.LogSoftmax(dim=1)], [nn.Sigmoid()]]
    for activation in hidden:
        for end in ends:
            layers = [nn.Linear(6, 5), activation, nn.Dropout(0.5), nn.Linear(5, 3, bias=False)]
            module = nn.Sequential(nn.Flatten(), *layers, *end).eval()
            rows = torch.randn(20, 1, 2, 3)
            torch.onnx.export(module, (rows,), path, dynamo=False)
            found = fastnet.load(path).predict_proba(rows.reshape(20, 6).numpy())
            wanted = module(rows).detach().numpy()
            if end and isinstance(end[0], nn.LogSoftmax):
                wanted = np.exp(wanted)
            np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=2e-6)
