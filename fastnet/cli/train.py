"""`fastnet train`."""

from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from .config import apply_config, apply_run, check_repeat
from .data import DataSet
from .options import SCHEDULES, OutFile, Sizes, Threads, data_option, dtype_option, json_option
from .run import train_one
from .saving import Files, refuse_one_file
from .seeds import train_several
from .stream import COMMON_OPTIONS, check_options, stream_options, train_stream

if TYPE_CHECKING:
    from fastnet.model.network import Network


HELD_OUT = 0.1  # the share of the samples that judges, where a run asks for a judge and says none


@click.command()
@click.argument("source", type=click.Choice(["-"]), metavar="[-]", required=False)
@data_option
@click.option(
    "--hidden", default="64,32", type=Sizes(), metavar="SIZES",
    help='Sizes of the hidden layers; "none" for none.',
)
@click.option(
    "--activation", default="sigmoid", type=click.Choice(
        ["sigmoid", "tanh", "scaled-tanh", "relu", "leaky-relu", "identity"]
    ),
    help="Activation of the hidden layers.",
)
@click.option(
    "--start", type=click.Choice(["glorot", "he", "normal", "normal/n"]),
    show_default="he into relu and leaky-relu layers, else glorot",
    help="How the first weights are drawn: within Glorot's or He's bounds, N(0, 1), N(0, 1/n).",
)
@click.option(
    "--loss", default="quadratic", type=click.Choice(["quadratic", "cross-entropy"]),
    help="What learning makes small.",
)
@click.option(
    "--learning-rate", type=click.FloatRange(min=0), metavar="RATE",
    show_default="by activation: sigmoid 0.2, scaled-tanh and identity 0.01, others 0.02; "
    "a tenth where targets are numbers, less with a wide last layer; half of all that on a stream",
    help="Step size, which a schedule lowers from sample to sample. The cost has no factor 1/2.",
)
@click.option(
    "--schedule", default="linear", type=click.Choice(SCHEDULES),
    help="Keep the rate, or let it fall: to nearly 0 (linear), or to a hundredth.",
)
@click.option(
    "--warm-up", default=0.0, type=click.FloatRange(0, 1), metavar="SHARE",
    help="Over this share of the run, let the rate rise from nearly 0.",
)
@click.option(
    "--epochs", default=20, type=click.IntRange(min=0), metavar="N",
    help="Rounds of learning, each over all training samples.",
)
@click.option(
    "--l2", default=0.0, type=click.FloatRange(min=0), metavar="L2",
    help="At each step also take rate * L2 of each weight.",
)
@click.option(
    "--average", default=0.0, type=click.FloatRange(0, 1), metavar="SHARE",
    help="End with the mean of the weights over this last share of the run.",
)
@click.option(
    "--validation-fraction", type=click.FloatRange(0, 1, True, True), metavar="SHARE",
    show_default="0.1 for --patience, --target-accuracy and --keep best, which judge by it; else "
    "none, and the test part is looked at",
    help="Hold out this share of the training samples, and look at it after each round.",
)
@click.option(
    "--patience", type=click.IntRange(min=1), metavar="N", show_default="all rounds",
    help="Stop after N rounds without a smaller loss on what is held out; keep the best net.",
)
@click.option(
    "--target-accuracy", type=click.FloatRange(0, 1), metavar="SHARE", show_default="all rounds",
    help="Stop once this share of what is held out is recognized.",
)
@click.option(
    "--max-seconds", type=click.FloatRange(min=0), metavar="S", show_default="all rounds",
    help="Stop after so many seconds of learning.",
)
@click.option(
    "--seed", default=0, type=click.IntRange(min=0), metavar="N",
    help="Start of the random numbers: first weights, order of samples.",
)
@dtype_option
@click.option(
    "--shuffle/--no-shuffle", default=True,
    help="Draw a new order of the samples for each round, or keep the order given.",
)
@click.option(
    "--threads", default=1, type=Threads(), metavar="N|auto",
    help="Threads that share each sample; auto takes what is faster. The bits are the same.",
)
@click.option(
    "--seeds", type=click.IntRange(min=1), metavar="N", show_default="one net",
    help="Train N nets, from --seed and those after it, side by side: one a core, or --threads.",
)
@click.option(
    "--keep", default="all", type=click.Choice(["all", "best"]),
    help="Which of several nets to save: all, model.npz as model-0.npz ..., or the best, each by "
    "what it has held out.",
)
@click.option(
    "--out", type=OutFile(), metavar="MODEL", show_default="the net is not saved",
    help="File to save the net in; what was learned so far is saved on Ctrl-C too, of all nets.",
)
@click.option(
    "--checkpoint", type=OutFile(), metavar="FILE", show_default="none",
    help="File that keeps the run from its start to its end, so that --resume can go on with it.",
)
@click.option(
    "--every", default="60 seconds", metavar="N UNIT",
    help="How often to write the checkpoint: every N epochs, samples or seconds.",
)
@click.option(
    "--resume", is_flag=True, show_default="begin",
    help="Go on where the checkpoint is, to the same bits; begin if there is none yet.",
)
@click.option(
    "--history", type=OutFile(".csv", ".json"), metavar="FILE", show_default="not written",
    help="File for the figures of each round, .csv or .json.",
)
@click.option(
    "--config", type=click.Path(exists=True, dir_okay=False), is_eager=True, expose_value=False,
    callback=apply_config, metavar="FILE", show_default="none",
    help="Options from a TOML file, such as epochs = 5; those given here come first.",
)
@click.option(
    "--repeat", type=click.Path(exists=True, dir_okay=False), is_eager=True, callback=apply_run,
    metavar="MODEL", show_default="a run of its own",
    help="Train as the net in this file was trained, and say whether the bits are the same.",
)
@stream_options
@json_option
@click.pass_context
def train(
    ctx: click.Context,
    source: str | None,
    data: str,
    out: str | None,
    history: str | None,
    json_: bool,
    repeat: "tuple[str, Network] | None",
    seeds: int | None,
    keep: str,
    **options: Any,
) -> None:
    """Train a net and report what it learns, round by round.

    A round has two figures: of the training samples, each judged just before the net learns from
    it; and of the test samples (or those held out), which it never learns from.

    With - a stream is learned instead: rows of CSV or JSON lines from standard input, each judged
    just before it is learned. It may be of any length.
    """
    if repeat and source is not None:  # before the model's options are taken for given ones
        raise click.UsageError("--repeat: not for a stream", ctx)
    of_stream = check_options(ctx, stream=source is not None)
    if source is not None:
        train_stream(of_stream, **{name: ctx.params[name] for name in COMMON_OPTIONS})
        return
    if repeat:
        check_repeat(ctx, *repeat)
    if keep != "all" and not seeds:
        raise click.UsageError("--keep: given, but not --seeds", ctx)
    every = ctx.get_parameter_source("every") is not ParameterSource.DEFAULT
    if every and not options["checkpoint"]:
        raise click.UsageError("--every: given, but not --checkpoint", ctx)
    written = {"--out": out, "--history": history, "--checkpoint": options["checkpoint"]}
    refuse_one_file({**written, "--data": data, "--repeat": repeat[0] if repeat else None})
    if seeds and options["checkpoint"]:
        raise click.UsageError("--checkpoint: given, but so is --seeds; wanted one of them", ctx)
    dataset = DataSet.read(data, options["dtype"])
    options = {name: value for name, value in options.items() if name not in of_stream}
    judges = {"--patience": options["patience"], "--target-accuracy": options["target_accuracy"]}
    judges["--keep best"] = keep == "best" or None
    judging = [name for name, value in judges.items() if value is not None]
    if judging and not repeat and options["validation_fraction"] is None:
        options["validation_fraction"] = HELD_OUT
    held_out = options["validation_fraction"] is not None
    options |= {"validation_data": None if held_out else dataset.test_part(), "verbose": False}
    if seeds:
        train_several(dataset, seeds, keep, out, history, json_, judging, options)
    else:
        train_one(dataset, repeat, Files(out, history, data), json_, judging, options)
