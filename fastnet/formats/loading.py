"""The function load(), which reads a model from a file of fastnet or of another library."""

from __future__ import annotations

import importlib
import os
import re
import stat
import zipfile
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO, NamedTuple, get_args

from .. import checks
from ..model.ensemble import nets_of
from ..model.loading import begins as is_own
from ..model.loading import load as load_own
from ..model.outputs import Task

OWN = "fastnet"
STATES = "torch_import"  # takes mappings: state dicts, of tensors or of NumPy's arrays
PICKLES = tuple(bytes([0x80, protocol]) for protocol in range(2, 6))  # their first bytes
OLD_TORCH = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."  # of a pickle by PyTorch before 1.6
PICKLED = (".pkl", ".pickle", ".joblib")  # the names of those that are packed, or old


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
    name : str
        What such files are, in errors and in `Network.origin`.

    Its module in `fastnet.formats` has `read(path, given)`, and `taken(object, given)` for objects.
    """

    begins: Callable[[BinaryIO], bool]
    package: str | None = None
    name: str = ""


def _names_in(file: BinaryIO) -> list[str]:
    """Return the names in a zip file; none if it is no such file."""
    try:
        return zipfile.ZipFile(file).namelist() if file.read(4) == b"PK\3\4" else []
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return []


def _is_json(file: BinaryIO) -> bool:
    """Tell whether a file begins as a model of fastnet in JSON, in whatever order and layout."""
    head = file.read(1 << 16).removeprefix(b"\xef\xbb\xbf").lstrip()
    return head[:1] == b"{" and re.search(rb'"format"\s*:\s*"fastnet model"', head) is not None


def _is_safetensors(file: BinaryIO) -> bool:
    """Tell whether a file begins with the length of a header, which the format bounds, and one."""
    head = file.read(9)
    return head[4:] == b"\0\0\0\0{"


def _is_onnx(file: BinaryIO) -> bool:
    """Tell whether a file begins with the version of ONNX's form, and another field of a model."""
    head = file.read(3)
    return len(head) == 3 and head[0] == 8 and 0 < head[1] < 128 and head[2:] in _MODEL_FIELDS


_MODEL_FIELDS = {bytes([8 * field + 2 * (field != 5)]) for field in (2, 3, 4, 5, 6, 7, 8, 14)}


def _is_skops(file: BinaryIO) -> bool:
    """Tell whether a zip file begins with an array by its number, or has a schema, as skops'."""
    if re.match(rb"PK\x03\x04.{26}(\d{6,}\.npy|schema\.json)", file.read(64), re.DOTALL):
        return True
    file.seek(0)
    return "schema.json" in _names_in(file)
def _is_torch(file: BinaryIO) -> bool:
    """Tell whether torch.save wrote a file, as it does now or did before PyTorch 1.6."""
    head = file.read(512)
    now = re.match(rb"PK\x03\x04.{26}([^/\0]*/)?data\.pkl", head, re.DOTALL)
    return now is not None or head.startswith(OLD_TORCH)


# By the module of `fastnet.formats` that reads them.
ORIGINS: dict[str, Origin] = {
    "json": Origin(_is_json, name="JSON"),
    "safetensors": Origin(_is_safetensors, name="safetensors"),
    "onnx_import": Origin(_is_onnx, "onnx", "ONNX"),
    "sklearn_import": Origin(_is_skops, "sklearn", "skops"),
    STATES: Origin(_is_torch, "torch", "PyTorch"),
}


def load(
    source: Any,
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
    source : path or object
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
    if not isinstance(source, str | bytes | os.PathLike):
        module = _package(source)
        return _from(module, importlib.import_module(_path(module)).taken(source, given))
    path = checks.path("source", source)
    found = _begins(path)
    if found in ORIGINS:
        return _from(found, importlib.import_module(_path(found)).read(path, given))
    if found == OWN:
        refuse(given, path)
    try:
        return load_own(path, activation)
    except ValueError as error:
        if found == OWN:
            raise
        raise ValueError(f"{error}; wanted a file of {_files()}") from None


def refuse(given: Given, path: str | os.PathLike[str]) -> None:
    """Refuse what is said of a file of fastnet, which says it itself."""
    for name in ("classes", "task", "pixels"):
        if getattr(given, name) is not None:
            came = f"{name}: {checks.came(getattr(given, name))}"
            raise ValueError(f"{came}, but {os.fsdecode(path)} is of fastnet and says it")


def _path(module: str) -> str:
    return f"fastnet.formats.{module}"


def _from(module: str, model: Any) -> Any:
    """Return a model after noting where it came from, unless it says it itself."""
    for net in nets_of(model):
        if net.origin is not None:
            net.origin.setdefault("format", ORIGINS[module].name or module)
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
    raise TypeError(f"source: {checks.came(model)}, {wanted}")


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
    return ", ".join(["fastnet", *(origin.name or module for module, origin in ORIGINS.items())])
