"""Pictures of what a net does: `fastnet.plot.NAME(net, X, y, ax=None)`.

Each picture is one Axes of Matplotlib, which is returned: `picture.figure.savefig("x.png")`. A
notebook shows it. Nothing uses pyplot, its state or a display. It needs Matplotlib:
`pip install 'fastnet-sgd[plot]'`.
"""

import importlib
from typing import TYPE_CHECKING, Any

from .catalogue import PICTURES

__all__ = [
    "activity",
    "calibration",
    "confusion_matrix",
    "deformed",
    "importance",
    "learning_curves",
    "mistakes",
    "precision_recall",
    "residuals",
    "roc",
    "sweep",
    "weights",
]

if TYPE_CHECKING:
    from .columns import importance
    from .confusion import confusion_matrix
    from .curves import learning_curves
    from .deformations import deformed
    from .layers import activity, weights
    from .numbers import residuals
    from .probabilities import calibration, precision_recall, roc
    from .trials import sweep
    from .wrong import mistakes


def __getattr__(name: str) -> Any:
    """Import a picture, and Matplotlib, at its first use."""
    if name not in PICTURES:
        raise AttributeError(f"module 'fastnet.plot' has no attribute {name!r}")
    try:
        importlib.import_module("matplotlib")
    except ImportError:
        needs = "fastnet.plot needs matplotlib: pip install 'fastnet-sgd[plot]'"
        raise ImportError(needs) from None
    module = importlib.import_module(f"fastnet.plot.{PICTURES[name].module}")
    value = globals()[name] = getattr(module, name)
    return value


def __dir__() -> list[str]:
    return [*__all__, *(name for name in globals() if name.startswith("__"))]
