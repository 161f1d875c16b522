"""The output of `info` and `export`, as text of at most 80 columns."""

import contextlib
from collections.abc import Iterable

from ..diagnostics import printable
from .arguments import called
from .repeat import deformation
from .tables import column_of, encoding_lines, task, whole
from .text import (
    Event,
    activations,
    count,
    fitted,
    layers,
    number,
    option,
    percent,
    row_lines,
    short,
    some,
    wrapped,
)


def model_summary(event: Event) -> str:
    """Return the description of a saved net and of its run, or of several nets."""
    from fastnet.model.rounding import in_words  # with NumPy

    classes = "none, the outputs are numbers"
    if event["classes"] is not None:
        classes = f"{len(event['classes'])}: {some(map(short, event['classes']), 20)}"
    target = (event["encoding"] or {}).get("target")
    if target is not None:
        classes = task({**event, "target": target})
    nets = event.get("nets", [])
    seeds = [str(net["seed"]) for net in nets or [event] if net["seed"] is not None]
    together = {"nets": f"{len(nets)} that answer together, by the mean of their outputs"}
    pairs = {
        **(together if nets else {}),
        "layers": layers(event["sizes"]),
        "activations": activations(event["activations"]),
        "loss": event["loss"],
        "dtype": event["dtype"],
        "parameters": f"{event['parameters']:,}",
        "classes" if target is None else "target": classes,
        "seeds" if nets else "seed": some(seeds, 20, ", ") or "none",
        "made by": f"fastnet {event['version']}",
        **({"came from": came_from(event["origin"])} if event.get("origin") else {}),
        **({"rounded": in_words(event["rounding"])} if event.get("rounding") else {}),
    }
    lines = [event["model"]]
    for name, value in pairs.items():
        lines += whole(f"  {name:<12} {value}", 15)
    lines += encoding_lines(event)
    if event["run"]:
        lines += _run(event["run"], " of the first net" if nets else "")
    return _printed([*lines, *(_nets(event) if nets else _history(event))])


def came_from(origin: Event) -> str:
    """Return in words where a net came from, and the rows that it took there."""
    rows = {True: "pixels from 0 to 255", False: "numbers", None: "rows that it does not say"}
    return f"{origin.get('format') or 'elsewhere'}, for {rows[origin.get('pixels')]}"


def exported(event: Event) -> str:
    """Return what was written in another format, and what who uses it gives and gets."""
    lines = [f"wrote {event['path']}, {count(event['bytes'], 'byte')}"]
    pairs = {"rows": _rows(event), "answers": _answers(event)}
    if "module" in event:
        pairs["module"] = event["module"]  # of PyTorch, to load the file into
    if "flash" in event:
        pairs["memory"] = (
            f"{event['flash']:,} bytes of tables and about {event['code']:,} of code in flash, "
            f"{event['ram']:,} bytes of RAM"
        )
    if event.get("score") is not None:
        before, after = event["score"]["before"], event["score"]["after"]
        part = "" if event["part"] == "all" else f"{event['part']} "
        of = f"{event['score']['samples']:,} {part}{event['noun']} of {called(event['data'])}"
        if event["task"] == "regression":
            pairs["score"] = f"R^2 {number(before)} becomes {number(after)} on {of}"
        else:
            pairs["score"] = f"{percent(before)} recognized becomes {percent(after)} of {of}"
    elif event.get("weights") in ("float16", "int8") and event.get("largest_change") != 0:
        pairs["score"] = "not measured: --data DATA does that"
    if "largest_change" in event:
        change = event["largest_change"]
        what = f"the largest change of one is {number(change)}" if change else "as they were"
        pairs["weights"] = f"{event['weights']}, {what}"
    for name, value in pairs.items():
        lines += whole(f"  {name:<9}{value}", 11)
    return _printed(lines)


def _rows(event: Event) -> str:
    """Return the rows that an exported model gets, in words."""
    columns = event["columns"]
    if columns is not None:
        return f"{count(len(columns), 'column')}: {some(map(column_of, columns), 8, ', ')}"
    if event["input"] == "uint8":
        return f"{count(event['features'], 'pixel')} each, uint8 from 0 to 255"
    form = ", as fastnet takes them" if event["input"] is None else ""
    return f"{count(event['features'], 'number')} each{form}"


def _answers(event: Event) -> str:
    """Return the answers of an exported model, in words."""
    if event["task"] == "multilabel":
        return f"which of {count(event['outputs'], 'label')}"
    if event["classes"] is None:
        return count(event["outputs"], "number")
    classes = some(map(short, event["classes"]), 10, ", ")
    return f"one of {len(event['classes'])} classes: {classes}"


def _run(run: Event, whose: str) -> list[str]:
    """Return the lines about the run that trained a net."""
    data, options = run["data"], run["options"]
    source = f"{run['source']}: " if "source" in run else ""
    versions = ", ".join(f"{name} {version}" for name, version in run["versions"].items())
    of = f"{data['samples']:,} samples, {count(data['features'], 'feature')}, {data['dtype']}"
    lines = [
        *wrapped(f"  learned      {source}{of}", 15),
        *([f"               X {option(data['X'])}, y {option(data['y'])}"] if options else []),
        *wrapped(f"  with         {versions}", 15),
        f"  options{whose}",
    ]
    given = {name: value for name, value in options.items() if value is not None}
    given |= run.get("reading", {})
    if "augment" in given:
        with contextlib.suppress(ValueError):  # it is of another version
            given["augment"] = deformation(given["augment"])
    if run["on_epoch"]:
        given["on_epoch"] = run["on_epoch"]
    missing = [name for name in options if name not in given]
    for name, value in {**given, "not given": missing}.items():
        lines += wrapped(f"    {name:<20} {option(value)}", 25)
    return lines


def _history(event: Event) -> list[str]:
    """Return the lines about the last records of a net's history."""
    history = event["history"]
    if not history:
        learned = "learned elsewhere" if event.get("origin") else "has not been trained"
        return [f"  history      none: the net {learned}"]
    stream, seconds = _is_stream(event), sum(record.get("seconds") or 0 for record in history)
    what = f"a stream, {count(len(history), 'record')}" if stream else count(len(history), "round")
    first = "rows" if stream else "round"
    lines = [f"  history      {what} in {seconds:.2f} s"]
    lines += row_lines(f"    {first}", *_heading(event))
    for record in history[-10:]:
        of = f"{record.get('samples') or 0:,}" if stream else f"#{record.get('epoch', '-')}"
        lines += row_lines(f"    {of}", *_figures(event, record))
    return [*lines, "    (the last 10; --json gives all)"] if len(history) > 10 else lines


def _nets(event: Event) -> list[str]:
    """Return the lines about each of several nets: its layers and its last record."""
    lines = row_lines("  nets, by seed", *_heading(event))
    for k, net in enumerate(event["nets"]):
        name = f"net {k}" if net["seed"] is None else net["seed"]
        none = ["learned elsewhere" if net.get("origin") else "not trained"]
        figures = _figures(event, net["history"][-1]) if net["history"] else none
        done = "" if _is_stream(net) else f", {count(len(net['history']), 'round')}"
        lines += row_lines(f"    {name}{done}", *figures)
    return lines


def _is_stream(event: Event) -> bool:
    """Tell whether a net has learned a stream."""
    # A run has a record of its options. A stream has none, and no "stopped" if it was broken off.
    run = event["run"] and event["run"]["options"]
    return event["stopped"] == "end" or (event["stopped"] is None and not run)


def _heading(event: Event) -> list[str]:
    """Return the heading of the figures of a net's records."""
    held_out = event["run"] and event["run"]["options"].get("validation_fraction")
    stream, other = _is_stream(event), "held out" if held_out else "test"
    if event["classes"] is None:
        return ["loss" if stream else "training loss", "" if stream else other, "rate"]
    return ["recognized" if stream else "training", "" if stream else other, "loss", "rate"]


def _figures(event: Event, record: Event) -> list[str]:
    """Return the figures of a record, under `_heading`."""
    loss, rate = number(record.get("loss")), number(record.get("learning_rate"))
    if event["classes"] is None:
        return [loss, number(record.get("val_loss")), rate]
    return [percent(record.get("accuracy")), percent(record.get("val_accuracy")), loss, rate]


def _printed(lines: Iterable[str]) -> str:
    """Return the lines with every character visible, since the file is untrusted."""
    return fitted("\n".join(map(printable, lines)))
