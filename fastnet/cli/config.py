"""Options of `fastnet train` from a TOML file, checked as if they were typed."""

from typing import Any

import click

from ..spelling import option_meant


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


def use_as_defaults(ctx: click.Context, values: dict[str, Any]) -> None:
    """Use these values as the defaults of options that are not given."""
    if ctx.default_map is not None:
        raise click.UsageError("--config and --repeat: give one of them", ctx)
    ctx.default_map = defaults_of(ctx.command, values)


def defaults_of(command: click.Command, values: dict[str, Any]) -> dict[str, Any]:
    """Return the values by the names of parameters, checked like typed ones."""
    options = {
        flag.lstrip("-").replace("-", "_"): option
        for option in command.params
        if isinstance(option, click.Option) and not option.is_eager
        for flag in option.opts
    }
    defaults: dict[str, Any] = {}
    for key, value in values.items():
        name = key.replace("-", "_")
        tables = name in options and dict in _types_of(options[name])[0]
        if isinstance(value, dict) and not tables:
            raise ValueError(f"[{key}], wanted lines such as epochs = 5, and no such section")
        if name not in options:
            raise ValueError(f"there is no option {key!r}{option_meant(key, options)}")
        option = options[name]
        types, wanted = _types_of(option)
        if type(value) not in types:
            raise ValueError(f"{key}: {value!r}, wanted {wanted}")
        if option.name in defaults:
            raise ValueError(f"{key}: it comes twice, with - and with _, or by two names")
        try:
            option.type.convert(value, option, None)
        except click.BadParameter as error:
            raise ValueError(f"{key}: {error.message}") from None
        except OverflowError as error:  # a whole number with hundreds of digits
            raise ValueError(f"{key}: {error}, wanted {wanted} that is smaller") from None
        defaults[str(option.name)] = [value] if option.multiple else value
    return defaults


def _types_of(option: click.Option) -> tuple[tuple[type, ...], str]:
    """Return the types of a value in a file, and words for them."""
    return TOML_TYPES.get(option.type.name, ((str,), "text"))


# The types of TOML that fit a type of option, by its name. Any other type wants text.
TOML_TYPES: dict[str, tuple[tuple[type, ...], str]] = {
    "boolean": ((bool,), "true or false"),
    "integer range": ((int,), "a whole number"),
    "float range": ((int, float), "a number"),
    "sizes": ((list, str), "a list of sizes"),
    "threads": ((int, str), "a number of threads, or 'auto'"),
    "labels": ((list, str), "a list of labels"),
    "augment": ((dict, str), "a table, or text such as 'elastic'"),
    "names": ((list, str), "a list of names"),
}
