"""The mean of the weights over the last part of a run."""

from __future__ import annotations

import numpy as np

from .data import Array
from .kernels.blocks import SAMPLES

NETS = 100  # of which the mean is taken, about


class Average:
    """Adds up the parameters that a run passes through.

    Polyak & Juditsky, 'Acceleration of stochastic approximation by averaging' (1992), take those
    after each sample. Neighbours differ by one step, so some `NETS` of them, equally far apart in
    each epoch, and those at the end of each epoch, stand for all here.

    Parameters
    ----------
    share : float
        The last share of the run, 0 to 1; 0 for no average.
    total : int
        The samples of the whole run.
    """

    def __init__(self, share: float, total: int):
        self.first = total - share * total  # samples that come before
        self.spacing = SAMPLES * max(1, round(share * total / NETS / SAMPLES))
        self.total: Array | None = None
        self.count = 0

    def wait(self, done: int, learned: int) -> int:
        """After so many samples of the run and of the epoch, how many are learned until `due`."""
        start = learned + max(0.0, self.first - done)
        return int(start // self.spacing + 1) * self.spacing - learned

    def due(self, done: int, learned: int, steps: int) -> bool:
        """Whether to add what the net is then, in an epoch of so many steps."""
        return done > self.first and (learned % self.spacing == 0 or learned == steps)

    def add(self, params: Array) -> None:
        """Add these parameters, in float64."""
        if self.total is None:
            self.total = np.zeros(len(params))
        self.total += params
        self.count += 1

    def mean(self) -> Array | None:
        """The mean of what was added; None if nothing was."""
        return None if self.total is None else self.total / self.count
