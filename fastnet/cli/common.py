"""What several commands do: read data, tell what happens, save."""

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from fastnet import report
from fastnet.progress import Progress

from .options import DATASETS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fastnet.data import Samples
    from fastnet.datasets.readers import Part
    from fastnet.network import Network


@dataclass
class Task:
    """What is learned, and what nets are judged on."""

    data: str
    samples: "Samples"
    y: "NDArray[Any]"
    judged_on: "tuple[NDArray[Any], NDArray[Any]]"
    part: str  # which judged_on is: "test" or "training"

    @classmethod
    def read(cls, data: str, dtype: str) -> "Task":
        """Read a data set by its name or path."""
        import numpy as np

        from fastnet.data import Samples

        (X, y), (X_test, y_test) = read(data)
        if X is None or y is None:
            raise ValueError(f"data: {data} has no training part")
        samples = Samples(X, np.dtype(dtype))  # checked and hashed once for all calls
        if X_test is None or y_test is None:
            return cls(data, samples, y, (X, y), "training")
        return cls(data, samples, y, (X_test, y_test), "test")

    def test_part(self) -> "tuple[Samples, NDArray[Any]] | None":
        """Return what nets are judged on, checked, if it is not what they learn."""
        from fastnet.data import Samples

        if self.part == "training":
            return None
        (X, y), samples = self.judged_on, self.samples
        return Samples(X, samples.dtype, samples.features, "validation_data X"), y

    def start(self, net: "Network", options: dict[str, Any]) -> dict[str, Any]:
        """Return what is told at the start: the data, the options, the net."""
        told = {name: options[name] for name in ("epochs", "schedule", "shuffle")}
        test = len(self.judged_on[0]) if self.part == "test" else 0
        training = self.samples.n
        return {"data": self.data, "training": training, "test": test, **told, **description(net)}


class Teller:
    """Tells what happens, as text or as one JSON object a line; the bar makes way.

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

    def __call__(self, event: str, **fields: Any) -> None:
        """Tell an event."""
        fields = {"event": event, **report.plain(fields)}
        self.progress.clear()
        as_text = not self.json_
        click.echo(report.as_text({**self.common, **fields}) if as_text else report.as_json(fields))

    def heading(self, text: str) -> None:
        """Print the heading of a table."""
        if not self.json_:
            click.echo(text)


def read(data: str) -> tuple["Part", "Part"]:
    """Read a data set by its name or path."""
    from fastnet import datasets

    return datasets.load(data) if data in DATASETS else datasets.read(data)


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


def save(net: "Network", out: str | None, history: str | None) -> None:
    """Save a net, and what was seen in each round, where they are wanted; Ctrl-C waits.

    Where one of them cannot be written, the other is.
    """
    from fastnet.interrupt import later_ctrl_c

    with later_ctrl_c():
        try:
            if out:
                net.save(out)
        finally:
            if history:
                (net.history.to_csv if history.endswith(".csv") else net.history.to_json)(history)
