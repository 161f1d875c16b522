"""Work on any executor: threads, pools of processes, the workers of Dask, and others of their kind.

What the tasks share is sent once: threads have it as it is, Dask scatters it, and for all others
it lies in a file of this user, which the workers map into their memory.
"""

from __future__ import annotations

import os
import pkgutil
import platform
import shutil
import tempfile
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor, wait
from typing import Any

import numpy as np

from .._version import __version__
from ..checks import came
from ..cores import cores
from .futures import NONE, Asked, explained
from .packing import call_of, in_band, packed, unpickle, write
from .tasks import from_file, from_memory, stopped, task

__all__ = ["Workers", "known", "stopped"]


class Workers:
    """An executor, and what its workers share.

    It is a context manager, too: at its end it waits for its tasks, unless an error ends it; then
    it cancels those that have not begun.

    Parameters
    ----------
    executor : concurrent.futures.Executor, dask.distributed.Client or None
        None makes a pool of threads.
    shared : object
        What each task has as its first argument. Workers in other processes get a copy, whose
        arrays cannot be written to.
    at_once : int, optional
        Threads of the pool that is made for None. By default one for each core.
    threads : int, optional
        Cores that each task may use. By default a thread of this pool has its share of the cores;
        elsewhere a task has one.

    Attributes
    ----------
    is_here : bool
        True if tasks run in this process.

    Raises
    ------
    TypeError
        `executor` is none, or something in `shared` cannot be sent.
    OSError
        What is shared cannot be written, as the disk may be full.
    RuntimeError
        A worker of Dask has another version of fastnet, or none.
    TimeoutError
        Dask has no workers.
    """

    def __init__(
        self,
        executor: Any,
        shared: Any,
        at_once: int | None = None,
        threads: int | None = None,
    ):
        executor, kind = _known(executor)
        self.own = None
        if executor is None:
            at_once = at_once or cores()
            threads = threads or max(1, cores() // at_once)
            executor = self.own = ThreadPoolExecutor(at_once, "fastnet-task")
        self.is_here = kind is _Here
        self.threads = threads or 1
        self.futures: weakref.WeakSet[Future[Any]] = weakref.WeakSet()
        self.way: _Here | _File | _Scattered = kind(executor, shared)

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Let a worker call function(shared, *arguments), and return the future of its result.

        Parameters
        ----------
        function : callable
            A function of a module.
        *arguments
            What the function takes besides.

        Raises
        ------
        TypeError
            An argument cannot be sent.
        concurrent.futures.BrokenExecutor
            The executor has lost its workers before.
        """
        try:
            future = self.way.submit(self.threads, function, arguments)
        except BrokenExecutor as error:
            raise explained(error) from error
        self.futures.add(future)
        return future

    def close(self, cancel: bool = False) -> None:
        """Wait for all tasks, and remove what was put aside.

        Parameters
        ----------
        cancel : bool
            Whether to cancel tasks that have not begun. Others may see that they are `stopped`.
            Those in this process are waited for; those elsewhere a moment.
        """
        futures = [*self.futures]
        if cancel:
            self.way.stop()
            for future in futures:
                future.cancel()
        wait(
            [future for future in futures if not future.cancelled()],
            self.way.patience if cancel else None,
        )
        if self.own is not None:
            self.own.shutdown()
        self.way.close()

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, kind: Any, *error: Any) -> None:
        self.close(cancel=kind is not None)


def known(executor: Any) -> tuple[Any, bool]:
    """Return a checked executor, and whether its tasks run in this process.

    Raises
    ------
    TypeError
        It is no executor.
    """
    executor, way = _known(executor)
    return executor, way is _Here


def width(executor: Any, threads: Any = "auto") -> int:
    """Return how many tasks to run at a time: `threads`, or as many as there are workers."""
    executor, _ = known(executor)
    if threads != "auto":
        return int(threads)
    own = {} if executor is None else vars(executor)
    if "_client" in own:  # of Dask
        return max(1, sum(own["_client"].ncores().values()))
    return own.get("_max_workers") or cores()


def _known(executor: Any) -> tuple[Any, Any]:
    """Return an executor, and the way in which its tasks share data. A client gives its own."""
    if executor is None:
        return None, _Here
    way: Any = _Here if isinstance(executor, ThreadPoolExecutor) else _File
    if type(executor).__module__.partition(".")[0] == "distributed":
        way = _Scattered
        if hasattr(executor, "get_executor"):  # a Client
            executor = executor.get_executor()
    if not isinstance(executor, Executor):
        wanted = "wanted an Executor of concurrent.futures, or a Client of Dask"
        raise TypeError(f"executor: {came(executor)}, {wanted}")
    if way is _Scattered and _client(executor).asynchronous:
        raise TypeError("executor: an asynchronous Client of Dask, wanted one that is not")
    return executor, way


class _Here:
    """The data of tasks in this process."""

    patience: float | None = None  # seconds in which tasks stop: as long as they need

    def __init__(self, executor: Any, shared: Any):
        self.executor, self.shared = executor, shared
        self.event = threading.Event()

    def submit(self, threads: int, function: Any, arguments: Any) -> Future[Any]:
        """Let a thread call the function."""
        return self.executor.submit(self.call, threads, function, arguments)

    def call(self, threads: int, function: Any, arguments: Any) -> Any:
        """Call the function in a thread."""
        with task(threads, self.event.is_set):
            return function(self.shared, *arguments)

    def stop(self) -> None:
        """Let tasks know that they may stop."""
        self.event.set()

    def close(self) -> None:
        """Do nothing, as nothing was put aside."""


class _File:
    """The data in a folder of this user, which workers of this host map into their memory."""

    patience: float | None = 2.0

    def __init__(self, executor: Any, shared: Any):
        self.executor = executor
        self.by_value = not type(executor).__module__.startswith("concurrent.")
        self.folder = tempfile.mkdtemp(prefix="fastnet-")  # which only this user can read
        self.remove = weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)
        try:
            write(self.folder, *packed(shared, self.by_value))
        except OSError as error:
            self.remove()
            where = f"the folder of TMPDIR, {os.path.dirname(self.folder)}"
            raise OSError(error.errno, f"executor: {error.strerror} in {where}") from error
        except BaseException:
            self.remove()
            raise

    def submit(self, threads: int, function: Any, arguments: Any) -> Future[Any]:
        """Let a worker call the function."""
        more = in_band((function, arguments), self.by_value)
        call = call_of(from_file, __version__, threads, platform.node(), self.folder, more)
        return Asked(lambda: self.executor.submit(unpickle, call))

    def stop(self) -> None:
        """Remove the folder: tasks that miss it may stop."""
        self.remove()

    def close(self) -> None:
        """Remove the folder."""
        self.remove()


class _Scattered:
    """The data in the memory of Dask's workers."""

    patience: float | None = 2.0

    def __init__(self, executor: Any, shared: Any):
        self.executor, self.client = executor, _client(executor)
        _look_at_versions(self.client)
        body, arrays = packed(shared, by_value=True)
        self.data = [np.frombuffer(body, np.uint8), *arrays]
        self.lock = threading.Lock()
        self.sent: Any = None
        self.send(None)

    def send(self, lost: Any) -> Any:
        """Send the data to all workers, unless that was done since they were lost."""
        with self.lock:
            if self.sent is lost:
                try:
                    [self.sent] = self.client.scatter([self.data], broadcast=True, hash=False)
                except TimeoutError as error:
                    said = "Dask has no workers, wanted one or more"
                    raise TimeoutError(f"executor: {said}") from error
            return self.sent

    def submit(self, threads: int, function: Any, arguments: Any) -> Future[Any]:
        """Let a worker call the function. If it lost the data, they are sent again."""
        more = in_band((function, arguments), by_value=True)
        call = call_of(from_memory, __version__, threads, more, buffers=len(self.data))
        sent = self.sent

        def ask() -> Future[Any]:
            key = f"fastnet-{os.urandom(8).hex()}"  # which Dask's dashboard shows
            return self.executor.submit(unpickle, call, buffers=sent, key=key)

        def again() -> Future[Any]:
            nonlocal sent
            sent = self.send(sent)
            return ask()

        return Asked(ask, again)

    def stop(self) -> None:
        """Do nothing: tasks that are cancelled know it."""

    def close(self) -> None:
        """Free the data in the workers."""
        self.sent = None


def _client(executor: Any) -> Any:
    """Return the client of Dask's executor, which has no public name."""
    return vars(executor)["_client"]


def _look_at_versions(client: Any) -> None:
    """Refuse workers of Dask that have another version. This needs no fastnet on them."""
    if client.status != "running":
        said = f"a client of Dask that is {client.status}, wanted a connected one"
        raise RuntimeError(f"executor: {said}")
    name = "fastnet._version:__version__"
    for worker, version in client.run(pkgutil.resolve_name, name, on_error="return").items():
        if version != __version__:
            has = NONE if isinstance(version, ImportError) else f"fastnet {version}"
            raise RuntimeError(f"executor: the worker {worker} has {has}, wanted {__version__}")
