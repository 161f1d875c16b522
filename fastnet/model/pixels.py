"""Pixels, uint8, that meet a net from another library, which may want them as they are.

A net takes them as v / 255. A model that came in may have learned 0 to 255, and does not say it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..diagnostics import warn
from .parameters import Parameters

PIXEL = 255.0  # uint8 inputs stand for v / PIXEL


def met(parameters: Parameters) -> None:
    """Warn, once, if nobody has said whether these parameters are for raw pixels."""
    if parameters.unsaid:
        parameters.unsaid = False
        warn(
            "X: uint8 rows, taken as v / 255, but the model that came in does not say whether it "
            "wants them so; fastnet.load(..., pixels=False) says that it does, pixels=True that it "
            "wants 0 to 255"
        )


def unsaid(origin: dict[str, Any] | None, run: dict[str, Any] | None = None) -> bool:
    """Tell whether a net of this origin, and of this run, says nothing of pixels.

    Attributes of `Network` are meant. A run on uint8 rows has learned them as v / 255.
    """
    if origin is None or origin.get("pixels") is not None:
        return False
    return run is None or run["data"]["dtype"] != "uint8"


def say(net: Any, pixels: bool) -> None:
    """Note in a net that says nothing of pixels whether its inputs are pixels of 0 to 255.

    If so, the first weights become 255 times as large, since the net takes uint8 as v / 255.

    Raises
    ------
    ValueError
        Its inputs are columns of a table, or the weights would be infinite.
    """
    if pixels:
        if net.encoding is not None:
            raise ValueError("pixels: True, but the model takes a table")
        first, *others = net.weights
        with np.errstate(over="ignore"):  # the weights are checked then
            net.weights = [first * first.dtype.type(PIXEL), *others]
        net.rounding = None
    net.origin = {**net.origin, "pixels": pixels}
    net.parameters.unsaid = False
