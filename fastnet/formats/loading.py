"""The function load(), which reads a model from a file of fastnet or of another library."""

from __future__ import annotations

import importlib
import os
import zipfile
from collections.abc import Callable
from typing import Any, BinaryIO, NamedTuple

from .. import checks
from ..model.loading import is_model as is_own
from ..model.loading import load as load_own


class Given(NamedTuple):
    """What the caller of `load` says of a model that came in, since the model does not."""

    activation: Any = None
    classes: Any = None
    task: Any = None
    pixels: Any = None


class Origin(NamedTuple):
    """Where models come in from.

    Attributes
    ----------
    begins : function of an open file
        Tells whether a file is of this kind, from its first bytes, intact or not.
    package : str or None
        The package of the objects that stand for such models.

    Its module in `fastnet.formats` has `read(path, given)`, and `taken(object, given)` for objects.
    """

    begins: Callable[[BinaryIO], bool]
    package: str | None = None


def _names_in(file: BinaryIO) -> list[str]:
    """Return the names in a zip file; none if it is no such file."""
    try:
        return zipfile.ZipFile(file).namelist() if file.read(4) == b"PK\3\4" else []
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return []


# By the module of `fastnet.formats` that reads them.
ORIGINS: dict[str, Origin] = {}


def load(
    source: Any,
    activation: Any = None,
    *,
    classes: Any = None,
    task: str | None = None,
    pixels: bool | None = None,
) -> Any:
    """Read a model: a file of fastnet, or a file or an object of another library."""
    given = Given(activation, classes, task, pixels)
    if not isinstance(source, str | bytes | os.PathLike):
        package = type(source).__module__.partition(".")[0]
        for module, origin in ORIGINS.items():
            if origin.package == package:
                return importlib.import_module(f"fastnet.formats.{module}").taken(source, given)
        raise TypeError(f"source: {type(source).__name__}, wanted a path or a model")
    path = checks.path("source", source)
    found = _origin(path)
    if found is None:
        return load_own(path, activation)
    return importlib.import_module(f"fastnet.formats.{found}").read(path, given)


def _origin(path: str | os.PathLike[str]) -> str | None:
    """Return the module that reads a file; None for a file of fastnet, or of nobody."""
    with open(path, "rb") as file:
        for module, origin in ORIGINS.items():
            file.seek(0)
            if origin.begins(file):
                return module
    return None


def is_model(path: str | os.PathLike[str]) -> bool:
    """Tell whether a file begins as one that `load` reads, intact or not."""
    return is_own(path) or _origin(path) is not None
