"""Dense nets from graphs of ONNX: what fastnet, PyTorch, scikit-learn and others write.

A graph is followed from its rows to its outputs, and each node is a layer, an activation, or a
scale that the next layer takes in. Nothing is run. `reader` follows the nodes, and
`operators` says what each is.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ...files import blaming
from ...model.ensemble import Ensemble
from ...model.network import Network
from ...tables.encoding import Encoding
from ..extras import package
from ..incoming import incoming
from ..layers import Layers, Meaning, without_units
from ..loading import Given
from .reader import KNOWN, Reader
from .values import Answer

OLDEST = 7  # opset that is read


def read(path: str | os.PathLike[str], given: Given) -> Network | Ensemble:
    """Return the model of a file: see `fastnet.load`."""
    onnx = package("onnx", "onnx", "ONNX")
    with open(path, "rb") as file:
        data = file.read()
    with blaming(path, "a damaged ONNX file: {}"):
        model = onnx.load_model_from_string(data)
    with blaming(path, "{}"):
        return _model(model, len(data), given, onnx)


def taken(model: Any, given: Given) -> Network | Ensemble:
    """Return the model of an `onnx.ModelProto`: see `fastnet.load`."""
    onnx = package("onnx", "onnx", "ONNX")
    if not isinstance(model, onnx.ModelProto):
        raise TypeError(f"model: {type(model).__name__}, wanted an onnx.ModelProto")
    with blaming("model", "{}"):
        return _model(model, model.ByteSize(), given, onnx)


class Own(NamedTuple):
    """What fastnet's metadata says besides the meaning: see `export.metadata`."""

    dtype: Any = None
    units: Sequence[Any] | None = None
    encoding: Encoding | None = None


def _model(model: Any, size: int, given: Given, onnx: Any) -> Network | Ensemble:
    """Return the network, or the ensemble, of a ModelProto of so many bytes."""
    about = {each.key: each.value for each in model.metadata_props}
    with blaming("metadata", "{}"):
        meaning = Meaning.from_json(about["fastnet"]) if "fastnet" in about else None
        own = _own(about["fastnet.net"]) if "fastnet.net" in about else Own()
    _check_opsets(model)
    if any(each.domain in KNOWN for each in model.functions):
        raise ValueError("functions in place of operators, wanted operators alone")
    reader, order = Reader(model.graph, size, onnx), None
    if own.encoding is None:
        pixels = reader.begin()
    else:
        pixels, order = False, reader.skip(own.encoding)
    every, answer = reader.outputs()
    if meaning is None:
        given = _with_labels(given, answer, pixels)
    elif bool(meaning.pixels) != pixels:
        raise ValueError("its metadata and its input do not agree on pixels")
    elif answer is not None and answer.classes not in (None, meaning.classes):
        raise ValueError("its metadata and its graph have other labels")
    units = own.units or [None] * len(every)
    if len(units) != len(every):
        raise ValueError(f"units of {len(units)} nets, wanted {len(every)}")
    nets = []
    for layers, unit in zip(every, units, strict=True):
        layers = layers if order is None else _ordered(layers, order)
        dtype = own.dtype or reader.dtype
        nets.append(_network(layers, unit, given, dtype, meaning, own.encoding))
    if len(nets) == 1:
        return nets[0]
    lasts = zip(nets, every, strict=True)
    if any(net.activations[-1] != layers[-1].activation for net, layers in lasts):
        raise ValueError("the mean of outputs that are no probabilities, such as logits")
    return Ensemble(nets)


def _check_opsets(model: Any) -> None:
    """Refuse opsets in which Add, say, has other attributes."""
    for each in model.opset_import:
        if each.domain in ("", "ai.onnx") and each.version < OLDEST:
            raise ValueError(f"opset {each.version}, wanted {OLDEST} or later")


def _own(text: str) -> Own:
    """Return what `export.metadata` has written."""
    about = json.loads(text)
    if type(about) is not dict or {*about} != {*Own._fields}:
        raise ValueError(f"damaged, wanted {', '.join(Own._fields)}")
    dtype, units, encoding = (about[name] for name in Own._fields)
    if dtype not in ("float32", "float64") or type(units) is not list:
        raise ValueError("damaged, wanted a dtype and units")
    return Own(dtype, units, None if encoding is None else Encoding.from_dict(encoding))


def _with_labels(given: Given, answer: Answer | None, pixels: bool) -> Given:
    """Return what the caller says, and else what the labels and the input of a graph say."""
    if pixels and given.pixels is None:
        given = given._replace(pixels=True)
    if answer is None:
        return given
    if not answer.several and answer.rows.parts[0].width == 1:
        raise ValueError("labels by the largest output, but it has only one")
    if given.classes is not None:
        return given
    task = "multilabel" if answer.several else "classification"
    own = given.task in (None, task)
    return given._replace(task=task, classes=answer.classes) if own else given


def _ordered(layers: Layers, order: list[int]) -> Layers:
    """Return layers whose inputs are in the order of the encoding again."""
    first = layers[0]
    if len(first.weights) != len(order):
        raise ValueError(f"{len(first.weights)} inputs, but its encoding has {len(order)}")
    weights = np.empty_like(first.weights)
    weights[order] = first.weights
    return (first._replace(weights=weights), *layers[1:])


def _network(
    layers: Layers, unit: Any, given: Given, dtype: Any, meaning: Meaning | None, encoding: Any
) -> Network:
    """Return the network of layers; the units of a regression leave its last layer again."""
    if unit is None:
        return incoming(layers, given, dtype, meaning, encoding)
    *others, last = layers
    last, units = without_units(last, unit)
    net = incoming((*others, last), given, dtype, meaning, encoding)
    if not net.outputs.may_have_units:
        raise ValueError("units of outputs that are no numbers")
    net.outputs.units = units
    return net
