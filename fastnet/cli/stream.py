"""`fastnet train -`: learn from standard input, row by row."""

import io
import sys
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from fastnet.cli import text as report

from .common import Teller, description, kept, save
from .errors import Failure, failure, said
from .options import Labels

if TYPE_CHECKING:
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

    lines = Lines(
        sys.stdin.buffer if sys.stdin else io.BytesIO(),
        stream["format"],
        stream["label"],
        classes,
        stream["pixels"],
    )
    tell = Teller(json_)
    known = 0

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
        tell.check()

    def on_progress(net: "Network", record: dict[str, Any]) -> None:
        tell.progress.label = report.so_far({**record, **overall([*net.history, record])})
        tell.progress(record["samples"], None)

    seconds, compiled = fastnet.warmup(options["dtype"])
    tell("warmup", seconds=seconds, compiled=compiled)
    net = None
    try:
        with tell.progress:
            net = fastnet.train_stream(
                lines,
                classes=classes or None,
                new_labels=stream["new_labels"],
                on_record=on_record,
                on_progress=on_progress,
                **options,
            )
        wrong = save(net, out, history)
    except (Exception, KeyboardInterrupt) as error:  # whatever it is, nothing learned is lost
        broken, what, there = getattr(error, "network", net), said(error), kept(None, {})
        if broken is not None and broken.history:
            rows = report.count(overall(broken.history)["rows"], "row")
            there = kept(out, save(broken, out, history), f": {rows}")
        if hasattr(error, "example"):
            line = f"line {lines.line(error.example)}:"
            what = what.replace(f"example {error.example}:", line, 1)
        raise failure(error, there, what) from None
    if wrong:
        raise Failure(kept(out, wrong))
    rate = net.history[-1]["learning_rate"]
    tell("stream_end", **overall(net.history), learning_rate=rate, model=out)
    tell.close(kept(out, {}))


def overall(records: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what was seen of a stream: of all rows, not only since the last record."""
    rows, seconds = (sum(record[name] for record in records) for name in ("samples", "seconds"))
    whole = {"rows": rows, "mean_loss": None, "mean_accuracy": None}
    for name in ("loss", "accuracy"):
        if records[0][name] is not None:
            whole[f"mean_{name}"] = sum(r[name] * r["samples"] for r in records) / rows
    return whole | {"seconds_so_far": seconds, "rows_per_second": rows / max(seconds, 1e-9)}
