"""The learning rate of each step, from the schedule, the warm-up and the progress."""

from __future__ import annotations

import numpy as np

from ..model.rate import LARGEST_NUMBER
from ..schedules import SCHEDULES, Schedule, linear
from ..typing import Array

AHEAD = 4096  # rates of so many steps are computed together


class Rates:
    """The learning rates of a run.

    Parameters
    ----------
    rate : float
        The learning rate, which the factors multiply.
    schedule : callable
        Returns the factors (n,) for the progress (n,) in [0, 1): steps done / `total`.
    warm_up : float
        The share of the run over which the rate rises linearly, from nearly 0 to the rate of the
        schedule (Goyal et al., 2017).
    total : int
        The steps of the run.
    dtype : numpy.dtype
        The dtype of the network.
    l2 : float
        The strength of the regularisation. rate * l2 is at most 1/2.
    """

    def __init__(
        self,
        rate: float,
        schedule: Schedule,
        warm_up: float,
        total: int,
        dtype: np.dtype,
        l2: float = 0.0,
    ):
        self.rate, self.schedule, self.dtype, self.total = rate, schedule, dtype, total
        self.l2, self.start = l2, 0  # the first step of the schedule
        self.largest = LARGEST_NUMBER[dtype]
        self.warm_up = warm_up * total  # steps
        self._ahead = 0, np.zeros(0)  # a step, and the rates from it on

    def check(self) -> float:
        """Try a thousand steps and the end of the warm-up, so that a bad schedule fails at once.

        It returns the largest of their rates.
        """
        if not self.total:
            return 0.0
        steps = np.linspace(0, self.total - 1, min(self.total, 1000))
        full = min(int(self.warm_up), self.total - 1)
        return float(self._at(np.sort(np.append(steps.astype(np.int64), full))).max())

    def limit_l2(self, most: float) -> None:
        """Check, and lower l2 if need be: no step takes more than this share of a weight."""
        if not self.l2 and self.schedule in SCHEDULES.values():
            return  # its factors are at most 1
        l2, self.l2 = self.l2, 0.0
        largest = self.check()
        self.l2 = l2 if largest * l2 <= most else most / largest

    def fall(self, start: int, stop: int) -> None:
        """Let the rate fall linearly from the step `start` on, to nearly 0 at the end, `stop`."""
        self.schedule, self.start, self.total = linear, start, stop
        self._ahead = 0, np.zeros(0)

    @property
    def falls(self) -> bool:
        """True once `fall` is called."""
        return self.start > 0

    def of(self, done: int, n: int) -> Array:
        """Return the rates of the n steps after the first `done`, float64, all within `dtype`.

        The rates of a named schedule are computed for many steps at a time. A function of the
        user's own may raise, so it computes only the rates of the next steps.
        """
        start, rates = self._ahead
        if not start <= done <= done + n <= start + len(rates):
            more = max(n, AHEAD) if self.schedule in SCHEDULES.values() else n
            rates = self._at(np.arange(done, min(done + more, self.total)))
            self._ahead = start, rates = done, rates
        return rates[done - start : done - start + n]

    def _at(self, steps: Array) -> Array:
        """Return the rates of these steps, which are in order."""
        factors = self._factors((steps - self.start) / (self.total - self.start))
        with np.errstate(over="ignore", invalid="ignore"):
            rates = self.rate * factors
        if len(steps) and steps[0] < self.warm_up:
            rates *= np.minimum(1, (steps + 1) / self.warm_up)
        good = (factors >= 0) & (rates <= self.largest)
        if not good.all():
            bad = np.flatnonzero(~good)
            raise ValueError(
                f"schedule: {factors[bad[0]]:g} at progress {steps[bad[0]] / self.total:.6g}, "
                "wanted finite factors >= 0"
            )
        if self.l2 and rates.max(initial=0) * self.l2 > 0.5:
            raise ValueError(
                f"l2: {self.l2:g} at a learning rate of {rates.max():g} subtracts more than half "
                "of each weight at each step, wanted less of one or the other"
            )
        return rates

    def _factors(self, progress: Array) -> Array:
        factors = np.asarray(self.schedule(progress))
        if factors.shape != progress.shape or factors.dtype.kind not in "buif":
            raise ValueError(
                f"schedule: gave shape {factors.shape}, dtype {factors.dtype}, "
                f"wanted {progress.shape} real numbers, one for each progress"
            )
        return factors.astype(np.float64)
