"""What the commands say: as JSON, or as text of at most 80 columns.

A training run is told in events: dicts of plain values, the name under "event". Text and JSON are
two ways to write the same event, so they cannot drift apart. Accuracies are in [0, 1] in events and
per cent in text; what does not exist (no test part, no accuracy in regression) is None.
"""

import json
import math
import re
import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

from ..diagnostics import printable

Event = dict[str, Any]


def plain(value: Any) -> Any:
    """Return `value` with NumPy's types made Python's, and None for what JSON has no word for."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if hasattr(value, "tolist"):  # an array or a NumPy scalar; this module does not import NumPy
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if value is None or isinstance(value, str | int | float) else str(value)


def as_json(event: Event) -> str:
    """Return an event as one line of JSON; there is never a NaN in it."""
    return json.dumps(event, allow_nan=False)


def as_text(event: Event) -> str:
    """Return an event of a training run as a few lines."""
    return _TEXT[event["event"]](event)


def as_toml(options: dict[str, Any]) -> str:
    """Return options (text, numbers, truth values, lists of these) as a TOML file."""
    return "".join(
        f"{name} = {json.dumps(value, ensure_ascii=False)}\n" for name, value in options.items()
    )


def _repeat(event: Event) -> str:
    lines = [f"repeating the run of {event['model']}"]
    if event["differences"]:
        lines.append("this run differs, so the bits may, too:")
        for difference in event["differences"]:
            lines += _wrapped(f"  {difference}", 4)
    return "\n".join([*lines, ""])


def _repeated(event: Event) -> str:
    if event["digest"] == event["wanted"]:
        return f"the bits are the same, SHA-256\n  {event['digest']}"
    return f"the bits differ, SHA-256\n  {event['digest']}, not\n  {event['wanted']}"


def _start(event: Event) -> str:
    unit = event["unit"]
    test = f"{event['test']:,} test {unit}" if event["test"] else f"no test {unit}"
    data = f"{event['training']:,} training {unit}, {test}, {_ends(event)}"
    path = "" if len(event["data"]) < 20 else f"{event['data']}:\n"  # a path is never cut
    data = f"  {data}" if path else f"{event['data']}: {data}"
    lines = [f"{path}{textwrap.fill(data, 80, subsequent_indent='  ')}", _described(event)]
    if event.get("held_out"):
        judging = f", for {' and '.join(event['judging'])} to judge by" if event["judging"] else ""
        by = "each net holds out" if event.get("seeds") else "held out:"
        held = f"{by} {event['held_out']:,} of the training {unit}{judging}"
        lines.append(textwrap.fill(held, 80, subsequent_indent="  "))
    return "\n".join(lines)


def _ends(event: Event) -> str:
    sizes = event["sizes"]
    outputs = count(sizes[-1], "output")
    if event["classes"]:
        outputs = "1 class" if sizes[-1] == 1 else f"{sizes[-1]:,} classes"
    return f"{count(sizes[0], 'input')}, {outputs}"


def _described(event: Event) -> str:
    net = (
        f"net {layers(event['sizes'])}: {activations(event['activations'])}, {event['loss']} loss, "
        f"{event['dtype']}, {count(event['parameters'], 'parameter')}, {_seeds(event)}"
    )
    return textwrap.fill(net, 80, subsequent_indent="  ")


def _seeds(event: Event) -> str:
    seeds = event.get("seeds")
    return f"seeds {seeds[0]} to {seeds[-1]}" if seeds else f"seed {event['seed']}"


def _warmup(event: Event) -> str:
    if event["compiled"]:
        return f"compiled the kernels in {event['seconds']:.1f} s"
    return f"loaded the compiled kernels in {event['seconds']:.2f} s"


def _initial(event: Event) -> str:
    unit = event["unit"]
    lines = ["", f"output vector of the first {unit[:-1]}", numbers(event["output"])]
    if event["label"] is None:
        lines += ["real value", numbers(event["real_label"])]
    else:
        lines.append(
            f"  classification: {short(event['label'])}, confidence: {event['confidence']:.3f}, "
            f"real label: {short(event['real_label'])}"
        )
    return "\n".join([*lines, f"{_score(event)} after initialization{_figure(event)}"])


def _score(event: Event) -> str:
    return "R^2" if event["regression"] else f"correctly recognized {event['unit']}"


def _figure(event: Event) -> str:
    score = number(event["score"]) if event["regression"] else percent(event["score"])
    return f": {score} ({event['part']})"


def rounds_header(unit: str, regression: bool, held_out: bool = False) -> str:
    """Return what stands above the rounds of learning."""
    title = "loss of the net on" if regression else f"correctly recognized {unit}"
    other = "held out" if held_out else "test"
    return "\n".join(
        [
            "",
            f"training: each {unit[:-1]} judged just before it is learned; "
            f"{other}: never learned",
            _row(title, "training", other, *([] if regression else ["loss"]), "seconds"),
        ]
    )


def _epoch(event: Event) -> str:
    title, seconds = f"round #{event['epoch']} of learning...", f"{event['seconds']:.3f}"
    if event["accuracy"] is None:
        return _row(title, number(event["loss"]), number(event.get("val_loss")), seconds)
    figures = percent(event["accuracy"]), percent(event.get("val_accuracy"))
    return _row(title, *figures, number(event["loss"]), seconds)


def _row(title: str, *cells: str) -> str:
    return f"{title:<32}" + "".join(f"{cell:>12}" for cell in cells)


def nets_header(unit: str, regression: bool, part: str) -> str:
    """Return what stands above the nets of several seeds."""
    title = "R^2" if regression else f"correctly recognized {unit}"
    return "\n" + _row(title, part, "rounds", "seconds")


def _net(event: Event) -> str:
    cells = f"{event['rounds']:,}", f"{event['seconds']:.3f}"
    return _row(f"seed {event['seed']}", _share(event, "score"), *cells)


def _nets(event: Event) -> str:
    mean, deviation = _share(event, "mean"), _share(event, "deviation")
    lines = [
        "",
        f"{_score(event)}, {count(event['nets'], 'net')} ({event['part']})",
        f"  mean {mean}, standard deviation {deviation}",
        f"  best {_share(event, 'best')}, of seed {event['best_seed']}",
    ]
    if event["together"] is not None:
        lines.append(f"  all together, by the mean of their outputs: {_share(event, 'together')}")
    if event.get("test") is not None:
        lines.append(f"  the best on the test {event['unit']}: {_share(event, 'test')}")
    unsaved = "the nets are not saved: --out MODEL would keep them"
    return "\n".join([*lines, saved(event["model"]) if event["model"] else unsaved])


def _share(event: Event, name: str) -> str:
    return (number if event["regression"] else percent)(event[name])


def saved(paths: Sequence[str]) -> str:
    """Return which files hold nets."""
    return f"saved {paths[0]}" + (f" ... {paths[-1]}" if len(paths) > 1 else "")


def _end(event: Event) -> str:
    rounds, unit = event["rounds"], event["unit"]
    lines = ["", f"{_score(event)} after {count(rounds, 'round')}{_figure(event)}"]
    if event["stopped"] in _STOPPED:
        lines.append(f"stopped early: {_STOPPED[event['stopped']]}")
    if rounds:
        each = 1e6 * event["seconds"] / max(event["samples"], 1)
        rate = "at a rate of" if event["schedule"] == "constant" else "at a rate falling from"
        took = (
            f"learning took {event['seconds']:.2f} s, {each:.2f} us for each {unit[:-1]}, "
            f"{rate} {event['learning_rate']:g}"
        )
        lines.append(textwrap.fill(took, 80))
    if event["last_score"] is not None:
        last = _figure({**event, "score": event["last_score"]})
        lines.append(f"weights: the mean of the last part of the run; the last ones{last}")
    return "\n".join([*lines, _saved(event)])


def _resumed(event: Event) -> str:
    return f"\ngoing on after {count(event['rounds'], 'round')}: {event['checkpoint']}"


def _saved(event: Event) -> str:
    if event["model"] is None:
        return "the net is not saved: --out MODEL would keep it"
    return f"saved {event['model']}"


def _stream(event: Event) -> str:
    form = {"csv": "CSV", "jsonl": "JSON lines"}[event["format"]]
    kinds = ["loss", ""] if event["regression"] else ["recognized", "loss"]
    task = "regression" if event["regression"] else "several labels at once"
    if event["classes"]:
        task = f"classification, by {some(map(short, event['classes']), 10)}"
    lines = [
        f"standard input: {form}, {_ends(event)}",
        _described(event),
        *_wrapped(f"task: {task}", 2),
        "",
        "each row is judged just before it is learned; lately: since the line above",
        _row(kinds[0], "of all", "lately", kinds[1], "rows/s"),
    ]
    return "\n".join(lines)


def _record(event: Event) -> str:
    figures = number(event["mean_loss"]), number(event["loss"]), ""
    if event["accuracy"] is not None:
        figures = percent(event["mean_accuracy"]), percent(event["accuracy"]), figures[1]
    return _row(f"{event['rows']:,} rows", *figures, f"{event['rows_per_second']:,.0f}")


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
            _saved(event),
        ]
    )


def so_far(event: Event) -> str:
    """Return how far a stream is, in one line."""
    figure = f"mean loss {number(event['mean_loss'])}, lately {number(event['loss'])}"
    if event["accuracy"] is not None:
        figure = f"{percent(event['mean_accuracy'])} right, lately {percent(event['accuracy'])}"
    return f"{event['rows']:,} rows, {figure}, {event['rows_per_second']:,.0f} rows/s"


_STOPPED = {
    "patience": "the loss grew no smaller; the net is the best that was seen",
    "target": "the accuracy aimed at is reached",
    "max_seconds": "the time is up",
}
_TEXT = {
    "repeat": _repeat,
    "start": _start,
    "warmup": _warmup,
    "initial": _initial,
    "epoch": _epoch,
    "resumed": _resumed,
    "end": _end,
    "repeated": _repeated,
    "net": _net,
    "nets": _nets,
    "stream": _stream,
    "record": _record,
    "label": _label,
    "stream_end": _stream_end,
}


def evaluation(event: Event) -> str:
    """Return how well a net did on a data set: the figure, then a line per class."""
    n, part, unit = event["samples"], event["part"], event["unit"]
    of = f"{n:,} {part} {unit} of {event['data']}"
    if event["rmse"] is not None:
        return (
            f"R^2: {number(event['score'])}, root mean square error: {number(event['rmse'])}, {of}"
        )
    lines = [f"correctly recognized: {percent(event['score'])} of {of}"]
    rows = event["classes"]
    if rows is None:  # several labels at once
        return lines[0]
    lines.append("")
    if len(rows) > 20:
        rows = sorted(rows, key=lambda row: row["recognized"] / max(row["samples"], 1))[:20]
        lines.append(f"the 20 worst of {len(event['classes'])} classes")
    lines.append(f"{'class':<16}{unit:>10}{'recognized':>14}   most often taken for")
    for row in rows:
        share = percent(row["recognized"] / row["samples"]) if row["samples"] else "-"
        taken = f"{short(row['taken_for'])} ({row['times']:,})" if row["times"] else "-"
        lines.append(f"{short(row['label']):<16}{row['samples']:>10,}{share:>14}   {taken}")
    return "\n".join(lines)


def model(event: Event) -> str:
    """Return what a saved net is and how it learned."""
    pairs = {
        "layers": layers(event["sizes"]),
        "activations": activations(event["activations"]),
        "loss": event["loss"],
        "dtype": event["dtype"],
        "parameters": f"{event['parameters']:,}",
        "classes": "none, the outputs are numbers"
        if event["classes"] is None
        else f"{len(event['classes'])}: {some(map(short, event['classes']), 20)}",
        "seed": str(event["seed"]),
        "made by": f"fastnet {event['version']}",
    }
    lines = [event["model"]]
    for name, value in pairs.items():
        lines += textwrap.wrap(f"  {name:<12} {value}", 80, subsequent_indent=" " * 15)
    if event["run"]:
        lines += _run(event["run"])
    history = event["history"]
    if not history:
        return _printed([*lines, "  history      none: the net has not been trained"])
    seconds = sum(record.get("seconds") or 0 for record in history)
    # A run leaves a record of itself, a stream does not, and has no "stopped" if it was broken off.
    stream = event["stopped"] == "end" or (event["stopped"] is None and event["run"] is None)
    if stream:
        lines.append(f"  history      a stream, {count(len(history), 'record')} in {seconds:.2f} s")
        lines.append(_row("    rows", "recognized", "", "loss", "rate"))
    else:
        lines.append(f"  history      {count(len(history), 'round')} in {seconds:.2f} s")
        held_out = event["run"] and event["run"]["options"].get("validation_fraction")
        other = "held out" if held_out else "test"
        lines.append(_row("    round", "training", other, "loss", "rate"))
    for record in history[-10:]:
        accuracies = percent(record.get("accuracy")), percent(record.get("val_accuracy"))
        figures = number(record.get("loss")), number(record.get("learning_rate"))
        of = f"{record.get('samples') or 0:,}" if stream else f"#{record.get('epoch', '-')}"
        lines.append(_row(f"    {of}", *accuracies, *figures))
    if len(history) > 10:
        lines.append("    (the last 10; --json gives all)")
    return _printed(lines)


def _printed(lines: Iterable[str]) -> str:
    """Return lines with what a file holds, whoever wrote it."""
    return "\n".join(map(printable, lines))


def _run(run: Event) -> list[str]:
    """Return what a net's run was, as lines."""
    data, options = run["data"], run["options"]
    source = f"{run['source']}: " if "source" in run else ""
    versions = ", ".join(f"{name} {version}" for name, version in run["versions"].items())
    of = f"{data['samples']:,} samples, {count(data['features'], 'feature')}, {data['dtype']}"
    lines = [
        *_wrapped(f"  learned      {source}{of}", 15),
        f"               X {option(data['X'])}, y {option(data['y'])}",
        *_wrapped(f"  with         {versions}", 15),
        "  options",
    ]
    given = {name: value for name, value in options.items() if value is not None}
    if run["on_epoch"]:
        given["on_epoch"] = run["on_epoch"]
    missing = [name for name, value in options.items() if value is None]
    for name, value in {**given, "not given": missing}.items():
        lines += _wrapped(f"    {name:<20} {option(value)}", 25)
    return lines


def _wrapped(text: str, indent: int) -> list[str]:
    """Return lines of 80 columns; a path is never cut."""
    return textwrap.wrap(
        text, 80, subsequent_indent=" " * indent, break_long_words=False, break_on_hyphens=False
    )


def option(value: Any) -> str:
    """Return the value of an option, of a digest the beginning."""
    if isinstance(value, list):
        return ", ".join(map(option, value)) or "none"
    if isinstance(value, dict):
        return ", ".join(f"{key}: {option(item)}" for key, item in value.items())
    if isinstance(value, str):
        return re.sub(r"(sha256:.{16})[0-9a-f]*", r"\1...", value)
    return json.dumps(value)


def count(n: int, noun: str) -> str:
    """Return `n` things: "1 round", "1,000 rounds"."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def percent(accuracy: float | None) -> str:
    """Return an accuracy in [0, 1] as per cent, or a dash where there is none."""
    return "-" if accuracy is None else f"{100 * accuracy:.2f}%"


def number(value: float | None) -> str:
    """Return a number with four digits, or a dash where there is none."""
    return "-" if value is None else f"{value:.4g}"


def numbers(values: float | Sequence[float]) -> str:
    """Return a vector in indented lines; the start of it when it is long."""
    if not isinstance(values, Sequence):
        values = [values]
    text = some((f"{value:.3f}" for value in values), 40)
    return textwrap.fill(text, 80, initial_indent="  ", subsequent_indent="  ")


def some(items: Iterable[str], most: int) -> str:
    """Return the items side by side; beyond `most` of them, how many more there are."""
    items = list(items)
    more = [f"... ({len(items)} in all)"] if len(items) > most else []
    return " ".join([*items[:most], *more])


def short(label: Any) -> str:
    """Return a label in at most 15 columns."""
    text = str(label)
    if not text.isprintable():
        text = repr(text)
    return text if len(text) <= 15 else text[:12] + "..."


def layers(sizes: Sequence[int]) -> str:
    """Return a net's sizes the usual way: 784-64-32-10."""
    return "-".join(map(str, sizes))


def activations(names: Sequence[str]) -> str:
    """Return one name when all layers share it, else all of them in order."""
    return names[0] if len(set(names)) == 1 else ", ".join(names)
