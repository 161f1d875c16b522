"""`fastnet evaluate`."""

import os
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import click

from ..report.measures import measured
from .arguments import models_and_data, names_of
from .data import noun_of, test_part
from .errors import naming, say
from .judgement import evaluation
from .models import voters
from .options import (
    AS_LEARNED,
    DATA,
    json_option,
    models_argument,
    pixels_option,
    target_option,
    text_options,
)
from .reading import for_net, read, reading_for, reading_of, refuse_others
from .text import as_json, plain
from .types import DATASETS, Data

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fastnet.model.network import Network


@click.command()
@models_argument
@click.option(
    "--data", type=Data(paths=True), metavar="DATA", show_default="the data that MODEL has learned",
    help=f"The data, if they are no argument: {DATA}",
)  # fmt: skip
@target_option("a table", f"last; {AS_LEARNED}")
@text_options(AS_LEARNED)
@pixels_option("a text", AS_LEARNED)
@json_option
@click.pass_context
def evaluate(ctx: click.Context, given: tuple[str, ...], json_: bool, **params: Any) -> None:
    """Report how well MODEL does on DATA, and on each class.

    Each of several MODELs is judged, and then all together, by the mean of their outputs. The
    figures are of the test part. Without one, they are of the samples that the net's run held out,
    or else of all training samples.
    """
    models, name = models_and_data(ctx, given, params["data"])
    net, nets, groups = voters(models)
    paths = [path for path, n in zip(models, groups, strict=True) for _ in range(n)]
    first, again = nets[0], name is None
    name = learned(ctx, paths, nets) if name is None else name
    refuse_others(ctx, name)
    with naming_data(name, first):
        X, y, part = judging(ctx, name, nets, again)
        *each, together = measured(net, groups, X, y)
    event = {
        "event": "evaluation", "model": models[0] if len(models) == 1 else models, "data": name,
        "part": part, "samples": X.shape[0], **together, "task": first.task,
    }  # fmt: skip
    if each:
        event["models"] = [{"model": m, **own} for m, own in zip(models, each, strict=True)]
    event = plain(event)
    noun = noun_of(X) if first.encoding is None else "rows"
    say(as_json(event) if json_ else evaluation({**event, "noun": noun}))


def naming_data(name: str, net: "Network") -> AbstractContextManager[None]:
    """Let errors and warnings name the data on which a net is judged."""
    target = getattr(net.encoding, "target", None)
    return naming(names_of(name, target, net.encoding is not None))


def judging(
    ctx: click.Context, name: str, nets: "Sequence[Network]", again: bool
) -> tuple[Any, "NDArray[Any]", str]:
    """Return the samples of data that judge nets, their targets, and which part these are.

    They are the test part, or those that the run of the only net held out, or all.
    """
    first = nets[0]
    X, y, part = samples(name, reading_for(ctx, first, name, again), first)
    if part == "training" and len(nets) == 1 and len(own := held_out_by(first, X, y)):
        X, y, part = X[own], y[own], "held-out"
    if part == "training" and name != (first.run or {}).get("source"):
        part = "all"  # of other data than it learned
    return X, y, part


def samples(
    name: str, options: dict[str, Any], net: "Network"
) -> tuple[Any, "NDArray[Any]", str]:
    """Return the samples that judge nets, their targets, and which part of the data they are."""
    test = options.pop("test", None)
    (X, y), (X_test, y_test) = read(name, **options)
    if test is not None and y is not None:
        X_test, y_test = test_part(test, options, X, y)
    part = "training" if X_test is None else "test"
    if X_test is not None:
        X, y = X_test, y_test
    assert X is not None and y is not None  # read() returns at least one part
    return for_net(X, net, name), y, part


def held_out_by(net: "Network", X: Any, y: "NDArray[Any]") -> "NDArray[Any]":
    """Return the places of the samples that the net's run held out; none for other data."""
    import numpy as np

    from fastnet.data.fingerprint import sha256
    from fastnet.training.order import held_out

    run, weights = net.run or {"options": {}}, getattr(X, "weights", None)
    names = ("validation_fraction", "sample_weight", "class_weight", "seed")
    fraction, given, by_class, seed = (run["options"].get(name) for name in names)
    own = given == (None if weights is None else sha256(weights)) and by_class is None
    if fraction is None or not own or net.samples(X).sha256 != run["data"]["X"]:
        return np.zeros(0, int)
    return held_out(y, fraction, seed, weights)


def learned(ctx: click.Context, paths: list[str], nets: "tuple[Network, ...]") -> str:
    """Return the name or path of the data that the nets learned, from the records of runs."""
    sources = [(net.run or {}).get("source") for net in nets]
    for path, net, source in zip(paths, nets, sources, strict=True):
        wrong = None
        if source is None:
            wrong = f"{path} does not say which data it learned"
        elif source != sources[0]:
            wrong = f"{path} learned {source!r}, {paths[0]} {sources[0]!r}"
        elif source not in DATASETS and not os.path.exists(source):
            wrong = f"{path} learned {source!r}, which is not there"
        elif reading_of(net).get("cached"):
            wrong = f"{path} learned rows of {source!r} that were encoded in a folder"
        if wrong:
            raise click.UsageError(f"{wrong}, wanted --data", ctx)
    return str(sources[0])

