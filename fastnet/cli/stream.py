"""`fastnet train -`: learn from standard input, row by row."""

import io
import sys
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from .errors import said
from .options import Labels
from .saving import NOTHING, Files, keeping
from .stream_events import so_far
from .teller import Teller, description
from .text import count, saved

if TYPE_CHECKING:
    from fastnet.data.lines import Lines
    from fastnet.model.network import Network


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
        "--classes", type=Labels(), metavar="A,B,...|none",
        show_default="those of the data, or what most of a stream's first 1,000 rows have",
        help="All labels, an output each in this order; of a stream, none where they are numbers. "
        "Then no row of a stream has to wait.",
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
    "json_", "classes",
)


def stream_options(command: Any) -> Any:
    """Add the options of a stream to a command."""
    for option in reversed(STREAM_OPTIONS):
        command = option(command)
    return command


def check_options(ctx: click.Context, stream: bool) -> dict[str, Any]:
    """Return the options of a stream; refuse those given that are not for what is learned."""
    names = ("format", "label", "new_labels", "pixels")
    own = {name: ctx.params[name] for name in names}
    for param in ctx.command.params:
        name = param.name or ""
        for_both = name in COMMON_OPTIONS or name in ("source", "config")
        fits = for_both or (name in own) == stream
        if not fits and ctx.get_parameter_source(name) is not ParameterSource.DEFAULT:
            what = "not for a stream" if stream else "for a stream (fastnet train -) only"
            raise click.UsageError(f"{param.opts[0]}: {what}", ctx)
    return own


def train_stream(
    stream: dict[str, Any],
    out: str | None,
    history: str | None,
    json_: bool,
    classes: list[Any] | None,
    **options: Any,
) -> None:
    """Learn from standard input, row by row, and report how it goes."""
    import fastnet
    from fastnet.data.lines import Lines

    stdin = sys.stdin.buffer if sys.stdin else io.BytesIO()
    lines = Lines(stdin, stream["format"], stream["label"], classes, stream["pixels"])
    files, tell, net = Files(out, history), Teller(json_), None
    told = Told(tell, lines)

    def keep(error: BaseException) -> str:
        broken = getattr(error, "network", net)
        if broken is None or not broken.history:
            return NOTHING
        files.save(broken, partly=True)
        return files.kept(f": {count(overall(broken.history)['rows'], 'row')}")

    def explained(error: BaseException) -> str:
        """Return what an error says, by the line of the input, not the example."""
        if not hasattr(error, "example"):
            return said(error)
        line = f"line {lines.line(error.example)}:"
        return said(error).replace(f"example {error.example}:", line, 1)

    seconds, compiled = fastnet.warmup(options["dtype"])
    tell("warmup", seconds=seconds, compiled=compiled)
    with keeping(keep, explained), tell.progress:
        net = fastnet.train_stream(
            lines,
            classes=classes or None,
            new_labels=stream["new_labels"],
            on_record=told.record,
            on_progress=told.progress,
            **options,
        )
        files.save(net)
    files.check()
    rate = net.history[-1]["learning_rate"]
    tell("stream_end", **overall(net.history), learning_rate=rate, model=out)
    tell.close(saved([out]) if out else NOTHING)


class Told:
    """What has been told of a stream, so that what is new is told once."""

    def __init__(self, tell: Teller, lines: "Lines") -> None:
        self.tell, self.lines, self.outputs = tell, lines, 0

    def record(self, net: "Network", record: dict[str, Any]) -> None:
        """Tell a record, and before it the net when it is new, and the labels that are."""
        outputs = net.sizes[-1]
        if not self.outputs:
            regression = record["accuracy"] is None
            form = self.lines.form
            self.tell("stream", format=form, regression=regression, **description(net))
        elif net.classes is not None:
            for k in range(self.outputs, outputs):
                self.tell("label", label=net.classes[k], outputs=k + 1)
        self.outputs = outputs
        self.tell("record", **record, **overall(net.history))
        self.tell.check()

    def progress(self, net: "Network", record: dict[str, Any]) -> None:
        """Show on the line of the bar how far the stream is."""
        self.tell.progress.label = so_far({**record, **overall([*net.history, record])})
        self.tell.progress(record["samples"], None)


def overall(records: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what was seen of a stream: of all rows, not only since the last record."""
    rows, seconds = (sum(record[name] for record in records) for name in ("samples", "seconds"))
    whole = {"rows": rows, "mean_loss": None, "mean_accuracy": None}
    for name in ("loss", "accuracy"):
        if records[0][name] is not None:
            whole[f"mean_{name}"] = sum(r[name] * r["samples"] for r in records) / rows
    return whole | {"seconds_so_far": seconds, "rows_per_second": rows / max(seconds, 1e-9)}
