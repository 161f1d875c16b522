"""safetensors: arrays by name, and all else of a model as JSON in the header.

Files of others are read too, if their arrays are those of dense layers, as of PyTorch.
"""

from __future__ import annotations

import json
import os
from typing import Any

import numpy as np

from ..files import atomic_write, blaming
from ..model.about import FORMAT
from ..typing import Array
from .extras import package
from .incoming import incoming
from .layers import Meaning
from .loading import Given
from .own import Model, all_of, dumped, parsed, restored
from .state import TIES, layers_in

KEY = "fastnet"  # in the header's __metadata__: what a model of fastnet is, or means
DTYPES = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2", "BOOL": "|b1",
    **{f"{kind}{bits}": f"<{kind.lower()}{bits // 8}" for kind in "IU" for bits in (8, 16, 32, 64)},
}  # fmt: skip


@np.errstate(under="ignore")
def to_safetensors(model: Model, weights: str | None = None, data: Any = None) -> bytes:
    """Return a model as the bytes of a file of safetensors; `fastnet.load` reads it.

    The arrays have the names, shapes and dtypes that they have in a file of fastnet, such as
    "weights_0" (n_in, n_out). All else is JSON, under "fastnet" in the header's metadata.

    Parameters
    ----------
    model : Network or Ensemble
    weights : str, optional
        "float16" or "int8" for weights rounded to few bits: see `Network.save`.
    data : tuple of arrays, optional
        (X, y): then the score before and after the rounding is in the file.

    Raises
    ------
    TypeError, ValueError
        `fastnet.load` would refuse it, as with NaN weights.
    ImportError
        The package safetensors is missing.
    """
    return _bytes(*all_of(model, weights, data)[0])


def write(
    model: Model, path: str | os.PathLike[str], weights: str | None = None, data: Any = None
) -> dict[str, Any]:
    """Write `to_safetensors`; return the record of the rounding, or {}."""
    contents, report = all_of(model, weights, data)
    packed = _bytes(*contents)
    atomic_write(path, lambda file: file.write(packed))
    return report


def read(path: str | os.PathLike[str], given: Given) -> Model:
    """Read a model: a file of `write`, or arrays of dense layers as in a state dict of PyTorch."""
    package("safetensors", "safetensors", "safetensors")  # else the file is to blame
    with blaming(path, "no intact safetensors file ({})"):
        metadata, arrays = _contents(path)
        said = parsed(metadata[KEY]) if KEY in metadata else None
    if type(said) is dict and said.get("format") == FORMAT:
        return restored((said, arrays), given, path)
    with blaming(path, "{}"):
        meaning = None if said is None else Meaning.from_json(metadata[KEY])
        wide = any(array.dtype == np.float64 for array in arrays.values())
        layers = layers_in(arrays, given.activation, in_order=False)
        return incoming(layers, given, "float64" if wide else "float32", meaning)


def _bytes(about: dict[str, Any], arrays: dict[str, Array]) -> bytes:
    save = package("safetensors.numpy", "safetensors", "safetensors").save
    tensors = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    return bytes(save(tensors, metadata={KEY: dumped(about)}))


def _contents(path: str | os.PathLike[str]) -> tuple[dict[str, str], dict[str, Array]]:
    """Return the metadata and the arrays of a file, which is read once: it may be replaced."""
    safetensors = package("safetensors", "safetensors", "safetensors")
    with open(path, "rb") as file:
        packed = file.read()
    arrays = {name: _array(name, **of) for name, of in safetensors.deserialize(packed)}
    size = int.from_bytes(packed[:8], "little")
    metadata: dict[str, str] = json.loads(packed[8 : 8 + size]).get("__metadata__") or {}
    # PyTorch's save_model writes a tensor that layers share once, and the other names so.
    shared = {name: arrays[of] for name, of in metadata.items() if of in arrays}
    if sum(array.nbytes for array in shared.values()) > TIES * len(packed):
        raise ValueError(f"its tensors are shared, more than {TIES} times the file's size")
    return metadata, {**shared, **arrays}


def _array(name: str, dtype: str, shape: list[int], data: bytearray) -> Array:
    """Return an array of a file; that of bfloat16, the upper half of float32, as float32."""
    if dtype not in DTYPES:
        raise ValueError(f"{name}: {dtype}, wanted one of {', '.join(DTYPES)}")
    array = np.frombuffer(data, DTYPES[dtype]).reshape(shape)
    if dtype == "BF16":
        array = (array.astype("<u4") << 16).view("<f4")
    return array
