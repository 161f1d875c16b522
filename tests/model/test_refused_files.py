"""Files that are not what they seem."""

import io
import json
import os
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from fastnet import Network, load
from fastnet.model import archive
from tests.helpers import ROOT
from tests.model.helpers import small


def refused(path: Path, contents: bytes, match: str | None = None) -> None:
    path.write_bytes(contents)
    with pytest.raises(ValueError, match=match) as caught:
        load(path)
    message = str(caught.value)
    assert str(path) in message
    assert "\n" not in message and len(message) < len(str(path)) + 300


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> bytes:
    """The bytes of a model file."""
    path = tmp_path_factory.mktemp("model") / "model"
    small().save(path)
    return path.read_bytes()


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "model"


def test_a_truncated_file_is_refused(model, path):
    for length in range(0, len(model), 7):
        refused(path, model[:length])
    refused(path, model[:-1])


def same_net(net: Network, other: Network) -> bool:
    return (
        net.digest() == other.digest()
        and net.history == other.history
        and (net.classes == other.classes).all()
        and (net.activations, net.loss, net.seed) == (other.activations, other.loss, other.seed)
    )


def test_a_changed_byte_is_refused_or_changes_nothing(model, path):
    """An .npz has bytes without meaning, such as the time of day; nothing else may change."""
    path.write_bytes(model)
    net, harmless = load(path), 0
    for place in range(0, len(model), 3):
        changed = bytearray(model)
        changed[place] ^= 1 << place % 8
        path.write_bytes(changed)
        try:
            assert same_net(load(path), net), f"byte {place}"
            harmless += 1
        except ValueError as error:
            assert str(path) in str(error) and "\n" not in str(error)
    assert harmless < len(model) / 3 / 4


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 10**6), junk=st.binary(min_size=1, max_size=64), cut=st.integers(0, 64))
def test_patched_files_are_refused_or_the_same(model, path, place, junk, cut):
    place %= len(model)
    path.write_bytes(model)
    net = load(path)
    path.write_bytes(model[:place] + junk + model[place + cut :])
    try:
        assert same_net(load(path), net)
    except ValueError as error:
        assert str(path) in str(error) and "\n" not in str(error)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(contents=st.binary(max_size=300))
@example(b"")
@example(b"PK\x03\x04")
@example(b"PK\x05\x06" + bytes(18))
@example(b"\x93NUMPY\x01\x00\x10\x00{'descr': '|O'}\n")
@example(b"\x80\x04.")
@example(b"\x1f\x8b\x08")
def test_random_bytes_are_refused(path, contents):
    refused(path, contents)


class Trap:
    """Unpickled, it makes a folder."""

    def __init__(self, folder: Path):
        self.folder = str(folder)

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.mkdir, (self.folder,)


def npz(**arrays: Any) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def arrays_of(model: bytes) -> dict[str, np.ndarray]:
    with np.load(io.BytesIO(model), allow_pickle=False) as archive:
        return dict(archive)


def test_nothing_is_unpickled(model, path, tmp_path):
    bomb = np.empty(3, object)
    bomb[:] = [Trap(tmp_path / "sprung")] * 3
    refused(path, pickle.dumps(Trap(tmp_path / "sprung")))
    refused(path, npz(bomb=bomb))
    for name, array in arrays_of(model).items():
        refused(path, npz(**{**arrays_of(model), name: bomb.reshape(-1)}))
        refused(path, npz(**{**arrays_of(model), name: array.astype(object)}))
    single = io.BytesIO()
    np.save(single, bomb, allow_pickle=True)
    refused(path, single.getvalue())
    assert os.listdir(tmp_path) == ["model"]
    with pytest.raises(FileExistsError):  # the trap does work
        os.mkdir(tmp_path / "sprung")
        pickle.loads(pickle.dumps(Trap(tmp_path / "sprung")))


def test_other_formats_are_refused(model, path):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("readme.txt", "hello")
    refused(path, archive.getvalue())
    single = io.BytesIO()
    np.save(single, np.eye(3))
    refused(path, single.getvalue())
    refused(path, npz(X=np.eye(3), y=np.arange(3)))
    refused(path, b"\n".join([b"1,2,3"] * 9))
    for name in arrays_of(model):
        arrays = arrays_of(model)
        arrays.pop(name)
        refused(path, npz(**arrays))
        refused(path, npz(**{**arrays, name: np.eye(2)}))
    refused(path, npz(**arrays_of(model), more=np.eye(2)))


def signed(model: bytes, about: dict[str, Any] | None = None, **changes: Any) -> bytes:
    """The model with changes, and with the checksum that belongs to it."""
    arrays = arrays_of(model)
    arrays.pop("sha256")
    arrays.update(changes)
    known = json.loads(arrays["about"].tobytes()) | (about or {})
    arrays["about"] = np.frombuffer(json.dumps(known).encode(), np.uint8)
    return npz(**arrays, sha256=np.frombuffer(archive._sha256(arrays), np.uint8))


def test_a_newer_format_is_refused_by_its_number(model, path):
    path.write_bytes(signed(model))
    assert load(path).sizes == (5, 4, 3)
    refused(path, signed(model, {"format_version": 4}), match="version 4, wanted .* to version 3")
    refused(path, signed(model, {"format": "other model"}), match="'other model'")
    refused(path, signed(model, {"format_version": "1"}))


def test_a_file_of_version_1_is_still_read(tmp_path):
    """Written by fastnet 0.1.0 before files had a run."""
    net = load(ROOT / "tests" / "files" / "version_1.npz")
    assert net.digest() == "502bf1567004c996fbdb4150142ade60722f2abcf66cee94c90809a912f4046c"
    assert net.classes.tolist() == ["a", "b", "né"] and net.sizes == (3, 4, 3)
    assert [record["val_accuracy"] for record in net.history] == [0.5, 0.5]
    assert (net.seed, net.stopped, net.run) == (3, "epochs", None)
    net.save(tmp_path / "model")
    assert same_net(load(tmp_path / "model"), net)


@pytest.mark.parametrize(
    ("about", "changes"),
    [
        ({"activations": ["tanh", "gelu"]}, {}),
        ({"activations": ["tanh"] * 3}, {}),
        ({"activations": []}, {}),
        ({"activations": None}, {}),
        ({"activations": [["swish", "swish_prime"], "sigmoid"]}, {}),
        ({"activations": [["swish"], "sigmoid"]}, {}),
        ({"activations": [[], "sigmoid"]}, {}),
        ({"activations": [["swish", [1]], "sigmoid"]}, {}),
        ({"loss": "hinge"}, {}),
        ({"run": ["epochs"]}, {}),
        ({"run": {"options": {}, "data": {}}}, {}),
        ({"loss": ["quadratic"]}, {}),
        ({}, {"weights_0": np.zeros((5, 3), "f4")}),
        ({}, {"weights_0": np.zeros(5, "f4")}),
        ({}, {"weights_0": np.zeros((5, 4), "i4")}),
        ({}, {"weights_0": np.zeros((5, 4), "f2")}),
        ({}, {"weights_1": np.zeros((1, 3), "f4")}),
        ({}, {"biases_0": np.zeros(1, "f4")}),
        ({}, {"biases_1": np.zeros((), "f4")}),
        ({}, {"biases_1": np.full(3, np.nan, "f4")}),
        ({}, {"weights_0": np.full((5, 4), np.inf, "f4")}),
        ({}, {"classes": np.arange(4)}),
        ({}, {"classes": np.arange(3) / 2}),
    ],
)
def test_files_that_contradict_themselves_are_refused(model, path, about, changes):
    """Even with the right checksum, which anyone can write."""
    refused(path, signed(model, about, **changes))
