"""How many cores this process may use."""

from __future__ import annotations

import contextlib
import functools
import os
from collections.abc import Iterator
from contextvars import ContextVar
from math import ceil, inf
from pathlib import Path

LIMITS = "OMP_NUM_THREADS", "NUMBA_NUM_THREADS"  # of users, and of joblib's and Dask's workers
# The cores that the task in this thread may use, if many share this machine; inf if all.
_own: ContextVar[float] = ContextVar("own", default=inf)


def cores() -> int:
    """Return how many cores this process may use, by its affinity and the quota of its cgroups.

    The variables of `LIMITS` limit them too, so that workers side by side have their share. A quota
    of 1.5 cores counts as two: two threads use it up, and a run that is slower with two continues
    with one. A task of many has its share: see `at_most`.
    """
    try:
        n = len(os.sched_getaffinity(0))
    except AttributeError:
        n = os.cpu_count() or 1
    return max(1, ceil(min(n, _own_quota(), limit(), own())))


@contextlib.contextmanager
def at_most(n: float) -> Iterator[None]:
    """Let what this thread does use at most so many cores."""
    token = _own.set(min(n, _own.get()))
    try:
        yield
    finally:
        _own.reset(token)


def own() -> float:
    """Return the most cores of the task in this thread; inf if it is alone."""
    return _own.get()


def limit() -> float:
    """Return the most threads that the environment allows; inf without."""
    firsts = (os.environ.get(name, "").partition(",")[0].strip() for name in LIMITS)
    return min((int(first) for first in firsts if first.isdecimal() and int(first)), default=inf)


@functools.cache
def _own_quota() -> float:
    """Return this process's quota, which takes a third of a millisecond to look up."""
    return quota()


def quota(
    groups: Path = Path("/proc/self/cgroup"), mounted: Path = Path("/sys/fs/cgroup")
) -> float:
    """Return the quota of this process's cgroups and their parents in cores; inf if none."""
    found = [inf]
    with contextlib.suppress(OSError, ValueError):  # only Linux has cgroups
        for line in groups.read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            if not controllers:  # version 2
                root, names = mounted, ["cpu.max"]
            elif "cpu" in controllers.split(","):
                root, names = mounted / "cpu", ["cpu.cfs_quota_us", "cpu.cfs_period_us"]
            else:
                continue
            group = root / path.lstrip("/")
            for folder in (group, *group.parents):
                with contextlib.suppress(OSError, ValueError):  # no such file, or "max"
                    text = " ".join((folder / name).read_text() for name in names)
                    most, period = map(int, text.split())
                    if most > 0 < period:  # -1: no quota
                        found.append(most / period)
    return min(found)
