"""Records of CSV become columns of words, by Python's csv."""

from __future__ import annotations

import csv
from collections.abc import Sequence

from ..data.fields import is_missing
from ..tables.table import Words
from ..typing import Array
from .dialect import Dialect
from .records import BLANKS, Block
from .words import words_of

LIMIT = 131_072  # the most characters of a field for Python's csv


def fields_of(texts: Sequence[str], delimiter: str) -> list[list[str]]:
    """Return the fields of records, with quotes undone."""
    if delimiter == BLANKS:
        texts = [text.replace("\t", " ").strip() for text in texts]
    return list(csv.reader(texts, delimiter=delimiter, skipinitialspace=True))


class RecordError(ValueError):
    """A record does not fit; `place` is its place in the block."""

    def __init__(self, block: Block, place: int, wrong: str):
        super().__init__(f"line {block.lines[place]}: {wrong}")
        self.place = place


def columns(block: Block, dialect: Dialect) -> tuple[list[Words], Array]:
    """Return the columns of the rows in a block, and the numbers of their lines.

    Lines of blanks are no rows. Nor are comments: lines that begin with # and have another number
    of fields than the first, or whose first column holds numbers.

    Raises
    ------
    RecordError
        A row has another number of fields.
    """
    texts, n = block.texts(), len(dialect.names)
    rows = rows_of(block, texts, dialect.delimiter)
    lines = block.lines
    if n == 1 or b"#" in block.data or {*map(len, rows)} != {n}:
        kept = [k for k, row in enumerate(rows) if is_row(texts[k], row, dialect)]
        for k in kept:
            if len(rows[k]) != n:
                came = f"{len(rows[k])} field{'s' * (len(rows[k]) != 1)}"
                raise RecordError(block, k, f"{came}, wanted {n} (line {dialect.line} has {n})")
        rows, lines = [rows[k] for k in kept], lines[kept]
    return [words_of(fields) for fields in zip(*rows, strict=True)], lines


def is_row(text: str, fields: list[str], dialect: Dialect) -> bool:
    """Tell whether a record is a row, neither blank nor a comment."""
    if text.isspace():
        return dialect.delimiter != BLANKS and dialect.delimiter in text
    if not text.lstrip().startswith("#") or is_missing(fields[0]):
        return True
    return not dialect.comments and len(fields) == len(dialect.names) > 1


def rows_of(block: Block, texts: list[str], delimiter: str) -> list[list[str]]:
    """Return the fields of records of a block, of the first or of all."""
    try:
        return fields_of(texts, delimiter)
    except csv.Error as error:  # of which one?
        for k, text in enumerate(texts):
            try:
                fields_of([text], delimiter)
            except csv.Error as wrong:
                raise RecordError(block, k, f"{wrong}, wanted fields of CSV") from None
        raise ValueError(f"line {block.lines[0]}: {error}, wanted fields of CSV") from None
