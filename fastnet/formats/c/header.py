"""A model as one C header."""

from __future__ import annotations

from typing import NamedTuple

from ..._version import __version__
from ...model.ensemble import Ensemble
from ...model.network import Network
from ..layers import Exported, exported
from . import answers, net, text
from .front import Front, plain
from .functions import ACTIVATIONS, FLASH
from .net import Code


class Header(NamedTuple):
    """A header, and what it costs.

    Attributes
    ----------
    text : str
        The file.
    flash : int
        Bytes of the tables, without the labels.
    ram : int
        Bytes of the arrays on the stack.
    """

    text: str
    flash: int
    ram: int


def header(model: Network | Ensemble, name: str, input: str | None, weights: str) -> Header:
    """Return a model as a C header whose names begin with `name`."""
    name = text.checked_name(name)
    made = exported(model, "C", input, ACTIVATIONS)
    front = plain(made)
    nets = _nets(made, front)
    flash, ram = front.flash + nets.flash, nets.ram + answers.ram(made, front)
    parts = [FLASH, front.code, *nets.parts, *answers.functions(made, front)]
    unique = [part for part in dict.fromkeys(parts) if part]
    code = "\n\n".join(part.replace("NAME", name) for part in unique)
    labels = [] if made.meaning.classes is None else [
        text.labels(f"{name}_labels", made.meaning.classes)
    ]  # fmt: skip
    guard = f"FASTNET_{name}_H"
    about = _about(model, made, front, name)
    file = "\n\n".join(
        [
            text.comment(about),
            f"#ifndef {guard}\n#define {guard}",
            "#include <stddef.h>\n#include <stdint.h>\n#include <string.h>",
            f"enum {{ {name}_n_inputs = {made.inputs}, {name}_n_outputs = {made.outputs} }};",
            *labels,
            code,
            "#endif\n",
        ]
    )
    return Header(file, flash, ram)


def _nets(made: Exported, front: Front) -> Code:
    """Return all nets, and the function NAME_outputs over them."""
    several = len(made.nets) > 1
    codes = [
        net.of_floats(layers, f"{k}_" if several else "", front.type)
        for k, layers in enumerate(made.nets)
    ]
    parts = [part for code in codes for part in code.parts]
    flash, ram = sum(code.flash for code in codes), max(code.ram for code in codes)
    if several:
        parts.append(net.mean(len(codes), made.outputs, front.type))
        ram += 4 * made.outputs
    return Code(parts, flash, ram)


def _about(model: Network | Ensemble, made: Exported, front: Front, name: str) -> list[str]:
    """Return the lines of the first comment."""
    return [f"{name}: a neural network for {made.meaning.task}, by fastnet {__version__}."]
