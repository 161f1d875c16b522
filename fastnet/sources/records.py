"""Records of a text: its lines, or several where a quoted field holds the ends of lines."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ..typing import Array
from .decoding import LONGEST

NEWLINE, QUOTE = b'\n"'
BLANKS = " "  # the delimiter that stands for runs of blanks and tabs


@dataclass
class Block:
    """Whole records in a row.

    Attributes
    ----------
    data : bytes
        The records, and other lines between them if it is not `plain`.
    starts, ends : ndarray of int64
        Where each record begins and ends in `data`, without the end of its line.
    lines : ndarray of int64
        The number of the first line of each record.
    plain : bool
        True if quotes stand only around fields and doubled in them, and there are no comments.
    """

    data: bytes
    starts: Array
    ends: Array
    lines: Array
    plain: bool

    def before(self, place: int) -> Block:
        """Return the records before one."""
        kept = self.starts[:place], self.ends[:place], self.lines[:place]
        return Block(self.data, *kept, plain=False)

    def texts(self) -> list[str]:
        """Return the records as text."""
        data = self.data
        spans = zip(self.starts.tolist(), self.ends.tolist(), strict=True)
        return [data[start:end].decode() for start, end in spans]


def cut(
    data: bytes, first: int, delimiter: str, final: bool, comments: bool = True
) -> tuple[Block, bytes]:
    """Return the whole records at the beginning of a text, and the rest of it.

    Parameters
    ----------
    data : bytes
        Text that begins with a record.
    first : int
        The number of its first line.
    delimiter : str
        What stands between fields.
    final : bool
        True if no more text follows: then there is no rest.
    comments : bool
        True if a line that begins with # is no record, so that its quotes mean nothing.
    """
    if final and data and not data.endswith(b"\n"):
        data += b"\n"
    odd = delimiter == BLANKS or (comments and (data.startswith(b"#") or b"\n#" in data))
    found = None if odd else _by_quotes(data, delimiter)
    plain = found is not None
    starts, ends = found or _one_by_one(data, delimiter, comments)
    whole = int(ends[-1]) + 1 if len(ends) else 0
    rest = data[whole:]
    newlines = np.flatnonzero(np.frombuffer(data, np.uint8)[:whole] == NEWLINE)
    lines = first + np.searchsorted(newlines, starts)
    there = ends > starts
    return Block(data[:whole], starts[there], ends[there], lines[there], plain), rest


def check_rest(rest: bytes, line: int, final: bool) -> None:
    """Refuse the rest of a text, from this line on, if it is too long, or if it is the last."""
    if final and rest:
        raise ValueError(f"line {line}: a quoted field begins here and does not end")
    if len(rest) > LONGEST:
        what = "a quoted field" if b"\n" in rest else "a line"
        raise ValueError(f"line {line}: {what} that does not end within {LONGEST:,} bytes")


def _by_quotes(data: bytes, delimiter: str) -> tuple[Array, Array] | None:
    """Return where records begin and end, if all quotes stand in their places, else None."""
    text = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(text == NEWLINE)
    if b'"' in data:
        quotes = np.flatnonzero(text == QUOTE)
        ends = ends[np.searchsorted(quotes, ends) % 2 == 0]
        beside = np.frombuffer(b"\n" + data + b"\n", np.uint8)  # one further on
        fits = np.zeros(256, bool)
        fits[[NEWLINE, QUOTE, ord(delimiter)]] = True
        if not (fits[beside[quotes[::2]]].all() and fits[beside[quotes[1::2] + 2]].all()):
            return None
    return np.concatenate([[0], ends[:-1] + 1])[: len(ends)], ends


def _one_by_one(data: bytes, delimiter: str, comments: bool) -> tuple[Array, Array]:
    """Return where records begin and end: a quote counts only at the beginning of a field."""
    starts, ends, start = list[int](), list[int](), 0
    while (end := _end(data, start, delimiter, comments)) >= 0:
        starts.append(start)
        ends.append(end)
        start = end + 1
    return np.array(starts, np.int64), np.array(ends, np.int64)


def _end(data: bytes, start: int, delimiter: str, comments: bool) -> int:
    """Return the place of the end of the record that begins at `start`, or -1."""
    end = data.find(b"\n", start)
    if data.find(b'"', start, end) < 0 or (comments and data.startswith(b"#", start)):
        return end
    quoted, plain = _patterns(delimiter)
    while start < len(data):
        match = quoted.match(data, start)
        if match:
            if not match[1]:
                return -1
            start = match.end()
        start = plain.match(data, start).end()  # type: ignore[union-attr]
        if data.startswith(b"\n", start):
            return start
        start += 1
    return -1


@lru_cache
def _patterns(delimiter: str) -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    """Return the patterns of a field in quotes, and of what follows up to the next delimiter."""
    between = rb" \t" if delimiter == BLANKS else re.escape(delimiter.encode())
    return re.compile(rb' *"[^"]*(?:""[^"]*)*("?)'), re.compile(rb"[^\n" + between + rb"]*")
