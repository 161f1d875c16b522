"""Downloads of MNIST and Fashion-MNIST into the user's cache, checked by SHA-256."""

import os
import queue
import sys
import threading
import time
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from fastnet.checks import number
from fastnet.diagnostics import reason
from fastnet.files import atomic_write, open_unpacked

from ..data.fingerprint import hashed

LONGEST = 1e9  # about the most seconds that a socket can wait


class FetchError(OSError):
    """No mirror gave the right file. The message names each mirror and its fault."""


class Source(NamedTuple):
    """The mirrors of a data set, and its files."""

    mirrors: tuple[str, ...]
    files: dict[str, tuple[int, str]]  # name: (bytes, SHA-256), both unpacked, since mirrors repack


SOURCES = {
    "mnist": Source(
        mirrors=(
            "https://ossci-datasets.s3.amazonaws.com/mnist",
            "https://storage.googleapis.com/cvdf-datasets/mnist",
        ),
        files={
            "train-images-idx3-ubyte": (
                47_040_016,
                "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            ),
            "train-labels-idx1-ubyte": (
                60_008,
                "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            ),
            "t10k-images-idx3-ubyte": (
                7_840_016,
                "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            ),
            "t10k-labels-idx1-ubyte": (
                10_008,
                "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
            ),
        },
    ),
    "fashion-mnist": Source(
        mirrors=("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com",),
        files={
            "train-images-idx3-ubyte": (
                47_040_016,
                "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
            ),
            "train-labels-idx1-ubyte": (
                60_008,
                "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
            ),
            "t10k-images-idx3-ubyte": (
                7_840_016,
                "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
            ),
            "t10k-labels-idx1-ubyte": (
                10_008,
                "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
            ),
        },
    ),
}


def cache_folder(name: str) -> Path:
    """Return the folder of a data set in the user's cache directory (it need not exist)."""
    base = os.environ.get("XDG_CACHE_HOME")
    if not base:
        if sys.platform == "win32":
            base = os.environ.get("LOCALAPPDATA") or "~/AppData/Local"
        else:
            base = "~/Library/Caches" if sys.platform == "darwin" else "~/.cache"
    return Path(base).expanduser() / "fastnet" / name


def fetch(
    name: str,
    folder: str | os.PathLike[str] | None = None,
    *,
    mirrors: Sequence[str] | None = None,
    progress: Callable[[int, int], object] | None = None,
    timeout: float = 20.0,
    max_seconds: float = 3600.0,
) -> Path:
    """Download a data set, unless it is there already, and return its folder.

    Each file is requested from one mirror after the other, checked, and stored uncompressed, so
    that it can be memory-mapped. A right file that is there is not downloaded again.

    Parameters
    ----------
    name
        "mnist" or "fashion-mnist".
    folder
        The folder of the files. Default: a folder in the user's cache directory.
    mirrors
        URLs of the folders that hold the ``.gz`` files. Default: the usual mirrors.
    progress
        Function that is called as ``progress(done, total)``, in bytes of the uncompressed data set.
    timeout
        Seconds that a mirror may stay silent.
    max_seconds
        Seconds that a mirror may take for one file.

    Raises
    ------
    TypeError, ValueError
        There is no such data set, or another argument does not fit.
    FetchError
        No mirror has the right file.
    OSError
        A file cannot be stored.
    """
    if name not in SOURCES:
        choices = " or ".join(SOURCES)
        raise ValueError(f"name: {name!r} is not a data set to fetch; wanted {choices}")
    if isinstance(mirrors, str):
        raise TypeError(f"mirrors: {mirrors!r}, wanted a sequence of URLs")
    limits = _seconds("timeout", timeout), _seconds("max_seconds", max_seconds)
    source = SOURCES[name]
    folder = cache_folder(name) if folder is None else Path(folder)
    total = sum(size for size, _ in source.files.values())
    done = 0

    def report(part: int) -> None:
        if progress is not None:
            progress(done + part, total)

    for file, (size, sha256) in source.files.items():
        report(0)
        target = folder / file
        if not _is_right(target, sha256):
            urls = [f"{mirror.rstrip('/')}/{file}.gz" for mirror in mirrors or source.mirrors]
            data = _from_any(urls, size, sha256, limits, report, f"put the files into {folder}")
            _store(target, data)
        done += size
    report(0)
    return folder


def digest(path: str | os.PathLike[str]) -> str:
    """Return the SHA-256 of a file's uncompressed contents, as hexadecimal digits.

    Raises
    ------
    ValueError
        It is a damaged gzip file.
    """
    with open_unpacked(path) as (file, _):
        return str(hashed(iter(lambda: file.read(1 << 20), b"")).hexdigest())


def _is_right(path: Path, sha256: str) -> bool:
    try:
        return digest(path) == sha256
    except (FileNotFoundError, ValueError):
        return False


def _store(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic_write(path, lambda file: file.write(data))


def _from_any(
    urls: list[str],
    size: int,
    sha256: str,
    limits: tuple[float, float],
    report: Callable[[int], None],
    advice: str,
) -> bytes:
    """Return the unpacked file from the first mirror that has the right one."""
    from http.client import HTTPException

    failures = []
    for url in urls:
        try:
            return _download(url, size, sha256, limits, report)
        except (OSError, HTTPException, zlib.error, ValueError) as error:
            failures.append(f"{url}: {reason(error)}")  # it may quote what a mirror sent
    tried = "; ".join(failures)
    raise FetchError(f"the download failed ({tried}); try again later, or {advice}")


def _seconds(name: str, value: float) -> float:
    if number(name, value, 0, LONGEST) == 0:
        raise ValueError(f"{name}: {value!r}, wanted a number > 0")
    return value


def _opened(url: str, timeout: float, most: float) -> Any:
    """Return the response of a mirror. It limits headers that trickle, which `timeout` does not."""
    from urllib.request import urlopen  # takes 30 ms to import

    answers: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(urlopen(url, timeout=timeout))
        except BaseException as error:
            answers.put(error)

    threading.Thread(target=ask, daemon=True).start()
    try:
        answer = answers.get(timeout=most)
    except queue.Empty:
        raise ValueError(f"no answer came in {most:g} s, which is too slow") from None
    try:
        if isinstance(answer, BaseException):
            raise answer
        return answer
    finally:
        del answer  # else an error's traceback would keep the socket open


def _download(
    url: str,
    size: int,
    sha256: str,
    limits: tuple[float, float],
    report: Callable[[int], None],
) -> bytes:
    """Download and unpack one file. It must have `size` bytes and this SHA-256."""
    body = bytearray()
    limit = size + size // 100 + 1000  # a packed file is never longer
    timeout, most = limits
    began = time.monotonic()
    with _opened(url, timeout, most) as response:
        length = int(response.headers.get("Content-Length") or 0)
        while piece := response.read1(1 << 16):  # as soon as anything is there
            body += piece
            if time.monotonic() - began > most:
                raise ValueError(f"{len(body)} bytes came in {most:g} s, which is too slow")
            if max(len(body), length) > limit:
                raise ValueError(f"more than {limit} bytes came, which cannot be right")
            if length:
                report(size * len(body) // length)
    unpacker = zlib.decompressobj(wbits=31)
    data = unpacker.decompress(body, size + 1)
    if len(data) <= size and not unpacker.eof:
        announced = f" of {length}" if length else ""
        raise ValueError(f"the file was cut short, {len(body)} bytes came{announced}")
    if (came := hashed([data]).hexdigest()) != sha256:
        raise ValueError(f"wrong contents: SHA-256 {came} came, {sha256} was wanted")
    return data
