"""The section on how to repeat a run: a command, and lines of Python, that give the same bits."""

from __future__ import annotations

import json
import shlex
from typing import Any

from markupsafe import Markup

from ..data.fields import is_whole
from ..datasets import NAMES
from ..diagnostics import printable
from ..model.network import Network
from ..options import Options
from .given import foreign, given
from .rerun import broken_off
from .sections import Section
from .subject import Subject
from .templates import part
from .words import counted

WIDTH = 56  # letters after which a line of the command ends
FITTED = (
    "An estimator of fastnet.sklearn has fitted this net. Fitted again on the same rows, with the "
    "same parameters, random_state and version of fastnet, it has the same bits on any computer."
)
SHOWN = 16  # letters of a digest
READ = ("target", "drop", "weight", "delimiter", "decimal", "header", "missing", "pixels")


def repeat(subject: Subject) -> Section:
    """Return the section on how to repeat the run of the only net, or of the first."""
    title, net = "How to repeat it", subject.first
    why = unrepeatable(net)
    if why:
        return Section("repeat", title, note=f"The run cannot be repeated: {why}.")
    if subject.fitted:
        return Section("repeat", title, note=FITTED)
    nets = [each for each in subject.nets if not unrepeatable(each)]
    html, seeds = [], consecutive(nets, subject.nets)
    if command := terminal(net, seeds):
        html += [part("heading", "In the terminal"), part("code", "Command", command)]
        if len(subject.nets) == 1:
            html.append(part("said", "fastnet train --repeat, with the file of the net, does the "
                             "same and compares the bits."))  # fmt: skip
    if readable(net):
        digest = (net if seeds == 1 else subject.net).digest()
        lines = [*python(net, seeds), f"print(net.digest())  # {digest[:SHOWN]}..."]
        html += [part("heading", "In Python"), part("code", "Lines of Python", lines)]
    note = "With the same data and version of fastnet, this gives the same bits on any computer."
    if len(subject.nets) > 1 and seeds == 1:
        note += f" This repeats the first of {len(subject.nets)} nets."
    note += " Of a net that has learned more since its run, it gives what the run left."
    return Section("repeat", title, Markup().join(html), note)


def readable(net: Network) -> bool:
    """Tell whether Python reads the data as the terminal did, which made numbers of a table."""
    run = net.run or {}
    return "source" not in run or run["options"].get("encode") != "none"


def unrepeatable(net: Network) -> str:
    """Return why the run of a net cannot be repeated; "" if it can."""
    if why := broken_off(net):
        return why
    watching = (net.run or {})["on_epoch"]
    return f"a callback, {watching}, watched it" if watching else ""


def consecutive(nets: Any, every: Any) -> int:
    """Return the number of nets if they differ by seeds that follow one another; else 1."""
    first, n = about(nets[0]), len(every)
    start = nets[0].run["options"]["seed"]
    seeds = [net.run["options"]["seed"] for net in nets]
    same = all(about(net) == first for net in nets)
    return n if len(nets) == n and same and seeds == [*range(start, start + n)] else 1


def about(net: Network) -> Any:
    """Return what the runs of nets that differ by their seeds have in common."""
    run = net.run or {}
    data = dict(run["data"])
    if net.encoding is not None:  # each goes by the rows that its own run does not hold out
        data |= {"X": "", "encoding": ""}
    return {**run["options"], "seed": None}, data, run.get("source"), run.get("reading")


def terminal(net: Network, seeds: int) -> list[str]:
    """Return the command that trains the net again; nothing if the terminal cannot say it."""
    run, rows = net.run or {}, Options.rows()
    source, reading = run.get("source"), run.get("reading", {})
    if source is None or reading.get("cached"):
        return []
    options = given(net, terminal=True)
    judged_by_test = options.pop("validation_data", None) and "patience" in options
    if "weight" in reading:
        options.pop("sample_weight", None)
    lost = any(
        name not in rows or not rows[name].terminal or foreign(value)
        for name, value in options.items()
    )
    said = {name: reading[name] for name in (*READ, "classes", "test") if name in reading} | options
    words = ["fastnet", "train", *(["--data"] * source.startswith("-")), source]
    words += [word for name, value in said.items() for word in flag(name, value)]
    if seeds > 1:
        words += ["--seeds", str(seeds), "--keep", "together"]
    visible = printable("".join(words)) == "".join(words)
    if lost or judged_by_test or not visible or not all(map(sayable, said.get("classes", []))):
        return []
    return broken([*words, "--out", "again.npz"])


def sayable(label: Any) -> bool:
    """Tell whether a label is still the same after it was one of several with commas between."""
    if isinstance(label, str):
        return "," not in label and label == label.strip() and not is_whole(label)
    return type(label) is int


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
        return [option, ",".join(map(quoted, value)) or "none"]
    return [option, {"\t": "tab"}.get(value, str(value))]


def quoted(value: Any) -> str:
    """Return one of several names with commas between, in quotes as in CSV if it needs them."""
    text = str(value)
    return '"{}"'.format(text.replace('"', '""')) if {",", '"'} & {*text} else text


def python(net: Network, seeds: int) -> list[str]:
    """Return lines of Python that train the net again."""
    run = net.run or {}
    options, reading = given(net), run.get("reading", {})
    judges = options.pop("validation_data", None)
    if "weight" in reading:
        options.pop("sample_weight", None)
    lines = ["import fastnet", "", *loading(run, bool(judges), net.encoding is not None)]
    for name, value in options.items():
        if foreign(value):
            lines.append(f"{name} = ...  # yours: {json.dumps(value)}")
    start = options.pop("seed", 0)
    words = ["X, y", *([f"seed={start}"] if start else [])]
    if seeds > 1:
        words = ["X, y", f"{seeds}" if start == 0 else f"range({start}, {start + seeds})"]
    words += [f"{name}={name if foreign(value) else literal(name, value)}"
              for name, value in options.items()]  # fmt: skip
    words += ["validation_data=test"] * bool(judges)
    return [*lines, *call(f"net = fastnet.train{'_seeds' * (seeds > 1)}", words)]


def call(function: str, words: list[str]) -> list[str]:
    """Return the call of a function, on one line or, if that is long, on several."""
    line = f"{function}({', '.join(words)})"
    if len(line) <= WIDTH + 20:
        return [line]
    return [f"{function}(", *(f"    {word}," for word in words), ")"]


def loading(run: dict[str, Any], judged: bool, encoded: bool) -> list[str]:
    """Return the lines that make X, y and, if something judged the run, test."""
    source, reading = run.get("source"), dict(run.get("reading", {}))
    about = run["data"]
    if source is None or reading.get("cached"):
        what = counted(about["samples"], "row" if encoded else "sample")
        what += f" of {counted(about['features'], 'column')}"
        what += "" if encoded else f", {about['dtype']}"
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
