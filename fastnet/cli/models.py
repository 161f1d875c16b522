"""What is done with nets in files: evaluate, predict, info."""

import csv
import io
from typing import TYPE_CHECKING, Any

import click

from fastnet import report

from .common import description, read, unit
from .config import repeatable
from .errors import say
from .options import OutFile, data_option, json_option, model_argument, models_argument
from .train import train

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fastnet.ensemble import Ensemble
    from fastnet.network import Network


@click.command()
@models_argument
@data_option
@json_option
def evaluate(models: tuple[str, ...], data: str, json_: bool) -> None:
    """Report how well MODEL does on a data set.

    Several MODELs vote, by the mean of their outputs. A line per class follows. The test part is
    taken; where there is none, the training part.
    """
    import numpy as np

    from fastnet.stopping import is_regression

    first, net = voters(models)
    (X, y), (X_test, y_test) = read(data)
    part = "training" if X_test is None else "test"
    if X_test is not None:
        X, y = X_test, y_test
    assert X is not None and y is not None  # read() gives one part at least
    event: dict[str, Any] = {
        "event": "evaluation", "model": models[0] if len(models) == 1 else models,
        "data": data, "part": part,
    }
    event |= {"samples": len(X), "score": net.score(X, y), "rmse": None, "classes": None}
    if first.classes is not None:
        event["classes"] = by_class(y, net.predict(X))
    elif is_regression(first):
        event["rmse"] = np.sqrt(np.mean((net.predict(X).ravel() - y.ravel()) ** 2))
    event = report.plain(event)
    say(report.as_json(event) if json_ else report.evaluation({**event, "unit": unit(X)}))


@click.command()
@models_argument
@click.option(
    "--data", required=True, type=click.Path(exists=True, dir_okay=False), metavar="FILE",
    help="Samples: .npz (X), .npy, .csv (numbers, a sample a line) or IDX images.",
)
@click.option(
    "--pixels", is_flag=True, show_default="numbers as they are",
    help="A .csv holds pixels, 0 to 255; scale them as those of images are.",
)
@click.option(
    "--probabilities", is_flag=True, show_default="labels",
    help="The net's outputs, a column a class in the order of `fastnet info`.",
)
@click.option(
    "--out", type=OutFile(".csv", ".npy"), metavar="FILE", show_default="standard output",
    help="File to write, .csv or .npy.",
)
def predict(
    models: tuple[str, ...], data: str, pixels: bool, probabilities: bool, out: str | None
) -> None:
    """Print MODEL's labels for the samples in a file.

    Several MODELs vote, by the mean of their outputs.
    """
    import numpy as np

    from fastnet.datasets.features import read_features
    from fastnet.files import atomic_write

    _, net = voters(models)
    X = read_features(data, pixels=pixels)
    result = net.predict_proba(X) if probabilities else net.predict(X)
    if out and out.endswith(".npy"):
        atomic_write(out, lambda file: np.save(file, result, allow_pickle=False))
        return
    rows = result.astype(str).reshape(len(result), -1).tolist()
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    if out:
        atomic_write(out, lambda file: file.write(text.getvalue().encode()))
    else:
        say(text.getvalue(), nl=False)


@click.command()
@model_argument
@click.option(
    "--toml", is_flag=True, show_default="text",
    help="Print the options of its run, a file for `fastnet train --config`.",
)
@json_option
def info(model: str, toml: bool, json_: bool) -> None:
    """Say what the net in the file MODEL is and how it learned."""
    import fastnet

    net = fastnet.load(model)
    if toml:
        try:
            say(report.as_toml(repeatable(net, train)), nl=False)
        except ValueError as error:
            raise ValueError(f"{model}: {error}") from None
        return
    event = {"event": "info", "model": model, **description(net), "run": net.run}
    event["stopped"] = net.stopped
    event = report.plain({**event, "history": net.history})
    say(report.as_json(event) if json_ else report.model(event))


def voters(paths: tuple[str, ...]) -> "tuple[Network, Network | Ensemble]":
    """Load nets; return the first, and what answers: that, or all of them together."""
    import fastnet

    nets = [fastnet.load(path) for path in paths]
    for path, net in zip(paths, nets, strict=True):
        try:
            fastnet.Ensemble([nets[0], net])
        except ValueError as error:
            raise ValueError(f"{path} does not fit {paths[0]}: {error}") from None
    return nets[0], nets[0] if len(nets) == 1 else fastnet.Ensemble(nets)


def by_class(y: "NDArray[Any]", predicted: "NDArray[Any]") -> list[dict[str, Any]]:
    """Return for each label how many there are, how many recognized, and the usual mistake."""
    import numpy as np

    rows = []
    for label in np.unique(y):
        said, times = np.unique(predicted[y == label], return_counts=True)
        wrong = np.where(said == label, 0, times)
        usual = wrong.argmax()
        rows.append(
            {
                "label": label,
                "samples": times.sum(),
                "recognized": times.sum() - wrong.sum(),
                "taken_for": said[usual] if wrong[usual] else None,
                "times": wrong[usual],
            }
        )
    return rows
