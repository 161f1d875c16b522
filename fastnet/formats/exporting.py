"""The formats in which models leave, and `export`, which writes them."""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from ..model.ensemble import Ensemble
    from ..model.network import Network


class Format(NamedTuple):
    """A format in which models leave.

    Attributes
    ----------
    module : str
        The module of `fastnet.formats` that has `write(model, path, **options)`. It writes the file
        atomically, and returns the fields of a report.
    suffix : str
        How the names of its files end.
    options : tuple of str
        The options of `write`.
    help : str
        One line for people who choose a format.
    """

    module: str
    suffix: str
    options: tuple[str, ...]
    help: str


FORMATS: dict[str, Format] = {
    "fastnet": Format("own", ".npz", ("weights", "data"), "fastnet's own, small by --weights"),
    "json": Format("json", ".json", ("weights", "data"), "all of the model as text"),
    "safetensors": Format("safetensors", ".safetensors", ("weights", "data"), "arrays by name"),
    "c": Format("c", ".h", ("name", "input", "weights", "data"), "one C header, no library"),
    "page": Format(
        "page", ".html", ("input", "weights", "data"), "one page of HTML on which a person draws"
    ),
    "onnx": Format("onnx.export", ".onnx", ("input", "dtype"), "ONNX, as onnxruntime runs it"),
    "sklearn": Format(
        "sklearn.export", ".skops", ("input",), "a fitted Pipeline of scikit-learn, by skops"
    ),
    "torch": Format("torch.export", ".pt", ("input",), "PyTorch: the state dict of a Sequential"),
}


def export(
    model: Network | Ensemble, format: str, path: str | os.PathLike[str], **options: Any
) -> dict[str, Any]:
    """Write a model in another format, atomically.

    Parameters
    ----------
    model : Network or Ensemble
        Or a fitted estimator of `fastnet.sklearn`.
    format : str
        A name in `FORMATS`.
    path : str or path
    **options
        Options of the format: see the functions `to_...`, which have the same.

    Returns
    -------
    dict
        What there is to say: "bytes", the size of the file, and what the format adds.

    Raises
    ------
    TypeError, ValueError
        The format cannot say this model, or has no such option. Nothing is written.
    ImportError
        The format needs a package that is missing; the error names the extra.
    OSError
        The file cannot be written; an old file is as it was.
    """
    import numpy as np  # these are loaded here, since the help of `fastnet export` has this table

    from .. import checks
    from .layers import model_of

    checks.one_of("format", format, FORMATS)
    row, path = FORMATS[format], checks.path("path", path)
    for name in options:
        if name not in row.options:
            wanted = ", ".join(row.options) or "none"
            raise TypeError(f"{name}: no option of the format {format!r}, wanted {wanted}")
    write = importlib.import_module(f"fastnet.formats.{row.module}").write
    with np.errstate(under="ignore"):
        report: dict[str, Any] = write(model_of(model), path, **options)
    return {"format": format, "path": os.fsdecode(path), "bytes": os.path.getsize(path), **report}
