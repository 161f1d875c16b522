"""A graph of ONNX in the making: inputs, constants, nodes and outputs, whose names differ."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ...typing import Array

# The opset of every graph, of words in columns, and of patterns of words, each the lowest that has
# the operators; and the version of the file's form that came with it. onnxruntime 1.15 runs them,
# patterns from 1.17 on.
OPSET, FORM = 13, 7
ML_OPSET = 2
PATTERNS_OPSET, PATTERNS_FORM = 20, 9
ML = "ai.onnx.ml"
ROWS = "N"  # the name of the free number of rows


class Graph:
    """The parts of a graph.

    Parameters
    ----------
    onnx : module
        The package onnx.
    taken : iterable of str
        Names of inputs to come, which nothing else gets.

    Attributes
    ----------
    inputs, constants, nodes, outputs : list
        What is made so far, of ONNX's types.
    opsets : dict of str to int
        The opset of each domain that the nodes need.
    """

    def __init__(self, onnx: Any, taken: Iterable[str] = ()):
        self.onnx, self.opsets = onnx, {"": OPSET}
        self.inputs: list[Any] = []
        self.constants: list[Any] = []
        self.nodes: list[Any] = []
        self.outputs: list[Any] = []
        self._names = {*taken}

    def name(self, wanted: str) -> str:
        """Return a name that nothing has, with a number at its end if need be."""
        name, k = wanted, 0
        while name in self._names:
            k += 1
            name = f"{wanted}{k}"
        self._names.add(name)
        return name

    def _info(self, name: str, dtype: Any, shape: Sequence[Any], about: str) -> Any:
        of, helper = self.onnx.TensorProto, self.onnx.helper
        kind = of.STRING if dtype is str else helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
        return helper.make_tensor_value_info(name, kind, [ROWS, *shape], about)

    def input(self, name: str, dtype: Any, width: int, about: str) -> str:
        """Add an input (rows, width), whose name nothing else has; return the name."""
        self._names.add(name)
        self.inputs.append(self._info(name, dtype, [width], about))
        return name

    def output(self, name: str, dtype: Any, shape: Sequence[int], about: str) -> str:
        """Add an output (rows, *shape), which is made already."""
        self.outputs.append(self._info(name, dtype, shape, about))
        return name

    def constant(self, wanted: str, values: Any, dtype: Any = None) -> str:
        """Add an initializer; return its name."""
        array: Array = np.ascontiguousarray(values, dtype)
        shaped = array.reshape(np.shape(values))  # a scalar stays one
        name = self.name(wanted)
        self.constants.append(self.onnx.numpy_helper.from_array(shaped, name))
        return name

    def node(self, operator: str, inputs: Sequence[str], wanted: str, **attributes: Any) -> str:
        """Add a node with one output; return the name of both."""
        name = self.name(wanted)
        if attributes.get("domain") == ML:
            self.opsets[ML] = ML_OPSET
        make = self.onnx.helper.make_node
        self.nodes.append(make(operator, [*inputs], [name], name, **attributes))
        return name

    def cast(self, rows: str, dtype: Any, wanted: str) -> str:
        """Add a Cast; return its name."""
        kind = self.onnx.helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
        return self.node("Cast", [rows], wanted, to=kind)

    def joined(self, parts: Sequence[str], wanted: str) -> str:
        """Return columns side by side; one part is as it is."""
        return parts[0] if len(parts) == 1 else self.node("Concat", parts, wanted, axis=1)

    def chosen(self, rows: str, places: Sequence[int], width: int, wanted: str) -> str:
        """Return the columns at some places of so many; all of them are as they are."""
        if [*places] == [*range(width)]:
            return rows
        at = self.constant(f"{wanted}_places", places, np.int64)
        return self.node("Gather", [rows, at], wanted, axis=1)

    def model(self, name: str, **about: Any) -> Any:
        """Return the whole as a ModelProto."""
        helper = self.onnx.helper
        graph = helper.make_graph(self.nodes, name, self.inputs, self.outputs, self.constants)
        form = FORM if self.opsets[""] == OPSET else PATTERNS_FORM
        opsets = [helper.make_opsetid(*pair) for pair in self.opsets.items()]
        return helper.make_model(graph, ir_version=form, opset_imports=opsets, **about)


def check_text(what: str, words: Iterable[str]) -> None:
    """Refuse words that UTF-8, which ONNX has, cannot write."""
    for word in words:
        try:
            word.encode()
        except UnicodeEncodeError:
            raise ValueError(f"{what}: {word!r}, which ONNX cannot hold, wanted Unicode") from None
