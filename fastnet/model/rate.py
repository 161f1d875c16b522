"""The learning rate of a net: given and checked, or the default."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import checks
from .activations import Activation
from .outputs import Outputs
from .parameters import DTYPES, Parameters

LARGEST_NUMBER = {np.dtype(name): float(np.finfo(name).max) for name in DTYPES}

# Of a run whose rate falls linearly; do well on images and on scaled tables: bench/defaults.py.
RATES: dict[Activation, float] = {
    "sigmoid": 0.2,
    "tanh": 0.02,
    "scaled-tanh": 0.01,
    "relu": 0.02,
    "leaky-relu": 0.02,
    "identity": 0.01,
    "softmax": 0.02,
}
RATE = 0.01  # of functions of the user's own

# A squared cost of outputs without bounds takes steps that shrink the error only while the rate is
# below 1 / (1 + the sum of the squares of the last hidden layer's activations). The default is at
# most this, by that layer's activation, divided by its number of units: about half of what diverged
# on tables (Friedman's, linear, with heavy tails; 1 to 2,000 columns, 64 to 1,024 units).
STEADY: dict[Activation, float] = {"sigmoid": 2.0, "tanh": 1.0, "scaled-tanh": 0.5}
STEADY_WITHOUT_BOUNDS = 0.4  # relu, leaky-relu, identity, functions of the user's own
BOUNDED = ("sigmoid", "tanh", "scaled-tanh", "softmax")


def default_rate(parameters: Parameters, outputs: Outputs) -> float:
    """Return the rate of `fastnet.train`, where it falls; it never depends on the data."""
    sizes, activations = parameters.sizes, parameters.activations
    rate = RATES.get(activations[0], RATE)
    if outputs.task != "classification":
        rate /= 10
    if outputs.squared and activations[-1] not in BOUNDED and sizes[1:-1]:
        steady = STEADY.get(activations[-2], STEADY_WITHOUT_BOUNDS)
        rate = min(rate, steady / sizes[-2])
    return rate


def checked_rate(rate: Any, dtype: np.dtype) -> float:
    """Return the learning rate, if it is a number >= 0 within the net's dtype."""
    largest = LARGEST_NUMBER[dtype]
    if type(rate) is float and 0 <= rate <= largest:  # at once: learn_one waits for it
        return rate
    try:
        return checks.number("learning_rate", rate, 0, largest)
    except ValueError:
        wanted = f"a number >= 0 within {dtype}"
        raise ValueError(f"learning_rate: {checks.came(rate)}, wanted {wanted}") from None
