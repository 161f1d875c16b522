"""Values as text that fits the terminal, as JSON and as TOML."""

import json
import math
import os
import re
import sys
import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

Event = dict[str, Any]

LEAST, MOST = 20, 80  # columns of text
CELL = 10  # columns of a cell in a narrow table


def plain(value: Any) -> Any:
    """Return `value` with Python's types for NumPy's, and None for values that JSON lacks."""
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
    """Return an event as one line of JSON, which never holds a NaN."""
    return json.dumps(event, allow_nan=False)


def as_toml(options: dict[str, Any]) -> str:
    """Return options (text, numbers, truth values, lists of these) as a TOML file."""
    return "".join(
        f"{name} = {json.dumps(value, ensure_ascii=False)}\n" for name, value in options.items()
    )


def width() -> int:
    """Return the columns of text: 80, or those of a terminal that has fewer.

    As for click's help, the variable COLUMNS says so too.
    """
    try:
        found = int(os.environ.get("COLUMNS") or os.get_terminal_size(sys.stdout.fileno()).columns)
    except (OSError, ValueError, AttributeError):  # no terminal, no number, no standard output
        return MOST
    return min(max(found, LEAST), MOST) if found > 0 else MOST


def filled(text: str, indent: int = 0) -> str:
    """Return text in lines that fit."""
    return textwrap.fill(text, width(), subsequent_indent=margin(indent))


def wrapped(text: str, indent: int) -> list[str]:
    """Return text as lines that fit, without cutting a path."""
    return textwrap.wrap(
        text, width(), subsequent_indent=margin(indent), break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip


def margin(indent: int) -> str:
    """Return the blanks before a line that goes on; fewer where there is no room."""
    return " " * min(indent, width() // 4 if width() < MOST else indent)


def fitted(text: str) -> str:
    """Return text with the lines that are too long in several lines, the others as they are."""
    return "\n".join(
        part
        for line in text.split("\n")
        for part in (wrapped(line, _blanks(line) + 2) if len(line) > width() else [line])
    )


def _blanks(line: str) -> int:
    return len(line) - len(line.lstrip())


def row(title: str, *cells: str) -> str:
    """Return a row of a table: a title, and cells that align with those of other rows.

    In a narrow terminal the title has a line of its own, and the cells follow.
    """
    return "\n".join(row_lines(title, *cells))


def row_lines(title: str, *cells: str) -> list[str]:
    """Return the line of a row, or the lines in a narrow terminal."""
    line = f"{title:<32}" + "".join(f"{cell:>12}" for cell in cells)
    if len(line) <= width():
        return [line]
    each = max(width() // len(cells), CELL)
    beside = width() // each
    parts = [cells[k : k + beside] for k in range(0, len(cells), beside)]
    return [*wrapped(title, 0), *("".join(f"{cell:>{each}}" for cell in part) for part in parts)]


def count(n: int, noun: str) -> str:
    """Return `n` things: "1 round", "1,000 rounds"."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def percent(accuracy: float | None) -> str:
    """Return an accuracy in [0, 1] as per cent, or a dash if there is none."""
    return "-" if accuracy is None else f"{100 * accuracy:.2f}%"


def number(value: float | None) -> str:
    """Return a number with four digits, or a dash if there is none."""
    return "-" if value is None else f"{value:.4g}"


def numbers(values: float | Sequence[float]) -> str:
    """Return a vector in indented lines, or the start of a long one."""
    if not isinstance(values, Sequence):
        values = [values]
    text = some((f"{value:.3f}" for value in values), 40)
    return textwrap.fill(text, width(), initial_indent="  ", subsequent_indent="  ")


def some(items: Iterable[str], most: int, between: str = " ") -> str:
    """Return at most `most` items side by side; if there are more, add their number."""
    items = list(items)
    more = [f"... ({len(items)} in all)"] if len(items) > most else []
    return between.join([*items[:most], *more])


def short(label: Any) -> str:
    """Return a label in at most 15 columns."""
    text = str(label)
    if not text.isprintable():
        text = repr(text)
    return text if len(text) <= 15 else text[:12] + "..."


def layers(sizes: Sequence[int]) -> str:
    """Return the sizes of a net as text: 784-64-32-10."""
    return "-".join(map(str, sizes))


def activations(names: Sequence[str]) -> str:
    """Return one name if all layers share it, else all names in order."""
    return names[0] if len(set(names)) == 1 else ", ".join(names)


def inputs_and_outputs(event: Event) -> str:
    """Return the numbers of inputs and of outputs, or classes, of a net."""
    sizes = event["sizes"]
    outputs = count(sizes[-1], "output")
    if event["classes"]:
        outputs = "1 class" if sizes[-1] == 1 else f"{sizes[-1]:,} classes"
    return f"{count(sizes[0], 'input')}, {outputs}"


def described(event: Event) -> str:
    """Describe a net in a line or two: its layers, its loss, its seed."""
    seeds = event.get("seeds")
    seeded = f"seeds {seeds[0]} to {seeds[-1]}" if seeds else f"seed {event['seed']}"
    net = (
        f"net {layers(event['sizes'])}: {activations(event['activations'])}, {event['loss']} loss, "
        f"{event['dtype']}, {count(event['parameters'], 'parameter')}, {seeded}"
    )
    return filled(net, 2)


def saved(paths: Sequence[str]) -> str:
    """Return a line on the files that hold nets."""
    return f"saved {paths[0]}" + (f" ... {paths[-1]}" if len(paths) > 1 else "")


def saved_or_not(model: str | None) -> str:
    """Return a line on the file that holds the net, or on how to get one."""
    return saved([model]) if model else "the net is not saved: --out MODEL would keep it"


def option(value: Any) -> str:
    """Return the value of an option as text, with only the beginning of a digest."""
    if isinstance(value, list):
        return ", ".join(map(option, value)) or "none"
    if isinstance(value, dict):
        return ", ".join(f"{key}: {option(item)}" for key, item in value.items())
    if isinstance(value, str):
        return re.sub(r"(sha256:.{16})[0-9a-f]*", r"\1...", value)
    return json.dumps(value)
