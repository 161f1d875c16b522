"""Files of skops, which hold estimators of scikit-learn. What is in one is checked first.

skops trusts all of scikit-learn's types. Here only those are built that a net can be made of.
"""

from __future__ import annotations

import io
import json
import os
import warnings
import zipfile
from collections.abc import Iterator
from typing import Any

from ...data import npy
from ..extras import package
from .linear import STEPS

SCHEMA = "schema.json"
SMALL, FACTOR = 1 << 24, 4  # a packed file may unpack to 16 MB, or to so many times its size
PIECE = 1 << 20
# The loaders of skops that are needed, and the types which each may build.
ESTIMATORS = {
    *("ColumnTransformer", "LabelBinarizer", "LabelEncoder", "MLPClassifier", "MLPRegressor"),
    *("KNNImputer", "MissingIndicator", "OneHotEncoder", "Pipeline"),
    *("TransformedTargetRegressor", "VotingClassifier", "VotingRegressor"),
    *("AdamOptimizer", "SGDOptimizer", "_RemainderColsList"),
    *STEPS,
}
TYPES = {
    "DictNode": {"builtins.dict", "sklearn.utils._bunch.Bunch"},
    "ListNode": {"builtins.list"},
    "TupleNode": {"builtins.tuple"},
    "SliceNode": {"builtins.slice"},
    "JsonNode": {"builtins.str"},
    "RandomStateNode": {"numpy.random.mtrand.RandomState"},
    "FunctionNode": {"numpy.arctan", "numpy.sin"},
}
NUMBERS = {"bool", "bool_", "float32", "float64", "int32", "int64", "str_", "uint32", "uint64"}
TYPES["NdArrayNode"] = {"numpy.ndarray", *(f"numpy.{name}" for name in NUMBERS)}
PLAIN = ("bool", "float", "int", "str")
TYPES["TypeNode"] = {*TYPES["NdArrayNode"], *(f"builtins.{name}" for name in PLAIN)}
TRUSTED = [
    *("sklearn.utils._bunch.Bunch", "sklearn.compose._column_transformer._RemainderColsList"),
    *(f"sklearn.neural_network._stochastic_optimizers.{n}Optimizer" for n in ("Adam", "SGD")),
]


def loaded(path: str | os.PathLike[str]) -> Any:
    """Return what a file holds. Its size bounds the memory: see `SMALL` and `FACTOR`.

    Raises
    ------
    ValueError
        It is damaged, or holds a type that is no part of a net; the error names the type.
    """
    with open(path, "rb") as file, zipfile.ZipFile(file) as archive:
        size = os.fstat(file.fileno()).st_size
        members = {member.filename: member for member in archive.infolist()}
        if len(members) < len(archive.infolist()):
            raise ValueError("two members of the same name")
        packed = any(member.compress_type != zipfile.ZIP_STORED for member in members.values())
        total = sum(member.file_size for member in members.values())
        if total > (max(SMALL, FACTOR * size) if packed else size):
            raise ValueError(f"{total:,} bytes in a file of {size:,}")
        contents = {name: _unpacked(archive, member) for name, member in members.items()}
    for name, data in contents.items():
        if name.endswith(".npy"):
            npy.header(io.BytesIO(data), len(data))  # before memory is allocated
    _check(json.loads(contents[SCHEMA]), set(contents))
    plain = io.BytesIO()
    with zipfile.ZipFile(plain, "w") as archive:
        for name, data in contents.items():
            archive.writestr(name, data)
    del contents
    skops = package("skops.io", "skops", "a .skops file")
    with warnings.catch_warnings():  # of another version of scikit-learn, whose numbers are alike
        warnings.simplefilter("ignore")
        return skops.loads(plain.getvalue(), trusted=TRUSTED)


def _unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """Return the bytes of a member, of which there may be no more than the directory says."""
    if member.compress_type not in npy.PACKINGS:
        raise ValueError("an unusual compression, wanted none or deflate")
    with archive.open(member) as file:
        return b"".join(iter(lambda: file.read(PIECE), b""))


def _check(schema: Any, members: set[str]) -> None:
    """Refuse types that are not known, and arrays that are read several times.

    Where the number of an object comes again, skops walks through the first of that number. So each
    must be as large as the first: else few bytes would stand for many objects.
    """
    owners: dict[str, Any] = {}
    numbered: dict[Any, int] = {}
    for node, size in _nodes(schema):
        if "__loader__" not in node and "__class__" not in node:
            continue
        if node.get("__id__") and numbered.setdefault(node["__id__"], size) != size:
            raise ValueError("two objects of the same number")
        kind, loader = f"{node['__module__']}.{node['__class__']}", node["__loader__"]
        if loader == "ObjectNode":
            known = node["__class__"] in ESTIMATORS and kind.startswith("sklearn.")
        else:
            known = kind in TYPES.get(loader, ())
        if not known:
            raise ValueError(f"a {kind}, which is not read")
        if "file" in node:
            owner = node.get("__id__")
            fits = node["file"] in members and owner and owners.setdefault(node["file"], owner)
            if not fits or owners[node["file"]] != owner:
                raise ValueError(f"an array {node['file']!r:.40} that is missing, or comes twice")


def _nodes(schema: Any) -> Iterator[tuple[dict[str, Any], int]]:
    """Return all objects in JSON, each with the number of those in it, itself included."""
    if not isinstance(schema, dict):
        raise ValueError(f"its {SCHEMA} is no object")
    found: list[dict[str, Any]] = []
    around: list[int] = []  # the place of the object that holds each
    waiting: list[tuple[Any, int]] = [(schema, 0)]
    while waiting:
        value, place = waiting.pop()
        if isinstance(value, dict):
            found.append(value)
            around.append(place)
            waiting += [(each, len(found) - 1) for each in value.values()]
        elif isinstance(value, list):
            waiting += [(each, place) for each in value]
    sizes = [1] * len(found)
    for place in range(len(found) - 1, 0, -1):  # what is in an object comes behind it
        sizes[around[place]] += sizes[place]
    return zip(found, sizes, strict=True)
