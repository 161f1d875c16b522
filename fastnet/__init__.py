"""Small dense neural networks, trained exactly, one sample at a time, in microseconds."""

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.2.0"

__all__ = [
    "Diverged",
    "Ensemble",
    "LearningWarning",
    "Network",
    "datasets",
    "load",
    "reference",
    "train",
    "train_seeds",
    "train_stream",
    "warmup",
]

if TYPE_CHECKING:
    from . import datasets, reference
    from .diagnostics import LearningWarning
    from .ensemble import Ensemble, train_seeds
    from .network import Diverged, Network, load
    from .streams import train_stream
    from .trainer import train, warmup

# Public names by the module that has them: imported when they are used, since Numba takes its time.
_HOMES = {
    "LearningWarning": "diagnostics",
    "Network": "network",
    "load": "network",
    "train": "trainer",
    "warmup": "trainer",
    "train_stream": "streams",
    "Diverged": "network",
    "Ensemble": "ensemble",
    "train_seeds": "ensemble",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        value = getattr(importlib.import_module(f"fastnet.{_HOMES[name]}"), name)
    elif name in __all__:
        value = importlib.import_module(f"fastnet.{name}")
    else:
        raise AttributeError(f"module 'fastnet' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
