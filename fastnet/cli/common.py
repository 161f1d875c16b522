"""What several commands do: read data, tell what happens, save."""

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from fastnet.cli import text as report
from fastnet.cli.progress import Progress

from .errors import failure, said, say
from .options import DATASETS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fastnet.data.readers import Part
    from fastnet.data.samples import Samples
    from fastnet.model.network import Network


@dataclass
class Task:
    """What is learned, and what nets are judged on."""

    data: str
    samples: "Samples"
    y: "NDArray[Any]"
    judged_on: "tuple[NDArray[Any], NDArray[Any]]"
    part: str  # which judged_on is: "test", "training" or "held out"

    @classmethod
    def read(cls, data: str, dtype: str) -> "Task":
        """Read a data set by its name or path."""
        import numpy as np

        from fastnet.data.samples import Samples

        (X, y), (X_test, y_test) = read(data)
        if X is None or y is None:
            raise ValueError(f"data: {data} has no training part")
        samples = Samples(X, np.dtype(dtype))  # checked and hashed once for all calls
        if X_test is None or y_test is None:
            return cls(data, samples, y, (X, y), "training")
        return cls(data, samples, y, (X_test, y_test), "test")

    def test_part(self) -> "tuple[Samples, NDArray[Any]] | None":
        """Return what nets are judged on, checked, if it is not what they learn."""
        from fastnet.data.samples import Samples

        if self.part != "test":
            return None
        (X, y), samples = self.judged_on, self.samples
        return Samples(X, samples.dtype, samples.features, "validation_data X"), y

    def held_out(self, fraction: float, seed: int) -> "tuple[NDArray[Any], NDArray[Any]]":
        """Return the training samples that a run holds out."""
        held = held_out(self.y, fraction, seed)
        return self.samples.rows[held], self.y[held]

    def judge(self, fraction: float | None, seed: int) -> None:
        """Judge by what a run holds out, if it does, and there is no test part."""
        if fraction and self.part == "training":
            self.judged_on, self.part = self.held_out(fraction, seed), "held out"

    def start(self, net: "Network", options: dict[str, Any]) -> dict[str, Any]:
        """Return what is told at the start: the data, the options, the net."""
        told = {name: options[name] for name in ("epochs", "schedule", "shuffle")}
        test = len(self.judged_on[0]) if self.part == "test" else 0
        fraction = options["validation_fraction"]
        told["held_out"] = len(held_out(self.y, fraction, net.seed or 0)) if fraction else 0
        training = self.samples.n
        return {"data": self.data, "training": training, "test": test, **told, **description(net)}


class Teller:
    """Tells what happens, as text or as one JSON object a line; the bar makes way.

    Where standard output takes no more, the work goes on: its result is worth more.

    Parameters
    ----------
    json_
        Whether JSON is wanted.
    label
        Of the bar.
    common
        What texts need to know beside the event.
    """

    def __init__(self, json_: bool, label: str = "", **common: Any) -> None:
        self.json_, self.common, self.progress = json_, common, Progress(label)
        self.failed: OSError | UnicodeError | None = None

    def __call__(self, event: str, **fields: Any) -> None:
        """Tell an event."""
        fields = {"event": event, **report.plain(fields)}
        self.progress.clear()
        as_text = not self.json_
        self._say(report.as_text({**self.common, **fields}) if as_text else report.as_json(fields))

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
        """Raise if nobody reads any more: that ends a run, however long it would take."""
        if isinstance(self.failed, BrokenPipeError):
            raise self.failed

    def close(self, kept: str) -> None:
        """Raise if something was not told; `kept` says what there is of the work."""
        if self.failed is not None:
            raise failure(self.failed, kept) from None


def read(data: str) -> tuple["Part", "Part"]:
    """Read a data set by its name or path."""
    from fastnet import datasets

    return datasets.load(data) if data in DATASETS else datasets.read(data)


def held_out(y: "NDArray[Any]", fraction: float, seed: int) -> "NDArray[Any]":
    """Return which of the samples with these labels or numbers `fastnet train` holds out."""
    import numpy as np

    from fastnet.data.targets import as_targets
    from fastnet.training.order import Order

    n = len(y)
    return Order(n, None, True, seed, fraction, as_targets(y, n, np.dtype("f4")).labels).held


def unit(X: "NDArray[Any]") -> str:
    """Return what the rows of X are called."""
    return "images" if X.dtype == "uint8" else "samples"


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


def refuse_one_file(paths: dict[str, str | None]) -> None:
    """Refuse options that are given one and the same file; the last two are read, not written."""
    files: dict[str, str] = {}
    for option, path in reversed(paths.items()):
        if path is not None and path not in DATASETS:
            real = os.path.realpath(path)
            if real in files and option not in ("--data", "--repeat"):
                message = f"{option}: {path}, but so is {files[real]}; wanted another file"
                raise click.UsageError(message, click.get_current_context())
            files.setdefault(real, option)


def name_data(net: "Network", source: str) -> None:
    """Note the name of a net's data in the record of its run."""
    if net.run is not None:
        net.run |= {"source": source, "on_epoch": None}  # whose callback has changed nothing


def save(net: "Network", out: str | None, history: str | None) -> dict[str, str]:
    """Save a net, and what was seen in each round, where they are wanted; signals wait.

    Returns, by their paths, why files could not be written.
    """
    from fastnet.model.interrupt import later_ctrl_c

    records = net.history
    as_csv = history is not None and history.endswith(".csv")
    writing = ((out, net.save), (history, records.to_csv if as_csv else records.to_json))
    wrong: dict[str, str] = {}
    with later_ctrl_c():
        for path, write in writing:
            if path:
                try:
                    write(path)
                except (OSError, ValueError, MemoryError) as error:
                    wrong[path] = said(error)
    return wrong


def kept(out: str | None, wrong: dict[str, str], what: str = "") -> str:
    """Return in words what `save` has done."""
    there = f"saved {out}{what}" if out and out not in wrong else "nothing is saved"
    return "; ".join([*wrong.values(), there])
