"""The goals for speed, each as a ratio within one run of the bench, and which of them are reached.

A goal reads the figures of the other parts, and is not measured itself. Bars in seconds or
microseconds are for the machine of these figures, so that most goals are multiples of something
beside them: C by hand of the same algorithm, the compiled kernel, the best of some.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from .growth import of_weights
from .report import read, short, table, write
from .start import COLD, LEAST

Figures = dict[str, Any]  # of all parts, by their names
HAND, PAIR = "AVX-512 by hand in C", "AVX-512 by hand in C, two threads"
TINY, MEDIUM = "784-16-16-10", "784-100-10"
LARGE = "784-512-512-10", "784-1000-500-10"


class Goal(NamedTuple):
    """A goal: a figure, and the most or the least that it shall be."""

    what: str
    figure: Callable[[Figures], float]  # KeyError where it was not measured
    bar: float
    least: bool = False

    def reached(self, figure: float) -> bool:
        """Tell whether a figure reaches the bar."""
        return figure >= self.bar if self.least else figure <= self.bar


def net(part: Figures, name: str) -> Figures:
    """Return the figures of a net, of a part's nets."""
    found = [one for one in part if one["net"] == name]
    if not found:
        raise KeyError(name)
    return found[0]


def over(name: str, own: str, other: str) -> Callable[[Figures], float]:
    """Return the time of one library as a multiple of another's, learning one net."""

    def figure(parts: Figures) -> float:
        ratios = net(parts["samples"]["nets"], name)["ratios"]
        return ratios[own] / ratios[other]

    return figure


def us(part: str, nets: str, name: str, own: str) -> Callable[[Figures], float]:
    """Return the microseconds of a sample or a call, of this machine."""
    return lambda parts: statistics.median(net(parts[part][nets], name)["us"][own])


def call(name: str, own: str, bare: str) -> Callable[[Figures], float]:
    """Return the time of a call of fastnet as a multiple of its compiled call."""

    def figure(parts: Figures) -> float:
        us = net(parts["calls"]["single"], name)["us"]
        return statistics.median(
            a / b for a, b in zip(us[f"fastnet, {own}"], us[f"fastnet, {bare}"], strict=True)
        )

    return figure


def streamed(form: str) -> Callable[[Figures], float]:
    """Return the time of a stream's encoded examples as a multiple of those without an encoding."""
    return lambda parts: parts["calls"]["streamed"]["ratios"][form]


def data(name: str, kind: str, to: str = "uint8") -> Callable[[Figures], float]:
    """Return the time with a kind of data as a multiple of another's."""

    def figure(parts: Figures) -> float:
        ratios = net(parts["kernels"]["nets"], name)["ratios"]
        return ratios[kind] / ratios[to]

    return figure


def shared(parts: Figures, name: str, part: str = "threads") -> dict[str, float]:
    """Return the median times of a net by numbers of threads."""
    times = parts["growth"][part][name]
    return {count: statistics.median(own) for count, own in times.items()}


def gain(name: str) -> Callable[[Figures], float]:
    """Return how many times as fast as one thread two threads are."""

    def figure(parts: Figures) -> float:
        times = shared(parts, name)
        return times["1"] / times["2"]

    return figure


def behind(part: str) -> Callable[[Figures], float]:
    """Return the time of "auto" as a multiple of the better of one and all threads: the worst."""

    def figure(parts: Figures) -> float:
        found = [shared(parts, name, part) for name in parts["growth"][part]]
        return max(of["auto"] / min(t for k, t in of.items() if k != "auto") for of in found)

    return figure


def cliff(kind: str) -> Callable[[Figures], float]:
    """Return the greatest time of a weight as a multiple of the least."""

    def figure(parts: Figures) -> float:
        costs = of_weights(parts["growth"][kind]).values()
        return max(costs) / min(costs)

    return figure


def start(own: str, *others: str) -> Callable[[Figures], float]:
    """Return the seconds of a process, as a multiple of others' together if there are any."""

    def figure(parts: Figures) -> float:
        seconds = {name: statistics.median(s) for name, s in parts["start"]["seconds"].items()}
        return seconds[own] / (sum(seconds[name] for name in others) if others else 1)

    return figure


def predicting(parts: Figures) -> float:
    """Return the time of predictions of dense rows as a multiple of NumPy's: the worst."""
    return max(1 / one["ratios"]["NumPy"] for one in parts["calls"]["answering"] if one["us"])


def small(parts: Figures) -> float:
    """Return how many times fastnet's time FANN takes for many epochs of a few rows."""
    return parts["growth"]["small"]["ratios"]["FANN"]


def deforming(parts: Figures) -> float:
    """Return the microseconds in which an image of 28 x 28 is deformed, of this machine."""
    return statistics.median(parts["deform"]["images"][0]["us"]["fastnet"])


def augmented(parts: Figures) -> float:
    """Return the time of learning with augment as a multiple of that without, on all cores."""
    return float(parts["deform"]["learning"][-1]["ratios"]["augment"])


def limit(name: str) -> Callable[[Figures], float]:
    """Return a net's share of the core's limit."""
    return lambda parts: net(parts["limits"]["nets"], name)["share"]


GOALS = (
    Goal(f"{TINY}, as a multiple of C", over(TINY, "fastnet", HAND), 1.15),
    Goal("784-30-10: µs", us("samples", "nets", "784-30-10", "fastnet"), 0.33),
    Goal(f"{MEDIUM}, as a multiple of C", over(MEDIUM, "fastnet", HAND), 1.1),
    Goal(
        f"{MEDIUM}, two threads, as a multiple of C with two",
        over(MEDIUM, "fastnet, all threads", PAIR), 1.1,
    ),
    Goal(f"{LARGE[0]}, as a multiple of C", over(LARGE[0], "fastnet", HAND), 1.1),
    *(Goal(f"{name}, two threads: times as fast as one", gain(name), 1.9, True) for name in LARGE),
    Goal('"auto", as a multiple of the better of 1 and all threads', behind("threads"), 1.1),
    Goal("... over 4,000 samples", behind("short"), 1.1),
    Goal("fastnet train, cold: seconds", start(COLD), 4.5),
    Goal("... as a multiple of import numba and a trivial compile", start(COLD, LEAST), 7),
    Goal("fastnet train: seconds", start("fastnet train"), 0.6),
    *(
        goal
        for own, bare, most, bar in (
            ("learn_one", "bare_learn", 1.3, 1.3),
            ("predict_one", "bare_predict", 1.1, 1.3),
            ("partial_fit", "bare_learn", 5.0, 5.0),
        )
        for goal in (
            Goal(f"{TINY}, {own}: µs", us("calls", "single", TINY, f"fastnet, {own}"), most),
            Goal("... as a multiple of the compiled call", call(TINY, own, bare), bar),
        )
    ),
    *(
        Goal(f"streamed {form} of 9 numbers, as a multiple of no encoding", streamed(form), bar)
        for form, bar in (("arrays", 1.7), ("dicts", 2.5))
    ),
    *(
        Goal(f"{name}, {kind}, as a multiple of {to}", data(name, kind, to), bar)
        for name in (TINY, MEDIUM)
        for kind, to, bar in (
            ("whole call", "uint8", 1.15), ("float32", "uint8", 1.25), ("shuffled", "uint8", 1.1),
        )
    ),
    Goal("784-512-10 dense: share of the core's limit", limit("784-512-10, dense"), 0.6, True),
    Goal("dense rows predicted, as a multiple of NumPy's: the worst", predicting, 1.0),
    *(
        Goal(f"a weight touched, by {kind}: worst as a multiple of the best", cliff(kind), 2.0)
        for kind in ("width", "depth", "inputs")
    ),
    Goal("28 x 28 pixels deformed: µs", deforming, 8),
    Goal("784-800-10 with augment, all threads, as a multiple of none", augmented, 1.2),
    Goal("50 rows x 1,000 epochs: FANN as a multiple of fastnet", small, 1.0, True),
)  # fmt: skip


def rows(parts: Figures) -> Iterator[list[str]]:
    """Yield a row for each goal."""
    for goal in GOALS:
        bar = f"at {'least' if goal.least else 'most'} {goal.bar:g}"
        try:
            figure = goal.figure(parts)
        except KeyError:
            yield [goal.what, bar, "", "not measured"]
        else:
            yield [goal.what, bar, short(figure), "yes" if goal.reached(figure) else "no"]


def text(measured: dict[str, Any]) -> str:
    """Return the table of the goals from what the parts have measured."""
    parts = {name: record["figures"] for name, record in measured.items()}
    return table([["goal", "bar", "figure", "reached"], *rows(parts)])


def show() -> None:
    """Write results/goals.md."""
    write("goals", text(read()))
