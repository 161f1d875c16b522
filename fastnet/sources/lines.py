"""Lines of numbers and a label as they arrive, CSV or JSON, from a stream or a file.

NumPy parses CSV here, 5 to 40 times faster than a table of few rows is read and typed. All other
text is tables: see `text`.
"""

from __future__ import annotations

import csv
import itertools
import os
from collections import deque
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..data.arrays import answers
from ..data.fields import FieldError, as_pixels
from ..data.text_labels import HEAD, LabelType
from ..diagnostics import reason
from ..files import open_unpacked
from ..typing import Array
from .decoding import LONGEST, MARK, OTHERS, text_blocks
from .line_forms import FORMS, Form
from .reading import NO_PART, Part, Path, Reading

BLOCK = 1 << 16  # the most bytes that are read at a time
BAD = (ValueError, OverflowError, RecursionError, csv.Error)  # errors of parsing

Batch = tuple[Array, list[Any]]


class Lines:
    """Examples in batches (X, y), X (n, features) and n labels. A batch never waits for more.

    Parameters
    ----------
    file
        A file of bytes, with `read1`. A line of CSV has numbers and a label, with commas between;
        the first may have the names of the columns. A line of JSON is {"x": [numbers], "y": label},
        or one list of numbers and a label. Empty lines are skipped. So are lines of CSV that begin
        with #, unless the label may stand there.
    form
        "csv" or "jsonl". None: the first line decides.
    reading
        The options of reading. Without `labels`, y is a list of None. Without `classes`, most of
        the first 1,000 lines decide the type of the labels: whole numbers, numbers with a point, or
        words, and in JSON also truth values or rows of numbers. Until then there are no batches.

    Raises
    ------
    ValueError
        A line does not fit, is longer than 4 MiB, or has a label that is missing or of another type
        than most. All lines before it have been yielded.
    """

    def __init__(self, file: Any, form: str | None, reading: Reading) -> None:
        self.file, self.form, self.pixels = file, form, reading.pixels
        self.label = reading.target if reading.labels else None
        self.labels = LabelType(reading.classes)
        self.parser: Form | None = None  # known from the first line on
        self.given = 0
        self.numbers: deque[int] = deque(maxlen=BLOCK // 2)  # of the last lines yielded

    def line(self, example: int) -> int:
        """Return the line number, from 1, of an example that was yielded not long ago."""
        return self.numbers[example - 1 - self.given + len(self.numbers)]

    def __iter__(self) -> Iterator[Batch]:
        if self.label is None:
            yield from self._batches()
            return
        batches, held, failure = self._batches(), list[Batch](), None
        try:
            for batch in batches:
                held.append(batch)
                if self.labels.type or sum(len(y) for _, y in held) >= HEAD:
                    break
        except (Exception, KeyboardInterrupt) as error:
            failure = error  # raised after the lines before it are yielded
        if self.labels.type is None:
            self.labels.see([label for _, y in held for label in y][:HEAD])
        given = 0
        for X, y in itertools.chain(held, _raising(failure), batches):
            labels, wrong = self.labels.typed(y)
            given += len(labels)
            if labels:
                yield X[: len(labels)], labels
            if wrong is not None:
                raise ValueError(f"line {self.line(given + 1)}: {wrong}")

    def _batches(self) -> Iterator[Batch]:
        """Yield batches whose labels, from CSV, are still text."""
        for first, block in self._blocks():
            numbers, lines = self._examples(first, block)
            if not lines:
                continue
            try:
                batch, failure = self._parse(lines), None
            except BAD:
                batch, failure = self._up_to_the_bad(numbers, lines)
            self.numbers.extend(numbers[: len(batch[1])])
            self.given += len(batch[1])
            if batch[1]:
                yield batch
            if failure is not None:
                raise failure

    def _blocks(self) -> Iterator[tuple[int, list[bytes]]]:
        """Yield whole lines, as many as there are, and the number of the first."""
        first, rest = 1, b""
        while block := self.file.read1(BLOCK):
            if first == 1 and not rest:
                block = block.removeprefix(MARK)
            *lines, rest = (rest + block).split(b"\n")
            if len((lines or [rest])[0]) > LONGEST:
                _check_text((lines or [rest])[0])
                raise ValueError(f"line {first}: longer than {LONGEST:,} bytes, wanted an example")
            yield first, lines
            first += len(lines)
        yield first, [rest]

    def _examples(self, first: int, block: list[bytes]) -> tuple[list[int], list[bytes]]:
        """Return the line numbers and the lines of examples. The first line decides the form."""
        numbered = [(n, line) for n, line in enumerate(block, first) if line.strip()]
        if numbered and self.parser is None:
            self.parser = self._parser(numbered[0][1])
        passed = 0
        if self.parser is not None:
            comment = self.parser.is_comment  # which the names may change
            while passed < len(numbered) and not self.parser.features:
                pair = numbered[passed]
                passed += comment(pair[1]) or self._begin(*pair)
            rest = numbered[passed:]
            numbered = [pair for pair in rest if b"#" not in pair[1] or not comment(pair[1])]
        return [number for number, _ in numbered], [line for _, line in numbered]

    def _parser(self, line: bytes) -> Form:
        """Return the parser of all lines, by the beginning of the first."""
        _check_text(line)
        if self.form is None:
            self.form = "jsonl" if line.lstrip()[:1] in (b"{", b"[") else "csv"
        parser = FORMS[self.form](self.label)
        self.labels.text = parser.text
        return parser

    def _begin(self, number: int, line: bytes) -> bool:
        """Choose the parser by the first line; tell whether that line has names."""
        assert self.parser is not None
        try:
            heading = self.parser.is_heading(_decoded(line))
            self.parser.features = self.parser.features or self._parse([line])[0].shape[1]
            return heading
        except BAD as error:
            raise _of_line(number, error) from None

    def _up_to_the_bad(self, numbers: list[int], lines: list[bytes]) -> tuple[Batch, ValueError]:
        """Return the examples before the first bad line, and the error of that line."""
        for k, line in enumerate(lines):
            try:
                self._parse([line])
            except BAD as error:
                before = self._parse(lines[:k]) if k else (np.empty((0, 0)), [])
                return before, _of_line(numbers[k], error)
        raise AssertionError("each line fits, but not all together")

    def _parse(self, lines: list[bytes]) -> Batch:
        """Return the examples in some lines."""
        assert self.parser is not None
        texts = [_decoded(line) for line in lines]
        rows, labels = self.parser.rows(texts)
        X = np.array(rows, np.float64)
        features = self.parser.features
        if X.ndim != 2 or X.shape[1] != (features or X.shape[1]):
            raise self.parser.wrong_width(X.size)
        if self.pixels:
            return as_pixels(X), labels
        if not np.isfinite(X).all():
            for text in texts:
                self.parser.check(text)
        return X, labels


def _of_line(number: int, error: Exception) -> ValueError:
    """Return an error that names the line, and the column if it is known."""
    column = f", column {error.column}" if isinstance(error, FieldError) else ""
    if isinstance(error, UnicodeDecodeError):
        return ValueError(f"line {number}: not text, wanted UTF-8 (in Excel: CSV UTF-8)")
    return ValueError(f"line {number}{column}: {error}")


def _decoded(line: bytes) -> str:
    return line.decode().strip()


def _check_text(start: bytes) -> None:
    """Raise an error if the beginning is not text in UTF-8, and say what to do."""
    for magic, what in OTHERS.items():
        if start.startswith(magic):
            raise ValueError(f"not text in UTF-8, but {what}")
    if b"\0" in start:
        raise ValueError("not text: bytes of value 0, wanted CSV or JSON lines in UTF-8")


def _raising(error: BaseException | None) -> Iterator[Batch]:
    """Yield nothing; raise the error if there is one."""
    if error is not None:
        raise error
    yield from ()


# Files --------------------------------------------------------------------------------------------


def read(path: Path, reading: Reading) -> tuple[Part, Part]:
    """Read a file of [numbers, label] or {"x": [numbers], "y": label} on each line."""
    name, what = os.fspath(path), "numbers and labels" if reading.labels else "numbers"
    try:
        with open_unpacked(name) as (file, _):
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
