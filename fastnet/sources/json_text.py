"""Tables in JSON, in chunks: a flat object on each line, or one list of flat objects."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ..data.fields import shown
from ..tables.table import Table
from .decoding import LONGEST, MARK
from .reading import Reading
from .words import said_of, words_of

WANTED = "wanted a number, a word, true, false or null"
PLAIN = (str, bool, type(None))
TEXT: dict[Any, str] = {None: "", True: "true", False: "false"}

# Numbers stay as they are written: the whole column decides what it holds.
DECODER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)


def is_json(head: bytes) -> bool:
    """Tell whether a text begins with an object or a list of JSON."""
    return head.removeprefix(MARK).lstrip().startswith((b"{", b"["))


def is_flat(head: bytes) -> bool:
    """Tell whether a text begins with an object of JSON, or a list of them; not {"x": [...]}."""
    text = head.removeprefix(MARK).lstrip()
    line = text.split(b"\n", 1)[0]
    try:
        first = json.loads(line)
    except (ValueError, RecursionError):
        return re.match(rb"(\[\s*)?\{", text) is not None and b'"x"' not in line[:100]
    if isinstance(first, list):
        return bool(first) and isinstance(first[0], dict)
    return isinstance(first, dict) and not isinstance(first.get("x"), list)


def chunks(blocks: Iterator[bytes], reading: Reading) -> Iterator[Table]:
    """Yield a table of the objects on the whole lines of each block of a text.

    Raises
    ------
    ValueError
        A line is no flat object. The error names the line.
    """
    head = next(blocks, b"")
    if head.lstrip().startswith(b"["):
        yield _listed(head + b"".join(blocks), reading)
        return
    names: dict[str, None] = {}
    first, rest, given = 1, b"", 0
    for block in itertools.chain([head], blocks, [b"\n"]):
        *lines, rest = (rest + block).split(b"\n")
        if len(rest) > LONGEST:
            line = first + len(lines)
            raise ValueError(f"line {line}: longer than {LONGEST:,} bytes, wanted an object")
        numbered = [(k, line) for k, line in enumerate(lines, first) if line.strip()]
        first += len(lines)
        rows, wrong = list[dict[str, Any]](), None
        try:
            for k, data in numbered:
                rows.append(_object(data.decode(), f"line {k}"))
        except ValueError as error:
            wrong = error
        if rows and not names and not any(rows):
            raise ValueError(f"line {numbered[0][0]}: an object without names, wanted columns")
        if rows:
            places = np.array([k for k, _ in numbered[: len(rows)]])
            yield _table(rows, names, reading, places, given)
            given += len(rows)
        if wrong is not None:
            raise wrong


def _object(line: str, where: str) -> dict[str, Any]:
    """Return the flat object on a line."""
    try:
        row = DECODER.decode(line)
    except json.JSONDecodeError as error:
        raise ValueError(f"{where}: {error.msg} in column {error.colno}, wanted JSON") from None
    except RecursionError:
        raise ValueError(f"{where}: too deep, wanted a flat object of JSON") from None
    return _checked(row, line, where)


def _checked(row: Any, line: str, where: str) -> dict[str, Any]:
    """Return a value of JSON if it is a flat object."""
    if not isinstance(row, dict):
        raise ValueError(f"{where}: {shown(line)}, wanted an object of JSON, as in the first line")
    bad = next((name for name, v in row.items() if not isinstance(v, PLAIN)), None)
    if bad is not None:
        came = "a list" if isinstance(row[bad], list) else "an object"
        raise ValueError(f"{where}: {bad!r} holds {came}, {WANTED}")
    if "\\u" in line:  # only so can there be characters that are no text
        text = "".join(map(str, [*row, *row.values()]))
        if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
            raise ValueError(f"{where}: a character that is no text, wanted words")
    return row


def _listed(text: bytes, reading: Reading) -> Table:
    """Return the table of a list of objects."""
    try:
        rows = DECODER.decode(text.decode().strip())
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise ValueError(f"{where}: {error.msg}, wanted JSON") from None
    except RecursionError:
        raise ValueError("too deep, wanted a list of flat objects of JSON") from None
    if not rows:
        raise ValueError("an empty list, wanted objects of JSON")
    rows = [_checked(row, str(row), f"row {k}") for k, row in enumerate(rows)]
    return _table(rows, {}, reading, None, 0)


def _table(
    rows: Sequence[dict[str, Any]], names: dict[str, None], reading: Reading,
    places: Any, given: int,
) -> Table:  # fmt: skip
    """Return the table of flat objects. `names` holds the keys so far; new ones are added.

    The last key of the first object stays the last: it may be the target.
    """
    last = next(reversed(names or rows[0]), None)
    for row in rows:
        if row.keys() != names.keys():
            names.update(dict.fromkeys(row))
    if last is not None and [*names][-1] != last:
        names[last] = names.pop(last)
    columns = []
    for name in names:
        values = [row.get(name) for row in rows]
        words = words_of([v if isinstance(v, str) else TEXT[v] for v in values])
        columns.append(said_of(words, reading.decimal, reading.missing))
    noun = "row" if places is None else "line"
    return Table(tuple(names), tuple(columns), True, None, places, noun, given)
