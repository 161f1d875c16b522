"""Data sets: the bundled digits, MNIST, Fashion-MNIST, and the user's own files."""

from ..tables.chunks import chunks
from ..tables.encoded import encode
from ..tables.readers import read
from .download import FetchError, fetch
from .named import NAMES, load

__all__ = ["NAMES", "FetchError", "chunks", "encode", "fetch", "load", "read"]
