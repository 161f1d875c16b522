"""The passes of a net over samples. Training, answers and scores call the compiled pass here."""

from __future__ import annotations

import threading

import numpy as np

from ..data.samples import Samples
from ..data.targets import Targets
from ..data.weights import Steps
from ..kernels.blocks import DENSE, SINGLY, SPARSE
from ..typing import Array
from .chunks import Chunks
from .outputs import Outputs
from .parameters import Parameters
from .single import Single
from .workspace import Pass, Workspace, no_decay

NO_LABELS = np.zeros(0, np.int32)
WORK = 1 << 24  # parameters times samples of a pass that surely takes less than 0.1 s


class Passes:
    """Passes over samples, with these parameters and for these outputs.

    A loop over samples is `for workspace, part in chunks.of(...)`, with a call of `over` for each
    part: see `fastnet.model.chunks`.
    """

    def __init__(self, parameters: Parameters, outputs: Outputs):
        self.parameters, self.outputs = parameters, outputs
        self.none = np.zeros(0, parameters.dtype)
        self._singles: dict[int, Single] = {}  # by thread
        self._chunks: dict[int, Chunks] = {}

    def single(self) -> Single:
        """Return the current thread's `Single`, which passes over one sample."""
        thread = threading.get_ident()
        single = self._singles.get(thread)
        if single is None:
            single = Single(self.parameters, self.outputs, self.workspace())
            self._singles[thread] = single
        return single

    def workspace(self, threads: int = 1, method: int = SINGLY) -> Workspace:
        """Make the memory of passes with so many threads. It serves one pass at a time."""
        whole = self.parameters.layout
        threads = min(threads, whole.most_threads)
        return Workspace(whole, whole.for_team(threads), self.parameters.dtype, threads, method)

    def chunks(self) -> Chunks:
        """Return the loop over samples in the current thread, in the memory of `single`."""
        thread = threading.get_ident()
        chunks = self._chunks.get(thread)
        if chunks is None:
            first = max(Chunks.FIRST, WORK // len(self.parameters.vector))
            self._chunks[thread] = chunks = Chunks([self.single().workspace], first)
        return chunks

    def method(self, samples: Samples, places: Array | None = None) -> int:
        """Choose the fastest method of the first layer, by its size and the data.

        bench/methods.py has the figures behind the rule.

        Parameters
        ----------
        samples : Samples
        places : numpy.ndarray, optional
            The samples that stand for all. By default they are the first ones.
        """
        share = samples.density(places)
        first = self.parameters.layout.layers[0]
        worked = share * samples.features * first.pad  # weights that a sample changes
        if worked < (8192 if share >= 0.35 else 16384) or not samples.have_products():
            return SINGLY
        return DENSE if share >= 0.35 else SPARSE

    def over(
        self,
        workspace: Workspace,
        samples: Samples,
        order: Array,
        targets: Targets | None = None,
        rates: Array | None = None,
        cost: float = 0.0,
        out: Array | None = None,
        decay: Array | None = None,
    ) -> tuple[float, int, int]:
        """Pass over the samples that `order` names, in one call of a compiled pass.

        Returns
        -------
        (float, int, int)
            The sum of `cost` and the samples' costs, the number of right answers, and the number of
            samples. The pass ends early at a cost that is not finite.
        """
        labels, numbers = NO_LABELS, self.none
        rows, places = samples.take(order)
        if targets is not None:
            labels, numbers = targets.labels, targets.numbers
            if places is not order:
                labels, numbers = targets.take(order)
        rates = self.none if rates is None else rates
        out = self.none if out is None else out.reshape(-1)
        decay = no_decay() if decay is None else decay
        one = Pass(self.outputs.code, rows, (labels, numbers), places, rates, decay, cost, out)
        return workspace.execute(self.parameters.vector, one)

    def answer(self, samples: Samples) -> Array:
        """Return the outputs (n, outputs) for all samples."""
        out, start = np.empty((samples.n, self.outputs.n), self.parameters.dtype), 0
        for workspace, part in self.chunks().of(np.arange(samples.n), samples.chunk):
            stop = start + len(part)
            self.over(workspace, samples, part, out=out[start:stop])
            start = stop
        return out

    def learn(self, samples: Samples, targets: Targets, rate: float, steps: Steps) -> bool:
        """Learn from samples in the order of these steps, at their shares of this rate.

        Tell whether all costs and weights are finite. If not, or on Ctrl-C, nothing is learned.
        """
        before, learned = self.parameters.copy(), False
        try:
            for workspace, part in self.chunks().of(steps, samples.chunk):
                places, shares = part.listed()
                rates = np.full(len(part), rate, self.parameters.dtype)
                if shares is not None:
                    rates = (rate * shares).astype(rates.dtype)
                if self.over(workspace, samples, places, targets, rates)[2] < len(part):
                    return False
            learned = self.parameters.is_finite()
        finally:
            if not learned:
                self.parameters.replace(before)
        return learned

    def evaluate(
        self, samples: Samples, targets: Targets, places: Array
    ) -> tuple[float, float | None]:
        """Return the mean loss and the share of right answers of the samples at these places.

        The loss is in the user's units.
        Labels that are not among the net's classes count as wrong and have no loss.
        """
        cost, hits, n = 0.0, 0, len(places)
        if len(targets.labels):
            places = places[targets.labels[places] >= 0]
        for workspace, part in self.chunks().of(places, samples.chunk):
            cost, right, judged = self.over(workspace, samples, part, targets, cost=cost)
            hits += right
            if judged < len(part):
                return np.inf, self.outputs.accuracy(hits, n)
        return cost / len(places) * self.outputs.of_loss, self.outputs.accuracy(hits, n)
