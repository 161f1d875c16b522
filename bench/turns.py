"""Timing in turns, so that ratios hold on a busy machine."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence

Timer = Callable[[], float]  # runs once, and returns the time of one unit of its work


def in_turns(timers: Mapping[str, Timer], repeats: int) -> dict[str, list[float]]:
    """Time all of them, one after the other, again and again."""
    times: dict[str, list[float]] = {name: [] for name in timers}
    for repeat in range(repeats):
        # Every other round goes backwards, so that the neighbours change.
        for name in list(timers)[:: -1 if repeat % 2 else 1]:
            times[name].append(timers[name]())
    return times


def ratio(times: Sequence[float], to: Sequence[float]) -> float:
    """Return the median of the ratios of neighbours in time."""
    return statistics.median(own / other for own, other in zip(times, to, strict=True))


def microseconds(timer: Callable[[int], float], n: int) -> float:
    """Return the microseconds of one unit of work; timer(n) returns the seconds of n units."""
    return 1e6 * timer(n) / n


def units(timer: Callable[[int], float], seconds: float, most: int, few: int = 100) -> int:
    """Return how many units of work take about this long; timer(n) returns the seconds of n."""
    timer(few)  # the first run may compile, and warms up
    return min(most, max(20, int(few * seconds / timer(few))))
