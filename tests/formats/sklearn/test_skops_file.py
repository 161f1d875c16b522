"""Hostile and damaged files of skops: no code is run, memory is bounded, errors name the file."""

import functools
import io
import json
import os
import pickle
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skops.io
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

import fastnet
from fastnet.formats import export, to_sklearn
from tests import people
from tests.formats.sklearn.test_export import NETS, made

NET = made(*NETS["softmax"])


@pytest.fixture(scope="module")
def intact() -> bytes:
    """The file of a net."""
    return bytes(skops.io.dumps(to_sklearn(NET)))


def refused(path: Path, contents: bytes, message: str | None = None) -> None:
    """A file is one error in one line that names it."""
    path.write_bytes(contents)
    with pytest.raises(ValueError, match=message) as caught:
        fastnet.load(path)
    assert str(caught.value).startswith(str(path)) and "\n" not in str(caught.value)


def changed(contents: bytes, change: Callable[[dict[str, bytes]], None], **options: Any) -> bytes:
    """Return a zip file with other members."""
    with zipfile.ZipFile(io.BytesIO(contents)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", **options) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


def with_schema(contents: bytes, change: Callable[[dict[str, Any]], Any]) -> bytes:
    """Return a file with another schema."""

    def edit(members: dict[str, bytes]) -> None:
        schema = json.loads(members["schema.json"])
        members["schema.json"] = json.dumps(change(schema) or schema).encode()

    return changed(contents, edit)


def mlp_of(schema: dict[str, Any]) -> dict[str, Any]:
    """The attributes of the MLP in the schema of a Pipeline."""
    steps = schema["content"]["content"]["steps"]["content"]
    attributes: dict[str, Any] = steps[-1]["content"][1]["content"]["content"]
    return attributes


@pytest.mark.parametrize("estimator, name", [
    (LinearRegression().fit([[0], [1]], [0, 1]), "LinearRegression"),
    (RandomForestClassifier(1).fit([[0], [1]], [0, 1]), "RandomForestClassifier"),
    (make_pipeline(FunctionTransformer(os.getcwd), MLPClassifier()), "getcwd"),
    (make_pipeline(FunctionTransformer(functools.partial(print, 1)), MLPClassifier()), "partial"),
    (make_pipeline(FunctionTransformer(np.log1p), MLPClassifier()), "numpy.log1p"),
])  # fmt: skip
def test_other_types_are_refused_by_name(estimator: Any, name: str, tmp_path: Path) -> None:
    refused(tmp_path / "model.skops", skops.io.dumps(estimator), f"a [\\w.]*{name}, which is not")


@pytest.mark.parametrize("node", [
    {"__module__": "os", "__class__": "system", "__loader__": "TypeNode"},
    {"__module__": "builtins", "__class__": "exec", "__loader__": "FunctionNode"},
    {"__module__": "sklearn.svm._classes", "__class__": "SVC", "__loader__": "ObjectNode"},
    {"__module__": "numpy", "__class__": "float64", "__loader__": "ObjectNode"},
    {"__module__": "builtins", "__class__": "dict", "__loader__": "ConstructorFromReduceNode"},
    {"__module__": "fastnet", "__class__": "load", "__loader__": "MethodNode"},
    {"__module__": "sklearn.pipeline", "__class__": "Pipeline", "__loader__": "OperatorFuncNode"},
    {"__module__": ["os"], "__class__": 3, "__loader__": None},
])  # fmt: skip
def test_nothing_else_is_built(intact: bytes, node: dict[str, Any], tmp_path: Path) -> None:
    for place in ("coefs_", "fastnet", "classes_"):

        def put(schema: dict[str, Any], place: str = place) -> None:
            mlp_of(schema)[place] = {"content": {}, "__id__": 7, **node}

        refused(tmp_path / "model.skops", with_schema(intact, put), "which is not read|file: ")
    refused(tmp_path / "model.skops", with_schema(intact, lambda schema: node))


def test_packed_files_are_read_within_bounds(intact: bytes, tmp_path: Path) -> None:
    path = tmp_path / "model.skops"
    for compression in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        path.write_bytes(skops.io.dumps(to_sklearn(NET), compression=compression))
        assert fastnet.load(path).digest() == NET.digest()
    for compression in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        refused(path, skops.io.dumps(to_sklearn(NET), compression=compression), "compression")

    def bomb(members: dict[str, bytes]) -> None:
        members["zeros.npy"] = bytes(1 << 26)

    packed = changed(intact, bomb, compression=zipfile.ZIP_DEFLATED)
    tracemalloc.start()
    refused(path, packed, r"[\d,]+ bytes in a file of [\d,]+")
    # The directory says less than there is:
    refused(path, packed.replace((1 << 26).to_bytes(4, "little"), (1 << 10).to_bytes(4, "little")))
    assert tracemalloc.get_traced_memory()[1] < 1 << 25
    tracemalloc.stop()


def test_arrays_are_as_large_as_they_say(intact: bytes, tmp_path: Path) -> None:
    path = tmp_path / "model.skops"

    def larger(members: dict[str, bytes]) -> None:
        name = next(name for name in members if name.endswith(".npy"))
        header = {"descr": "<f8", "fortran_order": False, "shape": (10**13, 8)}
        file = io.BytesIO()
        np.lib.format.write_array_header_1_0(file, header)
        members[name] = file.getvalue() + members[name][128:]

    refused(path, changed(intact, larger), "bytes, wanted")

    def pickled(members: dict[str, bytes]) -> None:
        file = io.BytesIO()
        np.save(file, np.array([print], object), allow_pickle=True)
        members["1.npy"] = file.getvalue()

    refused(path, changed(intact, pickled), "Object arrays, which are never unpickled")

    def many(schema: dict[str, Any]) -> None:
        array = mlp_of(schema)["coefs_"]["content"][0]
        nodes = [{**array, "__id__": 10**9 + k} for k in range(1000)]
        mlp_of(schema)["more"] = {**mlp_of(schema)["coefs_"], "content": nodes, "__id__": 5}

    refused(path, with_schema(intact, many), "missing, or comes twice")


def test_damaged_schemas(intact: bytes, tmp_path: Path) -> None:
    path = tmp_path / "model.skops"
    for schema in (b"", b"[]", b"3", b"{}", b"{", b"[" * 100_000, b'{"__class__": 1}', b"\xff"):
        refused(path, changed(intact, lambda members, s=schema: members.update({"schema.json": s})))
    refused(path, changed(intact, lambda members: members.pop("schema.json") and None))

    def drop(members: dict[str, bytes]) -> None:
        del members[next(name for name in members if name.endswith(".npy"))]

    refused(path, changed(intact, drop))
    for length in range(0, len(intact), len(intact) // 20):
        refused(path, intact[:length])


@pytest.mark.parametrize("attribute", [
    "{", "[]", "3", '{"meaning": 3}', '{"nets": [{}]}', '{"nets": [3], "meaning": "{}"}',
    '{"nets": [{"dtype": "int8", "units": null}], "meaning": %s, "encoding": null}',
    '{"nets": [{"dtype": "float32", "units": 3}], "meaning": %s, "encoding": null}',
    '{"nets": 5, "meaning": %s, "encoding": null}', '{"nets": [{}], "meaning": %s, "encoding": 3}',
])  # fmt: skip
def test_what_a_pipeline_says_of_itself_is_checked(attribute: str, tmp_path: Path) -> None:
    pipeline = to_sklearn(NET)
    meaning = json.loads(pipeline.fastnet)["meaning"]
    pipeline.fastnet = attribute.replace("%s", json.dumps(meaning))
    refused(tmp_path / "model.skops", skops.io.dumps(pipeline))


VALUES = [None, True, -1, 2**70, 1e300, "x", "builtins", "int", "[]", "null", "1e999", {}, [], [3]]


def places(value: Any) -> list[tuple[Any, Any]]:
    """All places in JSON, as a container and a key or an index."""
    keys: Any = ()
    if isinstance(value, dict | list):
        keys = [*value] if isinstance(value, dict) else range(len(value))
    return [(value, key) for key in keys] + [each for key in keys for each in places(value[key])]


def mutated(contents: bytes, kind: int, rng: np.random.Generator) -> bytes:
    """Return a file with a few other bytes, letters or values."""
    if kind == 0:  # the checksums of the zip file see most
        data = bytearray(contents)
        for place in rng.integers(0, len(data), rng.integers(1, 4)):
            data[place] = rng.integers(256)
        return bytes(data)

    def letters(members: dict[str, bytes]) -> None:
        text = bytearray(members["schema.json"])
        for place in rng.integers(0, len(text), rng.integers(1, 4)):
            text[place] = rng.choice(np.frombuffer(b'09azAZ_"{}[],:.-', np.uint8))
        members["schema.json"] = bytes(text)

    def values(schema: dict[str, Any]) -> None:
        found = places(schema)
        (one, key), (other, another) = (found[k] for k in rng.integers(0, len(found), 2))
        one[key] = other[another] if rng.random() < 0.5 else VALUES[rng.integers(len(VALUES))]
        json.dumps(schema)  # which refuses circles

    return changed(contents, letters) if kind == 1 else with_schema(contents, values)


def fuzzed(contents: bytes, n: int, path: Path) -> None:
    """Mutated files are refused in one line, or hold a net that can be saved."""
    rng = np.random.default_rng(0)
    for k in range(n):
        try:
            path.write_bytes(mutated(contents, k % 3, rng))
        except (ValueError, RecursionError):  # a circle
            continue
        try:
            model = fastnet.load(path)
        except ValueError as error:
            assert str(error).startswith(str(path)) and "\n" not in str(error)
        else:
            model.save(path)


def test_mutated_files(intact: bytes, tmp_path: Path) -> None:
    fuzzed(intact, 100, tmp_path / "model.skops")


@pytest.mark.heavy
def test_many_mutated_files(intact: bytes, tmp_path: Path) -> None:
    fuzzed(intact, 1500, tmp_path / "model.skops")
    frame = people.people()
    net = fastnet.train(frame, people.classes(frame), epochs=1, verbose=False)
    table = tmp_path / "table.skops"
    export(net, "sklearn", table)
    fuzzed(table.read_bytes(), 600, tmp_path / "model.skops")


def test_pickles_are_never_opened(tmp_path: Path) -> None:
    path = tmp_path / "model.pickle"
    refused(path, pickle.dumps(to_sklearn(NET)), "a pickle, which would run code")
