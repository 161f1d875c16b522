"""Data sets: the bundled digits, MNIST, Fashion-MNIST, and the user's own files."""

from ..sources.chunks import chunks
from ..sources.encoded import encode
from ..sources.readers import read
from .download import FetchError, fetch
from .named import NAMES, load

__all__ = ["NAMES", "FetchError", "chunks", "encode", "fetch", "load", "read"]
