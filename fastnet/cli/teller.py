"""The teller, which reports the events of a run."""

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
    """A teller reports events, as text or as one JSON object a line. It erases the bar for them.

    If standard output fails, the work continues, since its result is worth more.

    Parameters
    ----------
    json_
        True for JSON.
    label
        The label of the bar.
    common
        Fields that all texts need besides those of the event.
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
        """Raise if nobody reads the output any more, so that a long run ends."""
        if isinstance(self.failed, BrokenPipeError):
            raise self.failed

    def close(self, kept: str) -> None:
        """Raise if an event could not be written; `kept` says what is saved of the work."""
        if self.failed is not None:
            raise failure(self.failed, kept) from None


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


def start(data: DataSet, net: "Network", options: "Options") -> dict[str, Any]:
    """Return the fields of the event at the start of a run: its data, options and net."""
    fraction = options.validation_fraction
    return {
        "data": data.name,
        "training": data.samples.n,
        "test": len(data.judged_on[0]) if data.part == "test" else 0,
        **{name: getattr(options, name) for name in ("epochs", "schedule", "shuffle")},
        "held_out": len(held_out(data.y, fraction, net.seed or 0)) if fraction else 0,
        **description(net),
    }
