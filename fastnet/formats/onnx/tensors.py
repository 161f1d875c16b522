"""The tensors in a file of ONNX as arrays. The file is untrusted: sizes must be what dims say."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...typing import Array

# Where each type keeps its values if they are not raw bytes, by ONNX's numbers of types.
FIELDS: dict[int, tuple[str, str]] = {
    1: ("<f4", "float_data"), 2: ("|u1", "int32_data"), 3: ("|i1", "int32_data"),
    6: ("<i4", "int32_data"), 7: ("<i8", "int64_data"), 9: ("|b1", "int32_data"),
    10: ("<f2", "int32_data"), 11: ("<f8", "double_data"),
}  # fmt: skip
STRING, BOOL, EXTERNAL = 8, 9, 1
FLOATS = {1: np.float32, 10: np.float16, 11: np.float64}


def array_of(tensor: Any, onnx: Any) -> Array:
    """Return a TensorProto as an array: numbers, truth values, or words (object).

    Raises
    ------
    ValueError
        It is of another type, in another file, or not as large as it says.
    """
    dims, kind = list(tensor.dims), tensor.data_type
    if tensor.data_location == EXTERNAL or len(tensor.external_data):
        came = f"tensor {tensor.name!r} is in another file, which is never opened"
        raise ValueError(f"{came}, wanted all in one (fastnet.load(onnx.load(path)) reads both)")
    if tensor.HasField("segment") or min(dims, default=0) < 0:
        raise ValueError(f"tensor {tensor.name!r} is damaged")
    if kind == STRING:
        words = [word.decode() for word in tensor.string_data]
        check_size(tensor.name, dims, len(words))
        return np.array(words, object).reshape(dims)
    if kind not in FIELDS:
        known = onnx.TensorProto.DataType
        came = known.Name(kind) if kind in known.values() else str(kind)
        raise ValueError(f"tensor {tensor.name!r} has the type {came}, wanted floats or integers")
    dtype, field = np.dtype(FIELDS[kind][0]), FIELDS[kind][1]
    if tensor.HasField("raw_data"):
        check_size(tensor.name, dims, len(tensor.raw_data) / dtype.itemsize)
        array = np.frombuffer(tensor.raw_data, dtype).reshape(dims)
    else:
        values = getattr(tensor, field)
        check_size(tensor.name, dims, len(values))
        bits = np.uint16 if kind == 10 else dtype  # half floats are kept as their bits
        array = np.fromiter(values, np.int64 if kind == 10 else dtype, len(values))
        array = array.astype(bits).view(dtype).reshape(dims)
    return array.astype(dtype.newbyteorder("="))


def check_size(name: str, dims: list[int], came: float) -> None:
    """Refuse a tensor that has not as many values as its dims say, before memory is allocated."""
    if math.prod(dims) != came:
        raise ValueError(f"tensor {name!r}: {came:g} values, but its shape is {tuple(dims)}")


class Attributes(dict[str, Any]):
    """The attributes of a node, by name."""

    def __missing__(self, name: str) -> Any:
        raise ValueError(f"no attribute {name!r}")


def attributes_of(node: Any, onnx: Any) -> Attributes:
    """Return the attributes of a node: numbers, words, lists of these, or arrays."""
    kinds, values = onnx.AttributeProto, Attributes()
    for each in node.attribute:
        if each.ref_attr_name or each.type in (kinds.GRAPH, kinds.GRAPHS):
            raise ValueError(f"the attribute {each.name!r} is a graph or a name, wanted a value")
        value = onnx.helper.get_attribute_value(each)
        if each.type == kinds.TENSOR:
            value = array_of(value, onnx)
        elif each.type == kinds.STRING:
            value = value.decode()
        elif each.type == kinds.STRINGS:
            value = [word.decode() for word in value]
        values[each.name] = value
    return values
