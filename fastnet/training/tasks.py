"""What a worker does with a task: it looks at the version, finds the shared data, and calls."""

from __future__ import annotations

import contextlib
import functools
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextvars import ContextVar
from typing import Any

from .._version import __version__
from ..cores import at_most
from .packing import here, read, unpacked

KEPT = 20.0  # seconds for which a worker without tasks keeps the data

_stop: ContextVar[Callable[[], bool]] = ContextVar("stop", default=lambda: False)


def stopped() -> bool:
    """Tell whether the task in this thread works for nobody any more, and may end."""
    return _stop.get()()


@contextlib.contextmanager
def task(threads: int, stop: Callable[[], bool]) -> Iterator[None]:
    """Let a task use so many cores, and know when it may stop."""
    token = _stop.set(stop)
    try:
        with at_most(threads):
            yield
    finally:
        _stop.reset(token)


# A worker of another version may have other functions here. So the names of these two stay, with
# their first argument, and all else that may differ comes as bytes.


def from_file(version: str, *rest: Any) -> Any:
    """Call a function with data from a folder."""
    check(version)
    threads, host, folder, packed, _ = rest
    with _kept.use(folder, functools.partial(read, folder, host)) as shared:
        return _call(threads, lambda: not os.path.exists(folder), shared, packed)


def from_memory(version: str, *rest: Any) -> Any:
    """Call a function with data that Dask has brought."""
    check(version)
    threads, name, packed, (body, *arrays) = rest
    with _kept.use(name, functools.partial(unpacked, body, arrays)) as shared:
        return _call(threads, _cancelled(), shared, packed)


def check(version: str) -> None:
    """Refuse the tasks of another version."""
    if version != __version__:
        raise RuntimeError(f"executor: {here()} has fastnet {__version__}, wanted {version}")


def _call(threads: int, stop: Callable[[], bool], shared: Any, packed: bytes) -> Any:
    """Call the function of a task, unless nobody wants it any more."""
    if stop():
        raise CancelledError
    with task(threads, stop):
        function, arguments = unpacked(packed)
        return function(shared, *arguments)


def _cancelled() -> Callable[[], bool]:
    """Return a function that tells whether this task of Dask is cancelled."""
    from distributed import get_worker

    worker = get_worker()
    key = worker.get_current_task()

    def stop() -> bool:
        state = worker.state.tasks.get(key)
        return state is None or state.state == "cancelled"

    return stop


class _Kept:
    """The data of the last tasks. They are forgotten some time after the last of them."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.name, self.value, self.users, self.turn = "", None, 0, 0
        self.timed = False

    @contextlib.contextmanager
    def use(self, name: str, read: Callable[[], Any]) -> Iterator[Any]:
        """Yield the data of this name, read once for the tasks of this process."""
        with self.lock:
            if self.name != name:
                self.name, self.value, self.users = "", None, 0  # before others need the memory
                self.name, self.value = name, read()
            value, self.users, self.turn = self.value, self.users + 1, self.turn + 1
        try:
            yield value
        finally:
            with self.lock:
                if self.name == name:
                    self.users -= 1
                self._forget_later()

    def _forget_later(self) -> None:
        """Start the clock, unless it runs."""
        if not self.timed:
            timer = threading.Timer(KEPT, self._forget, [self.turn])
            timer.daemon = True
            with contextlib.suppress(RuntimeError):  # the system has no more threads
                timer.start()
                self.timed = True

    def _forget(self, turn: int) -> None:
        """Forget the data if there was no task since the clock started."""
        with self.lock:
            self.timed = False
            if turn == self.turn and not self.users:
                self.name, self.value = "", None
            else:
                self._forget_later()


_kept = _Kept()
