"""Pictures of handwritten digits, read by a net.

`read(image)` reads a photograph, a scan or a screenshot, by `pretrained()`, the net that comes with
the package. `show(image, reading)` draws what it has read. Files of pictures need Pillow:
`pip install 'fastnet-sgd[handwriting]'`.
"""

from typing import TYPE_CHECKING

from ..lazy import lazily

__all__ = ["Reading", "as_mnist", "pretrained", "read", "show"]

if TYPE_CHECKING:
    from ..images.centring import as_mnist
    from .net import pretrained
    from .reading import Reading, read
    from .shown import show

# The module of each name. It is imported when the name is first used, as in `fastnet`.
_HOMES = {
    "as_mnist": ".images.centring",
    "pretrained": "net",
    "read": "reading",
    "Reading": "reading",
    "show": "shown",
}

__getattr__, __dir__ = lazily(__name__, _HOMES)
