"""What options may be, and those that several commands share."""

import difflib
import os
from typing import Any

import click

DATASETS = ("digits", "mnist", "fashion-mnist")  # datasets.NAMES, without importing it
REPEATED = "fastnet.repeated"  # in a context's meta: the model, and the data that it learned
SCHEDULES = ("constant", "linear", "exponential", "1/t")  # schedules.SCHEDULES, likewise


class Data(click.ParamType):
    """The name of a data set, or (with `paths`) the path of a file or folder."""

    name = "data"

    def __init__(self, *, paths: bool) -> None:
        self.paths = paths

    def convert(self, value: str, param: Any, ctx: Any) -> str:
        """Return the value if there is such a thing."""
        if value in DATASETS or (self.paths and os.path.exists(value)):
            return value
        model, source = (ctx.meta if ctx else {}).get(REPEATED, ("", None))
        if value == source:
            self.fail(f"{model} learned {source!r}, which is not there; wanted --data")
        close = difflib.get_close_matches(value, DATASETS, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        wanted = ", ".join(DATASETS) + (", a file or a folder" if self.paths else "")
        self.fail(f"there is no {value!r}; wanted {wanted}{hint}")


class Sizes(click.ParamType):
    """Sizes of hidden layers, such as 64,32; "none" or "" for no hidden layer."""

    name = "sizes"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[int, ...]:
        """Return the sizes; a file may have them in a list."""
        sizes = value if isinstance(value, list | tuple) else value.strip().split(",")
        if sizes in ([], ["none"], [""]):
            return ()
        try:
            sizes = tuple(int(str(size)) for size in sizes)
        except ValueError:
            sizes = (0,)
        if min(sizes) < 1:
            self.fail(f"{value!r} came; wanted sizes of layers such as 64,32, or none")
        return sizes


class Threads(click.ParamType):
    """A number of threads, or auto."""

    name = "threads"

    def convert(self, value: Any, param: Any, ctx: Any) -> int | str:
        """Return the number, or "auto"."""
        if value == "auto":
            return "auto"
        if not str(value).isdecimal() or int(value) < 1:
            self.fail(f"{value!r} came; wanted a number of threads, or auto")
        return int(value)


class Labels(click.ParamType):
    """Labels, such as 0,1,2 (whole numbers) or ham,spam (words); "none" for numbers."""

    name = "labels"

    def convert(self, value: Any, param: Any, ctx: Any) -> list[int] | list[str]:
        """Return the labels; a file may have them in a list."""
        labels = value if isinstance(value, list) else value.split(",")
        labels = [str(label).strip() for label in labels]
        if labels == ["none"]:
            return []
        if "" in labels or len(set(labels)) < len(labels):
            self.fail(f"{value!r} came; wanted labels such as ham,spam, each once")
        from fastnet.data.fields import is_whole

        return [int(label) for label in labels] if all(map(is_whole, labels)) else labels


class OutFile(click.ParamType):
    """A file to write, checked before the work whose result it is to take."""

    name = "file"

    def __init__(self, *endings: str) -> None:
        self.endings = endings

    def convert(self, value: str, param: Any, ctx: Any) -> str:
        """Return the path if its folder takes a file."""
        folder = os.path.dirname(os.path.realpath(value))
        if self.endings and not value.endswith(self.endings):
            self.fail(f"{value!r} does not end in {' or '.join(self.endings)}")
        if os.path.exists(value) and not os.path.isfile(value):
            self.fail(f"{value!r} is not a file that can be written over")
        if not os.path.isdir(folder):
            self.fail(f"{value!r} cannot be written: there is no folder {folder!r}")
        if not os.access(folder, os.W_OK):
            self.fail(f"{value!r} cannot be written: no permission to write in {folder!r}")
        return value


models_argument = click.argument(
    "models", type=click.Path(exists=True, dir_okay=False), nargs=-1, required=True,
    metavar="MODEL...",
)
model_argument = click.argument("model", type=click.Path(exists=True, dir_okay=False))
data_option = click.option(
    "--data", default="digits", type=Data(paths=True), metavar="DATA",
    help="digits, mnist, fashion-mnist, a .npz file (X, y, X_test, y_test) or an IDX folder.",
)
dtype_option = click.option(
    "--dtype", default="float32", type=click.Choice(["float32", "float64"]), help="Precision.",
)
json_option = click.option(
    "--json", "json_", is_flag=True, show_default="text", help="Print one JSON object a line."
)
