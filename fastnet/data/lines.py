"""Examples from a stream of text, as they come: CSV or JSON lines."""

import csv
import itertools
import json
import re
import reprlib
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from .features import as_pixels, is_heading, is_missing

BLOCK = 1 << 16  # bytes read at a time, at most
LONGEST = 1 << 20  # bytes of a line: some 50,000 numbers of full length
HEAD = 1000  # lines whose labels say what all labels are

BAD = (ValueError, OverflowError, RecursionError, csv.Error)  # what parsing raises

WORDS = ("none", "nil", "nat")  # labels, which written otherwise are missing values
FORMATS = {  # how the bytes of what is no text, or not UTF-8, begin
    b"\x1f\x8b": "gzip: zcat FILE | fastnet train -",
    b"BZh": "bzip2: bzcat FILE | fastnet train -",
    b"\xfd7zXZ": "xz: xzcat FILE | fastnet train -",
    b"(\xb5/\xfd": "zstd: zstdcat FILE | fastnet train -",
    b"PK\x03\x04": "zip: unzip -p FILE | fastnet train -, and an .npz goes by --data",
    b"PAR1": "Parquet, wanted CSV or JSON lines",
    b"\x93NUMPY": "a NumPy array, wanted CSV or JSON lines",
    b"\xff\xfe": "UTF-16: iconv -f UTF-16 -t UTF-8 FILE | fastnet train -",
    b"\xfe\xff": "UTF-16: iconv -f UTF-16 -t UTF-8 FILE | fastnet train -",
}
KINDS = {  # what labels may be, in words
    str: "words, taken for classes",
    int: "whole numbers, taken for classes",
    float: "numbers, taken for a regression",
    bool: "truth values, taken for classes",
    list: "rows of numbers, taken for a regression",
}

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
    classes
        The labels: words, or whole numbers; none, where they are numbers (for a regression). By
        default most of the first 1,000 lines say what labels are, by their looks: whole numbers,
        numbers with a point, or words, and in JSON truth values or rows of numbers too; until then
        nothing is given out.
    pixels
        Numbers are pixels, 0 to 255: give them out as images are, uint8.

    Raises
    ------
    ValueError
        A line that does not fit, is longer than 1 MiB, or whose label is missing or of another kind
        than most; all before it have been given out.
    """

    def __init__(
        self,
        file: BinaryIO,
        form: str | None = None,
        label: str = "last",
        classes: Sequence[int] | Sequence[str] | None = None,
        pixels: bool = False,
    ) -> None:
        self.file, self.form, self.label, self.pixels = file, form, label, pixels
        self.classes = classes
        self.kind: type | None = None if classes is None else type(classes[0]) if classes else float
        self.most = ""  # what most of the first labels are, in words
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
                if self.kind or sum(len(y) for _, y in held) >= HEAD:
                    break
        except (Exception, KeyboardInterrupt) as error:
            failure = error  # once the lines before it are given out
        if self.kind is None:
            self._see([label for _, y in held for label in y][:HEAD])
        given = 0
        for X, y in itertools.chain(held, _raising(failure), batches):
            labels, wrong = self._typed(y)
            given += len(labels)
            if labels:
                yield X[: len(labels)], labels
            if wrong is not None:
                raise ValueError(f"line {self.line(given + 1)}: {wrong}")

    def _see(self, labels: list[Any]) -> None:
        """See what most of the first labels are."""
        looks = Counter(map(self._looks, labels))
        numbers = looks[int] + looks[float]
        many = {str: looks[str], float: numbers, bool: looks[bool], list: looks[list]}
        self.kind = max(many, key=many.__getitem__)
        if self.kind is float and looks[int] > looks[float]:
            self.kind = int
        n = looks[int] if self.kind is int else many[self.kind]
        self.most = f"{n:,} of the first {len(labels):,} are {KINDS[self.kind]}"

    def _looks(self, label: Any) -> type | None:
        """What a label looks like; None: like a missing value."""
        if label is None or label != label:
            return None
        if isinstance(label, str) and label not in WORDS and is_missing(label):
            return None
        if self.form == "csv":
            return int if is_whole(label) else float if POINTED.fullmatch(label) else str
        return type(label)

    def _typed(self, labels: list[Any]) -> tuple[list[Any], str | None]:
        """Labels as what they are, up to the first that does not fit; and what is wrong with it."""
        typed: list[Any] = []
        try:
            for label in labels:
                typed.append(self._taken(label))
        except (ValueError, OverflowError) as error:
            return typed, str(error)
        return typed, None

    def _taken(self, label: Any) -> Any:
        """A label as what labels are."""
        looks, kind = self._looks(label), self.kind
        if looks is None and label not in (self.classes or ()):
            wrong = f"label {reprlib.repr(label)} is a missing value, wanted a label"
            raise ValueError(f"{wrong}; where it is a word, --classes names it")
        if kind is float and looks in (int, float):
            return float(label)
        if kind is float and looks is list and self.classes is not None:
            return [float(number) for number in label]
        if kind is int and looks is int:
            return int(label)
        if kind is int and looks is float and float(label).is_integer():
            return int(float(label))
        word = kind is str and self.form == "csv"  # where 7 may be one too
        if looks is kind or word or self.classes is not None:
            return label
        otherwise = "--classes says otherwise: all labels, or none for numbers"
        raise ValueError(f"label {reprlib.repr(label)}, but {self.most}; {otherwise}")

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
            if len((lines or [rest])[0]) > LONGEST:
                _check_text((lines or [rest])[0])
                raise ValueError(f"line {first}: longer than {LONGEST:,} bytes, wanted an example")
            yield first, lines
            first += len(lines)
        yield first, [rest]

    def _begin(self, number: int, line: bytes) -> bool:
        """See from the first line what all are like; whether it has names, and no example."""
        _check_text(line)
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
            raise self._misfit(X.size)
        return as_pixels(X) if self.pixels else X, labels

    def _misfit(self, features: int) -> ValueError:
        plural = "" if features == 1 else "s"
        return ValueError(f"{features} feature{plural}, wanted {self.features}")

    def _csv(self, lines: Some) -> tuple[Any, list[str]]:
        texts, labels = [], []
        for line in map(_decoded, lines):
            if '"' in line or self.column > 0:
                fields = _fields(line)
                if len(fields) <= self.column:
                    raise self._misfit(len(fields) - 1)
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


def _check_text(start: bytes) -> None:
    """Refuse what is no text in UTF-8, by how it begins; say what to do."""
    for magic, what in FORMATS.items():
        if start.startswith(magic):
            raise ValueError(f"not text in UTF-8, but {what}")
    if b"\0" in start:
        raise ValueError("not text: bytes of value 0, wanted CSV or JSON lines in UTF-8")


def _raising(error: BaseException | None) -> Iterator[Batch]:
    """No batch, but an error if there is one."""
    if error is not None:
        raise error
    yield from ()
