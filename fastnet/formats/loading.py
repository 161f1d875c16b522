"""The function load(), which reads a model from a file of fastnet or of another library."""

from __future__ import annotations

import importlib
import os
import stat
from collections.abc import Mapping
from typing import Any, NamedTuple, get_args

import numpy as np

from .. import checks
from ..files import blaming
from ..model.ensemble import nets_of
from ..model.loading import begins as is_own
from ..model.loading import load as load_own
from ..model.outputs import Task
from ..model.pixels import say, unsaid
from .origins import ORIGINS, STATES

OWN = "fastnet"
PICKLES = tuple(bytes([0x80, protocol]) for protocol in range(2, 6))  # their first bytes
PICKLED = (".pkl", ".pickle", ".joblib")  # the names of those that are packed, or old


class Given(NamedTuple):
    """What the caller of `load` says of a model that came in, since the model does not."""

    activation: Any = None
    classes: Any = None
    task: Any = None
    pixels: Any = None


@np.errstate(under="ignore")
def load(
    path: Any,
    activation: Any = None,
    *,
    classes: Any = None,
    task: str | None = None,
    pixels: bool | None = None,
) -> Any:
    """Return a model: what `save` wrote, or one that comes in from another library.

    docs/models.md lists the files and objects. The other arguments say what a model from another
    library does not say itself. Nothing in a file is executed, and its size bounds the memory.

    Parameters
    ----------
    path : path or object
        A file, which is known by its contents; or a fitted model of another library.
    activation : str, pair of functions, or sequence of these, optional
        Of a file of fastnet with your own functions: these functions, with the same names. Of
        weights alone, such as a state_dict: the activation of the hidden layers, or of each layer.
    classes : sequence of labels, optional
        The labels of the outputs, in their order.
    task : str, optional
        "classification", "multilabel" or "regression".
    pixels : bool, optional
        Whether rows are pixels from 0 to 255 (True), or numbers as they are (False). A network
        takes uint8 rows as v / 255; so True makes its first weights 255 times as large. If neither
        the model nor this says it, the first uint8 rows give a `LearningWarning`.

    Returns
    -------
    Network or Ensemble
        It answers as the model does, and can go on learning. `Network.origin` says where it is
        from.

    Raises
    ------
    ValueError
        The file is damaged, or no model; or fastnet cannot say this model, as with convolutions.
        Or an argument contradicts the model, or one is missing: the error names it.
    TypeError
        The object is no model of a library that fastnet knows, or an argument has a wrong type.
    ImportError
        The file needs a package that is missing; the error names the extra.
    OSError
        The file cannot be read.
    """
    if task is not None:
        checks.one_of("task", task, get_args(Task))
    if pixels is not None:
        pixels = checks.flag("pixels", pixels)
    given = Given(activation, classes, task, pixels)
    if not isinstance(path, str | bytes | os.PathLike):
        module = _package(path)
        return _from(module, importlib.import_module(_path(module)).taken(path, given))
    path = checks.path("path", path)
    found = _begins(path)
    if found in ORIGINS:
        return _from(found, importlib.import_module(_path(found)).read(path, given))
    try:
        return completed(load_own(path, activation), given, path)
    except ValueError as error:
        if found == OWN:
            raise
        raise ValueError(f"{error}; wanted a file of {_files()}") from None


def completed(model: Any, given: Given, path: str | os.PathLike[str]) -> Any:
    """Return a model from a file of fastnet, with what is given; refuse what the file says itself.

    Only of pixels it may say nothing, if its net came in from another library.
    """
    unknown = [net for net in nets_of(model) if unsaid(net.origin, net.run)]
    for name in ("classes", "task", *([] if unknown else ["pixels"])):
        if getattr(given, name) is not None:
            came = f"{name}: {checks.came(getattr(given, name))}"
            raise ValueError(f"{came}, but {os.fsdecode(path)} is of fastnet and says it")
    if given.pixels is not None:
        with blaming(path, "{}"):
            for net in unknown:
                say(net, given.pixels)
    return model


def _path(module: str) -> str:
    return f"fastnet.formats.{module}"


def _from(module: str, model: Any) -> Any:
    """Return a model after noting where it came from, unless it says it itself."""
    for net in nets_of(model):
        if net.origin is not None:
            net.origin.setdefault("format", ORIGINS[module].name)
    return model


def _package(model: Any) -> str:
    """Return the module that takes an object."""
    if isinstance(model, Mapping):
        return STATES
    packages = {kind.__module__.partition(".")[0] for kind in type(model).__mro__}
    for module, origin in ORIGINS.items():
        if origin.package in packages:
            return module
    known = sorted({o.package for o in ORIGINS.values() if o.package is not None})
    wanted = f"wanted a path, or a model of {', '.join(known)}"
    raise TypeError(f"path: {checks.came(model)}, {wanted}")


def _begins(path: str | os.PathLike[str]) -> str:
    """Return the module that reads a file; OWN for a file of fastnet, "" for nobody's.

    Raises
    ------
    ValueError
        It is a pickle, which nobody reads; or no file.
    """
    kind = os.stat(path).st_mode
    if not stat.S_ISREG(kind) and not stat.S_ISDIR(kind):
        raise ValueError(f"{os.fsdecode(path)}: a pipe or a device, wanted a file")
    with open(path, "rb") as file:
        if is_own(file):
            return OWN
        for module, origin in ORIGINS.items():
            file.seek(0)
            if origin.begins(file):
                return module
        file.seek(0)
        pickled = file.read(2) in PICKLES
    if pickled or os.fsdecode(path).endswith(PICKLED):
        raise ValueError(
            f"{os.fsdecode(path)}: a pickle, which would run code, so it is never read; wanted the "
            f"model that it holds, fastnet.load(model), or a file of {_files()}"
        )
    return ""


def is_model(path: str | os.PathLike[str]) -> bool:
    """Tell whether a file begins as one that `load` reads, intact or not."""
    try:
        return bool(_begins(path))
    except ValueError:
        return False


def _files() -> str:
    """Return the names of files that `load` reads."""
    return ", ".join(["fastnet", *(origin.name for origin in ORIGINS.values())])
