"""The positional arguments of commands: models, which are known by their contents, and data."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

if TYPE_CHECKING:
    from fastnet.model.network import Network

STDIN = "-"


def data_of(ctx: click.Context, given: str | None) -> str:
    """Return the data of `fastnet train`: the positional argument, or the option --data."""
    if given is None:
        return str(ctx.params["data"])
    if ctx.get_parameter_source("data") is ParameterSource.COMMANDLINE:
        raise click.UsageError(f"--data: given, but so is {given}, wanted one", ctx)
    if is_model(given):
        hint = " (or --init)" * ("init" in ctx.params)
        raise click.UsageError(f"{given}: a model, wanted data{hint}", ctx)
    return given


def models_and_data(
    ctx: click.Context, given: Sequence[str], option: str | None
) -> tuple[tuple[str, ...], str | None]:
    """Return the models among the positional arguments, and the data.

    The data are the one argument that is no model, or else the option --data.
    """
    models = [path for path in given if is_model(path)]
    others = [path for path in given if path not in models]
    if not models and others and os.path.isfile(others[0]):
        models.append(others.pop(0))  # loading it says what is wrong with it
    if not models:
        raise click.UsageError(f"{given[0]}: no model, wanted MODEL first", ctx)
    if len(others) > 1:
        came = f"{others[0]} and {others[1]} are no models"
        raise click.UsageError(f"{came}, wanted one file with data", ctx)
    if others and option is not None:
        raise click.UsageError(f"--data: given, but so is {others[0]}, wanted one", ctx)
    return tuple(models), others[0] if others else option


def is_model(path: str) -> bool:
    """Tell whether a path is that of a model. A pipe is none, and is not touched."""
    if not os.path.isfile(path):
        return False
    from fastnet.formats.loading import is_model

    return is_model(path)


def network_in(path: str, flag: str) -> "Network":
    """Return the net in a file, as the value of an option; a file of several nets is an error."""
    import fastnet
    from fastnet.model.ensemble import nets_of

    nets = nets_of(fastnet.load(path))
    if len(nets) > 1:
        raise click.UsageError(
            f"{flag}: {path} has {len(nets)} nets that answer together, wanted one net",
            click.get_current_context(),
        )
    return nets[0]


def called(data: str) -> str:
    """Return data as a person calls them."""
    return "standard input" if data == STDIN else data


def names_of(data: str, target: str | None, is_table: bool, about: str = "") -> dict[str, str]:
    """Return what errors call the X and y of data: a table has columns, of which one is y."""
    name = called(data)
    if not is_table:
        return {f"{about}{own}": f"{name}: {own}" for own in ("X", "y")}
    y = "y" if target is None else f"target {target!r}"
    return {f"{about}X": name, f"{about}y": f"{name}: {y}"}


def is_pipe(path: str) -> bool:
    """Tell whether data can be read only once, as they come."""
    there = os.path.exists(path) and not (os.path.isfile(path) or os.path.isdir(path))
    return path == STDIN or there
