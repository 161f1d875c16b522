"""Checks of single arguments; an error names the argument, what came and what was wanted."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np


def one_of(name: str, value: Any, choices: Iterable[str]) -> Any:
    """The value, if it is one of the choices."""
    if value not in choices:
        raise ValueError(f"{name}: {value!r}, wanted one of {', '.join(choices)}")
    return value


def whole(name: str, value: Any, least: int) -> int:
    """The value, if it is a whole number of at least so much."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise ValueError(f"{name}: {value!r}, wanted a whole number >= {least}")
    return int(value)


def number(name: str, value: Any, least: float, most: float = math.inf) -> float:
    """The value, if it is a finite number from `least` to `most`, both included."""
    numeric = isinstance(value, int | float | np.integer | np.floating)
    if isinstance(value, bool) or not numeric or not least <= value <= most or value == math.inf:
        wanted = f">= {least:g}" if most == math.inf else f"in [{least:g}, {most:g}]"
        raise ValueError(f"{name}: {value!r}, wanted a number {wanted}")
    return float(value)
