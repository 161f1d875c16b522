"""What follows a graph of ONNX from its rows to its outputs, node by node."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...files import blaming
from ...tables.encoding import Encoding
from ...typing import Array
from ..layers import Layers
from .nodes import ML, Graph
from .operators import OPERATORS
from .tables import encoded, names_of
from .tensors import Attributes, array_of, attributes_of
from .values import ONE, ZERO, Answer, Rows, Several, Value

ROOM = 16  # numbers that may be made for each byte of a file, and so many more:
FREE = 1 << 20
NET = 1000  # about as many numbers as a net takes besides its weights
UINT8, WORDS = 2, 8
LOGITS = {"identity", "sigmoid"}, {"identity", "softmax"}
KNOWN = ("", "ai.onnx", ML)  # domains of operators


class Reader:
    """What follows a graph, node by node.

    Parameters
    ----------
    graph : onnx.GraphProto
    size : int
        The bytes of the file, which bound the numbers that are made of it.
    onnx : module
    """

    def __init__(self, graph: Any, size: int, onnx: Any):
        self.graph, self.onnx = graph, onnx
        self.left = FREE + ROOM * size
        if len(graph.sparse_initializer):
            raise ValueError("sparse tensors, wanted dense ones")
        self.values: dict[str, Value] = {}
        for tensor in graph.initializer:
            self._set(tensor.name, array_of(tensor, onnx))
        self.inputs = [each for each in graph.input if each.name not in self.values]
        self.nodes = list(graph.node)

    @property
    def dtype(self) -> str:
        """The dtype of a network with the weights that are there."""
        arrays = [a for a in self.values.values() if isinstance(a, np.ndarray) and a.ndim == 2]
        wide = [array.dtype == np.float64 for array in arrays if array.dtype.kind == "f"]
        return "float64" if wide and all(wide) else "float32"

    def _set(self, name: str, value: Value) -> None:
        """Keep a value under a name that nothing has."""
        if name in self.values:
            raise ValueError(f"two values {name!r}, wanted each name once")
        self._spend(cost(value))
        self.values[name] = value

    def _spend(self, numbers: int) -> None:
        """Refuse a graph that makes too many numbers of its file."""
        self.left -= numbers
        if self.left < 0:
            raise ValueError("its nodes make more numbers than a net of its size has")

    def begin(self) -> bool:
        """Begin with the one input, which is rows; tell whether they are uint8."""
        if len(self.inputs) != 1:
            names = ", ".join(repr(each.name) for each in self.inputs[:4]) or "none"
            raise ValueError(f"{len(self.inputs)} inputs ({names}), wanted one, of rows")
        (rows,) = self.inputs
        about = rows.type.tensor_type
        dims = [each.dim_value if each.HasField("dim_value") else None for each in about.shape.dim]
        if about.elem_type == WORDS or (about.HasField("shape") and len(dims) < 2):
            raise ValueError(f"the input {rows.name!r}, wanted rows of numbers")
        width: int | None = 1
        for each in dims[1:] or [None]:
            width = None if each is None or width is None else width * each
        self._set(rows.name, Rows((), ONE, ZERO, width, len(dims) < 3))
        return bool(about.elem_type == UINT8)

    def skip(self, encoding: Encoding) -> list[int]:
        """Begin with encoded rows, after nodes which are those of an encoding, no others.

        Return the places in the encoding of the columns of these rows.
        """
        for dtype in (np.float32, np.float64):
            made = Graph(self.onnx, names_of(encoding))
            name, order = encoded(made, encoding, np.dtype(dtype))
            if self._begins_with(made):
                self.nodes = self.nodes[len(made.nodes) :]
                self._set(name, Rows((), ONE, ZERO, len(order)))
                return order
        raise ValueError("its graph does not compute the encoding in its metadata")

    def _begins_with(self, made: Graph) -> bool:
        """Tell whether the graph has these inputs, and begins with these nodes and constants."""
        count = len(made.nodes)
        nodes = all(map(_equal, self.nodes[:count], made.nodes)) and len(self.nodes) >= count
        constants = {each.name: each for each in self.graph.initializer}
        return (
            nodes
            and [(each.name, each.type) for each in self.inputs]
            == [(each.name, each.type) for each in made.inputs]
            and all(
                each.name in constants and _equal(constants[each.name], each)
                for each in made.constants
            )
        )

    def outputs(self) -> tuple[list[Layers], Answer | None]:
        """Follow the nodes; return the layers of each net, and the labels if there are any."""
        for node in self.nodes:
            self._run(node)
        names = [each.name for each in self.graph.output]
        missing = [name for name in names if name not in self.values]
        if missing or not names:
            raise ValueError(f"no output {missing[0]!r}" if missing else "no outputs")
        values = [self.values[name] for name in names]
        if any(isinstance(value, np.ndarray) for value in values):
            raise ValueError("an output that is constant, wanted those of a net")
        answers = [value for value in values if isinstance(value, Answer)]
        rows = [value.rows if isinstance(value, Answer) else value for value in values]
        every = [self._finished(each) for each in rows if not isinstance(each, np.ndarray)]
        best = every[0]
        for other in every[1:]:
            if not _alike(best, other):
                raise ValueError("outputs of several layers, wanted those of the last one")
            best = other if best[0][-1].activation == "identity" else best
        labelled = [answer for answer in answers if answer.classes is not None or answer.several]
        labels = [answer.classes for answer in answers if answer.classes is not None]
        if any(other != labels[0] for other in labels):
            raise ValueError("outputs with several labels for the same")
        return best, next(iter([*labelled, *answers]), None)

    def _finished(self, rows: Rows | Several) -> list[Layers]:
        """Return the layers of each net of the outputs."""
        if isinstance(rows, Several) and not rows.is_mean:
            raise ValueError("a sum of the outputs of several nets, wanted their mean")
        for part in rows.parts:  # each becomes a net, which has weights of its own
            self._spend(NET + sum(layer.weights.size for layer in part.layers))
        return [part.finished() for part in rows.parts]

    def _run(self, node: Any) -> None:
        """Follow one node."""
        operator = node.op_type
        known = node.domain in KNOWN and operator in OPERATORS
        if not known and operator != "Constant":
            domain = f"{node.domain}." * bool(node.domain)
            wanted = "which dense nets do not have, wanted weights, biases and activations"
            raise ValueError(f"{domain}{operator} in {_name(node)}, {wanted}")
        missing = [name for name in node.input if name and name not in self.values]
        if missing:
            raise ValueError(f"{operator} in {_name(node)}: no value {missing[0]!r} before it")
        inputs = [self.values[name] if name else None for name in node.input]
        with blaming(f"{operator} in {_name(node)}", "{}"):
            attributes = attributes_of(node, self.onnx)
            if operator == "Constant":
                self._set(node.output[0], _constant(attributes))
            else:
                self._set(node.output[0], _applied(operator, attributes, inputs))


def _applied(operator: str, attributes: Attributes, inputs: Sequence[Value | None]) -> Value:
    """Return what an operator makes of its inputs."""
    try:
        return OPERATORS[operator](attributes, *inputs)
    except TypeError:  # their number, or the type of an attribute
        raise ValueError("inputs or attributes that it does not have") from None


def cost(value: Value) -> int:
    """Return about how many numbers a value has of its own."""
    if isinstance(value, np.ndarray):
        return value.size
    if isinstance(value, Several):
        return len(value.parts)
    if isinstance(value, Answer):
        return len(value.classes or [])
    own = sum(layer.weights.size + layer.biases.size for layer in value.layers[-2:])
    return own + value.scale.size + value.shift.size + len(value.layers)


def _constant(attributes: Attributes) -> Array:
    """Return the value of a Constant."""
    (value,) = attributes.values()
    return np.asarray(value, object if isinstance(value, str) else None)


def _name(node: Any) -> str:
    """Return the name of a node for errors; that of its output if it has none."""
    return f"node {node.name or ', '.join(node.output)!r}"


def _equal(one: Any, other: Any) -> bool:
    return bool(
        one.SerializeToString(deterministic=True) == other.SerializeToString(deterministic=True)
    )


def _alike(one: Sequence[Layers], other: Sequence[Layers]) -> bool:
    """Tell whether nets have the same layers, or the last of one are the logits of the other."""
    return len(one) == len(other) and all(map(_same, one, other))


def _same(a: Layers, b: Layers) -> bool:
    lasts = {a[-1].activation, b[-1].activation}
    return (
        len(a) == len(b)
        and (len(lasts) == 1 or lasts in LOGITS)
        and [layer.activation for layer in a[:-1]] == [layer.activation for layer in b[:-1]]
        and all(
            x.weights is y.weights
            or (np.array_equal(x.weights, y.weights) and np.array_equal(x.biases, y.biases))
            for x, y in zip(a, b, strict=True)
        )
    )
