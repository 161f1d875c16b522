"""The learning rate of a net: the checks of a given one, and the default."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import checks
from .activations import row_of
from .outputs import Outputs
from .parameters import DTYPES, Parameters

LARGEST_NUMBER = {np.dtype(name): float(np.finfo(name).max) for name in DTYPES}
FITS_ALL = min(LARGEST_NUMBER.values())


def default_rate(parameters: Parameters, outputs: Outputs, falls: bool) -> float:
    """Return the default rate of a run in which it falls, or half of it. It ignores the data."""
    sizes, activations = parameters.sizes, parameters.activations
    rate = row_of(activations[0]).rate
    if outputs.usual_rate is not None:
        rate = 2 * outputs.usual_rate
    elif outputs.task != "classification":
        rate /= 10
    if outputs.squared and not row_of(activations[-1]).bounded and sizes[1:-1]:
        rate = min(rate, row_of(activations[-2]).steady / sizes[-2])
    return rate if falls else rate / 2


def checked_rate(rate: Any, dtype: np.dtype) -> float:
    """Return the learning rate if it is a number >= 0 within the net's dtype."""
    largest = LARGEST_NUMBER[dtype]
    try:
        return checks.number("learning_rate", rate, 0, largest)
    except ValueError:
        wanted = f"a number >= 0 within {dtype}"
        raise ValueError(f"learning_rate: {checks.came(rate)}, wanted {wanted}") from None
