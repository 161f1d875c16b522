"""The door for models that come in: what is a model, what is none, and what load() is given."""

import gzip
import json
import os
import pickle
import threading
import warnings
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest

import fastnet
from fastnet.formats import export
from fastnet.formats.layers import input_of
from fastnet.formats.loading import is_model
from tests.formats.helpers import EACH
from tests.helpers import ROOT
from tests.model.helpers import small


class Canary:
    """One that writes a file when it is unpickled."""

    def __init__(self, path: Path):
        self.path = path

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.path),)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    small().save(tmp_path / "net.npz")
    return tmp_path / "net.npz"


# Files ----------------------------------------------------------------------------------------


def data_files(folder: Path) -> list[Path]:
    """Files with data, which are no models."""
    frame = pd.DataFrame({"a": [1.5, 2.5], "weights_0": ["x", "y"]})
    texts = {
        "empty.csv": "",
        "a.csv": frame.to_csv(index=False),
        "b.csv": "weights_0,biases_0\n1,2\n",
        "c.jsonl": frame.to_json(orient="records", lines=True),
        "d.json": json.dumps([{"format": "fastnet", "weights": [1]}]),
        "e.json": json.dumps({"format": 1, "data": [1, 2]}),
        "f.svm": "1 1:0.5 2:1\n0 2:0.25\n",
        "g.txt": "08 07 12 3a\n",
        "i.xml": "<?xml version='1.0'?><PMML/>",
    }
    for name, text in texts.items():
        (folder / name).write_text(text)
    np.savez(folder / "j.npz", X=np.ones((2, 3)), y=[0, 1])
    np.savez_compressed(folder / "k.npz", weights=np.ones((2, 3)), about=[1])
    np.save(folder / "l.npy", np.ones((2, 3)))
    frame.to_parquet(folder / "m.parquet")
    (folder / "n.gz").write_bytes(gzip.compress(b"a,b\n1,2\n"))
    (folder / "o.idx").write_bytes(bytes([0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 7]))
    (folder / "p.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(50))
    (folder / "q").write_bytes(bytes(range(256)))
    (folder / "r").write_bytes(bytes(100))
    (folder / "s.zip").write_bytes(b"PK\3\4" + bytes(100))
    (folder / "t.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    return sorted(folder.iterdir())


def test_data_are_never_taken_for_a_model(tmp_path: Path) -> None:
    files = [*data_files(tmp_path), *(ROOT / "docs").iterdir(), *ROOT.glob("*.*")]
    for path in filter(os.path.isfile, files):
        assert not is_model(path), path
        with pytest.raises(ValueError, match=r"^.*: not an intact fastnet model \(.*\)") as told:
            fastnet.load(path)
        assert "; wanted a file of fastnet, " in str(told.value) and str(path) in str(told.value)
        assert "\n" not in str(told.value)


def test_models_of_all_versions_are_models(model: Path) -> None:
    for path in [model, *(ROOT / "tests" / "files").glob("version_*.npz")]:
        assert is_model(path)
        fastnet.load(path)
    whole = model.read_bytes()
    for end in (64, len(whole) // 2):
        model.write_bytes(whole[:end])
        assert is_model(model)  # a damaged one
        with pytest.raises(ValueError, match=r"not an intact fastnet model \([^;]*\)$"):
            fastnet.load(model)


def test_what_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no-such"):
        fastnet.load(tmp_path / "no-such")
    with pytest.raises(IsADirectoryError):
        fastnet.load(tmp_path)
    with pytest.raises(ValueError, match="/dev/zero: a pipe or a device, wanted a file"):
        fastnet.load("/dev/zero")
    os.mkfifo(tmp_path / "pipe")
    said = []

    def call() -> None:  # a pipe with nobody at the other end would wait for ever
        with pytest.raises(ValueError, match="pipe: a pipe or a device") as told:
            fastnet.load(tmp_path / "pipe")
        said.append(told)

    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    thread.join(20)
    assert said and not is_model(tmp_path / "pipe")


@pytest.mark.parametrize("name", ["m.pkl", "m.pickle", "m.joblib", "m"])
@pytest.mark.parametrize("protocol", [0, 2, 3, 4, 5])
def test_pickles_are_never_read(tmp_path: Path, name: str, protocol: int) -> None:
    canary = Canary(tmp_path / "canary")
    path = tmp_path / name
    path.write_bytes(pickle.dumps(canary, protocol))
    said = "a pickle, which would run code" if name != "m" or protocol else "not an intact"
    with pytest.raises(ValueError, match=said) as told:
        fastnet.load(path)
    assert "\n" not in str(told.value) and not canary.path.exists() and not is_model(path)
    pickle.loads(path.read_bytes())
    assert canary.path.exists()  # it would have sung


def test_packed_pickles_are_never_read(tmp_path: Path) -> None:
    canary = Canary(tmp_path / "canary")
    for packing in (0, 3, ("gzip", 3), ("bz2", 3)):
        joblib.dump([canary, np.ones(3)], tmp_path / "m.joblib", compress=packing)
        with pytest.raises(ValueError, match=r"m\.joblib: a pickle, .* fastnet\.load\(model\)"):
            fastnet.load(tmp_path / "m.joblib")
    assert not canary.path.exists()


# Arguments ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        ({"classes": ["a", "b", "c"]}, ValueError, r"classes: \['a', .*net\.npz is of fastnet"),
        ({"task": "regression"}, ValueError, "task: 'regression', but .* is of fastnet"),
        ({"pixels": False}, ValueError, "pixels: False, but .* is of fastnet and says it"),
        ({"task": "clustering"}, ValueError, "task: 'clustering', wanted one of classification"),
        ({"task": 5}, ValueError, "task: 5, wanted one of"),
        ({"pixels": "yes"}, TypeError, "pixels: 'yes', wanted True or False"),
        ({"pixels": 1}, TypeError, "pixels: 1, wanted True or False"),
    ],
)
def test_what_does_not_fit_a_file_of_fastnet(
    model: Path, given: Any, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        fastnet.load(model, **given)


@pytest.mark.parametrize("source", [None, 5, 2.5, True, [], {}, (), object, b"net.npz", "", {1: 2}])
def test_what_is_no_model(source: Any) -> None:
    with pytest.raises(TypeError, match=r"^(path|model): .*, wanted a path") as told:
        fastnet.load(source)
    assert "\n" not in str(told.value)


def test_a_network_is_loaded_already() -> None:
    for model in (small(), fastnet.Ensemble([small()])):
        with pytest.raises(TypeError, match=r"^path: .*, wanted a path, or a model of "):
            fastnet.load(model)


# What is said of pixels -----------------------------------------------------------------------

BYTES = np.random.default_rng(0).integers(0, 256, (20, 5), np.uint8)


def came(pixels: bool | None) -> fastnet.Network:
    """A net that came in."""
    state = {"0.weight": np.ones((4, 5), "f4") / 99, "0.bias": np.zeros(4, "f4")}
    state |= {"2.weight": np.eye(3, 4, dtype="f4"), "2.bias": np.ones(3, "f4")}
    net: fastnet.Network = fastnet.load(
        state, activation="relu", task="classification", pixels=pixels
    )
    return net


def test_rows_that_a_net_has_learned() -> None:
    assert [input_of(came(pixels)) for pixels in (True, False, None)] == ["uint8", "float", "float"]
    on = fastnet.train(BYTES, np.arange(20) % 3, init=came(False), epochs=1)
    assert on.origin == came(False).origin and input_of(on) == "uint8"  # a run says it
    on = fastnet.train(BYTES / 255, np.arange(20) % 3, init=came(True), epochs=1)
    assert input_of(on) == "float"


@pytest.mark.parametrize("pixels", [True, False, None])
@EACH
def test_files_keep_what_is_said_of_pixels(
    tmp_path: Path, name: str, pixels: bool | None
) -> None:
    net, path = came(pixels), tmp_path / "m"
    export(net, name, path)
    if not is_model(path):
        return
    again = fastnet.load(path)
    assert again.origin["pixels"] is pixels
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        answers = again.predict_proba(BYTES)
        again.predict(BYTES), again.predict_one(BYTES[0])
    assert len(told) == (pixels is None)
    np.testing.assert_allclose(
        answers, came(bool(pixels)).predict_proba(BYTES), rtol=0, atol=1e-6
    )


def test_links(model: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(model)
    assert is_model(tmp_path / "link") and fastnet.load(tmp_path / "link")
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    with pytest.raises(OSError, match="circle"):
        fastnet.load(tmp_path / "circle")


# A net that came in, and was saved ---------------------------------------------------------------


def stored(model: Any, folder: Path, name: str) -> Path:
    path = folder / f"stored_{name}"
    export(model, name, path)
    return path


@pytest.mark.parametrize("name", ["fastnet", "json", "safetensors"])
@pytest.mark.parametrize("several", [False, True])
def test_what_a_saved_net_does_not_say_of_pixels(tmp_path: Path, name: str, several: bool) -> None:
    model = fastnet.Ensemble([came(None), came(None)]) if several else came(None)
    path = stored(model, tmp_path, name)
    for pixels in (True, False):
        net, wanted = fastnet.load(path, pixels=pixels), came(pixels)
        first = net[0] if several else net
        assert first.origin["pixels"] is pixels and first.digest() == wanted.digest()
        np.testing.assert_allclose(net.predict_proba(BYTES), wanted.predict_proba(BYTES), rtol=1e-6)
        with pytest.raises(ValueError, match=r"pixels: (True|False), but .* says it"):
            fastnet.load(stored(net, tmp_path, f"{name}"), pixels=pixels)
        path = stored(model, tmp_path, name)
    with pytest.raises(ValueError, match=r"classes: .*, but .* is of fastnet and says it"):
        fastnet.load(path, classes=["a", "b", "c"], pixels=True)


def test_pixels_of_a_saved_net_that_are_too_large(tmp_path: Path) -> None:
    net = came(None)
    net.weights = [net.weights[0] * np.float32(3e38), net.weights[1]]
    net.save(tmp_path / "net.npz")
    with pytest.raises(ValueError, match=r"net\.npz: weights\[0\]: NaN or infinite"):
        fastnet.load(tmp_path / "net.npz", pixels=True)


def test_a_net_that_has_learned_pixels_since_says_so(tmp_path: Path) -> None:
    with pytest.warns(fastnet.LearningWarning, match="uint8 rows"):
        net = fastnet.train(BYTES, np.arange(20) % 3, init=came(None), epochs=1)
    for name in ("fastnet", "json", "onnx"):
        again = fastnet.load(stored(net, tmp_path, name))
        assert again.predict(BYTES).tolist() == net.predict(BYTES).tolist()  # no warning
    with pytest.raises(ValueError, match=r"pixels: True, but .* says it"):
        fastnet.load(stored(net, tmp_path, "fastnet"), pixels=True)


# Files of JSON, and files that are replaced -------------------------------------------------------


def test_json_in_any_order(tmp_path: Path) -> None:
    net = fastnet.Network.initialise((300, 30, 3), ("relu", "softmax"), "cross-entropy")
    text = fastnet.formats.to_json(net)
    about = json.loads(text)
    for order in (sorted(about), sorted(about, reverse=True), ["weights", *about]):
        for indent in (None, 1):
            words = json.dumps({name: about[name] for name in order}, indent=indent)
            (tmp_path / "m").write_text(words)
            assert len(words) > 100_000 and fastnet.load(tmp_path / "m").digest() == net.digest()
    for much in range(65_500, 65_600):  # wherever pieces of the file end
        (tmp_path / "m").write_text(f'{{"": "{"x" * much}", ' + text[1:])
        assert is_model(tmp_path / "m"), much


def test_a_file_that_is_replaced_while_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import safetensors

    one, other = small(), small()
    other.classes = ["a", "b", "c"][: other.sizes[-1]]
    for net, name in ((one, "one"), (other, "other")):
        export(net, "safetensors", tmp_path / name)
    read = safetensors.deserialize

    def replaced(packed: bytes) -> Any:
        os.replace(tmp_path / "other", tmp_path / "one")
        return read(packed)

    monkeypatch.setattr(safetensors, "deserialize", replaced)
    assert fastnet.load(tmp_path / "one").classes.tolist() == one.classes.tolist()
