"""Tables and their encodings: fields of events, and text of at most 80 columns."""

import datetime
import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from .text import Event, count, margin, number, short, some, width

if TYPE_CHECKING:
    from fastnet.model.network import Network

KINDS = {"number": "numbers", "flag": "truth values", "time": "times", "word": "words"}
MOST = 40  # columns that `info` shows
WORDS = 8  # categories of a column that it shows
DAY = 86_400
SOLID = "\xa0"  # a blank in a name, where no line ends


def about_table(net: "Network", reading: dict[str, Any]) -> dict[str, Any]:
    """Return the fields that describe the table that a net learns; none if it learns no table."""
    encoding = net.encoding
    if encoding is None:
        return {}
    kinds = [column.kind for column in encoding.columns]
    left = {name: "dropped" for name in reading.get("drop", [])}
    left |= {c.name: c.reason for c in encoding.columns if c.kind == "left out"}
    return {
        "target": encoding.target,
        "columns": {kind: kinds.count(kind) for kind in KINDS if kind in kinds},
        "left_out": left,
        "weight": reading.get("weight"),
    }


def table_lines(event: Event) -> list[str]:
    """Return lines on the target and the columns of a table; none without a table."""
    if "columns" not in event:
        return []
    columns = ", ".join(f"{n:,} of {KINDS[kind]}" for kind, n in event["columns"].items())
    lines = [f"target: {task(event)}", f"columns: {columns or 'none that differ'}"]
    if event["weight"] is not None:
        lines.append(f"weight of each row: {column_of(event['weight'])}")
    if event["left_out"]:
        left = [f"{column_of(name)} ({why})" for name, why in event["left_out"].items()]
        lines.append(f"left out: {some(left, 6, ', ')}")
    return [part for line in lines for part in whole(f"  {line}", 4)]


def task(event: Event) -> str:
    """Return the target's name and what it holds: classes or numbers."""
    name = f"{column_of(event['target'])}, " if event.get("target") else ""
    if event["classes"] is None:
        return f"{name}numbers"
    of = some(map(name_of, event["classes"]), 10, ", ")
    return f"{name}{len(event['classes'])} classes: {of}"


def encoding_lines(event: Event) -> list[str]:
    """Return lines on the encoding of a net: each column, its kind, its inputs, what they mean."""
    about = event["encoding"]
    if about is None:
        return []
    columns = about["columns"]
    by = "" if about["named"] else ", known by their places"
    by += ", of the first net" * any("encoding" in net for net in event.get("nets", [])[1:])
    lines = [f"  encoding     {count(len(columns), 'column')}, {event['sizes'][0]:,} inputs{by}"]
    if event["units"] is not None:
        centre, scale = (number(event["units"][name][0]) for name in ("centre", "scale"))
        lines.insert(0, f"  units        median {centre}, spread {scale} of the target")
    for column in columns[:MOST]:
        kind, gap = column["kind"], column.get("gap") is not None
        n = gap + (len(column["places"]) if kind == "word" else column.get("value") is not None)
        head = f"    {column_of(column['name'], 17):<17} {kind:<8} {n:>6}  "
        lines += whole(head + "; ".join([*details(column), *["gaps"] * gap]), 39)
    if len(columns) > MOST:
        lines.append(f"    ... ({len(columns):,} columns in all; --json has them)")
    return lines


def details(column: dict[str, Any]) -> Iterator[str]:
    """Yield what the inputs of a column mean: its scale, or its categories."""
    if column["kind"] == "left out":
        yield column["reason"]
    elif column["kind"] == "word":
        yield some(map(name_of, column["words"]), WORDS, ", ")
        if column["rare"]:
            yield f"{count(column['rare'], 'row')} with rare words"
    elif column["kind"] == "time" and column["order"] != "clock":
        yield f"centre {moment(column['centre'])}, scale {number(column['scale'] / DAY)} days"
    elif column["kind"] != "flag":
        yield f"centre {number(column['centre'])}, scale {number(column['scale'])}"


def moment(seconds: float) -> str:
    """Return a time, in seconds since 1970, as a date."""
    try:
        begin = datetime.datetime(1970, 1, 1)
        return (begin + datetime.timedelta(seconds=round(seconds))).isoformat(" ")
    except OverflowError:
        return number(seconds)


def column_of(name: str, most: int = 40) -> str:
    """Return the name of a column in at most so many columns, with its beginning and its end."""
    if len(name) <= most - 2 * (quoted(name) != name):
        return quoted(name)
    half = (most - 5) // 2
    return quoted(f"{name[:half]}...{name[-half:]}")


def name_of(label: Any) -> str:
    """Return a label or a category in at most 17 columns."""
    return quoted(short(label)) if isinstance(label, str) else short(label)


def quoted(text: str) -> str:
    """Return text that no line breaks, in quotes if it has blanks or commas."""
    text = (text if text.isprintable() else repr(text)).replace(" ", SOLID)
    is_plain = not {*f"{SOLID},;"} & {*text} or text[0] in "'\""
    return text if is_plain else f"'{text}'"


def whole(text: str, indent: int) -> list[str]:
    """Return text as lines that fit, with no name over two lines."""
    lines = textwrap.wrap(text, width(), subsequent_indent=margin(indent))
    return [line.replace(SOLID, " ") for line in lines]
