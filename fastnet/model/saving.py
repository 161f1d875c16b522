"""Saving a model to a file of fastnet, as it is or with its weights in few bits."""

from __future__ import annotations

import os
import sys
from typing import Any

from .. import checks
from . import archive
from .contents import contents_of
from .rounding import in_words, rounding_of


def save(path: str | os.PathLike[str], model: Any, weights: Any = None, data: Any = None) -> None:
    """Write a network or an ensemble: see `Network.save`. A line on stderr says what is lost."""
    tell(write(path, model, weights, data))


def tell(record: dict[str, Any] | None) -> None:
    """Say on stderr what a rounding has changed, if there was one."""
    if record is not None:
        print(f"fastnet: {in_words(record)}", file=sys.stderr, flush=True)


def write(
    path: str | os.PathLike[str], model: Any, weights: Any = None, data: Any = None
) -> dict[str, Any] | None:
    """Write a network or an ensemble; return the record of the rounding, if there was one."""
    path = checks.path("path", path)
    record = rounding_of(model, weights, data)
    archive.write(path, *contents_of(model, record))
    return record
