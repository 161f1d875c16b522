"""Records of CSV become columns of words, by PyArrow."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from ..tables.arrow import values_of
from ..tables.table import Words
from .csv_python import LIMIT
from .decoding import LONGEST, MARK
from .dialect import Dialect
from .records import BLANKS, Block
from .words import Index, compact

COMMENT = re.compile(rb"(?:\A|\n)[ \t]*#")


def columns(block: Block, dialect: Dialect) -> list[Words] | None:
    """Return the columns of the rows in a block, or None if Python's csv must read it.

    That is so if PyArrow is not there, or would read the block in another way.
    """
    n = len(dialect.names)
    if n == 1 or dialect.delimiter == BLANKS or not block.plain or block.data.startswith(MARK):
        return None
    if dialect.comments and b"#" in block.data and COMMENT.search(block.data):
        return None
    if len(block.starts) and (block.ends - block.starts).max() > LIMIT:
        return None
    try:
        import pyarrow as pa
        from pyarrow import csv
    except ImportError:
        return None
    names = [str(k) for k in range(n)]
    try:
        table = csv.read_csv(
            _owned(block.data),
            csv.ReadOptions(column_names=names, block_size=max(1 << 20, LONGEST)),
            csv.ParseOptions(delimiter=dialect.delimiter, newlines_in_values=b'"' in block.data),
            csv.ConvertOptions(
                check_utf8=False, column_types=dict.fromkeys(names, pa.string()),
                strings_can_be_null=False,
            ),
        )  # fmt: skip
    except pa.ArrowInvalid:  # rows of other lengths: the error is ours
        return None
    if len(table) != len(block.starts):
        return None
    return [_words(column) for column in table.columns]


def _owned(data: Any) -> Any:
    """Return a copy of bytes in memory of PyArrow's own.

    Its threads may free their last part of a buffer when Python has ended. For memory of Python's
    they would wait for the interpreter, and the process would hang or abort.
    """
    import pyarrow as pa

    owned = pa.allocate_buffer(len(data))
    np.frombuffer(owned, np.uint8)[:] = np.frombuffer(data, np.uint8)
    return owned


def _words(column: Any) -> Words:
    """Return a column of strings as words, without the blanks around them."""
    coded = column.combine_chunks().dictionary_encode()
    words = [*map(str.strip, coded.dictionary.to_pylist())]
    found = values_of(coded.indices, np.int32, -1)
    if len({*words}) == len(words):  # blanks make no difference
        return Words(found, compact(words))
    index = Index()
    return Words(index.codes(words, len(words))[found], compact(index))
