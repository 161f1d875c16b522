"""How a layer is stored: float32 weights, or int8 weights whose sums are whole numbers."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ...model.rounding import rounded
from ...typing import Array
from ..layers import Layer
from . import functions
from .text import floats, integers

MOST = 2**31 - 1  # of a sum, an int32
FINEST = 2**15 - 1  # the largest whole number that stands for an input
COARSEST = 255  # fewer steps lose too much; pixels have as many


class Whole(NamedTuple):
    """A layer with int8 weights.

    An output is sum * (scale * unit) + bias. The sum, of whole numbers, is exact: pixels are as
    they are and `unit` is 1; other inputs are rounded to whole multiples of unit = largest / level.
    """

    values: Array  # (n_in, n_out) int8
    scales: Array  # (n_out,) float32
    biases: Array  # (n_out,) float32
    level: int


def whole(layer: Layer) -> Whole:
    """Return a layer with int8 weights.

    Raises
    ------
    ValueError
        The layer has so many inputs that an int32 does not hold the sums.
    """
    values, scales = rounded(layer.weights, "int8")
    assert scales is not None
    most = max(1, int(np.abs(values.astype(np.int64)).sum(axis=0).max()))
    level = min(FINEST, MOST // most)
    if level < COARSEST:
        came = f"{len(values):,} inputs of a layer, whose sums are beyond int32"
        raise ValueError(f"weights: 'int8' with {came}, wanted 'float32' or fewer inputs")
    return Whole(values, scales.astype(np.float32), layer.biases.astype(np.float32), level)


class Stored(NamedTuple):
    """A layer in C.

    Attributes
    ----------
    parts : list of str
        The functions and tables that it needs.
    arguments : str
        What its function is given between the inputs and the outputs: the tables.
    flash : int
        Bytes of the tables.
    """

    parts: list[str]
    arguments: str
    flash: int


def as_float32(layer: Layer, name: str, of: str) -> Stored:
    """Return a layer with float32 weights; its tables' names end in `name`."""
    tables = {"weights": layer.weights, "biases": layer.biases}
    parts = [functions.FLOAT_LAYER.replace("TYPE", of)]
    parts += [floats(f"NAME_{table}{name}", values) for table, values in tables.items()]
    arguments = ", ".join(f"NAME_{table}{name}" for table in tables)
    return Stored(parts, arguments, 4 * (layer.weights.size + layer.biases.size))


def as_int8(layer: Layer, name: str, of: str) -> Stored:
    """Return a layer with int8 weights: see `as_float32`."""
    pixels = of == "uint8_t"
    stored = whole(layer)
    parts = [functions.PIXEL_LAYER] if pixels else [functions.ROUNDED, functions.INT8_LAYER]
    parts += [
        integers(f"NAME_weights{name}", stored.values),
        floats(f"NAME_scales{name}", stored.scales),
        floats(f"NAME_biases{name}", stored.biases),
    ]
    arguments = f"NAME_weights{name}, NAME_scales{name}, NAME_biases{name}, "
    arguments += "sums" if pixels else f"{stored.level}.0f, sums"
    return Stored(parts, arguments, stored.values.size + 8 * len(stored.biases))


WEIGHTS = {"float32": as_float32, "int8": as_int8}
