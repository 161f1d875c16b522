"""The input: arrays become rows of numbers, with their labels or targets."""

from typing import TYPE_CHECKING

from ..lazy import lazily

if TYPE_CHECKING:
    from .samples import Samples as Samples

__all__ = ["Samples"]

__getattr__, __dir__ = lazily(__name__, {"Samples": "samples"})
