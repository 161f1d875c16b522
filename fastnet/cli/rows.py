"""The rows that nets answer, in chunks: of a file, or as they come through a pipe."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from .arguments import called, is_pipe
from .reading import opened

if TYPE_CHECKING:
    from fastnet.model.network import Network


def chunks(data: str, net: "Network", options: dict[str, Any]) -> Iterator[Any]:
    """Yield the rows of a file, or of a pipe as they come, in arrays or tables."""
    if is_pipe(data):
        try:
            yield from piped(data, net, options)
        except ValueError as error:
            raise ValueError(f"{called(data)}: {error}") from None
        return
    from fastnet import datasets

    for X, _ in datasets.chunks(data, labels=False, **options):
        yield X


def piped(data: str, net: "Network", options: dict[str, Any]) -> Iterator[Any]:
    """Yield the rows of CSV or JSON lines in a pipe as they come."""
    from fastnet.sources.lines import Lines
    from fastnet.sources.reading import Reading
    from fastnet.sources.text import stream_chunks

    from .stream_rows import Begun

    reading = Reading.of(labels=False, **options)
    with opened(data) as file:
        begun = Begun(file)
        if net.encoding is not None or not (reading.pixels or begun.is_listed):
            yield from stream_chunks(begun, reading, net.feature_names or (), called(data))
            return
        for X, _ in Lines(begun, None, reading):
            yield X
