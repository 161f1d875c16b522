"""The options of reading a data set in files, and its two parts."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeAlias

from ..data.samples import flat
from ..spelling import option_meant
from ..typing import Array

Path: TypeAlias = str | os.PathLike[str]
Part: TypeAlias = tuple[Any, Array | None]  # samples, an array or a table, and labels; or None
NO_PART: Part = (None, None)
NOUNS = {"drop": "names of columns", "missing": "words"}


@dataclass(frozen=True)
class Reading:
    """The options of reading a data set; see `fastnet.datasets.read`."""

    labels: bool = True
    target: str = "last"
    classes: Sequence[Any] | None = None
    pixels: bool = False
    drop: tuple[str, ...] = ()
    weight: str | None = None
    delimiter: str | None = None
    decimal: str | None = None
    decimal_found: str | None = None  # of the text that a net learned, if this one does not tell
    header: bool | None = None
    missing: tuple[str, ...] = ()
    features: int | None = None  # of sparse text, whose last may not occur
    arrays: bool = True  # whether text with numbers alone, and no names, becomes an array
    flatten: bool = True  # whether images become rows of pixels
    others: bool = False  # labels that are none of the classes may come, which count as wrong

    @classmethod
    def of(cls, label: str | None = None, **given: Any) -> Reading:
        """Return the options of these names; `label` is another name of `target`."""
        names = [field.name for field in fields(cls)]
        for name in given:
            if name not in names:
                raise TypeError(f"{name}: there is no such option{option_meant(name, names)}")
        for name in ("drop", "missing"):
            if isinstance(given.get(name), str):
                raise TypeError(f"{name}: {given[name]!r}, wanted a list of {NOUNS[name]}")
            given[name] = tuple(given.get(name) or ())
        return cls(**given) if label is None else cls(**(given | {"target": label}))


def part(path: Path, names: tuple[str, str], arrays: Part, reading: Reading) -> Part:
    """Return the samples and labels of these names in a file.

    Raises
    ------
    ValueError
        Samples or labels are missing, or do not fit together.
    """
    (x_name, y_name), (X, y) = names, arrays
    if X is None and y is None:
        return NO_PART
    if X is None:
        raise ValueError(f"{path}: {y_name} is there, but {x_name} is missing")
    if y is None and reading.labels:
        raise ValueError(f"{path}: {x_name} is there, but {y_name} is missing")
    if len(X.shape) < 2:
        raise ValueError(f"{path}: {x_name} has shape {X.shape}, wanted (n, features)")
    if y is not None and y.shape[:1] != X.shape[:1]:
        came = f"shape {y.shape}, wanted ({len(X)},)" if y.ndim != 1 else f"{len(y)} labels"
        raise ValueError(f"{path}: {y_name} has {came}, {x_name} has {len(X)} rows")
    return flat(X) if reading.flatten else X, y
