"""`fastnet train`."""

from typing import Any

import click
from click.core import ParameterSource

from ..options import Options
from .config import apply_config
from .data import FOR_TEXT, DataSet, is_text, refuse_text_options
from .options import chosen, data_option, json_option, run_options
from .repeat import apply_run, check_repeat
from .run import train_one
from .saving import refuse_one_file
from .seeds import train_several
from .stream import check_options, stream_options, train_stream
from .types import OutFile

HELD_OUT = 0.1  # the default share to hold out for options that need samples to judge by


@click.command()
@click.argument("source", type=click.Choice(["-"]), metavar="[-]", required=False)
@data_option
@run_options
@click.option(
    "--seeds",
    type=click.IntRange(min=1),
    metavar="N",
    show_default="one net",
    help="Train N nets side by side, one on each core or --threads at a time, from --seed and the "
    "seeds after it.",
)
@click.option(
    "--keep",
    default="all",
    type=click.Choice(["all", "best"]),
    help="Which of several nets to save: all, as model-0.npz ..., or the best: then each is "
    "judged on the samples that it held out.",
)
@click.option(
    "--out",
    type=OutFile(),
    metavar="MODEL",
    show_default="the net is not saved",
    help="File to save the net in. On Ctrl-C it gets what the net has learned so far.",
)
@click.option(
    "--history",
    type=OutFile(".csv", ".json"),
    metavar="FILE",
    show_default="not written",
    help="File for the figures of each round, .csv or .json.",
)
@click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False),
    is_eager=True,
    expose_value=False,
    callback=apply_config,
    metavar="FILE",
    show_default="none",
    help="TOML file with options, such as epochs = 5. Options given here win.",
)
@click.option(
    "--repeat",
    type=click.Path(exists=True, dir_okay=False),
    is_eager=True,
    callback=apply_run,
    metavar="MODEL",
    show_default="a run of its own",
    help="Train as the net in this file was trained, and say whether the bits are the same.",
)
@stream_options
@json_option
@click.pass_context
def train(ctx: click.Context, source: str | None, **params: Any) -> None:
    """Train a net and report its progress, round by round.

    Each round has two figures. One is of the training samples, each judged just before the net
    learns it. The other is of the test samples, or of those held out, which the net never learns.

    With -, the net learns a stream of any length: rows of CSV or JSON lines from standard input,
    each judged just before it is learned.
    """
    repeat = params["repeat"]
    if repeat and source is not None:  # before the model's options count as given
        raise click.UsageError("--repeat: not for a stream", ctx)
    check_options(ctx, stream=source is not None)
    if source is not None:
        train_stream(params)
        return
    if repeat:
        check_repeat(ctx, *repeat)
    check_together(ctx)
    if not repeat:
        refuse_text_options(ctx, params["data"])
    options = chosen(params, Options.rows())
    text: dict[str, Any] = {}
    if is_text(params["data"]):
        text = {name: params[name] for name in (*FOR_TEXT, "classes")}
    if options["classes"] == [] and (repeat or text):  # labels are numbers
        options["classes"] = None
    data = DataSet.read(params["data"], options["dtype"], **text)
    judges = {"--patience": options["patience"], "--target-accuracy": options["target_accuracy"]}
    judges["--keep best"] = params["keep"] == "best" or None
    judging = [name for name, value in judges.items() if value is not None]
    if judging and not repeat and options["validation_fraction"] is None:
        options["validation_fraction"] = HELD_OUT
    held_out = options["validation_fraction"] is not None
    options |= {"validation_data": None if held_out else data.test_part(), "verbose": False}
    train_nets = train_several if params["seeds"] else train_one
    train_nets(data, options, judging, params)


def check_together(ctx: click.Context) -> None:
    """Refuse options that do not go together."""
    params = ctx.params
    if params["keep"] != "all" and not params["seeds"]:
        raise click.UsageError("--keep: given without --seeds", ctx)
    every = ctx.get_parameter_source("every") is not ParameterSource.DEFAULT
    if every and not params["checkpoint"]:
        raise click.UsageError("--every: given without --checkpoint", ctx)
    names = ("out", "history", "checkpoint", "data")
    repeated = params["repeat"][0] if params["repeat"] else None
    refuse_one_file({f"--{name}": params[name] for name in names} | {"--repeat": repeated})
    if params["seeds"] and params["checkpoint"]:
        raise click.UsageError("--checkpoint and --seeds: give one of them", ctx)
