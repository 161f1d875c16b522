"""Whether a picture fits a net. If not, an error names what fits."""

from __future__ import annotations

from typing import Any

from ..model.ensemble import Ensemble, nets_of
from ..model.network import Network
from .catalogue import PICTURES

NOUNS = {
    "classification": "a net with classes",
    "multilabel": "a net with several labels at once",
    "regression": "a regression",
}


def model_of(net: Any) -> Network | Ensemble:
    """Return the net or nets to draw: those of a fitted estimator of fastnet, too."""
    model = getattr(net, "model_", net)
    if not isinstance(model, Network | Ensemble):
        unfitted = ", which is not fitted" if hasattr(net, "fit") else ""
        raise TypeError(f"net: {type(net).__name__}{unfitted}, wanted a Network or an Ensemble")
    return model


def fitting(name: str, net: Any) -> Network | Ensemble:
    """Return the net or nets if this picture fits their task; else raise what fits."""
    model = model_of(net)
    row = PICTURES[name]
    if model.task not in row.tasks:
        others = [n for n, of in PICTURES.items() if model.task in of.tasks and of.data == "Xy"]
        wanted = " or ".join(NOUNS[task] for task in row.tasks)
        raise ValueError(
            f"net: {NOUNS[model.task]}, but {name} wants {wanted}; {', '.join(others)} fit"
        )
    return model


def single(name: str, net: Any) -> Network:
    """Return the net if it is one; a picture of units has no place for several."""
    model = model_of(net)
    nets = nets_of(model)
    if len(nets) > 1:
        raise ValueError(f"net: {len(nets)} nets, but {name} wants one of them, such as nets[0]")
    return nets[0]
