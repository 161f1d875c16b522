"""Data that a net learns in milliseconds, and sweeps on them."""

from typing import Any

import numpy as np

import fastnet
from fastnet.sweeps import Sweep
from tests.helpers import samples

X = samples(80, 5)
Y = (X[:, 0] + X[:, 1] * X[:, 2] > 0).astype(int)
SPACE = {"learning_rate": (0.01, 1.0), "hidden": [(4,), (6, 3)]}
SHARED = {"epochs": 4, "activation": "tanh"}


def swept(**more: Any) -> Sweep:
    given: dict[str, Any] = {"space": SPACE, "trials": 4, "threads": 1, **SHARED, **more}
    return fastnet.sweep(given.pop("X", X), given.pop("y", Y), **given)


def told(sweep: Sweep) -> list[tuple[Any, ...]]:
    """What two equal sweeps share: all but times and numbers."""
    names = ("state", "value", "deviation", "epochs", "options", "reason")
    return [tuple(trial[name] for name in names) for trial in sweep.trials]


def settings(sweep: Sweep) -> list[tuple[Any, ...]]:
    return [tuple(trial["options"].values()) for trial in sweep.trials]


def close(a: Any, b: Any) -> bool:
    """Whether two means of some numbers are equal up to their rounding."""
    return bool(np.isclose(a, b, rtol=1e-12, atol=0))
