"""The door to tables in text, CSV or flat JSON: whole or in chunks, from files and pipes."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator, Sequence
from typing import Any

from ..diagnostics import reason
from ..files import open_unpacked
from ..tables.table import Table
from . import csv_text, json_text
from .decoding import text_blocks
from .parts import kept
from .reading import Path, Reading
from .words import joined, regrouped


def tables(path: Path, reading: Reading, rows: int | None = None) -> Iterator[Table]:
    """Yield the table in a file of text, whole, or in tables of so many rows.

    All columns are text: the whole of a column decides what it holds.

    Parameters
    ----------
    path
        A file of CSV, or of text with another delimiter, or of flat objects of JSON. It may be
        packed by gzip, bzip2 or xz.
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
            parts = _chunks(text_blocks(file, name=name), reading)
            parts = (part.without(_away(part.names, name, reading)) for part in parts)
            for some in regrouped(parts, rows):
                yield joined(some)
    except ValueError as error:
        raise ValueError(f"{name}: {reason(error).removeprefix(f'{name}: ')}") from None


def stream_chunks(
    file: Any, reading: Reading, known: Sequence[str] = (), name: str = "the text"
) -> Iterator[Table]:
    """Yield tables from a pipe of text, each with the whole rows that have arrived.

    Parameters
    ----------
    file
        A file of bytes with `read1`.
    reading
        The options of reading.
    known : sequence of str
        The names of the columns that a net knows: a first record with one of them is a heading.
    name : str
        What a warning calls the text.

    Raises
    ------
    ValueError
        A line does not fit. All rows before its block have been yielded.
    """
    return _chunks(text_blocks(file, live=True, name=name), reading, known, live=True)


def _away(names: Sequence[str], path: Path, reading: Reading) -> list[str]:
    """Return the names of the columns that are not read."""
    there = {*kept(names, path, reading)}
    return [name for name in names if name not in there]


def _chunks(
    blocks: Iterator[bytes], reading: Reading, known: Sequence[str] = (), live: bool = False
) -> Iterator[Table]:
    """Yield a table of the whole rows in each block of a text, by its first character."""
    head = b""
    for block in blocks:
        head += block
        if head.strip():
            break
    blocks = itertools.chain([head] if head else [], blocks)
    if json_text.is_flat(head):
        return json_text.chunks(blocks, reading)
    return csv_text.chunks(blocks, reading, known, live)
