"""`fastnet train`."""

from typing import Any

import click

from ..options import HELD_OUT, Options
from .arguments import STDIN, data_of
from .config import apply_config
from .data import DataSet
from .errors import naming
from .options import (
    data_option,
    init_option,
    json_option,
    net_options,
    run_options,
    source_argument,
    stream_options,
    table_options,
)
from .reading import given, reading_to_learn, refuse_others
from .repeat import apply_run, check_repeat
from .run import train_one
from .saving import refuse_one_file
from .seeds import train_several
from .stream import check_options, train_stream
from .types import OutFile


@click.command()
@source_argument
@data_option
@table_options
@init_option
@run_options
@click.option(
    "--seeds", type=click.IntRange(min=1), metavar="N", show_default="one net",
    help="Train N nets side by side, one on each core or --threads at a time, from --seed and the "
    "seeds after it.",
)
@click.option(
    "--keep", default="all", type=click.Choice(["all", "together", "best"]),
    help="Which of several nets to save: all, as model-0.npz ..., all together in one file that "
    "answers by their mean, or the best: then each is judged on the samples that it held out.",
)
@click.option(
    "--out", type=OutFile(), metavar="MODEL", show_default="the net is not saved",
    help="File to save the net in. On Ctrl-C it gets what the net has learned so far.",
)
@click.option(
    "--history", type=OutFile(".csv", ".json"), metavar="FILE", show_default="not written",
    help="File for the figures of each round, .csv or .json.",
)
@click.option(
    "--config", type=click.Path(exists=True, dir_okay=False), is_eager=True, expose_value=False,
    callback=apply_config, metavar="FILE", show_default="none",
    help="TOML file with options, such as epochs = 5. Options given here win.",
)
@click.option(
    "--repeat", type=click.Path(exists=True, dir_okay=False), is_eager=True, callback=apply_run,
    metavar="MODEL", show_default="a run of its own",
    help="Train as the net in this file was trained, and say whether the bits are the same.",
)
@stream_options
@json_option
@click.pass_context
def train(ctx: click.Context, source: str | None, **params: Any) -> None:
    """Train a net and report its progress, round by round.

    It learns DATA: digits, mnist or fashion-mnist, a table, a .npz file or an IDX folder. Without
    DATA it learns the digits. Of a table without --test, a tenth of the rows is held out.

    Each round has two figures. One is of the training samples, each judged just before the net
    learns it. The other is of the test samples, or of those held out, which the net never learns.

    With -, the net learns a stream of any length: rows of CSV or JSON lines from standard input,
    each judged just before it is learned.
    """
    repeat, stream = params["repeat"], source == STDIN
    if repeat and stream:  # before the model's options count as given
        raise click.UsageError("--repeat: not for a stream", ctx)
    check_options(ctx, stream=stream)
    if stream:
        train_stream(ctx, params)
        return
    params["data"] = ctx.params["data"] = data_of(ctx, source)
    if repeat:
        check_repeat(ctx, *repeat)
    check_together(ctx)
    if not repeat:
        refuse_others(ctx, params["data"])
    options = net_options(ctx, Options.rows())
    reading = reading_to_learn(ctx, params["data"], options["init"])
    if options["classes"] == [] and (repeat or reading):  # labels are numbers
        options["classes"] = None
    data = data_to_learn(ctx, options, reading)
    options["verbose"] = False
    judging = judged_by(data, options, params)
    train_nets = train_several if params["seeds"] else train_one
    with naming(data.names):
        train_nets(data, options, judging, params)


def data_to_learn(
    ctx: click.Context, options: dict[str, Any], reading: dict[str, Any]
) -> DataSet:
    """Read the data of a run."""
    params, init = ctx.params, options["init"]
    name, test, dtype = params["data"], params["test"], str(options["dtype"] or init.dtype)
    own = params["repeat"][1] if params["repeat"] else init
    plain = options["encode"] == "none" or (own is not None and own.encoding is None)
    if params["cache"] is None:
        return DataSet.read(name, dtype, plain, test, own, **reading)
    refused = {"--init": init, "--weight": params["weight"], "--encode none": plain or None}
    for flag, value in refused.items():
        if value is not None:
            raise click.UsageError(f"{flag}: not with --cache", ctx)
    if not reading:
        raise click.UsageError(f"--cache: {name} is no table", ctx)
    share = 0.0 if options["validation_fraction"] else HELD_OUT
    return DataSet.encoded(name, dtype, params["cache"], share, test, **reading)


def judged_by(data: DataSet, options: dict[str, Any], params: dict[str, Any]) -> list[str]:
    """Set the options that judge a net; return the options for which samples are held out."""
    judges = {"--patience": options["patience"], "--target-accuracy": options["target_accuracy"]}
    judges["--keep best"] = params["keep"] == "best" or None
    judging = [name for name, value in judges.items() if value is not None]
    alone = data.is_table and data.part != "test"
    if (judging or alone) and not params["repeat"] and options["validation_fraction"] is None:
        options["validation_fraction"] = HELD_OUT
    held_out = options["validation_fraction"] is not None
    options["validation_data"] = None if held_out else data.validation_data()
    return judging


def check_together(ctx: click.Context) -> None:
    """Refuse options that do not go together."""
    params = ctx.params
    if params["keep"] != "all" and not params["seeds"]:
        raise click.UsageError("--keep: given without --seeds", ctx)
    if given(ctx, "every") and not params["checkpoint"]:
        raise click.UsageError("--every: given without --checkpoint", ctx)
    names = ("out", "history", "checkpoint", "data", "test")
    repeated = params["repeat"][0] if params["repeat"] else None
    refuse_one_file({f"--{name}": params[name] for name in names} | {"--repeat": repeated})
    if params["seeds"] and params["checkpoint"]:
        raise click.UsageError("--checkpoint and --seeds: give one of them", ctx)
