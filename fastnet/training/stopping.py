"""Early stopping of a run, and the best weights."""

from __future__ import annotations

import math
from typing import Any

from ..model.network import Network
from ..typing import Array


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
    def needs_no_look(self) -> bool:
        """True if no result of an epoch can end the run."""
        return self.patience is None and self.target == math.inf

    def after(self, record: dict[str, Any]) -> str | None:
        """Return the reason to stop after this epoch, or None."""
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
    def state(self) -> dict[str, float]:
        """The state for a checkpoint, apart from the best weights."""
        return {"seconds": self.seconds, "least": self.least, "waited": self.waited}

    @state.setter
    def state(self, state: dict[str, Any]) -> None:
        self.seconds, self.least = state["seconds"], state["least"]
        self.waited = state["waited"]

    def restore(self) -> None:
        """Give the network its best weights, if they were kept."""
        if self.best is not None:
            self.net.parameters.replace(self.best)
