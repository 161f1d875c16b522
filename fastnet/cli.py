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

    from fastnet.datasets.readers import Part
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
        """Return the sizes."""
        if value.strip() in ("", "none"):
            return ()
        try:
            sizes = tuple(int(size) for size in value.split(","))
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
        """Return the labels."""
        labels = [label.strip() for label in value.split(",")]
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
        fits = name in COMMON_OPTIONS or name == "source" or (name in own) == stream
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
    "--out", type=OutFile(), metavar="MODEL", show_default="the net is not saved",
    help="File to save the net in; what was learned so far is saved on Ctrl-C too.",
)
@click.option(
    "--history", type=OutFile(".csv", ".json"), metavar="FILE", show_default="not written",
    help="File for the figures of each round, .csv or .json.",
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
    **options: Any,
) -> None:
    """Train a net and report what it learns, round by round.

    A round has two figures: of the training samples, each judged just before the net learns from
    it; and of the test samples (or those held out), which it never learns from.

    With - a stream is learned instead: rows of CSV or JSON lines from standard input, each judged
    just before it is learned. It may be of any length.
    """
    of_stream = check_options(ctx, stream=source is not None)
    if source is not None:
        train_stream(of_stream, **{name: ctx.params[name] for name in COMMON_OPTIONS})
        return
    options = {name: value for name, value in options.items() if name not in of_stream}

    import numpy as np

    import fastnet
    from fastnet.data import Samples
    from fastnet.stopping import is_regression

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
    net = fastnet.train(samples, y, epochs=0, **options)
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
            net.save(out)
            kept = f"saved {out}: {report.count(len(net.history), 'round')} and a part of the next"
        if history and net.history:
            write_history(net, history)
        if isinstance(error, BrokenPipeError):
            raise
        what = "interrupted" if isinstance(error, KeyboardInterrupt) else str(error)
        raise click.ClickException(f"{one_line(what)}; {kept}") from None
    if out:
        net.save(out)
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
@model_argument
@data_option
@json_option
def evaluate(model: str, data: str, json_: bool) -> None:
    """Report how well MODEL does on a data set.

    A line per class follows. The test part is taken; where there is none, the training part.
    """
    import numpy as np

    import fastnet
    from fastnet.stopping import is_regression

    net = fastnet.load(model)
    (X, y), (X_test, y_test) = read(data)
    part = "training" if X_test is None else "test"
    if X_test is not None:
        X, y = X_test, y_test
    assert X is not None and y is not None  # read() gives one part at least
    event: dict[str, Any] = {"event": "evaluation", "model": model, "data": data, "part": part}
    event |= {"samples": len(X), "score": net.score(X, y), "rmse": None, "classes": None}
    if net.classes is not None:
        event["classes"] = by_class(y, net.predict(X))
    elif is_regression(net):
        event["rmse"] = np.sqrt(np.mean((net.predict(X).ravel() - y.ravel()) ** 2))
    event = report.plain(event)
    click.echo(report.as_json(event) if json_ else report.evaluation({**event, "unit": unit(X)}))


@main.command()
@model_argument
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
def predict(model: str, data: str, pixels: bool, probabilities: bool, out: str | None) -> None:
    """Print MODEL's labels for the samples in a file."""
    import numpy as np

    import fastnet
    from fastnet.datasets.features import read_features
    from fastnet.files import atomic_write

    net = fastnet.load(model)
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
@json_option
def info(model: str, json_: bool) -> None:
    """Say what the net in the file MODEL is and how it learned."""
    import fastnet

    net = fastnet.load(model)
    event = {"event": "info", "model": model, **description(net), "history": net.history}
    event = report.plain(event)
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
