"""The section on how to repeat a run: a command, and lines of Python, that give the same bits."""

from __future__ import annotations

import json
import shlex
from typing import Any

from markupsafe import Markup

from ..datasets import NAMES
from ..model.network import Network
from ..options import Options
from .sections import Section
from .subject import Subject
from .templates import part

WIDTH = 56  # letters after which a line of the command ends
ENDED = ("epochs", "patience", "target")
READ = ("target", "drop", "weight", "delimiter", "decimal", "header", "missing", "pixels")


def repeat(subject: Subject) -> Section:
    """Return the section on how to repeat the run of the only net, or of the first."""
    title, net = "How to repeat it", subject.first
    why = unrepeatable(net)
    if why:
        return Section("repeat", title, note=f"The run cannot be repeated: {why}.")
    nets = [each for each in subject.nets if not unrepeatable(each)]
    html, seeds = [], consecutive(nets, subject.nets)
    if command := terminal(net, seeds):
        html += [part("heading", "In the terminal"), part("code", "Command", command)]
    html += [part("heading", "In Python"), part("code", "Lines of Python", python(net, seeds))]
    new = "the new nets have the digests" if seeds > 1 else "the new net has the digest"
    note = f"With the same data and version of fastnet, {new} above, on any computer."
    if len(subject.nets) > 1 and seeds == 1:
        note += f" This repeats the first of {len(subject.nets)} nets."
    return Section("repeat", title, Markup().join(html), note)


def unrepeatable(net: Network) -> str:
    """Return why the run of a net cannot be repeated; "" if it can."""
    run = net.run
    if net.stopped == "end":
        return "it learned a stream"
    if run is None or not run["options"]:
        origin = (net.origin or {}).get("format")
        return f"the net came from {origin}" if origin else "the net has no record of it"
    if net.stopped not in ENDED:
        ends = {None: "it was broken off", "max_seconds": "it ended when the time was up"}
        return ends.get(net.stopped, "a callback ended it")
    if run["on_epoch"]:
        return f"a callback, {run['on_epoch']}, watched it"
    return ""


def consecutive(nets: Any, every: Any) -> int:
    """Return the number of nets if they differ by seeds that follow one another; else 1."""
    first, n = nets[0], len(every)
    same = all(
        {**net.run["options"], "seed": None} == {**first.run["options"], "seed": None}
        and net.run["data"] == first.run["data"]
        for net in nets
    )
    start = first.run["options"]["seed"]
    seeds = [net.run["options"]["seed"] for net in nets]
    return n if len(nets) == n and same and seeds == [*range(start, start + n)] else 1


def given(net: Network) -> dict[str, Any]:
    """Return the options of a run that are not the usual ones."""
    assert net.run
    rows = Options.rows()
    return {
        name: value
        for name, value in net.run["options"].items()
        if value is not None and not (name in rows and value == rows[name].default)
    }


def terminal(net: Network, seeds: int) -> list[str]:
    """Return the command that trains the net again; nothing if the terminal cannot say it."""
    run, rows = net.run or {}, Options.rows()
    source, reading = run.get("source"), run.get("reading", {})
    if source is None or reading.get("cached"):
        return []
    words = ["fastnet", "train", source]
    known = ("validation_data", *(["sample_weight"] if "weight" in reading else []))
    options = {name: value for name, value in given(net).items() if name not in known}
    if any(not rows[name].terminal or foreign(value) for name, value in options.items()):
        return []
    judged_by_test = run["options"].get("validation_data") and "patience" in options
    if judged_by_test:
        return []
    reads = {name: reading[name] for name in (*READ, "test") if name in reading}
    for name, value in {**reads, **options}.items():
        words += flag(name, value)
    if "classes" in reading and "classes" not in options:
        words += flag("classes", reading["classes"])
    if seeds > 1:
        words += ["--seeds", str(seeds), "--keep", "together"]
    return broken([*words, "--out", "again.npz"])


def broken(words: list[str]) -> list[str]:
    """Return a command in lines that are not too long; each option stays with its value."""
    lines = [""]
    for word in map(shlex.quote, words):
        begins = word.startswith("--")
        if begins and len(lines[-1]) > WIDTH:
            lines[-1] += " \\"
            lines.append("   ")
        lines[-1] += f" {word}" if lines[-1] else word
    return lines


def flag(name: str, value: Any) -> list[str]:
    """Return an option of the terminal as words."""
    option = "--" + name.replace("_", "-")
    if value is True:
        return [option]
    if value is False:
        return [f"--no-{option[2:]}"]
    if isinstance(value, list):
        quoted = [f'"{each}"' if "," in str(each) else str(each) for each in value]
        return [option, ",".join(quoted) or "none"]
    return [option, {"\t": "tab"}.get(value, str(value))]


def foreign(value: Any) -> bool:
    """Tell whether the value of an option stands only for data or functions of the user's own."""
    return "sha256:" in json.dumps(value)


def python(net: Network, seeds: int) -> list[str]:
    """Return lines of Python that train the net again."""
    run = net.run or {}
    options, reading = given(net), run.get("reading", {})
    judges = options.pop("validation_data", None)
    if "weight" in reading:
        options.pop("sample_weight", None)
    lines = ["import fastnet", "", *loading(run, bool(judges))]
    for name, value in options.items():
        if foreign(value):
            lines.append(f"{name} = ...  # yours: {json.dumps(value)}")
    words = [f"{name}={name if foreign(value) else literal(name, value)}"
             for name, value in options.items()]  # fmt: skip
    words += ["validation_data=test"] * bool(judges)
    if seeds > 1:
        words = [word for word in words if not word.startswith("seed=")]
        start = run["options"]["seed"]
        which = f"{seeds}" if start == 0 else f"range({start}, {start + seeds})"
        lines.append(f"net = fastnet.train_seeds(X, y, {which},")
    else:
        lines.append("net = fastnet.train(X, y,")
    lines += [f"    {word}," for word in words]
    lines.append(")")
    return [*lines, "print(net.digest())"]


def loading(run: dict[str, Any], judged: bool) -> list[str]:
    """Return the lines that make X, y and, if something judged the run, test."""
    source, reading = run.get("source"), dict(run.get("reading", {}))
    about = run["data"]
    if source is None or reading.get("cached"):
        what = f"{about['samples']:,} samples of {about['features']:,} columns, {about['dtype']}"
        lines = [f"X, y = ...  # yours: {what}", f"# X: {about['X']}", f"# y: {about['y']}"]
        return lines + ["test = ...  # the validation data: (X_test, y_test)"] * judged
    if source in NAMES:
        return [f"(X, y), test = fastnet.datasets.load({source!r})"]
    test = reading.pop("test", None)
    reading.pop("decimal_found", None)  # which the reader finds again
    words = "".join(f", {name}={tuple(value) if isinstance(value, list) else value!r}"
                    for name, value in reading.items())  # fmt: skip
    lines = [f"path = {source!r}", f"(X, y), test = fastnet.datasets.read(path{words})"]
    return lines + [f"test, _ = fastnet.datasets.read({test!r}{words})"] * (test is not None)


def literal(name: str, value: Any) -> str:
    """Return the value of an option as Python."""
    return repr(tuple(value) if isinstance(value, list) and name != "classes" else value)
