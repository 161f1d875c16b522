"""The checkpoint of a run: a file with the network so far and all that the run needs."""

from __future__ import annotations

import os
import time
from typing import Any

from ..checks import interval
from ..files import remove_leftovers
from ..model import archive
from ..model.contents import contents
from ..model.network import Network
from ..typing import Array
from .record import difference, other_code
from .state import State

ENDLESS = 1 << 62  # samples: more than any run has


class Checkpoint:
    """The file of a run, and the times at which it is written.

    Parameters
    ----------
    path : str or path
        A file that `fastnet.load` reads too.
    every : str
        A number and a unit, such as "2 epochs", "10000 samples" or "60 seconds".
    """

    def __init__(self, path: str | os.PathLike[str], every: str):
        self.path = os.path.abspath(path)  # the working folder may change
        self.every, self.unit = interval("every", every)
        self.written: dict[str, float] = {}

    def wait(self, samples: int) -> int:
        """Return the number of samples from here until the file is due."""
        if self.unit != "sample":
            return ENDLESS
        return max(1, int(self.written["sample"] + self.every) - samples)

    def due(self, epochs: int, samples: int) -> bool:
        """Tell whether the file is due after so many epochs and samples."""
        return self._now(epochs, samples)[self.unit] - self.written[self.unit] >= self.every

    def mark(self, epochs: int, samples: int) -> None:
        """Note that the file is up to date, after so many epochs and samples."""
        self.written = self._now(epochs, samples)

    def _now(self, epochs: int, samples: int) -> dict[str, float]:
        return {"epoch": epochs, "sample": samples, "second": time.monotonic()}

    def write(self, net: Network, vector: Array, state: State) -> None:
        """Write the network with these parameters, and the state of the run, atomically.

        A failed write keeps the file before it.
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
        """Return the contents of the file for resuming a run, or None if there is no file.

        `run` is the record of the run, which must equal the file's. Without `resume`, an existing
        file is an error, since it would be overwritten.
        """
        if not os.path.exists(self.path):
            remove_leftovers(self.path)  # a run may have been killed in its first write
            return None
        if not resume:
            raise FileExistsError(
                f"checkpoint: {self.path} is there already: wanted resume, to continue it, "
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
