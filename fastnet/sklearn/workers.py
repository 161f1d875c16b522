"""Estimators that joblib or Dask fit side by side: each has one core, unless it asks for more."""

from __future__ import annotations

import contextlib
import functools
import sys
from collections.abc import Callable
from math import inf
from numbers import Integral
from typing import Any, TypeVar

from joblib.parallel import get_active_backend

from ..cores import at_most, limit

F = TypeVar("F", bound=Callable[..., Any])


def sharing(function: F) -> F:
    """Let a function of an estimator keep to the estimator's share of the cores."""

    @functools.wraps(function)
    def shared(estimator: Any, *arguments: Any, **more: Any) -> Any:
        with share(estimator.threads):
            return function(estimator, *arguments, **more)

    return shared  # type: ignore[return-value]


def share(threads: Any) -> contextlib.AbstractContextManager[None]:
    """Return a context in which this thread uses no more cores than it should.

    Workers that are processes mostly have a limit in their environment, which `cores` knows. Others
    have one core, or `threads` if that is a number.
    """
    if limit() < inf or not is_one_of_many():
        return contextlib.nullcontext()
    return at_most(int(threads) if isinstance(threads, Integral) else 1)


def is_one_of_many() -> bool:
    """Tell whether this thread works for joblib or Dask, which fill the cores with the like."""
    if get_active_backend()[0].nesting_level:
        return True
    distributed = sys.modules.get("distributed")
    if distributed is None:
        return False
    try:
        distributed.get_worker()
    except ValueError:  # no worker is here
        return False
    return True
