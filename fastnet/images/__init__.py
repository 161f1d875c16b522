"""Images as arrays: deformation, and the form of MNIST's images. Nothing here knows a net."""

from .elastic import Elastic

__all__ = ["Elastic"]
