"""The file of a run: its network so far, and all that the rest of the run depends on."""

from __future__ import annotations

import os
import re
import time
from typing import Any

from . import archive
from .data import Array
from .files import remove_leftovers
from .provenance import difference

ENDLESS = 1 << 62  # samples


class Checkpoint:
    """When to write the file, and whether one that is there belongs to the run.

    Parameters
    ----------
    path : str or path
        A file that `fastnet.load` reads too.
    every : str
        A number and a unit, such as "2 epochs", "10000 samples" or "60 seconds".
    """

    def __init__(self, path: str | os.PathLike[str], every: str):
        self.path = os.fspath(path)
        found = re.fullmatch(r"\s*(\d+\.?\d*)\s*(epoch|sample|second)s?\s*", str(every))
        if found is None or float(found[1]) <= 0:
            raise ValueError(
                f"every: {every!r}, wanted a number of epochs, samples or seconds, "
                "such as '60 seconds'"
            )
        self.every, self.unit = float(found[1]), found[2]
        self.written: dict[str, float] = {}

    def wait(self, samples: int) -> int:
        """How many samples a run that has learned so many may go on until the file is due."""
        if self.unit != "sample":
            return ENDLESS
        return max(1, int(self.written["sample"] + self.every) - samples)

    def due(self, epochs: int, samples: int) -> bool:
        """Whether to write the file, after so many epochs and samples."""
        return self._now(epochs, samples)[self.unit] - self.written[self.unit] >= self.every

    def mark(self, epochs: int, samples: int) -> None:
        """Begin to wait for the next time."""
        self.written = self._now(epochs, samples)

    def _now(self, epochs: int, samples: int) -> dict[str, float]:
        return {"epoch": epochs, "sample": samples, "second": time.monotonic()}

    def read(
        self, run: dict[str, Any] | None, resume: bool
    ) -> tuple[dict[str, Any], dict[str, Array]] | None:
        """What the file holds for a run to go on with; None where the run shall begin anew.

        `run` is its record, which the file's must be equal to. Without `resume`, a file of a run
        that has not ended is an error: it would be written over.
        """
        remove_leftovers(self.path)
        if not os.path.exists(self.path):
            return None
        about, arrays = archive.read(self.path)
        if "checkpoint" not in about:
            raise ValueError(
                f"checkpoint: {self.path} holds a network, wanted a run's file, or none"
            )
        if not resume:
            if about["stopped"] is None:
                raise ValueError(
                    f"checkpoint: {self.path} holds a run that has not ended, wanted resume=True, "
                    "or another file"
                )
            return None
        other = difference(about["run"], run or {})
        if other is not None:
            raise ValueError(f"checkpoint: {self.path} holds another run: {other}")
        return about, arrays
