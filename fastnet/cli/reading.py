"""The options of reading files, which several commands have, and the reading."""

import contextlib
import io
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from .arguments import STDIN, called, is_pipe
from .errors import naming
from .types import DATASETS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fastnet.model.network import Network
    from fastnet.sources.reading import Part
    from fastnet.tables.table import Table

TABLE = ("target", "drop", "weight")  # options for tables, in text or with types of their own
TEXT = ("delimiter", "decimal", "header", "missing", "pixels")  # options for text only
READING = (*TABLE, *TEXT)
FOR_STREAM = ("target", "drop", *TEXT)
RECORDED = (*READING, "classes", "test")  # what the record of a run keeps


def read(name: str, **options: Any) -> tuple["Part", "Part"]:
    """Read the training and the test part of a data set by its name or path.

    `options` are those of `fastnet.sources.reading.Reading`, for a file.
    """
    from fastnet import datasets
    from fastnet.sources.readers import parts_of
    from fastnet.sources.reading import Reading

    if name in DATASETS:
        return datasets.load(name)
    reading = Reading.of(**options)
    if not is_pipe(name):
        return parts_of(name, reading)
    with spooled(name) as path:
        return parts_of(path, reading)


@contextlib.contextmanager
def spooled(name: str) -> Iterator[str]:
    """Yield the path of a file with all that comes through a pipe. Errors name the pipe."""
    import shutil
    import tempfile

    with tempfile.NamedTemporaryFile() as file:
        with opened(name) as pipe:
            shutil.copyfileobj(pipe, file)
        file.flush()
        with naming({file.name: called(name)}):
            yield file.name


@contextlib.contextmanager
def opened(name: str) -> Iterator[Any]:
    """Open a pipe, or standard input, which may be closed."""
    if name == STDIN:
        yield sys.stdin.buffer if sys.stdin else io.BytesIO()
        return
    with open(name, "rb") as file:
        yield file


def applying(name: str) -> tuple[str, ...]:
    """Return the names of the options that apply to a data set: those for tables, for text."""
    if name in DATASETS:
        return ()
    if is_pipe(name):
        return (*READING, "classes")
    from fastnet.sources.readers import reader_of

    reader = reader_of(name)
    if reader.is_text:
        return (*READING, "classes")
    return (*TABLE, "classes") if reader.tables else ()


def refuse_others(ctx: click.Context, name: str) -> None:
    """Refuse options of reading that do not apply to a data set."""
    apply: Iterable[str] = ()
    for option in ctx.command.params:
        if option.name in READING and given(ctx, option.name):
            apply = apply or applying(name) or ("none",)
            if option.name not in apply:
                of = "a stream, a .csv or a .jsonl file" if option.name in TEXT else "a table"
                raise click.UsageError(f"{flags(option)}: for {of} only", ctx)


def given(ctx: click.Context, name: str) -> bool:
    """Tell whether a parameter has a value of its own, not its default."""
    return ctx.get_parameter_source(name) is not ParameterSource.DEFAULT


def flags(option: click.Parameter) -> str:
    """Return an option as errors name it, such as --target/--label."""
    return "/".join(option.opts)


def reading_of(net: "Network") -> dict[str, Any]:
    """Return the options with which the run of a net read its data, other than the usual ones."""
    return dict((net.run or {}).get("reading", {}))


def reading_of_stream(ctx: click.Context, init: "Network | None") -> dict[str, Any]:
    """Return the options with which a stream is read, which may continue from a net."""
    return {**as_before(ctx, init, FOR_STREAM), "target": target_of(ctx, init)}


def as_before(
    ctx: click.Context, init: "Network | None", names: Iterable[str]
) -> dict[str, Any]:
    """Return options of reading: those for text that are not given are as the net had them."""
    before = {} if init is None else reading_of(init)
    own = {name: before[name] for name in TEXT if name in before and not given(ctx, name)}
    options = {name: own.get(name, ctx.params[name]) for name in names}
    if options and "decimal_found" in before:
        options["decimal_found"] = before["decimal_found"]
    return {name: tuple(v) if isinstance(v, list) else v for name, v in options.items()}


def reading_to_learn(ctx: click.Context, name: str, init: "Network | None") -> dict[str, Any]:
    """Return the options with which `fastnet train` reads data, which may continue from a net."""
    options = as_before(ctx, init, applying(name))
    if options:
        options["target"] = target_of(ctx, init)
        if init is not None and options["classes"] is None:
            options["classes"] = [] if init.classes is None else init.classes.tolist()
    return options


def reading_for(ctx: click.Context, net: "Network", name: str, again: bool) -> dict[str, Any]:
    """Return the options with which a command reads data for a net.

    Options that are given win. Others are as in the record of the net's run; of data that are not
    read `again`, only those for text, and the target is the column of this name.
    """
    own, apply = reading_of(net), applying(name)
    names = (*apply, "test") if again else apply and (*TEXT, "decimal_found")
    options = {name: own[name] for name in names if name in own}
    target = getattr(net.encoding, "target", None) or own.get("target")
    if not again and target is not None and "target" in apply:
        options["target"] = target
    if not again and "drop" in apply and not getattr(net.encoding, "named", False):
        options["drop"] = left_out(net)  # before the columns of an array have lost their names
    options |= {name: ctx.params[name] for name in apply if name in ctx.params and given(ctx, name)}
    if "classes" in apply:
        options["classes"] = [] if net.classes is None else net.classes.tolist()
    if net.encoding is None:
        options["features"] = net.n_features  # which sparse text need not have all
    return {**options, "others": True}


def for_net(X: Any, net: "Network", data: str) -> Any:
    """Return samples of data in the form that a net wants.

    A table has none of the columns that its run left out. For a net without an encoding it becomes
    an array of numbers.
    """
    from fastnet.files import blaming
    from fastnet.tables.table import Table

    if not isinstance(X, Table):
        return X
    X = X.without(left_out(net))
    if net.encoding is not None:
        return X
    with blaming(called(data), "{}"):
        return numbers_of(X, net)


def without_target(X: Any, net: "Network", data: str) -> Any:
    """Return rows to answer without the column of the target, if they go by place and have it.

    That is so if they have a column more than the net knows. A warning says it.
    """
    from fastnet.diagnostics import warn

    names = getattr(X, "names", None) or [f"column {k + 1}" for k in range(X.shape[1])]
    by_name = net.encoding is not None and getattr(X, "named", False)
    own = [name for name in names if name not in left_out(net)]
    target = reading_of(net).get("target", "last")
    target = {"first": own[:1], "last": own[-1:]}.get(target, [target])
    if by_name or len(own) != net.n_features + 1 or not {*target} <= {*own}:
        return X
    if "target" not in applying(data):
        return X
    warn(
        f"{called(data)}: {len(own)} columns, wanted {net.n_features}: {target[0]!r} counts as the "
        "target and is left aside"
    )
    if hasattr(X, "names"):
        return X.without(target)
    return X[:, [k for k, name in enumerate(names) if name not in target]]


def left_out(net: "Network") -> tuple[str, ...]:
    """Return the names of the columns that the run of a net left out on demand."""
    own = reading_of(net)
    return *own.get("drop", ()), *filter(None, [own.get("weight")])


def numbers_of(table: "Table", net: "Network | None" = None) -> "NDArray[Any]":
    """Return the numbers (n, columns) in a table. Words and gaps are errors with their line.

    So are names in another order than a net, such as one of another library, has learned.
    """
    import numpy as np

    from fastnet.model.encoded import in_order
    from fastnet.tables.kinds import as_numbers

    in_order(table.names if table.named else None, None if net is None else net.origin)
    columns = []
    for name, column in zip(table.names, table.columns, strict=True):
        values = as_numbers(column, "number", "", name, table.where).values
        if np.isnan(values).any():
            line = table.where(int(np.argmax(np.isnan(values))))
            raise ValueError(f"{line}: a missing value in {name}, wanted a number")
        columns.append(values)
    return np.stack(columns, axis=1)


def target_of(ctx: click.Context, net: "Network | None") -> str:
    """Return the target: the one that is given, or else that of the net to continue from."""
    own = None if net is None or net.encoding is None else net.encoding.target
    return str(own if own is not None and not given(ctx, "target") else ctx.params["target"])


def recorded(options: dict[str, Any]) -> dict[str, Any]:
    """Return the options of reading that differ from the defaults, in JSON types."""
    from fastnet.sources.reading import Reading

    usual = {**vars(Reading()), "test": None}
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in options.items()
        if name in RECORDED and value != usual[name]
    }
