"""`fastnet train`."""

from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from fastnet.cli import text as report

from .common import Task, Teller, kept, name_data, refuse_one_file, save, unit
from .config import check_repeat, take_config, take_run
from .errors import Failure, failure
from .options import SCHEDULES, OutFile, Sizes, Threads, data_option, dtype_option, json_option
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
    callback=take_config, metavar="FILE", show_default="none",
    help="Options from a TOML file, such as epochs = 5; those given here come first.",
)
@click.option(
    "--repeat", type=click.Path(exists=True, dir_okay=False), is_eager=True, callback=take_run,
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
    task = Task.read(data, options["dtype"])
    options = {name: value for name, value in options.items() if name not in of_stream}
    judges = {"--patience": options["patience"], "--target-accuracy": options["target_accuracy"]}
    judges["--keep best"] = keep == "best" or None
    judging = [name for name, value in judges.items() if value is not None]
    if judging and not repeat and options["validation_fraction"] is None:
        options["validation_fraction"] = HELD_OUT
    held_out = options["validation_fraction"] is not None
    options |= {"validation_data": None if held_out else task.test_part(), "verbose": False}
    if seeds:
        train_several(task, seeds, keep, out, history, json_, judging, options)
    else:
        train_one(task, repeat, out, history, json_, judging, options)


def train_one(
    task: Task,
    repeat: "tuple[str, Network] | None",
    out: str | None,
    history: str | None,
    json_: bool,
    judging: list[str],
    options: dict[str, Any],
) -> None:
    """Train a net and report what it learns, round by round."""
    import fastnet
    task.judge(options["validation_fraction"], options["seed"])
    untrained = {"epochs": 0, "checkpoint": None, "resume": False}
    net = fastnet.train(task.samples, task.y, **{**options, **untrained})
    assert net.run is not None
    net.run["options"]["epochs"] = options["epochs"]
    seen = rounds_seen(net.run, options)
    tell = Teller(
        json_,
        "round #0 of learning...",
        unit=unit(task.samples.rows),
        part=task.part,
        training=task.samples.n,
        regression=net.task == "regression",
    )
    if repeat:
        path, wanted = repeat
        tell("repeat", model=path, differences=differences(wanted, net))
    tell("start", **task.start(net, options), judging=judging)
    seconds, compiled = fastnet.warmup(options["dtype"])
    tell("warmup", seconds=seconds, compiled=compiled)
    tell("initial", **first_answer(net, task))
    if seen is not None:
        tell("resumed", rounds=len(seen), checkpoint=options["checkpoint"])
        tell.progress.label = f"round #{len(seen)} of learning..."
        tell.progress.before = sum(record.get("samples") or 0 for record in seen)
    if options["epochs"]:
        held_out = options["validation_fraction"] is not None
        tell.heading(report.rounds_header(tell.common["unit"], tell.common["regression"], held_out))
    net = learn(tell, task, net, out, history, options)
    tell(
        "end",
        rounds=len(net.history),
        stopped=net.stopped,
        samples=sum(record.get("samples") or 0 for record in net.history),
        seconds=sum(record.get("seconds") or 0 for record in net.history),
        learning_rate=net.checked_rate(options["learning_rate"]) if net.history else None,
        schedule=options["schedule"],
        part=task.part,
        score=net.score(*task.judged_on),
        last_score=None if net.last is None else net.last.score(*task.judged_on),
        model=out or options["checkpoint"],
    )
    if repeat:
        tell("repeated", model=path, digest=net.digest(), wanted=wanted.digest())
    tell.close(kept(out or options["checkpoint"], {}))
    if repeat and net.digest() != wanted.digest():
        raise click.ClickException(f"{path}: its bits are others than those of this run")


def rounds_seen(run: dict[str, Any], options: dict[str, Any]) -> list[dict[str, Any]] | None:
    """Return the records in the checkpoint that shall be resumed; None where there is none yet."""
    from fastnet.training.checkpoint import Checkpoint

    if options["checkpoint"] is None:
        return None
    found = Checkpoint(options["checkpoint"], options["every"]).read(run, options["resume"])
    return None if found is None else list(found[0]["history"])


def differences(wanted: "Network", net: "Network") -> list[str]:
    """Return how a run differs from that of the net that is wanted again."""
    from fastnet.training import record as provenance

    assert net.run and wanted.run  # take_run has seen to it
    found = provenance.differences(wanted.run, net.run)
    if wanted.run["on_epoch"]:
        found.append(f"on_epoch was {wanted.run['on_epoch']} and is not given")
    return found


def first_answer(net: "Network", task: Task) -> dict[str, Any]:
    """Return what an untrained net takes the first sample for, and how it does."""
    output = net.predict_proba(task.samples.rows[:1])[0]
    return {
        "output": output,
        "label": None if net.classes is None else net.classes[output.argmax()],
        "confidence": None if net.classes is None else output.max(),
        "real_label": task.y[0],
        "part": task.part,
        "score": net.score(*task.judged_on),
    }


def learn(
    tell: Teller, task: Task, untrained: "Network", out: str | None, history: str | None,
    options: dict[str, Any],
) -> "Network":  # fmt: skip
    """Train a net, tell of each round, and save it; also what is there when it is broken off."""
    import fastnet

    def on_epoch(net: "Network", record: dict[str, Any]) -> None:
        name_data(net, task.data)
        tell("epoch", **record)
        tell.check()
        tell.progress.label = f"round #{record['epoch'] + 1} of learning..."

    net = None
    try:
        with tell.progress:
            net = fastnet.train(
                task.samples, task.y, on_epoch=on_epoch, on_progress=tell.progress, **options
            )
        name_data(net, task.data)
        wrong = save(net, out, history)
    except (Exception, KeyboardInterrupt) as error:
        broken, there = getattr(error, "network", net), kept(None, {})
        if broken and broken.digest() != untrained.digest():
            name_data(broken, task.data)
            wrong = save(broken, out, history if broken.history else None)
            there = kept(out, wrong, f": {learned(broken)}")
        if options["checkpoint"] and isinstance(error, KeyboardInterrupt):
            on = f"--resume goes on with {options['checkpoint']}"
            there = f"{there}; {on}" if out else on
        raise failure(error, there) from None
    if wrong:
        raise Failure(kept(out, wrong))
    return net


def learned(net: "Network") -> str:
    """Return what a net has learned that was broken off."""
    if not net.history:
        return "a part of the first round"
    return f"{report.count(len(net.history), 'round')} and a part of the next"
