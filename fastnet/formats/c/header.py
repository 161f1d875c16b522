"""A model as one C header."""

from __future__ import annotations

from typing import NamedTuple

from ..._version import __version__
from ...model.ensemble import Ensemble
from ...model.network import Network
from ..layers import Exported, Layers, exported
from . import answers, net, text
from .front import Front, plain
from .functions import ACTIVATIONS, FLASH
from .tables import of_table

LINE = 18  # bytes of code of a line that ends in ;, with gcc -Os for Thumb: from 14 to 21
NEAR = 60_000  # bytes of tables that lie surely within the first 64 KiB of flash
LABELS = 400  # characters of them in the first comment


class Header(NamedTuple):
    """A header, and what it costs.

    Attributes
    ----------
    text : str
        The file.
    model : Exported
        The model in it.
    flash : int
        Bytes of the tables, without the labels.
    code : int
        Bytes of the code on a Cortex-M, about: without what the compiler's library adds.
    ram : int
        Bytes of the arrays on the stack, without what the compiler adds.
    """

    text: str
    model: Exported
    flash: int
    code: int
    ram: int


def header(model: Network | Ensemble, name: str, input: str | None, weights: str) -> Header:
    """Return a model as a C header whose names begin with `name`."""
    own = exported(model, "C", input, ACTIVATIONS)
    made, front = _fronted(own, name)
    made, centre = answers.centred(made)
    nets = net.code(made, front.type, weights)
    flash, ram = nets.flash, nets.ram + answers.ram(made, front)
    parts = [
        front.code,
        *(text.filled(part, {"NAME": name}) for part in dict.fromkeys(nets.parts)),
        *answers.functions(made, centre, front, name),
    ]
    code = LINE * sum(part.count(";\n") for part in parts if not part.startswith(text.TABLE))
    classes = made.meaning.classes
    about = [
        f"{name}: a neural network made by fastnet {__version__}, for {made.meaning.task}.",
        "",
        *_about(model, made, weights),
        *front.about,
        f"Flash: {flash} bytes of tables, and code (about {code} bytes on a Cortex-M).",
        f"RAM: {ram} bytes of arrays on the stack. It needs no heap and no library.",
        "",
        *(f"    {line}" for line in answers.example(made, front, name)),
    ]
    whole = [
        text.comment(about),
        f"#ifndef FASTNET_{name}_H\n#define FASTNET_{name}_H",
        "#include <stddef.h>\n#include <stdint.h>",
        f"enum {{ {name}_n_inputs = {front.length}, {name}_n_outputs = {made.outputs} }};",
        "" if classes is None else text.labels(f"{name}_labels", classes),
        FLASH,
        _near(name, flash),
        *parts,
        "#endif\n",
    ]
    return Header("\n\n".join(part for part in whole if part), own, flash, code, ram)


def _fronted(model: Exported, name: str) -> tuple[Exported, Front]:
    """Return the model with its inputs in the order of the front, and the front."""
    return (model, plain(model)) if model.encoding is None else of_table(model, name)


def _near(name: str, flash: int) -> str:
    """Return the refusal of more tables than AVR's near pointers reach; "" if they reach them."""
    if flash <= NEAR:
        return ""
    said = f"{name}: {flash} bytes of tables, but PROGMEM has {NEAR} within reach"
    return f'#ifdef FASTNET_NEAR\n#error "{said}"\n#endif'


def _about(model: Network | Ensemble, made: Exported, weights: str) -> list[str]:
    """Return the lines of the first comment that say what the net is."""
    several = f"Several nets ({len(made.nets)}) answer by the mean of their outputs."
    lines = [several] if len(made.nets) > 1 else []
    lines.extend(dict.fromkeys(map(_shape, made.nets)))
    lines += [f"Weights: {weights}.", f"Digest of the model: {model.digest()}."]
    if made.meaning.classes is not None:
        labels = ", ".join(map(repr, made.meaning.classes))
        lines.append(f"Classes: {labels if len(labels) <= LABELS else f'{labels[:LABELS]} ...'}.")
    return lines


def _shape(layers: Layers) -> str:
    """Return the sizes and activations of a net."""
    sizes = [len(layers[0].weights), *(len(layer.biases) for layer in layers)]
    activations = ", ".join(layer.activation for layer in layers)
    return f"Layers: {'-'.join(map(str, sizes))}; {activations}."
