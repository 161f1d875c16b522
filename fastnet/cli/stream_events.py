"""Events of learning a stream as text of at most 80 columns."""

from collections.abc import Callable

from .tables import table_lines
from .text import (
    Event,
    count,
    described,
    inputs_and_outputs,
    number,
    percent,
    row,
    saved_or_not,
    short,
    some,
    wrapped,
)


def so_far(event: Event) -> str:
    """Return the progress of a stream in one line."""
    figure = f"mean loss {number(event['mean_loss'])}, lately {number(event['loss'])}"
    if event["accuracy"] is not None:
        figure = f"{percent(event['mean_accuracy'])} right, lately {percent(event['accuracy'])}"
    return f"{event['rows']:,} rows, {figure}, {event['rows_per_second']:,.0f} rows/s"


def _stream(event: Event) -> str:
    form = {"csv": "CSV", "jsonl": "JSON lines"}[event["format"]]
    columns = ["loss", ""] if event["regression"] else ["recognized", "loss"]
    task = "regression" if event["regression"] else "several labels at once"
    if event["classes"]:
        task = f"classification, by {some(map(short, event['classes']), 10)}"
    of = f"{count(sum(event['columns'].values()), 'column')}, " if "columns" in event else ""
    lines = [
        f"standard input: {form}, {of}{inputs_and_outputs(event)}",
        *table_lines(event),
        described(event),
        *([] if of else wrapped(f"task: {task}", 2)),
        "",
        "each row is judged just before it is learned; lately: since the line above",
        row(columns[0], "of all", "lately", columns[1], "rows/s"),
    ]
    return "\n".join(lines)


def _record(event: Event) -> str:
    figures = number(event["mean_loss"]), number(event["loss"]), ""
    if event["accuracy"] is not None:
        figures = percent(event["mean_accuracy"]), percent(event["accuracy"]), figures[1]
    return row(f"{event['rows']:,} rows", *figures, f"{event['rows_per_second']:,.0f}")


def _label(event: Event) -> str:
    return f"  a new label, {short(event['label'])}: {event['outputs']:,} classes"


def _stream_end(event: Event) -> str:
    figure = f"mean loss: {number(event['mean_loss'])}"
    if event["mean_accuracy"] is not None:
        figure = f"correctly recognized rows: {percent(event['mean_accuracy'])}"
    each = 1e6 / event["rows_per_second"]
    return "\n".join(
        [
            "",
            f"{figure} ({event['rows']:,} rows, each before it was learned)",
            f"it took {event['seconds_so_far']:.2f} s, {each:.2f} us for each row, "
            f"at a rate of {event['learning_rate']:g}",
            saved_or_not(event["model"]),
        ]
    )


STREAM_EVENTS: dict[str, Callable[[Event], str]] = {
    "stream": _stream,
    "record": _record,
    "label": _label,
    "stream_end": _stream_end,
}
