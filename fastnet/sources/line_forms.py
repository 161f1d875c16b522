"""The forms of lines of text: CSV and JSON lines. A line is an example: numbers and a label."""

from __future__ import annotations

import contextlib
import csv
import json
import math
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from ..data.fields import FieldError, check_numbers, is_heading, is_missing, is_number, shown, split
from ..typing import Array


class Form:
    """The form of a line of numbers and a label.

    Parameters
    ----------
    label
        Place of the label: "last", "first", or the name of a column; None if there is no label.
    """

    text: ClassVar[bool]  # True if labels come as text

    def __init__(self, label: str | None):
        self.label = label
        self.column = 0 if label == "first" else -1  # of the label
        self.features = 0  # in a line; 0 before the first

    def is_heading(self, line: str) -> bool:
        """Tell whether the first line has names, and keep them."""
        raise NotImplementedError

    def is_comment(self, line: bytes) -> bool:
        """Tell whether a line is skipped."""
        return False

    def rows(self, lines: Sequence[str]) -> tuple[Any, list[Any]]:
        """Return the numbers and the labels in lines; a label is None if there is none."""
        raise NotImplementedError

    def check(self, line: str) -> None:
        """Raise an error if a number in a line is not finite."""
        raise NotImplementedError

    def wrong_width(self, features: int) -> ValueError:
        """Return the error of a line that has another number of features than the first."""
        noun = "column" if self.label is None else "feature"
        return ValueError(f"{features} {noun}{'s' * (features != 1)}, wanted {self.features}")


class Csv(Form):
    """CSV: numbers with commas between; the first line may have the names of the columns.

    A line that begins with # is a comment, unless a label, or the names of the columns, may stand
    there. If there are no labels, " #" begins a comment too.
    """

    text = True

    def is_heading(self, line: str) -> bool:
        """Tell whether the first line has names. The name of the label's column must be there."""
        fields = split(line)
        if self.label is None:
            self.features = len(fields) if is_heading(fields) else 0
            return self.features > 0
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

    def is_comment(self, line: bytes) -> bool:
        """Tell whether a line begins with #, and a label cannot stand there."""
        if self.column == 0 or not line.lstrip().startswith(b"#"):
            return False
        if self.label not in (None, "last") and not self.features:  # the names are still to come
            with contextlib.suppress(csv.Error):
                return self.label not in split(line.decode(errors="replace"))
        return not is_missing(line.partition(b",")[0].decode(errors="replace"))

    def rows(self, lines: Sequence[str]) -> tuple[Array, list[Any]]:
        """Return the numbers (n, features) and the labels, which are text."""
        texts, labels = [], []
        for line in lines:
            text, label = self._without_label(line)
            texts.append(text)
            labels.append(label)
        try:
            return np.loadtxt(texts, delimiter=",", comments=None, ndmin=2), labels
        except ValueError as error:
            self._check(texts, labels)
            raise ValueError(str(error).partition(" at row")[0]) from None  # its rows begin at 0

    def check(self, line: str) -> None:
        """Raise an error if a number is not finite."""
        text, label = self._without_label(line)
        self._check([text], [label])

    def _without_label(self, line: str) -> tuple[str, str | None]:
        """Return the numbers of a line as text, and its label."""
        if self.label is None:
            text = line.partition(" #")[0]
            quoted = '"' in text
            return self._joined(next(csv.reader([text], strict=True))) if quoted else text, None
        if '"' in line or self.column > 0:
            fields = next(csv.reader([line]))
            if len(fields) <= self.column:
                raise self.wrong_width(len(fields) - 1)
            label, text = fields.pop(self.column), self._joined(fields)
        elif self.column == 0:
            label, _, text = line.partition(",")
        else:
            text, _, label = line.rpartition(",")
        if not text.strip() or not label.strip():
            came = "no label" if text.strip() else shown(line)
            raise ValueError(f"{came}, wanted numbers and a label, with commas between")
        return text, label.strip()

    def _joined(self, fields: list[str]) -> str:
        """Return fields of numbers as text. A field with a comma is an error."""
        if fields == [""] or any("," in field for field in fields):
            self._check_fields(fields)
        return ",".join(fields)

    def _check(self, texts: list[str], labels: list[Any]) -> None:
        """Raise a `FieldError` for the first field that is not a finite number."""
        for text, label in zip(texts, labels, strict=True):
            with contextlib.suppress(csv.Error):  # another error then names the fault
                self._check_fields(split(text), label)

    def _check_fields(self, fields: list[str], label: str | None = None) -> None:
        try:
            check_numbers(fields)
        except FieldError as error:
            hint = ""
            if error.word and label is not None and is_number(label):
                hint = "; the option label says which column has the labels"
            before = self.label is not None and 0 <= self.column < error.column
            raise FieldError(error.column + before, f"{error}{hint}") from None


class Json(Form):
    """JSON lines: {"x": [numbers], "y": label}, or one list of numbers and a label."""

    text = False

    def is_heading(self, line: str) -> bool:
        """Return False, since JSON lines have no names."""
        if self.label not in ("first", "last", None):
            raise ValueError(f"no column {self.label!r}, JSON lines have no names")
        return False

    def rows(self, lines: Sequence[str]) -> tuple[list[Any], list[Any]]:
        """Return the rows of numbers, which may differ in length, and the labels."""
        rows, labels = zip(*map(self._row, lines), strict=True)
        return list(rows), list(labels)

    def check(self, line: str) -> None:
        """Raise an error if a number is not finite."""
        bad = next((number for number in self._row(line)[0] if not math.isfinite(number)), None)
        if bad is not None:
            raise ValueError(f"{bad}, wanted finite numbers")

    def _row(self, line: str) -> tuple[list[Any], Any]:
        try:
            example = json.loads(line)
        except json.JSONDecodeError as error:
            raise ValueError(f"{error.msg} in column {error.colno}, wanted JSON") from None
        row = label = None
        if isinstance(example, dict) and ({"x", "y"} if self.label else {"x"}) <= example.keys():
            row, label = example["x"], example.get("y")
        elif isinstance(example, list) and self.label is None:
            row = example
        elif isinstance(example, list) and len(example) > 1:
            row, label = example, example.pop(self.column)
        if not isinstance(row, list) or not row or not {*map(type, row)} <= {int, float}:
            alone = '{"x": [numbers]} or [numbers]'
            both = '{"x": [numbers], "y": label} or [numbers, label]'
            raise ValueError(f"wanted {both if self.label else alone}")
        return row, label


FORMS: dict[str, type[Form]] = {"csv": Csv, "jsonl": Json}
