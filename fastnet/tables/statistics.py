"""The statistics of columns of plain numbers, as the kernels read and write them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..kernels.codes import COLUMN, NO_INPUT
from .columns import AnyColumn, NumberColumn


class Statistics:
    """The statistics of an encoding's columns as COLUMN records.

    Parameters
    ----------
    columns : list of NumberColumn
        They are read by `load`, and have the statistics after `store`.

    Attributes
    ----------
    records : numpy.ndarray
    width : int
        The number of inputs.
    ahead, behind : bool
        True if the records have learned what the columns have not, and the other way round.
    """

    def __init__(self, columns: Sequence[NumberColumn]):
        self.columns, self.width = columns, sum(len(column.inputs) for column in columns)
        self.records = np.zeros(len(columns), COLUMN)
        self.ahead, self.behind = False, True

    @classmethod
    def of(cls, columns: Sequence[AnyColumn]) -> Statistics | None:
        """Return the statistics of columns if all have numbers, and an input for them."""
        plain = [c for c in columns if isinstance(c, NumberColumn) and c.kind == "number"]
        usual = 0 < len(plain) == len(columns) and all(c.value is not None for c in plain)
        return cls(plain) if usual else None

    def load(self) -> None:
        """Read the statistics from the columns, unless the records have them."""
        if self.behind:
            self.records[:] = [
                (
                    c.seen,
                    c.centre,
                    c.squares,
                    c.scale,
                    c.value,
                    NO_INPUT if c.gap is None else c.gap,
                )
                for c in self.columns
            ]
            self.behind = False

    def store(self) -> None:
        """Write the statistics to the columns, unless these have them."""
        if self.ahead:
            self.ahead = False
            for c, record in zip(self.columns, self.records.tolist(), strict=True):
                c.seen, c.centre, c.squares, c.scale, *_ = record
