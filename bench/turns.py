"""Timing what is compared in turns, so that ratios hold on a busy machine."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence

Timer = Callable[[], float]  # runs once, returns how long one unit of its work took


def in_turns(timers: Mapping[str, Timer], repeats: int) -> dict[str, list[float]]:
    """Time all of them, one after the other, again and again."""
    times: dict[str, list[float]] = {name: [] for name in timers}
    for repeat in range(repeats):
        # Every other round backwards, so that nobody always runs in the wake of the same one.
        for name in list(timers)[:: -1 if repeat % 2 else 1]:
            times[name].append(timers[name]())
    return times


def ratio(times: Sequence[float], to: Sequence[float]) -> float:
    """Median of the ratios of neighbours in time."""
    return statistics.median(own / other for own, other in zip(times, to, strict=True))


def microseconds(timer: Callable[[int], float], n: int) -> float:
    """Microseconds for one of n units of work; timer(n) is the seconds that n units take."""
    return 1e6 * timer(n) / n


def units(timer: Callable[[int], float], seconds: float, most: int, few: int = 100) -> int:
    """How many units of work take about this long; timer(n) is the seconds that n units take."""
    timer(few)  # the first run may compile, and warms up
    return min(most, max(20, int(few * seconds / timer(few))))
