"""The words of errors and warnings: an estimator's names, and one line."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

from .parameters import PARAMETERS

# An option of `train` is told from the same English word by its place, or is no English word.
OPTION = re.compile(r"^\w+(?=: )|\b\w+(?==)|\blearning_rate\b|\bl2\b|(?<!^)\bpatience\b")
SHOWN = ("array=", "[", " ", "<", "\t")  # how lines begin that show an array


def renamed(text: str) -> str:
    """Return a text in which options of `train` have the names of parameters of estimators."""
    names = PARAMETERS
    if not text.startswith("patience"):
        names = names | {"patience": "early_stopping"}
    text = OPTION.sub(lambda m: names.get(m[0], m[0]), text)
    return text.replace(", but init has ", ", but model_ has ")  # of a warm start


@contextlib.contextmanager
def own_names() -> Iterator[None]:
    """Let errors name the parameters of estimators in place of the options of `train`."""
    try:
        yield
    except (TypeError, ValueError, FloatingPointError) as error:
        if error.args and isinstance(error.args[0], str):
            error.args = (renamed(error.args[0]), *error.args[1:])
        raise


@contextlib.contextmanager
def naming(argument: str) -> Iterator[None]:
    """Let scikit-learn's errors of an argument name it, in one line that shows no array."""
    try:
        yield
    except (TypeError, ValueError) as error:
        lines = [line for line in str(error).splitlines() if not line.startswith(SHOWN)]
        text = ("\n" if "feature names" in lines[0] else " ").join(lines)
        if not re.search(rf"\b{argument}\b", text):
            text = f"{argument}: {text}"
        error.args = (text,)
        raise
