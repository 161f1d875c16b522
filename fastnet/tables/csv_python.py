"""Records of CSV become columns of words, by Python's csv."""

from __future__ import annotations

import csv
from collections.abc import Sequence

import numpy as np

from ..data.fields import is_missing
from .form import Form
from .records import BLANKS, Block
from .table import Words
from .words import words_of

LIMIT = 131072  # the most characters of a field for Python's csv


def fields_of(texts: Sequence[str], delimiter: str) -> list[list[str]]:
    """Return the fields of records, with quotes undone."""
    if delimiter == BLANKS:
        texts = [text.replace("\t", " ").strip() for text in texts]
    return list(csv.reader(texts, delimiter=delimiter, skipinitialspace=True))


def columns(block: Block, form: Form) -> tuple[list[Words], np.ndarray]:
    """Return the columns of the rows in a block, and the numbers of their lines.

    Lines of blanks are no rows. Nor are comments: lines that begin with # and have another number
    of fields than the first, or whose first column holds numbers.

    Raises
    ------
    ValueError
        A row has another number of fields.
    """
    texts, n = block.texts(), len(form.names)
    rows = rows_of(block, texts, form.delimiter)
    lines = block.lines
    if n == 1 or b"#" in block.data or {*map(len, rows)} != {n}:
        kept = [k for k, row in enumerate(rows) if is_row(texts[k], row, form)]
        rows, lines = [rows[k] for k in kept], lines[kept]
    for line, row in zip(lines, rows, strict=True):
        if len(row) != n:
            came = f"{len(row)} field{'s' * (len(row) != 1)}"
            raise ValueError(f"line {line}: {came}, wanted {n} (line {form.line} has {n})")
    return [words_of(fields) for fields in zip(*rows, strict=True)], lines


def is_row(text: str, fields: list[str], form: Form) -> bool:
    """Tell whether a record is a row, neither blank nor a comment."""
    if text.isspace():
        return form.delimiter != BLANKS and form.delimiter in text
    if not text.lstrip().startswith("#") or is_missing(fields[0]):
        return True
    return not form.comments and len(fields) == len(form.names) > 1


def rows_of(block: Block, texts: list[str], delimiter: str) -> list[list[str]]:
    """Return the fields of records. A field that is too long is an error that names the line."""
    try:
        return fields_of(texts, delimiter)
    except csv.Error:
        for line, text in zip(block.lines, texts, strict=False):
            try:
                fields_of([text], delimiter)
            except csv.Error as error:
                raise ValueError(f"line {line}: {error}, wanted fields of CSV") from None
        raise
