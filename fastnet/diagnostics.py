"""Warnings about data and runs that are probably not as meant, and texts of errors."""

from __future__ import annotations

import contextlib
import os
import sys
import warnings
from collections.abc import Iterator
from contextvars import ContextVar

# Files whose lines are not the caller's. Between them a context manager may give a warning.
_OWN = (os.path.dirname(os.path.abspath(__file__)) + os.sep, contextlib.__file__)


class LearningWarning(UserWarning):
    """A net learns or answers, but probably not as it was meant to.

    The message says what was seen and what to do. `warnings.simplefilter("error",
    fastnet.LearningWarning)` turns the warning into an error; "ignore" silences it.
    """


# Whether nothing is said of compiling.
quiet: ContextVar[bool] = ContextVar("quiet", default=False)
# If many runs share one call: the messages by topic, and the name of the run in this thread.
_gathering: ContextVar[tuple[dict[str, str], str] | None] = ContextVar("gathering", default=None)


@contextlib.contextmanager
def without_words(wanted: bool) -> Iterator[None]:
    """Say nothing of compiling, if this is wanted or so already."""
    token = quiet.set(quiet.get() or wanted)
    try:
        yield
    finally:
        quiet.reset(token)


def warn(message: str, topic: str | None = None) -> None:
    """Give a `LearningWarning` at the line that called fastnet.

    If many runs share one call, messages of one topic, or equal messages without one, are given
    once: see `gathered`.
    """
    gathering = _gathering.get()
    if gathering is not None:
        said, name = gathering
        said.setdefault(topic or message, f"{name}{message}" if topic else message)
        return
    depth = 2  # the line that called this function
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_OWN):
        frame, depth = frame.f_back, depth + 1
    warnings.warn(message, LearningWarning, stacklevel=depth)


@contextlib.contextmanager
def gathered(said: dict[str, str], name: str) -> Iterator[None]:
    """Collect this thread's warnings in `said` instead of giving them; `name` names the run."""
    token = _gathering.set((said, name))
    try:
        yield
    finally:
        _gathering.reset(token)


def gathers() -> bool:
    """Tell whether many runs share one call in this thread, whose warnings are collected."""
    return _gathering.get() is not None


def whose() -> str:
    """Return the name of the run in this thread, such as "seed 3: ", if many share one call."""
    gathering = _gathering.get()
    return "" if gathering is None else gathering[1]


def printable(text: str) -> str:
    """Return text that a terminal can show: control characters are escaped."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def reason(error: BaseException) -> str:
    """Return the first line of an error, cut after 200 characters: it may quote a damaged file."""
    text = next(iter(str(error).splitlines()), "") or type(error).__name__
    text = printable(text[:201])
    return text if len(text) <= 200 else text[:197] + "..."
