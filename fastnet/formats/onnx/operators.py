"""The operators of ONNX of which dense nets are made: what each makes of its inputs.

Each is a function of the values and the attributes. What does not fit raises a ValueError, to which
the reader adds the node.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from ...kernels.activations import LEAK
from ...typing import Array
from .tensors import BOOL, FLOATS, STRING, Attributes
from .values import ONE, ZERO, Answer, Rows, Several, Value, halves, is_leaky


def _constant(value: Value | None, what: str) -> Array:
    if not isinstance(value, np.ndarray):
        raise ValueError(f"{what}, not given as a constant")
    return value


def _numbers(value: Value | None, what: str) -> Array:
    array = _constant(value, what)
    if array.dtype.kind != "f":  # the arithmetic of integers wraps around, and cuts quotients
        came = "integers" if array.dtype.kind in "biu" else "words"
        raise ValueError(f"{what} of {came}, wanted floats")
    return array.astype(np.float64)


def _rows(value: Value | None) -> Rows:
    if not isinstance(value, Rows):
        came = {np.ndarray: "a constant", Several: "a sum of two layers", Answer: "labels"}
        raise ValueError(f"{came.get(type(value), 'nothing')}, wanted rows")
    return value


def _outputs(value: Value | None) -> Rows | Several:
    """Return what labels are made of."""
    outputs = value if isinstance(value, Several) else _rows(value)
    if not all(part.flat for part in outputs.parts):
        raise ValueError("outputs in one column, wanted rows")
    return outputs


def _whole(attributes: Attributes, **wanted: Any) -> None:
    """Refuse attributes that are there with other values."""
    for name, values in wanted.items():
        if name in attributes and attributes[name] not in values:
            raise ValueError(f"{name}={attributes[name]!r}, wanted {' or '.join(map(str, values))}")


def _width(rows: Rows, array: Array) -> int | None:
    """Return how many columns there are, after a constant for each of them, or for all."""
    if array.size == 1:
        return rows.width
    n = array.shape[-1]
    if not rows.flat or array.size != n or rows.width not in (None, n):
        raise ValueError(f"a constant of shape {array.shape} on {rows.width} columns")
    return n


def _linear(rows: Rows, factor: Array, plus: Array) -> Rows:
    """Return rows with each column times a factor, plus a number."""
    for array in (factor, plus):
        rows = rows._replace(width=_width(rows, array))
    columns = [each.reshape(() if each.size == 1 else -1) for each in (factor, plus)]
    return rows.times(*columns)


def gemm(attributes: Attributes, a: Value, b: Value, c: Value | None = None) -> Rows:
    """Return alpha A B + beta C, with A as rows."""
    _whole(attributes, transA=(0,))
    rows, weights = _rows(a), _numbers(b, "weights")
    if weights.ndim != 2 or 0 in weights.shape:
        raise ValueError(f"weights of shape {weights.shape}, wanted two dimensions")
    if attributes.get("transB", 0):
        weights = weights.T
    weights = np.ascontiguousarray(weights * attributes.get("alpha", 1.0))
    biases = np.zeros(weights.shape[1])
    if c is not None:
        given = _numbers(c, "biases") * attributes.get("beta", 1.0)
        if given.size != 1 and given.shape not in ((len(biases),), (1, len(biases))):
            raise ValueError(f"biases of shape {given.shape} for {len(biases)} outputs")
        biases = biases + given.reshape(() if given.size == 1 else -1)
    return rows.through(weights, biases)


def matmul(attributes: Attributes, a: Value, b: Value) -> Rows:
    """Return A B."""
    return gemm(Attributes(), a, b)


def add(attributes: Attributes, a: Value, b: Value) -> Rows | Several:
    """Return A + B, one of which is constant; or the sum of the outputs of several nets."""
    if all(isinstance(each, Several) or getattr(each, "layers", ()) for each in (a, b)):
        return total(attributes, a, b)
    rows, other = (a, b) if isinstance(a, Rows) else (b, a)
    return _linear(_rows(rows), ONE, _numbers(other, "a term"))


def subtract(attributes: Attributes, a: Value, b: Value) -> Rows:
    """Return A - B, one of which is constant."""
    if isinstance(a, Rows):
        return _linear(a, ONE, -_numbers(b, "a term"))
    return _linear(_rows(b), -ONE, _numbers(a, "a term"))


def multiply(attributes: Attributes, a: Value, b: Value) -> Rows | Several:
    """Return A B element by element, one of which is constant."""
    rows, other = (b, a) if isinstance(a, np.ndarray) else (a, b)
    factor = _numbers(other, "a factor")
    if isinstance(rows, Several):
        return rows.over(1 / factor if factor.all() else factor)
    return _linear(_rows(rows), factor, ZERO)


def divide(attributes: Attributes, a: Value, b: Value) -> Rows | Several:
    """Return A / B element by element, B is constant."""
    divisor = _numbers(b, "a divisor")
    if not divisor.all():
        raise ValueError("a divisor of 0")
    if isinstance(a, Several):
        return a.over(divisor)
    return _linear(_rows(a), 1 / divisor, ZERO)


def scaler(attributes: Attributes, rows: Value) -> Rows:
    """Return (X - offset) * scale, of ONNX-ML."""
    offset, scale = (np.array(attributes[name], np.float64) for name in ("offset", "scale"))
    return _linear(_linear(_rows(rows), ONE, -offset), scale, ZERO)


def activation(name: str, attributes: Attributes, rows: Value) -> Rows:
    """Return an activation of every column by itself."""
    return _rows(rows).activated(name)


def leaky(attributes: Attributes, rows: Value) -> Rows:
    """Return a leaky relu of the one slope that fastnet has."""
    slope = attributes.get("alpha", LEAK)
    if abs(slope - LEAK) > 1e-6:
        raise ValueError(f"a slope of {slope:g} below 0, wanted {LEAK}")
    return _rows(rows).activated("leaky-relu")


def largest(attributes: Attributes, a: Value, b: Value) -> Rows:
    """Return a relu or a leaky relu, as the larger of two."""
    rows, other = (a, b) if isinstance(a, Rows) else (b, a)
    if isinstance(other, Rows) and isinstance(rows, Rows):
        for high, low in ((rows, other), (other, rows)):
            if is_leaky(high, low, LEAK):
                return high.activated("leaky-relu")
        raise ValueError("the larger of two rows")
    if _numbers(other, "a bound").any():
        raise ValueError("a bound other than 0")
    return _rows(rows).activated("relu")


def softmax(attributes: Attributes, rows: Value) -> Rows:
    """Return softmax over the columns, or its logarithm: the probabilities are meant."""
    _whole(attributes, axis=(1, -1))
    if not _rows(rows).flat:
        raise ValueError("numbers in one column, wanted rows")
    return _rows(rows).activated("softmax")


def same(attributes: Attributes, value: Value, *others: Value) -> Value:
    """Return the value itself."""
    return value


def dropout(attributes: Attributes, value: Value, ratio: Value | None = None,
            training: Value | None = None) -> Value:  # fmt: skip
    """Return the value itself, as in inference."""
    if training is not None and _constant(training, "a mode").any():
        raise ValueError("training, wanted inference")
    return value


def cast(attributes: Attributes, value: Value) -> Value:
    """Return another type for the same values: rows stay floats, answers whole numbers or words."""
    kind = attributes["to"]
    if isinstance(value, Answer):
        words = any(type(label) is str for label in value.classes or [])
        if words != (kind == STRING) or (kind == BOOL and not value.several):
            raise ValueError("labels of another type")
        return value
    if isinstance(value, np.ndarray):
        if kind not in FLOATS or value.dtype.kind not in "biuf":
            return value
        return value.astype(FLOATS[kind])
    if kind not in FLOATS:
        raise ValueError("rows as no floats")
    return value


def flatten(attributes: Attributes, value: Value) -> Rows:
    """Return images as rows."""
    _whole(attributes, axis=(1,))
    return _rows(value)._replace(flat=True)


def reshape(attributes: Attributes, value: Value, shape: Value | None = None) -> Value:
    """Return rows as rows; answers, or the numbers of outputs, as a list.

    skl2onnx makes one column of the numbers of several outputs, too.
    """
    to = _constant(shape if shape is not None else np.array(attributes["shape"]), "a shape")
    target = to.tolist()
    if isinstance(value, Answer):
        return value
    rows = _rows(value)
    if rows.layers and (target == [-1, 1] or (rows.width == 1 and len(target) == 1)):
        return rows._replace(flat=rows.width == 1)
    if len(target) != 2 or target[1] < -1 or (target[1] == 0 and not rows.flat):
        raise ValueError(f"the shape {tuple(target)}, wanted rows")
    width = target[1] if target[1] > 0 else rows.width
    if rows.width not in (None, width):
        raise ValueError(f"the shape {tuple(target)} for {rows.width} columns")
    return rows._replace(width=width, flat=True)


def squeeze(attributes: Attributes, value: Value, axes: Value | None = None) -> Value:
    """Return the numbers of a single output as a list."""
    if isinstance(value, Rows) and value.width != 1:
        raise ValueError(f"{value.width} columns, wanted one")
    return value


def transpose(attributes: Attributes, value: Value) -> Array:
    """Return weights the other way round."""
    array = _constant(value, "weights")
    _whole(attributes, perm=([1, 0],))
    if array.ndim != 2:
        raise ValueError(f"weights of shape {array.shape}")
    return array.T


def normalised(attributes: Attributes, value: Value) -> Rows:
    """Return probabilities that add up to 1, of ONNX-ML: those of softmax do."""
    rows = _rows(value)
    if attributes.get("norm") != "L1" or not rows.layers or rows.layers[-1].activation != "softmax":
        raise ValueError("anything but the probabilities of a softmax")
    return rows


def concat(attributes: Attributes, a: Value, b: Value) -> Rows:
    """Return the two probabilities of a sigmoid output: 1 - p and p."""
    one, other = _rows(a), _rows(b)
    for rest, p, swapped in ((one, other, False), (other, one, True)):
        (*_, last) = p.layers or (None,)
        if last is not None and last.activation == "sigmoid" and p.width == 1 and p.plain:
            same = rest.layers[-1:] == (last,)  # it is the same object, then
            if same and (rest.scale == -1).all() and (rest.shift == 1).all():
                return halves(p, swapped)
    raise ValueError("columns side by side, wanted 1 - p and p of a sigmoid output")


def total(attributes: Attributes, *parts: Value) -> Several:
    """Return the sum of the outputs of several nets."""
    if any(isinstance(part, Several) and part.is_mean for part in parts):
        raise ValueError("a mean of nets in a sum")
    return Several(tuple(one for part in parts for one in _outputs(part).parts), False)


def mean(attributes: Attributes, *parts: Value) -> Several:
    """Return the mean of the outputs of several nets."""
    return Several(tuple(map(_rows, parts)), True)


def best(attributes: Attributes, value: Value) -> Answer:
    """Return the place of the largest output."""
    _whole(attributes, axis=(1, -1), select_last_index=(0,))
    if attributes.get("axis", 0) == 0:
        raise ValueError("the largest of a column, wanted that of a row")
    return Answer(_outputs(value))


def gather(attributes: Attributes, classes: Value, places: Value) -> Answer | Rows:
    """Return the labels at some places; or a single output as a list."""
    if isinstance(classes, Rows) and classes.layers and classes.width == 1:
        if attributes.get("axis", 0) != 1 or _constant(places, "a place").tolist() not in (0, [0]):
            raise ValueError("a part of the rows")
        return classes
    _whole(attributes, axis=(0,))
    if not isinstance(places, Answer) or places.classes is not None or places.several:
        raise ValueError("anything but labels by their places")
    return places._replace(classes=_constant(classes, "labels").reshape(-1).tolist())


def zipped(attributes: Attributes, value: Value) -> Answer:
    """Return probabilities by their labels."""
    classes = attributes.get("classlabels_int64s") or attributes["classlabels_strings"]
    return Answer(_outputs(value), list(classes))


def likely(attributes: Attributes, value: Value, threshold: Value | None = None) -> Answer:
    """Return the labels whose outputs are above a half."""
    half = attributes.get("threshold", 0.0) if threshold is None else _numbers(threshold, "a bound")
    outputs = _outputs(value)
    logits = any(part.layers[-1:] and part.layers[-1].activation == "identity"
                 for part in outputs.parts)  # fmt: skip
    if np.any(np.asarray(half) != 0.5) or logits:
        raise ValueError("a bound, wanted 0.5 for probabilities")
    return Answer(outputs, None, True)


OPERATORS: dict[str, Callable[..., Value]] = {
    "Gemm": gemm, "MatMul": matmul, "Add": add, "Sub": subtract, "Mul": multiply, "Div": divide,
    "Scaler": scaler, "LeakyRelu": leaky, "Max": largest, "Softmax": softmax, "LogSoftmax": softmax,
    "Identity": same, "Dropout": dropout, "Cast": cast, "Flatten": flatten, "Reshape": reshape,
    "Squeeze": squeeze, "Transpose": transpose, "Concat": concat, "Sum": total, "Mean": mean,
    "ArgMax": best, "Gather": gather, "ArrayFeatureExtractor": gather, "ZipMap": zipped,
    "Normalizer": normalised, "Binarizer": likely, "Greater": likely,
    "Sigmoid": functools.partial(activation, "sigmoid"),
    "Tanh": functools.partial(activation, "tanh"),
    "Relu": functools.partial(activation, "relu"),
}  # fmt: skip
