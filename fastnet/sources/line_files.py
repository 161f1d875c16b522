"""Data sets in text files, .csv or .jsonl. Their lines are parsed like those of streams."""

from __future__ import annotations

from typing import TextIO

import numpy as np

from ..data.arrays import answers
from ..data.fields import is_number, shown, split
from ..diagnostics import reason
from .line_forms import Csv
from .lines import MARK, Lines
from .reading import NO_PART, Part, Path, Reading

KEPT = 1 << 20  # characters at the beginning of a file that are checked again


def read(path: Path, reading: Reading, form: str) -> tuple[Part, Part]:
    """Read a text file in one of the FORMS; see `fastnet.datasets.read`."""
    what = "numbers and labels" if reading.labels else "numbers"
    with open(path, encoding="latin-1") as text:  # a character for each byte
        file = _Bytes(text)
        lines = Lines(file, form, reading)
        try:
            batches = list(lines)
            if isinstance(lines.parser, Csv):
                _check_names(file.head, lines.parser)
            labels = [label for _, some in batches for label in some]
            y = answers(labels) if reading.labels else None
        except (ValueError, TypeError) as error:
            raise ValueError(f"{path}: not readable as {what}: {reason(error)}") from None
    if not batches:
        raise ValueError(f"{path}: no {what} in this file")
    return (np.concatenate([X for X, _ in batches]), y), NO_PART


class _Bytes:
    r"""The bytes of a text, with \n at the end of each line. The first of them are kept."""

    def __init__(self, text: TextIO):
        self.text, self.head = text, b""

    def read1(self, size: int, /) -> bytes:
        """Return at most `size` bytes, and b"" at the end."""
        block = self.text.read(size).encode("latin-1")
        if len(self.head) < KEPT:
            self.head += block
        return block


def _check_names(head: bytes, parser: Csv) -> None:
    """Refuse a first line such as 0, 1, 2 ..., pandas' names of columns, if it may be a sample.

    It may be a sample if all columns are whole numbers. The name of the label's column counts as a
    name only if it does not come again.
    """
    lines = head.removeprefix(MARK).split(b"\n")
    numbered = [(n, line) for n, line in enumerate(lines, 1) if line.strip()]
    numbered = [both for both in numbered if not parser.is_comment(both[1])]
    if not numbered or parser.label not in ("first", "last", None):
        return
    number, line = numbered[0]
    first, *rows = (split(line.decode(errors="replace")) for _, line in numbered[:1000])
    names = list(first)
    if parser.label is not None and not is_number(label := names.pop(parser.column)):
        again = any(label in row for row in rows)
    else:
        names, again = first, False
    if again or names != [str(k) for k in range(len(names))]:
        return
    points = [[not field.lstrip("+-").isdigit() for field in row] for row in rows]
    others = any(map(all, zip(*points, strict=False)))  # all of a column with a point
    if points and (others or len(first) > 2):
        came = shown(line.decode(errors="replace"))
        raise ValueError(
            f"line {number}: {came} may be names or a sample, wanted names that are no "
            "numbers, or none (to_csv(header=False)); in a sample, write 0.0"
        )
