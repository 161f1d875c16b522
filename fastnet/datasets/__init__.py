"""Images and labels: the bundled digits, MNIST, Fashion-MNIST, and the user's own files."""

from .download import FetchError, fetch
from .named import NAMES, load
from .readers import read

__all__ = ["NAMES", "FetchError", "fetch", "load", "read"]
