"""Pixels, uint8, and nets that have learned other rows, or that do not say what they have learned.

A net takes them as v / 255. A model that came in from another library may want them as they are,
and a net that has learned pixels wants floats from 0 to 1. In each case the first rows that do not
fit give a warning. A look at them costs nothing: their sum is known from the check for NaN.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..data.samples import Samples
from ..diagnostics import warn
from .parameters import Parameters

PIXEL = 255.0  # uint8 inputs stand for v / PIXEL
PIXELS, NUMBERS = "pixels", "numbers"  # see `Parameters.learned`
TOPIC = "pixels"  # of the warnings


def met(parameters: Parameters, samples: Samples, name: str = "X") -> None:
    """Warn, once, of rows that are probably not such as these parameters have learned."""
    if samples.stored == np.uint8:
        met_bytes(parameters, name)
    elif parameters.learned == PIXELS and not parameters.told and samples.mean > 1:
        met_large(parameters, samples.rows, name)


def met_bytes(parameters: Parameters, name: str = "X") -> None:
    """Warn, once, if nobody has said whether raw pixels are meant, or if they are surely not."""
    if parameters.unsaid:
        parameters.unsaid = False
        warn(
            f"{name}: uint8 rows, taken as v / 255, but the model that came in does not say "
            "whether it wants them so; fastnet.load(..., pixels=False) says that it does, "
            "pixels=True that it wants 0 to 255",
            topic=TOPIC,
        )
    elif parameters.learned == NUMBERS and not parameters.told:
        parameters.told = True
        warn(
            f"{name}: uint8 rows, taken as v / 255, but the net has learned other numbers, beyond "
            f"1; give {name}.astype(float), or scale them as those were",
            topic=TOPIC,
        )


def met_large(parameters: Parameters, rows: Any, name: str = "X") -> None:
    """Warn of numbers beyond 1 where a net has learned pixels."""
    parameters.told = True
    top = float(rows.max())
    divide = "divide by 255" if top <= PIXEL else "scale them"
    warn(
        f"{name}: values up to {top:.6g}, wanted 0 to 1, as the net has learned uint8 pixels, "
        f"which count as v / 255; {divide}, or give uint8 (for text: the option pixels)",
        topic=TOPIC,
    )


def is_told(parameters: Parameters, samples: Samples) -> bool:
    """Tell whether there was a warning of rows such as these, which are beyond learned pixels."""
    beyond = samples.stored != np.uint8 and samples.encoding is None and samples.mean > 1
    return parameters.told and parameters.learned == PIXELS and beyond


def sure(parameters: Parameters, stored: np.dtype) -> bool:
    """Tell whether rows of a dtype that the kernels read surely give no warning."""
    if stored == np.uint8:
        return not parameters.unsaid and (parameters.told or parameters.learned != NUMBERS)
    return parameters.told or parameters.learned != PIXELS


def note(net: Any, samples: Samples) -> None:
    """Note what rows a net learns first: see `Parameters.learned`."""
    parameters = net.parameters
    if parameters.learned is not None or net.encoding is not None:
        return
    if samples.stored == np.uint8:
        parameters.learned = PIXELS
    elif samples.mean > 1:
        parameters.learned = NUMBERS
    if parameters.learned is not None:
        for single in net.passes.singles.values():
            single.close()


def known_of(origin: dict[str, Any] | None, run: dict[str, Any] | None) -> str | None:
    """Return what the origin and the run of a net say of the rows that it has learned."""
    pixels, data = (origin or {}).get("pixels"), (run or {}).get("data", {})
    if "encoding" not in data:
        pixels = pixels or data.get("dtype") == "uint8"
    return PIXELS if pixels else None


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
    net.parameters.learned = known_of(net.origin, net.run)
