"""`fastnet info`, and the nets in files that answer."""

from typing import TYPE_CHECKING

import click

from .describe import description
from .errors import say
from .options import json_option, model_argument
from .reading import reading_of
from .repeat import repeatable
from .summaries import model_summary
from .text import as_json, as_toml, plain

if TYPE_CHECKING:
    from fastnet.model.ensemble import Ensemble
    from fastnet.model.network import Network


@click.command()
@model_argument
@click.option(
    "--toml", is_flag=True, show_default="text",
    help="Print the options of its run as a file for `fastnet train --config`.",
)
@json_option
def info(model: str, toml: bool, json_: bool) -> None:
    """Describe the net in the file MODEL and how it learned."""
    import fastnet

    net = fastnet.load(model)
    if toml:
        try:
            if judged_by_the_test_part(net):
                raise ValueError("the test part judged it, which only --repeat can do again")
            if reading_of(net).get("cached"):
                raise ValueError("its rows lie in a folder, wanted --repeat and --cache")
            say(as_toml(repeatable(net)), nl=False)
        except ValueError as error:
            raise ValueError(f"{model}: {error}") from None
        return
    event = {"event": "info", "model": model, **description(net), "run": net.run}
    event["stopped"] = net.stopped
    event["encoding"] = None if net.encoding is None else net.encoding.to_dict()
    event["units"] = None if net.outputs.units is None else net.outputs.units.to_dict()
    event = plain({**event, "history": net.history})
    say(as_json(event) if json_ else model_summary(event))


def judged_by_the_test_part(net: "Network") -> bool:
    """Tell whether the test part may have ended the run, as before version 0.2."""
    options = net.run["options"] if net.run else {}
    judged = options.get("patience") is not None or options.get("target_accuracy") is not None
    return judged and options.get("validation_data") is not None


def voters(paths: tuple[str, ...]) -> "tuple[Network, Network | Ensemble]":
    """Load nets; return the first, and the one that answers: the first, or an ensemble of all."""
    import fastnet

    nets = [fastnet.load(path) for path in paths]
    for path, net in zip(paths, nets, strict=True):
        try:
            fastnet.Ensemble([nets[0], net])
        except ValueError as error:
            raise ValueError(f"{path} does not fit {paths[0]}: {error}") from None
    return nets[0], nets[0] if len(nets) == 1 else fastnet.Ensemble(nets)
