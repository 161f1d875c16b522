"""The options of the terminal: those of `fastnet.options`, and those that commands share.

The type, the default and the help of an option of a run come from its row there. `OWN_WORDS` has
only words of the terminal's own.
"""

from collections.abc import Callable
from typing import Any

import click
from click.core import ParameterSource

from ..options import Options, StreamOptions
from ..rows import Row, Values
from ..training.defaults import default_of
from .arguments import network_in
from .types import Augment, Data, Delimiter, Labels, Names, OutFile, Sizes, Threads

Decorator = Callable[[Any], Any]
ROWS = {
    name: row for name, row in (StreamOptions.rows() | Options.rows()).items() if row.terminal
}
# Arguments of `click.option` in which the terminal differs from the row. The words under "more"
# follow the help of the row.
OWN_WORDS: dict[str, dict[str, Any]] = {
    "hidden": {"more": '"none" makes none.'},
    "start": {"more": "They are within Glorot's or He's bounds, or N(0, 1), or N(0, 1/n)."},
    "learning_rate": {"more": "The loss has no factor 1/2."},
    "schedule": {
        "more": "It stays, or it falls to nearly 0 (linear; plateau: once the loss falls no "
        "further) or to a hundredth."
    },
    "epochs": {"more": "A pass is a round of learning."},
    "l2": {"more": "Each step also subtracts rate * L2 of each weight."},
    "validation_fraction": {
        "type": click.FloatRange(0, 1, min_open=True, max_open=True),
        "show_default": "0.1 with --patience, --target-accuracy or --keep best, which need it; "
        "else none, and the test part judges",
    },
    "patience": {"more": "The rate then falls to 0, unless a schedule is given."},
    "checkpoint": {"more": "--resume continues from it."},
    "resume": {"show_default": "start anew"},
    "augment": {
        "more": "It is elastic, affine, or parameters such as alpha=36,sigma=4.5,shift=2.",
    },
    "threads": {"more": "auto uses all cores if that is faster. The bits are the same."},
    "classes": {
        "more": "Give none if the labels of a stream or a .csv are numbers. With classes, a stream "
        "learns its first rows at once.",
        "show_default": "the labels in the data, or in a stream's first 1,000 rows",
    },
    "new_labels": {"more": "For streams.", "show_default": "an error"},
}


def of_row(row: Row) -> Decorator:
    """Return the option of the terminal that a row declares."""
    own = dict(OWN_WORDS.get(row.name, {}))
    flag, more = "--" + row.name.replace("_", "-"), own.pop("more", "")
    about: dict[str, Any] = {"help": f"{row.help} {more}".rstrip(), "metavar": row.metavar}
    if row.rule:
        about["show_default"] = default_of(row)
    if row.values.form != "flag":
        about |= {"type": type_of(row.values), "default": row.usual}
    elif row.usual:
        flag, about["default"] = f"{flag}/--no{flag[1:]}", True
    else:
        about |= {"is_flag": True, "show_default": "no"}
    return click.option(flag, **about | own)


def type_of(values: Values) -> Any:
    """Return the type that reads such values from a command line."""
    limits = dict(zip(("min", "max"), values.limits, strict=False))
    least = limits.get("min")
    types: dict[str, Callable[[], Any]] = {
        # without the largest, which would only clutter the help
        "whole": lambda: click.IntRange(least),
        "number": lambda: click.FloatRange(**limits),
        "choice": lambda: click.Choice(values.names),
        "sizes": Sizes,
        "labels": Labels,
        "threads": Threads,
        "augment": Augment,
        "text": lambda: click.STRING,
        "path": OutFile,
    }
    return types[values.form]()


def all_of(*decorators: Decorator) -> Decorator:
    """Return a decorator that adds options to a command, in this order."""

    def add(command: Any) -> Any:
        for decorator in reversed(decorators):
            command = decorator(command)
        return command

    return add


def chosen(params: dict[str, Any], rows: dict[str, Row]) -> dict[str, Any]:
    """Return the values of these options among the parameters of a command."""
    return {name: params[name] for name, row in rows.items() if row.terminal}


def net_options(ctx: click.Context, rows: dict[str, Row]) -> dict[str, Any]:
    """Return the values of options, and the net to continue from, whose own values stay."""
    options, path = chosen(ctx.params, rows), ctx.params["init"]
    if path is None:
        return {**options, "init": None}
    for name, row in rows.items():
        if row.net and ctx.get_parameter_source(name) is ParameterSource.DEFAULT:
            options[name] = row.default
    return {**options, "init": network_in(path, "--init")}


def flattened(ctx: click.Context, param: click.Parameter, value: Any) -> tuple[str, ...]:
    """Return the names of an option that may come several times, each once."""
    return tuple(dict.fromkeys(name for names in value for name in names))


def names_option(flag: str, metavar: str, words: str, usual: str) -> Decorator:
    """Return an option with names."""
    return click.option(
        flag, type=Names(), multiple=True, callback=flattened, metavar=metavar,
        show_default=usual, help=words,
    )  # fmt: skip


def target_option(text: str, usual: str | bool = True) -> Decorator:
    """Return the option for the column that a net predicts."""
    words = f"Column to predict in {text}: its name, or its place."
    return click.option(
        "--target", "--label", default="last", metavar="NAME|first|last", show_default=usual,
        help=words,
    )  # fmt: skip


def pixels_option(text: str, usual: str = "numbers as they are") -> Decorator:
    """Return the option for pixels in a text."""
    words = f"The numbers in {text} are pixels, 0 to 255: scale them like images."
    return click.option("--pixels", is_flag=True, show_default=usual, help=words)


AS_LEARNED = "as in the file that MODEL learned"


def text_options(usual: str = "found out") -> Decorator:
    """Return the options for the form of a text."""
    return all_of(
        click.option(
            "--delimiter", type=Delimiter(), metavar="CHAR", show_default=usual,
            help="Character between the fields of a text, such as ; or tab.",
        ),
        click.option(
            "--decimal", type=click.Choice([".", ","]), show_default=usual,
            help="Decimal mark of a text.",
        ),
        click.option(
            "--header/--no-header", default=None, show_default=usual,
            help="Whether the first line of a text has names.",
        ),
        names_option(
            "--missing", "WORD,...", "Words for a missing value, besides NA and the like.",
            "none" if usual == "found out" else usual,
        ),
    )  # fmt: skip


source_argument = click.argument(
    "source", type=Data(paths=True, dash=True), metavar="[DATA|-]", required=False
)
models_argument = click.argument(
    "given", type=Data(paths=True, dash=True), nargs=-1, required=True,
    metavar="MODEL... [DATA]",
)  # fmt: skip
predicted_argument = click.argument(
    "given", type=click.Path(exists=True, dir_okay=False, allow_dash=True), nargs=-1,
    required=True, metavar="MODEL... FILE|-",
)  # fmt: skip
model_argument = click.argument("model", type=click.Path(exists=True, dir_okay=False))
DATA = (
    "digits, mnist, fashion-mnist, a table (.csv, .jsonl, .parquet ...), a .npz file (X, y, "
    "X_test, y_test), or an IDX folder."
)
data_option = click.option(
    "--data", default="digits", type=Data(paths=True), metavar="DATA",
    help=f"The data, if they are no argument: {DATA}",
)  # fmt: skip
dtype_option = of_row(ROWS["dtype"])
json_option = click.option(
    "--json", "json_", is_flag=True, show_default="text", help="Print one JSON object a line."
)
# The options of `fastnet train` for one net, apart from those for streams only.
run_options = all_of(
    *(of_row(row) for name, row in ROWS.items() if name in Options.rows() and name != "classes")
)
init_option = click.option(
    "--init", type=click.Path(exists=True, dir_okay=False), metavar="MODEL",
    show_default="a new net",
    help="Net to continue from. It has its own layers, classes, encoding and target.",
)  # fmt: skip


def reading_options(stream: str, no_test: str) -> Decorator:
    """Return the options for reading tables and other text.

    `stream` names what else is read so, and `no_test` says what there is without --test.
    """
    return all_of(
        target_option(f"a table{stream}"),
        click.option(
            "--test", type=click.Path(exists=True, dir_okay=False), metavar="FILE",
            show_default=f"the data's own test part; {no_test}",
            help="File with the samples to test on, such as DATA.",
        ),
        names_option("--drop", "NAME,...", "Columns of a table to leave out.", "none"),
        click.option(
            "--weight", metavar="NAME", show_default="1 for each row",
            help="Column of a table that says how often each row counts.",
        ),
        text_options(),
        pixels_option(f"a text{stream}"),
    )  # fmt: skip


# The options of `fastnet train` for data.
table_options = all_of(
    reading_options(" or a stream", "of a table, --validation-fraction 0.1"),
    click.option(
        "--cache", type=click.Path(file_okay=False), metavar="FOLDER",
        show_default="the table is read into memory",
        help="Folder for the encoded rows of a table that is larger than memory. It is used again. "
        "Without --test, a tenth of the rows is its test part.",
    ),
)  # fmt: skip
# The options for streams only, and the classes.
stream_options = all_of(
    click.option(
        "--format", type=click.Choice(["csv", "jsonl"]), show_default="by the first line",
        help="Format of a stream: CSV or JSON lines.",
    ),
    of_row(ROWS["classes"]),
    *(of_row(row) for name, row in ROWS.items() if name not in Options.rows()),
)  # fmt: skip
