"""`fastnet sweep`: many settings of a net, and which is best."""

from typing import TYPE_CHECKING, Any

import click

from ..options import HELD_OUT, Options
from ..rows import Row
from .arguments import data_of
from .data import DataSet
from .errors import naming
from .options import (
    ROWS,
    all_of,
    data_option,
    json_option,
    reading_options,
    source_argument,
    type_of,
)
from .plot import ENDINGS, save
from .reading import READING, given, reading_to_learn, refuse_others
from .saving import NOTHING, keeping, noted, refuse_one_file
from .sweep_events import as_typed, heading
from .teller import Teller
from .text import as_toml, count
from .types import Labels, OutFile, Threads

if TYPE_CHECKING:
    from fastnet.sweeps import Sweep

SECONDS = 10  # for a scheduler to answer
OWN = ("seed", "validation_fraction", "checkpoint", "every", "resume", "threads", "classes")
SWEPT = {name: ROWS[name] for name in Options.rows() if name in ROWS and name not in OWN}
OF_DATA = (*READING, "data", "test", "classes")


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
        titles = "Options of the sweep", "Options of the data", nets
        sections: list[list[tuple[str, str]]] = [[], [], []]
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx)
            if record and isinstance(param, click.Option):
                sections[2 if param.name in SWEPT else param.name in OF_DATA].append(record)
        for title, records in zip(titles, sections, strict=True):
            with formatter.section(title):
                formatter.write_dl(records)


def with_values(row: Row) -> Any:
    """Return the option of a sweep, which may have several values, for one of `fastnet train`."""
    flag, more = "--" + row.name.replace("_", "-"), {"type": None, "default": None}
    if row.values.form == "flag":
        flag = f"{flag}/--no{flag[1:]}"
    else:
        more |= {"type": Values(row), "metavar": row.metavar}
    usual = "as in train" if row.rule else as_typed(row.usual)
    return click.option(flag, multiple=True, help=row.help, show_default=usual, **more)


@click.command(cls=Sectioned)
@source_argument
@click.option(
    "--trials", type=click.IntRange(1), metavar="N", show_default="50; of a grid all",
    help="Trials of the study, with those that a storage has.",
)
@click.option("--seeds", type=click.IntRange(1), metavar="N", default=1,
              help="Nets of each trial, whose values are averaged.")  # fmt: skip
@click.option("--seed", type=click.IntRange(0), metavar="N", default=0,
              help="First seed of the nets, and that of the sampler and of what is held out.")
@click.option(
    "--validation-fraction", type=click.FloatRange(0, 1, min_open=True, max_open=True),
    metavar="SHARE", show_default=f"{HELD_OUT}",
    help="Share of the training rows that is held out, and judges all trials.",
)  # fmt: skip
@click.option("--folds", type=click.IntRange(2), metavar="K", show_default="rows are held out",
              help="Judge by K folds: each net learns all but one, which judges it.")
@click.option("--metric", type=click.Choice(["score", "loss"]), default="score",
              help="Value of a trial: its accuracy or R^2, or its validation loss.")
@click.option("--sampler", type=click.Choice(["tpe", "random", "grid"]), default="tpe",
              help="How settings are chosen: by what came out so far, at random, or all of them.")
@click.option("--prune/--no-prune", default=True,
              help="Whether a trial ends early that is worse than the median of the others.")
@click.option("--storage", metavar="FILE|URL", show_default="memory",
              help="Where the study lies, to go on and to join: a file, or sqlite:///FILE.")
@click.option("--study", metavar="NAME", default="fastnet", help="Name of the study in it.")
@click.option("--jobs", type=Threads(), metavar="N|auto", default="auto",
              help="Nets that learn at a time, each on one core.")
@click.option("--scheduler", metavar="ADDRESS", show_default="this machine",
              help="Dask scheduler whose workers train the nets, such as tcp://host:8786.")
@click.option("--csv", type=OutFile(".csv"), metavar="FILE", show_default="not written",
              help="File for all trials.")
@click.option("--plot", type=OutFile(*ENDINGS), metavar="FILE", show_default="not drawn",
              help="Picture of all trials, by each option: a .png, .svg or .pdf.")
@click.option("--best", type=OutFile(".toml"), metavar="FILE", show_default="not written",
              help="File for the best settings, for fastnet train --config.")
@click.option("--out", type=OutFile(), metavar="MODEL", show_default="not saved",
              help="File for the net that all training rows have taught by the best settings.")
@json_option
@data_option
@reading_options("", "else none")
@click.option("--classes", type=Labels(), metavar="A,B,...|none", show_default="those in the data",
              help="All labels. Give none if the labels of a .csv are numbers.")
@all_of(*map(with_values, SWEPT.values()))
@click.pass_context
def sweep(ctx: click.Context, source: str | None, **params: Any) -> None:
    """Train many nets with settings of their own, and say which are best.

    An option of the nets may have several values: a range, which is logarithmic where its ends
    differ tenfold; a list; or the option again. With one value it is the same in all trials.

    \b
      fastnet sweep people.csv --target income --learning-rate 0.003..0.3
                    --hidden 32 --hidden 128,64 --l2 0,1e-4 --trials 50

    Rows that a net has not learned judge it: some that are held out, or folds. The test part judges
    only the best net, at the end.
    """
    import fastnet

    params["data"] = ctx.params["data"] = name = data_of(ctx, source)
    refuse_others(ctx, name)
    names = ("out", "csv", "plot", "best", "storage", "data", "test")
    refuse_one_file({f"--{name}": params[name] for name in names})
    draw = params["plot"] and fastnet.plot.sweep  # what names a missing extra before the work
    space, options = settings(params)
    reading = reading_to_learn(ctx, name, None)
    plain = options.get("encode") == "none"
    data = DataSet.read(name, "float32", plain, params["test"], **reading)
    if params["classes"] == [] and reading:  # labels are numbers
        params["classes"] = None
    options |= {"classes": params["classes"], "sample_weight": data.weights}
    with naming(data.names):
        result = run(data, space, options, params)
        finish(result, data, draw, params)
