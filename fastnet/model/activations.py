"""The activations of layers: named ones, or functions of the user's own, checked before use.

The kernels call a user's function and its derivative by their addresses, so that one compiled pass
serves every net.
"""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeGuard

import numpy as np

from ..kernels.activations import ACTIVATIONS, OWN, Row
from ..kernels.jit import c_function, is_jitted
from ..reference import ActivationName
from ..typing import Array

Pair = tuple[Callable[[float], float], Callable[[float], float]]
Activation = ActivationName | Pair

# The points at which derivatives are checked: evenly in -10 ... 10, but off the round numbers, as
# functions may have corners there. Functions must also be finite at 0, since z starts there.
POINTS = 20 * (np.arange(1, 257) * (np.sqrt(5) - 1) / 2 % 1) - 10
H = 2.0**-20  # the central difference is off by about H**2, and by 2**-53 / H: 1e-10
TOLERANCE = 1e-5


class Functions(NamedTuple):
    """The addresses of a checked pair of functions, double f(double), and their owners."""

    transfer: int
    transfer_prime: int
    owners: tuple[Any, Any]


def row_of(activation: Activation) -> Row:
    """Return the row of an activation in the table; OWN for functions of the user's own."""
    return ACTIVATIONS[activation] if isinstance(activation, str) else OWN


def check_range(
    numbers: Array,
    activation: Activation,
    outputs: int,
    name: str,
    cure: str = "scale them, or use identity outputs",
) -> None:
    """Refuse targets, numbers (n * outputs,), that the output layer can never reach."""
    low, high = row_of(activation).low, row_of(activation).high
    if not len(numbers) or (low == -math.inf and high == math.inf):
        return
    least, most = numbers.min(), numbers.max()
    if not (low <= least and most <= high):
        raise ValueError(
            f"{name}: {least if least < low else most}, wanted numbers within [{low:g}, {high:g}], "
            f"as {activation} outputs are ({cure})"
        )
    if activation == "softmax":
        sums = numbers.reshape(-1, outputs).sum(axis=1)
        worst = sums[np.abs(sums - 1).argmax()]
        if abs(worst - 1) > 1e-3:
            raise ValueError(
                f"{name}: a row that adds up to {worst:g}, wanted 1, as softmax outputs do "
                "(for several labels at once use sigmoid outputs)"
            )


def is_pair(activation: Any) -> TypeGuard[Pair]:
    """Tell whether this is a pair of functions, not the activations of several layers."""
    return isinstance(activation, Sequence) and any(map(callable, activation))


def name_of(function: Any) -> str:
    """Return the name of a function in errors and files."""
    return getattr(function, "__name__", repr(function))


def names_of(activation: Activation) -> list[str]:
    """Return the name of an activation, or both names of a pair of functions."""
    return [activation] if isinstance(activation, str) else [name_of(f) for f in activation]


def functions(pair: tuple[Any, ...]) -> Functions:
    """Check and compile a pair of functions of one number, the activation and its derivative.

    The result is cached, so that copies of a network share it.

    Raises
    ------
    TypeError
        They are not functions compiled by `numba.njit`.
    ValueError
        They do not accept one number, raise, or return NaN or infinity; or the second is not the
        slope of the first.
    """
    if len(pair) != 2:
        came = ", ".join(map(name_of, pair))
        raise ValueError(f"activation: ({came}), wanted two functions, (f, f_prime)")
    for function in pair:
        _check_kind(function)
    return _compiled(pair)


@functools.lru_cache
def _compiled(pair: Any) -> Functions:
    _check_slopes(*pair)
    transfer, transfer_prime = (_attempt(f, "compile", c_function, f) for f in pair)
    return Functions(transfer[0], transfer_prime[0], (transfer[1], transfer_prime[1]))


def _check_kind(function: Any) -> None:
    name = name_of(function)
    if not callable(function) or not is_jitted(function):
        raise TypeError(f"activation: {name}, wanted a function compiled by numba.njit")
    signature = inspect.signature(function)
    try:
        signature.bind(0.0)
    except TypeError:
        wanted = "a function of one number"
        raise ValueError(f"activation: {name}{signature}, wanted {wanted}") from None


def _check_slopes(f: Callable[[float], float], f_prime: Callable[[float], float]) -> None:
    _value(f, 0.0), _value(f_prime, 0.0)
    for x in POINTS.tolist():
        low, high, given = _value(f, x - H), _value(f, x + H), _value(f_prime, x)
        slope = (high - low) / (2 * H)
        if abs(given - slope) > TOLERANCE * (1 + abs(slope) + abs(high)):
            raise ValueError(
                f"activation: {name_of(f_prime)}({x:.6g}) gave {given:.6g}, but the slope of "
                f"{name_of(f)} there is {slope:.6g}"
            )


def _value(function: Callable[[float], float], x: float) -> float:
    value = _attempt(function, f"give a number for {x:.6g}", lambda: float(function(x)))
    if not math.isfinite(value):
        name = name_of(function)
        raise ValueError(f"activation: {name}({x:.6g}) is {value}, wanted a finite number")
    return value


def _attempt(function: Any, what: str, action: Callable[..., Any], *arguments: Any) -> Any:
    """Call `action`; turn an exception into a one-line error that names the function."""
    try:
        return action(*arguments)
    except Exception as error:
        reason = " ".join(str(error).split("\n")[:2])  # Numba's second line has the reason
        raise ValueError(
            f"activation: {name_of(function)} does not {what} ({type(error).__name__}: {reason})"
        ) from error
