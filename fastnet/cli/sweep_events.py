"""Events of a sweep as text that fits the terminal."""

from collections.abc import Callable, Sequence
from typing import Any

from .columns import columns, cut, left, printed, right, table
from .text import Event, count, number, percent, some, width, wrapped

MOST = 10  # trials in the table at the end
NUMBER = 8  # columns of a number of a range
WORD = 20  # columns of a choice at the most
GAP = 2
STATES = {"complete": "{}", "pruned": "{} pruned", "failed": "{} failed"}


def as_typed(value: Any) -> str:
    """Return the value of an option as it is typed; a number of a range is rounded."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ",".join(f"{key}={as_typed(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return ",".join(map(as_typed, value)) or "none"
    return f"{value:.3g}" if isinstance(value, float) else printed(value)


def flag(name: str) -> str:
    """Return the name of an option as the terminal has it, without dashes before it."""
    return name.replace("_", "-")


def settings(options: dict[str, Any]) -> str:
    """Return settings in words: learning-rate 0.0213, hidden 128,64."""
    return ", ".join(f"{flag(name)} {as_typed(value)}" for name, value in options.items())


def figure(event: Event, value: float | None) -> str:
    """Return the value of a trial as text: an accuracy in per cent."""
    return (percent if event["metric"] == "accuracy" else number)(value)


def value_name(event: Event) -> str:
    """Return the word for the value of a trial."""
    return {"accuracy": "score", "r2": "R^2"}.get(event["metric"], event["metric"])


def _sweep(event: Event) -> str:
    noun, n = event["noun"], event["nets"]
    test = f"{event['test']:,} test {noun}" if event["test"] else f"no test {noun}"
    lines = wrapped(f"{event['data']}: {event['training']:,} training {noun}, {test}", 2)
    trials = f"{count(event['trials'], 'trial')} ({event['sampler']})"
    judged = f"held out: {event['held_out']:,} of the training {noun}"
    if event["folds"]:
        judged = f"{event['folds']} folds of the training {noun}"
    each = f"{count(n, 'net')} each" if n > 1 else "a net each"
    lines += wrapped(f"  {trials}, {each}, judged by {value_name(event)}; {judged}", 4)
    for name, values in event["space"].items():
        lines += wrapped(f"  {flag(name)}: {values}", 4)
    if event["options"]:
        lines += wrapped(f"  in all trials: {settings(event['options'])}", 4)
    if event["storage"]:
        there = f", {count(event['ready'], 'trial')} of it are there" if event["ready"] else ""
        lines += wrapped(f"  storage: {event['storage']}, study {event['study']!r}{there}", 4)
    return "\n".join(lines)


def heading(event: Event) -> str:
    """Return the heading above the trials; `event` has what all of them have in common."""
    return "\n" + _row(event, ["trial", value_name(event), "best", "seconds"], event["widths"])


def _trial(event: Event) -> str:
    """Return a line for a trial; a failed one has its reason in the place of its settings."""
    value = {"pruned": "pruned", "failed": "failed"}.get(event["state"])
    value = value or figure(event, event["value"])
    seconds = "-" if event["seconds"] is None else f"{event['seconds']:.2f}"
    cells = [str(event["number"]), value, figure(event, event["best"]), seconds]
    line = _row(event, cells, event["options"])
    if event["reason"]:
        line += "\n" + "\n".join(wrapped(f"       {event['reason']}", 7))
    return line


def _swept(event: Event) -> str:
    """Return the best trials as a table, and what was made of the best one."""
    ranked, states = event["best_trials"], event["states"]
    shares = [words.format(states[of]) for of, words in STATES.items() if states.get(of)]
    names = list(event["space"])
    heads = ["trial", value_name(event), "deviation", "seconds", *map(flag, names)]
    rows = [
        [
            str(trial["number"]),
            *(figure(event, trial[name]) for name in ("value", "deviation")),
            f"{trial['seconds']:.2f}",
            *(cut(as_typed(trial["options"].get(name)), WORD) for name in names),
        ]
        for trial in ranked[:MOST]
    ]
    if event["nets"] == 1:  # which deviates from nothing
        heads, rows = _without(2, heads), [_without(2, row) for row in rows]
    first = f"{count(sum(states.values()), 'trial')}: {', '.join(shares)}"
    if len(ranked) > MOST:
        first += f"; the {MOST} best"
    lines = ["", *wrapped(first, 2), *table(heads, rows, 5, range(len(heads) - len(names), 99))]
    if event["nets"] > 1:
        lines.append(f"{value_name(event)} is the mean over {event['nets']} nets")
    if event["failed"]:
        lines += wrapped(f"trial {event['failed']['number']} failed: {event['failed']['reason']}", 2)
    best = f"best: {settings(ranked[0]['options'])}"
    lines += ["", *wrapped(best, 2)]
    if event["test"] is not None:
        words = "trained anew on all rows" if event["noun"] == "rows" else "trained anew on all"
        lines += wrapped(f"{words}, it has {figure(event, event['test'])} of the test part", 2)
    if event["files"]:
        lines += wrapped(f"saved {', '.join(event['files'])}", 2)
    if event["toml"]:
        lines += wrapped(f"fastnet train --config {event['toml']} trains with these settings", 2)
    else:
        lines.append("--best FILE.toml would keep them for fastnet train --config")
    return "\n".join(lines)


def _without(k: int, cells: Sequence[str]) -> list[str]:
    return [*cells[:k], *cells[k + 1 :]]


def _row(event: Event, cells: Sequence[str], options: dict[str, Any]) -> str:
    """Return a line of the table of trials: numbers, and as many options as fit."""
    line = right(cells[0], 5) + "".join(right(cell, 10) for cell in cells[1:])
    for name, most in event["widths"].items():
        text = flag(name) if options is event["widths"] else as_typed(options.get(name))
        if columns(line) + GAP + most > width():
            break
        line += " " * GAP + left(cut(text, most), most)
    return line.rstrip()


SWEEP_EVENTS: dict[str, Callable[[Event], str]] = {
    "sweep": _sweep,
    "trial": _trial,
    "swept": _swept,
}
