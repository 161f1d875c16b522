"""Tables: columns of numbers, words and times, and their encoding as inputs of a net."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import reference as reference
    from .encoding import Encoding as Encoding
    from .table import Table as Table

__all__ = ["Encoding", "Table", "reference"]


def __getattr__(name: str) -> Any:
    """Import a class, or the reference, at its first use."""
    if name not in __all__:
        raise AttributeError(f"module 'fastnet.tables' has no attribute {name!r}")
    module = importlib.import_module(f"{__name__}.{name.lower()}")
    return getattr(module, name, module)


def __dir__() -> list[str]:
    return [*__all__, *(name for name in globals() if name.startswith("__"))]
