"""Files: atomic writes, which leave the old contents or the new ones, and gzipped reads."""

import contextlib
import glob
import importlib
import os
import platform
import re
import secrets
import shutil
import zlib
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from .diagnostics import reason

PACKED = {b"\x1f\x8b": "gzip", b"BZh": "bz2", b"\xfd7zXZ": "lzma"}  # by their first bytes


def atomic_write(path: str | os.PathLike[str], write: Callable[[BinaryIO], object]) -> None:
    """Let `write` fill a temporary file beside `path`, then rename it to `path`.

    After any error, Ctrl-C included, `path` is as it was before and the temporary file is gone.
    Another process sees all of the old contents or all of the new ones.

    Parameters
    ----------
    path
        Path of the file. A symbolic link is followed; an old file's mode is kept.
    write
        Function that is called once with the temporary file, open for binary writing.

    Raises
    ------
    OSError
        If the file cannot be written, or if `path` exists and is not a regular file.
    """
    path = os.path.realpath(path)
    if os.path.exists(path) and not os.path.isfile(path):
        # os.replace would replace a device such as /dev/null by a file
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
            error.filename = path  # the file that the user knows
        raise
    _sync_folder(folder)


def remove_leftovers(path: str | os.PathLike[str]) -> None:
    """Remove the temporary files of `path` that killed processes of this machine left behind."""
    for temporary in glob.glob(f"{glob.escape(_before_token(os.path.realpath(path)))}*.tmp"):
        process = re.search(r"-(\d+)-[0-9a-f]{16}\.tmp$", temporary)
        if process is not None and not _alive(int(process[1])):
            with contextlib.suppress(OSError):
                os.remove(temporary)


@contextlib.contextmanager
def blaming(path: str | os.PathLike[str], what: str) -> Iterator[None]:
    """Turn any error into a ValueError that names the file: a damaged file may raise anything.

    `what` says what is wrong; the first line of the error replaces its {}.
    """
    try:
        yield
    except Exception as error:
        raise ValueError(f"{os.fsdecode(path)}: {what.format(reason(error))}") from error


@contextlib.contextmanager
def open_unpacked(path: str | os.PathLike[str]) -> Iterator[tuple[Any, bool]]:
    """Open a file that gzip, bzip2 or xz may have packed; yield its unpacked bytes, and if it is.

    An error of unpacking inside the with block becomes a ValueError that names the file.
    """
    with open(path, "rb") as raw:
        start = raw.read(5)
        raw.seek(0)
        packed_by = next((name for begin, name in PACKED.items() if start.startswith(begin)), None)
        if packed_by is None:
            yield raw, False
            return
        module = importlib.import_module(packed_by)
        damaged = EOFError, OSError, zlib.error, getattr(module, "LZMAError", EOFError)
        try:
            with module.open(raw) as file:
                yield file, True
        except damaged as error:
            if getattr(error, "errno", None) is not None:  # of the system, not of the contents
                raise
            name = os.fspath(path)
            raise ValueError(f"{name}: damaged {packed_by} file: {error}") from None


def _alive(process: int) -> bool:
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


def _before_token(path: str) -> str:
    """Return the beginning of the paths of a file's temporary files, before process and token."""
    folder, name = os.path.split(path)
    host = re.sub(r"\W", "", platform.node())[:30]
    return os.path.join(folder, f".{name[:100]}-{host}-")


def _sync_folder(folder: str) -> None:
    """Make the new name survive a power cut, if the system can do that (Windows cannot)."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
