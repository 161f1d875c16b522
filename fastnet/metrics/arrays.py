"""The arrays that measures read, in parts that need little memory, and their exact sums."""

import math
from collections.abc import Iterator
from itertools import chain

import numpy as np
from numpy.typing import ArrayLike

from ..typing import Array

PART = 1 << 16  # values that are looked at together


def column(values: ArrayLike, name: str, n: int | None = None) -> Array:
    """Return values (n,) or (n, 1) as an array (n,)."""
    array = np.asarray(values)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1 or (n is not None and len(array) != n):
        wanted = "(n,)" if n is None else f"({n},)"
        raise ValueError(f"{name}: shape {array.shape}, wanted {wanted}")
    return array


def pair(y: ArrayLike, values: ArrayLike, name: str) -> tuple[Array, Array]:
    """Return two arrays of one length, at least 1."""
    first = column(y, "y")
    if not len(first):
        raise ValueError("y: no samples, wanted at least one")
    return first, column(values, name, len(first))


def truths(values: Array, name: str) -> Array:
    """Return truth values, or 0 and 1, as bool (n,); refuse others, such as -1 and 1, or words."""
    if values.dtype.kind == "b":
        return values
    for part in parts(len(values)):
        for value in [*dict.fromkeys(values[part].tolist())]:
            if value not in (0, 1):
                raise ValueError(f"{name}: {value!r}, wanted truth values, or 0 and 1")
    return values.astype(bool)


def parts(n: int) -> Iterator[slice]:
    """Yield the slices of n values that are looked at together."""
    return (slice(start, min(start + PART, n)) for start in range(0, n, PART))


def total(values: Array) -> float:
    """Return the exact sum of values, rounded once."""
    flat = values.reshape(-1)
    return math.fsum(chain.from_iterable(flat[part].tolist() for part in parts(len(flat))))
