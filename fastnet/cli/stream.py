"""`fastnet train -`: learn from standard input, row by row."""

import io
import re
import sys
from typing import TYPE_CHECKING, Any

import click

from ..options import Options, StreamOptions
from .arguments import STDIN, called, names_of
from .describe import description
from .errors import naming, said
from .options import net_options
from .reading import FOR_STREAM, flags, given, reading_of_stream, recorded
from .saving import NOTHING, Files, keeping, name_stream
from .stream_events import so_far
from .tables import about_table
from .teller import Teller
from .text import count, saved

if TYPE_CHECKING:
    from fastnet.model.network import Network
    from fastnet.sources.lines import Lines


ONLY_STREAMS = {"format"} | StreamOptions.rows().keys() - Options.rows().keys()
FOR_STREAMS = {
    *("source", "config", "out", "history", "json_", "quiet", "format"), *FOR_STREAM,
    *StreamOptions.rows(),
}  # fmt: skip


def check_options(ctx: click.Context, *, stream: bool) -> None:
    """Refuse given options that are not for a stream, or that are only for a stream."""
    for param in ctx.command.params:
        name = str(param.name)
        if not given(ctx, name):
            continue
        if stream and name not in FOR_STREAMS:
            raise click.UsageError(f"{flags(param)}: not for a stream", ctx)
        if not stream and name in ONLY_STREAMS:
            raise click.UsageError(f"{flags(param)}: for a stream (fastnet train -) only", ctx)


def train_stream(ctx: click.Context, params: dict[str, Any]) -> None:
    """Learn from standard input, row by row, and report the progress."""
    import fastnet
    from fastnet.training.streams import ready

    options, out = net_options(ctx, StreamOptions.rows()), params["out"]
    classes, init = options.pop("classes"), options["init"]
    files, tell, net = Files(out, params["history"]), Teller(params["json_"]), None
    told = Told(tell)

    def keep(error: BaseException) -> str:
        broken = getattr(error, "network", net)
        if broken is None or not broken.history:
            return NOTHING
        name_stream(broken, told.reading)
        files.save(broken, partly=True)
        return files.kept(f": {count(overall(broken.history)['rows'], 'row')}")

    def explained(error: BaseException) -> str:
        """Return the text of an error, with the line of the input instead of the example."""
        text = said(error)
        if hasattr(error, "example"):
            line = f"line {told.lines.line(error.example)}:"
            text = text.replace(f"example {error.example}:", line, 1).replace(f"{line} x:", line, 1)
        return f"{called(STDIN)}: {text}" if re.match(r"line \d|not text", text) else text

    names = {"examples": f"{called(STDIN)}: rows", **names_of(STDIN, None, is_table=False)}
    names["x"] = called(STDIN)
    with keeping(keep, explained), tell.progress, naming(names):
        seconds, compiled = ready(StreamOptions.of(options))
        tell("warmup", seconds=seconds, compiled=compiled)
        read = reading_of_stream(ctx, init)
        told.reading = recorded({**read, "target": "last"})  # a target without a name is no use
        lines = told.lines = opened(ctx, classes, read, options)
        net = fastnet.train_stream(
            lines,
            classes=classes or None,
            on_record=told.record,
            on_progress=told.progress,
            **options,
        )
        name_stream(net, told.reading)
        files.save(net)
    files.check()
    rate = net.history[-1]["learning_rate"]
    tell("stream_end", **overall(net.history), learning_rate=rate, model=out)
    tell.close(saved([out]) if out else NOTHING)


def opened(
    ctx: click.Context, classes: Any, read: dict[str, Any], options: dict[str, Any]
) -> "Lines":
    """Return the rows of standard input. The options get the preset that these call for."""
    from fastnet.sources.reading import Reading

    from .stream_rows import TableLines, lines_of

    form, init = ctx.params["format"], options["init"]
    if classes is None and init is not None:
        classes = [] if init.classes is None else init.classes.tolist()
    stdin = sys.stdin.buffer if sys.stdin else io.BytesIO()
    encode = options["encode"] or options["preset"]
    lines = lines_of(stdin, form, Reading(classes=classes, **read), encode, init)
    if isinstance(lines, TableLines) and not lines.plain and init is None and encode is None:
        options["preset"] = "table"  # the rows may have no names
    return lines


class Told:
    """The reporter of a stream: it tells of each record, and of a new net or label before it."""

    def __init__(self, tell: Teller) -> None:
        self.tell, self.outputs = tell, 0
        self.lines: Any = None  # the rows, once they are looked at
        self.reading: dict[str, Any] = {}  # how they are read, for the record

    def record(self, net: "Network", record: dict[str, Any]) -> None:
        """Tell of a record. Before it, tell of the net or the labels that are new."""
        outputs = net.sizes[-1]
        if not self.outputs:
            regression = net.task == "regression"
            form = self.lines.form
            about = description(net) | about_table(net, {})
            self.tell("stream", format=form, regression=regression, **about)
        elif net.classes is not None:
            for k in range(self.outputs, outputs):
                self.tell("label", label=net.classes[k], outputs=k + 1)
        self.outputs = outputs
        self.tell("record", **record, **overall(net.history))
        self.tell.check()

    def progress(self, net: "Network", record: dict[str, Any]) -> None:
        """Show the progress of the stream on the line of the bar."""
        self.tell.progress.label = so_far({**record, **overall([*net.history, record])})
        self.tell.progress(record["samples"], None)


def overall(records: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the figures of all rows of a stream, not only of those since the last record."""
    from fastnet.model.history import together

    whole = together(records)
    return {
        "rows": whole["samples"],
        "mean_loss": whole["loss"],
        "mean_accuracy": whole["accuracy"],
        "seconds_so_far": whole["seconds"],
        "rows_per_second": whole["samples_per_second"],
    }
