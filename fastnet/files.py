"""Files: a write leaves the old one or the new one, never something between."""

import contextlib
import glob
import os
import platform
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from typing import BinaryIO

from .diagnostics import reason


def atomic_write(path: str | os.PathLike[str], write: Callable[[BinaryIO], object]) -> None:
    """Let `write` fill a temporary file beside `path`, then put it in the place of `path`.

    Whatever goes wrong (Ctrl-C too), `path` is as it was before and the temporary file is gone.
    Another process sees the old contents or the new ones, whole.

    Parameters
    ----------
    path
        Where the file shall be. A symbolic link is followed; an old file's mode is kept.
    write
        Called once with the temporary file, opened for binary writing.

    Raises
    ------
    OSError
        When the folder does not take the file, or `path` exists and is not a regular file.
    """
    path = os.path.realpath(path)
    if os.path.exists(path) and not os.path.isfile(path):
        # os.replace would put a file in the place of a device such as /dev/null
        raise OSError(f"path: {path} is not a regular file, so it is not written over")
    folder = os.path.dirname(path)
    temporary = f"{_before_token(path)}{os.getpid()}-{secrets.token_hex(8)}.tmp"
    try:
        with open(temporary, "xb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileNotFoundError):
            shutil.copymode(path, temporary)
        os.replace(temporary, path)
    except BaseException as error:
        with contextlib.suppress(FileNotFoundError):
            os.remove(temporary)
        if isinstance(error, OSError) and error.filename in (None, temporary):
            error.filename = path  # the one that the user knows
        raise
    _sync_folder(folder)


def remove_leftovers(path: str | os.PathLike[str]) -> None:
    """Remove the temporary files of `path` that killed processes of this machine have left."""
    for temporary in glob.glob(f"{glob.escape(_before_token(os.path.realpath(path)))}*.tmp"):
        process = re.search(r"-(\d+)-[0-9a-f]{16}\.tmp$", temporary)
        if process is not None and not _alive(int(process[1])):
            with contextlib.suppress(OSError):
                os.remove(temporary)


@contextlib.contextmanager
def blaming(path: str | os.PathLike[str], what: str) -> Iterator[None]:
    """Say of any error that the file is to blame, since a damaged one raises anything.

    `what` says what is wrong; the reason replaces its {}.
    """
    try:
        yield
    except Exception as error:
        raise ValueError(f"{os.fsdecode(path)}: {what.format(reason(error))}") from error


def _alive(process: int) -> bool:
    """Return whether there is a process of this number, also where no one can tell."""
    if os.name != "posix":
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it is somebody else's
        pass
    return True


def _before_token(path: str) -> str:
    """Return how the paths of a file's temporary files begin; the process and a token follow."""
    folder, name = os.path.split(path)
    host = re.sub(r"\W", "", platform.node())[:30]
    return os.path.join(folder, f".{name[:100]}-{host}-")


def _sync_folder(folder: str) -> None:
    """Make the new name last through a power cut, where the system can (Windows cannot)."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
