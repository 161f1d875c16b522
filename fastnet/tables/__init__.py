"""Tables: columns of numbers, words and times, and their encoding as inputs of a net."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .encoding import Encoding as Encoding
    from .table import Table as Table

__all__ = ["Encoding", "Table"]


def __getattr__(name: str) -> Any:
    """Import a class at its first use."""
    if name == "Encoding":
        from .encoding import Encoding

        return Encoding
    if name == "Table":
        from .table import Table

        return Table
    raise AttributeError(f"module 'fastnet.tables' has no attribute {name!r}")
