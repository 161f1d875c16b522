"""A process for the peers of one module, which answers one call at a time.

It has one thread by default. Libraries read the number of threads from the environment when they
are imported, NumPy even before any code here runs.
"""

from __future__ import annotations

import contextlib
import importlib
import multiprocessing
import os
import signal
from collections.abc import Iterator
from multiprocessing.connection import Connection
from typing import Any

from ..report import cores
from . import PEERS
from .base import Array, Task

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class Missing(Exception):
    """A peer that cannot run here, and why."""


@contextlib.contextmanager
def environment(variables: dict[str, str]) -> Iterator[None]:
    """Set variables in the environment of child processes."""
    before = os.environ.copy()
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def serve(connection: Connection, module: str) -> None:
    """Import a peer's module, then answer calls of (peer or "", function, arguments)."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends this one
    made: dict[str, Any] = {}
    try:
        peers = importlib.import_module(f"bench.peers.{module}")
        connection.send((True, None))
        while True:
            where, name, arguments = connection.recv()
            try:
                if name == "make":
                    made[where] = getattr(peers, arguments[0])(*arguments[1:])
                    result = None
                else:
                    result = getattr(made[where] if where else peers, name)(*arguments)
                connection.send((True, result))
            except Exception as error:
                connection.send((False, one_line(error)))
    except EOFError:
        pass
    except Exception as error:
        connection.send((False, one_line(error)))


def one_line(error: Exception) -> str:
    """Return an error in a line that fits a table's footnote."""
    words = " ".join(str(error).split())
    return f"{type(error).__name__}: {words[:200]}"


class Process:
    """The peers of a module, in a child process."""

    def __init__(self, module: str, threads: int):
        context = multiprocessing.get_context("spawn")
        self.connection, there = context.Pipe()
        self.child = context.Process(target=serve, args=(there, module), daemon=True)
        with environment(dict.fromkeys(THREADS, str(threads))):
            self.child.start()
        there.close()
        self.answer()

    def answer(self) -> Any:
        """Wait for an answer; raise Missing if the call failed there."""
        try:
            fine, result = self.connection.recv()
        except (EOFError, ConnectionError):
            self.child.join()
            raise Missing(f"its process ended with exit code {self.child.exitcode}") from None
        if not fine:
            raise Missing(result)
        return result

    def call(self, where: str, name: str, *arguments: Any) -> Any:
        """Call a method of a peer that was made there, or a function of the module."""
        try:
            self.connection.send((where, name, arguments))
        except OSError:
            raise Missing("its process has ended") from None
        return self.answer()

    def close(self) -> None:
        """End the process."""
        self.connection.close()
        self.child.join()


class Remote:
    """A peer with a task, whose calls go to its process."""

    def __init__(self, name: str, task: Task, every_core: bool = False):
        entry = PEERS[name]
        every_core |= entry.every_core
        if entry.only and task.sizes not in entry.only:
            raise Missing("written for another net")
        if every_core and cores() == 1:
            raise Missing("this process may use one core only")
        self.name, self.process = name, process(entry.module, cores() if every_core else 1)
        self.process.call(name, "make", entry.name, task)

    def seconds(self, n: int) -> float:
        """See `Peer`, as for all methods here."""
        return self.process.call(self.name, "seconds", n)

    def epochs_seconds(self, epochs: int) -> float:
        """Seconds of epochs."""
        return self.process.call(self.name, "epochs_seconds", epochs)

    def parameters(self) -> tuple[list[Array], list[Array]]:
        """Weights and biases as they are now."""
        return self.process.call(self.name, "parameters")

    def predict(self, X: Array) -> Array:
        """Labels."""
        return self.process.call(self.name, "predict", X)

    def call_seconds(self, *arguments: Any) -> float:
        """Seconds for some calls with one sample."""
        return self.process.call(self.name, "call_seconds", *arguments)

    def proba(self, X: Array) -> Array:
        """Outputs (n, n_out)."""
        return self.process.call(self.name, "proba", X)

    def outputs_seconds(self, X: Array) -> float:
        """Seconds for the outputs of many samples."""
        return self.process.call(self.name, "outputs_seconds", X)


_processes: dict[tuple[str, int], Process | Missing] = {}


def process(module: str, threads: int) -> Process:
    """Return the process for a module and a number of threads, started at first use."""
    key = module, threads
    if key not in _processes:
        try:
            _processes[key] = Process(module, threads)
        except Missing as reason:
            _processes[key] = reason
    found = _processes[key]
    if isinstance(found, Missing):
        raise found
    return found
