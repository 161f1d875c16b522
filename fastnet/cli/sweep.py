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
    space, options = settings(ctx)
    draw = params["plot"] and fastnet.plot.sweep  # what names a missing extra before the work
    reading = reading_to_learn(ctx, name, None)
    plain = options.get("encode") == "none"
    data = DataSet.read(name, "float32", plain, params["test"], **reading)
    if params["classes"] == [] and reading:  # labels are numbers
        params["classes"] = None
    options |= {"classes": params["classes"], "sample_weight": data.weights}
    with naming(data.names):
        result = run(data, space, options, params)
        finish(result, data, draw, params)


def settings(ctx: click.Context) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the options that vary with their values, and those that are the same in all trials."""
    from ..sweeps.space import space_of

    space, options = {}, {}
    for param in ctx.command.params:
        name = str(param.name)
        if name not in SWEPT or not ctx.params[name]:
            continue
        try:
            values = values_of(SWEPT[name], ctx.params[name])
            space_of({name: values})
        except (TypeError, ValueError) as error:
            text = str(error).removeprefix(f"{name}: ")
            raise click.BadParameter(text, ctx, param) from None
        if isinstance(values, list) and len(values) == 1:
            (options[name],) = values
        else:
            space[name] = values
    if not space:
        wanted = "wanted a range, a list or an option again, such as --learning-rate 0.003..0.3"
        raise click.UsageError(f"no option varies, {wanted}", ctx)
    return space, options


def values_of(row: Row, given: tuple[Any, ...]) -> Any:
    """Return the values of an option as `fastnet.sweep` takes them: a range, or a list."""
    from ..sweeps.space import numbers

    form = row.values.form
    if form == "flag":
        return [*given]
    if form in ("whole", "number"):
        parts = [numbers(row.name, text) for text in given]
        if len(parts) == 1:
            return parts[0]
        if any(isinstance(part, tuple) for part in parts):
            raise ValueError(f"{', '.join(given)}: wanted one range, or numbers alone")
        return [number for part in parts for number in part]
    if form == "choice":
        return [name.strip() for text in given for name in text.split(",")]
    return [type_of(row.values).convert(text, None, None) for text in given]


def run(
    data: DataSet, space: dict[str, Any], options: dict[str, Any], params: dict[str, Any]
) -> "Sweep":
    """Run the trials, and report each. If that is broken off, keep the trials so far."""
    import fastnet

    tell, progress = params["tell"], params["tell"].progress
    names = ("trials", "folds", "metric", "sampler", "prune", "storage", "study", "seed")
    about = {name: params[name] for name in (*names, "validation_fraction")}
    seeds = range(params["seed"], params["seed"] + params["seeds"])

    def on_trial(found: "Sweep", trial: dict[str, Any]) -> None:
        tell("trial", **trial, best=found.score)
        tell.check()

    def on_progress(done: float, total: int) -> None:
        progress.label = f"{int(done)} of {count(total, 'trial')}"
        progress(done, total)

    with workers_at(params["scheduler"]) as executor, keeping(kept(params)), progress:
        return fastnet.sweep(
            data.X, data.y, space, seeds=seeds, threads=params["jobs"], executor=executor,
            on_trial=on_trial, on_progress=on_progress, verbose=False, **about, **options,
        )  # fmt: skip


def kept(params: dict[str, Any]) -> Callable[[BaseException], str]:
    """Return the function that keeps the trials so far after an error, and says so in words."""

    def keep(error: BaseException) -> str:
        found, storage = getattr(error, "sweep", None), params["storage"]
        ended = 0 if found is None else sum(t["state"] != "running" for t in found.trials)
        if not ended:
            return "no trial has ended"
        write(found, params, partly=True)
        if not isinstance(error, KeyboardInterrupt):
            return ""
        if storage:
            return f"{count(ended, 'trial')} are in {storage}: the same command goes on"
        storage = free_name("sweep.journal")
        found.keep(storage)
        return f"{count(ended, 'trial')} are kept: the same command with --storage {storage} goes on"

    return keep


@contextlib.contextmanager
def workers_at(address: str | None) -> Iterator[Any]:
    """Yield a client of the Dask scheduler at an address, or None without one."""
    if address is None:
        yield None
        return
    try:
        from distributed import Client
    except ImportError:
        raise ImportError("--scheduler needs Dask: pip install 'fastnet-sgd[dask]'") from None
    try:
        client = Client(address, timeout=SECONDS, set_as_default=False)
    except Exception as error:
        wanted = "wanted that of a Dask scheduler, such as tcp://host:8786"
        raise OSError(f"--scheduler: {address}: {said(error)}, {wanted}") from None
    with client:
        yield client


def finish(found: "Sweep", data: DataSet, params: dict[str, Any]) -> None:
    """Write the files, let the best settings learn all rows, and tell what came out."""
    net, test = None, None
    if params["out"] or data.part == "test":
        net = found.refit(verbose=False)
        net.run |= noted(data)
        if data.part == "test":
            test = data.score(net)
