"""The learning of a network from Python's calls: one sample at a time, or a few."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from threading import get_ident
from typing import Any, TypeVar

import numpy as np
from numpy import ndarray
from numpy.typing import ArrayLike

from ..data.samples import Samples
from ..data.targets import Targets
from ..data.weights import Steps, steps_of
from ..typing import Array
from .diverged import LOOK, Diverged, Guard
from .encoded import Encoded, row_in_order
from .outputs import Outputs
from .passes import Passes
from .pixels import note
from .rate import FITS_ALL, checked_rate, default_rate
from .signs import look_at_first
from .widen import with_inputs

Net = TypeVar("Net", bound="Learning")
CHANGED = "parameters", "passes", "_guard", "_encoding"  # by a running encoding's new inputs


class Learning(Encoded):
    """Base of networks, with their calls for learning."""

    outputs: Outputs
    passes: Passes
    seed: int | None
    _encoding: Any
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
            The default is half of the default of `fastnet.train`, which falls during a run. After
            a stream of a table it is the default of that.

        Raises
        ------
        TypeError, ValueError
            x, y or the rate does not fit; nothing is learned.
        Diverged
            The cost is no longer finite; nothing is learned. Or an earlier call made a weight
            infinite. All weights are checked then, and once in 1,000 calls. They go back to the
            last check that found them finite, and the error says how many samples ago it was.
        """
        passes, guard = self.passes, self._guard
        single, calls = passes.singles.get(get_ident()) or passes.single(), guard.calls
        if learning_rate is None:
            rate = single.usual_rate
        elif type(learning_rate) is float and 0 <= learning_rate <= FITS_ALL:
            rate = learning_rate  # a short cut
        else:
            rate = checked_rate(learning_rate, single.dtype)
        if calls % LOOK == 0:
            self._note_row(x)
            if not guard.look():
                raise Diverged.at(rate, self, more=guard.restore())
        if self.origin is not None:
            row_in_order(x, self.origin)
        seen, encoding = None, self._encoding
        if encoding is not None:
            seen = single.learn_row(encoding, x, y, rate)
            if seen is None:
                x = self._row_to_learn(x, y)
                single, guard = self.passes.single(), self._guard  # others, if it has new inputs
        if (seen or single.learn(x, y, rate))[2] != 1:
            more = "; this sample is not learned: if others fail too, continue from a saved net"
            raise Diverged.at(rate, self, more=guard.restore(more))
        guard.calls = calls + 1

    def partial_fit(
        self: Net,
        X: ArrayLike,
        y: ArrayLike,
        learning_rate: float | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Net:
        """Learn from some samples, once each and in their order, like as many calls of `learn_one`.

        For a row or two, `learn_one` is faster, since it does not check all weights. Inputs or
        targets far from unit scale in the first call give a `LearningWarning`.

        Parameters
        ----------
        X, y, learning_rate
            As in `learn_one`, but rows (n, features), and as many targets.
        sample_weight : array_like, shape (n,), optional
            How often each sample is learned: one of weight 2.25 three times in a row, the last time
            at 0.25 of the rate, and one of weight 0 never. A running encoding learns each as often.

        Raises
        ------
        TypeError, ValueError, Diverged, KeyboardInterrupt
            X, y, the rate or a weight does not fit; the cost or a weight of the net is no longer
            finite; Ctrl-C. In each case nothing is learned.
        """
        if sample_weight is None and self._looked and self._fit_row(X, y, learning_rate):
            return self
        single = self.passes.single()
        rate = single.usual_rate if learning_rate is None else self.checked_rate(learning_rate)
        before = {name: self.__dict__[name] for name in CHANGED}
        try:
            samples, targets, steps = self._to_learn(X, y, sample_weight)
            note(self, samples)
            if not self._looked and rate:  # once, at the first data
                self._looked = True
                look_at_first(self, rate, samples, targets)
            if not self.passes.learn(samples, targets, rate, steps):
                more = self._guard.restore("; the weights are those from before the call")
                raise Diverged.at(rate, self, more=more)
        except BaseException:
            self.__dict__.update(before)
            raise
        self._guard.reset()
        return self

    def _note_row(self, x: Any) -> None:
        """Note what rows the net learns, one of which is x, if it has not learned any."""
        known = self.parameters.learned is not None or self._encoding is not None
        if not known and type(x) is ndarray and x.shape == self.parameters.sizes[:1]:
            with contextlib.suppress(TypeError, ValueError):  # which are raised elsewhere
                note(self, Samples(x[None], self.parameters.dtype))

    def _fit_row(self, X: Any, y: Any, rate: float | None) -> bool:
        """Learn one row with its label or number, the fast way.

        Return False, with nothing learned, if they are of another form or do not fit.
        """
        single, parameters = self.passes.single(), self.parameters
        if type(X) is not ndarray or X.shape != (1, single.features) or self._encoding is not None:
            return False
        if not (y.shape == (1,) if isinstance(y, ndarray) else type(y) is list and len(y) == 1):
            return False
        rate = single.usual_rate if rate is None else checked_rate(rate, single.dtype)
        before, learned = parameters.copy(), False
        try:
            learned = single.fit(X[0], y[0], rate) and parameters.is_finite()
        finally:
            if not learned:
                parameters.replace(before)
        if learned:
            self._guard.reset()
        return learned

    def _to_learn(self, X: Any, y: Any, sample_weight: Any) -> tuple[Samples, Targets, Steps]:
        """Return checked samples and targets that are about to be learned, and their steps."""
        if self._encoding is not None and sample_weight is None:
            from ..tables.table import Table

            sample_weight = X.weights if isinstance(X, Table) else None  # of a file
        if self._encoding is None or not self._encoding.running or isinstance(X, Samples):
            samples = self.samples(X)
            targets = self.outputs.targets(y, samples.n)
            return samples, targets, steps_of(samples.n, sample_weight)
        from ..tables.frames import table_of

        X = table_of(X)
        targets = self.outputs.targets(y, len(X))  # first: only what fits is learned
        steps = steps_of(len(X), sample_weight)
        if sample_weight is not None:  # a row joins the encoding before each of its steps
            places, shares = steps.listed()
            X, targets = X[places], targets.rows(places)
            steps = Steps.of(np.arange(len(places)), shares)
        self._encoding = self._encoding.copy()
        return self.samples_to_learn(X), targets, steps

    # What a running encoding learns ---------------------------------------------------------

    def samples_to_learn(self, X: Any, name: str = "X") -> Samples:
        """Return X as samples that are about to be learned: see `samples`.

        A running encoding learns X first. For new categories the network gets inputs.
        """
        encoding = self._encoding
        if encoding is None or not encoding.running:
            return self.samples(X, name)
        samples: Samples = encoding.learn(X, self.parameters.dtype, name)
        self._widen()
        return samples

    def _row_to_learn(self, x: Any, y: Any) -> Array:
        """Return the inputs of one row that is about to be learned with the answer y."""
        encoding, dtype = self._encoding, self.parameters.dtype
        if not encoding.running:
            row: Array = encoding.row(x, dtype)
            return row
        self.passes.single().assign_target(y)  # first: only what fits is learned
        row = encoding.learn_row(x, dtype)
        self._widen()
        return row

    def _widen(self) -> None:
        """Add inputs for what the encoding has met."""
        if self._encoding.width > self.parameters.sizes[0]:
            wide = with_inputs(self.parameters, self._encoding.width, self.seed or 0)
            self._guard = self._guard.moved(wide)
            self.parameters, self.passes = wide, Passes(wide, self.outputs)
