"""The layers of a net in C: its tables, and the function that computes its outputs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..layers import Layers
from . import functions
from .text import floats


class Code(NamedTuple):
    """A piece of C, and what it costs.

    Attributes
    ----------
    parts : list of str
        Definitions; equal ones are needed once.
    flash : int
        Bytes of the tables.
    ram : int
        Bytes of the arrays on the stack.
    """

    parts: list[str]
    flash: int
    ram: int


def buffers(layers: Layers) -> list[int]:
    """Return the sizes of the two arrays that hidden layers fill by turns; 0: none is needed."""
    hidden = [len(layer.biases) for layer in layers[:-1]]
    return [max(hidden[k::2], default=0) for k in (0, 1)]


def of_floats(layers: Layers, k: str, of: str) -> Code:
    """Return the net number `k` with float32 weights, whose inputs are of the type `of`."""
    parts, flash = [], 0
    for n, layer in enumerate(layers):
        parts.append(floats(f"NAME_{k}weights{n}", layer.weights))
        parts.append(floats(f"NAME_{k}biases{n}", layer.biases))
        flash += 4 * (layer.weights.size + layer.biases.size)
        parts.append(functions.layer_function("float" if n else of))
        parts.extend(functions.ACTIVATIONS[layer.activation])
    sizes = buffers(layers)
    parts.append(_function(layers, k, of, sizes))
    return Code(parts, flash, 4 * sum(sizes))


def _function(layers: Layers, k: str, of: str, sizes: Sequence[int]) -> str:
    """Return the function of a net."""
    arrays = [f"{name}[{size}]" for name, size in zip("ab", sizes, strict=True) if size]
    return "\n".join(
        [
            f"static inline void NAME_{k}outputs(const {of} *inputs, float *outputs)",
            "{",
            *([f"    float {', '.join(arrays)};"] if arrays else []),
            *(f"    {line}" for line in _statements(layers, k, of)),
            "}",
        ]
    )


def _statements(layers: Layers, k: str, of: str) -> Iterator[str]:
    """Yield the calls of the layers."""
    come, come_of = "inputs", of
    for n, layer in enumerate(layers):
        n_in, n_out = layer.weights.shape
        go = "outputs" if n == len(layers) - 1 else "ab"[n % 2]
        tables = f"NAME_{k}weights{n}, NAME_{k}biases{n}"
        yield f"{functions.layer_name(come_of)}_layer({come}, {n_in}, {tables}, {go}, {n_out});"
        if activation := functions.function_of(layer.activation):
            yield f"{activation}({go}, {n_out});"
        come, come_of = go, "float"


def mean(nets: int, outputs: int, of: str) -> str:
    """Return the function of several nets, which answer by the mean of their outputs."""
    calls = [
        f"    NAME_{k}_outputs(inputs, one);\n"
        f"    for (j = 0; j < {outputs}; j++) outputs[j] += one[j];"
        for k in range(1, nets)
    ]
    return "\n".join(
        [
            f"static inline void NAME_outputs(const {of} *inputs, float *outputs)",
            "{",
            f"    float one[{outputs}];",
            "    size_t j;",
            "    NAME_0_outputs(inputs, outputs);",
            *calls,
            f"    for (j = 0; j < {outputs}; j++) outputs[j] /= {nets}.0f;",
            "}",
        ]
    )
