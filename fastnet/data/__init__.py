"""What comes in: arrays and files as rows of numbers, and what they stand for."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .samples import Samples as Samples

__all__ = ["Samples"]


def __getattr__(name: str) -> Any:
    """Import Samples when it is used."""
    if name not in __all__:
        raise AttributeError(f"module 'fastnet.data' has no attribute {name!r}")
    from . import samples

    return samples.Samples
