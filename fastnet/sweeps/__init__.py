"""Sweeps: runs with many settings, which find the best options of a net. They stand on Optuna."""

from .result import Sweep as Sweep
from .sweeping import sweep as sweep

__all__ = ["Sweep", "sweep"]
