"""Where a network comes from: the options of its run, a fingerprint of the data, the versions.

What it takes to run it again, and to tell whether two runs are the same. All of it is JSON.
"""

from __future__ import annotations

import platform
import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .._version import __version__
from ..checks import scalar
from ..data.fingerprint import sha256
from ..data.samples import Samples
from ..diagnostics import printable
from ..kernels.jit import code_digest
from ..model.activations import POINTS, Activation
from ..model.compiling import NUMBA
from ..model.network import Network
from ..schedules import SCHEDULES, Schedule

# Options of `fastnet.train` that change no bit. All others are recorded.
NO_BITS = ("threads", "verbose", "on_progress", "checkpoint", "every", "resume")


def run_of(
    given: Mapping[str, Any], net: Network, rate: float, samples: Samples, y: ArrayLike
) -> dict[str, Any]:
    """What `Network.run` shall hold.

    Parameters
    ----------
    given : dict
        The arguments of `fastnet.train`, by name.
    net : Network
        As it is before it learns.
    rate : float
        The learning rate, resolved.
    samples, y
        What it learns from.
    """
    known: dict[str, Any] = {"hidden": net.sizes[1:-1], "loss": net.loss, "dtype": net.dtype.name}
    known |= {"learning_rate": rate, "start": _start(given["start"], net)}
    if given["init"] is not None or not isinstance(given["activation"], str):
        known["activation"] = [_activation(a) for a in net.activations]
    if given["classes"] is not None and net.classes is not None:
        great = net.classes.dtype.kind not in "biuU"  # JSON has no bytes
        known["classes"] = (net.classes.astype(str) if great else net.classes).tolist()
    if callable(given["schedule"]):
        known["schedule"] = _schedule(given["schedule"])
    for name in ("sample_weight", "validation_data"):
        if given[name] is not None:
            known[name] = _digests(name, given[name])
    elsewhere = {"X", "y", "on_epoch", *NO_BITS}
    options = {name: known.get(name, value) for name, value in given.items()}
    return {
        "options": {name: _plain(v) for name, v in options.items() if name not in elsewhere},
        "on_epoch": _plain(given["on_epoch"]),
        "data": {
            "samples": samples.n,
            "features": samples.features,
            "dtype": samples.rows.dtype.name,
            "X": samples.sha256,
            "y": sha256(y),
        },
        "versions": {
            "fastnet": __version__,
            "python": platform.python_version(),
            "numpy": np.__version__,
            "numba": NUMBA,
            "kernels": code_digest(),
        },
    }


def _activation(activation: Activation) -> Any:
    """An activation's name; what says which functions a pair are."""
    if isinstance(activation, str):
        return activation
    return [_function(f, [f(z) for z in POINTS.tolist()]) for f in activation]


def _schedule(schedule: Schedule) -> str:
    """A schedule's name; what says which function it is."""
    for name, function in SCHEDULES.items():
        if function is schedule:
            return name
    return _function(schedule, schedule(np.arange(1000) / 1000))


def _function(function: Any, values: ArrayLike) -> str:
    """A function's name, and the SHA-256 of some values: others may have the same name."""
    return f"{_plain(function)} {sha256(np.asarray(values))}"


def _start(start: Any, net: Network) -> Any:
    """A start's name or range; of given weights, the SHA-256."""
    named = start is None or isinstance(start, str)
    if named or (isinstance(start, list | tuple) and all(map(np.isscalar, start))):
        return start
    return f"sha256:{net.digest()}"


def _digests(name: str, value: Any) -> Any:
    """The SHA-256 of an array, or of validation data's two."""
    if name == "validation_data":
        return [x.sha256 if isinstance(x, Samples) else sha256(x) for x in value]
    return sha256(value)


def _plain(value: Any) -> Any:
    """What JSON has for an option's value: of an array the SHA-256, of a function the name."""
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
    """The first difference between two `Network.run` in options, then in data, in words.

    None where there is none: the runs are the same, and so are their bits if the versions are.
    """
    return next(_differences(was, now, {"options": "", "data": "the data's "}), None)


def other_code(was: Mapping[str, Any], now: Mapping[str, Any]) -> str | None:
    """How the code of two `Network.run` differs, in words; None where the bits are the same."""
    for name in ("fastnet", "kernels"):
        before, after = (run["versions"].get(name, "not recorded") for run in (was, now))
        if before != after:
            return f"of {name} {_said(before)}, this is {_said(after)}"
    return None


def differences(was: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """All differences between two `Network.run`, those of versions too, in words."""
    wheres = {"options": "", "data": "the data's ", "versions": "the version of "}
    return list(_differences(was, now, wheres))


def _differences(
    was: Mapping[str, Any], now: Mapping[str, Any], wheres: Mapping[str, str]
) -> Iterator[str]:
    for part, where in wheres.items():
        for name in {**was[part], **now[part]}:
            before, after = (run[part].get(name, "not recorded") for run in (was, now))
            new = {str(before), str(after)} == {"None", "not recorded"}  # an option of today
            if before != after and not new:
                both = "sha256:" in str(before) and "sha256:" in str(after)
                came = "has other values" if both else f"was {_said(before)} and is {_said(after)}"
                yield f"{where}{name} {came}"


def _said(value: Any) -> str:
    """A value in words, and no more than the beginning of a digest."""
    text = "not given" if value is None else printable(str(value))
    return re.sub(r"(sha256:.{8})[0-9a-f]*", r"\1...", text)
