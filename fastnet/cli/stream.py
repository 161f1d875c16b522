"""`fastnet train -`: learn from standard input, row by row."""

import io
import sys
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from ..options import Options, StreamOptions
from .errors import said
from .options import ROWS, all_of, chosen, of_row
from .saving import NOTHING, Files, keeping
from .stream_events import so_far
from .teller import Teller, description
from .text import count, saved

if TYPE_CHECKING:
    from fastnet.data.lines import Lines
    from fastnet.model.network import Network


# The options of `train` that say how lines of text are read, of a stream or in a file; the rows
# have those of how a stream is learned.
READING = ("label", "pixels")
FOR_TEXT = "for lines of text only: a stream (fastnet train -), .csv or .jsonl"
FOR_BOTH = ("source", "config", "out", "history", "json_")

label_option = click.option(
    "--label", default="last", metavar="first|last|NAME",
    help="The column of the labels in lines of text; a name, where CSV has a line of names.",
)  # fmt: skip
pixels_option = click.option(
    "--pixels", is_flag=True, show_default="numbers as they are",
    help="Lines of text hold pixels, 0 to 255; scale them as those of images are.",
)  # fmt: skip
stream_options = all_of(
    click.option(
        "--format", type=click.Choice(["csv", "jsonl"]), show_default="as the first line looks",
        help="Of a stream: CSV, or JSON lines.",
    ),
    label_option,
    of_row(ROWS["classes"]),
    *(of_row(row) for name, row in ROWS.items() if name not in Options.rows()),
    pixels_option,
)  # fmt: skip


def check_options(ctx: click.Context, *, stream: bool, text: bool) -> None:
    """Refuse options that are given, but are for other data: no stream, or no lines of text."""
    of_streams = {"format", *READING, *StreamOptions.rows(), *FOR_BOTH}
    only_of_streams = {"format", *(StreamOptions.rows().keys() - Options.rows().keys())}
    for param in ctx.command.params:
        name, wrong = str(param.name), None
        if stream and name not in of_streams:
            wrong = "not for a stream"
        elif not stream and name in only_of_streams:
            wrong = "for a stream (fastnet train -) only"
        elif not text and name in READING:
            wrong = FOR_TEXT
        if wrong and ctx.get_parameter_source(name) is not ParameterSource.DEFAULT:
            raise click.UsageError(f"{param.opts[0]}: {wrong}", ctx)


def train_stream(params: dict[str, Any]) -> None:
    """Learn from standard input, row by row, and report how it goes."""
    import fastnet
    from fastnet.data.lines import Lines

    options, out = chosen(params, StreamOptions.rows()), params["out"]
    classes = options.pop("classes")
    stdin = sys.stdin.buffer if sys.stdin else io.BytesIO()
    lines = Lines(stdin, params["format"], params["label"], classes, params["pixels"])
    files, tell, net = Files(out, params["history"]), Teller(params["json_"]), None
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
