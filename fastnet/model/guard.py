"""The last finite weights of a net that learns one sample at a time, to go back to."""

from __future__ import annotations

from ..typing import Array
from .parameters import Parameters

LOOK = 1000  # calls of learn_one between two looks at the weights


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

    def restore(self) -> int | None:
        """Go back to what was kept, unless the parameters are finite.

        Return how many calls that takes back, or None where the parameters stay.
        """
        if self.kept is None or self.parameters.is_finite():
            return None
        back, self.calls = self.calls - self.kept_at, self.kept_at
        self.parameters.replace(self.kept)
        return back
