"""The dialect of a text of CSV is found out from its beginning, as far as it is not said."""

from __future__ import annotations

import contextlib
import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence

from ..data.fields import is_number, shown
from ..tables.table import check_once
from .csv_python import fields_of, is_row, rows_of
from .decoding import LONGEST
from .dialect import Dialect
from .heading import check_second, is_heading, looks, with_index
from .reading import Reading
from .records import BLANKS, check_rest, cut

DELIMITERS = ("\t", ";", "|", ",")
HEAD = 1000  # so many records at the beginning decide the dialect
LINES, BYTES = 200, 1 << 20  # so much of them decides the delimiter
EXCELS = re.compile(rb"\"?sep=(.)\"?\n", re.IGNORECASE)  # its first line may say the delimiter


def sniffed(
    head: bytes, reading: Reading, final: bool, known: Sequence[str] = (), live: bool = False
) -> tuple[Dialect, bytes, int] | None:
    """Return the dialect of a text, the text from the first row on, and the number of its line.

    Parameters
    ----------
    head : bytes
        The beginning of the text.
    reading : Reading
        What is said of the dialect.
    final : bool
        True if that is the whole text.
    known : sequence of str
        Names of columns. If the first record has one of them, it is a heading.
    live : bool
        True: the first record alone decides whether it is a heading, whatever has arrived.

    Returns
    -------
    dialect, text, line
        Or None if there is no record yet.
    """
    if len(head) > LONGEST and b"\n" not in head[: LONGEST + 1]:
        raise ValueError(f"line 1: a line that does not end within {LONGEST:,} bytes")
    delimiter, line = checked(reading), 1
    excels = EXCELS.match(head)
    if excels and delimiter in (None, excels[1].decode(errors="replace")):
        delimiter, head, line = excels[1].decode(errors="replace"), head[excels.end() :], 2
    delimiter = delimiter or delimiter_of(head, reading.decimal)
    block, rest = cut(head, line, delimiter, final)
    texts, dialect = block.texts()[:HEAD], Dialect(delimiter)
    rows = [[*map(str.strip, row)] for row in rows_of(block, texts, delimiter)]
    said = {*known, reading.target, *reading.drop, reading.weight or "last"} - {"first", "last"}
    are = [
        k
        for k, row in enumerate(rows)
        if is_row(texts[k], row, dialect) or (k < 9 and said & {*row})
    ]
    if not are:
        check_rest(rest, line + block.data.count(b"\n"), final)
        return None
    first, text, line = rows[are[0]], texts[are[0]], int(block.lines[are[0]])
    below = [] if live else [rows[k] for k in are[1:]]
    first = first if reading.header is False else with_index(first, below)
    with of_line(line):
        named = reading.header
        if named is None:
            named = bool(said & {*first}) or is_heading(first, below, text)
        names = names_of(first) if named else made_up(len(first))
    comments = not named if live else {looks(row[0]) for row in below} == {"number"}
    trailing = named and len(first) > 1 and not any(row[-1] for row in (first, *below))
    said_of_numbers = reading.decimal, reading.missing
    otherwise = "." if delimiter == "," else reading.decimal_found or "."
    dialect = Dialect(
        delimiter, names, named, line, comments, *said_of_numbers, trailing, otherwise
    )
    if not named:
        return dialect, head[block.starts[are[0]] :], line
    if len(below) > 1:
        with of_line(int(block.lines[are[1]])):
            check_second(first, below)
    return dialect, head[block.ends[are[0]] + 1 :], line + text.count("\n") + 1


def checked(reading: Reading) -> str | None:
    """Return the delimiter that is said, if one is; refuse what can be none."""
    delimiter, decimal = reading.delimiter, reading.decimal
    if decimal not in (None, ".", ","):
        raise ValueError(f"decimal: {shown(decimal)}, wanted '.' or ','")
    if delimiter == r"\t":  # as it is written in a terminal
        return "\t"
    odd = delimiter is not None and (len(delimiter) != 1 or not delimiter.isascii())
    if odd or delimiter in ('"', "\n", "\r", "\0"):
        raise ValueError(f"delimiter: {delimiter!r}, wanted one character of ASCII, no quote")
    return delimiter


def made_up(n: int) -> tuple[str, ...]:
    """Return names for n columns that have none."""
    return tuple(f"column {k}" for k in range(1, n + 1))


def names_of(first: list[str]) -> tuple[str, ...]:
    """Return the names of the columns; those without one get the name that pandas gives them."""
    names = tuple(name or f"Unnamed: {k}" for k, name in enumerate(first))
    check_once(names)
    return names


@contextlib.contextmanager
def of_line(line: int) -> Iterator[None]:
    """Let errors name a line."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"line {line}: {error}") from None


def delimiter_of(head: bytes, decimal: str | None) -> str:
    """Return the delimiter that splits the lines of a text most evenly."""
    lines = head[:BYTES].split(b"\n", LINES)
    lines = lines[:LINES] if len(lines) > 1 else [head.split(b"\n", 1)[0]]
    texts = [line.decode(errors="replace") for line in lines if line.strip()]
    texts = [text for text in texts if not text.lstrip().startswith("#")] or texts
    if len(head) > BYTES and len(texts) > 1 and len(lines) <= LINES:
        texts.pop()  # it may be cut
    best, most = "", 0.0
    for delimiter in DELIMITERS:
        if delimiter == decimal:
            continue
        counts = [len(row) for row in _split(texts, delimiter) if row]
        common, times = Counter(counts).most_common(1)[0] if counts else (0, 0)
        if counts and counts[0] > 1 and times * (common > 1) / len(counts) > most:
            best, most = delimiter, times / len(counts)
    return best or (BLANKS if _is_aligned(texts) else _unused(texts))


def _split(texts: list[str], delimiter: str) -> list[list[str]]:
    try:
        return fields_of(texts, delimiter)
    except csv.Error:
        return []


def _is_aligned(texts: list[str]) -> bool:
    """Tell whether lines clearly have runs of blanks between their fields, some of them numbers."""
    rows = _split(texts, BLANKS)
    below = rows[1:] or rows
    if not rows or len({*map(len, below)}) != 1 or len(below[0]) < 2:
        return False
    if len(rows[0]) not in (len(below[0]), len(below[0]) - 1):  # R's rows have names before them
        return False
    return any(all(map(is_number, column)) for column in zip(*below, strict=True))


def _unused(texts: list[str]) -> str:
    """Return a delimiter for a text of one column: one that is in no line, if there is one."""
    rare = (d for d in DELIMITERS if not any(d in text for text in texts))
    return next(rare, DELIMITERS[0])
