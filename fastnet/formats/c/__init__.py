"""C: a model as one header, C99 or C++, without a library and without a heap."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from ... import checks, files
from ...model.ensemble import Ensemble
from ...model.network import Network
from ...model.rounding import rounding_of
from ..layers import model_of
from . import twin
from .header import Header, header
from .text import checked_name, name_of
from .weights import WEIGHTS


@np.errstate(under="ignore")
def to_c(
    model: Network | Ensemble,
    name: str = "model",
    input: str | None = None,
    weights: str = "float32",
) -> str:
    """Return a model as a C header, which includes only <stddef.h> and <stdint.h>.

    Its comment says what the model is, how it is called, and what it costs in flash and RAM.

    Parameters
    ----------
    model : Network or Ensemble
    name : str
        What all names in the header begin with, as in `model_predict`.
    input : str, optional
        The rows that a caller gives: "uint8" for pixels 0..255, "float" for numbers. The default is
        what the net has learned. Of a table they are a struct with its columns.
    weights : str
        "float32"; or "int8", a quarter of the size: whole numbers with a scale for each output.

    Raises
    ------
    TypeError, ValueError
        C cannot say this model, or an option is wrong.
    """
    return _header(model, name, input, weights).text


def write(
    model: Network | Ensemble,
    path: str | os.PathLike[str],
    name: str | None = None,
    input: str | None = None,
    weights: str = "float32",
    data: Any = None,
) -> dict[str, Any]:
    """Write a model as a C header: see `to_c`.

    Parameters
    ----------
    model, input, weights
        As for `to_c`.
    path : str or path
    name : str, optional
        The default is the file's name.
    data : (X, y), optional
        Samples on which the loss by int8 weights is measured, with the arithmetic of the C code.

    Returns
    -------
    dict
        "flash", the bytes of tables; "code", about the bytes of code on a Cortex-M; "ram", the
        bytes of arrays on the stack; of int8 weights the record of the rounding: see
        `Network.rounding`.
    """
    made = _header(model, name_of(path) if name is None else name, input, weights)

    def score(each: Network | Ensemble, X: Any, y: Any) -> float:
        return model.score(X, y) if each is model else twin.score(model, made.model, X, y)

    record = rounding_of(model, None if weights == "float32" else weights, data, score)
    report = {"flash": made.flash, "code": made.code, "ram": made.ram, **(record or {})}
    files.atomic_write(path, lambda file: file.write(made.text.encode("ascii")))
    return report


def _header(model: Network | Ensemble, name: str, input: str | None, weights: str) -> Header:
    checks.one_of("weights", weights, WEIGHTS)
    return header(model_of(model), checked_name(name), input, weights)
