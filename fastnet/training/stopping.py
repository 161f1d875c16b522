"""Early stopping of a run, and the best weights."""

from __future__ import annotations

import math
from typing import Any

from ..model.network import Network
from ..options import Options
from ..schedules import PLATEAU
from ..typing import Array
from .rates import Rates

LEAST = 1000  # samples: where an epoch has fewer, patience counts several as one


class Stopping:
    """The limits of a run.

    Parameters
    ----------
    net : Network
        The network that learns.
    validated : bool
        True if there are validation data.
    patience : int, optional
        The run stops after so many epochs without a smaller validation loss.
    target_accuracy : float, optional
        The run stops at this accuracy, on the validation data if there are any.
    max_seconds : float, optional
        The run stops after so many seconds of learning.
    """

    kept: tuple[str, ...] = ("seconds", "least", "waited")  # in a checkpoint

    def __init__(
        self,
        net: Network,
        validated: bool,
        patience: int | None,
        target_accuracy: float | None,
        max_seconds: float | None,
    ):
        self.net = net
        self.accuracy = "val_accuracy" if validated else "accuracy"
        self.patience = patience
        if patience is not None and not validated:
            raise ValueError(
                f"patience: {patience!r}, but there is nothing to judge by, "
                "wanted validation_data or validation_fraction too"
            )
        if target_accuracy is not None and net.task == "regression":
            raise ValueError(f"target_accuracy: {target_accuracy!r}, but a regression has none")
        self.target = math.inf if target_accuracy is None else target_accuracy
        self.seconds = math.inf if max_seconds is None else max_seconds
        self.least, self.waited = math.inf, 0
        self.best: Array | None = None

    @property
    def knows_total(self) -> bool:
        """True if the run learns the total of its rates, unless it stops early."""
        return True

    @property
    def needs_no_look(self) -> bool:
        """True if no result of an epoch can end the run."""
        return self.patience is None and self.target == math.inf

    def before(self, done: int) -> None:
        """Prepare the net for the next epoch; `done` are the steps so far."""

    def after(self, record: dict[str, Any], done: int = 0) -> str | None:
        """Return the reason to stop after this epoch, or None; `done` are the steps so far."""
        if self.patience is not None:
            self._compare(record["val_loss"])
        if (record[self.accuracy] or 0) >= self.target:
            self.best = None  # keep the weights that reached it
            return "target"
        return "patience" if self.patience is not None and self.waited >= self.patience else None

    def _compare(self, loss: float) -> None:
        """Keep the weights if they are the best so far; otherwise count the epoch."""
        self.waited += 1
        if loss < self.least:
            self.least, self.best, self.waited = loss, self.net.parameters.copy(), 0

    @property
    def state(self) -> dict[str, Any]:
        """The state for a checkpoint, apart from the best weights."""
        return {name: getattr(self, name) for name in self.kept}

    @state.setter
    def state(self, state: dict[str, Any]) -> None:
        for name in self.kept:
            if state[name] is None:
                raise ValueError(f"{name}: missing")
            setattr(self, name, state[name])

    def restore(self) -> None:
        """Give the network its best weights, if they were kept."""
        if self.best is not None:
            self.net.parameters.replace(self.best)


class Plateau(Stopping):
    """The limits of a run whose rate falls when the validation loss falls no further.

    The rate is constant until then. The run goes back to its best weights, and the rate falls
    linearly to 0 over as many epochs as led to them: the cool-down of Hägele et al., 'Scaling laws
    and compute-optimal training beyond fixed training durations' (2024). A run of few epochs begins
    it early enough to end it.

    The run then keeps its last weights. Those of the least validation loss in the fall answer worse
    on other samples: the least of many losses is mostly luck, the more so the fewer samples judge.
    bench/results/stopping.md has the figures.

    Parameters
    ----------
    rates : Rates
        The rates of the run.
    steps : int
        The steps of an epoch.
    net, patience, target_accuracy, max_seconds
        As of `Stopping`. Patience counts epochs of `LEAST` samples at the least.
    """

    kept = (*Stopping.kept, "best_at", "stalled", "fall")

    def __init__(self, rates: Rates, steps: int, net: Network, patience: int, *limits: Any):
        super().__init__(net, True, max(patience, -(-LEAST * patience // steps)), *limits)
        self.rates, self.best_at, self.stalled = rates, 0, False

    def after(self, record: dict[str, Any], done: int = 0) -> str | None:
        """Return the reason to stop after this epoch, or None. Let the rate fall if it is time."""
        reason, rates = super().after(record, done), self.rates
        if self.waited == 0:
            self.best_at = done
        if reason == "target":
            return reason
        if rates.falls:
            if done < rates.total:
                return None
            self.best = None  # keep the last weights
            return "patience" if self.stalled else None
        rest = rates.total - done
        if (reason or rest <= self.best_at) and rest and self.best is not None:
            self.stalled, reason = reason is not None, None
            rates.fall(done, done + min(self.best_at, rest))
        return reason

    def before(self, done: int) -> None:
        """Go back to the best weights if the fall begins here."""
        if self.rates.falls and done == self.rates.start:
            self.restore()

    @property
    def knows_total(self) -> bool:
        """True once the rate falls."""
        return self.rates.falls

    @property
    def fall(self) -> list[int]:
        """The steps before the first and after the last of the fall; [0, the most] before it."""
        return [self.rates.start, self.rates.total]

    @fall.setter
    def fall(self, steps: list[int]) -> None:
        if steps == self.fall:
            return
        if len(steps) != 2 or not 0 < steps[0] < steps[1] <= self.rates.total:
            raise ValueError(f"fall: {steps}, wanted two of {self.rates.total} steps, in order")
        self.rates.fall(*steps)


def stopping(net: Network, validated: bool, options: Options, rates: Rates, steps: int) -> Stopping:
    """Return the limits of a run with these options and rates, and so many steps an epoch."""
    limits = options.target_accuracy, options.max_seconds
    if options.schedule == PLATEAU and options.patience is not None:
        return Plateau(rates, steps, net, options.patience, *limits)
    return Stopping(net, validated, options.patience, *limits)
