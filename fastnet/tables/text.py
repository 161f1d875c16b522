"""Tables in text: CSV, TSV and their kin, whole or in chunks, from files and pipes."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..data.reading import Path, Reading
from ..diagnostics import reason
from ..files import open_unpacked
from . import csv_arrow, csv_python
from .form import Form
from .records import Block, cut
from .sniff import sniffed
from .source import text_blocks
from .table import MISSING, Table, Words
from .words import joined

FIRST = 1 << 20  # bytes at the beginning of a file that decide its form
COMMAS = re.compile(r"[+-]?\d*,\d+(?:[eE][+-]?\d+)?", re.ASCII)  # with a decimal comma
POINTS = re.compile(r"[+-]?\d*\.\d+(?:[eE][+-]?\d+)?", re.ASCII)
THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}([.,]\d{3})+", re.ASCII)  # or decimals: no telling


def tables(path: Path, reading: Reading, rows: int | None = None) -> Iterator[Table]:
    """Yield the table in a file of text, whole, or in tables of so many rows.

    All columns are text: the whole of a column decides what it holds.

    Parameters
    ----------
    path
        A file of CSV, or of text with another delimiter; it may be packed by gzip, bzip2 or xz.
    reading
        The options of reading; `delimiter`, `decimal` and `header` are found out if they are None.
    rows : int, optional
        The number of rows of each table but the last.

    Raises
    ------
    ValueError
        The file is not such a text. The error names the file, and the line if there is one.
    OSError
        It cannot be opened.
    """
    name = os.fspath(path)
    try:
        with open_unpacked(name) as (file, _):
            parts = chunks(text_blocks(file), reading)
            if rows is None:
                yield joined(list(parts))
            else:
                yield from regrouped(parts, rows)
    except ValueError as error:
        raise ValueError(f"{name}: {reason(error).removeprefix(f'{name}: ')}") from None


def read_text(path: Path, reading: Reading) -> Table:
    """Return the whole table in a file of text: see `tables`."""
    (table,) = tables(path, reading)
    return table


def stream_chunks(file: Any, reading: Reading, known: Sequence[str] = ()) -> Iterator[Table]:
    """Yield tables from a pipe of text, each with the whole rows that have arrived.

    Parameters
    ----------
    file
        A file of bytes with `read1`.
    reading
        The options of reading.
    known : sequence of str
        The names of the columns that a net knows: a first record with one of them is a heading.

    Raises
    ------
    ValueError
        A line does not fit. All rows before its block have been yielded.
    """
    return chunks(text_blocks(file, live=True), reading, known, live=True)


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
    form, text, line = found
    given, rest = 0, b""
    for more in itertools.chain([text], blocks, [None]):
        whole, rest = cut(rest + (more or b""), line, form.delimiter, more is None)
        line += whole.data.count(b"\n")
        table = _table(whole, form, given)
        given += len(table)
        if len(table):
            yield table
    if not given:
        raise ValueError("no rows in it but the names, wanted at least one")


def _table(block: Block, form: Form, given: int) -> Table:
    """Return the table of the rows in a block, of which so many were given before."""
    columns, lines = csv_arrow.columns(block, form), block.lines
    if columns is None:
        columns, lines = csv_python.columns(block, form)
    if form.decimal is None:
        form.decimal = _decimal(columns)
    read = tuple(_read(column, form) for column in columns)
    return Table(form.names, read, form.named, None, lines, "line", given)


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


def _read(column: Words, form: Form) -> Words:
    """Return a column with what is said of its words."""
    gone = {*form.missing} & {*column.words} if form.missing else ()
    if gone:
        new = [MISSING if word in gone else code for code, word in enumerate(column.words)]
        column = replace(column, codes=np.array([*new, MISSING], np.int32)[column.codes])
    return replace(column, decimal=form.decimal or ".")


def regrouped(tables: Iterable[Table], rows: int) -> Iterator[Table]:
    """Yield the rows of tables in tables of so many rows each; the last may have fewer."""
    held: list[Table] = []
    for table in tables:
        start = 0
        while start < len(table):
            part = table[start : start + rows - sum(map(len, held))]
            held.append(part)
            start += len(part)
            if sum(map(len, held)) == rows:
                yield joined(held)
                held = []
    if held:
        yield joined(held)
