"""Answers to many samples: which pass computes them, and on how many threads.

The pass by rows and the one that works on many samples side by side give the same bits (see
`fastnet.kernels.answers`), so the choice between them, and that of threads, is of time alone.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait

import numpy as np

from ..cores import cores
from ..data.samples import Samples
from ..kernels.codes import MANY, SINGLY
from ..kernels.entries import FORMS, SIGNATURE, entry_of
from ..kernels.jit import at_hand, kept
from .interrupt import later_ctrl_c
from .layout import Layout
from .workspace import Workspace

# Numbers of multiply-adds. By rows, a core does 30 to 60 billion a second; side by side, three
# times as many.
FEW = 1 << 17  # it does not matter how they are done
SHARED = 1 << 24  # as long as it takes to wake a few threads
PART = 1 << 28  # of one thread, between two looks at Ctrl-C
KEPT = 1 << 28  # as long as it takes to load a compiled pass from the cache
COMPILED = 1 << 34  # for as long one waits, once, until it is compiled

LOOKED = 16  # rows whose zeros stand for those of all
DENSE = 0.35  # share of inputs that are not 0 from which on samples share weights
LEAST = 48  # samples of a part

_by_rows: dict[np.dtype, float] = defaultdict(float)  # multiply-adds that this process did by rows
_pools: dict[tuple[int, int], ThreadPoolExecutor] = {}  # by process and number of threads


class Answers:
    """The choice for the nets of a layout and dtype."""

    def __init__(self, layout: Layout, dtype: np.dtype):
        inputs = layout.layers["n_in"].tolist()
        self.weights = [n_in * pad for n_in, pad in zip(inputs, layout.pads, strict=True)]
        self.total, self.dtype = sum(self.weights), dtype

    def method(self, samples: Samples, n: int, compiling: bool) -> int:
        """Choose the pass over n samples that learns nothing: by rows (SINGLY), or MANY.

        MANY pays for dense layers. It is used if it is loaded, or if what this process did by rows
        would have paid for loading it, or, if it may be compiled, for compiling.
        """
        if n * self.total < FEW:
            return SINGLY
        share, work = samples.density(most=LOOKED), sum(self.weights[1:])
        if share >= DENSE:
            work = self.total
        elif work < share * self.weights[0]:  # each sample has its own list of inputs
            return SINGLY
        entry = entry_of(FORMS[MANY], self.dtype)
        if at_hand(entry):
            return MANY
        _by_rows[self.dtype] += work * n
        done = _by_rows[self.dtype]
        paid = (compiling and done >= COMPILED) or (done >= KEPT and kept(entry, SIGNATURE))
        return MANY if paid else SINGLY

    def threads(self, samples: Samples, n: int) -> int:
        """Return how many threads answer n samples.

        They are as many as the cores that this process may use, if the work is worth it. A thread
        that is not the main one is likely one of several, and answers alone.
        """
        if n * self.total < SHARED or n < 2 * LEAST:
            return 1
        first, *above = self.weights
        if n * (samples.density(most=LOOKED) * first + sum(above)) < SHARED:  # of inputs that are 0
            return 1
        return cores() if threading.current_thread() is threading.main_thread() else 1

    def in_parts(
        self,
        n: int,
        largest: int,
        workspaces: Sequence[Workspace],
        over: Callable[[Workspace, int, int], None],
    ) -> None:
        """Call over(workspace, start, stop) for all parts of n samples, in a thread a workspace."""
        size = min(PART // self.total, n // (2 * len(workspaces)), largest) // LEAST * LEAST
        size = max(LEAST, size)
        starts = iter(range(0, n, size))

        def work(workspace: Workspace) -> None:
            for start in starts:
                over(workspace, start, min(start + size, n))

        others: list[Future[None]] = []
        try:
            with later_ctrl_c(), contextlib.suppress(RuntimeError):  # there are no more threads
                for one in workspaces[1:]:
                    others.append(_pool(len(workspaces) - 1).submit(work, one))
            work(workspaces[0])
        finally:
            deque(starts, maxlen=0)  # after Ctrl-C, nobody begins another part
            wait(others)
        for other in others:
            other.result()


def _pool(threads: int) -> ThreadPoolExecutor:
    """Return so many threads, which a fork of the process does not have."""
    key = os.getpid(), threads
    if key not in _pools:
        _pools[key] = ThreadPoolExecutor(threads, "fastnet")
    return _pools[key]
