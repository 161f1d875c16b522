"""Answers to many samples: which pass computes them, and on how many threads.

The pass by rows and the one that works on many samples side by side give the same bits (see
`fastnet.kernels.answers`), so the choice between them, and that of threads, is of time alone.
"""

from __future__ import annotations

import contextlib
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from ..cores import cores
from ..data.samples import Samples
from ..kernels.answers import MANY
from ..kernels.blocks import SINGLY
from ..kernels.entries import FORMS, SIGNATURE, entry_of
from ..kernels.jit import at_hand, kept
from .parameters import Parameters
from .workspace import Workspace

# Numbers of multiply-adds. A core does some 30e9 a second by rows, and three times as many
# side by side.
KEPT = 1 << 28  # as long as it takes to load a compiled pass from the cache
COMPILED = 1 << 33  # for as long one waits willingly, once, until it is compiled
SHARED = 1 << 26  # as long as a few threads take to start
PART = 1 << 28  # a part of one thread

LOOKED = 16  # rows whose zeros stand for all

_by_rows: dict[np.dtype, float] = defaultdict(float)  # multiply-adds that this process did by rows


def method(parameters: Parameters, samples: Samples, n: int, compiling: bool) -> int:
    """Choose the pass that answers n samples: by rows (SINGLY), or MANY.

    MANY pays for dense layers. It is used if it is loaded, or if the work of this process by rows
    would have paid for loading, or with `compiling` for compiling.
    """
    first, *others = parameters.layout.layers
    if n < LOOKED:
        return SINGLY
    share, inputs = samples.density(np.arange(LOOKED)), int(first.n_in) * int(first.pad)
    work = sum(int(layer.n_in) * int(layer.pad) for layer in others)
    if share >= 0.35:
        work += inputs
    elif work < share * inputs:  # which depends on the list of each sample
        return SINGLY
    entry, dtype = entry_of(FORMS[MANY], parameters.dtype), parameters.dtype
    if at_hand(entry):
        return MANY
    _by_rows[dtype] += work * n
    paid = _by_rows[dtype]
    if paid >= COMPILED and compiling or paid >= KEPT and kept(entry, SIGNATURE):
        return MANY
    return SINGLY


def threads_for(parameters: Parameters, n: int) -> int:
    """Return how many threads answer n samples.

    They are as many as this process may use cores, if the work is worth it. Another thread than the
    main one answers alone, since it likely is one of several.
    """
    if n * len(parameters.vector) < SHARED:
        return 1
    return cores() if threading.current_thread() is threading.main_thread() else 1


def in_parts(
    n: int,
    weights: int,
    largest: int,
    workspaces: Sequence[Workspace],
    over: Callable[[Workspace, int, int], None],
) -> None:
    """Call `over(workspace, start, stop)` for all parts of n samples, in a thread a workspace."""
    size = min(PART // weights, n // (4 * len(workspaces)), largest)
    starts = iter(range(0, n, max(48, size // 48 * 48)))
    size = max(48, size // 48 * 48)

    def work(workspace: Workspace) -> None:
        for start in starts:
            over(workspace, start, min(start + size, n))

    with ThreadPoolExecutor(len(workspaces), "fastnet") as pool:
        others = []
        try:
            with contextlib.suppress(RuntimeError):  # the system has no more threads
                others = [pool.submit(work, one) for one in workspaces[1:]]
            work(workspaces[0])
        finally:
            deque(starts, maxlen=0)  # after Ctrl-C, nobody begins another part
    for other in others:
        other.result()
