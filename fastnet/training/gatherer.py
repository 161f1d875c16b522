"""Gathering of single examples from a stream, so that they are learned together."""

from __future__ import annotations

import contextlib
import copy
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from ..data.arrays import HINT, matrix, without_column
from ..data.samples import flat
from ..data.sparse import sparse_rows
from ..model.encoded import row_in_order
from ..model.network import Network
from . import examples
from .learner import Learner

if TYPE_CHECKING:
    from ..tables.table import Table

GATHERED = 256, 1 << 20  # the most examples and bytes for one call, which has overhead
SCALARS = (int, float, str, np.generic)
WAIT = 0.01  # seconds after which gathered examples are learned with the next one


class Gatherer:
    """A gatherer collects examples, a few hundred at most, and lets them be learned together."""

    def __init__(self, learner: Learner):
        self.learner = learner
        self.rows, self.answers = np.empty((0, 0)), list[Any]()
        self.room = self.features = 0  # the shape of rows
        self.named, self.keys = list[Any](), None  # examples of a table, and what they share
        self.flushed = time.perf_counter()

    def add(self, example: Any) -> None:
        """Gather an example, or learn several that come together. Learn those that waited."""
        try:
            x, y = example
        except (TypeError, ValueError):
            self.refuse(example)
        if (type(x) is not np.ndarray or self.learner.encodes) and self.is_of_table(x):
            self.add_to_table(x, y)
            return
        if type(x) is not np.ndarray and self.learner.net is not None:
            self.check_order(x)
        try:
            wrapped = hasattr(x, "tocsr") or isinstance(x, np.ma.MaskedArray)
            if not wrapped and type(x) is not np.ndarray:
                x = examples.by_place(x)
            several = len(x.shape) > 1
            if several:
                x = flat(x)  # images
                y = examples.answers_of(y)
            fits = x.shape[0] == len(y) if several else len(x.shape) == 1 and x.shape[0] > 0
        except (TypeError, ValueError):
            fits = False
        if not fits:
            self.refuse(example)
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
        self.gathered(y)

    def check_order(self, x: Any) -> None:
        """Refuse names in another order than the network has learned; they are taken by place."""
        try:
            row_in_order(x, self.learner.net.origin)
        except ValueError as error:
            self.flush()
            raise self.learner.named(error) from None

    def gathered(self, y: Any) -> None:
        """Keep the answer of an example that is gathered; learn all if it is time."""
        self.answers.append(y if isinstance(y, SCALARS) else self.answer(y))
        if len(self.answers) == self.room or time.perf_counter() - self.flushed > WAIT:
            self.flush()

    def refuse(self, example: Any) -> NoReturn:
        """Learn what is gathered, and raise the error of what is not an example."""
        self.flush()
        wanted = "wanted (x, y), x of shape (features,), or rows (n, features) and as many labels"
        hint = HINT if examples.is_named(example) else ""
        raise self.learner.named(ValueError(f"{examples.came(example)}, {wanted}{hint}"))

    # Tables -----------------------------------------------------------------------------------

    def is_of_table(self, x: Any) -> bool:
        """Tell whether an example, or several, are to be encoded. The first example decides."""
        learner = self.learner
        if learner.may_encode and not learner.begun and not self.answers:
            preset = learner.options.preset is not None and not hasattr(x, "tocsr")
            learner.encodes = preset or examples.has_names(x)
        return learner.encodes

    def add_to_table(self, x: Any, y: Any) -> None:
        """Gather an example of a table, or learn several that come together."""
        if not examples.is_row(x):
            self.flush()
            try:
                table, y = examples.table_of(x), examples.answers_of(y)
            except (TypeError, ValueError) as error:
                raise self.learner.named(error) from None
            if len(table) != len(y):
                came = f"x: {len(table)} rows and {len(y)} answers, wanted as many"
                raise self.learner.named(ValueError(came))
            self.learner.batch(table, y)
            return
        keys = examples.keys_of(x)
        if not self.answers or keys != self.keys:
            self.flush()
            self.keys, self.named, self.room = keys, [], GATHERED[0]
        self.named.append(copy.copy(x))  # the caller may use it again
        self.gathered(y)

    def tables(self, rows: list[Any], answers: list[Any]) -> Iterator[tuple[Table, list[Any]]]:
        """Yield gathered examples as one table, or up to the first that does not fit."""
        try:
            yield self.numbered(examples.table_of(rows)), answers
            return
        except (TypeError, ValueError):
            pass
        for row, answer in zip(rows, answers, strict=True):
            try:
                table = self.numbered(examples.table_of([row]))
            except (TypeError, ValueError) as error:
                raise self.learner.named(error) from None
            yield table, [answer]

    def numbered(self, table: Table) -> Table:
        """Return gathered examples with their numbers, which errors name."""
        return replace(table, noun="example", first=self.learner.n + self.learner.waiting + 1)

    # ------------------------------------------------------------------------------------------

    def plain(self, X: Any) -> Any:
        """Return sparse rows, which are checked, or a masked array without masked values."""
        try:
            return sparse_rows(X, "X") if hasattr(X, "tocsr") else matrix(X, "X")[0]
        except (ValueError, TypeError) as error:
            raise self.learner.named(error) from None

    def answer(self, y: Any) -> Any:
        """Return the label or the numbers of one example whose y is not a plain number or word."""
        answer = examples.answer_of(y)
        if not self.learner.may_be_labels or np.shape(answer) != (1,) or answer.dtype.hasobject:
            return answer
        told = self.learner.begun or len(self.answers) > 0
        return without_column(answer[None], told=told)[0]  # a row of labels in a column

    def flush(self) -> None:
        """Learn the gathered examples."""
        answers, self.answers = self.answers, []
        if answers and self.named:
            named, self.named = self.named, []
            for table, some in self.tables(named, answers):
                self.learner.batch(table, some)
        elif answers:
            self.learner.batch(self.rows[: len(answers)], answers)
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
