"""The nets in C: their tables, and the function NAME_outputs, which computes the outputs."""

from __future__ import annotations

from typing import NamedTuple

from ..layers import Exported, Layers
from . import functions
from .weights import WEIGHTS


class Code(NamedTuple):
    """A piece of C, and what it costs.

    Attributes
    ----------
    parts : list of str
        Functions and tables. Equal ones are needed once.
    flash : int
        Bytes of the tables.
    ram : int
        Bytes of the arrays on the stack.
    """

    parts: list[str]
    flash: int
    ram: int


def code(model: Exported, of: str, weights: str) -> Code:
    """Return the nets of a model, whose inputs are of the C type `of`.

    Several answer by the mean of their outputs.
    """
    if len(model.nets) == 1:
        return _net(model.nets[0], "", of, weights)
    nets = [_net(layers, f"{k}", of, weights) for k, layers in enumerate(model.nets)]
    parts = [part for net in nets for part in net.parts]
    flash, ram = sum(net.flash for net in nets), max(net.ram for net in nets)
    return Code([*parts, _mean(len(nets), model.outputs, of)], flash, ram + 4 * model.outputs)


def _net(layers: Layers, k: str, of: str, weights: str) -> Code:
    """Return one net; the names of its tables have a part `k`."""
    parts: list[str] = []
    calls, flash, come, come_of = [], 0, "inputs", of
    for n, layer in enumerate(layers):
        n_in, n_out = layer.weights.shape
        stored = WEIGHTS[weights](layer, f"{k}_{n}" if k else f"{n}", come_of)
        go = "outputs" if n == len(layers) - 1 else "ab"[n % 2]
        calls.append(f"NAME_{come_of}_layer({come}, {n_in}, {stored.arguments}, {go}, {n_out});")
        if activation := functions.function_of(layer.activation):
            calls.append(f"{activation}({go}, {n_out});")
        parts += [*stored.parts, *functions.ACTIVATIONS[layer.activation]]
        flash, come, come_of = flash + stored.flash, go, "float"
    arrays = _arrays(layers, weights)
    ram = 4 * sum(size for each in arrays.values() for size in each.values())
    declared = [
        f"{kind} {', '.join(f'{name}[{size}]' for name, size in each.items())};"
        for kind, each in arrays.items()
        if each
    ]
    head = f"static inline void NAME_outputs{k}(const {of} *inputs, float *outputs)"
    body = "\n".join(f"    {line}" for line in [*declared, *calls])
    return Code([*parts, f"{head}\n{{\n{body}\n}}"], flash, ram)


def _arrays(layers: Layers, weights: str) -> dict[str, dict[str, int]]:
    """Return the arrays on the stack, by their type: names and sizes.

    Hidden layers fill a and b by turns.
    """
    widths = [len(layer.biases) for layer in layers]
    hidden = {name: widths[:-1][k::2] for k, name in enumerate("ab")}
    sums = {"sums": max(widths)} if weights == "int8" else {}
    return {"float": {name: max(each) for name, each in hidden.items() if each}, "int32_t": sums}


def _mean(nets: int, outputs: int, of: str) -> str:
    """Return the function of several nets."""
    calls = [
        f"    NAME_outputs{k}(inputs, one);\n"
        f"    for (j = 0; j < {outputs}; j++) outputs[j] += one[j];"
        for k in range(1, nets)
    ]
    return "\n".join(
        [
            f"static inline void NAME_outputs(const {of} *inputs, float *outputs)",
            "{",
            f"    float one[{outputs}];",
            "    size_t j;",
            "    NAME_outputs0(inputs, outputs);",
            *calls,
            f"    for (j = 0; j < {outputs}; j++) outputs[j] /= {nets}.0f;",
            "}",
        ]
    )
