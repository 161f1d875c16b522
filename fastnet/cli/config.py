"""Options of `fastnet train` from a TOML file, or from a net whose run is repeated."""

import difflib
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from ..options import Options
from .data import FOR_TEXT
from .types import REPEATED

if TYPE_CHECKING:
    from fastnet.model.network import Network


def apply_config(ctx: click.Context, option: click.Parameter, path: str | None) -> None:
    """Use the options in a TOML file as the defaults of this run."""
    if path is None:
        return
    try:
        import tomllib
    except ModuleNotFoundError:
        raise click.BadParameter("this Python reads no TOML, wanted 3.11 or later") from None
    try:
        with open(path, "rb") as file:
            use_as_defaults(ctx, tomllib.load(file))
    except (ValueError, RecursionError) as error:  # not TOML, not UTF-8, or nested too deep
        raise click.BadParameter(f"{path}: {error}") from None


def apply_run(ctx: click.Context, option: click.Parameter, path: str | None) -> Any:
    """Use the options that trained a net as the defaults of this run."""
    if path is None:
        return None
    import fastnet

    net = fastnet.load(path)
    try:
        options = repeatable(net)
        source = options.pop("data", None)  # it may be missing if --data is given
        use_as_defaults(ctx, options)
    except ValueError as error:
        raise click.BadParameter(f"{path}: {error}") from None
    if source is not None:
        ctx.default_map = {**(ctx.default_map or {}), "data": source}
        ctx.meta[REPEATED] = path, source
    return path, net


def use_as_defaults(ctx: click.Context, values: dict[str, Any]) -> None:
    """Use these values as the defaults of options that are not given."""
    if ctx.default_map is not None:
        raise click.UsageError("--config and --repeat: give one of them", ctx)
    ctx.default_map = defaults_of(ctx.command, values)


def defaults_of(command: click.Command, values: dict[str, Any]) -> dict[str, Any]:
    """Return the values by the names of parameters, checked like typed ones."""
    options = {
        option.opts[0].lstrip("-").replace("-", "_"): option
        for option in command.params
        if isinstance(option, click.Option) and option.callback is None
    }
    defaults: dict[str, Any] = {}
    for key, value in values.items():
        name = key.replace("-", "_")
        if isinstance(value, dict):
            raise ValueError(f"[{key}], wanted lines such as epochs = 5, and no sections")
        if name not in options:
            close = difflib.get_close_matches(name, options, n=1)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            raise ValueError(f"there is no option {key!r}{hint}")
        option = options[name]
        types, wanted = TOML_TYPES.get(option.type.name, ((str,), "text"))
        if type(value) not in types:
            raise ValueError(f"{key}: {value!r}, wanted {wanted}")
        if option.name in defaults:
            raise ValueError(f"{key}: it comes twice, with - and with _")
        try:
            option.type.convert(value, option, None)
        except click.BadParameter as error:
            raise ValueError(f"{key}: {error.message}") from None
        except OverflowError as error:  # a whole number with hundreds of digits
            raise ValueError(f"{key}: {error}, wanted {wanted} that is smaller") from None
        defaults[str(option.name)] = value
    return defaults


# The types of TOML that fit a type of option, by its name. Any other type wants text.
TOML_TYPES: dict[str, tuple[tuple[type, ...], str]] = {
    "boolean": ((bool,), "true or false"),
    "integer range": ((int,), "a whole number"),
    "float range": ((int, float), "a number"),
    "sizes": ((list, str), "a list of sizes"),
    "threads": ((int, str), "a number of threads, or 'auto'"),
    "labels": ((list, str), "a list of labels"),
}


def repeatable(net: "Network") -> dict[str, Any]:
    """Return the options of `fastnet train` that train this net again.

    Raises
    ------
    ValueError
        Options cannot express how it was trained, or how its run ended.
    """
    if net.stopped == "end":
        raise ValueError("it learned a stream, which cannot be repeated")
    if net.run is None:
        raise ValueError("it has no record of its run, so it cannot be repeated")
    if net.stopped not in ("epochs", "patience", "target"):
        how = {None: "was broken off", "max_seconds": "ended when the time was up"}
        ended = how.get(net.stopped, "was ended by a callback")
        raise ValueError(f"its run {ended}, so it cannot be repeated")
    rows = Options.rows()
    options = {"data": net.run["source"]} if "source" in net.run else {}
    reading = net.run.get("reading", {})
    options |= {name: reading[name] for name in ("classes", *FOR_TEXT) if name in reading}
    for name, value in net.run["options"].items():
        usual = name in rows and value == rows[name].default
        # only options that change the bits: an untrusted file must not say where to write
        if name in rows and rows[name].terminal and rows[name].bits and value is not None:
            options[name] = value
        elif name != "validation_data" and not usual:  # validation data are the data's test part
            raise ValueError(f"{name}: {value!r}, for which the command line has no option")
    return options


def check_repeat(ctx: click.Context, path: str, net: "Network") -> None:
    """Refuse options that the model has itself, and a model that does not name its data."""
    given = {
        option.name: option.opts[0] for option in ctx.command.params
        if ctx.get_parameter_source(str(option.name)) is ParameterSource.COMMANDLINE
    }
    if net.run and "source" not in net.run and "data" not in given:
        raise click.UsageError(f"{path} does not say which data it learned, wanted --data", ctx)
    changing_no_bits = [name for name, row in Options.rows().items() if not row.bits]
    for name in ("repeat", "data", *FOR_TEXT, "out", "history", "json_", *changing_no_bits):
        given.pop(name, None)
    if given:
        came = ", ".join(given.values())
        raise click.UsageError(f"{came}: given, but --repeat has the options of {path}", ctx)
