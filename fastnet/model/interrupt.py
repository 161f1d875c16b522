"""Ctrl-C: it waits while a pass is changing the weights, and its exception has the net so far."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Any


class _Handler:
    """A handler that replaces the usual one of Ctrl-C, and delays it while `depth` > 0."""

    def __init__(self) -> None:
        self.usual: Any = None
        self.standing = self.came = False
        self.depth = 0

    def stand_in(self) -> bool:
        """Replace the usual handler, unless that is done already or the handler is not Python's."""
        usual: Any = signal.getsignal(signal.SIGINT)
        if self.standing or usual is None:
            return False
        self.usual, self.standing = usual, True
        signal.signal(signal.SIGINT, self)
        return True

    def stand_back(self) -> None:
        """Restore the usual handler, unless another has replaced this one."""
        self.standing = False
        now: Any = signal.getsignal(signal.SIGINT)
        if now is self:
            signal.signal(signal.SIGINT, self.usual)

    def __call__(self, number: int, frame: FrameType | None) -> None:
        if self.depth:
            self.came = True
            return
        self.came = False
        signal.signal(signal.SIGINT, self.usual)
        try:
            signal.raise_signal(signal.SIGINT)
        finally:
            if self.standing and signal.getsignal(signal.SIGINT) is self.usual:
                signal.signal(signal.SIGINT, self)


_handler = _Handler()


class hold_ctrl_c:
    """Handle Ctrl-C for a whole run, so that each `later_ctrl_c` in it costs almost nothing."""

    def __enter__(self) -> None:
        """Replace the handler in the main thread, which receives Ctrl-C."""
        mine = threading.current_thread() is threading.main_thread()
        self.stands_in = mine and _handler.stand_in()

    def __exit__(self, *error: object) -> None:
        if self.stands_in:
            _handler.stand_back()


class later_ctrl_c:
    """Delay Ctrl-C: it would stop one thread of a team, and the others would wait for it."""

    def __enter__(self) -> None:
        """Begin the delay."""
        self.waits = threading.current_thread() is threading.main_thread()
        if self.waits:
            self.stands_in = not _handler.standing and _handler.stand_in()
            _handler.depth += 1

    def __exit__(self, *error: object) -> None:
        if self.waits:
            _handler.depth -= 1  # first, so that Ctrl-C cannot be delayed for ever
            if self.stands_in:
                _handler.stand_back()
            if _handler.came and not _handler.depth:
                _handler.came = False
                signal.raise_signal(signal.SIGINT)


@contextlib.contextmanager
def leaving(**nothing: Any) -> Iterator[None]:
    """Give these attributes to the exception of a Ctrl-C that comes before there is a net."""
    try:
        yield
    except KeyboardInterrupt as stopped:
        for name, value in nothing.items():
            if not hasattr(stopped, name):
                setattr(stopped, name, value)
        raise
