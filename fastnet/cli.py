"""The command line: what the library does, from a terminal.

The library, and NumPy with it, is imported inside the commands, so that help comes at once. Exit
codes: 0; 1 failed; 2 wrong usage. An error is one line on stderr; stdout carries results only.
"""

import contextlib
import csv
import difflib
import io
import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from fastnet import __version__, report
from fastnet.progress import ERASE, Progress

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fastnet.data import Samples
    from fastnet.datasets.readers import Part
    from fastnet.ensemble import Ensemble
    from fastnet.network import Network

DATASETS = ("digits", "mnist", "fashion-mnist")  # datasets.NAMES, without importing it
SCHEDULES = ("constant", "linear", "exponential", "1/t")  # schedules.SCHEDULES, likewise


class Commands(click.Group):
    """A group of commands that fail in one line."""

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """Parse what stands before the command's name."""
        with failing_in_one_line():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        with failing_in_one_line():
            return super().invoke(ctx)


@contextlib.contextmanager
def failing_in_one_line() -> Iterator[None]:
    """Make click end with one line for an expected error: exit code 2 for wrong usage, else 1."""
    try:
        yield
    except click.UsageError as error:
        hint = f" (see {error.ctx.command_path} --help)" if error.ctx else ""
        raise click.UsageError(one_line(error.format_message()) + hint) from None
    except BrokenPipeError:
        raise  # the reader has seen enough (| head): click ends without a word
    except OSError as error:
        text = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        raise click.ClickException(one_line(text)) from None
    except (ValueError, TypeError, FloatingPointError, MemoryError) as error:
        raise click.ClickException(one_line(str(error)) or type(error).__name__) from None
    except KeyboardInterrupt:
        erase_line()
        raise click.ClickException("interrupted") from None


def one_line(text: str) -> str:
    """Return the text without its line breaks."""
    return " ".join(line.strip() for line in text.splitlines())


def erase_line() -> None:
    """Take the ^C that a terminal shows, or a bar, off its line."""
    if sys.stderr.isatty():
        click.echo(ERASE, nl=False, err=True)


class Data(click.ParamType):
    """The name of a data set, or (with `paths`) the path of a file or folder."""

    name = "data"

    def __init__(self, *, paths: bool) -> None:
        self.paths = paths

    def convert(self, value: str, param: Any, ctx: Any) -> str:
        """Return the value if there is such a thing."""
        if value in DATASETS or (self.paths and os.path.exists(value)):
            return value
        close = difflib.get_close_matches(value, DATASETS, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        wanted = ", ".join(DATASETS) + (", a file or a folder" if self.paths else "")
        self.fail(f"there is no {value!r}; wanted {wanted}{hint}")


class Sizes(click.ParamType):
    """Sizes of hidden layers, such as 64,32; "none" or "" for no hidden layer."""

    name = "sizes"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[int, ...]:
        """Return the sizes; a file may have them in a list."""
        sizes = value if isinstance(value, list | tuple) else value.strip().split(",")
        if sizes in ([], ["none"], [""]):
            return ()
        try:
            sizes = tuple(int(str(size)) for size in sizes)
        except ValueError:
            sizes = (0,)
        if min(sizes) < 1:
            self.fail(f"{value!r} came; wanted sizes of layers such as 64,32, or none")
        return sizes


class Threads(click.ParamType):
    """A number of threads, or auto."""

    name = "threads"

    def convert(self, value: Any, param: Any, ctx: Any) -> int | str:
        """Return the number, or "auto"."""
        if value == "auto":
            return "auto"
        if not str(value).isdecimal() or int(value) < 1:
            self.fail(f"{value!r} came; wanted a number of threads, or auto")
        return int(value)


class Labels(click.ParamType):
    """Labels, such as 0,1,2 (whole numbers) or ham,spam (words)."""

    name = "labels"

    def convert(self, value: Any, param: Any, ctx: Any) -> list[int] | list[str]:
        """Return the labels; a file may have them in a list."""
        labels = value if isinstance(value, list) else value.split(",")
        labels = [str(label).strip() for label in labels]
        if "" in labels or len(set(labels)) < len(labels):
            self.fail(f"{value!r} came; wanted labels such as ham,spam, each once")
        try:
            return [int(label) for label in labels]
        except ValueError:
            return labels


class OutFile(click.ParamType):
    """A file to write, checked before the work whose result it is to take."""

    name = "file"

    def __init__(self, *endings: str) -> None:
        self.endings = endings

    def convert(self, value: str, param: Any, ctx: Any) -> str:
        """Return the path if its folder takes a file."""
        folder = os.path.dirname(os.path.realpath(value))
        if self.endings and not value.endswith(self.endings):
            self.fail(f"{value!r} does not end in {' or '.join(self.endings)}")
        if os.path.exists(value) and not os.path.isfile(value):
            self.fail(f"{value!r} is not a file that can be written over")
        if not os.path.isdir(folder):
            self.fail(f"{value!r} cannot be written: there is no folder {folder!r}")
        if not os.access(folder, os.W_OK):
            self.fail(f"{value!r} cannot be written: no permission to write in {folder!r}")
        return value


models_argument = click.argument(
    "models", type=click.Path(exists=True, dir_okay=False), nargs=-1, required=True,
    metavar="MODEL...",
)
model_argument = click.argument("model", type=click.Path(exists=True, dir_okay=False))
data_option = click.option(
    "--data", default="digits", type=Data(paths=True), metavar="DATA",
    help="digits, mnist, fashion-mnist, a .npz file (X, y, X_test, y_test) or an IDX folder.",
)
dtype_option = click.option(
    "--dtype", default="float32", type=click.Choice(["float32", "float64"]), help="Precision.",
)
json_option = click.option(
    "--json", "json_", is_flag=True, show_default="text", help="Print one JSON object a line."
)


STREAM_OPTIONS = (
    click.option(
        "--format", type=click.Choice(["csv", "jsonl"]), show_default="as the first line looks",
        help="Of a stream: CSV, or JSON lines.",
    ),
    click.option(
        "--label", default="last", metavar="first|last|NAME",
        help="The column of a stream's labels; a name, where CSV has a line of names.",
    ),
    click.option(
        "--classes", type=Labels(), metavar="A,B,...", show_default="those of the first 1,000 rows",
        help="All labels of a stream; then no row has to wait.",
    ),
    click.option(
        "--new-labels", is_flag=True, show_default="an error",
        help="A label of a stream that is none of the classes adds an output to the net.",
    ),
    click.option(
        "--pixels", is_flag=True, show_default="numbers as they are",
        help="A stream holds pixels, 0 to 255; scale them as those of images are.",
    ),
)
# The options of `train` for both data sets and streams; all others are for data sets only.
COMMON_OPTIONS = (
    "hidden", "activation", "start", "loss", "learning_rate", "seed", "dtype", "out", "history",
    "json_",
)


def stream_options(command: Any) -> Any:
    """Add the options of a stream to a command."""
    for option in reversed(STREAM_OPTIONS):
        command = option(command)
    return command


def check_options(ctx: click.Context, stream: bool) -> dict[str, Any]:
    """Return the options of a stream; refuse those given that are not for what is learned."""
    names = ("format", "label", "classes", "new_labels", "pixels")
    own = {name: ctx.params[name] for name in names}
    for param in ctx.command.params:
        name = param.name or ""
        for_both = name in COMMON_OPTIONS or name in ("source", "config")
        fits = for_both or (name in own) == stream
        if not fits and ctx.get_parameter_source(name) is not ParameterSource.DEFAULT:
            what = "not for a stream" if stream else "for a stream (fastnet train -) only"
            raise click.UsageError(f"{param.opts[0]}: {what}", ctx)
    return own


@click.group(
    cls=Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "show_default": True},
)
@click.version_option(__version__, message="fastnet %(version)s")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Small neural networks, trained exactly, one sample at a time.

    Begin with `fastnet train`: it learns the handwritten digits that come with fastnet.
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def take_config(ctx: click.Context, option: click.Parameter, path: str | None) -> None:
    """Let the options that a TOML file holds be the defaults of this run."""
    if path is None:
        return
    try:
        import tomllib
    except ModuleNotFoundError:
        raise click.BadParameter("wanted Python 3.11 or later, which reads TOML") from None
    try:
        with open(path, "rb") as file:
            take_defaults(ctx, tomllib.load(file))
    except ValueError as error:  # what is no TOML, or no UTF-8
        raise click.BadParameter(f"{path}: {error}") from None


def take_run(ctx: click.Context, option: click.Parameter, path: str | None) -> Any:
    """Let the options with which a net was trained be the defaults of this run."""
    if path is None:
        return None
    import fastnet

    net = fastnet.load(path)
    try:
        options = repeatable(net)
        source = options.pop("data", None)  # which may be gone, with another one given
        take_defaults(ctx, options)
    except ValueError as error:
        raise click.BadParameter(f"{path}: {error}") from None
    if source is not None:
        ctx.default_map = {**(ctx.default_map or {}), "data": source}
    return path, net


def take_defaults(ctx: click.Context, values: dict[str, Any]) -> None:
    """Let these values be the defaults of the options not given."""
    if ctx.default_map:
        raise click.UsageError("--config and --repeat: both came; wanted one of them", ctx)
    ctx.default_map = defaults_of(ctx.command, values)


def defaults_of(command: click.Command, values: dict[str, Any]) -> dict[str, Any]:
    """Return values by the names of a command's parameters, checked as if they had been typed."""
    options = {
        option.opts[0].lstrip("-").replace("-", "_"): option
        for option in command.params
        if isinstance(option, click.Option) and option.callback is None
    }
    defaults: dict[str, Any] = {}
    for key, value in values.items():
        name = key.replace("-", "_")
        if name not in options:
            close = difflib.get_close_matches(name, options, n=1, cutoff=0.4)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            raise ValueError(f"there is no option {key!r}{hint}")
        option = options[name]
        types, wanted = TOML_TYPES.get(option.type.name, ((str,), "text"))
        if type(value) not in types:
            raise ValueError(f"{key}: {value!r} came; wanted {wanted}")
        if option.name in defaults:
            raise ValueError(f"{key}: it comes twice, with - and with _")
        try:
            option.type.convert(value, option, None)
        except click.BadParameter as error:
            raise ValueError(f"{key}: {error.message}") from None
        defaults[str(option.name)] = value
    return defaults


# What a file may give for an option of a type, by its name; else text.
TOML_TYPES: dict[str, tuple[tuple[type, ...], str]] = {
    "boolean": ((bool,), "true or false"),
    "integer range": ((int,), "a whole number"),
    "float range": ((int, float), "a number"),
    "sizes": ((list, str), "a list of sizes"),
    "threads": ((int, str), "a number of threads, or 'auto'"),
    "labels": ((list, str), "a list of labels"),
}


def repeatable(net: "Network") -> dict[str, Any]:
    """Return the options of the command line that train this net again.

    Raises
    ------
    ValueError
        There are none: it was trained, or has ended, as no options can say.
    """
    import inspect

    import fastnet

    if net.run is None:
        raise ValueError("it has no record of its run, so it cannot be repeated")
    if net.stopped not in ("epochs", "patience", "target"):
        how = {None: "was broken off", "max_seconds": "ended when the time was up"}
        ended = how.get(net.stopped, "was ended by a callback")
        raise ValueError(f"its run {ended}, so it cannot be repeated")
    library = inspect.signature(fastnet.train).parameters
    known = {option.name for option in train.params}
    options = {"data": net.run["source"]} if "source" in net.run else {}
    for name, value in net.run["options"].items():
        usual = name in library and value == library[name].default
        if name in known and value is not None:
            options[name] = value
        elif name != "validation_data" and not usual:  # which is the data's test part
            raise ValueError(f"{name}: {value!r}, for which the command line has no option")
    return options


@main.command()
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
    "half of it on a stream",
    help="Step size, which a schedule lowers from sample to sample.",
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
    "--validation-fraction", type=click.FloatRange(0, 1, True, True), metavar="SHARE",
    show_default="none, the test part is looked at",
    help="Hold out this share of the training samples, and look at it after each round.",
)
@click.option(
    "--patience", type=click.IntRange(min=1), metavar="N", show_default="all rounds",
    help="Stop after N rounds without a smaller loss on what is looked at; keep the best net.",
)
@click.option(
    "--target-accuracy", type=click.FloatRange(0, 1), metavar="SHARE", show_default="all rounds",
    help="Stop once this share of what is looked at is recognized.",
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
    help="Which of several nets to save: all, model.npz as model-0.npz ..., or the best.",
)
@click.option(
    "--out", type=OutFile(), metavar="MODEL", show_default="the net is not saved",
    help="File to save the net in; what was learned so far is saved on Ctrl-C too.",
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
    epochs: int,
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
        given = {name: ctx.params[name] for name in COMMON_OPTIONS}
        train_stream(of_stream, **given)
        return
    options = {name: value for name, value in options.items() if name not in of_stream}

    import numpy as np

    import fastnet
    from fastnet import provenance
    from fastnet.data import Samples
    from fastnet.stopping import is_regression

    if repeat:
        check_repeat(ctx, *repeat)
    (X, y), (X_test, y_test) = read(data)
    if X is None or y is None:
        raise ValueError(f"data: {data} has no training part")
    samples = Samples(X, np.dtype(options["dtype"]))  # checked and hashed once for both calls
    judged_on, part, validation_data = (X, y), "training", None
    if X_test is not None and y_test is not None:
        judged_on, part = (X_test, y_test), "test"
        if options["validation_fraction"] is None:
            name = "validation_data X"
            validation_data = Samples(X_test, samples.dtype, samples.features, name), y_test
    options |= {"validation_data": validation_data, "verbose": False}
    if keep != "all" and not seeds:
        raise click.UsageError("--keep: given, but not --seeds", ctx)
    if seeds:
        options |= {"epochs": epochs}
        train_several(data, samples, y, judged_on, part, seeds, keep, out, history, json_, options)
        return
    net = fastnet.train(samples, y, epochs=0, **options)
    differences: list[str] = []
    if repeat:
        assert net.run and repeat[1].run  # take_run has seen to it
        net.run["options"]["epochs"] = epochs
        differences = provenance.differences(repeat[1].run, net.run)
        if repeat[1].run["on_epoch"]:
            differences.append(f"on_epoch was {repeat[1].run['on_epoch']} and is not given")
    common: dict[str, Any] = {
        "unit": unit(X),
        "part": part,
        "training": len(X),
        "regression": is_regression(net),
    }
    progress = Progress("round #0 of learning...")

    def tell(event: str, **fields: Any) -> None:
        fields = {"event": event, **report.plain(fields)}
        progress.clear()
        click.echo(report.as_json(fields) if json_ else report.as_text({**common, **fields}))

    def on_epoch(trained: "Network", record: dict[str, Any]) -> None:
        nonlocal net
        net = trained
        tell("epoch", **record)
        progress.label = f"round #{record['epoch'] + 1} of learning..."

    if repeat:
        tell("repeat", model=repeat[0], differences=differences)
    tell(
        "start",
        data=data,
        training=len(X),
        test=len(judged_on[0]) if part == "test" else 0,
        epochs=epochs,
        schedule=options["schedule"],
        shuffle=options["shuffle"],
        **description(net),
    )
    seconds, compiled = fastnet.warmup(options["dtype"])
    tell("warmup", seconds=seconds, compiled=compiled)
    output = net.predict_proba(X[:1])[0]
    tell(
        "initial",
        output=output,
        label=None if net.classes is None else net.classes[output.argmax()],
        confidence=None if net.classes is None else output.max(),
        real_label=y[0],
        part=common["part"],
        score=net.score(*judged_on),
    )
    if epochs and not json_:
        held_out = options["validation_fraction"] is not None
        click.echo(report.rounds_header(common["unit"], common["regression"], held_out))
    try:
        with progress:
            net = fastnet.train(
                samples, y, epochs=epochs, on_epoch=on_epoch, on_progress=progress, **options
            )
    except (KeyboardInterrupt, FloatingPointError, BrokenPipeError) as error:
        erase_line()
        net = getattr(error, "network", net)
        kept = "nothing is saved" if out is None else "nothing is saved, no round was finished"
        if out and net.history:
            save(net, out, data)
            kept = f"saved {out}: {report.count(len(net.history), 'round')} and a part of the next"
        if history and net.history:
            write_history(net, history)
        if isinstance(error, BrokenPipeError):
            raise
        what = "interrupted" if isinstance(error, KeyboardInterrupt) else str(error)
        raise click.ClickException(f"{one_line(what)}; {kept}") from None
    if out:
        save(net, out, data)
    if history:
        write_history(net, history)
    tell(
        "end",
        rounds=len(net.history),
        stopped=net.stopped,
        samples=sum(record["samples"] for record in net.history),
        seconds=sum(record["seconds"] for record in net.history),
        learning_rate=net.checked_rate(options["learning_rate"]) if net.history else None,
        part=common["part"],
        score=net.score(*judged_on),
        model=out,
    )
    if repeat:
        path, wanted = repeat[0], repeat[1].digest()
        tell("repeated", model=path, digest=net.digest(), wanted=wanted)
        if net.digest() != wanted:
            raise click.ClickException(f"{path}: its bits are others than those of this run")


def train_several(
    data: str,
    samples: "Samples",
    y: "NDArray[Any]",
    judged_on: "tuple[NDArray[Any], NDArray[Any]]",
    part: str,
    count: int,
    keep: str,
    out: str | None,
    history: str | None,
    json_: bool,
    options: dict[str, Any],
) -> None:
    """Train nets from several seeds, report each when it is ready, and all together."""
    import statistics

    import fastnet
    from fastnet.order import Order
    from fastnet.stopping import is_regression

    first, fraction = options.pop("seed"), options["validation_fraction"]
    seeds = range(first, first + count)
    if click.get_current_context().get_parameter_source("threads") is ParameterSource.DEFAULT:
        options["threads"] = "auto"
    for path in filter(None, [out, history]):
        for seed in seeds:  # before the work whose result they are to take
            OutFile().convert(numbered(path, seed), None, None)
    untrained = fastnet.train(samples, y, **{**options, "epochs": 0, "threads": 1, "seed": first})
    common: dict[str, Any] = {
        "unit": unit(samples.rows),
        "part": part if fraction is None else "held out",
        "regression": is_regression(untrained),
    }
    progress = Progress(f"0 of {count} nets are ready")
    nets: dict[int, Network] = {}  # by seed, as are their scores and files
    scores: dict[int, float] = {}
    files: dict[int, str] = {}

    def tell(event: str, **fields: Any) -> None:
        fields = {"event": event, **report.plain(fields)}
        progress.clear()
        click.echo(report.as_json(fields) if json_ else report.as_text({**common, **fields}))

    def on_net(net: "Network") -> None:
        X, labels, seed = *judged_on, net.seed or 0
        if fraction is not None:
            held = Order(samples.n, None, True, seed, fraction).held
            X, labels = samples.rows[held], y[held]
        if out and keep == "all":
            files[seed] = numbered(out, seed)
            save(net, files[seed], data)
        if history:
            write_history(net, numbered(history, seed))
        nets[seed], scores[seed] = net, net.score(X, labels)
        tell(
            "net",
            seed=seed,
            part=common["part"],
            score=scores[seed],
            rounds=len(net.history),
            seconds=sum(record["seconds"] for record in net.history),
            stopped=net.stopped,
            model=files.get(seed),
        )
        progress.label = f"{len(nets)} of {count} nets are ready"

    def keep_best() -> int:
        best = max(sorted(scores), key=lambda seed: scores[seed])
        if out and keep == "best":
            files[best] = out
            save(nets[best], out, data)
        return best

    tell(
        "start", data=data, training=samples.n, test=len(judged_on[0]) if part == "test" else 0,
        epochs=options["epochs"], schedule=options["schedule"], shuffle=options["shuffle"],
        **description(untrained), seeds=[*seeds],
    )
    seconds, compiled = fastnet.warmup(options["dtype"])
    tell("warmup", seconds=seconds, compiled=compiled)
    if not json_:
        click.echo(report.nets_header(**common))
    try:
        with progress:
            fastnet.train_seeds(
                samples, y, seeds, on_net=on_net, on_progress=progress, **options
            )
    except (KeyboardInterrupt, FloatingPointError, BrokenPipeError) as error:
        erase_line()
        for net in getattr(error, "networks", []):  # which have got ready meanwhile
            if net.seed not in nets and not isinstance(error, BrokenPipeError):
                on_net(net)
        if nets:
            keep_best()
        paths = [files[seed] for seed in sorted(files)]
        kept = report.saved(paths) if paths else "nothing is saved"
        if isinstance(error, BrokenPipeError):
            raise
        what = "interrupted" if isinstance(error, KeyboardInterrupt) else str(error)
        if isinstance(error, FloatingPointError):
            what = f"seed {error.network.seed}: {what}"  # type: ignore[attr-defined]
        raise click.ClickException(f"{one_line(what)}; {kept}") from None
    best = keep_best()
    together = fastnet.Ensemble([nets[seed] for seed in seeds])
    tell(
        "nets",
        nets=count,
        part=common["part"],
        mean=statistics.fmean(scores.values()),
        deviation=statistics.stdev(scores.values()) if count > 1 else None,
        best_seed=best,
        best=scores[best],
        together=together.score(*judged_on) if fraction is None else None,
        model=[files[seed] for seed in seeds if seed in files],
    )


def numbered(path: str, seed: int) -> str:
    """Return the path for the net of a seed: model-3.npz."""
    stem, ending = os.path.splitext(path)
    return f"{stem}-{seed}{ending}"


def train_stream(
    stream: dict[str, Any], out: str | None, history: str | None, json_: bool, **options: Any
) -> None:
    """Learn from standard input, row by row, and report how it goes."""
    import fastnet
    from fastnet.datasets.lines import Lines

    classes = stream["classes"]
    lines = Lines(
        sys.stdin.buffer if sys.stdin else io.BytesIO(),
        stream["format"],
        stream["label"],
        None if classes is None else isinstance(classes[0], str),
        stream["pixels"],
    )
    progress = Progress()
    known = 0

    def tell(event: str, **fields: Any) -> None:
        fields = {"event": event, **report.plain(fields)}
        progress.clear()
        click.echo(report.as_json(fields) if json_ else report.as_text(fields))

    def on_record(net: "Network", record: dict[str, Any]) -> None:
        nonlocal known
        outputs = net.sizes[-1]
        if not known:
            regression = record["accuracy"] is None
            tell("stream", format=lines.form, regression=regression, **description(net))
        elif net.classes is not None:
            for k in range(known, outputs):
                tell("label", label=net.classes[k], outputs=k + 1)
        known = outputs
        tell("record", **record, **overall(net.history))

    def on_progress(net: "Network", record: dict[str, Any]) -> None:
        progress.label = report.so_far({**record, **overall([*net.history, record])})
        progress(record["samples"], None)

    seconds, compiled = fastnet.warmup(options["dtype"])
    tell("warmup", seconds=seconds, compiled=compiled)
    try:
        with progress:
            net = fastnet.train_stream(
                lines,
                classes=classes,
                new_labels=stream["new_labels"],
                on_record=on_record,
                on_progress=on_progress,
                **options,
            )
    except (ValueError, TypeError, OSError, FloatingPointError, KeyboardInterrupt) as error:
        erase_line()
        broken = getattr(error, "network", None)
        kept = "nothing is saved"
        if broken is not None and broken.history:
            if out:
                broken.save(out)
                kept = f"saved {out}: {report.count(overall(broken.history)['rows'], 'row')}"
            if history:
                write_history(broken, history)
        if isinstance(error, BrokenPipeError):
            raise
        what = "interrupted" if isinstance(error, KeyboardInterrupt) else one_line(str(error))
        if hasattr(error, "example"):
            line = f"line {lines.line(error.example)}:"
            what = what.replace(f"example {error.example}:", line, 1)
        raise click.ClickException(f"{what}; {kept}") from None
    if out:
        net.save(out)
    if history:
        write_history(net, history)
    rate = net.history[-1]["learning_rate"]
    tell("stream_end", **overall(net.history), learning_rate=rate, model=out)


def overall(records: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what was seen of a stream: of all rows, not only since the last record."""
    rows, seconds = (sum(record[name] for record in records) for name in ("samples", "seconds"))
    whole = {"rows": rows, "mean_loss": None, "mean_accuracy": None}
    for name in ("loss", "accuracy"):
        if records[0][name] is not None:
            whole[f"mean_{name}"] = sum(r[name] * r["samples"] for r in records) / rows
    return whole | {"seconds_so_far": seconds, "rows_per_second": rows / max(seconds, 1e-9)}


@main.command()
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
    click.echo(report.as_json(event) if json_ else report.evaluation({**event, "unit": unit(X)}))


@main.command()
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
        click.echo(text.getvalue(), nl=False)


@main.command()
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
            click.echo(report.as_toml(repeatable(net)), nl=False)
        except ValueError as error:
            raise ValueError(f"{model}: {error}") from None
        return
    event = {"event": "info", "model": model, **description(net), "run": net.run}
    event = report.plain({**event, "history": net.history})
    click.echo(report.as_json(event) if json_ else report.model(event))


@main.command()
@click.argument("dataset", type=Data(paths=False))
def fetch(dataset: str) -> None:
    """Download DATASET, mnist or fashion-mnist.

    The files are checked and kept in the user's cache directory. `fastnet train` does this by
    itself when it has to; the digits come with fastnet.
    """
    from fastnet import datasets

    if dataset == "digits":
        click.echo("digits: nothing to download, they come with fastnet")
        return
    with Progress(f"fetching {dataset}") as progress:
        folder = datasets.fetch(dataset, progress=progress)
    click.echo(f"{dataset} is in {folder}")


@main.command()
@dtype_option
def warmup(dtype: str) -> None:
    """Compile the kernels now, not at first use."""
    import fastnet

    seconds, compiled = fastnet.warmup(dtype)
    click.echo(report.as_text({"event": "warmup", "seconds": seconds, "compiled": compiled}))


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


def check_repeat(ctx: click.Context, path: str, net: "Network") -> None:
    """Refuse options that are the model's own; it may be without a name of its data."""
    given = {
        option.name: option.opts[0] for option in ctx.command.params
        if ctx.get_parameter_source(str(option.name)) is ParameterSource.COMMANDLINE
    }
    if net.run and "source" not in net.run and "data" not in given:
        raise click.UsageError(f"{path} does not say which data it learned; wanted --data", ctx)
    for name in ("repeat", "data", "threads", "out", "history", "json_"):
        given.pop(name, None)
    if given:
        came = ", ".join(given.values())
        raise click.UsageError(f"{came}: given, but --repeat takes that from {path}", ctx)


def save(net: "Network", path: str, source: str) -> None:
    """Save a net, with the name of its data."""
    if net.run is not None:
        net.run |= {"source": source, "on_epoch": None}  # whose callback has changed nothing
    net.save(path)


def write_history(net: "Network", path: str) -> None:
    """Write what was seen in each round."""
    (net.history.to_csv if path.endswith(".csv") else net.history.to_json)(path)


def read(data: str) -> tuple["Part", "Part"]:
    """Read a data set by its name or path."""
    from fastnet import datasets

    return datasets.load(data) if data in DATASETS else datasets.read(data)


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
