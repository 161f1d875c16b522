"""The parameters of the estimators, and the options of `fastnet.train` that they stand for."""

from __future__ import annotations

import math
from dataclasses import replace
from numbers import Integral
from typing import Any

from sklearn.utils import check_random_state

from .. import checks
from ..images.elastic import Elastic
from ..options import Options
from ..training.seeds import MOST

# The option of each parameter. A parameter that is None is not given: then the rule decides.
NET = {
    "hidden_layer_sizes": "hidden",
    "activation": "activation",
    "loss": "loss",
    "dtype": "dtype",
}
RUN = {
    "alpha": "l2",
    "learning_rate_init": "learning_rate",
    "schedule": "schedule",
    "average": "average",
    "max_iter": "epochs",
    "shuffle": "shuffle",
    "augment": "augment",
}
STOP = {"validation_fraction": "validation_fraction", "n_iter_no_change": "patience"}
OTHERS = {"threads": "threads", "encode": "encode", "verbose": "verbose"}
ACTIVATIONS = {"logistic": "sigmoid"}  # scikit-learn's names that are not fastnet's
PARAMETERS = {option: name for name, option in (NET | RUN | STOP | OTHERS).items()}
ONE_OF_MANY = 1 << 31  # random seeds
NEVER = 1 << 31  # epochs: n_iter_no_change=inf


def options_of(parameters: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """Return the options that are given, checked, by their names.

    Raises
    ------
    TypeError, ValueError
        A parameter has none of its values.
    """
    rows, options = Options.rows(), {}
    for name, option in names.items():
        value = as_option(name, parameters.get(name))
        if value is not None:
            options[option] = replace(rows[option], name=name).checked(value)
    return options


def as_option(name: str, value: Any) -> Any:
    """Return the value of a parameter as its option has it, where scikit-learn has another way."""
    if name == "hidden_layer_sizes" and isinstance(value, Integral):
        return (value,)
    if name == "activation" and isinstance(value, str):
        return ACTIVATIONS.get(value, value)
    if name == "activation" and isinstance(value, list | tuple):
        return type(value)(as_option(name, each) for each in value)
    if name == "n_iter_no_change" and value == math.inf:
        return NEVER
    if name == "verbose" and isinstance(value, Integral):
        return bool(value)
    return value


def check(parameters: dict[str, Any]) -> None:
    """Refuse parameters that are none, whether this fit uses them or not."""
    options_of(parameters, NET | RUN | STOP | OTHERS)
    if parameters["augment"] is not None:
        Elastic.of(parameters["augment"])
        if parameters["encode"] == "table":
            raise ValueError("encode: 'table', but augment wants pixels, which stay as they are")
    checks.whole("n_nets", parameters["n_nets"], 1, MOST)
    if parameters["max_iter"] is not None:
        checks.whole("max_iter", parameters["max_iter"], 1)
    if parameters["learning_rate_init"] == 0:
        raise ValueError("learning_rate_init: 0, wanted a number > 0")
    for name in ("early_stopping", "warm_start"):
        checks.flag(name, parameters[name])


def seeds_of(random_state: Any, n: int) -> list[int]:
    """Return the seeds of n nets: random ones if `random_state` is None."""
    try:
        state = check_random_state(random_state)
    except ValueError:
        came = checks.came(random_state)
        raise ValueError(f"random_state: {came}, wanted None, an int or a RandomState") from None
    first = int(state.randint(ONE_OF_MANY - MOST))
    return [first + k for k in range(n)]
