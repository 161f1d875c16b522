"""The file of a run: it has the network so far, and all that the rest of the run depends on."""

from __future__ import annotations

import os
import time
from typing import Any

from ..checks import interval
from ..files import remove_leftovers
from ..model import archive
from ..model.network import Network
from ..model.saving import contents
from ..typing import Array
from .record import difference, other_code

ENDLESS = 1 << 62  # samples
VECTORS = ("params", "best", "average")  # of parameters, those that there are

State = tuple[dict[str, Any], dict[str, Any]]  # of a run: as JSON has it, and its vectors


class Checkpoint:
    """Knows when to write the file, and whether one that is there belongs to the run.

    Parameters
    ----------
    path : str or path
        A file that `fastnet.load` reads too.
    every : str
        A number and a unit, such as "2 epochs", "10000 samples" or "60 seconds".
    """

    def __init__(self, path: str | os.PathLike[str], every: str):
        self.path = os.path.abspath(path)  # whatever folder the run goes to
        self.every, self.unit = interval("every", every)
        self.written: dict[str, float] = {}

    def wait(self, samples: int) -> int:
        """Return how many samples may be learned, after so many, until the file is due."""
        if self.unit != "sample":
            return ENDLESS
        return max(1, int(self.written["sample"] + self.every) - samples)

    def due(self, epochs: int, samples: int) -> bool:
        """Return whether to write the file, after so many epochs and samples."""
        return self._now(epochs, samples)[self.unit] - self.written[self.unit] >= self.every

    def mark(self, epochs: int, samples: int) -> None:
        """Begin to wait for the next time."""
        self.written = self._now(epochs, samples)

    def _now(self, epochs: int, samples: int) -> dict[str, float]:
        return {"epoch": epochs, "sample": samples, "second": time.monotonic()}

    def write(self, net: Network, vector: Array, state: State) -> None:
        """Write the network with these parameters, and the state that the run goes on with.

        Until the file is there, whole, the one before it is.
        """
        about, arrays = contents(net, vector)
        about["checkpoint"], vectors = state
        arrays |= {f"checkpoint_{name}": a for name, a in vectors.items() if a is not None}
        try:
            archive.write(self.path, about, arrays)
        except OSError as error:
            kept = ", the one before is kept" if os.path.exists(self.path) else ""
            reason = f"the checkpoint is not written{kept}: {error.strerror or error}"
            raise type(error)(error.errno, reason, self.path) from error

    def read(
        self, run: dict[str, Any], resume: bool
    ) -> tuple[dict[str, Any], dict[str, Array]] | None:
        """Return what the file holds for a run to go on with; None: there is no file.

        `run` is its record, which the file's must be equal to. Without `resume` a file is an error:
        it would be written over.
        """
        if not os.path.exists(self.path):
            remove_leftovers(self.path)  # of a run that was killed in its very first write
            return None
        if not resume:
            raise FileExistsError(
                f"checkpoint: {self.path} is there already: wanted resume, to go on with it, "
                "or another file"
            )
        about, arrays = archive.read(self.path)
        if "checkpoint" not in about:
            raise ValueError(f"checkpoint: {self.path} holds a network, wanted a run's file")
        other = other_code(about["run"], run) or difference(about["run"], run)
        if other is not None:
            raise ValueError(f"checkpoint: {self.path} holds another run: {other}")
        remove_leftovers(self.path)
        return about, arrays


def state_in(about: dict[str, Any], arrays: dict[str, Array], shape: tuple[int, ...]) -> State:
    """Return the state in a file, whose vectors have this shape.

    Raises
    ------
    ValueError
        The arrays are not those of a run.
    """
    state = about["checkpoint"]
    vectors = {name: arrays.get(f"checkpoint_{name}") for name in VECTORS}
    for name, vector in vectors.items():
        if vector is not None and (vector.shape != shape or vector.dtype.kind != "f"):
            raise ValueError(f"{name}: {vector.dtype} {vector.shape}, wanted floats {shape}")
    count, _ = state["averaged"]
    if (count > 0) != (vectors["average"] is not None):
        raise ValueError(f"averaged: {state['averaged']} does not fit its arrays")
    return state, vectors
