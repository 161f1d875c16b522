"""The history of a network: a list of records, one for each epoch, and two forms of its file."""

from __future__ import annotations

import csv
import io
import json
import math
import os
from typing import Any

import numpy as np

from .. import checks
from ..files import atomic_write


class History(list[dict[str, Any]]):
    """A list of records, one a dict for each epoch: see `fastnet.train`."""

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


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _write(path: str | os.PathLike[str], text: str) -> None:
    atomic_write(checks.path("path", path), lambda file: file.write(text.encode()))
