"""Which warnings of a fit reach the users of estimators."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from ..diagnostics import gathered, warn
from ..model.pixels import TOPIC
from .words import renamed

# Topics: a run has learned nothing, perhaps since X does not tell y; or it has ended early. If X
# does tell y, the topic is another.
RUN = {"run", "patience"}


@contextlib.contextmanager
def told(estimator: Any) -> Iterator[None]:
    """Give the warnings of learning, but not of what is usual where many estimators are fitted.

    Runs whose rate is by the rule mostly learn what there is to learn. That this is nothing is for
    a score to say, as where labels are permuted. That a run has learned nothing though X tells y,
    and what is seen in the data, is always given.
    """
    said: dict[str, str] = {}
    by_rule = estimator.learning_rate_init is None
    try:
        with gathered(said, ""):
            yield
    finally:
        for topic, message in said.items():
            if not (by_rule and topic in RUN):
                warn(renamed(message))


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Give no warnings, as of words that are in no row that was learned, but those of pixels."""
    said: dict[str, str] = {}
    with gathered(said, ""):
        yield
    if TOPIC in said:
        warn(renamed(said[TOPIC]))
