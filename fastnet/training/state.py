"""The state of a run: all that the rest of the run needs, besides its record and the history."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from ..model.history import record_of
from ..model.network import Network
from ..typing import Array

VECTORS = ("params", "best", "average")  # the vectors of a state, as far as there are any

State = tuple[dict[str, Any], dict[str, Any]]  # of a run: JSON, and vectors of parameters


@dataclass
class Begun:
    """The current epoch, as far as it is learned."""

    learned: int = 0  # samples
    cost: float = 0.0
    hits: int = 0
    seconds: float = 0.0
    learning_rate: float = 0.0  # of its first sample

    def record(self, net: Network) -> dict[str, Any]:
        """Return the next record of the network's history: of what is learned of the epoch."""
        return record_of(net, self.learning_rate, self.learned, self.seconds, self.cost, self.hits)


def state_of(run: Any) -> State:
    """Return the state of a `Run` between two chunks."""
    state = {
        "epochs": run.epochs,
        "samples": run.done,
        "epoch": asdict(run.now),
        "order": run.before,
        "scale": run.decay[1],
        "stopping": run.stop.state,
        "averaged": [run.average.count, run.average.next],
    }
    vectors = {"best": run.stop.best, "average": run.average.total}
    return state, {"params": run.net.parameters.vector, **vectors}


def restore(run: Any, both: State) -> None:
    """Let a `Run` continue from a state.

    Raises
    ------
    ValueError
        The numbers contradict each other, or the state of the orders is damaged.
    """
    state, vectors = both
    run.epochs, run.done = state["epochs"], state["samples"]
    run.stop.state, run.stop.best = state["stopping"], vectors["best"]
    run.now = Begun(**state["epoch"])
    most = run.epochs * run.order.steps + run.now.learned  # or fewer, if the time was up
    if run.now.learned > run.order.steps or run.done > min(most, run.rates.total):
        raise ValueError(f"{run.done} samples in {run.epochs} epochs and {run.now.learned}")
    run.order.state = run.before = state["order"]
    if run.order.state != state["order"]:
        raise ValueError("the state of its orders is damaged")
    run.decay[1] = state["scale"]
    run.net.parameters.replace(vectors["params"])
    run.average.count, run.average.next = state["averaged"]
    run.average.total = vectors["average"]


def state_in(about: dict[str, Any], arrays: dict[str, Array], shape: tuple[int, ...]) -> State:
    """Return the state in a checkpoint. Its vectors must have this shape.

    Raises
    ------
    ValueError
        The arrays are not those of a run.
    """
    state = about["checkpoint"]
    vectors = {name: arrays.get(f"checkpoint_{name}") for name in VECTORS}
    for name, vector in vectors.items():
        if vector is not None and (vector.shape != shape or vector.dtype.kind != "f"):
            raise ValueError(f"{name}: {vector.dtype} {vector.shape}, wanted floats {shape}")
    count, _ = state["averaged"]
    if (count > 0) != (vectors["average"] is not None):
        raise ValueError(f"averaged: {state['averaged']} does not fit its arrays")
    return state, vectors
