"""Examples from a stream of text, as they come: CSV or JSON lines."""

import csv
import json
import re
from collections import deque
from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from .features import as_pixels, is_heading

BLOCK = 1 << 16  # bytes read at a time, at most
LONGEST = 1 << 24  # bytes of a line
HEAD = 1000  # lines whose labels say what all labels are

BAD = (ValueError, OverflowError, RecursionError, csv.Error)  # what parsing raises

POINTED = re.compile(r"[+-]?(\d+\.\d*|\.\d+|\d+(?=[eE]))([eE][+-]?\d+)?", re.ASCII)
WHOLE = re.compile(r"0|-?[1-9]\d{0,17}", re.ASCII)  # which 64 bits can hold

Batch = tuple[NDArray[Any], list[Any]]
Some = list[bytes] | tuple[bytes, ...]


class Lines:
    """Examples in batches (X, y), X (n, features) and n labels: what there is, never waited for.

    Parameters
    ----------
    file
        Of bytes, with `read1`. A line of CSV has numbers and a label, with commas between; the
        first may have the columns' names. A line of JSON is {"x": [numbers], "y": label}, or one
        list of numbers and a label. Empty lines are passed over.
    form
        "csv" or "jsonl"; None: the first line says it.
    label
        Where the label is: "last", "first", or the name of a column of CSV.
    words
        Whether CSV's labels are words even where they look like numbers, or (False) whole numbers.
        None: the first 1,000 lines say what labels are: whole numbers, numbers with a point (for a
        regression), or words; until then nothing is given out.
    pixels
        Numbers are pixels, 0 to 255: give them out as images are, uint8.

    Raises
    ------
    ValueError
        A line that does not fit; all before it have been given out.
    """

    def __init__(
        self,
        file: BinaryIO,
        form: str | None = None,
        label: str = "last",
        words: bool | None = None,
        pixels: bool = False,
    ) -> None:
        self.file, self.form, self.label, self.pixels = file, form, label, pixels
        self.kind: type | None = None if words is None else str if words else int
        self.column = 0 if label == "first" else -1
        self.features = 0
        self.given = 0
        self.numbers: deque[int] = deque(maxlen=BLOCK // 2)  # of the last lines given out

    def line(self, example: int) -> int:
        """The number of the line that an example, counted from 1, was on, if not long ago."""
        return self.numbers[example - 1 - self.given + len(self.numbers)]

    def __iter__(self) -> Iterator[Batch]:
        batches, held, failure = self._batches(), list[Batch](), None
        try:
            for batch in batches:
                held.append(batch)
                if self.kind or self.form == "jsonl" or sum(len(y) for _, y in held) >= HEAD:
                    break
        except (ValueError, OSError, KeyboardInterrupt) as error:
            failure = error  # once the lines before it are given out
        if self.form == "csv" and self.kind is None:
            self.kind = _kind([label for _, y in held for label in y][:HEAD])
        for X, y in held:
            yield X, self._typed(y)
        if failure is not None:
            raise failure
        for X, y in batches:
            yield X, self._typed(y)

    def _typed(self, labels: list[Any]) -> list[Any]:
        """The labels of CSV as what they are; one that is something else stays a word."""
        if self.form == "jsonl" or self.kind is str:
            return labels
        kind: Any = self.kind
        return [kind(label) if _is(kind, label) else label for label in labels]

    def _batches(self) -> Iterator[Batch]:
        """Batches whose labels, from CSV, are words."""
        for first, block in self._blocks():
            numbered = [(n, line) for n, line in enumerate(block, first) if line.strip()]
            if numbered and not self.features and self._begin(*numbered[0]):
                del numbered[0]
            if not numbered:
                continue
            numbers, lines = zip(*numbered, strict=True)
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
        """Whole lines, as many as there are, and the number of the first."""
        first, rest = 1, b""
        while block := self.file.read1(BLOCK):  # type: ignore[attr-defined]
            if first == 1 and not rest:
                block = block.removeprefix(b"\xef\xbb\xbf")  # Excel's mark of UTF-8
            *lines, rest = (rest + block).split(b"\n")
            yield first, lines
            first += len(lines)
            if len(rest) > LONGEST:
                raise ValueError(f"line {first}: longer than {LONGEST:,} bytes, wanted an example")
        yield first, [rest]

    def _begin(self, number: int, line: bytes) -> bool:
        """See from the first line what all are like; whether it has names, and no example."""
        if self.form is None:
            self.form = "jsonl" if line.lstrip()[:1] in (b"{", b"[") else "csv"
        names = False
        try:
            if self.form == "csv":
                names = self._names(_fields(_decoded(line)))
            elif self.label not in ("first", "last"):
                raise ValueError(f"no column {self.label!r}, JSON lines have no names")
            self.features = self.features or self._parse([line])[0].shape[1]
        except BAD as error:
            raise ValueError(f"line {number}: {error}") from None
        return names

    def _names(self, fields: list[str]) -> bool:
        """Whether the fields are names, of which the label's may be one."""
        fields = [field.strip() for field in fields]
        if self.label not in ("first", "last"):
            if fields.count(self.label) != 1:
                many = "two columns" if self.label in fields else "no column"
                raise ValueError(f"{many} {self.label!r}, wanted one of {', '.join(fields)}")
            self.column = fields.index(self.label)
        fields.pop(self.column)
        unnamed = not is_heading(fields) or len({*fields}) < len(fields)
        if self.label in ("first", "last") and unnamed:
            return False
        self.features = len(fields)
        return self.features > 0

    def _up_to_the_bad(self, numbers: tuple[int, ...], lines: Some) -> tuple[Batch, ValueError]:
        """The examples before the first line that does not fit, and what is wrong with that."""
        for k, line in enumerate(lines):
            try:
                self._parse([line])
            except BAD as error:
                failure = ValueError(f"line {numbers[k]}: {error}")
                return self._parse(lines[:k]) if k else (np.empty((0, 0)), []), failure
        raise AssertionError("each line fits, but not all together")

    def _parse(self, lines: Some) -> Batch:
        rows, labels = self._json(lines) if self.form == "jsonl" else self._csv(lines)
        X = np.array(rows, np.float64)
        if X.ndim != 2 or X.shape[1] != (self.features or X.shape[1]):
            plural = "" if X.size == 1 else "s"
            raise ValueError(f"{X.size} feature{plural}, wanted {self.features}")
        return as_pixels(X) if self.pixels else X, labels

    def _csv(self, lines: Some) -> tuple[Any, list[str]]:
        texts, labels = [], []
        for line in map(_decoded, lines):
            if '"' in line or self.column > 0:
                fields = _fields(line)
                label, text = fields.pop(self.column), ",".join(fields)
                if text.count(",") != len(fields) - 1:
                    raise ValueError("a comma within quotes, wanted numbers")
            elif self.column == 0:
                label, _, text = line.partition(",")
            else:
                text, _, label = line.rpartition(",")
            if not text or not label.strip():
                raise ValueError("wanted numbers and a label, with commas between")
            texts.append(text)
            labels.append(label.strip())
        try:
            return np.loadtxt(texts, delimiter=",", comments=None, ndmin=2), labels
        except ValueError as error:
            raise ValueError(str(error).partition(" at row")[0]) from None  # its rows, from 0

    def _json(self, lines: Some) -> tuple[Any, list[Any]]:
        rows, labels = [], []
        for line in lines:
            try:
                example = json.loads(line)
            except json.JSONDecodeError as error:
                raise ValueError(f"{error.msg} in column {error.colno}, wanted JSON") from None
            if isinstance(example, dict) and {"x", "y"} <= example.keys():
                row, label = example["x"], example["y"]
            elif isinstance(example, list) and len(example) > 1:
                row, label = example, example.pop(self.column)
            else:
                row = label = None
            if not isinstance(row, list) or not row or not {*map(type, row)} <= {int, float}:
                raise ValueError('wanted {"x": [numbers], "y": label} or [numbers, label]')
            rows.append(row)
            labels.append(label)
        return rows, labels


def _decoded(line: bytes) -> str:
    return line.decode().strip()


def _fields(line: str) -> list[str]:
    return next(csv.reader([line]))


def is_whole(text: str) -> bool:
    """Whether this is a whole number, as one writes it: 007 and 1_0 are words."""
    return WHOLE.fullmatch(text) is not None


def _is(kind: type, text: str) -> bool:
    """Whether a label may be taken for an int, or for a float."""
    return is_whole(text) or (kind is float and POINTED.fullmatch(text) is not None)


def _kind(labels: list[str]) -> type:
    """What labels are, by how the first of them look."""
    for kind in (int, float):
        if all(_is(kind, label) for label in labels):
            return kind
    return str
