"""The commands about nets in files: evaluate, predict, info."""

import csv
import io
import os
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from .data import noun_of, read, refuse_text_options
from .describe import description
from .errors import say
from .options import (
    DATA,
    json_option,
    label_option,
    model_argument,
    models_argument,
    pixels_option,
)
from .repeat import repeatable
from .summaries import evaluation, model_summary
from .text import as_json, as_toml, plain
from .types import DATASETS, Data, OutFile

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fastnet.model.ensemble import Ensemble
    from fastnet.model.network import Network


@click.command()
@models_argument
@click.option(
    "--data", type=Data(paths=True), metavar="DATA", show_default="the data that MODEL has learned",
    help=DATA,
)
@label_option("a .csv", "last; in the file that MODEL learned, as there")
@pixels_option("a .csv", "as in the file that MODEL learned")
@json_option
@click.pass_context
def evaluate(
    ctx: click.Context,
    models: tuple[str, ...],
    data: str | None,
    label: str,
    pixels: bool,
    json_: bool,
) -> None:
    """Report how well MODEL does on a data set, and on each class.

    Several MODELs vote by the mean of their outputs. The figures are of the test part. Without one,
    they are of the samples that the net's run held out, or else of all training samples.
    """
    first, net = voters(models)
    reading = reading_of(first)
    text: dict[str, Any] = {"label": label, "pixels": pixels or reading.get("pixels", False)}
    if data is None:
        data = learned(models, getattr(net, "nets", [first]))
        if ctx.get_parameter_source("label") is ParameterSource.DEFAULT:
            text["label"] = reading.get("label", label)
    refuse_text_options(ctx, data)
    text["classes"] = [] if first.classes is None else first.classes.tolist()
    (X, y), (X_test, y_test) = read(data, **text)
    part = "training" if X_test is None else "test"
    if X_test is not None:
        X, y = X_test, y_test
    assert X is not None and y is not None  # read() returns at least one part
    if part == "training" and len(models) == 1 and len(own := held_out_by(first, X, y)):
        X, y, part = X[own], y[own], "held-out"
    event: dict[str, Any] = {
        "event": "evaluation", "model": models[0] if len(models) == 1 else models,
        "data": data, "part": part,
    }
    event = plain(event | figures(data, net, first, X, y))
    say(as_json(event) if json_ else evaluation({**event, "noun": noun_of(X)}))


def figures(
    data: str, net: "Network | Ensemble", first: "Network", X: "NDArray[Any]", y: "NDArray[Any]"
) -> dict[str, Any]:
    """Return the score of nets on these samples; `first` is one of the nets."""
    import numpy as np

    from fastnet.files import blaming

    found: dict[str, Any] = {"samples": len(X), "score": None, "rmse": None, "classes": None}
    with blaming(data, "{}"):
        found["score"] = net.score(X, y)
        if first.task == "classification":
            found["classes"] = by_class(y, net.predict(X))
        elif first.task == "regression":
            found["rmse"] = np.sqrt(np.mean((net.predict(X).ravel() - y.ravel()) ** 2))
    return found


@click.command()
@models_argument
@click.option(
    "--data", required=True, type=click.Path(exists=True, dir_okay=False), metavar="FILE",
    help="Samples: .npz (X), .npy, .csv or .jsonl (numbers, a sample a line), or IDX images.",
)
@pixels_option("a .csv", "as in the file that MODEL learned")
@click.option(
    "--probabilities", is_flag=True, show_default="labels",
    help="Print the net's outputs, a column for each class, in the order of `fastnet info`.",
)
@click.option(
    "--out", type=OutFile(".csv", ".npy"), metavar="FILE", show_default="standard output",
    help="File to write, .csv or .npy.",
)
def predict(
    models: tuple[str, ...], data: str, pixels: bool, probabilities: bool, out: str | None
) -> None:
    """Print MODEL's labels for the samples in a file.

    Several MODELs vote by the mean of their outputs.
    """
    import numpy as np

    from fastnet.files import atomic_write, blaming
    from fastnet.tables.readers import read_samples

    first, net = voters(models)
    X = read_samples(data, pixels=pixels or reading_of(first).get("pixels", False))
    with blaming(data, "{}"):
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
    help="Print the options of its run as a file for `fastnet train --config`.",
)
@json_option
def info(model: str, toml: bool, json_: bool) -> None:
    """Describe the net in the file MODEL and how it learned."""
    import fastnet

    net = fastnet.load(model)
    if toml:
        try:
            if judged_by_the_test_part(net):
                raise ValueError("the test part judged it, which only --repeat can do again")
            say(as_toml(repeatable(net)), nl=False)
        except ValueError as error:
            raise ValueError(f"{model}: {error}") from None
        return
    event = {"event": "info", "model": model, **description(net), "run": net.run}
    event["stopped"] = net.stopped
    event = plain({**event, "history": net.history})
    say(as_json(event) if json_ else model_summary(event))


def held_out_by(net: "Network", X: "NDArray[Any]", y: "NDArray[Any]") -> "NDArray[Any]":
    """Return the places of the samples that the net's run held out; none for other data."""
    import numpy as np

    from fastnet.data.fingerprint import sha256
    from fastnet.training.order import held_out

    run = net.run or {"options": {}}
    names = ("validation_fraction", "sample_weight", "class_weight", "seed")
    fraction, *weights, seed = (run["options"].get(name) for name in names)
    weighted = any(weight is not None for weight in weights)
    if fraction is None or weighted or sha256(X) != run["data"]["X"]:
        return np.zeros(0, int)
    return held_out(y, fraction, seed)


def judged_by_the_test_part(net: "Network") -> bool:
    """Tell whether the test part may have ended the run, as before version 0.2."""
    options = net.run["options"] if net.run else {}
    judged = options.get("patience") is not None or options.get("target_accuracy") is not None
    return judged and options.get("validation_data") is not None


def learned(paths: tuple[str, ...], nets: "list[Network]") -> str:
    """Return the name or path of the data that the nets learned, from the records of runs."""
    sources = [(net.run or {}).get("source") for net in nets]
    for path, source in zip(paths, sources, strict=True):
        wrong = None
        if source is None:
            wrong = f"{path} does not say which data it learned"
        elif source != sources[0]:
            wrong = f"{path} learned {source!r}, {paths[0]} {sources[0]!r}"
        elif source not in DATASETS and not os.path.exists(source):
            wrong = f"{path} learned {source!r}, which is not there"
        if wrong:
            raise click.UsageError(f"{wrong}, wanted --data", click.get_current_context())
    return str(sources[0])


def reading_of(net: "Network") -> dict[str, Any]:
    """Return the options with which the run of a net read its text, other than the usual ones."""
    return dict((net.run or {}).get("reading", {}))


def voters(paths: tuple[str, ...]) -> "tuple[Network, Network | Ensemble]":
    """Load nets; return the first, and the one that answers: the first, or an ensemble of all."""
    import fastnet

    nets = [fastnet.load(path) for path in paths]
    for path, net in zip(paths, nets, strict=True):
        try:
            fastnet.Ensemble([nets[0], net])
        except ValueError as error:
            raise ValueError(f"{path} does not fit {paths[0]}: {error}") from None
    return nets[0], nets[0] if len(nets) == 1 else fastnet.Ensemble(nets)


def by_class(y: "NDArray[Any]", predicted: "NDArray[Any]") -> list[dict[str, Any]]:
    """Return for each label the numbers of samples and recognized ones, and the usual mistake."""
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
