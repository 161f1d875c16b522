"""Turns of processes that would do the same work: one does it, the others wait and find it done."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator

PAUSE = 0.02  # seconds between two looks at whose turn it is


@contextlib.contextmanager
def turn(
    path: str | os.PathLike[str], longest: float, waits: Callable[[], object]
) -> Iterator[None]:
    """Have a turn that one process has at a time.

    The system ends the turn of a process that dies. Where files have no locks there are no turns:
    then many do the same work.

    Parameters
    ----------
    path
        Path of the file whose lock is the turn. It is made if it is missing, and stays.
    longest : float
        Seconds after which a process that waits goes on, as if it had the turn: another one may
        have been stopped in its turn.
    waits : callable
        Function that is called as waits(), often, while another process has the turn.
    """
    try:
        import fcntl

        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except (ImportError, OSError):  # not a POSIX system, or a folder that can only be read
        yield
        return
    try:
        end = time.monotonic() + longest
        while time.monotonic() < end:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                waits()
                time.sleep(PAUSE)
            except OSError:  # a file system without locks
                break
        yield
    finally:
        with contextlib.suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_UN)  # a process that was forked meanwhile has it too
        os.close(file)
