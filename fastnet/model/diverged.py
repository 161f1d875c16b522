"""A net whose weights are no longer finite: the error, and the way back to those that were."""

from __future__ import annotations

from typing import Any

from ..typing import Array
from .parameters import Parameters

LOOK = 1000  # calls of learn_one between two looks at the weights


class Diverged(FloatingPointError):
    """The cost or the weights of a run are no longer finite.

    Attributes
    ----------
    network : Network
        The network with the last weights that were seen to be finite.
    """

    def __init__(self, message: str, network: Any):
        super().__init__(message)
        self.network = network

    @classmethod
    def at(cls, rate: float, network: Any, where: str = "", more: str = "") -> Diverged:
        """Say at which learning rate, where in a run, and what more there is to know."""
        return cls(
            f"diverged{where} at learning rate {rate:g}: the cost or a weight is no longer finite; "
            f"try a smaller learning_rate, or inputs and targets scaled to about 1{more}",
            network,
        )

    def __reduce__(self) -> tuple[type[Diverged], tuple[str, Any]]:
        """Come through a process pool, which pickles."""
        return type(self), (str(self), self.network)


class Guard:
    """Keeps the parameters of now and then, each time that all of them are finite."""

    def __init__(self, parameters: Parameters):
        self.parameters = parameters
        self.reset()

    def reset(self) -> None:
        """Forget what was kept: the parameters are others now."""
        self.calls = self.kept_at = 0  # calls of learn_one
        self.kept: Array | None = None

    def look(self) -> bool:
        """Keep the parameters if they are finite, and tell whether they are."""
        finite = self.parameters.is_finite()
        if finite:
            self.kept_at, self.kept = self.calls, self.parameters.copy()
        return finite

    def restore(self, otherwise: str = "") -> str:
        """Go back to what was kept, and say so; `otherwise` if the parameters are finite."""
        if self.kept is None or self.parameters.is_finite():
            return otherwise
        back, self.calls = self.calls - self.kept_at, self.kept_at
        self.parameters.replace(self.kept)
        return f"; the weights are those of the last look at them (samples taken back: {back:,})"
