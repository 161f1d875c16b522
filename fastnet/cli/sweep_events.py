"""Events of a sweep: their fields, and their text that fits the terminal."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ..options import HELD_OUT
from .arguments import called
from .columns import columns, cut, left, printed, right, table
from .tables import task, whole
from .text import Event, count, number, percent, width, wrapped

if TYPE_CHECKING:
    from ..sweeps.trials import Search
    from .data import DataSet

MOST = 10  # trials in the table at the end
NUMBER = 9  # columns of a number of a range
WORD = 16  # columns of a choice at the most
GAP = 2


def plain_options(options: dict[str, Any]) -> dict[str, Any]:
    """Return options whose deformations are texts, as they are typed."""
    return {n: v.to_text() if hasattr(v, "to_text") else v for n, v in options.items()}


def plain_space(space: dict[str, Any]) -> dict[str, Any]:
    """Return the values of a space: a list of choices, or a dict with the ends of a range."""
    from ..sweeps.space import is_logarithmic

    return {
        name: [*plain_options(values).values()]
        if isinstance(values, dict)
        else {"low": values[0], "high": values[1], "logarithmic": is_logarithmic(values)}
        for name, values in space.items()
    }


def start_fields(
    data: "DataSet", params: dict[str, Any], options: dict[str, Any], search: "Search"
) -> Event:
    """Return the fields of the event at the start of a sweep."""
    import numpy as np

    labels = data.y.ndim == 1
    return {
        "data": data.name,
        "training": data.n,
        "test": len(data.judged_on[1]) if data.part == "test" else 0,
        "trials": search.most,
        "target": getattr(data.X, "target", None),
        "classes": np.unique(data.y) if labels and not search.numbers else None,
        **{name: params[name] for name in ("sampler", "folds", "storage", "study", "metric")},
        "measure": search.found.measure.replace("R squared", "R^2"),
        "regression": search.numbers,
        "validation_fraction": params["validation_fraction"] or HELD_OUT,
        "space": plain_space(search.space),
        "options": plain_options(options),
    }


def as_typed(value: Any) -> str:
    """Return the value of an option as it is typed, with a few digits of a number."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ",".join(map(as_typed, value)) or "none"
    if isinstance(value, float):
        return f"{value:.4g}"
    return "none" if value is None else printed(value)


def _widths(space: dict[str, Any]) -> dict[str, int]:
    """Return the columns that each option of a space needs."""
    needed = {}
    for name, values in space.items():
        cells = [NUMBER] if isinstance(values, dict) else [len(as_typed(v)) for v in values]
        needed[name] = max(len(name), min(max(cells), WORD))
    return needed


def flag(name: str) -> str:
    """Return the name of an option as the terminal has it, without dashes before it."""
    return name.replace("_", "-")


def heading(event: Event) -> str:
    """Return the heading of the lines of trials."""
    cells = "trial", event["measure"], "best", "seconds"
    return "\n" + _line(event, cells, {name: flag(name) for name in event["space"]})


def _line(event: Event, cells: Sequence[str], options: dict[str, Any]) -> str:
    """Return a line of the table of trials: numbers, and as many options as fit."""
    line = right(cells[0], 5) + "".join(right(cell, 10) for cell in cells[1:])
    for name, most in _widths(event["space"]).items():
        if columns(line) + GAP + most > width():
            break
        line += " " * GAP + left(cut(as_typed(options.get(name, "")), most), most)
    return line.rstrip()


def _figure(event: Event, value: float | None) -> str:
    return (percent if event["measure"] == "accuracy" else number)(value)


def _settings(options: dict[str, Any]) -> str:
    return ", ".join(f"{flag(name)} {as_typed(value)}" for name, value in options.items())


def _values(values: Any) -> str:
    if isinstance(values, list):
        return " | ".join(map(as_typed, values))
    words = f"{as_typed(values['low'])} to {as_typed(values['high'])}"
    return words + ", logarithmic" * values["logarithmic"]


def _sweep(event: Event) -> str:
    noun = event["noun"]
    test = f"{event['test']:,} test {noun}" if event["test"] else f"no test {noun}"
    lines = wrapped(f"{called(event['data'])}: {event['training']:,} training {noun}, {test}", 2)
    if event["target"] is not None:
        lines += whole(f"  target: {task(event)}", 4)
    judged = f"{100 * event['validation_fraction']:.4g}% of the {noun}, held out"
    if event["folds"]:
        judged = f"{event['folds']} folds"
    trials = f"{count(event['trials'], 'trial')} ({event['sampler']}), each of "
    trials += f"{count(event['nets'], 'net')}: {event['measure']} on {judged}"
    lines += wrapped(f"  {trials}", 4)
    for name, values in event["space"].items():
        lines += wrapped(f"  {flag(name)}: {_values(values)}", 4)
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
    reason = (event["reason"] or "").partition(";")[0]  # what to do is in the file
    return "\n".join([line, *wrapped(f"       {reason}", 7)] if reason else [line])


def _swept(event: Event) -> str:
    """Return the best trials as a table, and what was made of the best one."""
    shown, names = event["best_trials"], [*event["best"]]
    several = any(trial["deviation"] is not None for trial in shown)
    figures = ["value", "deviation"] if several else ["value"]
    heads = ["trial", event["measure"], *figures[1:], "seconds", *map(flag, names)]
    rows = [
        [
            str(trial["number"]),
            *(_figure(event, trial[name]) for name in figures),
            f"{trial['seconds']:.2f}",
            *(cut(as_typed(trial["options"].get(name, "")), WORD) for name in names),
        ]
        for trial in shown
    ]
    states = ", ".join(f"{n:,} {state}" for state, n in event["states"].items())
    lines = ["", *wrapped(f"{count(sum(event['states'].values()), 'trial')}: {states}", 2)]
    lines += table(heads, rows, 5, range(len(heads) - len(names), len(heads)))
    if several:
        lines += wrapped(f"{event['measure']}, deviation: of {event['nets']} nets in each trial", 2)
    lines += ["", *wrapped(f"best: {_settings(event['best'])}", 2)]
    if event["test_score"] is not None:
        score = (number if event["regression"] else percent)(event["test_score"])
        some = "all" if event["learned"] == event["training"] else f"{event['learned']:,} of the"
        learned = f"a net that learned {some} {event['training']:,} training {event['noun']} so"
        of = "R^2" if event["regression"] else "accuracy"
        lines += wrapped(f"{learned} has {of} {score} on the test {event['noun']}", 2)
    if event["files"]:
        lines += wrapped(f"saved {', '.join(event['files'])}", 2)
    how = "--best FILE.toml would keep them for fastnet train --config"
    if event["config"]:
        data = "DATA " if event["is_pipe"] else ""
        how = f"fastnet train {data}--config {event['config']} trains with them"
    return "\n".join([*lines, *wrapped(how, 2)])


SWEEP_EVENTS: dict[str, Callable[[Event], str]] = {
    "sweep": _sweep,
    "trial": _trial,
    "swept": _swept,
}
