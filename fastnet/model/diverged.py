"""The error of a net whose weights are no longer finite, and the way back to finite ones."""

from __future__ import annotations

from typing import Any

from ..typing import Array
from .parameters import Parameters

LOOK = 1000  # calls of learn_one between two checks of the weights


class Diverged(FloatingPointError):
    """The cost or the weights of a run are no longer finite.

    Attributes
    ----------
    network : Network
        The network with the last weights that were known to be finite.
    """

    def __init__(self, message: str, network: Any):
        super().__init__(message)
        self.network = network

    @classmethod
    def at(cls, rate: float, network: Any, where: str = "", more: str = "") -> Diverged:
        """Make the error, which says at which learning rate and where in a run; `more` is added."""
        return cls(
            f"diverged{where} at learning rate {rate:g}: the cost or a weight is no longer finite; "
            f"try a smaller learning_rate, or inputs and targets scaled to about 1{more}",
            network,
        )

    def __reduce__(self) -> tuple[type[Diverged], tuple[str, Any]]:
        """Keep the network when the error is pickled, as process pools do."""
        return type(self), (str(self), self.network)


class Guard:
    """A guard keeps a copy of the parameters from the last check that found them finite."""

    def __init__(self, parameters: Parameters):
        self.parameters = parameters
        self.reset()

    def reset(self) -> None:
        """Forget the copy, since the parameters have been replaced."""
        self.calls = self.kept_at = 0  # calls of learn_one
        self.kept: Array | None = None

    def moved(self, wide: Parameters) -> Guard:
        """Return the guard of parameters with further inputs, which keeps the same copy."""
        guard = Guard(wide)
        guard.calls, guard.kept_at = self.calls, self.kept_at
        if self.kept is not None:
            guard.kept = wide.copy()
            wide.embed(self.parameters, self.kept, guard.kept)
        return guard

    def look(self) -> bool:
        """Tell whether the parameters are finite, and copy them if they are."""
        finite = self.parameters.is_finite()
        if finite:
            self.kept_at, self.kept = self.calls, self.parameters.copy()
        return finite

    def restore(self, otherwise: str = "") -> str:
        """Restore the copy, and say so. If the parameters are finite, return `otherwise`."""
        if self.kept is None or self.parameters.is_finite():
            return otherwise
        back, self.calls = self.calls - self.kept_at, self.kept_at
        self.parameters.replace(self.kept)
        return f"; the weights are those of the last check (samples taken back: {back:,})"
