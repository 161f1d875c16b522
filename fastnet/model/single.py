"""Fast calls with one sample from Python. The arguments of the compiled pass are made once."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..checks import came, scalar
from ..data.arrays import matrix
from ..data.labels import NUMBERS, type_name
from ..data.samples import Rows
from ..data.targets import index_of, numbers_came
from ..kernels.blocks import SINGLY
from ..kernels.codes import FLOAT32, FLOAT64, UINT8
from ..kernels.entries import NO_LABEL, NO_RATE
from ..typing import Array
from .activations import check_range, row_of
from .outputs import Outputs
from .parameters import Parameters
from .rate import default_rate
from .tasks import Tasks
from .workspace import Pass, Workspace, no_decay

PLAIN = int, str  # types of labels


class Single:
    """Calls of a net with one sample. Each thread needs its own."""

    def __init__(self, parameters: Parameters, outputs: Outputs, workspace: Workspace):
        features, dtype, n = parameters.sizes[0], parameters.dtype, outputs.n
        self.workspace = workspace
        self.features, self.activation, self.indices = features, outputs.activation, outputs.indices
        self.bytes = np.zeros(features, np.uint8)
        self.numbers = np.zeros(features, dtype)
        self.zeros = np.zeros(features, dtype)
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
        self.rate = np.zeros(1, dtype)
        self.out = np.zeros(n, dtype)
        code = FLOAT32 if dtype == np.float32 else FLOAT64
        none, indices, order = np.zeros(0, np.int64), np.zeros(0, np.int32), np.zeros(1, np.int64)
        stored = [
            Rows(_read_only(self.bytes), UINT8, none, indices),
            Rows(_read_only(self.numbers), code, none, indices),
        ]

        def tables(label: Array, target: Array, rate: Array, out: Array) -> list[Tasks]:
            """Return the tables of the kernel, for bytes and for other numbers."""
            passes = [
                Pass(outputs.code, rows, (label, target), order, rate, decay, 0.0, out)
                for rows in stored
            ]
            made = [workspace.made_tasks() for _ in passes]
            for tasks, one in zip(made, passes, strict=True):
                tasks.set(params=parameters.vector, method=SINGLY, **one.fields())
            return made

        decay = no_decay()
        self._learn = tables(self.label, self.target, self.rate, self.out[:0])
        self._answer = tables(self.label[:0], self.target[:0], self.rate[:0], self.out)
        self._kept = stored, order, decay, none, indices
        self._run = workspace.rows

    def assign(self, x: Any) -> int:
        """Copy a sample to where the kernels read it; return 0 for bytes, 1 for other numbers."""
        if type(x) is not np.ndarray:
            x = matrix(x, "x")[0]
        if x.shape != (self.features,):
            raise ValueError(f"x: shape {x.shape}, wanted ({self.features},){self._hint(x)}")
        if x.dtype == np.uint8:
            self.bytes[:] = x
            return 0
        if x.dtype.kind not in "biuf":
            x = matrix(x, "x")[0]  # of Python's numbers
        if x.dtype.kind not in "biuf":
            raise TypeError(f"x: dtype {x.dtype}, wanted real numbers")
        with np.errstate(over="ignore", invalid="ignore"):
            self.numbers[:] = x
            finite = np.dot(self.numbers, self.zeros) == 0  # infinity times 0 is NaN
        if not finite:
            (column, *_) = np.flatnonzero(~np.isfinite(self.numbers))
            raise ValueError(
                f"x: {x[column]} in column {column}, "
                f"wanted finite numbers within {self.zeros.dtype}"
            )
        return 1

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
        stored = self.assign(x)
        if type(y) in PLAIN and y in self.indices:  # a short cut for the usual cases
            self.label[0] = self.indices[y]
        elif isinstance(y, float) and self.least <= y <= self.most:
            self.target[0] = y
        else:
            self.assign_answer(y)
        self.rate[0] = rate
        return self._run(self._learn[stored].addresses[0], NO_LABEL, NO_RATE)

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

    def outputs(self, x: Any) -> Array:
        """Return the outputs (n_out,) for one sample. The next call overwrites them."""
        stored = self.assign(x)
        self._run(self._answer[stored].addresses[0], NO_LABEL, NO_RATE)
        return self.out


def _read_only(array: Array) -> Array:
    view = array.view(np.uint8)
    view.flags.writeable = False
    return view
