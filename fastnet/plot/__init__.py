"""Pictures of what a net does: `fastnet.plot.NAME(net, X, y, ax=None)`.

Each picture is one Axes of Matplotlib, which is returned: `picture.figure.savefig("x.png")`. A
notebook shows it. Nothing uses pyplot, its state or a display. It needs Matplotlib:
`pip install 'fastnet-sgd[plot]'`.
"""

from typing import TYPE_CHECKING

from ..lazy import lazily
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

# A picture is imported, and Matplotlib, when it is first drawn.
_HOMES = {name: picture.module for name, picture in PICTURES.items()}
__getattr__, __dir__ = lazily(__name__, _HOMES, needs=("matplotlib",))
