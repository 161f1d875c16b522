"""A teller of what happens in a run."""

from typing import TYPE_CHECKING, Any

from .data import DataSet, held_out
from .errors import failure, say
from .events import as_text
from .progress import Progress
from .text import as_json, plain

if TYPE_CHECKING:
    from fastnet.model.network import Network
    from fastnet.options import Options


class Teller:
    """Tells what happens, as text or as one JSON object a line; the bar makes way for it.

    Where standard output fails, the work goes on, since its result is worth more.

    Parameters
    ----------
    json_
        Whether JSON is wanted.
    label
        The label of the bar.
    common
        What texts need to know beside the event.
    """

    def __init__(self, json_: bool, label: str = "", **common: Any) -> None:
        self.json_, self.common, self.progress = json_, common, Progress(label)
        self.failed: OSError | UnicodeError | None = None

    def __call__(self, event: str, **fields: Any) -> None:
        """Tell an event."""
        fields = {"event": event, **plain(fields)}
        self.progress.clear()
        self._say(as_json(fields) if self.json_ else as_text({**self.common, **fields}))

    def heading(self, text: str) -> None:
        """Print the heading of a table."""
        if not self.json_:
            self._say(text)

    def _say(self, text: str) -> None:
        try:
            if self.failed is None:
                say(text)
        except (OSError, UnicodeError) as error:
            self.failed = error

    def check(self) -> None:
        """Raise if nobody reads any more, so that the run ends, however long it would last."""
        if isinstance(self.failed, BrokenPipeError):
            raise self.failed

    def close(self, kept: str) -> None:
        """Raise if something was not told; `kept` says what there is of the work."""
        if self.failed is not None:
            raise failure(self.failed, kept) from None


def description(net: "Network") -> dict[str, Any]:
    """Return what a net is, apart from its weights."""
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


def start(data: DataSet, net: "Network", options: "Options") -> dict[str, Any]:
    """Return what is told at the start of a run: its data, its options, its net."""
    fraction = options.validation_fraction
    return {
        "data": data.name,
        "training": data.samples.n,
        "test": len(data.judged_on[0]) if data.part == "test" else 0,
        **{name: getattr(options, name) for name in ("epochs", "schedule", "shuffle")},
        "held_out": len(held_out(data.y, fraction, net.seed or 0)) if fraction else 0,
        **description(net),
    }
