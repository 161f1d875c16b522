"""The learning of a network from Python's calls: one sample at a time, or a few."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from numpy.typing import ArrayLike

from .diverged import LOOK, Diverged, Guard
from .encoded import Encoded
from .outputs import Outputs
from .passes import Passes
from .rate import checked_rate, default_rate
from .signs import look_at_first

Net = TypeVar("Net", bound="Learning")


class Learning(Encoded):
    """Base of networks, with their calls for learning."""

    outputs: Outputs
    passes: Passes
    seed: int | None
    _guard: Guard
    _looked: bool

    def checked_rate(self, rate: float | None, falls: bool = True) -> float:
        """Return the checked rate, or the default, which is halved unless the rate falls."""
        if rate is not None:
            return checked_rate(rate, self.parameters.dtype)
        return default_rate(self.parameters, self.outputs, falls)

    def learn_one(
        self, x: ArrayLike | Mapping[str, Any], y: Any, learning_rate: float | None = None
    ) -> None:
        """Learn from one sample, at once.

        Parameters
        ----------
        x : array_like, shape (features,), or dict
            A row such as those of X in `fastnet.train`. With an encoding it may be a dict or a
            series, whose names are those of the columns. A running encoding learns the row, too.
        y : label, number or array_like of numbers (n_out,)
            The target: one of `classes`, or numbers.
        learning_rate : float, optional
            The default is half of the default of `fastnet.train`, which falls during a run.

        Raises
        ------
        TypeError, ValueError
            x, y or the rate does not fit; nothing is learned.
        Diverged
            The cost is no longer finite; nothing is learned. Or an earlier call made a weight
            infinite. All weights are checked then, and once in 1,000 calls. They go back to the
            last check that found them finite, and the error says how many samples ago it was.
        """
        single, guard = self.passes.single(), self._guard
        given = learning_rate is not None
        rate = checked_rate(learning_rate, self.parameters.dtype) if given else single.usual_rate
        if guard.calls % LOOK == 0 and not guard.look():
            raise Diverged.at(rate, self, more=guard.restore())
        if self._encoding is not None:
            x = self._encoding.row(x, self.parameters.dtype)
            single, guard = self.passes.single(), self._guard  # others, if there are new inputs
        if not single.learn(x, y, rate)[2]:
            more = "; this sample is not learned: if others fail too, continue from a saved net"
            raise Diverged.at(rate, self, more=guard.restore(more))
        guard.calls += 1

    def partial_fit(
        self: Net, X: ArrayLike, y: ArrayLike, learning_rate: float | None = None
    ) -> Net:
        """Learn from some samples, once each and in their order, like as many calls of `learn_one`.

        For a row or two, `learn_one` is faster, since it does not check all weights. Inputs or
        targets far from unit scale in the first call give a `LearningWarning`.

        Raises
        ------
        TypeError, ValueError, Diverged, KeyboardInterrupt
            X, y or the rate does not fit; the cost or a weight is no longer finite; Ctrl-C. In each
            case nothing is learned.
        """
        rate = self.checked_rate(learning_rate, falls=False)
        samples = self.samples(X)
        targets = self.outputs.targets(y, samples.n)
        if not self._looked and rate:  # once, at the first data
            self._looked = True
            look_at_first(self, rate, samples, targets)
        if not self.passes.learn(samples, targets, rate):
            more = self._guard.restore("; the weights are those from before the call")
            raise Diverged.at(rate, self, more=more)
        self._guard.reset()
        return self
