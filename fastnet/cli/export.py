"""`fastnet export`."""

import os
from typing import TYPE_CHECKING, Any

import click

from ..formats.exporting import FORMATS
from .data import noun_of
from .errors import naming, say
from .evaluate import judging, naming_data
from .models import voters
from .options import (
    AS_LEARNED,
    DATA,
    json_option,
    pixels_option,
    target_option,
    text_options,
)
from .reading import READING, given, refuse_others
from .saving import refuse_one_file
from .summaries import exported
from .text import as_json, plain
from .types import Data, OutFile

if TYPE_CHECKING:
    from fastnet.model.ensemble import Ensemble
    from fastnet.model.network import Network

OWN = ("input", "weights", "dtype", "name", "data")  # options that not every format has
HELP = """Write MODEL in another format, for where it is used.

Who uses it gives raw rows and gets labels and probabilities, as from `fastnet predict`. Scales are
folded into the layers. Several MODELs become one that answers by the mean of their outputs, where
the format can say it. Without a MODEL, `page` has the net that comes with fastnet.

\b
FORMAT is one of these:
"""


@click.command(help=HELP + "\n".join(f"  {name:<12} {row.help}" for name, row in FORMATS.items()))
@click.argument("format", type=click.Choice([*FORMATS]), metavar="FORMAT")
@click.argument(
    "models", type=click.Path(exists=True, dir_okay=False), nargs=-1,
    metavar="MODEL...",
)  # fmt: skip
@click.option(
    "--out", type=OutFile(), metavar="FILE",
    show_default="MODEL's name with the ending of FORMAT, here, if there is no such file",
    help="File to write.",
)
@click.option(
    "--input", type=click.Choice(["uint8", "float"]), show_default="as the net has learned",
    help="The rows that the model gets: pixels from 0 to 255, or numbers.",
)
@click.option(
    "--weights", type=click.Choice(["float32", "float16", "int8"]), show_default="as they are",
    help="The type of the weights. Rounded ones, float16 or int8, make a small file.",
)
@click.option(
    "--dtype", type=click.Choice(["float32", "float64"]), show_default="float64",
    help="The dtype in which the layers compute in ONNX: float32 for hardware without float64.",
)  # fmt: skip
@click.option(
    "--name", metavar="NAME", show_default="by FILE", help="What names in C begin with."
)
@click.option(
    "--data", type=Data(paths=True), metavar="DATA", show_default="not measured",
    help=f"Data on which the score with rounded weights is measured: {DATA}",
)
@target_option("a table", f"last; {AS_LEARNED}")
@text_options(AS_LEARNED)
@pixels_option("a text", AS_LEARNED)
@json_option
@click.pass_context
def export(
    ctx: click.Context, format: str, models: tuple[str, ...], out: str | None, **params: Any
) -> None:
    """Write MODEL in another format."""
    from fastnet.formats import export

    check_options(ctx, format)
    if not models and format != "page":
        raise click.UsageError("Missing argument 'MODEL...'", ctx)
    out = default_out(ctx, format, models[0] if models else "digits") if out is None else out
    for model in models:
        refuse_one_file({"--out": out, "MODEL": model})
    net, nets = answering(models)
    options = {name: params[name] for name in OWN if params[name] is not None}
    # is what the formats have without the option, but for the page, which goes by the size
    if params["weights"] == "float32" and format != "page":
        del options["weights"]
    data = options.pop("data", None)
    with naming({"model": ", ".join(models) or "model"}):
        if data is None:
            report = export(net, format, out, **options)
        else:
            refuse_others(ctx, data)
            with naming_data(data, nets[0]):
                X, y, part = judging(ctx, data, nets, again=False)
                report = export(net, format, out, **options, data=(X, y))
            report |= {"data": data, "part": part, "noun": noun_of(X)}
    fields = {"event": "export", "model": models[0] if len(models) == 1 else models or None}
    if params["weights"] is not None:
        fields["weights"] = params["weights"]
    event = plain({**fields, **consumed(net, nets[0], format, params["input"]), **report})
    say(as_json(event) if params["json_"] else exported(event))


def answering(models: tuple[str, ...]) -> "tuple[Network | Ensemble, tuple[Network, ...]]":
    """Return what leaves, and its nets. Without models it is the net that comes with fastnet."""
    if not models:
        from fastnet.handwriting import pretrained

        net = pretrained()
        return net, (net,)
    net_or_ensemble, nets, _ = voters(models)
    return net_or_ensemble, nets


def consumed(
    net: "Network | Ensemble", first: "Network", format: str, given: str | None
) -> dict[str, Any]:
    """Return the fields on what who uses the model gives and gets; `first` is one of the nets."""
    from fastnet.formats.layers import input_of

    has_input = "input" in FORMATS[format].options
    return {
        "input": (given or input_of(first)) if has_input else None,
        "features": net.n_features,
        "columns": net.feature_names,
        "outputs": first.sizes[-1],
        "task": first.task,
        "classes": first.classes,
    }


def check_options(ctx: click.Context, format: str) -> None:
    """Refuse options that the format does not have, and those of data without data."""
    for name in OWN:
        if ctx.params[name] is not None and name not in FORMATS[format].options:
            have = [other for other, row in FORMATS.items() if name in row.options]
            raise click.UsageError(f"--{name}: not for {format}, only for {', '.join(have)}", ctx)
    if ctx.params["data"] is None:
        for option in ctx.command.params:
            if option.name in READING and given(ctx, option.name):
                raise click.UsageError(f"{option.opts[0]}: given without --data", ctx)
    elif ctx.params["weights"] in (None, "float32"):
        raise click.UsageError("--data: given without --weights float16 or int8", ctx)


def default_out(ctx: click.Context, format: str, model: str) -> str:
    """Return the file to write if none is given. It is not there yet."""
    stem = os.path.splitext(os.path.basename(model))[0]
    out = f"{stem}{FORMATS[format].suffix}"
    if os.path.exists(out):
        raise click.UsageError(f"{out} is there already, wanted --out FILE", ctx)
    OutFile().convert(out, None, ctx)
    return out
