"""What comes in: arrays, tables and files as rows of numbers, and what they stand for."""

from .samples import Samples

__all__ = ["Samples"]
