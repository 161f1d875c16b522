"""Tables: columns of numbers, words and times, and their encoding as inputs of a net."""

from typing import TYPE_CHECKING

from ..lazy import lazily

if TYPE_CHECKING:
    from . import reference as reference
    from .encoding import Encoding as Encoding
    from .table import Table as Table

__all__ = ["Encoding", "Table", "reference"]

__getattr__, __dir__ = lazily(__name__, {"Encoding": "encoding", "Table": "table"})
