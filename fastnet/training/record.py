"""The record of a run: its options, a fingerprint of the data, the versions.

With it a run can be repeated, and two runs can be compared. All of it has JSON types.
"""

from __future__ import annotations

import contextlib
import platform
import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .._version import __version__
from ..checks import scalar
from ..data.fingerprint import THREADS, Hash, sha256, side_by_side
from ..data.samples import Samples
from ..diagnostics import printable
from ..kernels.jit import code_digest
from ..model.activations import POINTS, Activation
from ..model.compiling import NUMBA
from ..model.network import Network
from ..options import Options
from ..schedules import SCHEDULES, Schedule
from .teams import cores


class Record:
    """The record of a run, `Network.run`. Threads complete it while the run learns.

    Parameters
    ----------
    options : Options
        The options. Those that can change a bit are recorded.
    net : Network
        The network before it learns.
    rate : float
        The learning rate, given or the default.
    samples, y
        The data. Nobody may change them until the record is complete.
    noted : dict
        What the record has besides.
    """

    def __init__(
        self,
        options: Options,
        net: Network,
        rate: float,
        samples: Samples,
        y: ArrayLike,
        noted: Mapping[str, Any],
    ):
        self.net, self.noted = net, noted
        net.run = None  # until the record is complete
        given = {name: getattr(options, name) for name, row in Options.rows().items() if row.bits}
        recorded = {name: _plain(value) for name, value in (given | _known(options, net)).items()}
        self.on_epoch = recorded.pop("on_epoch")
        for name in ("encode", "preset"):  # runs on plain arrays have none of them
            if recorded[name] is None:
                del recorded[name]
        self.options = recorded | {"learning_rate": rate}
        self.rows, self.dtype = samples.n, samples.rows.dtype.name
        self.data = [samples.hash, Hash(y)]
        self.judges: list[Hash] = []
        if options.validation_data is not None:
            judges, judged = options.validation_data
            self.judges = [judges.hash, Hash(judged)]

    @contextlib.contextmanager
    def beside(self, team: int) -> Iterator[None]:
        """Hash the data on the cores that a team of so many threads leaves free.

        If there are none, or the data are small, the record is complete at once. At the end it is
        complete in any case, also after an error, and no thread is left.
        """
        hashes = [*self.data, *self.judges]
        free = min(cores() - team, THREADS) if any(each.is_large for each in hashes) else 0
        with side_by_side(hashes, free) as at_work:
            if not at_work:
                self.complete()
            try:
                yield
            finally:
                self.complete()

    def complete(self) -> dict[str, Any]:
        """Complete the record, and give it to the network; return it."""
        if self.net.run is None:
            self.net.run = self._whole()
        return self.net.run

    def _whole(self) -> dict[str, Any]:
        net, (X, y) = self.net, (each.shared() for each in self.data)
        data = {"samples": self.rows, "features": net.n_features, "dtype": self.dtype}
        data |= {"X": X, "y": y}
        if net.encoding is not None:
            data["encoding"] = f"sha256:{net.encoding.digest()}"
        if self.judges:
            self.options["validation_data"] = [each.shared() for each in self.judges]
        return {
            "options": self.options,
            "on_epoch": self.on_epoch,
            "data": data,
            "versions": {
                "fastnet": __version__,
                "python": platform.python_version(),
                "numpy": np.__version__,
                "numba": NUMBA,
                "kernels": code_digest(),
            },
            **self.noted,
        }


def _known(options: Options, net: Network) -> dict[str, Any]:
    """Return the options with the values of the net, and digests of those that hold data."""
    known = {"hidden": net.sizes[1:-1], "loss": net.loss, "dtype": net.dtype.name}
    known["start"] = _start(options.start, net)
    if net.encoding is not None:
        known["encode"] = "table"
    if options.init is not None or not isinstance(options.activation, str):
        known["activation"] = [_activation(a) for a in net.activations]
    if options.classes is not None and net.classes is not None:
        great = net.classes.dtype.kind not in "biuU"  # JSON has no bytes
        known["classes"] = (net.classes.astype(str) if great else net.classes).tolist()
    if options.augment is not None:
        known["augment"] = options.augment.to_dict()
    if callable(options.schedule):
        known["schedule"] = _schedule(options.schedule)
    if options.sample_weight is not None:
        known["sample_weight"] = sha256(options.sample_weight)
    if options.validation_data is not None:
        known["validation_data"] = []  # their digests come later
    return known


def _activation(activation: Activation) -> Any:
    """Return an activation's name, or the names of a pair of functions and digests of values."""
    if isinstance(activation, str):
        return activation
    return [_function(f, [f(z) for z in POINTS.tolist()]) for f in activation]


def _schedule(schedule: Schedule) -> str:
    """Return a schedule's name. Of a function, return the name and a digest of values."""
    for name, function in SCHEDULES.items():
        if function is schedule:
            return name
    return _function(schedule, schedule(np.arange(1000) / 1000))


def _function(function: Any, values: ArrayLike) -> str:
    """Return a function's name and the SHA-256 of some values, since names may be equal."""
    return f"{_plain(function)} {sha256(np.asarray(values))}"


def _start(start: Any, net: Network) -> Any:
    """Return a start's name or range, or the SHA-256 of given weights."""
    named = start is None or isinstance(start, str)
    if named or (isinstance(start, list | tuple) and all(map(np.isscalar, start))):
        return start
    return f"sha256:{net.digest()}"


def _plain(value: Any) -> Any:
    """Return an option's value in JSON types: the SHA-256 of an array, the name of a function."""
    value = scalar(value)
    if isinstance(value, np.floating):
        return float(value)
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, Network):
        return f"sha256:{value.digest()}"
    if isinstance(value, np.ndarray):
        return sha256(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    named = value if hasattr(value, "__qualname__") else type(value)
    return f"{named.__module__}.{named.__qualname__}"


def difference(was: Mapping[str, Any], now: Mapping[str, Any]) -> str | None:
    """Return the first difference between two `Network.run` in options, then in data, in words.

    None means that the runs are equal. With equal versions their bits are equal, too.
    """
    return next(_differences(was, now, {"options": "", "data": "the data's "}), None)


def other_code(was: Mapping[str, Any], now: Mapping[str, Any]) -> str | None:
    """Return the difference in code of two `Network.run`, in words; None if the bits are equal."""
    for name in ("fastnet", "kernels"):
        before, after = (run["versions"].get(name, "not recorded") for run in (was, now))
        if before != after:
            return f"of {name} {_said(before)}, this is {_said(after)}"
    return None


def differences(was: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Return all differences between two `Network.run`, including versions, in words."""
    wheres = {"options": "", "data": "the data's ", "versions": "the version of "}
    return list(_differences(was, now, wheres))


def _differences(
    was: Mapping[str, Any], now: Mapping[str, Any], wheres: Mapping[str, str]
) -> Iterator[str]:
    for part, where in wheres.items():
        for name in {**was[part], **now[part]}:
            before, after = (run[part].get(name, "not recorded") for run in (was, now))
            new = {str(before), str(after)} == {"None", "not recorded"}  # an option that is new
            if before != after and not new:
                before, after = _apart(before, after), _apart(after, before)
                both = "sha256:" in str(before) and "sha256:" in str(after)
                came = "has other values" if both else f"was {_said(before)} and is {_said(after)}"
                yield f"{where}{name} {came}"


def _apart(value: Any, other: Any) -> Any:
    """Return what a mapping has and another has not; any other value as it is."""
    if not (isinstance(value, Mapping) and isinstance(other, Mapping)):
        return value
    return {k: v for k, v in value.items() if k not in other or other[k] != v}


def _said(value: Any) -> str:
    """Return a value in words, with only the beginning of a digest."""
    text = "not given" if value is None else printable(str(value))
    return re.sub(r"(sha256:.{8})[0-9a-f]*", r"\1...", text)
