"""Names of processes, by which another one tells whether they still run."""

import functools
import os
import platform
from pathlib import Path


def this_process() -> str:
    """Return what tells this process from all others: its host, its number and its beginning."""
    return f"{_host()} {os.getpid()} {_beginning(os.getpid())}"


def is_of_this_host(name: str) -> bool:
    """Tell whether a process, as `this_process` has named it, is or was one of this host."""
    return name.rsplit(" ", 2)[0] == _host()


def is_gone(name: str) -> bool:
    """Tell whether a process of this host has ended."""
    _, number, beginning = name.rsplit(" ", 2)
    return _beginning(int(number)) != beginning


def alive(process: int) -> bool:
    """Tell whether there is a process of this number. Outside POSIX it is assumed."""
    if os.name != "posix":
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it belongs to another user
        pass
    return True


@functools.cache
def _host() -> str:
    """Return what tells where numbers of processes are the same. Machines may share a name."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{platform.node()} {boot} {os.readlink('/proc/self/ns/pid')}"
    except OSError:  # this system has no such files
        return platform.node()


def _beginning(number: int) -> str:
    """Return when a process began, in the system's words: numbers of processes come again."""
    try:
        state, *rest = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
        return "gone" if state in "ZX" else rest[18]
    except OSError:  # it is gone, or this system has no such files
        return "there" if alive(number) else "gone"
