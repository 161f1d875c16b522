"""The first weights of a network, drawn or given."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from .. import checks
from ..options import StartName
from ..rng import stream
from ..typing import Array
from .activations import Activation, row_of

Shape = tuple[int, int]
Draw = Callable[[np.random.Generator, Shape], Array]
Start = StartName | Sequence[float] | Sequence[Array | Sequence[Sequence[float]]]


def uniform(rng: np.random.Generator, limit: float, shape: tuple[int, ...]) -> Array:
    """Return uniform numbers within +-limit."""
    return rng.uniform(-limit, limit, shape)


# The starts of weights (n_in, n_out). Glorot & Bengio 2010; He, Zhang, Ren & Sun 2015; N(0, 1) and
# N(0, 1 / n_in) as in Nielsen, 'Neural Networks and Deep Learning', chapters 1 and 3.
LIMITS: dict[str, Callable[[Shape], float]] = {
    "glorot": lambda shape: np.sqrt(6 / (shape[0] + shape[1])),
    "he": lambda shape: np.sqrt(6 / shape[0]),
}
STARTS: dict[str, Draw] = {
    "glorot": lambda rng, shape: uniform(rng, LIMITS["glorot"](shape), shape),
    "he": lambda rng, shape: uniform(rng, LIMITS["he"](shape), shape),
    "normal": lambda rng, shape: rng.standard_normal(shape),
    "normal/n": lambda rng, shape: rng.standard_normal(shape) / np.sqrt(shape[0]),
}


def first_weights(
    start: Start | None,
    shapes: Sequence[Shape],
    activations: Sequence[Activation],
    rng: np.random.Generator,
) -> Iterator[Array]:
    """Return weights (n_in, n_out) of these shapes, by layers: see `Network.initialise`.

    Raises
    ------
    TypeError, ValueError
        There is no such start, or it does not fit the shapes.
    """
    start = checks.scalar(start)
    if start is None:
        draws = [STARTS[row_of(a).start] for a in activations]
    elif isinstance(start, str):
        if start not in STARTS:
            raise ValueError(f"start: {start!r}, wanted one of {', '.join(STARTS)}")
        draws = [STARTS[start]] * len(shapes)
    elif not checks.in_order(start):
        wanted = "a name, (low, high), or each layer's weights"
        raise TypeError(f"start: {checks.came(start)}, wanted {wanted}")
    elif len(parts := list(map(checks.scalar, start))) == 2 and all(map(np.isscalar, parts)):
        draws = [_range(*parts)] * len(shapes)
    else:
        return iter(_given(parts, shapes))
    return (draw(rng, shape) for draw, shape in zip(draws, shapes, strict=True))


def weights_of_input(index: int, outputs: int, activation: Activation, seed: int) -> Array:
    """Return the weights (outputs,) of an input that is added to a first layer.

    They depend on nothing but these arguments: they are drawn as if it were the last input.
    """
    limit = LIMITS[row_of(activation).start]((index + 1, outputs))
    return uniform(stream(seed, "inputs", index + 1), limit, (outputs,))


def _range(low: Any, high: Any) -> Draw:
    try:
        least, most = (checks.number("start", bound, -math.inf) for bound in (low, high))
        fits = 0 <= most - least < math.inf
    except ValueError:
        fits = False
    if not fits:
        came = f"({checks.came(low)}, {checks.came(high)})"
        raise ValueError(f"start: {came}, wanted finite numbers, low <= high")
    return lambda rng, shape: rng.uniform(low, high, shape)


def _given(arrays: Sequence[Any], shapes: Sequence[Shape]) -> list[Array]:
    if len(arrays) != len(shapes):
        raise ValueError(f"start: {len(arrays)} arrays, wanted {len(shapes)}, one for each layer")
    return [
        checks.array(f"start[{k}]", array, shape)
        for k, (array, shape) in enumerate(zip(arrays, shapes, strict=True))
    ]
