"""`fastnet info`, and the nets in files that answer."""

from typing import TYPE_CHECKING, Any

import click

from .describe import description
from .errors import say
from .options import json_option, model_argument
from .reading import reading_of
from .repeat import repeatable
from .summaries import model_summary
from .text import as_json, as_toml, plain, some

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    """Describe the net or nets in MODEL, and how they learned."""
    import fastnet
    from fastnet.model.ensemble import nets_of

    nets = nets_of(fastnet.load(model))
    if toml:
        try:
            say(as_toml(options_of(nets)), nl=False)
        except ValueError as error:
            raise ValueError(f"{model}: {error}") from None
        return
    event = {"event": "info", "model": model, **about(nets[0])}
    if len(nets) > 1:
        event["nets"] = [about(net) for net in nets]
        for of_net, net in zip(event["nets"], nets, strict=True):
            if net.encoding is nets[0].encoding:
                del of_net["encoding"]  # which is the one above
    event = plain(event)
    say(as_json(event) if json_ else model_summary(event))


def about(net: "Network") -> dict[str, Any]:
    """Return the fields that describe a net and how it learned."""
    fields = {**description(net), "run": net.run, "stopped": net.stopped}
    fields["encoding"] = None if net.encoding is None else net.encoding.to_dict()
    fields["units"] = None if net.outputs.units is None else net.outputs.units.to_dict()
    if net.rounding is not None:
        fields["rounding"] = net.rounding
    return {**fields, "origin": net.origin, "history": net.history}


def options_of(nets: "Sequence[Network]") -> dict[str, Any]:
    """Return the options of `fastnet train` that train these nets again.

    Raises
    ------
    ValueError
        Options cannot express how they were trained.
    """
    each = []
    for net in nets:
        if judged_by_the_test_part(net):
            raise ValueError("the test part judged it, which only --repeat can do again")
        if reading_of(net).get("cached"):
            raise ValueError("its rows lie in a folder, wanted --repeat and --cache")
        each.append(repeatable(net))
    first, n = each[0], len(nets)
    if n == 1:
        return first
    if any({**options, "seed": None} != {**first, "seed": None} for options in each):
        raise ValueError("its nets were trained with other options, wanted those of one run")
    seeds = [options.get("seed", 0) for options in each]
    if type(seeds[0]) is not int or seeds != [*range(seeds[0], seeds[0] + n)]:
        raise ValueError(f"seeds {some(map(str, seeds), 9, ', ')}, wanted one after the other")
    return {**first, "seeds": n, "keep": "together"}


def judged_by_the_test_part(net: "Network") -> bool:
    """Tell whether the test part may have ended the run, as before version 0.2."""
    options = net.run["options"] if net.run else {}
    judged = options.get("patience") is not None or options.get("target_accuracy") is not None
    return judged and options.get("validation_data") is not None


def voters(
    paths: tuple[str, ...],
) -> "tuple[Network | Ensemble, tuple[Network, ...], list[int]]":
    """Load models; return what answers, the only one or all together, its nets, and how many each.

    Each model has one net or several.
    """
    import fastnet
    from fastnet.model.ensemble import nets_of

    models = [fastnet.load(path) for path in paths]
    for path, model in zip(paths, models, strict=True):
        try:
            fastnet.Ensemble([nets_of(models[0])[0], nets_of(model)[0]])
        except ValueError as error:
            raise ValueError(f"{path} does not fit {paths[0]}: {error}") from None
    answering = models[0] if len(models) == 1 else fastnet.Ensemble(models)
    return answering, nets_of(answering), [len(nets_of(model)) for model in models]
