"""Pictures of handwritten digits, read by a net.

`read(image)` reads a photograph, a scan or a screenshot, by `pretrained()`, the net that comes with
the package. `show(image, reading)` draws what it has read. Files of pictures need Pillow:
`pip install 'fastnet-sgd[handwriting]'`.
"""

import importlib
from typing import TYPE_CHECKING, Any

__all__ = ["Reading", "as_mnist", "pretrained", "read", "show"]

if TYPE_CHECKING:
    from ..images.centring import as_mnist
    from .net import pretrained
    from .reading import Reading, read
    from .shown import show

# The module of each name. It is imported when the name is first used, as in `fastnet`.
_HOMES = {
    "as_mnist": "..images.centring",
    "pretrained": ".net",
    "read": ".reading",
    "Reading": ".reading",
    "show": ".shown",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'fastnet.handwriting' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name], __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, *(name for name in globals() if name.startswith("__"))]
