"""Models as graphs of ONNX, which take raw rows and give labels, probabilities or numbers."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from ... import checks
from ..._version import __version__
from ...files import atomic_write
from ...kernels.activations import HEIGHT, LEAK, STEEPNESS
from ...model.ensemble import Ensemble, nets_of
from ...model.network import Network
from ...typing import Array
from ..extras import package
from ..layers import NAMED, Exported, Layers, exported, model_of
from .nodes import Graph, check_text
from .tables import encoded, names_of

WIDE = np.dtype(np.float64)
OPERATORS = {
    "sigmoid": "Sigmoid", "tanh": "Tanh", "scaled-tanh": "Tanh", "relu": "Relu",
    "leaky-relu": "LeakyRelu", "softmax": "Softmax",
}  # fmt: skip
ATTRIBUTES: dict[str, dict[str, Any]] = {"leaky-relu": {"alpha": LEAK}, "softmax": {"axis": 1}}


@np.errstate(under="ignore")
def to_onnx(
    model: Network | Ensemble, input: str | None = None, dtype: str = "float64"
) -> Any:
    """Return a model as an `onnx.ModelProto`; the same model gives the same bytes.

    Its outputs are `label` and `probabilities`, those of a regression `variable`; they have the
    values and the dtypes of `predict` and `predict_proba`.

    Parameters
    ----------
    model : Network or Ensemble
        An ensemble becomes one graph, whose outputs are the mean.
    input : str, optional
        The dtype of the rows `X`: "uint8" for pixels from 0 to 255, or "float" for numbers, which
        are of the net's dtype. The default is what the net has learned. The columns of a table are
        inputs (rows, 1) under their names: numbers, truth values and times (in seconds since 1970)
        as float64 with NaN for gaps, words as strings with "" for gaps. Those of an array are `X`
        (rows, columns), float64.
    dtype : str
        In what the layers are computed. In "float64" the graph rounds less than the net, so it
        agrees to 1e-6; the weights in it are as small as in the net. "float32" is for hardware
        that has nothing else; then the outputs are float32 too.

    Raises
    ------
    TypeError, ValueError
        ONNX cannot say this model: it has functions of your own, labels that are neither whole
        numbers of 64 bits nor truth values nor words, or a column without a name.
    ImportError
        The package onnx is missing.
    """
    checks.one_of("dtype", dtype, ("float32", "float64"))
    onnx = package("onnx", "onnx", "ONNX")
    form = exported(model, "ONNX", input, NAMED - {"scaled-tanh"}, NAMED)
    labels = None if form.meaning.classes is None else _labels(form.meaning.classes)
    graph = Graph(onnx, [] if form.encoding is None else names_of(form.encoding))
    nets = nets_of(model_of(model))
    outputs = _outputs(graph, form, np.dtype(dtype), nets)
    _answers(graph, *outputs, form, labels)
    sizes = ", ".join(dict.fromkeys("-".join(map(str, net.sizes)) for net in nets))
    count = f"{len(nets)} nets " * (len(nets) > 1)
    made = graph.model(
        "fastnet", producer_name="fastnet", producer_version=__version__,
        doc_string=f"{form.meaning.task} by {count}{sizes}",
    )  # fmt: skip
    onnx.helper.set_model_props(made, metadata(nets, form))
    return made


def write(
    model: Network | Ensemble, path: str | os.PathLike[str], **options: Any
) -> dict[str, Any]:
    """Write a model as an ONNX file, with options of `to_onnx`: see `export`."""
    made = to_onnx(model, **options)
    data = made.SerializeToString(deterministic=True)
    atomic_write(path, lambda file: file.write(data))
    answers = [each.name for each in made.graph.output]
    return {"opset": made.opset_import[0].version, "answers": answers}


def metadata(nets: Sequence[Network], form: Exported) -> dict[str, str]:
    """Return what the graph does not say, as metadata: see `load`."""
    units = [net.outputs.units for net in nets]
    rest = {
        "dtype": form.dtype.name,
        "units": [None if each is None else each.to_dict() for each in units],
        "encoding": None if form.encoding is None else form.encoding.to_dict(),
    }
    return {"fastnet": form.meaning.to_json(), "fastnet.net": json.dumps(rest)}


def _labels(classes: Sequence[Any]) -> Array:
    """Return labels of a type that ONNX has."""
    kinds = {*map(type, classes)}
    if kinds == {str}:
        check_text("classes", classes)
        return np.array(classes, object)
    if kinds == {bool}:
        return np.array(classes)
    wrong = [label for label in classes if type(label) is not int or not -(2**63) <= label < 2**63]
    if wrong:
        came = f"classes: {wrong[0]!r}, which ONNX cannot hold"
        raise ValueError(f"{came}, wanted whole numbers of 64 bits, truth values or words")
    return np.array(classes, np.int64)


def _outputs(
    graph: Graph, form: Exported, dtype: np.dtype, nets: Sequence[Network]
) -> tuple[str, np.dtype]:
    """Add all but the answers; return the name and the dtype of the (mean) outputs."""
    own = min(form.dtype, dtype)  # of what comes and what is kept
    order = None
    if form.encoding is not None:
        rows, order = encoded(graph, form.encoding, own)
    elif form.meaning.pixels:
        rows = graph.input("X", np.uint8, form.inputs, "pixels from 0 to 255")
    else:
        rows = graph.input("X", own, form.inputs, "numbers, as they are")
    if form.meaning.pixels or own != dtype:
        rows = graph.cast(rows, dtype, "rows")
    means, wide = [], own
    for k, (layers, net) in enumerate(zip(form.nets, nets, strict=True)):
        prefix = f"net_{k}_" * (len(nets) > 1)
        kept = [own] * len(layers)
        if net.outputs.units is not None:  # they are in the last layer: float32 would round years
            kept[-1] = wide = dtype
        outputs = _layers(graph, rows, layers, kept, dtype, order, prefix)
        if kept[-1] != dtype:  # as the net rounds, so that equal outputs stay equal
            outputs = graph.cast(outputs, own, f"{prefix}rounded")
        means.append((outputs, kept[-1]))
    if len(means) == 1:
        return means[0][0], wide
    each = [name if of == dtype else graph.cast(name, dtype, f"{name}_wide") for name, of in means]
    count = graph.constant("nets", len(each), dtype)
    return graph.node("Div", [graph.node("Sum", each, "total"), count], "mean"), dtype


def _layers(
    graph: Graph,
    rows: str,
    layers: Layers,
    stored: Sequence[np.dtype],
    dtype: np.dtype,
    order: list[int] | None,
    prefix: str,
) -> str:
    """Add the layers of a net, which compute in a dtype; return the name of its outputs.

    Weights and biases are stored in a dtype for each layer. `order` is that of the inputs.
    """

    def parameters(wanted: str, values: Array, kept: np.dtype) -> str:
        name = graph.constant(wanted, values, kept)
        return name if kept == dtype else graph.cast(name, dtype, f"{wanted}_wide")

    for k, ((weights, biases, activation), kept) in enumerate(zip(layers, stored, strict=True)):
        if k == 0 and order is not None:
            weights = weights[order]
        # not Gemm: onnxruntime before 1.20 fuses it with its activation, which fails in float64
        own = parameters(f"{prefix}weights_{k}", weights, kept)
        rows = graph.node("MatMul", [rows, own], f"{prefix}product_{k}")
        own = parameters(f"{prefix}biases_{k}", biases, kept)
        rows = graph.node("Add", [rows, own], f"{prefix}layer_{k}")
        rows = _activated(graph, rows, activation, dtype, f"{prefix}{activation}_{k}")
    return rows


def _activated(graph: Graph, rows: str, activation: str, dtype: np.dtype, name: str) -> str:
    """Add an activation; return its name."""
    if activation == "identity":
        return rows
    if activation == "leaky-relu" and dtype == WIDE:  # which onnxruntime lacks
        leak = graph.constant(f"{name}_leak", LEAK, dtype)
        return graph.node("Max", [rows, graph.node("Mul", [rows, leak], f"{name}_low")], name)
    scaled = activation == "scaled-tanh"
    if scaled:
        steepness = graph.constant(f"{name}_steepness", STEEPNESS, dtype)
        rows = graph.node("Mul", [rows, steepness], f"{name}_steep")
    attributes = ATTRIBUTES.get(activation, {})
    rows = graph.node(OPERATORS[activation], [rows], f"{name}_flat" if scaled else name,
                      **attributes)  # fmt: skip
    if scaled:
        rows = graph.node("Mul", [rows, graph.constant(f"{name}_height", HEIGHT, dtype)], name)
    return rows


def _answers(graph: Graph, rows: str, dtype: np.dtype, form: Exported, labels: Any) -> None:
    """Add the outputs of the graph, with names as skl2onnx has them."""
    task, n = form.meaning.task, form.outputs
    if task == "regression":
        name = graph.node("Identity", [rows], "variable")
        graph.output(name, dtype, [n], "numbers in the units of y")
        return
    name = graph.node("Identity", [rows], "probabilities")
    if labels is not None:
        best = graph.node("ArgMax", [rows], "best", axis=1, keepdims=0)
        classes = graph.constant("classes", labels)
        label = graph.node("Gather", [classes, best], "label")
        kind = str if labels.dtype == object else labels.dtype
        graph.output(label, kind, [], "the class with the largest output")
    else:
        half = graph.constant("half", 0.5, dtype)
        likely = graph.node("Greater", [rows, half], "likely")
        label = graph.cast(likely, np.int64, "label")
        graph.output(label, np.int64, [n], "1 for each label that is present")
    graph.output(name, dtype, [n], "the outputs of the net, one for each label")
