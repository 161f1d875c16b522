"""The rows that nets answer, in chunks: of a file, or as they come through a pipe."""

import contextlib
import io
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from .arguments import STDIN, is_pipe
from .reading import for_net

if TYPE_CHECKING:
    from fastnet.model.network import Network


def chunks(data: str, net: "Network", options: dict[str, Any]) -> Iterator[Any]:
    """Yield the rows of a file, or of a pipe as they come, in arrays or tables."""
    if is_pipe(data):
        yield from piped(data, net, options)
        return
    from fastnet import datasets

    (X, _), (X_test, _) = datasets.read(data, labels=False, **options)
    yield for_net(X if X_test is None else X_test, net)


def piped(data: str, net: "Network", options: dict[str, Any]) -> Iterator[Any]:
    """Yield the rows of CSV or JSON lines in a pipe as they come."""
    from fastnet.data.lines import Lines
    from fastnet.data.reading import Reading

    with opened(data) as file:
        for X, _ in Lines(file, None, Reading(labels=False, **options)):
            yield X


@contextlib.contextmanager
def opened(data: str) -> Iterator[Any]:
    """Open a pipe, or standard input, which may be closed."""
    if data == STDIN:
        yield sys.stdin.buffer if sys.stdin else io.BytesIO()
        return
    with open(data, "rb") as file:
        yield file
