"""One sample at a time from Python: all that a call of the kernels needs, made ready beforehand."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .compiling import epoch
from .data import check_range
from .kernels.samples import FLOAT32, FLOAT64, UINT8

Array = NDArray[Any]


class Single:
    """A view of one sample for a `Network`; not for two threads at a time."""

    def __init__(self, net: Any):
        features, dtype = net.sizes[0], net.dtype
        work = net.workspace()
        member = work.members[0]
        self.features, self.activation = features, net.activations[-1]
        self.places = (
            {} if net.classes is None else {c: i for i, c in enumerate(net.classes.tolist())}
        )
        self.bytes = np.zeros(features, np.uint8)
        self.numbers = np.zeros(features, dtype)
        self.zeros = np.zeros(features, dtype)
        self.label = np.zeros(1 if self.places else 0, np.int32)
        self.target = np.zeros(0 if self.places else net.sizes[-1], dtype)
        self.rate = np.zeros(1, dtype)
        self.out = np.zeros((1, net.sizes[-1]), dtype)
        none, indices = np.zeros(0, np.int64), np.zeros(0, np.int32)
        kind = FLOAT32 if dtype == np.float32 else FLOAT64
        begin = (net._params, member.layers, work.team.strips, net._loss)
        middle = (none, indices, work.unit)
        self._bytes = (*begin, _read_only(self.bytes), UINT8, *middle)
        self._numbers = (*begin, _read_only(self.numbers), kind, *middle)
        self._order = np.zeros(1, np.int64)
        self._end = (
            member.index, work.every, member.values, member.block, work.shared, member.own,
            member.place, work.flags, 0.0,
        )  # fmt: skip
        self._no_label, self._no_target = np.zeros(0, np.int32), np.zeros(0, dtype)
        self._no_rate, self._no_out = np.zeros(0, dtype), np.zeros((0, 0), dtype)

    def take(self, x: Any) -> tuple[Any, ...]:
        """Copy a sample to where the kernels look for it; returns their first arguments."""
        if type(x) is not np.ndarray:
            x = np.asarray(x)
        if x.shape != (self.features,):
            raise ValueError(f"x: shape {x.shape}, wanted ({self.features},), one sample")
        if x.dtype == np.uint8:
            self.bytes[:] = x
            return self._bytes
        if x.dtype.kind not in "biuf":
            raise TypeError(f"x: dtype {x.dtype}, wanted real numbers")
        with np.errstate(over="ignore", invalid="ignore"):
            self.numbers[:] = x
            finite = np.dot(self.numbers, self.zeros) == 0  # infinity times 0 is NaN
        if not finite:
            raise ValueError(f"x: NaN or infinite, wanted finite numbers within {self.zeros.dtype}")
        return self._numbers

    def learn(self, x: Any, y: Any, rate: float) -> bool:
        """Learn from one sample; False if its cost is not finite, and nothing was learned."""
        begin = self.take(x)
        if self.places:
            try:
                self.label[0] = self.places[y]
            except (KeyError, TypeError):
                known = ", ".join(map(str, list(self.places)[:10]))
                raise ValueError(
                    f"y: label {y!r} is none of the network's classes ({known})"
                ) from None
        else:
            try:
                target = np.asarray(y, self.target.dtype).reshape(-1)
            except (ValueError, TypeError):
                target = np.zeros(0)
            if target.shape != self.target.shape or not np.isfinite(target).all():
                raise ValueError(f"y: {y!r}, wanted {len(self.target)} finite numbers")
            check_range(target, self.activation, len(target), "y")
            self.target[:] = target
        self.rate[0] = rate
        return (
            epoch(
                *begin, self.label, self.target, self._order, self.rate, *self._end, self._no_out
            )[2]
            == 1
        )

    def outputs(self, x: Any) -> Array:
        """The outputs (n_out,) for one sample: overwritten by the next call."""
        begin = self.take(x)
        epoch(
            *begin,
            self._no_label,
            self._no_target,
            self._order,
            self._no_rate,
            *self._end,
            self.out,
        )
        return self.out[0]


def _read_only(array: Array) -> Array:
    view = array.view(np.uint8)
    view.flags.writeable = False
    return view
