"""Work on any executor: threads, pools of processes, the workers of Dask, and others of their kind.

What the tasks share is sent once: threads have it as it is, Dask scatters it, and for all others
it lies in a file of this user, which the workers map into their memory.
"""

from __future__ import annotations

import contextlib
import functools
import io
import os
import pickle
import platform
import shutil
import tempfile
import threading
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import (
    BrokenExecutor,
    Executor,
    Future,
    ThreadPoolExecutor,
    wait,
)
from contextvars import ContextVar
from typing import Any, NamedTuple

import numpy as np

from .._version import __version__
from ..checks import came
from ..cores import at_most, cores
from ..typing import Array

PROTOCOL = 5  # the first that leaves arrays out
ALIGNED = 64  # bytes: arrays in the file begin at multiples of it
PLAIN = "biufcSUVMm"  # kinds of dtypes whose arrays are plain bytes
AGAIN = 3  # times that data lost with a worker of Dask are sent again

_stop: ContextVar[Callable[[], bool]] = ContextVar("stop", default=lambda: False)


def stopped() -> bool:
    """Tell whether the task in this thread works for nobody any more, and may end."""
    return _stop.get()()


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
    """

    def __init__(
        self,
        executor: Any,
        shared: Any,
        at_once: int | None = None,
        threads: int | None = None,
    ):
        executor, kind = _known(executor)
        own = None
        if executor is None:
            at_once = at_once or cores()
            threads = threads or max(1, cores() // at_once)
            executor = own = ThreadPoolExecutor(at_once, "fastnet-worker")
        self.executor, self.own = executor, own
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
        """
        future = self.way.submit(self.threads, function, arguments)
        self.futures.add(future)
        return future

    def close(self, cancel: bool = False) -> None:
        """Wait for all tasks, and remove what was put aside.

        Parameters
        ----------
        cancel : bool
            Whether to cancel tasks that have not begun, and to let others know that they may stop:
            see `stopped`. Only those in this process are waited for.
        """
        futures = [*self.futures]
        if cancel:
            self.way.stop()
            for future in futures:
                future.cancel()
        patience = self.way.patience if cancel else None
        wait([future for future in futures if not future.cancelled()], patience)
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
    if type(executor).__module__.partition(".")[0] == "distributed":
        if hasattr(executor, "get_executor"):  # a Client
            executor = executor.get_executor()
        return executor, _Scattered
    if isinstance(executor, ThreadPoolExecutor):
        return executor, _Here
    if not isinstance(executor, Executor):
        wanted = "wanted a concurrent.futures.Executor or a client of Dask"
        raise TypeError(f"executor: {came(executor)}, {wanted}")
    return executor, _File


class _Here:
    """The data of tasks in this process."""

    patience = None  # seconds in which tasks stop: they stop soon, and their threads are waited for

    def __init__(self, executor: Any, shared: Any):
        self.executor, self.shared = executor, shared
        self.event = threading.Event()

    def submit(self, threads: int, function: Any, arguments: Any) -> Future[Any]:
        return self.executor.submit(self.call, threads, function, arguments)

    def call(self, threads: int, function: Any, arguments: Any) -> Any:
        with _task(threads, self.event.is_set):
            return function(self.shared, *arguments)

    def stop(self) -> None:
        self.event.set()

    def close(self) -> None:
        """Do nothing, as nothing was put aside."""


class _File:
    """The data in a file of this user, which workers of this host map into their memory."""

    patience = 2.0

    def __init__(self, executor: Any, shared: Any):
        self.executor = executor
        self.folder = tempfile.mkdtemp(prefix="fastnet-")  # which only this user can read
        self.remove = weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)
        try:
            rest, buffers = _packed(shared, executor)
            self.place = _write(self.folder, rest, buffers)
        except BaseException:
            self.remove()
            raise

    def submit(self, threads: int, function: Any, arguments: Any) -> Future[Any]:
        task = _in_band((function, arguments), self.executor)
        inner = self.executor.submit(_from_file, __version__, threads, tuple(self.place), task)
        return _Asked(inner)

    def stop(self) -> None:
        """Remove the file: tasks that miss it stop."""
        self.remove()

    def close(self) -> None:
        self.remove()


class _Scattered:
    """The data in the memory of Dask's workers."""

    patience = 0.0

    def __init__(self, executor: Any, shared: Any):
        self.executor = executor
        self.client = vars(executor)["_client"]  # it has no public name
        self.token = f"{platform.node()} {os.getpid()} {os.urandom(8).hex()}"
        self.packed = _packed(shared, executor)
        self.lock = threading.Lock()
        self.sent: Any = None
        self.send(None)

    def send(self, lost: Any) -> None:
        """Send the data to all workers, unless others have done so since they were lost."""
        with self.lock:
            if self.sent is lost:
                [self.sent] = self.client.scatter([self.packed], broadcast=True, hash=False)

    def submit(self, threads: int, function: Any, arguments: Any) -> Future[Any]:
        task = _in_band((function, arguments), self.executor)
        first = self.sent

        def again() -> Future[Any]:
            data = self.sent
            return self.executor.submit(
                _from_memory, __version__, threads, self.token, data, task, pure=False
            )

        del first
        return _Asked(again())

    def stop(self) -> None:
        """Do nothing: workers do not hear of it."""

    def close(self) -> None:
        self.sent = None  # which frees the data in the workers


class _Asked(Future[Any]):
    """The future of a task elsewhere. Its errors say what a person can do."""

    def __init__(self, inner: Future[Any]):
        super().__init__()
        self.inner = inner
        inner.add_done_callback(self._ended)

    def cancel(self) -> bool:
        """Cancel the task unless it has begun."""
        if not self.inner.cancel():
            return False
        return super().cancel()

    def _ended(self, inner: Future[Any]) -> None:
        if inner.cancelled():
            super().cancel()
            self.set_running_or_notify_cancel()
            return
        if not self.set_running_or_notify_cancel():
            return
        error = inner.exception()
        if error is None:
            self.set_result(inner.result())
        else:
            self.set_exception(_explained(error))


def _explained(error: BaseException) -> BaseException:
    """Return an error that says what is wrong with the workers, or the error of the task."""
    missing = _missing(error)
    if missing:
        wanted = f"this process has fastnet {__version__}"
        new: BaseException = RuntimeError(
            f"executor: a worker has no fastnet, or another one ({missing}); {wanted}"
        )
    elif isinstance(error, BrokenExecutor) or type(error).__name__ == "KilledWorker":
        new = BrokenExecutor(
            "executor: a worker died at its task (killed, or out of memory?); the results that "
            "were ready are kept"
        )
    else:
        return error
    new.__cause__ = error
    return new


def _missing(error: BaseException | None) -> str:
    """Return the words of an error that fastnet, or a part of it, is missing; "" if it is not."""
    seen = 0
    while error is not None and seen < 10:
        for line in str(error).splitlines():
            _, found, rest = line.partition("No module named 'fastnet")
            if found:
                return f"{found}{rest}".strip().rstrip(".)")
        error, seen = error.__cause__ or error.__context__, seen + 1
    return ""


# What a worker does ------------------------------------------------------------------------------


class _Place(NamedTuple):
    """Where the data of tasks lie."""

    host: str
    folder: str
    size: int


def _from_file(version: str, *rest: Any) -> Any:
    """Call a function with data from a file. All versions have the first argument alone."""
    _check(version)
    threads, place, task = rest
    place = _Place(*place)
    shared = _kept(place.folder, functools.partial(_read, place))
    with _task(threads, lambda: not os.path.exists(place.folder)):
        function, arguments = pickle.loads(task)
        return function(shared, *arguments)


def _from_memory(version: str, *rest: Any) -> Any:
    """Call a function with data that Dask has brought."""
    _check(version)
    threads, token, (body, buffers), task = rest
    shared = _kept(token, lambda: pickle.loads(body, buffers=buffers))
    with _task(threads, lambda: False):
        function, arguments = pickle.loads(task)
        return function(shared, *arguments)


def _check(version: str) -> None:
    """Refuse the tasks of another version."""
    if version != __version__:
        raise RuntimeError(
            f"executor: the worker {os.getpid()} of {platform.node()} has fastnet {__version__}, "
            f"wanted {version}, as the process has that asks"
        )


@contextlib.contextmanager
def _task(threads: int, stop: Callable[[], bool]) -> Iterator[None]:
    """Let a task use so many cores, and know when it may stop."""
    token = _stop.set(stop)
    try:
        with at_most(threads):
            yield
    finally:
        _stop.reset(token)


_lock = threading.Lock()
_last: tuple[str, Any] = "", None  # the data of the last task, and their name


def _kept(name: str, read: Callable[[], Any]) -> Any:
    """Return the data of this name. The last ones are kept for the next task."""
    global _last
    with _lock:
        if _last[0] != name:
            _last = "", None  # before there are others
            _last = name, read()
        return _last[1]


# Bytes -------------------------------------------------------------------------------------------


class _Pickler(pickle.Pickler):
    """A pickler that leaves arrays out, each piece of memory once."""

    def __init__(self, file: Any, out: Callable[[Any], Any] | None):
        super().__init__(file, PROTOCOL, buffer_callback=out)
        self.known: dict[tuple[int, int], Array] = {}  # arrays by their place in memory

    def reducer_override(self, value: Any) -> Any:
        """Return how to make an array again."""
        if type(value) not in (np.ndarray, np.memmap) or value.dtype.kind not in PLAIN:
            return NotImplemented
        plain = value.view(np.ndarray)
        if not plain.flags.forc:
            plain = np.ascontiguousarray(plain)
        elif plain.flags.c_contiguous and plain.nbytes:
            first = self.known.setdefault((plain.ctypes.data, plain.nbytes), value)
            if first is not value and first.flags.c_contiguous:
                return _view, (first, value.dtype, value.shape)
        return plain.__reduce_ex__(PROTOCOL)


def _view(first: Array, dtype: np.dtype, shape: tuple[int, ...]) -> Array:
    """Return the memory of an array as another one."""
    return first.reshape(-1).view(np.uint8).view(dtype).reshape(shape)


def _in_band(value: Any, executor: Any, out: Callable[[Any], Any] | None = None) -> bytes:
    """Return an object as bytes. `out` takes the arrays if they are left out."""
    file = io.BytesIO()
    try:
        _Pickler(file, out).dump(value)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise TypeError(f"executor: {error}, so it cannot be sent to other processes") from None
    return file.getvalue()


def _packed(shared: Any, executor: Any) -> tuple[bytes, list[Array]]:
    """Return an object as bytes, and its arrays, which are not copied."""
    buffers: list[Array] = []
    rest = _in_band(
        shared, executor, lambda buffer: buffers.append(np.frombuffer(buffer.raw(), np.uint8))
    )
    return rest, buffers


def _write(folder: str, rest: bytes, buffers: list[Array]) -> _Place:
    """Write what `_packed` returns to a folder."""
    spans, end = [], 0
    path = os.path.join(folder, "arrays")
    with open(path, "xb") as file:
        for buffer in buffers:
            file.seek(end)
            file.write(buffer.data)
            spans.append((end, end + len(buffer)))
            end = -(-(end + len(buffer)) // ALIGNED) * ALIGNED
    with open(os.path.join(folder, "rest"), "xb") as file:
        pickle.dump((spans, rest), file)
    return _Place(platform.node(), folder, os.path.getsize(path))


def _read(place: _Place) -> Any:
    """Return the object that `_write` has written."""
    try:
        with open(os.path.join(place.folder, "rest"), "rb") as file:
            spans, rest = pickle.load(file)
        path = os.path.join(place.folder, "arrays")
        whole = np.memmap(path, np.uint8, "r") if place.size else np.zeros(0, np.uint8)
    except FileNotFoundError:
        raise FileNotFoundError(
            f"executor: the worker {os.getpid()} of {platform.node()} does not see the folder "
            f"{place.folder} of {place.host}; set TMPDIR to a folder that both see"
        ) from None
    return pickle.loads(rest, buffers=[whole[start:stop] for start, stop in spans])
