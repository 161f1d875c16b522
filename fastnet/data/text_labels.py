"""The type of labels in text: whole numbers, numbers, words, truth values or rows of numbers."""

from __future__ import annotations

import reprlib
from collections import Counter
from collections.abc import Sequence
from typing import Any

from . import fields
from .fields import is_number, is_pointed, is_whole
from .labels import is_missing

HEAD = 1000  # so many labels at the beginning decide the type of all
NO_GAPS = ("none", "nil", "nat")  # labels in this form; None, NIL and the like are missing
NAMES = {
    str: "words, taken for classes",
    int: "whole numbers, taken for classes",
    float: "numbers, taken for a regression",
    bool: "truth values, taken for classes",
    list: "rows of numbers, taken for a regression",
}


def truth_of(classes: Sequence[Any]) -> dict[str, Any]:
    """Return the class that each word for a truth value stands for; {} if classes are others."""
    if {*map(type, classes)} == {bool}:
        return {"true": True, "false": False, "1": True, "0": False}
    spelled = {label.casefold(): label for label in classes if isinstance(label, str)}
    return spelled if {*spelled} == {"true", "false"} and len(classes) == 2 else {}


class LabelType:
    """The one type of all labels. The classes decide it, or else most of the first labels.

    Parameters
    ----------
    classes
        All labels: words, or whole numbers, also as an array. An empty list means a regression;
        None, unknown.
    """

    def __init__(self, classes: Any):
        self.classes = classes = classes.tolist() if hasattr(classes, "tolist") else classes
        self.truth = truth_of(classes or ())
        self.text = False  # True if labels come as text, so that 7 may be a word too
        self.type: type | None = None if classes is None else type(classes[0]) if classes else float
        self.most = ""  # a description of most of the first labels

    def see(self, labels: list[Any]) -> None:
        """Decide the type by most of the first labels."""
        looks = Counter(map(self.looks, labels))
        numbers = looks[int] + looks[float]
        many = {str: looks[str], float: numbers, bool: looks[bool], list: looks[list]}
        self.type = max(many, key=many.__getitem__)
        if self.type is float and looks[int] > looks[float]:
            self.type = int
        n = looks[int] if self.type is int else many[self.type]
        self.most = f"{n:,} of the first {len(labels):,} are {NAMES[self.type]}"

    def looks(self, label: Any) -> type | None:
        """Return the type that a label seems to have; None for a missing value."""
        if is_missing(label):
            return None
        if isinstance(label, str) and label not in NO_GAPS and fields.is_missing(label):
            return None
        if self.text:
            return int if is_whole(label) else float if is_pointed(label) else str
        return type(label)

    def typed(self, labels: list[Any]) -> tuple[list[Any], str | None]:
        """Return the labels up to the first that does not fit, and what is wrong with it."""
        typed: list[Any] = []
        try:
            for label in labels:
                typed.append(self._typed(label))
        except (ValueError, OverflowError) as error:
            return typed, str(error)
        return typed, None

    def _typed(self, label: Any) -> Any:
        """Convert a label to this type."""
        looks, of = self.looks(label), self.type
        if looks is None and label not in (self.classes or ()):
            wrong = f"label {reprlib.repr(label)} is a missing value, wanted a label"
            raise ValueError(f"{wrong}; if it is a word, name it in classes")
        if of is float and looks in (int, float):
            return float(label)
        if of is float and self.classes is not None:
            if looks is list and label and {*map(type, label)} <= {int, float}:
                return [float(number) for number in label]
            if self.text and is_number(label):  # 007 too
                return float(label)
            wanted = "wanted a number or a row of them, as there are no classes"
            raise ValueError(f"label {reprlib.repr(label)}, {wanted}")
        if of is int and looks is int:
            return int(label)
        if of is int and looks is float and float(label).is_integer():
            return int(float(label))
        if self.truth and (self.text or isinstance(label, bool)):
            label = self.truth.get(str(label).casefold(), label)
            looks = type(label)
        if looks is of or (of is str and self.text) or self.classes is not None:
            return label
        otherwise = "classes says otherwise: all labels, or none for numbers"
        raise ValueError(f"label {reprlib.repr(label)}, but {self.most}; {otherwise}")
