"""Events of a training run, and of several, as text that fits the terminal.

A run is reported as events: dicts of plain values, with the name of the event under "event". Text
and JSON are two forms of the same event, so they cannot drift apart. Accuracies are in [0, 1] in
events, and per cent in text. A missing value (a test part, the accuracy of a regression) is None.
"""

from collections.abc import Callable

from .stream_events import STREAM_EVENTS
from .sweep_events import SWEEP_EVENTS
from .tables import table_lines
from .text import (
    Event,
    count,
    described,
    filled,
    fitted,
    inputs_and_outputs,
    number,
    numbers,
    percent,
    row,
    saved,
    saved_or_not,
    short,
    wrapped,
)


def as_text(event: Event) -> str:
    """Return an event as a few lines."""
    return fitted(EVENTS[event["event"]](event))


def rounds_header(
    noun: str, regression: bool, held_out: bool = False, deformed: bool = False
) -> str:
    """Return the heading above the rounds of learning."""
    title = "loss of the net on" if regression else f"correctly recognized {noun}"
    other = "held out" if held_out else "test"
    judged = f"each {noun[:-1]} judged just before it is learned"
    if deformed:
        judged = "deformed, and judged before they are learned"
    return "\n".join(
        [
            "",
            f"training: {judged}; {other}: never learned",
            row(title, "training", other, *([] if regression else ["loss"]), "seconds"),
        ]
    )


def nets_header(noun: str, regression: bool, part: str) -> str:
    """Return the heading above the nets of several seeds."""
    title = "R^2" if regression else f"correctly recognized {noun}"
    return "\n" + row(title, part, "rounds", "seconds")


def _repeat(event: Event) -> str:
    lines = [f"repeating the run of {event['model']}"]
    if event["differences"]:
        lines.append("this run differs, so its bits may differ too:")
        for difference in event["differences"]:
            lines += wrapped(f"  {difference}", 4)
    return "\n".join([*lines, ""])


def _repeated(event: Event) -> str:
    if event["digest"] == event["wanted"]:
        return f"the bits are the same, SHA-256\n  {event['digest']}"
    return f"the bits differ, SHA-256\n  {event['digest']}, not\n  {event['wanted']}"


def _start(event: Event) -> str:
    noun = event["noun"]
    test = f"{event['test']:,} test {noun}" if event["test"] else f"no test {noun}"
    columns = f"{count(sum(event['columns'].values()), 'column')}, " if "columns" in event else ""
    data = f"{event['training']:,} training {noun}, {test}, {columns}{inputs_and_outputs(event)}"
    path = "" if len(event["data"]) < 20 else f"{event['data']}:\n"  # a path is never cut
    data = f"  {data}" if path else f"{event['data']}: {data}"
    lines = [f"{path}{filled(data, 2)}", *table_lines(event), described(event)]
    if event.get("held_out"):
        judging = f", for {' and '.join(event['judging'])} to judge by" if event["judging"] else ""
        by = "each net holds out" if event.get("seeds") else "held out:"
        lines.append(filled(f"{by} {event['held_out']:,} of the training {noun}{judging}", 2))
    return "\n".join(lines)


def _warmup(event: Event) -> str:
    if event["compiled"]:
        return f"compiled the kernels in {event['seconds']:.1f} s"
    return f"loaded the compiled kernels in {event['seconds']:.2f} s"


def _initial(event: Event) -> str:
    lines = ["", f"output vector of the first {event['noun'][:-1]}", numbers(event["output"])]
    if event["label"] is None:
        lines += ["real value", numbers(event["real_label"])]
    else:
        lines.append(
            f"  classification: {short(event['label'])}, confidence: {event['confidence']:.3f}, "
            f"real label: {short(event['real_label'])}"
        )
    return "\n".join([*lines, f"{_measure(event)} after initialization{_figure(event)}"])


def _measure(event: Event) -> str:
    return "R^2" if event["regression"] else f"correctly recognized {event['noun']}"


def _figure(event: Event) -> str:
    return f": {_score(event, 'score')} ({event['part']})"


def _score(event: Event, name: str) -> str:
    return (number if event["regression"] else percent)(event[name])


def _resumed(event: Event) -> str:
    return f"\nresuming after {count(event['rounds'], 'round')}: {event['checkpoint']}"


def _epoch(event: Event) -> str:
    title, seconds = f"round #{event['epoch']} of learning...", f"{event['seconds']:.3f}"
    if event["accuracy"] is None:
        return row(title, number(event["loss"]), number(event.get("val_loss")), seconds)
    figures = percent(event["accuracy"]), percent(event.get("val_accuracy"))
    return row(title, *figures, number(event["loss"]), seconds)


def _end(event: Event) -> str:
    lines = ["", f"{_measure(event)} after {count(event['rounds'], 'round')}{_figure(event)}"]
    if event["stopped"] in _STOPPED:
        best = "; the net is the best one" * (event["schedule"] != "plateau")
        lines.append(f"stopped early: {_STOPPED[event['stopped']].format(best=best)}")
    if event["rounds"]:
        each = 1e6 * event["seconds"] / max(event["samples"], 1)
        rate = "at a rate of" if event["schedule"] == "constant" else "at a rate falling from"
        lines.append(
            filled(
                f"learning took {event['seconds']:.2f} s, {each:.2f} us for each "
                f"{event['noun'][:-1]}, {rate} {event['learning_rate']:g}"
            )
        )
    if event["last_score"] is not None:
        last = _figure({**event, "score": event["last_score"]})
        lines.append(f"weights: the mean over the run's last part; the final ones{last}")
    return "\n".join([*lines, saved_or_not(event["model"])])


_STOPPED = {
    "patience": "the validation loss fell no further{best}",
    "target": "the target accuracy is reached",
    "max_seconds": "the time is up",
}


def _net(event: Event) -> str:
    figures = _score(event, "score"), f"{event['rounds']:,}", f"{event['seconds']:.3f}"
    return row(f"seed {event['seed']}", *figures)


def _nets(event: Event) -> str:
    mean, deviation = _score(event, "mean"), _score(event, "deviation")
    lines = [
        "",
        f"{_measure(event)}, {count(event['nets'], 'net')} ({event['part']})",
        f"  mean {mean}, standard deviation {deviation}",
        f"  best {_score(event, 'best')}, of seed {event['best_seed']}",
    ]
    if event["together"] is not None:
        lines.append(f"  all together, by the mean of their outputs: {_score(event, 'together')}")
    if event.get("test") is not None:
        lines.append(f"  the best on the test {event['noun']}: {_score(event, 'test')}")
    unsaved = "the nets are not saved: --out MODEL would keep them"
    return "\n".join([*lines, saved(event["model"]) if event["model"] else unsaved])


EVENTS: dict[str, Callable[[Event], str]] = {
    "repeat": _repeat,
    "start": _start,
    "warmup": _warmup,
    "initial": _initial,
    "resumed": _resumed,
    "epoch": _epoch,
    "end": _end,
    "repeated": _repeated,
    "net": _net,
    "nets": _nets,
    **STREAM_EVENTS,
    **SWEEP_EVENTS,
}
