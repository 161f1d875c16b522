"""Small dense neural networks, trained exactly, one sample at a time, in microseconds."""

from typing import TYPE_CHECKING

from ._version import __version__ as __version__
from .lazy import lazily

__all__ = [
    "Diverged",
    "Elastic",
    "Ensemble",
    "LearningWarning",
    "Network",
    "data",
    "datasets",
    "formats",
    "handwriting",
    "load",
    "metrics",
    "plot",
    "reference",
    "report",
    "schedules",
    "sweep",
    "tables",
    "train",
    "train_seeds",
    "train_stream",
    "warmup",
]

if TYPE_CHECKING:
    from . import (
        data,
        datasets,
        formats,
        handwriting,
        metrics,
        plot,
        reference,
        report,
        schedules,
        tables,
    )
    from .diagnostics import LearningWarning
    from .formats.loading import load
    from .images.elastic import Elastic
    from .model.diverged import Diverged
    from .model.ensemble import Ensemble
    from .model.network import Network
    from .sweeps.sweeping import sweep
    from .training.seeds import train_seeds
    from .training.streams import train_stream
    from .training.trainer import train, warmup

# The module of each public name. It is imported when the name is first used: Numba loads slowly.
_HOMES = {
    "LearningWarning": "diagnostics",
    "Network": "model.network",
    "load": "formats.loading",
    "Diverged": "model.diverged",
    "Elastic": "images.elastic",
    "Ensemble": "model.ensemble",
    "sweep": "sweeps.sweeping",
    "train": "training.trainer",
    "warmup": "training.trainer",
    "train_seeds": "training.seeds",
    "train_stream": "training.streams",
}

__getattr__, __dir__ = lazily(__name__, _HOMES)
