"""Packages of extras, each imported where a format needs it."""

from __future__ import annotations

import importlib
from typing import Any

from ..diagnostics import reason

NAMES = {"optuna": "Optuna", "sklearn": "scikit-learn"}  # that differ from those of the modules


def package(module: str, extra: str, what: str) -> Any:
    """Return a module of an extra; `what` needs it.

    Raises
    ------
    ImportError
        Its package is missing; the error names the extra. Or it is there, but broken.
    """
    name = module.partition(".")[0]
    try:
        return importlib.import_module(module)
    except ImportError as error:
        line = f"{what} needs the package {NAMES.get(name, name)}"
        if not isinstance(error, ModuleNotFoundError):
            raise ImportError(f"{line}, which is broken: {reason(error)}") from error
        raise ImportError(f"{line}: pip install 'fastnet-sgd[{extra}]'") from None
