"""Files of lists of numbers in JSON lines. Their lines are parsed like those of streams."""

from __future__ import annotations

import os
from collections.abc import Iterator

import numpy as np

from ..data.arrays import answers
from ..diagnostics import reason
from ..files import open_unpacked
from .decoding import text_blocks
from .lines import Lines
from .reading import NO_PART, Part, Path, Reading


def read(path: Path, reading: Reading) -> tuple[Part, Part]:
    """Read a file of [numbers, label] or {"x": [numbers], "y": label} on each line."""
    name, what = os.fspath(path), "numbers and labels" if reading.labels else "numbers"
    with open_unpacked(name) as (file, _):
        try:
            text = _Text(text_blocks(file, live=True, name=name))
            batches = list(Lines(text, "jsonl", reading))
            labels = [label for _, some in batches for label in some]
            y = answers(labels) if reading.labels else None
        except (ValueError, TypeError) as error:
            raise ValueError(f"{name}: not readable as {what}: {reason(error)}") from None
    if not batches:
        raise ValueError(f"{name}: no {what} in this file")
    return (np.concatenate([X for X, _ in batches]), y), NO_PART


class _Text:
    """A file of the blocks of a text."""

    def __init__(self, blocks: Iterator[bytes]):
        self.blocks = blocks

    def read1(self, size: int, /) -> bytes:
        """Return the next block, and b"" at the end."""
        return next(self.blocks, b"")
