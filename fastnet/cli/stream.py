"""`fastnet train -`: learn from standard input, row by row."""

import io
import sys
from typing import TYPE_CHECKING, Any

import click

from ..options import Options, StreamOptions
from .describe import description
from .errors import said
from .options import chosen
from .reading import flags, given
from .saving import NOTHING, Files, keeping
from .stream_events import so_far
from .teller import Teller
from .text import count, saved

if TYPE_CHECKING:
    from fastnet.data.lines import Lines
    from fastnet.model.network import Network


ONLY_STREAMS = {"format"} | StreamOptions.rows().keys() - Options.rows().keys()
FOR_STREAMS = {
    *("source", "config", "out", "history", "json_", "format", "target", "pixels"),
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


def train_stream(params: dict[str, Any]) -> None:
    """Learn from standard input, row by row, and report the progress."""
    import fastnet
    from fastnet.data.lines import Lines
    from fastnet.data.reading import Reading

    options, out = chosen(params, StreamOptions.rows()), params["out"]
    classes = options.pop("classes")
    stdin = sys.stdin.buffer if sys.stdin else io.BytesIO()
    reading = Reading(classes=classes, target=params["target"], pixels=params["pixels"])
    lines = Lines(stdin, params["format"], reading)
    files, tell, net = Files(out, params["history"]), Teller(params["json_"]), None
    told = Told(tell, lines)

    def keep(error: BaseException) -> str:
        broken = getattr(error, "network", net)
        if broken is None or not broken.history:
            return NOTHING
        files.save(broken, partly=True)
        return files.kept(f": {count(overall(broken.history)['rows'], 'row')}")

    def explained(error: BaseException) -> str:
        """Return the text of an error, with the line of the input instead of the example."""
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
    """The reporter of a stream: it tells of each record, and of a new net or label before it."""

    def __init__(self, tell: Teller, lines: "Lines") -> None:
        self.tell, self.lines, self.outputs = tell, lines, 0

    def record(self, net: "Network", record: dict[str, Any]) -> None:
        """Tell of a record. Before it, tell of the net or the labels that are new."""
        outputs = net.sizes[-1]
        if not self.outputs:
            regression = net.task == "regression"
            form = self.lines.form
            self.tell("stream", format=form, regression=regression, **description(net))
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
