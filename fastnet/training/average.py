"""The mean of the weights over the last part of a run."""

from __future__ import annotations

import numpy as np

from ..typing import Array

NETS = 100  # about so many snapshots make the mean


class Average:
    """The mean of a run's parameters over its last part.

    Polyak & Juditsky, 'Acceleration of stochastic approximation by averaging' (1992), average the
    parameters after each sample. Neighbours differ by one step, so here about `NETS` snapshots,
    about equally far apart, stand for all. They lie between blocks of samples.

    Parameters
    ----------
    share : float
        The last share of the run, 0 to 1; 0 for no average.
    samples : int
        The samples of the whole run.
    """

    def __init__(self, share: float, samples: int):
        self.next = int(samples - share * samples) + 1  # samples to the next snapshot
        self.spacing = max(1, round(share * samples / NETS))
        self.total: Array | None = None
        self.count = 0

    def wait(self, done: int) -> int:
        """Return the number of samples from here to the next snapshot."""
        return max(1, self.next - done)

    def due(self, done: int) -> bool:
        """Tell whether a snapshot is due after so many samples."""
        return done >= self.next

    def add(self, done: int, params: Array) -> None:
        """Add the parameters after so many samples, in float64."""
        self.total = np.add(params, 0 if self.total is None else self.total, dtype=np.float64)
        self.count += 1
        self.next = done + self.spacing

    def mean(self) -> Array | None:
        """Return the mean of the snapshots, or None if there are none."""
        return None if self.total is None else self.total / self.count
