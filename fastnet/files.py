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
from .processes import alive

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
    temporary = f"{_before_token(path)}{_token()}"
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
    _sync(folder)


@contextlib.contextmanager
def atomic_folder(path: str | os.PathLike[str]) -> Iterator[str]:
    """Let a with block fill a temporary folder beside `path`, then rename it to `path`.

    A folder that was there is replaced. After any error, Ctrl-C included, it is as it was before,
    and the temporary folder is gone. Temporary folders of killed processes are removed.
    """
    path = os.path.realpath(path)
    remove_leftovers(path)
    temporary, old = (f"{_before_token(path)}{_token()}" for _ in range(2))
    os.makedirs(temporary)
    try:
        yield temporary
        for name in os.listdir(temporary):
            _sync(os.path.join(temporary, name), os.O_RDWR)
        _sync(temporary)
        if os.path.lexists(path):
            os.rename(path, old)
        os.rename(temporary, path)
        _sync(os.path.dirname(path))
    except BaseException:
        if os.path.lexists(old) and not os.path.lexists(path):
            os.rename(old, path)
        raise
    finally:
        for folder in (temporary, old):
            shutil.rmtree(folder, ignore_errors=True)


def remove_leftovers(path: str | os.PathLike[str]) -> None:
    """Remove what killed processes of this machine left of `path`: temporary files and folders."""
    for temporary in glob.glob(f"{glob.escape(_before_token(os.path.realpath(path)))}*.tmp"):
        process = re.search(r"-(\d+)-[0-9a-f]{16}\.tmp$", temporary)
        if process is not None and not alive(int(process[1])):
            with contextlib.suppress(OSError):
                (shutil.rmtree if os.path.isdir(temporary) else os.remove)(temporary)


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


def _before_token(path: str) -> str:
    """Return the beginning of the paths of a file's temporary files, before process and token."""
    folder, name = os.path.split(path)
    host = re.sub(r"\W", "", platform.node())[:30]
    return os.path.join(folder, f".{name[:100]}-{host}-")


def _token() -> str:
    """Return the end of the path of a new temporary file of this process."""
    return f"{os.getpid()}-{secrets.token_hex(8)}.tmp"


def _sync(path: str, flags: int = os.O_RDONLY) -> None:
    """Make a file, or the names in a folder, survive a power cut, if the system can do that."""
    with contextlib.suppress(OSError):  # Windows cannot sync folders
        descriptor = os.open(path, flags)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
