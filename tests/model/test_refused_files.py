"""Files that are not what they seem."""

import hashlib
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

from fastnet import Network, load, train
from fastnet.model import archive
from fastnet.tables import Encoding
from tests.helpers import ROOT
from tests.model.helpers import small
from tests.people import numbers, people


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
    refused(path, signed(model, {"format_version": 6}), match="version 6, wanted .* to version 5")
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


def test_a_file_of_version_3_is_read(tmp_path):
    """Written by fastnet 0.2.0: a regression on a table, which needs an encoding and units."""
    net = load(ROOT / "tests" / "files" / "version_3.npz")
    assert net.digest() == "ad7c13d9f525f6c311a0dc0630221487729e81d4b6ca09162f00b933eba6ea21"
    assert net.feature_names == ("age", "job", "pay") and net.outputs.units.centre[0] > 1e9
    X = [{"age": 30, "job": "nurse", "pay": 0.0}, {"pay": None, "job": "né", "age": 45}]
    assert net.predict(X).tolist() == [1000000000.0043437, 1000000000.004008]
    assert net.predict_one(X[1]) == net.predict(X)[1]
    net.save(tmp_path / "model")
    assert load(tmp_path / "model").digest() == net.digest()


@pytest.fixture(scope="module")
def table(tmp_path_factory) -> bytes:
    """The bytes of the file of a regression on a table."""
    path, frame = tmp_path_factory.mktemp("model") / "table", people(50)
    train(frame, numbers(frame), hidden=(3,), epochs=1, encode="table").save(path)
    return path.read_bytes()


def test_what_a_file_needs_is_said_and_known(model, table, path):
    about = json.loads(arrays_of(table)["about"].tobytes())
    assert (about["format_version"], about["needs"]) == (3, ["encoding", "units"])
    path.write_bytes(signed(table))
    assert load(path).encoding.digest() == Encoding.from_dict(about["encoding"]).digest()
    more = {"needs": ["encoding", "units", "16-bit weights"], "16-bit weights": {}}
    refused(path, signed(table, more), match="it needs '16-bit weights', wanted a newer version")
    for wrong in (
        {"format_version": 2}, {"needs": None}, {"needs": []}, {"needs": ["encoding"]},
        {"units": None}, {"encoding": None}, {"needs": "encoding"},
    ):  # fmt: skip
        refused(path, signed(table, wrong), match="needs")
    refused(path, signed(model, {"encoding": about["encoding"]}), match="needs: .*encoding")


def test_an_encoding_and_units_must_fit_their_net(model, table, path):
    about = json.loads(arrays_of(table)["about"].tobytes())
    version = {"format_version": 3, "needs": ["encoding"]}
    refused(path, signed(model, {**version, "encoding": about["encoding"]}), match="the network")
    version = {"format_version": 3, "needs": ["units"]}
    refused(path, signed(model, {**version, "units": about["units"]}), match="units: of targets")
    for units in (
        {"centre": [0.0], "scale": [0.0]}, {"centre": [0.0], "scale": [-1.0]},
        {"centre": [0.0, 1.0], "scale": [1.0, 1.0]}, {"centre": [0.0], "scale": [float("inf")]},
        {"centre": [float("nan")], "scale": [1.0]}, {"centre": [0.0]}, {"centre": [], "scale": []},
        {"centre": ["0"], "scale": [1.0]}, [0.0, 1.0],
    ):  # fmt: skip
        refused(path, signed(table, {"units": units}))


PLAIN = "4c21cc59e00b3abb002ed08e4cacc3d032f8e11ef007ed9ff11c40d2e4660277"


def test_a_net_without_an_encoding_has_the_bytes_of_version_2(path):
    net = Network.initialise((3, 4, 2), ("sigmoid", "sigmoid"), seed=5, classes=[0, 1])
    net.version = "0"
    net.save(path)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == PLAIN  # written by 0.2.0 before tables
    about = json.loads(arrays_of(path.read_bytes())["about"].tobytes())
    assert about["format_version"] == 2 and not {"needs", "encoding", "units"} & {*about}
    X = np.eye(3)
    for y in ([0, 1, 0], [0.5, 1.5, 2.5]):
        train(X, y, hidden=(3,), epochs=1).save(path)
        about = json.loads(arrays_of(path.read_bytes())["about"].tobytes())
        assert about["format_version"] == 2 and not {"needs", "encoding", "units"} & {*about}
        assert not {"encode", "preset"} & {*about["run"]["options"]}
        assert {*about["run"]["data"]} == {"samples", "features", "dtype", "X", "y"}


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
