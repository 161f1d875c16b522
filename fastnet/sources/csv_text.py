"""Tables in CSV and its kin, in chunks: the whole rows of each block of a text."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from ..tables.table import Table, Words
from . import csv_arrow, csv_python
from .dialect import Dialect
from .reading import Reading
from .records import Block, check_rest, cut
from .sniff import sniffed
from .words import said_of

FIRST = 1 << 20  # bytes at the beginning of a file that decide its dialect
COMMAS = re.compile(r"[+-]?\d*,\d+(?:[eE][+-]?\d+)?", re.ASCII)  # with a decimal comma
POINTS = re.compile(r"[+-]?\d*\.\d+(?:[eE][+-]?\d+)?", re.ASCII)
THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}([.,]\d{3})+", re.ASCII)  # or decimals: no telling


def fits(head: bytes) -> bool:
    """Tell whether a file begins with lines of text."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):  # UTF-16
        return True
    controls = bytes(c for c in range(32) if c not in b"\t\n\r\f")
    return (b"\n" in head or b"\r" in head) and len(head.translate(None, controls)) == len(head)


def chunks(
    blocks: Iterable[bytes], reading: Reading, known: Sequence[str] = (), live: bool = False
) -> Iterator[Table]:
    """Yield a table of the whole rows in each block of a text."""
    blocks, head, found = iter(blocks), b"", None
    for block in blocks:
        head += block
        if b"\n" in head and (live or len(head) >= FIRST):
            found = sniffed(head, reading, False, known, live)
        if found is not None:
            break
    if found is None:  # that was the whole text
        found = sniffed(head, reading, True, known, live)
    if found is None:
        raise ValueError("no rows in it, wanted at least one")
    dialect, text, line = found
    given = 0
    for table in rows_in(itertools.chain([text], blocks), dialect, line):
        given += len(table)
        yield table
    if not given:
        raise ValueError("no rows in it but the names, wanted at least one")


def rows_in(blocks: Iterable[bytes], dialect: Dialect, line: int) -> Iterator[Table]:
    """Yield a table of the whole rows in each block, of which the first begins on this line.

    Raises
    ------
    ValueError
        A row does not fit. Those before it have been yielded.
    """
    given, rest = 0, b""
    for more in itertools.chain(blocks, [None]):
        text = rest + (more or b"")
        block, rest = cut(text, line, dialect.delimiter, more is None, dialect.comments)
        line += block.data.count(b"\n")
        try:
            table, wrong = _table(block, dialect, given), None
        except csv_python.RecordError as error:
            table, wrong = _table(block.before(error.place), dialect, given), error
        given += len(table)
        if len(table):
            yield table
        if wrong is not None:
            raise wrong
        check_rest(rest, line, final=more is None)


def _table(block: Block, dialect: Dialect, given: int) -> Table:
    """Return the table of the rows in a block, of which so many were given before."""
    columns, lines = csv_arrow.columns(block, dialect), block.lines
    if columns is None:
        columns, lines = csv_python.columns(block, dialect)
    if dialect.decimal is None:
        dialect.decimal = _decimal(columns)
    decimal = dialect.decimal or dialect.otherwise
    told = [said_of(column, decimal, dialect.missing) for column in columns]
    if dialect.trailing and told:
        value = np.array([*map(bool, told[-1].words), False])[told.pop().codes]
        if value.any():
            line = lines[np.argmax(value)]
            raise ValueError(f"line {line}: a value in the last column, which is empty above")
    return Table(dialect.names[: len(told)], tuple(told), dialect.named, None, lines, "line", given)


def _decimal(columns: Sequence[Words]) -> str | None:
    """Return what stands before decimals, by the first number that says it, or None."""
    first = None
    for column in columns:
        for code, word in enumerate(column.words):
            if ("," in word or "." in word) and not THOUSANDS.fullmatch(word):
                point = "," if COMMAS.fullmatch(word) else "." if POINTS.fullmatch(word) else ""
                if point:
                    row = int(np.argmax(column.codes == code))
                    first = min(first or (row, point), (row, point), key=lambda pair: pair[0])
                    break  # the words come in the order of their rows
    return first and first[1]
