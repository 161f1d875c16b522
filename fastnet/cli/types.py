"""The types of options in the terminal, in addition to those of click."""

import contextlib
import os
from typing import Any

import click

from ..spelling import meant

DATASETS = ("digits", "mnist", "fashion-mnist")  # a copy of datasets.NAMES, whose import is slow
REPEATED = "fastnet.repeated"  # in a context's meta: the model, and the data that it learned


class Data(click.ParamType):
    """The name of a data set, or (with `paths`) the path of a file or folder.

    `dash` allows -, standard input.
    """

    name = "data"

    def __init__(self, *, paths: bool, dash: bool = False) -> None:
        self.paths, self.dash = paths, dash

    def convert(self, value: str, param: Any, ctx: Any) -> str:
        """Return the value if such data exist."""
        if value in DATASETS or (self.paths and os.path.exists(value)):
            return value
        if self.dash and value == "-":
            return value
        model, source = (ctx.meta if ctx else {}).get(REPEATED, ("", None))
        if value == source:
            self.fail(f"{model} learned {source!r}, which is not there, wanted --data")
        wanted, names = ", ".join(DATASETS), [*DATASETS]
        if self.paths:
            wanted, folder = f"{wanted}, a file or a folder", os.path.dirname(value)
            with contextlib.suppress(OSError):
                names += [os.path.join(folder, name) for name in os.listdir(folder or ".")]
        self.fail(f"there is no {value!r}, wanted {wanted}{meant(value, names)}")

    def shell_complete(self, ctx: Any, param: Any, incomplete: str) -> list[Any]:
        """Return the names of data sets that begin so, and files; else let the shell find files."""
        from click.shell_completion import CompletionItem

        names = [name for name in DATASETS if name.startswith(incomplete)]
        if not names:
            return [CompletionItem(incomplete, type="file")] if self.paths else []
        files = os.listdir() if self.paths else []
        own = [file for file in sorted(files) if file.startswith(incomplete) and file[0] != "."]
        return [CompletionItem(name) for name in dict.fromkeys([*names, *own])]


class Sizes(click.ParamType):
    """Sizes of hidden layers, such as 64,32; "none" or "" for no hidden layer."""

    name = "sizes"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[int, ...]:
        """Return the sizes. A file may have them in a list."""
        sizes = value if isinstance(value, list | tuple) else value.strip().split(",")
        if sizes in ([], ["none"], [""]):
            return ()
        try:
            sizes = tuple(int(str(size)) for size in sizes)
        except ValueError:
            sizes = (0,)
        if min(sizes) < 1:
            self.fail(f"{value!r}, wanted sizes of layers such as 64,32, or none")
        return sizes


class Threads(click.ParamType):
    """A number of threads, or auto."""

    name = "threads"

    def convert(self, value: Any, param: Any, ctx: Any) -> int | str:
        """Return the number, or "auto"."""
        if value == "auto":
            return "auto"
        if not str(value).isdecimal() or int(value) < 1:
            self.fail(f"{value!r}, wanted a number of threads, or auto")
        return int(value)


class Augment(click.ParamType):
    """How images are deformed: elastic, affine, or parameters such as alpha=36,sigma=4.5."""

    name = "augment"

    def convert(self, value: Any, param: Any, ctx: Any) -> dict[str, Any] | None:
        """Return the parameters; a file may have them in a table. "none" deforms nothing."""
        if value == "none":
            return None
        from fastnet.images.elastic import Elastic

        try:
            return Elastic.of(value).to_dict()
        except (TypeError, ValueError) as error:
            self.fail(str(error).removeprefix("augment: ").removeprefix("augment "))

    def shell_complete(self, ctx: Any, param: Any, incomplete: str) -> list[Any]:
        """Return the names and parameters with which the word after the last comma may go on."""
        from click.shell_completion import CompletionItem

        from fastnet.images.elastic import DEFAULTS, NAMES

        before, comma, last = incomplete.rpartition(",")
        words = [*NAMES, "none"] if not comma else []
        words += [f"{name}=" for name in DEFAULTS]
        return [CompletionItem(f"{before}{comma}{word}") for word in words if word.startswith(last)]


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
            self.fail(f"{value!r}, wanted labels such as ham,spam, each once")
        from fastnet.data.fields import is_whole

        return [int(label) for label in labels] if all(map(is_whole, labels)) else labels


class Names(click.ParamType):
    """Names with commas between. A name with a comma stands in double quotes, as in CSV."""

    name = "names"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[str, ...]:
        """Return the names; a file may have them in a list."""
        if isinstance(value, list | tuple):
            return tuple(map(str, value))
        import csv

        try:
            names = next(csv.reader([value], skipinitialspace=True, strict=True), [])
        except csv.Error as error:
            self.fail(f"{value!r}: {error}, wanted names with commas between")
        return tuple(name.strip() for name in names)


class Delimiter(click.ParamType):
    """A character between fields; tab for the tabulator."""

    name = "delimiter"

    def convert(self, value: str, param: Any, ctx: Any) -> str:
        """Return the character."""
        value = {"tab": "\t", "\\t": "\t", "space": " "}.get(value, value)
        if len(value) != 1 or value in '"\r\n':
            self.fail(f"{value!r}, wanted one character such as ; or tab")
        return value


class OutFile(click.ParamType):
    """A file to write. It is checked before the work."""

    name = "file"

    def __init__(self, *endings: str) -> None:
        self.endings = endings

    def convert(self, value: str, param: Any, ctx: Any) -> str:
        """Return the path if a file can be written there."""
        if value in ("", "-"):
            self.fail(f"{value!r}, wanted the name of a file")
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
