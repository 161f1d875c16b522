"""The defaults by rule: what an option is that is not given.

They depend on the kind of data: plain arrays have those of images; tables have others, and so do
streams of tables. Of a table they also depend on its targets, and on n, the number of samples that
an epoch learns. This is the one place with the values; docs/defaults.md says how
they were found. The module imports neither NumPy nor Numba, since the terminal's help shows the
rules.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from ..options import NetOptions
from ..rows import Row

T = TypeVar("T", bound=NetOptions)
SHRINKING = 0.1  # the most that l2 by the rule takes of a weight in one step
# A sigmoid is so many times as flat as the other activations, so its weights are as many times as
# large, and l2 takes their square.
FLATTER = 4


@dataclass(frozen=True)
class By:
    """A value that depends on n, the number of samples that an epoch learns.

    Attributes
    ----------
    value : callable
        The function of n.
    words : str
        The same in words, for the documentation.
    """

    value: Callable[[int], Any]
    words: str


def passes(samples: int) -> By:
    """Return the epochs that learn so many samples, within limits."""
    return By(lambda n: min(max(-(-samples // n), 20), 100), f"{samples:,} / n, 20 to 100")


PLAIN: dict[str, Any] = {  # learning_rate: see `fastnet.model.rate`
    "hidden": (64, 32),
    "activation": "sigmoid",
    "loss": "quadratic",
    "schedule": "linear",
    "epochs": 20,
    "l2": 0.0,
    "l2_schedule": "constant",
    "average": 0.0,
}
CLASSES: dict[str, Any] = {
    "hidden": (64, 64),
    "activation": "relu",
    "loss": "cross-entropy",
    "learning_rate": 0.02,  # with this activation
    "schedule": "linear",
    "epochs": passes(30_000),
    "l2": By(lambda n: 10 / (n + 200), "10 / (n + 200)"),
    "l2_schedule": "constant",
    "average": 0.5,
}
NUMBERS = {
    **CLASSES,
    "hidden": (64, 32),
    "activation": "tanh",
    "loss": "quadratic",
    "learning_rate": 0.01,
    "epochs": passes(100_000),
    "l2": By(lambda n: 15 / (n + 200), "15 / (n + 200)"),
    "l2_schedule": "loss",
}
STREAM_CLASSES: dict[str, Any] = {
    "hidden": (64,),
    "activation": "relu",
    "loss": "cross-entropy",
    "learning_rate": 0.02,
}
STREAM_NUMBERS = {
    **STREAM_CLASSES,
    "hidden": (64, 32),
    "activation": "tanh",
    "loss": "quadratic",
    "learning_rate": 0.005,
}
# With patience, of all data, unless another schedule is given.
PATIENT: dict[str, Any] = {"schedule": "plateau", "epochs": 1000, "average": 0.0}
# What the documentation calls each kind of data.
KINDS = {
    "arrays, images": PLAIN,
    "tables, classes": CLASSES,
    "tables, numbers": NUMBERS,
    "streams of tables, classes": STREAM_CLASSES,
    "streams of tables, numbers": STREAM_NUMBERS,
}


def is_of_table(options: NetOptions, encoded: bool) -> bool:
    """Tell whether data have the defaults for tables.

    `encoded` says whether they are encoded, because they are a table or because of `encode`, which
    alone asks for no defaults.
    """
    return options.preset == "table" or (encoded and options.encode is None)


def rule_for(table: bool, task: str, n: int) -> dict[str, Any]:
    """Return the defaults of a run: those for tables, or for plain arrays.

    Parameters
    ----------
    table : bool
        True for the defaults for tables.
    task : str
        "classification", "multilabel" or "regression".
    n : int
        The samples that an epoch learns.
    """
    rule = (NUMBERS if task == "regression" else CLASSES) if table else PLAIN
    values = {k: v.value(n) if isinstance(v, By) else v for k, v in rule.items()}
    return {**values, "preset": "table"} if table else values


def rule_for_stream(table: bool, task: str) -> dict[str, Any]:
    """Return the defaults of a stream; see `rule_for`."""
    return (STREAM_NUMBERS if task == "regression" else STREAM_CLASSES) if table else PLAIN


def with_rule(options: T, rule: dict[str, Any]) -> T:
    """Return options in which those that are not given have the values of a rule.

    The rate is not among them, since it depends on the net: see `rate_by`.
    """
    given = {name for name in options.rows() if getattr(options, name) is not None}
    if "patience" in given:
        by_loss = getattr(options, "schedule", None) in (None, PATIENT["schedule"])
        rule = rule | (PATIENT if by_loss else {"average": 0.0})
    if "l2" in given:
        rule = rule | {"l2_schedule": "constant"}
    missing = rule.keys() & options.rows().keys() - given - {"learning_rate"}
    if not missing:
        return options
    values = {name: rule[name] for name in missing}
    options = options.replaced(**values)
    layers = options.activation
    first = layers[0] if isinstance(layers, list | tuple) and layers else layers
    if "l2" in values and options.hidden and first == "sigmoid":
        options = options.replaced(l2=values["l2"] / FLATTER**2)
    return options


def rate_by(rule: dict[str, Any], net: Any) -> float | None:
    """Return the usual rate of a net by a rule, or None if it goes by the net's activation.

    A rule's rate is that of a net whose first layer is hidden and has the rule's activation. It is
    that of a stream, or of a run in which it falls: then the usual rate is half of it.
    """
    fits = len(net.activations) > 1 and net.activations[0] == rule["activation"]
    if not fits or "learning_rate" not in rule:
        return None
    return rule["learning_rate"] / (2 if "epochs" in rule else 1)


# Documentation --------------------------------------------------------------------------------


def default_of(row: Row) -> str:
    """Return the rule of an option in words, with its values by the kind of data."""
    name = row.name
    if name not in CLASSES:
        return row.rule
    plain, tables, streams = (
        of_both(classes.get(name), numbers.get(name))
        for classes, numbers in (
            (PLAIN, PLAIN), (CLASSES, NUMBERS), (STREAM_CLASSES, STREAM_NUMBERS)
        )
    )  # fmt: skip
    said = plain
    if plain != tables:
        said = f"{row.rule}{': ' * bool(plain)}{plain}; tables: {tables}"
        said += f"; streams of tables: {streams}" * (streams not in ("", tables))
    return said + f"; with patience: {words(PATIENT.get(name))}" * (name in PATIENT)


def of_both(of_classes: Any, of_numbers: Any) -> str:
    """Return the values for classes and for numbers in words."""
    one, other = words(of_classes), words(of_numbers)
    return one if one == other else f"{one} (of numbers: {other})"


def words(value: Any) -> str:
    """Return a value of a rule in words; none for None."""
    if isinstance(value, By):
        return value.words
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    if isinstance(value, float):
        return f"{value:g}"
    return "" if value is None else str(value)
