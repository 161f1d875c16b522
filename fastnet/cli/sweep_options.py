"""The options of `fastnet sweep`: its own, and those of `fastnet train`, with several values."""

from typing import Any

import click

from ..options import HELD_OUT, Options
from ..rows import Row
from .options import ROWS, all_of, data_option, json_option, reading_options, type_of
from .plot import ENDINGS
from .reading import READING
from .sweep_events import as_typed
from .types import Labels, OutFile, Threads

# What a sweep decides itself, or what is the same for all of its nets.
OWN = {
    "classes", "seed", "validation_fraction", "checkpoint", "every", "resume", "threads",
}  # fmt: skip
SWEPT = {name: row for name, row in ROWS.items() if name in Options.rows() and name not in OWN}
OF_DATA = {*READING, "data", "test", "classes"}
HELP = """Try many settings of a net, and say which are best.

An option of the nets may have several values: a range, which is logarithmic where its ends differ
tenfold; a list; or the option again. With one value it is the same in all trials.

\b
  fastnet sweep people.csv --target income --trials 50 --seeds 3
      --learning-rate 0.003..0.3 --hidden 32 --hidden 128,64 --l2 0,1e-4

Samples that a net has not learned judge it: some that are held out, or folds. A test part judges
only the best settings, at the end.
"""


class Values(click.ParamType):
    """Values of an option as text: one, a list or a range. They are read together, later."""

    name = "values"

    def __init__(self, row: Row) -> None:
        self.one = type_of(row.values)

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str | None:
        """Return the word for one value."""
        return self.one.get_metavar(param, ctx)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> Any:
        """Return what one value may be."""
        return self.one.shell_complete(ctx, param, incomplete)


class Sectioned(click.Command):
    """A command whose help has its options in sections."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options: those of the sweep, of the data, and of the nets."""
        nets = "Options of the nets, each with one value or several (see fastnet train)"
        sections: dict[str, list[tuple[str, str]]] = {
            "Options of the sweep": [], "Options of the data": [], nets: []
        }  # fmt: skip
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx)
            if record and isinstance(param, click.Option):
                place = 2 if param.name in SWEPT else param.name in OF_DATA
                [*sections.values()][place].append(record)
        for title, records in sections.items():
            with formatter.section(title):
                formatter.write_dl(records)


def with_values(row: Row) -> Any:
    """Return the option of a sweep, which may have several values, for one of `fastnet train`."""
    flag = "--" + row.name.replace("_", "-")
    more: dict[str, Any] = {}
    if row.values.form == "flag":
        flag = f"{flag}/--no{flag[1:]}"
    else:
        more = {"type": Values(row), "metavar": row.metavar}
    usual = "as in train" if row.rule else as_typed(row.usual)
    return click.option(flag, multiple=True, help=row.help, show_default=usual, **more)


sweep_options = all_of(
    click.option(
        "--trials", type=click.IntRange(1), metavar="N", show_default="50; of a grid, all",
        help="Trials in all, with those that the storage has already.",
    ),
    click.option(
        "--seeds", type=click.IntRange(1), metavar="N", default=1,
        help="Nets of each trial, from --seed and the seeds after it. Their mean counts.",
    ),
    click.option(
        "--seed", type=click.IntRange(0), metavar="N", default=0,
        help="First seed of the nets, and that of the settings and of what is held out.",
    ),
    click.option(
        "--validation-fraction", type=click.FloatRange(0, 1, min_open=True, max_open=True),
        metavar="SHARE", show_default=f"{HELD_OUT}",
        help="Share of the training samples to hold out. They judge all trials.",
    ),
    click.option(
        "--folds", type=click.IntRange(2), metavar="K", show_default="a share is held out",
        help="Judge by K folds: a net for each, which learns the others.",
    ),
    click.option(
        "--metric", type=click.Choice(["score", "loss"]), default="score",
        help="Value of a trial: the accuracy or R squared, or the validation loss.",
    ),
    click.option(
        "--sampler", type=click.Choice(["tpe", "random", "grid"]), default="tpe",
        help="How settings are chosen: near good ones, at random, or all combinations of lists.",
    ),
    click.option(
        "--prune/--no-prune", default=True,
        help="Whether to end a trial early that is behind the median of those before.",
    ),
    click.option(
        "--storage", metavar="FILE|URL", show_default="memory",
        help="Where the trials are kept, to go on later and to join: a file, or sqlite:///FILE.",
    ),
    click.option("--study", metavar="NAME", default="fastnet", help="Name in the storage."),
    click.option(
        "--jobs", type=Threads(), metavar="N|auto", default="auto",
        help="Trials at a time. Each net learns on one core.",
    ),
    click.option(
        "--scheduler", metavar="ADDRESS", show_default="this machine",
        help="Dask scheduler whose workers train the nets, such as tcp://host:8786.",
    ),
    click.option(
        "--csv", type=OutFile(".csv"), metavar="FILE", show_default="not written",
        help="File for all trials.",
    ),
    click.option(
        "--plot", type=OutFile(*ENDINGS), metavar="FILE", show_default="not drawn",
        help="Picture of all trials, by each option: a .png, .svg or .pdf.",
    ),
    click.option(
        "--best", type=OutFile(".toml"), metavar="FILE", show_default="not written",
        help="File for the best settings, which fastnet train --config reads.",
    ),
    click.option(
        "--out", type=OutFile(), metavar="MODEL", show_default="not saved",
        help="File for a net that learns all training samples with the best settings.",
    ),
    json_option,
    data_option,
    reading_options("", "else none"),
    click.option(
        "--classes", type=Labels(), metavar="A,B,...|none", show_default="those in the data",
        help="All labels, an output for each. Give none if the labels of a .csv are numbers.",
    ),
    *map(with_values, SWEPT.values()),
)  # fmt: skip


def settings(ctx: click.Context) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the options that vary, with their values, and those that are the same in all trials.

    Values are as `fastnet.sweep` takes them.
    """
    from ..sweeps.space import space_of

    space, options = {}, {}
    for param in ctx.command.params:
        name = str(param.name)
        if name not in SWEPT or not ctx.params[name]:
            continue
        try:
            values = values_of(SWEPT[name], ctx.params[name])
            space_of({name: values})
        except click.BadParameter as error:
            raise click.BadParameter(error.message, ctx, param) from None
        except (TypeError, ValueError) as error:
            raise click.BadParameter(str(error).removeprefix(f"{name}: "), ctx, param) from None
        if isinstance(values, list) and len(values) == 1:
            (options[name],) = values
        else:
            space[name] = values
    if None not in (ctx.params["folds"], ctx.params["validation_fraction"]):
        raise click.UsageError("--folds and --validation-fraction: give one of them", ctx)
    if not space:
        wanted = "wanted a range, a list or an option twice, such as --learning-rate 0.003..0.3"
        raise click.UsageError(f"no option has several values, {wanted}", ctx)
    return space, options


def values_of(row: Row, given: tuple[Any, ...]) -> Any:
    """Return the values of an option: a range, or a list."""
    from ..sweeps.space import numbers

    form = row.values.form
    if form == "flag":
        return [*given]
    if form == "choice":
        return [name.strip() for text in given for name in text.split(",")]
    if form not in ("whole", "number"):
        return [type_of(row.values).convert(text, None, None) for text in given]
    parts = [numbers(row.name, text) for text in given]
    if len(parts) == 1:
        return parts[0]
    if any(isinstance(part, tuple) for part in parts):
        raise ValueError(f"{' and '.join(given)}, wanted one range, or numbers only")
    return [number for part in parts for number in part]
