"""The loop over samples: it goes on in short parts, on one or many threads, whichever is faster."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol, TypeVar

from ..kernels.blocks import SAMPLES
from .workspace import Workspace

SEEN = 0.1  # seconds between two looks at Ctrl-C, progress and the weights
SHORT = 4  # times as long as what is so short that it is not timed


class Order(Protocol):
    """Samples in the order of a pass: an array of places, or something else that is cut alike."""

    def __len__(self) -> int: ...
    def __getitem__(self, part: slice, /) -> Any: ...


Part = TypeVar("Part", bound=Order)


class Chunks:
    """Cuts an order into parts of about SEEN seconds each, for the workspace that is the fastest.

    Cuts lie between blocks of samples (see `fastnet.kernels.blocks`), so that they change no bit.

    Where there is a choice, each workspace is tried, and the slowest again now and then: what else
    runs on the machine may have come or gone. Tries are short.

    Parameters
    ----------
    workspaces : sequence of Workspace
        One for each number of threads.
    first : int
        Samples by which the pace of one thread is found out; that of a team is, by a block.
    """

    FIRST = 64
    AGAIN = 32  # times as long as a try takes, or SEEN, the next one is away

    def __init__(self, workspaces: Sequence[Workspace], first: int = FIRST):
        self.workspaces, self.first = workspaces, first
        self.paces = [0.0 for _ in workspaces]  # seconds a sample; 0: not known
        self.tried = [False for _ in workspaces]  # for long enough to be compared
        self.wait = 0.0  # seconds until the next try
        self.took: float | None = None  # by a part alone, where its user does more besides

    def of(
        self, order: Part, largest: int, most: Callable[[], int] | None = None
    ) -> Iterator[tuple[Workspace, Part]]:
        """Yield workspaces, and the part of the order that each shall pass over.

        Parameters
        ----------
        order
            The samples.
        largest : int
            Samples of a part, or up to a block more.
        most : callable, optional
            Gives how many samples the next part may have, at the most: whole blocks, unless the
            workspaces learn sample by sample.
        """
        start, end, short = 0, len(order), self.fitting(largest) // SHORT
        if most is not None:
            short = min(short, most())
        if 0 < end <= short:  # without a clock
            yield self.workspaces[0], order
            return
        while start < end:
            now, seconds = self.next()
            first = self.first if now == 0 else SAMPLES
            size = int(seconds / self.paces[now]) if self.paces[now] else first
            size = blocks(max(1, min(size, largest)))
            if most is not None:
                size = min(size, most())
            part: Any = order[start : start + size]
            began, self.took = time.perf_counter(), None
            yield self.workspaces[now], part
            took = time.perf_counter() - began if self.took is None else self.took
            size = len(part)
            start += size
            pace, long = max(took, 1e-6) / size, took > seconds / 2
            # That a short part is slow says little: most of it may be what comes once a part.
            if long or not self.tried[now] or pace < self.paces[now]:
                self.paces[now] = pace
            self.tried[now] |= long
            trying = seconds < SEEN
            self.wait = self.AGAIN * max(took, SEEN) if trying else self.wait - took

    def fitting(self, largest: int) -> int:
        """Return how many samples fit between two looks; 0 where the pace is not known yet."""
        known = len(self.workspaces) == 1 and self.paces[0] > 0
        return min(int(SEEN / self.paces[0]), largest) if known else 0

    def next(self) -> tuple[int, float]:
        """Return which workspace is next, and for how long."""
        if len(self.workspaces) == 1:
            return 0, SEEN
        if not all(self.tried):
            now = self.tried.index(False)
            return now, SEEN / (5 if now else 10)  # a team is slower at first
        if self.wait <= 0:
            return self.paces.index(max(self.paces)), SEEN / 5
        return self.paces.index(min(self.paces)), SEEN


def blocks(samples: int) -> int:
    """Return the number of samples in so many blocks that these fit."""
    return -(-samples // SAMPLES) * SAMPLES
