"""`fastnet report`."""

import os
from html import unescape
from typing import TYPE_CHECKING, Any

import click

from ..files import atomic_write
from .arguments import called, is_pipe, models_and_data
from .errors import say
from .evaluate import judging, learned, naming_data
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
from .quiet import is_quiet
from .reading import for_net, given, read, reading_for, refuse_others
from .saving import refuse_one_file
from .text import as_json, filled, plain
from .types import DATASETS, Data, OutFile, Sizes

if TYPE_CHECKING:
    from fastnet.model.network import Network

LONG = 3  # seconds of a run that is learned again, and a line says it


@click.command()
@models_argument
@click.option(
    "--out", type=OutFile(".html", ".htm"), metavar="FILE", show_default="MODEL.html",
    help="File to write.",
)
@click.option(
    "--data", type=Data(paths=True), metavar="DATA", show_default="the data that MODEL has learned",
    help=f"The data, if they are no argument: {DATA}",
)
@click.option(
    "--shape", type=Sizes(), metavar="ROWS,COLUMNS", show_default="square",
    help="Shape of images.",
)
@click.option(
    "--seed", type=click.IntRange(0), default=0,
    help="Seed of the samples that stand for many, and of shuffled columns.",
)
@click.option(
    "--replay/--no-replay", default=None, show_default="if the run took a minute at the most",
    help="Whether to train a net of images again, for a replay of its learning.",
)
@target_option("a table", f"last; {AS_LEARNED}")
@text_options(AS_LEARNED)
@pixels_option("a text", AS_LEARNED)
@json_option
@click.pass_context
def report(ctx: click.Context, json_: bool, **params: Any) -> None:
    """Write a page: how well MODEL does, and how it learned.

    The page is one file of HTML for any browser. It needs no server and no network.

    Several MODELs vote by the mean of their outputs. Data are those of `fastnet evaluate`: the test
    part, without one those that were held out. Without any data, the page says what it cannot show.
    """
    from fastnet import report as page

    models, name = models_and_data(ctx, params["given"], params["data"])
    out = params["out"] or default_out(models[0])
    for path in models:
        refuse_one_file({"--out": out, "MODEL": path})
    html = page.html  # what names a missing extra, before the data are read
    nets, about = judged(ctx, models, name)
    options = {option: params[option] for option in ("shape", "seed", "replay")}
    text = html(nets, **options, **about)
    atomic_write(out, lambda file: file.write(text.encode()))
    event = event_of(models, out, text, about)
    headline = unescape(text.partition("<h1>")[2].partition("</h1>")[0])
    event["headline"] = headline
    say(as_json(plain(event)) if json_ else filled(headline) + f"\nreport: {out}")


def default_out(model: str) -> str:
    """Return the name of the page of a model: its own with another ending."""
    return f"{os.path.splitext(os.path.basename(model))[0]}.html"


def judged(
    ctx: click.Context, models: tuple[str, ...], name: str | None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return models by name, and the data of the page: the arguments of `fastnet.report.html`."""
    import fastnet

    _, nets, groups = voters(models)
    by_name = dict(zip(models, map(fastnet.load, models), strict=True))
    paths = [path for path, n in zip(models, groups, strict=True) for _ in range(n)]
    again = name is None
    if name is None:
        try:
            name = learned(ctx, paths, nets)
        except click.UsageError as error:
            why = error.message.removesuffix(", wanted --data")
            return by_name, {"why": f"This page cannot say how well the net does: {why}."}
    refuse_others(ctx, name)
    with naming_data(name, nets[0]):
        about = part_to_judge(ctx, name, nets, again)
    about["learned"] = part_to_learn(ctx, name, nets[0])
    return by_name, {**about, "data": called(name)}


def part_to_judge(
    ctx: click.Context, name: str, nets: "tuple[Network, ...]", again: bool
) -> dict[str, Any]:
    """Return the samples that judge nets; those without labels show only what nets answer."""
    try:
        X, y, part = judging(ctx, name, nets, again)
        return {"X": X, "y": y, "part": part}
    except ValueError as error:
        if given(ctx, "target") or is_pipe(name):
            raise
        options = {**reading_for(ctx, nets[0], name, again), "labels": False}
        for only_learned in ("test", "target", "classes"):
            options.pop(only_learned, None)
        try:
            (X, _), (X_test, _) = read(name, **options)
        except ValueError:
            raise error from None  # it is not the labels that are wrong
        X = for_net(X_test if X is None else X, nets[0], name)
        return {"X": X, "part": "all", "why": f"The samples have no labels: {error}."}


def part_to_learn(ctx: click.Context, name: str, net: "Network") -> Any:
    """Return the images that a net learned and their labels, to replay its learning, or None.

    They are those that its record names, or else those of the data at hand.
    """
    from fastnet.plot.tiles import is_image
    from fastnet.report.rerun import NoReplay, check

    source = (net.run or {}).get("source")
    there = source is not None and (source in DATASETS or os.path.exists(source))
    name = str(source) if there else name
    if ctx.params["replay"] is False or not is_image(net, ctx.params["shape"]) or is_pipe(name):
        return None
    try:
        seconds = check(net, bool(ctx.params["replay"]))
        options = reading_for(ctx, net, name, True)
        options.pop("test", None)
        (X, y), _ = read(name, **options)
    except (NoReplay, OSError, ValueError):
        return None  # the page says why there is no replay
    if seconds > LONG and not is_quiet():
        text = f"fastnet: training again, for {seconds:.0f} s; --no-replay leaves the replay out"
        click.echo(text, err=True)
    return None if X is None or y is None else (for_net(X, net, name), y)


def event_of(
    models: tuple[str, ...], out: str, text: str, about: dict[str, Any]
) -> dict[str, Any]:
    """Return what is told of a page."""
    return {
        "event": "report",
        "model": models[0] if len(models) == 1 else models,
        "out": out,
        "bytes": len(text.encode()),
        "data": about.get("data"),
        "part": about.get("part"),
        "why": about.get("why"),
    }
