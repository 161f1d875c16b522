"""Pixels, uint8, that meet a net from another library, which may want them as they are.

A net takes them as v / 255. A model that came in may have learned 0 to 255, and does not say it.
"""

from __future__ import annotations

from typing import Any

from ..diagnostics import warn
from .parameters import Parameters


def met(parameters: Parameters) -> None:
    """Warn, once, if nobody has said whether these parameters are for raw pixels."""
    if parameters.unsaid:
        parameters.unsaid = False
        warn(
            "X: uint8 rows, taken as v / 255, but the model that came in does not say whether it "
            "wants them so; fastnet.load(..., pixels=False) says that it does, pixels=True that it "
            "wants 0 to 255"
        )


def unsaid(origin: dict[str, Any] | None) -> bool:
    """Tell whether a net with this origin says nothing of pixels: see `Network.origin`."""
    return origin is not None and origin.get("pixels") is None
