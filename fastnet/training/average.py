"""The mean of the weights over the last part of a run."""

from __future__ import annotations

import numpy as np

from ..typing import Array

NETS = 100  # of which the mean is taken, about


class Average:
    """The sum of parameters that a run passes through, and their mean.

    Polyak & Juditsky, 'Acceleration of stochastic approximation by averaging' (1992), take those
    after each sample. Neighbours differ by one step, so `NETS` of them, about equally far apart,
    stand for all here. They are looked at between blocks of samples.

    Parameters
    ----------
    share : float
        The last share of the run, 0 to 1; 0 for no average.
    samples : int
        Of the whole run.
    """

    def __init__(self, share: float, samples: int):
        self.next = int(samples - share * samples) + 1  # after so many samples
        self.spacing = max(1, round(share * samples / NETS))
        self.total: Array | None = None
        self.count = 0

    def wait(self, done: int) -> int:
        """Return how many more samples may be learned, after so many, until it is time."""
        return max(1, self.next - done)

    def due(self, done: int) -> bool:
        """Tell whether it is time, after so many samples."""
        return done >= self.next

    def add(self, done: int, params: Array) -> None:
        """Add the parameters after so many samples, in float64."""
        self.total = np.add(params, 0 if self.total is None else self.total, dtype=np.float64)
        self.count += 1
        self.next = done + self.spacing

    def mean(self) -> Array | None:
        """Return the mean of what was added; None if nothing was."""
        return None if self.total is None else self.total / self.count
