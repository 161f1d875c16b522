"""C: a model as one header, C99 or C++, without a library and without a heap."""

from __future__ import annotations

import os
from typing import Any

from ... import files
from ...model.ensemble import Ensemble
from ...model.network import Network
from .header import header
from .text import name_of


def to_c(
    model: Network | Ensemble,
    name: str = "model",
    input: str | None = None,
    weights: str = "float32",
) -> str:
    """Return a model as the text of a C header.

    Parameters
    ----------
    model : Network or Ensemble
    name : str
        What the names in the header begin with, as in `model_predict`.
    input : str, optional
        "uint8" or "float": see `fastnet.formats.layers.exported`.
    weights : str
        "float32" or "int8".
    """
    return header(model, name, input, weights).text


def write(
    model: Network | Ensemble,
    path: str | os.PathLike[str],
    name: str | None = None,
    input: str | None = None,
    weights: str = "float32",
) -> dict[str, Any]:
    """Write a model as a C header, and return what it costs: see `to_c`.

    The default of `name` is the file's.
    """
    made = header(model, name_of(path) if name is None else name, input, weights)
    files.atomic_write(path, lambda file: file.write(made.text.encode("ascii")))
    return {"flash": made.flash, "ram": made.ram}
