"""Gathering of single examples from a stream, so that they are learned together."""

from __future__ import annotations

import contextlib
import time
from typing import Any

import numpy as np

from ..data.arrays import matrix, without_column
from ..data.sparse import sparse_rows
from ..model.network import Network
from .examples import answer_of, answers_of, by_place, came
from .learner import Learner

GATHERED = 256, 1 << 20  # the most examples and bytes for one call, which has overhead
SCALARS = (int, float, str, np.generic)
WAIT = 0.01  # seconds after which gathered examples are learned with the next one


class Gatherer:
    """A gatherer collects examples, a few hundred at most, and lets them be learned together."""

    def __init__(self, learner: Learner):
        self.learner = learner
        self.rows, self.answers = np.empty((0, 0)), list[Any]()
        self.room = self.features = 0  # the shape of rows
        self.flushed = time.perf_counter()

    def add(self, example: Any) -> None:
        """Gather an example, or learn several that come together. Learn those that waited."""
        try:
            x, y = example
            wrapped = hasattr(x, "tocsr") or isinstance(x, np.ma.MaskedArray)
            if not wrapped and type(x) is not np.ndarray:
                x = by_place(x)
            several = len(x.shape) == 2
            if several:
                y = answers_of(y)
            fits = x.shape[0] == len(y) if several else len(x.shape) == 1 and x.shape[0] > 0
        except (TypeError, ValueError):
            fits = False
        if not fits:
            self.flush()
            raise self.learner.named(
                ValueError(
                    f"{came(example)}, wanted (x, y), x of shape (features,), "
                    "or rows (n, features) and as many labels"
                )
            )
        if wrapped:
            self.flush()
            x = self.plain(x)
        if several:
            self.flush()
            self.learner.batch(x, y)
            return
        if x.dtype != self.rows.dtype or x.size != self.features:
            self.flush()
            most, size = GATHERED
            self.room, self.features = max(1, min(most, size // max(1, x.nbytes))), x.size
            self.rows = np.empty((self.room, self.features), x.dtype)
        self.rows[len(self.answers)] = x
        self.answers.append(y if isinstance(y, SCALARS) else self.answer(y))
        if len(self.answers) == self.room or time.perf_counter() - self.flushed > WAIT:
            self.flush()

    def plain(self, X: Any) -> Any:
        """Return sparse rows, which are checked, or a masked array without masked values."""
        try:
            return sparse_rows(X, "X") if hasattr(X, "tocsr") else matrix(X, "X")[0]
        except (ValueError, TypeError) as error:
            raise self.learner.named(error) from None

    def answer(self, y: Any) -> Any:
        """Return the label or the numbers of one example whose y is not a plain number or word."""
        answer = answer_of(y)
        if not self.learner.may_be_labels or np.shape(answer) != (1,) or answer.dtype.hasobject:
            return answer
        told = self.learner.begun or len(self.answers) > 0
        return without_column(answer[None], told=told)[0]  # a row of labels in a column

    def flush(self) -> None:
        """Learn the gathered examples."""
        rows, answers = self.rows[: len(self.answers)], self.answers
        self.answers = []
        if answers:
            self.learner.batch(rows, answers)
        self.flushed = time.perf_counter()

    def finish(self) -> Network:
        """Learn the last examples, and return the network."""
        self.flush()
        return self.learner.finish()

    def break_off(self) -> Network | None:
        """Learn the examples before an error from outside; return the network, if any."""
        with contextlib.suppress(Exception):
            self.flush()
        return self.learner.break_off()
