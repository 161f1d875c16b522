"""Sparse samples in text: libsvm's lines of a label and of index:value, SVMlight's too."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from ..data.fields import shown
from ..data.sparse import COLUMNS, SparseRows
from ..diagnostics import reason, warn
from ..files import open_unpacked
from ..tables.table import Table
from ..typing import Array
from .decoding import LONGEST, text_blocks
from .reading import NO_PART, Part, Path, Reading
from .targets import TargetRule
from .words import joined, words_of

NUMBER = rb"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
PAIR = rb"\d{1,10}:" + NUMBER
LINE = re.compile(rb"(?:(?=[^\s:]+(?:\s|$))" + NUMBER + rb")?(?:(?:^|[ \t]+)" + PAIR + rb")*")
QUERY = re.compile(rb"[ \t]qid:\d+")
WANTED = "wanted a label and index:value ..."


class Rows(NamedTuple):
    """The rows of some lines: their labels, how many entries each has, and the entries."""

    labels: Table
    counts: Array
    indices: Array
    values: Array


def fits(head: bytes) -> bool:
    """Tell whether a text begins with such a line."""
    lines = (_bare(line) for line in head.split(b"\n")[:-1] or [head])
    first = next((line for line in lines if line), b"")
    return b":" in first and b" " in first and LINE.fullmatch(first) is not None


def read(path: Path, reading: Reading) -> tuple[Part, Part]:
    """Read sparse samples and their labels, as CSR rows of float64.

    Indices count from 0 if there is an index 0, else from 1. `qid` and comments, from # on, are
    passed over. X is an array of SciPy if that is installed, else `fastnet.data.sparse.SparseRows`.

    Parameters
    ----------
    path
    reading
        `features` is the number of features, of which the last may not occur in this file.

    Raises
    ------
    ValueError
        A line is wrong. The error names the file and the line.
    """
    name = os.fspath(path)
    try:
        with open_unpacked(name) as (file, _):
            parts = list(_parts(text_blocks(file)))
        if not parts:
            raise ValueError(f"no rows in it, {WANTED}")
        X = _csr(parts, reading.features)
        if not reading.labels:
            return (X, None), NO_PART
        labels = joined([part.labels for part in parts])
        rule = TargetRule(reading.classes, others=reading.others)
        rule.see(labels, "label")
        y, kept = rule.answers(labels, "label")
    except ValueError as error:
        raise ValueError(f"{name}: {reason(error).removeprefix(f'{name}: ')}") from None
    if len(kept) < X.shape[0]:
        gone = X.shape[0] - len(kept)
        warn(f"{name}: {gone:,} of {X.shape[0]:,} rows have no label: they are left out")
        X = X[kept]
    return (X, y), NO_PART


def _bare(line: bytes) -> bytes:
    """Return a line without comment, query and blanks around."""
    line = line.partition(b"#")[0]
    return (QUERY.sub(b"", line) if b"qid" in line else line).strip()


def _parts(blocks: Iterator[bytes]) -> Iterator[Rows]:
    """Yield the rows on the whole lines of each block."""
    first, rest, given = 1, b"", 0
    for block in blocks:
        *lines, rest = (rest + block).split(b"\n")
        if len(rest) > LONGEST * 16:
            line = first + len(lines)
            raise ValueError(f"line {line}: longer than {LONGEST * 16:,} bytes, {WANTED}")
        yield from _rows(lines, first, given)
        first += len(lines)
    yield from _rows([rest], first, given)


def _rows(lines: list[bytes], first: int, given: int) -> Iterator[Rows]:
    """Yield the rows on some lines, if there are any."""
    numbered = [(k, bare) for k, line in enumerate(lines, first) if (bare := _bare(line))]
    if not numbered:
        return
    places, bares = np.array([k for k, _ in numbered]), [bare for _, bare in numbered]
    for k, line in numbered:
        if not LINE.fullmatch(line):
            raise ValueError(f"line {k}: {_wrong(line)}")
    labels = [b"" if b":" in (label := line.split(None, 1)[0]) else label for line in bares]
    pairs = b" ".join(line[len(label) :] for line, label in zip(bares, labels, strict=True))
    tokens = pairs.replace(b":", b" ").split()
    counts = np.array([line.count(b":") for line in bares])
    numbers = np.fromiter(map(float, tokens), np.float64, len(tokens)).reshape(-1, 2)
    indices, values = numbers[:, 0].astype(np.int64), numbers[:, 1].copy()
    row = np.repeat(np.arange(len(bares)), counts)
    bad = ~np.isfinite(values) | (indices >= COLUMNS)
    bad[1:] |= (np.diff(indices) <= 0) & (np.diff(row) == 0)
    if bad.any():
        k = int(np.argmax(bad))
        came, wanted = f"{indices[k]}:{values[k]:g}", "increasing indices"
        if not np.isfinite(values[k]) or indices[k] >= COLUMNS:
            wanted = f"finite numbers, and indices below {COLUMNS:,}"
        elif indices[k] == indices[k - 1]:
            wanted = "each index once"
        raise ValueError(f"line {places[row[k]]}: {came} after others, wanted {wanted}")
    column = words_of([label.decode() for label in labels])
    table = Table(("label",), (column,), True, None, places, "line", given)
    yield Rows(table, counts, indices.astype(np.int32), values)


def _wrong(line: bytes) -> str:
    """Return what is wrong with a line."""
    label, *pairs = line.split()
    bad = next((pair for pair in pairs if not re.fullmatch(PAIR, pair)), None)
    if bad is not None:
        return f"{shown(bad.decode())}, wanted index:value, both numbers"
    if b"," in label:
        return f"label {shown(label.decode())}, several labels, wanted one"
    return f"label {shown(label.decode())}, wanted a number"


def _csr(parts: list[Rows], features: int | None) -> Any:
    """Return the rows in CSR form."""
    indices = np.concatenate([part.indices for part in parts])
    first = 0 if len(indices) and indices.min() == 0 else 1
    indices -= np.int32(first)
    columns = int(indices.max(initial=-1)) + 1
    if features is not None and columns > features:
        raise ValueError(f"{columns} features, wanted at most {features}")
    columns = columns if features is None else features
    values = np.concatenate([part.values for part in parts])
    counts = np.concatenate([part.counts for part in parts])
    indptr = np.concatenate([[0], np.cumsum(counts)])
    try:
        from scipy.sparse import csr_array
    except ImportError:
        return SparseRows(values, indices, indptr, columns)
    if len(values) <= np.iinfo(np.int32).max:  # else SciPy makes 64 bits of both
        indptr = indptr.astype(np.int32)  # which is all that scikit-learn accepts
    return csr_array((values, indices, indptr), shape=(len(counts), columns))
