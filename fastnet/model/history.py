"""The history of a network: a list of records, one for each epoch, and two forms of its file."""

from __future__ import annotations

import csv
import importlib
import io
import json
import math
import os
import sys
from typing import Any, Literal

import numpy as np

from .. import checks
from ..files import atomic_write
from .shown import of_history

FIRST = 100  # examples in the first record of a stream


class History(list[dict[str, Any]]):
    """A list of records, one a dict for each epoch: see `fastnet.train`."""

    def __deepcopy__(self, memo: Any) -> History:
        """Return a copy with records of its own, whose values are plain."""
        return History(map(dict, self))

    def _repr_html_(self) -> str:
        """Return a table of the first and the last records for a notebook."""
        return of_history(self)

    def to_frame(self, library: Literal["pandas", "polars"] = "pandas") -> Any:
        """Return a frame of pandas or of polars: a row for each epoch, a column for each name.

        A value is missing (NaN in pandas, null in polars) if a record has None or no such value.

        Raises
        ------
        ValueError
            The library is another one.
        ImportError
            The library is not installed.
        """
        library = checks.one_of("library", library, ("pandas", "polars"))
        try:
            frames = importlib.import_module(library)
        except ImportError:
            raise ImportError(f"library: {library} is missing: pip install {library}") from None
        names = dict.fromkeys(key for record in self for key in record)
        missing = math.nan if library == "pandas" else None
        return frames.DataFrame(
            {name: [_or(record.get(name), missing) for record in self] for name in names}
        )

    def to_csv(self, path: str | os.PathLike[str]) -> None:
        """Write a table, atomically: a line of names, then a row for each epoch.

        A cell is empty if a record has None or no such value. Numbers keep all digits.
        """
        text = io.StringIO()
        columns = dict.fromkeys(key for record in self for key in record)
        table = csv.DictWriter(text, list(columns), lineterminator="\n")
        table.writeheader()
        table.writerows(self)
        _write(path, text.getvalue())

    def to_json(self, path: str | os.PathLike[str]) -> None:
        """Write a list of objects, atomically. NaN and infinity, which JSON lacks, become null."""
        records = [{key: _plain(value) for key, value in record.items()} for record in self]
        _write(path, json.dumps(records, indent=2, allow_nan=False) + "\n")


def record_of(
    net: Any, rate: float, n: int, seconds: float, cost: float, hits: int
) -> dict[str, Any]:
    """Return the next record of the history: n samples, judged before they were learned."""
    return {
        "epoch": len(net.history),
        "learning_rate": rate,
        "samples": n,
        "seconds": seconds,
        "samples_per_second": n / max(seconds, 1e-9),
        "loss": cost / n * net.outputs.of_loss,
        "accuracy": net.outputs.accuracy(hits, n),
    }


def together(records: list[dict[str, Any]]) -> dict[str, Any]:
    """Return one record for the samples of several records."""
    n, seconds = (sum(record[name] for record in records) for name in ("samples", "seconds"))
    means = {"loss": None, "accuracy": None}
    for name in means:
        if records[0][name] is not None:
            means[name] = sum(record[name] * record["samples"] for record in records) / n
    speed = n / max(seconds, 1e-9)
    return {"samples": n, "seconds": seconds, "samples_per_second": speed, **means}


def following(n: int) -> int:
    """Return the number of examples at the record after the one at n, in a stream."""
    step = max(FIRST, 10 ** (len(str(n)) - 1))
    return (n // step + 1) * step


def brief(record: dict[str, Any]) -> str:
    """Return the figures of a record in a few words."""
    return f"epoch {record['epoch']}: {measures(record)}"


def measures(record: dict[str, Any]) -> str:
    """Return the loss of a record, and the accuracy if it has one."""
    right = "" if record["accuracy"] is None else f", accuracy {record['accuracy']:.2%}"
    return f"loss {_loss(record['loss'])}{right}"


def line_of(record: dict[str, Any]) -> str:
    """Return a record of an epoch in words."""
    line = brief(record)
    if "val_loss" in record:
        line += f"; validation loss {_loss(record['val_loss'])}"
        if record["val_accuracy"] is not None:
            line += f", accuracy {record['val_accuracy']:.2%}"
    return f"{line}; {record['seconds']:.2f} s"


def tell(record: dict[str, Any], of: str = "") -> None:
    """Print the line of a record on stderr, after the name of its run, if that has one."""
    _print(f"{of}{line_of(record)}")


def tell_of_stream(record: dict[str, Any], n: int) -> None:
    """Print the line of a record on stderr, after the number of examples so far."""
    _print(f"{n:,} examples: {measures(record)}; {record['seconds']:.2f} s")


def _print(line: str) -> None:
    line += "\n"  # in one piece, as other threads may print too
    print(line, end="", file=sys.stderr, flush=True)


def _loss(loss: float) -> str:
    """Return a loss as text, which may have any unit."""
    return f"{loss:.4f}" if loss == 0 or 1e-3 <= loss < 1e5 else f"{loss:.4g}"


def _or(value: Any, missing: Any) -> Any:
    return missing if value is None else value


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _write(path: str | os.PathLike[str], text: str) -> None:
    atomic_write(checks.path("path", path), lambda file: file.write(text.encode()))
