"""What a worker does with a task: it looks at the version, finds the shared data, and calls."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any

from .._version import __version__
from ..cores import at_most
from .packing import here, read, unpacked, unpickle

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
# their first argument, and all else that may differ comes as bytes. Nothing is kept between tasks:
# the arrays are mapped, or in Dask's memory, so to have them again takes a moment.


def from_file(version: str, *rest: Any) -> Any:
    """Call a function with data from a folder."""
    check(version)
    threads, host, folder, call, _ = rest
    with task(threads, lambda: not os.path.exists(folder)):
        function, arguments = unpickle(call)
        return function(read(folder, host), *arguments)


def from_memory(version: str, *rest: Any) -> Any:
    """Call a function with data that Dask has brought."""
    check(version)
    threads, call, (body, *arrays) = rest
    with task(threads, _cancelled()):
        function, arguments = unpickle(call)
        return function(unpacked(body, arrays), *arguments)


def check(version: str) -> None:
    """Refuse the tasks of another version."""
    if version != __version__:
        raise RuntimeError(f"executor: {here()} has fastnet {__version__}, wanted {version}")


def _cancelled() -> Callable[[], bool]:
    """Return a function that tells whether this task of Dask is cancelled."""
    from distributed import get_worker

    worker = get_worker()
    key = worker.get_current_task()

    def stop() -> bool:
        state = worker.state.tasks.get(key)
        return state is None or state.state == "cancelled"

    return stop
