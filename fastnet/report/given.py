"""The options of a run that have to be given again: those that the defaults would not set."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..images.elastic import Elastic
from ..model.network import Network
from ..options import HELD_OUT, Options
from ..rows import Row
from ..training.defaults import rate_by, rule_for, with_rule

# What a rule decides, each after the options on which it depends.
RULED = ("hidden", "activation", "loss", "schedule", "epochs", "l2", "l2_schedule", "average")


def given(net: Network, terminal: bool = False) -> dict[str, Any]:
    """Return the options of a net's run without those that are so by default.

    Parameters
    ----------
    net : Network
        A net with a record of its run.
    terminal : bool
        Whether `fastnet train` is to have them, which holds out rows of a table by default.
    """
    assert net.run
    rows, recorded = Options.rows(), net.run["options"]
    options = {
        name: value
        for name, value in recorded.items()
        if value is not None and not (name in rows and _is_usual(value, rows[name]))
    }
    if "init" in options:  # which has its own
        options = {k: v for k, v in options.items() if k not in rows or not rows[k].net}
    if "augment" in options:
        options["augment"] = _deforming(options["augment"])
    table = options.get("preset") == "table"
    if table:
        if options.get("encode") == "table":
            del options["encode"]  # for which the preset asks
        if net.feature_names is not None:
            del options["preset"]  # for which the names of the columns ask
    if net.history:
        options = _without_ruled(net, options, rule_for(table, net.task, _steps(net)))
    if options.get("validation_fraction") == HELD_OUT and _holds_out(net, options, terminal):
        del options["validation_fraction"]
    return own_labels(net, options)


def _deforming(value: Any) -> Any:
    """Return the text of a deformation, without the shape of images that are squares."""
    try:
        elastic = Elastic.of(value)
    except (TypeError, ValueError):  # a value of another version
        return value
    rows, columns = elastic.shape or (0, 0)
    return (replace(elastic, shape=None) if rows == columns else elastic).to_text()


def _is_usual(value: Any, row: Row) -> bool:
    """Tell whether a value is the one that an option has by itself."""
    return bool(value == row.default or value == row.usual)


def foreign(value: Any) -> bool:
    """Tell whether the value of an option stands only for data or functions of the user's own."""
    return "sha256:" in json.dumps(value)


def own_labels(net: Network, options: dict[str, Any]) -> dict[str, Any]:
    """Return options in which the keys of class_weight, which JSON has made to text, are labels."""
    weights = options.get("class_weight")
    if not isinstance(weights, Mapping):
        return options
    labels = [] if net.classes is None else net.classes.tolist()
    return {
        **options, "class_weight": {one: weights[str(one)] for one in labels if str(one) in weights}
    }  # fmt: skip


def _steps(net: Network) -> int:
    """Return the samples that an epoch learned."""
    return int(net.history[0]["samples"])


def _without_ruled(net: Network, options: dict[str, Any], rule: dict[str, Any]) -> dict[str, Any]:
    """Return options without those to which a rule leads all the same."""
    recorded = (net.run or {})["options"]
    own = {k: recorded[k] for k in RULED if k in recorded and not foreign(recorded[k])}
    for name in own:
        fewer = {k: v for k, v in options.items() if k != name}
        known = {k: fewer[k] for k in (*own, "patience") if k in fewer}
        try:
            found = with_rule(Options(**known), rule)
        except (TypeError, ValueError):  # a value of another version
            return options
        if all(_plain(getattr(found, k)) == own[k] for k in own):
            options = fewer
    usual = rate_by(rule, net)
    if net.outputs.usual_rate == usual and net.checked_rate(None) == recorded.get("learning_rate"):
        options = {k: v for k, v in options.items() if k != "learning_rate"}
    return options


def _plain(value: Any) -> Any:
    """Return a value in which sequences are lists, as in a record."""
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value


def _holds_out(net: Network, options: Mapping[str, Any], terminal: bool) -> bool:
    """Tell whether samples are held out though nobody asks for it."""
    if "patience" in options:
        return True
    if not terminal:
        return False
    reading = (net.run or {}).get("reading", {})
    alone = net.feature_names is not None and "test" not in reading  # the rows of a table
    return alone or "target_accuracy" in options
