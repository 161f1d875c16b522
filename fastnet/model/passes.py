"""The passes of a net over samples. Training, answers and scores call the compiled pass here."""

from __future__ import annotations

import itertools
import threading

import numpy as np

from ..data.samples import Described, Samples, Takeable
from ..data.targets import Targets
from ..data.weights import Steps
from ..kernels.codes import BLOCKS, LANES, MANY, NARROW, SINGLY, TWO_GROUPS
from ..typing import Array
from .answers import Answers
from .chunks import Chunks
from .outputs import Outputs
from .parameters import Parameters
from .single import Single
from .workspace import Pass, Workspace

ALONE = 1 << 15  # weights above the first layer that one thread learns while others wait
NO_LABELS = np.zeros(0, np.int32)
LEAST = {NARROW: 1 << 18, TWO_GROUPS: 1 << 14}  # weights a sample, from which on blocks pay
WORK = 1 << 24  # parameters times samples of a pass that surely takes less than 0.1 s


class Passes:
    """Passes over samples, with these parameters and for these outputs.

    A loop over samples is `for workspace, part in chunks.of(...)`, with a call of `over` for each
    part: see `fastnet.model.chunks`.
    """

    def __init__(self, parameters: Parameters, outputs: Outputs):
        self.parameters, self.outputs = parameters, outputs
        self.none = np.zeros(0, parameters.dtype)
        widest = max(parameters.layout.pads)
        self.by_rows = {LANES: NARROW, 2 * LANES: TWO_GROUPS}.get(widest, SINGLY)
        self.singles: dict[int, Single] = {}  # by thread
        self._chunks: dict[int, Chunks] = {}
        self._answers = Answers(parameters.layout, parameters.dtype)

    def single(self) -> Single:
        """Return the current thread's `Single`, which passes over one sample."""
        thread = threading.get_ident()
        single = self.singles.get(thread)
        if single is None:
            single = Single(self.parameters, self.outputs, self.workspace())
            self.singles[thread] = single
        return single

    def workspace(self, threads: int = 1, method: int | None = None) -> Workspace:
        """Make the memory of passes with so many threads. It serves one pass at a time.

        By default they go sample by sample.
        """
        method = self.by_rows if method is None else method
        whole = self.parameters.layout
        threads = min(threads, whole.most_threads)
        led = threads > 1 and self.led(method)
        team = whole.for_team(threads, led)
        return Workspace(whole, team, self.parameters.dtype, threads, method, led)

    def led(self, method: int) -> bool:
        """Tell whether one member of a team computes all layers above the first.

        It does so by blocks, if these layers have too little work to be shared.
        """
        pads = self.parameters.layout.pads
        return method == BLOCKS and sum(a * b for a, b in itertools.pairwise(pads)) <= ALONE

    def chunks(self, method: int = SINGLY) -> Chunks:
        """Return the loop over samples in the current thread, in the memory of `single`.

        The pass over many samples needs megabytes, so that its memory is made for each loop.
        """
        first = max(Chunks.FIRST, WORK // len(self.parameters.vector))
        if method == MANY:
            return Chunks([self.workspace(method=MANY)], first)
        thread = threading.get_ident()
        chunks = self._chunks.get(thread)
        if chunks is None:
            self._chunks[thread] = chunks = Chunks([self.single().workspace], first)
        return chunks

    def method(self, samples: Described, places: Array | None = None) -> int:
        """Choose the fastest method, by the sizes of the net and the data.

        bench/methods.py has the figures behind the rule.

        Parameters
        ----------
        samples : Samples
            Or what describes them.
        places : numpy.ndarray, optional
            The samples that stand for all. By default they are the first ones.
        """
        share = samples.density(places)
        first = self.parameters.layout.layers[0]
        worked = share * samples.features * first.pad  # weights that a sample changes
        least = LEAST.get(self.by_rows, 8192 if share >= 0.35 else 16384)
        if share < 0.15 or worked < least or not samples.have_products():
            return self.by_rows
        return BLOCKS

    def over(
        self,
        workspace: Workspace,
        samples: Takeable,
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
        decay = workspace.no_decay if decay is None else decay
        one = Pass(self.outputs.code, rows, (labels, numbers), places, rates, decay, cost, out)
        return workspace.execute(self.parameters.vector, one)

    def answer(self, samples: Samples) -> Array:
        """Return the outputs (n, outputs) for all samples."""
        n = samples.n
        out = np.empty((n, self.outputs.n), self.parameters.dtype)

        def over(workspace: Workspace, start: int, stop: int) -> None:
            self.over(workspace, samples, np.arange(start, stop), out=out[start:stop])

        chunks = self.chunks(self._answers.method(samples, n, compiling=True))
        threads = self._answers.threads(samples, n)
        if threads > 1:
            own = chunks.workspaces[0]
            workspaces = [own, *(self.workspace(method=own.method) for _ in range(threads - 1))]
            self._answers.in_parts(n, samples.chunk, workspaces, over)
            return out
        start = 0
        for workspace, part in chunks.of(np.arange(n), samples.chunk):
            over(workspace, start, start + len(part))
            start += len(part)
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
        method = self._answers.method(samples, len(places), compiling=False)
        for workspace, part in self.chunks(method).of(places, samples.chunk):
            cost, right, judged = self.over(workspace, samples, part, targets, cost=cost)
            hits += right
            if judged < len(part):
                return np.inf, self.outputs.accuracy(hits, n)
        return cost / len(places) * self.outputs.of_loss, self.outputs.accuracy(hits, n)
