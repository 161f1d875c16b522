"""The function load(), which reads a network from its file."""

from __future__ import annotations

import os
from collections.abc import Sequence

from .. import checks
from . import archive
from .activations import Pair
from .contents import encoding_in, parts_in, with_functions
from .encoded import fitting
from .history import History
from .network import Network


def load(path: str | os.PathLike[str], activation: Pair | Sequence[Pair] | None = None) -> Network:
    """Read a network that `Network.save` wrote.

    Parameters
    ----------
    path : str or path
    activation : pair of functions, or sequence of these, optional
        Your own functions with which the network was trained. Their names must be the same.

    Raises
    ------
    ValueError
        The file is truncated, was changed, or is not a network's file (nothing in it is executed).
        Or it needs functions that were not given.
    OSError
        The file cannot be read.
    """
    about, arrays = archive.read(checks.path("path", path))
    with archive.intact(path):
        parameters, outputs = parts_in(about, arrays)
        encoding = fitting(encoding_in(about), parameters.sizes[0])
    if any(isinstance(name, list) for name in about["activations"]):
        own = with_functions(about, activation, os.fspath(path))
        parameters, outputs = parts_in(about, arrays, own)
    others = {name: about.get(name) for name in ("seed", "stopped", "run")}
    others |= {
        "_encoding": encoding,
        "version": about["fastnet"],
        "history": History(about["history"]),
    }
    return Network.of(parameters, outputs, **others)


def is_model(path: str | os.PathLike[str]) -> bool:
    """Tell whether a file begins as one that `Network.save` wrote, intact or not."""
    with open(path, "rb") as file:
        head = file.read(64)
    return head[:4] == b"PK\3\4" and head[30:].startswith(b"weights_0.npy")
