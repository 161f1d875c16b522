"""The function load(), which reads a network, or several that answer together, from a file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, BinaryIO

from .. import checks
from . import archive
from .activations import Pair
from .contents import Stored, nets_in, parts_in, with_functions
from .ensemble import Ensemble
from .history import History
from .network import Network
from .pixels import NUMBERS, PIXELS, known_of, unsaid

BEGIN = b"weights_0.npy", b"net_0_weights_0.npy"  # the name of the first array, in either file


def load(path: str | os.PathLike[str], activation: Pair | Sequence[Pair] | None = None) -> Any:
    """Read what `Network.save` or `Ensemble.save` wrote.

    Parameters
    ----------
    path : str or path
    activation : pair of functions, or sequence of these, optional
        Your own functions with which the network was trained. Their names must be the same.

    Returns
    -------
    Network or Ensemble
        What the file holds.

    Raises
    ------
    ValueError
        The file is truncated, was changed, or is not a network's file (nothing in it is executed).
        Or it needs functions that were not given.
    OSError
        The file cannot be read.
    """
    about, arrays = archive.read(checks.path("path", path))
    return model_in(about, arrays, activation, path)


def model_in(
    about: dict[str, Any], arrays: dict[str, Any], activation: Any, path: str | os.PathLike[str]
) -> Any:
    """Return the model of the contents of a file: see `load`."""
    with archive.intact(path):
        stored = nets_in(about, arrays)
    nets = [_network(each, activation, os.fspath(path)) for each in stored]
    if "ensemble" not in about:
        return nets[0]
    with archive.intact(path):
        return Ensemble(nets)


def _network(stored: Stored, activation: Any, path: str) -> Network:
    """Return a network in a file, with given functions for those of which it has names."""
    about, (parameters, outputs) = stored.about, stored.parts
    if any(isinstance(name, list) for name in about["activations"]):
        own = with_functions(about, activation, path)
        parameters, outputs = parts_in(about, stored.arrays, own)
    names = ("seed", "stopped", "run", "origin", "rounding")
    others = {name: about.get(name) for name in names}
    record = others["origin"], others["run"]
    parameters.unsaid = unsaid(*record)
    said = about.get("learned")
    parameters.learned = said if said in (PIXELS, NUMBERS) else known_of(*record)
    others |= {
        "_encoding": stored.encoding,
        "version": about["fastnet"],
        "history": History(about["history"]),
    }
    return Network.of(parameters, outputs, **others)


def begins(file: BinaryIO) -> bool:
    """Tell whether a file begins as one that `load` reads, intact or not."""
    head = file.read(64)
    return head[:4] == b"PK\3\4" and head[30:].startswith(BEGIN)
