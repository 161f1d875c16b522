"""Pictures of handwritten digits, read by a net.

`pretrained()` is the net that comes with the package.
"""

import importlib
from typing import TYPE_CHECKING, Any

__all__ = ["as_mnist", "pretrained"]

if TYPE_CHECKING:
    from ..images.centring import as_mnist
    from .net import pretrained

# The module of each name. It is imported when the name is first used, as in `fastnet`.
_HOMES = {"as_mnist": "..images.centring", "pretrained": ".net"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'fastnet.handwriting' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name], __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, *(name for name in globals() if name.startswith("__"))]
