"""Checks of single arguments. An error says which argument, what came and what was wanted."""

from __future__ import annotations

import contextlib
import math
import os
import re
from collections.abc import Iterable, Mapping, Set
from typing import Any

import numpy as np
from numpy.typing import NDArray

WHOLE = (int, np.integer)
REAL = (*WHOLE, float, np.floating)
MANY = (dict, list, tuple, set, frozenset)
FEW = 1000  # items whose words may stand in an error, before it is cut
LARGEST = 2**63 - 1
SEEDS = 2**128 - 1  # the largest seed: NumPy's own seeds have 128 bits


def scalar(value: Any) -> Any:
    """Return the value of an array without dimensions; return anything else as it is."""
    return value[()] if isinstance(value, np.ndarray) and value.ndim == 0 else value


def came(value: Any) -> str:
    """Describe a value in one short line."""
    value = scalar(value)
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    if isinstance(value, int) and value.bit_length() > 256:
        return f"a whole number of {value.bit_length()} bits"
    if isinstance(value, MANY) and not _is_small(value):
        return f"a large {type(value).__name__}"
    text = " ".join(repr(value).split())
    return text if len(text) <= 80 else f"{text[:77]}..."


def _is_small(value: Any) -> bool:
    """Tell whether a value has few items, with those of its items. Some may hold each other."""
    waiting, left = [value], FEW
    while waiting and left >= 0:
        value = waiting.pop()
        left -= 1
        if isinstance(value, MANY):
            left -= len(value)
            waiting += value.values() if isinstance(value, dict) else value if left >= 0 else ()
    return left >= 0


def in_order(value: Any) -> bool:
    """Tell whether a value is a sequence of items. A string, a set and a dict are not."""
    value = scalar(value)
    return isinstance(value, Iterable) and not isinstance(value, str | bytes | Set | Mapping)


def one_of(name: str, value: Any, choices: Iterable[str]) -> Any:
    """Return the value if it is one of the choices."""
    value = scalar(value)
    if not isinstance(value, str) or value not in choices:
        raise ValueError(f"{name}: {came(value)}, wanted one of {', '.join(choices)}")
    return str(value)


def one_of_or_function(name: str, value: Any, choices: Iterable[str]) -> Any:
    """Return the value if it is one of the choices or a function."""
    if callable(value):
        return value
    try:
        return one_of(name, value, choices)
    except ValueError as error:
        raise ValueError(f"{error}, or a function of progress") from None


def dtype(name: str, value: Any, choices: Iterable[str]) -> np.dtype[Any]:
    """Return the value, a name or a dtype, as a dtype if it is one of the choices."""
    value = named = scalar(value)
    if value is not None:  # np.dtype(None) is float64
        with contextlib.suppress(TypeError):
            named = np.dtype(value).name
    return np.dtype(one_of(name, named, choices))


def whole(name: str, value: Any, least: int, most: int = LARGEST) -> int:
    """Return the value if it is a whole number from `least` to `most`, both included."""
    value = scalar(value)
    if isinstance(value, bool) or not isinstance(value, WHOLE) or not least <= value <= most:
        large = isinstance(value, WHOLE) and value > most
        wanted = f"from {least} to {most}" if large else f">= {least}"
        raise ValueError(f"{name}: {came(value)}, wanted a whole number {wanted}")
    return int(value)


def seed(name: str, value: Any, least: int = 0) -> int:
    """Return the value, if it is a seed."""
    return whole(name, value, least, SEEDS)


def number(name: str, value: Any, least: float, most: float = math.inf) -> float:
    """Return the value if it is a finite number from `least` to `most`, both included."""
    value = scalar(value)
    try:
        real = isinstance(value, REAL) and not isinstance(value, bool)
        fits = real and least <= float(value) <= most and float(value) < math.inf
    except OverflowError:  # a whole number too large for a float
        fits = False
    if not fits:
        wanted = f">= {least:g}" if most == math.inf else f"in [{least:g}, {most:g}]"
        raise ValueError(f"{name}: {came(value)}, wanted a number {wanted}")
    return float(value)


def flag(name: str, value: Any) -> bool:
    """Return the value if it is a truth value."""
    value = scalar(value)
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{name}: {came(value)}, wanted True or False")
    return bool(value)


def function(name: str, value: Any) -> Any:
    """Return the value if it can be called, or None."""
    if value is not None and not callable(value):
        raise TypeError(f"{name}: {came(value)}, wanted a function")
    return value


def path(name: str, value: Any) -> str | os.PathLike[str]:
    """Return the value if it is a path. A number is not: `open` reads it as a file descriptor."""
    if not isinstance(value, str | os.PathLike) or not os.fspath(value):
        raise TypeError(f"{name}: {came(value)}, wanted a path")
    return value


def threads(name: str, value: Any) -> Any:
    """Return the value if it is a number of threads, or "auto"."""
    value = scalar(value)
    if isinstance(value, str) and value == "auto":
        return "auto"
    try:
        return whole(name, value, 1)
    except ValueError as error:
        raise ValueError(f"{error}, or 'auto'") from None


def every(name: str, value: Any) -> str:
    """Return the value if it is an interval: see `interval`."""
    interval(name, value)
    return str(value)


def interval(name: str, value: Any) -> tuple[float, str]:
    """Read an interval such as "2 epochs"; return its number and its noun in the singular."""
    words = str(value).strip()
    found = re.fullmatch(r"(\d{1,12}|\d{0,12}\.\d+) ?(epoch|sample|second)s?", words)
    if found and float(found[1]) > 0 and (found[2] == "second" or "." not in found[1]):
        return float(found[1]), found[2]
    raise ValueError(
        f"{name}: {came(value)}, wanted a number of epochs, samples or seconds, such as "
        "'60 seconds'"
    )


def sizes(name: str, value: Any) -> tuple[int, ...]:
    """Return the sizes of layers as a tuple. For another value, the error says what to write."""
    if not in_order(value):
        value = scalar(value)
        found = re.findall(r"\d+", str(value)) if isinstance(value, (str, *WHOLE)) else []
        example = tuple(map(int, found)) or (64, 32)
        raise TypeError(f"{name}: {came(value)}, wanted a sequence of sizes such as {example}")
    return tuple(whole(name, size, 1) for size in value)


def arrays(name: str, values: Any) -> list[Any]:
    """Return a list of arrays, one for each layer. The arrays themselves are not checked."""
    if not in_order(values):
        raise TypeError(f"{name}: {came(values)}, wanted a sequence of arrays, one for each layer")
    return list(values)


def array(name: str, value: Any, shape: tuple[int, ...] | None = None) -> NDArray[Any]:
    """Return the value as an array of real numbers if it has this shape."""
    wanted = "an array" if shape is None else f"{shape}"
    try:
        numbers = np.asarray(value)
    except ValueError:
        raise ValueError(f"{name}: rows of different lengths, wanted {wanted}") from None
    if shape is not None and numbers.shape != shape:
        raise ValueError(f"{name}: shape {numbers.shape}, wanted {wanted}")
    if numbers.dtype.kind not in "biuf":
        raise TypeError(f"{name}: dtype {numbers.dtype}, wanted real numbers")
    return numbers
