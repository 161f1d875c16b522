"""The rows that nets answer, in chunks: of a file, or as they come through a pipe."""

import contextlib
import io
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from .arguments import STDIN, is_pipe

if TYPE_CHECKING:
    from fastnet.model.network import Network


def chunks(data: str, net: "Network", options: dict[str, Any]) -> Iterator[Any]:
    """Yield the rows of a file, or of a pipe as they come, in arrays or tables."""
    if is_pipe(data):
        yield from piped(data, net, options)
        return
    from fastnet import datasets

    for X, _ in datasets.chunks(data, labels=False, **options):
        yield X


def piped(data: str, net: "Network", options: dict[str, Any]) -> Iterator[Any]:
    """Yield the rows of CSV or JSON lines in a pipe as they come."""
    from fastnet.data.lines import Lines
    from fastnet.data.reading import Reading
    from fastnet.tables.text import stream_chunks

    reading = Reading.of(labels=False, **options)
    with opened(data) as file:
        if net.encoding is not None:
            yield from stream_chunks(file, reading, net.encoding.names)
            return
        for X, _ in Lines(file, None, reading):
            yield X


@contextlib.contextmanager
def opened(data: str) -> Iterator[Any]:
    """Open a pipe, or standard input, which may be closed."""
    if data == STDIN:
        yield sys.stdin.buffer if sys.stdin else io.BytesIO()
        return
    with open(data, "rb") as file:
        yield file
