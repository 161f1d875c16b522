"""Fast calls with one sample from Python. The table of the compiled pass is made once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import ndarray

from ..checks import came, scalar
from ..data.arrays import matrix
from ..data.labels import NUMBERS, type_name
from ..data.samples import CODES, Rows
from ..data.targets import index_of, numbers_came
from ..kernels.entries import BEST, NO_LABEL, NO_RATE, REFUSED
from ..typing import Array
from .activations import check_range, row_of
from .compiling import loaded
from .outputs import Outputs
from .parameters import Parameters
from .pixels import met_bytes, met_large, sure
from .rate import default_rate
from .workspace import Pass, Workspace, no_decay

# Types of labels: those of whole numbers and text.
PLAIN = frozenset([int, str, np.str_, *(np.dtype(code).type for code in "bBhHiIlLqQ")])
FLOATS = frozenset([float, np.float32, np.float64])
BYTES = np.dtype(np.uint8)
MISFITS = ValueError, TypeError, NotImplementedError  # of an assignment to a memoryview

# Memory for samples of a dtype: a view, to which assigning checks the dtype and the shape; and the
# addresses of two tables of passes over it, to learn and to answer.
Door = tuple[Any, int, int]


class Single:
    """Calls of a net with one sample. Each thread needs its own."""

    def __init__(self, parameters: Parameters, outputs: Outputs, workspace: Workspace):
        features, dtype, n = parameters.sizes[0], parameters.dtype, outputs.n
        self.workspace, self.made, self.dtype = workspace, outputs, dtype
        self.features, self.activation, self.indices = features, outputs.activation, outputs.indices
        self.label = np.zeros(1 if self.indices else 0, np.int32)
        self.target = np.zeros(0 if self.indices else n, dtype)
        self.none, row = np.zeros_like(self.target), row_of(outputs.activation)
        self.least, self.most = np.inf, -np.inf  # limits of a number that surely fits
        self.units = outputs.units
        # softmax: its only output is 1
        if n == 1 and not self.indices and outputs.activation != "softmax" and self.units is None:
            largest = float(np.finfo(dtype).max)
            self.least, self.most = max(-largest, row.low), min(largest, row.high)
        self.usual_rate = default_rate(parameters, outputs, falls=False)
        self.rate, self.out = np.zeros(1, dtype), np.zeros(n, dtype)
        self.labels = [] if outputs.classes is None else outputs.classes.tolist()
        self._run = loaded(workspace.rows)
        self._plain: Any = None  # what encodes rows of plain numbers
        self._kept: list[Any] = [parameters]  # what the tables point at
        self._all: dict[Any, Door] = {stored: self._door(parameters, stored) for stored in CODES}
        self.own = self._all[dtype]
        self.close()

    def close(self) -> None:
        """Let rows whose dtype the net may not have learned be looked at: see `pixels`."""
        parameters, every = self._kept[0], self._all
        self.doors = {stored: every[stored] for stored in every if sure(parameters, stored)}

    def _look(self, x: Array) -> None:
        """Look at a row of a dtype that may not fit. If it says enough, look at none after it."""
        parameters = self._kept[0]
        with np.errstate(all="ignore"):
            mean = x.mean()
        if x.dtype == BYTES:
            met_bytes(parameters, "x")
        elif not np.isfinite(mean) or not x.any():
            return
        elif mean > 1:
            met_large(parameters, x, "x")
        of = [stored for stored in self._all if (stored == BYTES) == (x.dtype == BYTES)]
        self.doors = self.doors | {stored: self._all[stored] for stored in of}

    def _door(self, parameters: Parameters, stored: Any) -> Door:
        """Make the memory for samples of a dtype, and the tables of passes over it."""
        numbers, order, decay = np.zeros(self.features, stored), np.zeros(1, np.int64), no_decay()
        rows = Rows(numbers.view(np.uint8), CODES[stored], order[:0], np.zeros(0, np.int32))
        answers = self.label[:0], self.target[:0]
        learn = Pass(
            self.made.code, rows, (self.label, self.target), order, self.rate, decay, 0.0,
            self.out[:0],
        )  # fmt: skip
        answer = learn._replace(targets=answers, rates=self.rate[:0], out=self.out)
        addresses = []
        for one in (learn, answer):
            tasks = self.workspace.made_tasks()
            one.begin(tasks, parameters.vector)
            tasks.set(checked=int(stored != np.uint8))
            self._kept.append((tasks, one))
            addresses += tasks.addresses
        view: Any = memoryview(numbers)  # type: ignore[arg-type]
        return view, addresses[0], addresses[1]

    def fills(self, encoding: Any, x: Any, learn: bool = False) -> bool:
        """Encode a row of plain numbers to `own`, and tell whether it is one: see `Plain.fills`."""
        statistics, plain = encoding.statistics, self._plain
        if statistics is None or statistics.width != self.features:
            return False
        if plain is None or plain.statistics is not statistics:
            from ..tables.plain import Plain

            plain = self._plain = Plain(statistics, np.frombuffer(self.own[0], self.dtype))
        return plain.fills(x, learn)  # type: ignore[no-any-return]

    def row(self, encoding: Any, x: Any) -> Array:
        """Return the inputs (features,) of a row by an encoding. The next call overwrites them."""
        row: Array = self._plain.inputs if self.fills(encoding, x) else encoding.row(x, self.dtype)
        return row

    def encode(self, encoding: Any, x: Any) -> Door:
        """Encode a row to where the kernels read it."""
        if self.fills(encoding, x):
            return self.own
        return self.assign(encoding.row(x, self.dtype))

    def assign(self, x: Any) -> Door:
        """Copy a sample to where the kernels read it; they check whether it is finite."""
        if type(x) is ndarray and (door := self.doors.get(x.dtype)) is not None:
            try:
                door[0][:] = x
            except MISFITS:
                pass  # it has another shape
            else:
                return door
        return self.convert(x)

    def convert(self, x: Any) -> Door:
        """Check a sample, and convert all but bytes to the dtype of the net: see `assign`."""
        if type(x) is not ndarray:
            x = matrix(x, "x")[0]
        if x.ndim > 1 and x.size == self.features and self.features not in x.shape:
            x = x.reshape(-1)  # an image
        if x.shape != (self.features,):
            raise ValueError(f"x: shape {x.shape}, wanted ({self.features},){self._hint(x)}")
        if x.dtype.kind not in "biuf":
            x = matrix(x, "x")[0]  # of Python's numbers
        if x.dtype.kind not in "biuf":
            raise TypeError(f"x: dtype {x.dtype}, wanted real numbers")
        stored = BYTES if x.dtype == BYTES else self.dtype
        door = self._all[stored]
        row = np.frombuffer(door[0], stored)
        with np.errstate(over="ignore", invalid="ignore"):
            row[:] = x
        if stored not in self.doors:
            self._look(row)
        return door

    def check(self, x: Any) -> None:
        """Refuse a sample that is not finite in the dtype of the net."""
        self.assign(x)
        self.refuse(x)

    def refuse(self, x: Any) -> None:
        """Raise the error for a sample that is not finite, if it is so."""
        x = x if type(x) is ndarray else matrix(x, "x")[0]
        if x.dtype.kind not in "biuf":
            x = matrix(x, "x")[0]
        with np.errstate(over="ignore", invalid="ignore"):
            finite = np.isfinite(x.astype(self.dtype))
        if not finite.all():
            column = int(finite.argmin())
            raise ValueError(
                f"x: {x[column]} in column {column}, wanted finite numbers within {self.dtype}"
            )

    def _hint(self, x: Array) -> str:
        """Return a hint if x is one sample in another shape, or several samples."""
        if x.ndim == 2 and x.shape[1] == self.features:
            hint = " (its only row: x[0])" if len(x) == 1 else ", not rows of them"
        else:
            hint = " (flat: x.reshape(-1))" if x.size == self.features else ""
        return f", one sample{hint}"

    def learn(self, x: Any, y: Any, rate: float) -> tuple[float, int, int]:
        """Learn from one sample; return its cost, right answers, samples learned.

        No sample is learned if the cost is not finite.
        """
        door = self.doors.get(x.dtype) if type(x) is ndarray else None
        label = self.indices.get(y, NO_LABEL) if type(y) in PLAIN else NO_LABEL
        if door is None or label < 0:
            door, label = self.assign(x), self.assign_target(y, x)
        else:  # the usual case, made fast
            try:
                door[0][:] = x
            except MISFITS:
                door = self.convert(x)
        seen: tuple[float, int, int] = self._run(door[1], label, rate)
        if seen[2] == REFUSED:
            self.refuse(x)
        return seen

    def learn_row(
        self, encoding: Any, x: Any, y: Any, rate: float
    ) -> tuple[float, int, int] | None:
        """Learn from a row of plain numbers as `learn` does, or return None if it is not one.

        A running encoding learns the row first.
        """
        running = encoding.running
        label = self.assign_target(y) if running else NO_LABEL  # only what fits is learned
        if not self.fills(encoding, x, running):
            return None
        seen: tuple[float, int, int] = self._run(
            self.own[1], label if running else self.assign_target(y), rate
        )
        return seen

    def fit(self, x: Array, y: Any, rate: float) -> bool:
        """Learn from a sample (features,) with a label or number; tell whether it was learned.

        It is not if the kernels do not read its dtype, or anything does not fit.
        """
        door = self.doors.get(x.dtype)
        label = self.indices.get(y, NO_LABEL) if type(y) in PLAIN else NO_LABEL
        if door is None:
            return False
        if label < 0:
            if type(y) not in FLOATS or not self.least <= float(y) <= self.most:
                return False
            self.target[0] = y
        door[0][:] = x
        return bool(self._run(door[1], label, rate)[2] == 1)

    def assign_target(self, y: Any, x: Any = None) -> int:
        """Copy a target to where the kernels read it, or return its label.

        If it is unusual, its sample x is checked first.
        """
        if type(y) in PLAIN and y in self.indices:
            return self.indices[y]
        numpy_s = type(y) is ndarray or isinstance(y, np.number)
        if numpy_s and not self.indices and y.size == 1 and y.dtype.kind in "iuf":
            y = y.item()  # float32 is not to be compared with float64
        if isinstance(y, float | int) and self.least <= y <= self.most:
            self.target[0] = y
        else:
            if x is not None:
                self.refuse(x)
            self.assign_answer(y)
        return NO_LABEL

    def assign_answer(self, y: Any) -> None:
        """Copy the label or the target numbers of a sample to where the kernels read them."""
        if type(y) is np.ndarray:
            y = scalar(y)
        if self.indices:
            if type_name(type(y)) == NUMBERS:  # 1.0 is equal to the label 1
                raise numbers_came(y, self.indices, "y")
            self.label[0] = index_of(y, self.indices, "y")
        else:
            self.assign_numbers(y)

    def assign_numbers(self, y: Any) -> None:
        """Copy the target numbers of a sample to where the kernels read them."""
        try:
            numbers = np.asarray(y)
        except ValueError:  # rows of different lengths
            numbers = np.zeros(0)
        fits = numbers.dtype.kind in "biuf" and numbers.size == len(self.target)
        fits = fits and not np.ma.is_masked(y)
        if fits:
            with np.errstate(over="ignore", invalid="ignore"):
                numbers = numbers.reshape(-1)
                self.target[:] = numbers if self.units is None else self.units.scaled(numbers)
                fits = np.dot(self.target, self.none) == 0  # infinity times 0 is NaN
        if not fits:
            n = len(self.target)
            wanted = "a finite number" if n == 1 else f"{n} finite numbers"
            raise ValueError(f"y: {came(y)}, wanted {wanted} within {self.target.dtype}")
        check_range(self.target, self.activation, len(self.target), "y")

    def outputs(self, x: Any, encoding: Any = None) -> Array:
        """Return the outputs (n_out,) for one sample. The next call overwrites them."""
        door = self.assign(x) if encoding is None else self.encode(encoding, x)
        if self._run(door[2], NO_LABEL, NO_RATE)[2] == REFUSED:
            self.refuse(x)
        return self.out

    def answer(self, x: Any, encoding: Any = None) -> Any:
        """Return the answer for one sample: see `Network.predict_one`."""
        if not self.labels:
            return self.made.answer(self.outputs(x, encoding))
        door = self.assign(x) if encoding is None else self.encode(encoding, x)
        _, best, n = self._run(door[2], BEST, NO_RATE)
        if n == REFUSED:
            self.refuse(x)
        return self.labels[best] if best >= 0 else self.made.answer(self.out)
