"""The numbers of threads that a pass may have, by the cores of this process and the net."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

from ..cores import cores
from ..data.samples import Described
from ..model.chunks import Chunks, Made
from ..model.network import Network
from ..typing import Array


def teams(most: int, threads: int | Literal["auto"]) -> list[int]:
    """Return the numbers of threads to try: one and, if possible, many.

    `most` is the largest number that can share a pass.
    """
    if threads != "auto":
        most = min(most, threads)
    return [1] if most == 1 else sorted({1, min(most, cores())})


def shared(
    net: Network,
    samples: Described,
    head: Array | None,
    threads: int | Literal["auto"],
    left: int,
) -> Chunks:
    """Return the loop over samples of a run whose passes several threads may share.

    `head` has the places of samples that stand for all; `left` samples are to be learned.
    """
    layout, method = net.parameters.layout, net.passes.method(samples, head)
    counts = teams(layout.most_threads, threads)
    workspaces = Made([functools.partial(net.passes.workspace, count, method) for count in counts])
    if len(counts) == 1:
        return Chunks(workspaces)
    active = samples.features * samples.density(head)
    led = net.passes.led(method)
    share = expected(layout.pads, active, counts[-1], led)
    first = 2 * Chunks.FIRST if led else Chunks.FIRST  # short samples: a part is mostly overhead
    return Chunks(workspaces, first, share, left)


MEETING = 5000  # weights that one thread learns while a team meets once
UPPER = 3  # weights of the first layer that one learns by blocks in the time of one above it


def expected(pads: Sequence[int], active: float, threads: int, led: bool = False) -> float:
    """Return the time of a team for a sample, as a share of one thread's, where it has its cores.

    Time goes with the weights that a sample touches. A team meets 2 h - 1 times a sample if there
    are h hidden layers. If one member leads, it alone has the layers above the first, and what goes
    from core to core in a sample costs about as much as a meeting.

    Parameters
    ----------
    pads : sequence of int
        The outputs of each layer, in whole groups of lanes.
    active : float
        The inputs of a sample that are not 0.
    threads : int
        The number of threads.
    led : bool
        Whether one of them leads: see `fastnet.kernels.blockwise`.
    """
    first, upper = active * pads[0], sum(a * b for a, b in pairwise(pads))
    if led:
        return (first / threads + UPPER * upper + MEETING) / (first + UPPER * upper)
    weights = first + upper
    meetings = max(1, 2 * (len(pads) - 1) - 1)
    return 1 / threads + meetings * MEETING / weights
