"""The space of a sweep: the options that vary, and the values among which each varies."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from itertools import product
from typing import Any, TypeAlias

import numpy as np

from ..checks import came, in_order, one_of
from ..data.fingerprint import sha256
from ..images.elastic import Elastic
from ..options import Options
from ..rows import Row
from ..spelling import option_meant
from ..training.order import kind_of_weights

# What a sweep decides itself, or what belongs to the data.
FIXED = ("classes", "init", "sample_weight", "threads")
OWN = (
    "checkpoint", "every", "on_epoch", "on_progress", "resume", "seed", "validation_data",
    "validation_fraction", "verbose",
)  # fmt: skip
DECIDES = "a sweep decides it itself"
ENCODING = "encode", "preset", "dtype"  # by which the rows are encoded
TENFOLD = 10  # a range whose ends differ so many times is logarithmic
ROUNDING = 1e-9  # of this ratio
MANY = 100_000  # settings at the most, of which none is drawn twice
MOST = 1 << 20  # settings of a grid

Range: TypeAlias = tuple[Any, Any]
# Of each option a range, or choices by the text that a study keeps: so choices may be anything.
Space: TypeAlias = dict[str, Range | dict[str, Any]]


def space_of(space: Any) -> Space:
    """Return a checked space.

    Parameters
    ----------
    space : dict
        The values of each option: see `fastnet.sweep`.

    Raises
    ------
    TypeError, ValueError
        An option or a value does not fit.
    """
    if not isinstance(space, Mapping) or not space:
        wanted = "wanted options with their values, such as {'l2': [0, 1e-4]}"
        raise TypeError(f"space: {came(space)}, {wanted}")
    rows = Options.rows()
    hints = dict.fromkeys(FIXED, ": all runs share it") | dict.fromkeys(OWN, f": {DECIDES}")
    for name in space:
        if name not in rows or name in hints:
            hint = hints.get(name) or option_meant(str(name), rows)
            raise TypeError(f"space: {name} is no option of a sweep{hint}")
    return {name: _values(rows[name], values) for name, values in space.items()}


def fixed_of(options: Mapping[str, Any], space: Space) -> dict[str, Any]:
    """Return the checked options that all runs share.

    Raises
    ------
    TypeError, ValueError
        There is no such option, a value does not fit, or the option is not one to share.
    """
    rows = Options.rows()
    for name in options:
        if name not in rows:
            raise TypeError(f"{name}: there is no such option{option_meant(name, rows)}")
        if name in OWN:
            raise TypeError(f"{name}: given, but {DECIDES}")
        if name in space:
            raise TypeError(f"{name}: given, in the space too, wanted it in one place")
    return {name: rows[name].checked(value) for name, value in options.items()}


def _values(row: Row, values: Any) -> Range | dict[str, Any]:
    """Return the values of an option: two ends, or choices by their texts."""
    numeric = row.values.form in ("whole", "number")
    if numeric and isinstance(values, str):
        values = numbers(row.name, values)
    if numeric and isinstance(values, tuple) and len(values) == 2:
        low, high = map(row.checked, values)
        if not low < high:
            ends = f"{low:g}..{high:g}"
            raise ValueError(f"{row.name}: {ends}, wanted a range from its smaller end")
        return low, high
    if isinstance(values, tuple) or not in_order(values):
        wanted = "a range (low, high), or a list of choices" if numeric else "a list of choices"
        raise TypeError(f"{row.name}: {came(values)}, wanted {wanted}")
    choices = [_choice(row, value) for value in values]
    by_text: dict[str, Any] = {}
    for choice in choices:
        text = text_of(choice)
        if callable(choice) and choice not in by_text.values():  # others may have its name
            alike = sum(name.partition(" (")[0] == text for name in by_text)
            text += f" ({alike + 1})" if alike else ""
        by_text[text] = choice
    if len(by_text) < max(1, len(choices)):
        raise ValueError(f"{row.name}: {came(values)}, wanted some choices, each of them once")
    return by_text


def _choice(row: Row, value: Any) -> Any:
    """Return a checked value of an option. Some are otherwise checked only when a run begins."""
    if row.name == "augment" and value is not None:
        return Elastic.of(value)
    if row.name == "class_weight" and value is not None:
        return kind_of_weights(value)
    if isinstance(value, str) and row.values.form == "choice" and not row.values.check:
        return one_of(row.name, value, row.values.names)
    return None if value is None else row.checked(value)


def numbers(name: str, text: str) -> Range | list[Any]:
    """Return the range in a text such as "0.003..0.3", or the numbers in one such as "0.05,0.2".

    Raises
    ------
    ValueError
        The text is neither.
    """
    low, dots, high = text.partition("..")
    parts = [low, high] if dots else text.split(",")
    wanted = "wanted a range such as 0.003..0.3, or numbers such as 0.05,0.2"
    if "..." in text or any(re.fullmatch(r"\s*0\d+", part) for part in parts):  # 0,05 has a comma
        raise ValueError(f"{name}: {text!r}, {wanted}")
    try:
        each = [float(part) for part in parts]
    except ValueError:
        raise ValueError(f"{name}: {text!r}, {wanted}") from None
    each = [int(number) if number.is_integer() else number for number in each]
    return (each[0], each[1]) if dots else each


def text_of(value: Any) -> str:
    """Return a value of an option as text: "128,64" for (128, 64), "none" for (), "default"."""
    if isinstance(value, np.ndarray):
        return sha256(value)
    if isinstance(value, Mapping):
        return ",".join(f"{key}={text_of(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return ",".join(map(text_of, value)) or "none"
    for name in ("to_text", "digest"):  # of an Elastic; of a Network
        if hasattr(value, name):
            return str(getattr(value, name)())
    if callable(value):
        return str(getattr(value, "__qualname__", type(value).__qualname__))
    return "default" if value is None else str(value)


def said(values: Range | dict[str, Any]) -> str | list[str]:
    """Return the values of an option as a study keeps them."""
    return [*values] if isinstance(values, dict) else f"{values[0]}..{values[1]}"


def is_logarithmic(ends: Range) -> bool:
    """Tell whether the values of a range are drawn by their logarithms."""
    return bool(0 < ends[0] <= ends[1] / TENFOLD * (1 + ROUNDING))


def draw(trial: Any, space: Space) -> None:
    """Let a trial of Optuna have a value of each option."""
    for name, values in space.items():
        if isinstance(values, dict):
            trial.suggest_categorical(name, list(values))
            continue
        suggest = trial.suggest_int if isinstance(values[0], int) else trial.suggest_float
        suggest(name, *values, log=is_logarithmic(values))


def options_of(params: Mapping[str, Any], space: Space) -> dict[str, Any]:
    """Return the options for the parameters of a trial."""
    each = {name: space[name] for name in params if name in space}
    return {n: v[params[n]] if isinstance(v, dict) else params[n] for n, v in each.items()}


def encodings_of(space: Space) -> list[dict[str, str]]:
    """Return each way to encode the rows, by the texts of its options."""
    texts = {name: space[name] for name in ENCODING if name in space}
    return [dict(zip(texts, each, strict=True)) for each in product(*texts.values())]


def encoding_of(params: Mapping[str, Any], space: Space) -> int:
    """Return the place of the encoding of a setting among `encodings_of`."""
    return [each.items() <= params.items() for each in encodings_of(space)].index(True)


def grid_of(space: Space, wanted: bool) -> list[tuple[str, ...]]:
    """Return all settings of a space, by their texts; [] if it has a range.

    It is [], too, if there are very many, unless a grid is wanted.

    Raises
    ------
    ValueError
        A grid is wanted, but there is a range, or there are too many settings.
    """
    ranges = [name for name, values in space.items() if isinstance(values, tuple)]
    if ranges and wanted:
        raise ValueError(f"space: {ranges[0]} has a range, wanted a list of choices in a grid")
    count = math.inf if ranges else math.prod(map(len, space.values()))
    if wanted and count > MOST:
        raise ValueError(f"space: a grid of {count:,} settings, wanted at most {MOST:,}")
    return [*product(*space.values())] if wanted or count <= MANY else []
