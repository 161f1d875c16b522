"""The loop over samples, in short parts, on one thread or several, whichever is faster."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol, TypeVar

from ..kernels.listed import SAMPLES
from .workspace import Workspace

SEEN = 0.1  # seconds between two checks of Ctrl-C, progress and the weights
SHORT = 4  # parts shorter than SEEN / SHORT or so are not timed


class Sliceable(Protocol):
    """Samples in the order of a pass: an array of places, or an object with slices like it."""

    def __len__(self) -> int: ...
    def __getitem__(self, part: slice, /) -> Any: ...


Part = TypeVar("Part", bound=Sliceable)


class Chunks:
    """Cut an order into parts of about SEEN seconds each, for the fastest workspace.

    Cuts lie between blocks of samples (see `fastnet.kernels.blocks`), so that they change no bit.

    If there are several workspaces, each is tried. Now and then the slowest is tried again, since
    the load of the machine may have changed. Tries are short.

    Parameters
    ----------
    workspaces : sequence of Workspace
        One for each number of threads.
    first : int
        The samples of the first part, which measures the pace of one thread. For a team it is one
        block.
    """

    FIRST = 64
    AGAIN = 32  # the next try comes after so many times SEEN, or the time of a try

    def __init__(self, workspaces: Sequence[Workspace], first: int = FIRST):
        self.workspaces, self.first = workspaces, first
        self.paces = [0.0 for _ in workspaces]  # seconds a sample; 0 if unknown
        self.tried = [False for _ in workspaces]  # True after a try that was long enough
        self.wait = 0.0  # seconds until the next try
        self.took: float | None = None  # seconds of the part alone, if its user sets it

    def of(
        self, order: Part, largest: int, most: Callable[[], int] | None = None
    ) -> Iterator[tuple[Workspace, Part]]:
        """Yield workspaces, and the part of the order for each.

        Parameters
        ----------
        order
            The samples.
        largest : int
            The most samples of a part, up to a block more.
        most : callable, optional
            Returns the most samples of the next part: whole blocks, unless the workspaces learn
            sample by sample.
        """
        start, end, short = 0, len(order), self.fitting(largest) // SHORT
        if most is not None:
            short = min(short, most())
        if 0 < end <= short:  # too short for the clock
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
            # A slow short part says little: most of its time may be the overhead of a part.
            if long or not self.tried[now] or pace < self.paces[now]:
                self.paces[now] = pace
            self.tried[now] |= long
            trying = seconds < SEEN
            self.wait = self.AGAIN * max(took, SEEN) if trying else self.wait - took

    def fitting(self, largest: int) -> int:
        """Return how many samples fit between two checks; 0 if the pace is not known yet."""
        known = len(self.workspaces) == 1 and self.paces[0] > 0
        return min(int(SEEN / self.paces[0]), largest) if known else 0

    def next(self) -> tuple[int, float]:
        """Return the index of the next workspace, and its seconds."""
        if len(self.workspaces) == 1:
            return 0, SEEN
        if not all(self.tried):
            now = self.tried.index(False)
            return now, SEEN / (5 if now else 10)  # a team is slower at first
        if self.wait <= 0:
            return self.paces.index(max(self.paces)), SEEN / 5
        return self.paces.index(min(self.paces)), SEEN


def blocks(samples: int) -> int:
    """Round a number of samples up to whole blocks."""
    return -(-samples // SAMPLES) * SAMPLES
