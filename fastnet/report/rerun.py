"""The run of a net once more, from its record, to the same bits; and the moments on its way.

A run writes its checkpoint between two blocks of samples, which changes no bit. Here an object that
looks at the weights stands in the place of the file. So moments within an epoch are exact, too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, get_args

import numpy as np

from ..diagnostics import gathered, reason
from ..model.network import Network
from ..options import Options
from ..reference import ActivationName
from ..schedules import SCHEDULES
from ..training.checkpoint import ENDLESS, Checkpoint
from ..training.prepare import prepare
from ..training.record import difference, other_code
from ..training.state import State
from ..typing import Array
from .given import own_labels

SECONDS = 60  # a longer run is learned again only if somebody asks for it
FEW = 80  # samples at the first moment of an epoch, whole blocks
MOMENTS = 40  # about so many are seen

Pair = tuple[Any, Any]  # X and y
Look = Callable[[int, Array], None]  # at so many samples learned, and all parameters


class NoReplay(Exception):
    """The learning cannot be seen again. The message says why, in a few words."""


def broken_off(net: Network) -> str:
    """Return why nobody can learn again as a net has learned, by its record; "" if one can."""
    if net.stopped == "end":
        return "the net learned a stream, which nobody has kept"
    if net.run is None or not net.run["options"]:
        origin = (net.origin or {}).get("format")
        return f"the net {f'came from {origin}' if origin else 'has no record of how it learned'}"
    if net.stopped not in ("epochs", "patience", "target"):
        how = {None: "was broken off", "max_seconds": "ended when the time was up"}
        return f"its run {how.get(net.stopped, 'was ended by a function')}"
    return "its weights were rounded after its run" if net.rounding is not None else ""


def check(net: Network, asked: bool) -> float:
    """Return how many seconds a net's run took.

    Raises
    ------
    NoReplay
        Its record shows that it cannot be repeated, or, unless somebody has asked, that it is long.
    """
    if why := broken_off(net) or ("its run learned nothing" if not net.history else ""):
        raise NoReplay(why)
    seconds = float(sum(record["seconds"] for record in net.history))
    if seconds > SECONDS and not asked:
        raise NoReplay(f"its run took {seconds:,.0f} s; --replay asks for it")
    return seconds


def options_of(net: Network, validation_data: Pair | None = None) -> Options:
    """Return the options with which a net was trained, from its record.

    Of the validation data, the record has digests only. They come back only if they decided when
    the run ended.
    """
    assert net.run is not None
    rows, given = Options.rows(), dict(net.run["options"])
    judged = given.pop("validation_data", None) is not None
    if judged and (given["patience"] is not None or given["target_accuracy"] is not None):
        if validation_data is None:
            raise NoReplay("the samples that ended its run are not at hand")
        given["validation_data"] = validation_data
    given["max_seconds"] = None  # the run ended before
    given = own_labels(net, given)
    _check_lost(given)
    try:
        own = {name: value for name, value in given.items() if name in rows}
        return Options.of(own | {"threads": "auto", "verbose": False})
    except (TypeError, ValueError) as error:
        raise NoReplay(f"its record does not fit this version of fastnet: {error}") from None


def _check_lost(given: Mapping[str, Any]) -> None:
    """Raise if the record has only the digest or the name of something that decides the bits."""
    names = [given["activation"]] if isinstance(given["activation"], str) else given["activation"]
    start = given["start"]
    lost = {
        "it continues another net": given["init"] is not None,
        "its samples have weights": given["sample_weight"] is not None,
        "it began with weights of its own": isinstance(start, str) and ":" in start,
        "its schedule is a function of its own": given["schedule"] not in (*SCHEDULES, "plateau"),
        "its activations are functions of its own": any(
            name not in (*get_args(ActivationName), "softmax") for name in names
        ),
    }
    for why, is_so in lost.items():
        if is_so:
            raise NoReplay(f"{why}, which its record does not keep")


def again(
    net: Network, data: Pair, validation_data: Pair | None, look: Look
) -> int:  # fmt: skip
    """Train a net again; look at the start, at moments on the way, and at the end.

    Parameters
    ----------
    net : Network
        The net, whose record can be repeated: see `check`.
    data, validation_data : (X, y)
        What it learned, and the samples that judged it.
    look : callable
        Called as look(samples, parameters), with the samples learned so far and the parameters
        (n,), as in `net.parameters.vector`. The last call has those of the net.

    Returns
    -------
    int
        The samples of an epoch.

    Raises
    ------
    NoReplay
        The data are others, or the run does not end with the bits of the net.
    """
    with gathered({}, ""):  # what the first run warned of, it has warned of
        try:
            run = prepare(*data, options_of(net, validation_data))
        except (TypeError, ValueError) as error:
            raise NoReplay(f"the data at hand do not fit: {reason(error)}") from None
        found = run.record.complete()
        _check_data(net, found)
        run.checkpoint = Camera(moments(run.order.steps, len(net.history)), look)
        run.learn()
    if run.net.digest() != net.digest():
        other = other_code(net.run or {}, found)
        why = "the net was changed after its run" if other is None else f"its record is {other}"
        raise NoReplay(f"learning again ends with other weights: {why}")
    return run.order.steps


def _check_data(net: Network, found: Mapping[str, Any]) -> None:
    """Raise if a record is of other data than that of the net."""
    assert net.run is not None
    records = [{"options": {}, "data": record["data"]} for record in (net.run, found)]
    if other := difference(*records):
        raise NoReplay(f"the data at hand are not those that it learned: {other}")
    judges = found["options"]["validation_data"]
    if judges is not None and judges != net.run["options"]["validation_data"]:
        raise NoReplay("the samples that ended its run are not at hand")


def moments(steps: int, epochs: int) -> list[int]:
    """Return the numbers of samples learned at the moments to look at, the last one the end.

    In the first epoch, of so many steps, they are 80, 240, 800, 2,400 and so on. Of many epochs the
    early ones are dense.
    """
    inside = [FEW * k * 10**n for n in range(12) for k in (1, 3) if 1.2 * FEW * k * 10**n < steps]
    room = max(MOMENTS - len(inside), 2)
    ends = np.arange(1, epochs + 1)
    if epochs > room:
        ends = np.unique(np.geomspace(1, epochs, room).round().astype(int))
    return [*inside, *(steps * ends).tolist()]


class Camera(Checkpoint):
    """What looks at a run where others write a file.

    Parameters
    ----------
    due : list of int
        The samples learned at which it looks, in order. It looks at the start and the end, too.
    look : callable
        See `again`.
    """

    def __init__(self, due: list[int], look: Look):
        self.unit, self.moments, self.look = "sample", due, look

    def wait(self, samples: int) -> int:
        """Return the number of samples from here to the next moment."""
        return max(1, self.moments[0] - samples) if self.moments else ENDLESS

    def due(self, epochs: int, samples: int) -> bool:
        """Tell whether a moment is due after so many samples."""
        return bool(self.moments) and samples >= self.moments[0]

    def mark(self, epochs: int, samples: int) -> None:
        """Note that it has looked after so many samples."""
        while self.due(epochs, samples):
            del self.moments[0]

    def write(self, net: Network, vector: Array, state: State) -> None:
        """Look at these parameters of a net."""
        self.look(state[0]["samples"], vector)

    def read(self, run: dict[str, Any], resume: bool) -> None:
        """Return nothing: the run begins at its start."""
