"""Samples without labels, to predict: .npz, .npy, .csv and IDX files."""

import contextlib
import csv
import itertools
import math
import os
import re
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastnet.data.npy import blaming, header

from .idx import read_idx
from .readers import read

LONGEST = 1 << 22  # letters of a line: some 200,000 numbers of full length
UTF8 = "UTF-8 (in Excel: CSV UTF-8)"


def read_features(path: str | os.PathLike[str], *, pixels: bool = False) -> NDArray[Any]:
    """Read samples that need no labels.

    Parameters
    ----------
    path
        By its ending: ``.npz`` with an array ``X`` (or ``X_test``), ``.npy``, or ``.csv``: numbers
        with commas between, a sample a line (at most 4 MiB long), after a line of names if there
        is one; a line that is empty or begins with # is passed over. Anything else is an IDX file
        of images, raw or gzipped.
    pixels
        A ``.csv`` holds pixels, 0 to 255: return them as images are, uint8.

    Returns
    -------
    ndarray, shape (n, features)
        As stored; float64 from a ``.csv``.

    Raises
    ------
    ValueError
        When the file is damaged, of another format, holds Python objects, or lacks a value.
    OSError
        When it cannot be opened.
    """
    path = os.fspath(path)
    if path.endswith(".npz"):
        (X, _), (X_test, _) = read(path, labels=False)
        return X_test if X is None else X  # type: ignore[return-value]  # one is always there
    if path.endswith(".npy"):
        return _read_npy(path)
    if path.endswith(".csv"):
        return _read_csv(path, pixels)
    X = read_idx(path, 3)
    return X.reshape(len(X), math.prod(X.shape[1:]))


def _read_npy(path: str) -> NDArray[Any]:
    with open(path, "rb") as file, blaming(path, "not readable as .npy: {}"):
        header(file, os.fstat(file.fileno()).st_size)
        return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))


def _read_csv(path: str, pixels: bool) -> NDArray[Any]:
    try:
        names = _names(path)
        rows = (row for _, row in _rows(path, names))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of an empty file, see below
            X = np.loadtxt(
                rows, delimiter=",", comments=None, ndmin=2, quotechar='"', encoding="utf-8"
            )
    except UnicodeDecodeError:
        raise ValueError(f"{path}: not readable as text: wanted {UTF8}") from None
    except (ValueError, csv.Error) as error:
        with contextlib.suppress(ValueError, csv.Error):  # then the error is of the whole file
            error = _wrong(path) or error
        raise ValueError(f"{path}: not readable as numbers: {error}") from None
    if X.size == 0:
        raise ValueError(f"{path}: no numbers in this file")
    if len(names) not in (0, X.shape[1]) or not (pixels or np.isfinite(X).all()):
        raise ValueError(f"{path}: not readable as numbers: {_wrong(path)}")
    try:
        return as_pixels(X) if pixels else X
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def _lines(path: str) -> Iterator[tuple[int, str]]:
    """Lines and their numbers, without those that are empty or a comment."""
    with open(path, "rb") as file:
        if file.read(2) in (b"\xff\xfe", b"\xfe\xff"):
            raise ValueError(f"UTF-16 came, wanted {UTF8}")
    with open(path, encoding="utf-8-sig") as text:  # sig: Excel's mark of UTF-8 is passed over
        for number, line in enumerate(iter(lambda: text.readline(LONGEST + 1), ""), 1):
            if len(line) > LONGEST:  # of numbers in text, each takes many times its length
                raise ValueError(f"line {number}: longer than {LONGEST:,} letters, wanted a sample")
            comment = line.lstrip().startswith("#") and not is_missing(line.partition(",")[0])
            if line.strip() and not comment:
                yield number, line


def _rows(path: str, names: list[str]) -> Iterator[tuple[int, str]]:
    """Lines of numbers; after numbers, too, # begins a comment."""
    for number, line in itertools.islice(_lines(path), bool(names), None):
        yield number, line.partition(" #")[0]


def _names(path: str) -> list[str]:
    """The names in the first line, if there are any; what may also be a sample is an error."""
    lines = _lines(path)
    number, line = next(lines, (0, ""))
    fields = split(line)
    if is_heading(fields):
        return fields
    if fields == [str(k) for k in range(len(fields))]:  # as pandas names an array's columns
        rows = (split(line) for _, line in itertools.islice(lines, 1000))
        points = [[not field.lstrip("+-").isdigit() for field in row] for row in rows]
        others = any(map(all, zip(*points, strict=False)))  # all of a column with a point
        if points and (others or len(fields) > 2):
            raise ValueError(
                f"line {number}: {_shown(line)} may be names or a sample, wanted names that are no "
                "numbers, or none (to_csv(header=False)); in a sample, write 0.0"
            )
    return []


def _wrong(path: str) -> Any:
    """What is wrong with the first line that does not fit, in words."""
    names = _names(path)
    columns = len(names)
    for number, row in _rows(path, names):
        fields = split(row)
        for column, field in enumerate(fields, 1):
            where = f"line {number}, column {column}: {_shown(field)}"
            if is_missing(field):
                return f"{where}, a missing value, wanted a number"
            if not is_number(field) and any(other in field for other in ";\t "):
                return f"{where}, wanted commas between numbers, and points in them"
            if not is_number(field) or not math.isfinite(float(field)):
                return f"{where}, wanted a finite number"
        columns = columns or len(fields)
        if len(fields) != columns:
            return f"line {number}: {len(fields)} columns, wanted {columns}"
    return None


def _shown(text: str) -> str:
    return repr(text.strip() if len(text) < 40 else text[:37] + "...")


def as_pixels(X: NDArray[Any]) -> NDArray[Any]:
    """Return numbers as images have them, uint8."""
    if not ((X >= 0) & (X <= 255) & (np.rint(X) == X)).all():
        raise ValueError("pixels are whole numbers from 0 to 255, others came")
    return X.astype(np.uint8)


def split(line: str) -> list[str]:
    """Return the fields of a line of CSV."""
    return [field.strip() for field in next(csv.reader([line.strip()]), [])]


def is_heading(fields: list[str]) -> bool:
    """Return whether fields are names: not one is a number, or missing but for an index's name."""
    named = fields[1:] if len(fields) > 1 and not fields[0] else fields
    odd = all(ODD.fullmatch(field) for field in named)
    return bool(named) and not any(map(_is_row, named)) and not odd


def _is_row(field: str) -> bool:
    """Whether a field is a number or a missing value, or some of them with no commas between."""
    return all(is_number(part) or is_missing(part) for part in re.split(r"[;\s]", field))


def is_number(text: str) -> bool:
    """Return whether a field is a number, infinity too; NaN is a missing value."""
    try:
        return text.isascii() and "_" not in text and not math.isnan(float(text))
    except ValueError:
        return False


def is_missing(text: str) -> bool:
    """Return whether a field says that there is no value."""
    return text.strip().casefold() in MISSING


# A number as it is not read: "1,234", 1_000, 90%, $5, <0.5, 1D0, a typeset minus. A line of these
# alone is a sample, since no one answer shall be missing.
MINUS = r"[-+\u2212\u2013]?"
ODD = re.compile(
    rf"[<>=~≈≤≥$€£¥(\s]*{MINUS}\s?[.,]?\d[\d.,'\u2019_\s]*([eEdD]{MINUS}\d+)?[%°*)$€£¥]*"
)

# As pandas, R, SAS and the UCI repository write them; Excel's errors.
MISSING = {
    "", "?", ".", "-", "na", "<na>", "n/a", "nan", "-nan", "+nan", "nat", "null", "none", "nil",
    "1.#ind", "-1.#ind", "1.#qnan", "-1.#qnan",
    "#na", "#n/a", "#n/a n/a", "#div/0!", "#value!", "#ref!", "#name?", "#num!", "#null!",
}  # fmt: skip
