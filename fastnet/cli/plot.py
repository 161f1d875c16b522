"""`fastnet plot`."""

import io
import os
from typing import TYPE_CHECKING, Any

import click

from ..plot import catalogue
from .arguments import models_and_data
from .data import noun_of
from .errors import say
from .evaluate import judging, learned, naming_data
from .models import voters
from .options import (
    AS_LEARNED,
    DATA,
    json_option,
    models_argument,
    pixels_option,
    target_option,
    text_options,
)
from .reading import READING, given, refuse_others
from .saving import refuse_one_file
from .text import as_json, plain
from .types import Augment, Data, OutFile, Sizes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PICTURES = {name: row for name, row in catalogue.PICTURES.items() if row.models}
OWN = ("of", "positive", "shape", "output", "augment", "seed")  # options that not every picture has
ENDINGS = (".png", ".svg", ".pdf")
HELP = """Draw what MODEL does, or how it learned, to a file.

Several MODELs make one picture of learning curves; for the others they vote by the mean of their
outputs. Data are those of `fastnet evaluate`: the test part, without one those that were held out.

\b
NAME is one of these:
"""


class Inches(click.ParamType):
    """A width and a height in inches, such as 3.3,2.5."""

    name = "inches"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[float, float]:
        """Return the two numbers."""
        try:
            width, height = map(float, str(value).split(","))
        except ValueError:
            width = height = 0.0
        if not (1 <= width <= 100 and 1 <= height <= 100):
            self.fail(f"{value!r}, wanted a width and a height in inches such as 3.3,2.5")
        return width, height


@click.command(help=HELP + "\n".join(f"  {name:<17} {row.help}" for name, row in PICTURES.items()))
@click.argument("name", type=click.Choice([*PICTURES]), metavar="NAME")
@models_argument
@click.option(
    "--out", type=OutFile(*ENDINGS), metavar="FILE", required=True,
    help="File to write: a .png, .svg or .pdf.",
)
@click.option(
    "--data", type=Data(paths=True), metavar="DATA", show_default="the data that MODEL has learned",
    help=f"The data, if they are no argument: {DATA}",
)
@click.option(
    "--theme", type=click.Choice(["light", "dark"]), default="light", help="Colours of the picture."
)
@click.option(
    "--size", type=Inches(), metavar="WIDTH,HEIGHT", show_default="6.4,4.4",
    help="Inches of the picture. Half a column is 3.3,2.5.",
)
@click.option(
    "--of", type=click.Choice(["accuracy", "loss"]), show_default="accuracy, if there is one",
    help="What learning curves show.",
)
@click.option(
    "--positive", metavar="LABEL", show_default="the second of two",
    help="Class that roc and precision_recall find.",
)
@click.option(
    "--shape", type=Sizes(), metavar="ROWS,COLUMNS", show_default="square",
    help="Shape of the images of weights and mistakes.",
)
@click.option(
    "--output", type=click.IntRange(0), show_default="the only one",
    help="Output that residuals show, from 0.",
)
@click.option(
    "--augment", type=Augment(), metavar="NAME|KEY=N,...", show_default="as MODEL has learned",
    help="Deformation that deformed shows: elastic, affine, or alpha=36,sigma=4.5,shift=2.",
)
@click.option(
    "--seed", type=click.IntRange(0), show_default="0; of deformed, that of MODEL",
    help="Seed of the samples that stand for many, of shuffled columns, and of deformations.",
)
@target_option("a table", f"last; {AS_LEARNED}")
@text_options(AS_LEARNED)
@pixels_option("a text", AS_LEARNED)
@json_option
@click.pass_context
def plot(
    ctx: click.Context, name: str, given: tuple[str, ...], out: str, **params: Any
) -> None:  # fmt: skip
    """Draw a picture of MODEL."""
    models, data = models_and_data(ctx, given, params["data"])
    for path in models:
        refuse_one_file({"--out": out, "MODEL": path})
    options = own_options(ctx, name)
    model: Any = models[0] if len(models) == 1 else models
    event = {"event": "picture", "picture": name, "out": out, "model": model}
    if PICTURES[name].data:
        ax, more = of_data(ctx, name, models, data, options)
    else:
        ax, more = without_data(ctx, name, models, data, options), {}
    save(ax, out)
    title = " ".join(ax.get_title(loc="left").split())
    event = plain({**event, "title": title, **more})
    on = f"{more['data']}, {more['samples']:,} {more['noun']}" if more else ""
    said = f"{title} ({on})" if on else title
    say(as_json(event) if params["json_"] else f"{said}\n{name}: {out}")


def own_options(ctx: click.Context, name: str) -> dict[str, Any]:
    """Return the options of the picture; refuse those that it does not have."""
    for option in OWN:
        have = [other for other, row in PICTURES.items() if option in row.options]
        if ctx.params[option] is not None and name not in have:
            raise click.UsageError(f"--{option}: not for {name}, only for {', '.join(have)}", ctx)
    chosen = {each: ctx.params[each] for each in OWN if ctx.params[each] is not None}
    return {**chosen, "theme": ctx.params["theme"], "size": ctx.params["size"]}


def of_data(
    ctx: click.Context,
    name: str,
    models: tuple[str, ...],
    data: str | None,
    options: dict[str, Any],
) -> "tuple[Axes, dict[str, Any]]":
    """Draw what nets do on data; return also what is said of the data."""
    from fastnet.plot.fitting import fitting

    net, nets, groups = voters(models)
    paths = [path for path, n in zip(models, groups, strict=True) for _ in range(n)]
    first, again = nets[0], data is None
    draw = fastnet_plot(name)
    fitting(name, net)  # before the data are read
    data = learned(ctx, paths, nets) if data is None else data
    refuse_others(ctx, data)
    if "positive" in options and first.classes is not None and first.classes.dtype.kind in "iu":
        options["positive"] = whole_label(options["positive"])
    with naming_data(data, first):
        X, y, part = judging(ctx, data, nets, again)
        ax = draw(net, X, *([y] if PICTURES[name].data == "Xy" else []), **options)
    noun = noun_of(X) if first.encoding is None else "rows"
    return ax, {"data": data, "part": part, "samples": len(y), "noun": noun}


def without_data(
    ctx: click.Context,
    name: str,
    models: tuple[str, ...],
    data: str | None,
    options: dict[str, Any],
) -> "Axes":
    """Draw what nets are, or how they learned."""
    import fastnet

    if data is not None:
        raise click.UsageError(f"{name} shows no data, but {data} came, wanted models only", ctx)
    for option in ctx.command.params:
        if option.name in READING and given(ctx, option.name):
            raise click.UsageError(f"{option.opts[0]}: {name} reads no data", ctx)
    draw = fastnet_plot(name)
    if len(models) == 1:
        return draw(fastnet.load(models[0]), **options)
    if name != "learning_curves":
        raise click.UsageError(f"{len(models)} MODELs, but {name} shows one", ctx)
    stems = [os.path.splitext(os.path.basename(path))[0] for path in models]
    names = stems if len({*stems}) == len(stems) else list(models)
    return draw(dict(zip(names, map(fastnet.load, models), strict=True)), **options)


def fastnet_plot(name: str) -> Any:
    """Return the function of a picture; without Matplotlib, raise what names the extra."""
    from fastnet import plot

    return getattr(plot, name)


def whole_label(text: str) -> Any:
    """Return a label of the terminal as the whole number that it says, or as it is."""
    try:
        return int(text)
    except ValueError:
        return text


def save(ax: "Axes", out: str) -> None:
    """Write a picture atomically, in the format that the ending says, the same bytes each time."""
    import matplotlib

    from fastnet.files import atomic_write

    ending = os.path.splitext(out)[1][1:]
    file = io.BytesIO()
    metadata = {"png": {"Software": None}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}
    with matplotlib.rc_context({"svg.hashsalt": "fastnet"}):
        ax.get_figure(root=True).savefig(
            file, format=ending, dpi=200, metadata=metadata[ending]
        )
    atomic_write(out, lambda target: target.write(file.getvalue()))
