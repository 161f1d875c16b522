"""`--repeat`: the options with which a net was trained, once more."""

from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from ..options import Options
from .arguments import network_in
from .config import use_as_defaults
from .reading import RECORDED, applying, flags, reading_of
from .types import REPEATED

if TYPE_CHECKING:
    from fastnet.model.network import Network


def apply_run(ctx: click.Context, option: click.Parameter, path: str | None) -> Any:
    """Use the options that trained a net as the defaults of this run."""
    if path is None:
        return None
    net = network_in(path, "--repeat")
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
    reading = reading_of(net)
    options |= {name: reading[name] for name in RECORDED if name in reading}
    known = ["validation_data", *(["sample_weight"] if "weight" in reading else [])]
    for name, value in net.run["options"].items():
        usual = name in rows and value == rows[name].default
        # only options that change the bits: an untrusted file must not say where to write
        if name in rows and rows[name].terminal and rows[name].bits and value is not None:
            options[name] = value
        elif name not in known and not usual:  # the data have those that are known
            raise ValueError(f"{name}: {value!r}, for which the command line has no option")
    if "augment" in options:
        options["augment"] = deformation(options["augment"])
    return options


def deformation(value: Any) -> str:
    """Return the option `augment` of a record as the terminal takes it."""
    from fastnet.images.elastic import Elastic

    try:
        return Elastic.of(value).to_text()
    except TypeError as error:  # of another version, or of an untrusted file
        raise ValueError(str(error)) from None


def check_repeat(ctx: click.Context, path: str, net: "Network") -> None:
    """Refuse options that the model has itself, and a model that does not name its data."""
    given = {
        option.name: flags(option)
        for option in ctx.command.params
        if ctx.get_parameter_source(str(option.name)) is ParameterSource.COMMANDLINE
    }
    if net.run and "source" not in net.run and not {"data", "source"} & given.keys():
        raise click.UsageError(f"{path} does not say which data it learned, wanted --data", ctx)
    changing_no_bits = [name for name, row in Options.rows().items() if not row.bits]
    if reading_of(net).get("cached") and ctx.params["cache"] is None:
        raise click.UsageError(f"{path} learned encoded rows in a folder, wanted --cache", ctx)
    of_data = "source", "data", "test", "cache", *applying(ctx.params["data"])
    for name in ("repeat", *of_data, "out", "history", "json_", "quiet", *changing_no_bits):
        given.pop(name, None)
    if given:
        came = ", ".join(given.values())
        raise click.UsageError(f"{came}: given, but --repeat has the options of {path}", ctx)


def differences(wanted: "Network", run: dict[str, Any]) -> list[str]:
    """Return the differences between the record of a run and the run that it repeats."""
    from fastnet.training import record

    assert wanted.run  # apply_run has checked this
    found = record.differences(wanted.run, run)
    if wanted.run["on_epoch"]:
        found.append(f"on_epoch was {wanted.run['on_epoch']} and is not given")
    return found
