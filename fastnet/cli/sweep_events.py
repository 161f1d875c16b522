"""Events of a sweep as text that fits the terminal."""

from collections.abc import Callable, Sequence
from typing import Any

from .columns import columns, cut, left, printed, right, table
from .text import Event, count, number, percent, width, wrapped

MOST = 10  # trials in the table at the end
NUMBER = 8  # columns of a number of a range
WORD = 16  # columns of a choice at the most
GAP = 2


def as_typed(value: Any) -> str:
    """Return the value of an option as it is typed, with a few digits of a number."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ",".join(map(as_typed, value)) or "none"
    if hasattr(value, "to_text"):  # a deformation
        return str(value.to_text())
    return "none" if value is None else f"{value:.3g}" if isinstance(value, float) else printed(value)


def flag(name: str) -> str:
    """Return the name of an option as the terminal has it, without dashes before it."""
    return name.replace("_", "-")


def widths(space: dict[str, Any]) -> dict[str, int]:
    """Return the columns that each option of a space needs: choices by their texts, or a range."""
    return {
        name: max(
            columns(flag(name)),
            min(max(map(columns, values)), WORD) if isinstance(values, dict) else NUMBER,
        )
        for name, values in space.items()
    }


def heading(event: Event) -> str:
    """Return the heading of the lines of trials."""
    cells = "trial", event["measure"], "best", "seconds"
    return "\n" + _line(event, cells, {name: flag(name) for name in event["widths"]})


def _line(event: Event, cells: Sequence[str], options: dict[str, str]) -> str:
    """Return a line of the table of trials: numbers, and as many options as fit."""
    line = right(cells[0], 5) + "".join(right(cell, 10) for cell in cells[1:])
    for name, most in event["widths"].items():
        if columns(line) + GAP + most > width():
            break
        line += " " * GAP + left(cut(options.get(name, ""), most), most)
    return line.rstrip()


def _figure(event: Event, value: float | None) -> str:
    return (percent if event["measure"] == "accuracy" else number)(value)


def _settings(options: dict[str, str]) -> str:
    return ", ".join(f"{flag(name)} {value}" for name, value in options.items())


def _sweep(event: Event) -> str:
    noun = event["noun"]
    test = f"{event['test']:,} test {noun}" if event["test"] else f"no test {noun}"
    data = f"{event['data']}: {event['training']:,} training {noun}, {test}"
    judged = f"{event['folds']} folds" if event["folds"] else "held-out " + noun
    trials = f"{count(event['trials'], 'trial')} ({event['sampler']}), each of "
    trials += f"{count(event['nets'], 'net')} judged by its {event['measure']} on {judged}"
    lines = [*wrapped(data, 2), *wrapped(f"  {trials}", 4)]
    for name, values in event["space"].items():
        lines += wrapped(f"  {flag(name)}: {values}", 4)
    if event["options"]:
        lines += wrapped(f"  in all trials: {_settings(event['options'])}", 4)
    if event["storage"]:
        lines += wrapped(f"  storage: {event['storage']}, study {event['study']!r}", 4)
    return "\n".join(lines)


def _trial(event: Event) -> str:
    value = event["state"]
    if value == "complete":
        value = _figure(event, event["value"])
    cells = str(event["number"]), value, _figure(event, event["best"]), f"{event['seconds']:.2f}"
    line = _line(event, cells, event["options"])
    return "\n".join([line, *wrapped(f"       {event['reason']}", 7)] if event["reason"] else [line])


def _swept(event: Event) -> str:
    """Return the best trials as a table, and what was made of the best one."""
    shown = event["best_trials"]
    several = any(trial["deviation"] is not None for trial in shown)
    figures = ["value", "deviation"] if several else ["value"]
    names = [*event["space"]]
    heads = ["trial", event["measure"], *figures[1:], "seconds", *map(flag, names)]
    rows = [
        [
            str(trial["number"]),
            *(_figure(event, trial[name]) for name in figures),
            f"{trial['seconds']:.2f}",
            *(cut(trial["options"].get(name, ""), WORD) for name in names),
        ]
        for trial in shown
    ]
    states = ", ".join(f"{n:,} {state}" for state, n in event["states"].items())
    lines = ["", *wrapped(f"{count(sum(event['states'].values()), 'trial')}: {states}", 2)]
    lines += table(heads, rows, 5, range(len(heads) - len(names), len(heads)))
    if several:
        of = f"mean and standard deviation over {count(event['nets'], 'net')}"
        lines += wrapped(f"{event['measure']} and deviation: {of} of a trial", 2)
    lines += ["", *wrapped(f"best: {_settings(event['best'])}", 2)]
    if event["test_score"] is not None:
        score = _figure(event, event["test_score"])
        words = f"with them a net that learned all {event['training']:,} training {event['noun']}"
        lines += wrapped(f"{words} has {score} on the test {event['noun']}", 2)
    if event["files"]:
        lines += wrapped(f"saved {', '.join(event['files'])}", 2)
    how = "--best FILE.toml would keep them for fastnet train --config"
    if event["config"]:
        how = f"fastnet train --config {event['config']} trains with them"
    return "\n".join([*lines, *wrapped(how, 2)])


SWEEP_EVENTS: dict[str, Callable[[Event], str]] = {
    "sweep": _sweep,
    "trial": _trial,
    "swept": _swept,
}
