"""Fields of events: descriptions of a net and of a run."""

from typing import TYPE_CHECKING, Any

from .data import DataSet
from .tables import about_table

if TYPE_CHECKING:
    from fastnet.model.network import Network
    from fastnet.training.run import Run


def description(net: "Network") -> dict[str, Any]:
    """Return the fields that describe a net, apart from its weights."""
    return {
        "sizes": net.sizes,
        "activations": net.activations,
        "loss": net.loss,
        "dtype": str(net.dtype),
        "parameters": sum(array.size for array in [*net.weights, *net.biases]),
        "classes": net.classes,
        "seed": net.seed,
        "version": net.version,
    }


def start(data: DataSet, run: "Run") -> dict[str, Any]:
    """Return the fields of the event at the start of a run: its data, options and net."""
    return {
        "data": data.name,
        "training": data.n,
        "test": len(data.judged_on[1]) if data.part == "test" else 0,
        **{name: getattr(run.options, name) for name in ("epochs", "schedule", "shuffle")},
        "held_out": len(run.order.held),
        **description(run.net),
        **about_table(run.net, data.reading),
    }
