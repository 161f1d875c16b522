"""The loop over samples, in short parts, on one thread or several, whichever is faster."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from math import inf
from typing import Any, Protocol, TypeVar

from ..kernels.listed import SAMPLES
from .workspace import Workspace

SEEN = 0.1  # seconds between two checks of Ctrl-C, progress and the weights
SHORT = 4  # parts shorter than SEEN / SHORT or so are not timed
TRY = 0.005  # the least seconds of a part that compares a team with one thread


class Sliceable(Protocol):
    """Samples in the order of a pass: an array of places, or an object with slices like it."""

    def __len__(self) -> int: ...
    def __getitem__(self, part: slice, /) -> Any: ...


Part = TypeVar("Part", bound=Sliceable)


class Made(Sequence[Workspace]):
    """Workspaces, each made when it is first used: a team starts threads."""

    def __init__(self, makers: Sequence[Callable[[], Workspace]]):
        self.makers, self.made = makers, dict[int, Workspace]()

    def __len__(self) -> int:
        return len(self.makers)

    def __getitem__(self, i: Any) -> Any:
        if i not in self.made:
            self.made[i] = self.makers[i]()
        return self.made[i]


class Chunks:
    """Cut an order into parts of about SEEN seconds each, for the fastest workspace.

    Cuts lie between blocks of samples (see `fastnet.kernels.blocks`), so that they change no bit.

    If there is a team's workspace, short parts compare it with one thread. Now and then the slower
    is tried again, since the load of the machine may have changed.

    Parameters
    ----------
    workspaces : sequence of Workspace
        One thread's, and perhaps a team's.
    first : int
        The samples of the first part, which measures the pace of one thread.
    expected : float
        The time that the team probably needs, as a share of one thread's.
    left : float
        The samples of the run, of all orders. A short run is not worth a try.
    """

    FIRST = 64
    AGAIN = 32  # the next try comes after so many times SEEN, or the time of a try
    BETTER = 0.86  # a team expected to need less is tried before one thread
    BEHIND = 8  # times the pace of one thread: a team that needs more, and TRY, has not its cores
    GROWTH = 16  # from one part of the team's first try to the next
    MARGIN = 0.95  # a team must need less

    def __init__(
        self,
        workspaces: Sequence[Workspace],
        first: int = FIRST,
        expected: float = 0.9,
        left: float = inf,
    ):
        self.workspaces, self.first, self.expected, self.left = workspaces, first, expected, left
        self.paces = [0.0] * len(workspaces)  # seconds a sample; 0 if unknown
        self.tried = [False] * len(workspaces)  # True after a try that was long enough
        self.last = SAMPLES  # samples of the team's last part
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
            size = blocks(max(1, min(self.size(now, seconds), largest)))
            if most is not None:
                size = min(size, most())
            part: Any = order[start : start + size]
            began, self.took = time.perf_counter(), None
            yield self.workspaces[now], part
            took = time.perf_counter() - began if self.took is None else self.took
            size = len(part)
            if now:
                self.last = size
            start += size
            self.left -= size
            trying, known = seconds < SEEN, self.paces[now] > 0
            long = took > (seconds / 4 if trying else seconds / 2) or (trying and 2 * size >= end)
            pace = max(took, 1e-6) / size
            # A slow short part says little: most of its time may be the overhead of a part.
            if long or not self.tried[now] or pace < self.paces[now]:
                self.paces[now] = pace
            self.tried[now] |= long and known
            self.wait = max(self.wait - took, self.AGAIN * max(took, SEEN) if trying else -inf)

    def size(self, now: int, seconds: float) -> int:
        """Return the samples of a part that takes about so many seconds."""
        if not self.paces[now]:
            return SAMPLES if now else self.first  # a team without cores may take seconds for more
        if now and not self.tried[now] and self._has_cores():  # a first block is mostly overhead
            return min(int(seconds / min(self.paces)), self.GROWTH * self.last)
        return int(seconds / self.paces[now])

    def fitting(self, largest: int) -> int:
        """Return how many samples fit between two checks; 0 if the pace is not known yet."""
        known = len(self.workspaces) == 1 and self.paces[0] > 0
        return min(int(SEEN / self.paces[0]), largest) if known else 0

    def next(self) -> tuple[int, float]:
        """Return the index of the next workspace, and its seconds."""
        if len(self.workspaces) == 1 or not self.paces[0] or not self._pays():
            return 0, SEEN
        one, team = self.paces
        trying = min(max(TRY, self.left * one / 20), SEEN / 5)
        faster = 1 if 0 < team < self.MARGIN * one else 0
        if self._better() and not self.tried[0]:
            if not team or (not self.tried[1] and self._has_cores()):
                return 1, trying
            if faster:  # even than one thread is with all samples that it has learned
                return 1, SEEN
        for now in (0, 1):
            if not self.tried[now] and (now == 0 or not team or self._has_cores()):
                return now, trying
        if self.wait <= 0:
            return 1 - faster, trying
        return faster, SEEN

    def _has_cores(self) -> bool:
        """Tell whether the team's last part took so short that each member has a core."""
        one, team = self.paces
        return self.last * (team - self.BEHIND * one) < TRY

    def _better(self) -> bool:
        """Tell whether a team is surely better where it has its cores."""
        return self.expected < self.BETTER

    def _pays(self) -> bool:
        """Tell whether a team can save more in the rest of the run than its tries cost."""
        if any(self.tried[1:]):
            return True
        tries = 0.4 * TRY if self._better() else 2 * TRY
        return self.left * self.paces[0] * (1 - self.expected) > tries


def blocks(samples: int) -> int:
    """Round a number of samples up to whole blocks."""
    return -(-samples // SAMPLES) * SAMPLES
