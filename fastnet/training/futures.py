"""Futures of tasks in other processes, whose errors say what a person can do."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Future
from typing import Any

from .._version import __version__
from ..diagnostics import reason

AGAIN = 3  # times that data which are lost with the workers of Dask are sent again for a task
NONE = "no fastnet"


class GivenUp(BrokenExecutor):
    """Dask gives up a task, as workers have died at it. Other tasks may go on."""


class Asked(Future[Any]):
    """The future of a task elsewhere. Its errors say what a person can do.

    Parameters
    ----------
    ask : callable
        Gives the task to the executor, and returns its future.
    again : callable, optional
        The same, after the executor has lost the data of the task.
    """

    def __init__(
        self, ask: Callable[[], Future[Any]], again: Callable[[], Future[Any]] | None = None
    ):
        super().__init__()
        self.again, self.left, self.unwanted = again, AGAIN, False
        self.inner: Future[Any] | None = ask()
        self.inner.add_done_callback(self._ended)

    def cancel(self) -> bool:
        """Cancel the task, unless it has begun and cannot be cancelled."""
        inner, self.unwanted = self.inner, True
        if inner is not None and not inner.cancel():
            return False
        return super().cancel()

    def _ended(self, inner: Future[Any]) -> None:
        """Take what the task has come to."""
        if inner.cancelled() and self.again is not None and not self.unwanted:
            self.inner = None
            thread = threading.Thread(target=self._ask_again, args=[self.again], daemon=True)
            thread.start()  # it has to wait for Dask
            return
        if inner.cancelled():
            super().cancel()
        if self.set_running_or_notify_cancel():
            error = inner.exception()
            if error is None:
                self.set_result(inner.result())
            else:
                self.set_exception(explained(error))
        self.inner = self.again = None  # else Dask keeps the data, and a result to compute it again

    def _ask_again(self, again: Callable[[], Future[Any]]) -> None:
        """Ask again for a task whose data were lost with a worker."""
        try:
            self.left -= 1
            if self.left < 0:
                raise GivenUp(f"they died {AGAIN + 1} times")
            self.inner = inner = again()
            if self.unwanted:
                inner.cancel()
            inner.add_done_callback(self._ended)
        except Exception as error:
            if self.set_running_or_notify_cancel():
                said = "executor: Dask lost the data of a task with its workers"
                kind = GivenUp if isinstance(error, GivenUp) else BrokenExecutor
                new = kind(f"{said}: {reason(error)}")
                new.__cause__ = error
                self.set_exception(new)


def explained(error: BaseException) -> BaseException:
    """Return an error that says what is wrong with the workers, or the error of the task."""
    missing, name = _missing(error), type(error).__name__
    new: BaseException
    if missing:
        said = f"{NONE}, or another version ({missing})"
        new = RuntimeError(f"executor: a worker has {said}, wanted {__version__}")
    elif isinstance(error, BrokenExecutor) or name == "KilledWorker":
        times = f" {n + 1} times" if (n := getattr(error, "allowed_failures", 0)) else ""
        said = f"{name}: a worker died at a task{times}"
        kind = GivenUp if name == "KilledWorker" else BrokenExecutor
        new = kind(f"executor: {said}; it was killed, ran out of memory, or crashed")
    else:
        return error
    new.__cause__ = error
    return new


def _missing(error: BaseException | None) -> str:
    """Return the words of an error that fastnet or a part of it is missing; "" of another one."""
    for _ in range(10):
        if error is None:
            break
        for line in str(error).splitlines():
            _, found, rest = line.partition("No module named 'fastnet")
            if found:
                return reason(ImportError(f"{found}{rest}")).strip().rstrip(".)")
        error = error.__cause__ or error.__context__
    return ""
