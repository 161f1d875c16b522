"""The input: arrays become rows of numbers, with their labels or targets."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .samples import Samples as Samples

__all__ = ["Samples"]


def __getattr__(name: str) -> Any:
    """Import Samples at its first use."""
    if name not in __all__:
        raise AttributeError(f"module 'fastnet.data' has no attribute {name!r}")
    from . import samples

    return samples.Samples


def __dir__() -> list[str]:
    return [*__all__, *(name for name in globals() if name.startswith("__"))]
