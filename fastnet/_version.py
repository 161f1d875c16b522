"""The version of fastnet."""

__version__ = "0.2.0"
