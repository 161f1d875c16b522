"""The target of a table in a file: classes or numbers, by the whole column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..typing import Array
from .kinds import typed
from .table import Table, Words

MOST = 20  # distinct whole numbers that are classes


class TargetRule:
    """The rule that reads a target: it sees all rows, perhaps in chunks, before it gives answers.

    Parameters
    ----------
    classes
        All labels: words, or whole numbers. An empty list means numbers. None: by the column.
    about : str
        The beginning of errors.
    """

    def __init__(self, classes: Sequence[Any] | None = None, about: str = ""):
        self.classes, self.about = classes, about
        self.kinds: set[str] = set()
        self.values: set[float] = set()

    def see(self, table: Table, name: str) -> None:
        """See the target in a table, or in the next chunk of one."""
        column = typed(table[name])
        if isinstance(column, Words):
            self.kinds.add("word")
        else:
            self.kinds.add(column.kind)
            found = np.unique(column.values[~np.isnan(column.values)])
            self.values.update(found[: MOST + 1].tolist())

    def answers(self, table: Table, name: str) -> tuple[Array, Array]:
        """Return the answers of the rows that have one, and the places of these rows."""
        column = typed(table[name])
        if isinstance(column, Words):
            kept = np.flatnonzero(column.codes >= 0)
            y = np.array(column.words, str)[column.codes[kept]]
        else:
            kept = np.flatnonzero(~np.isnan(column.values))
            y = column.values[kept]
            whole = all(value.is_integer() for value in self.values)
            classes = whole and len(self.values) <= MOST
            if classes if self.classes is None else len(self.classes):
                y = y.astype(np.int64)
        if not len(kept):
            raise ValueError(f"{self.about}column {name!r} is empty, wanted a target")
        return y, kept
