"""Damaged and hostile files of all formats: one clear error, in bounded time and memory."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
import skops.io
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import save_file
from sklearn.neural_network import MLPClassifier

import fastnet
from fastnet.formats import export
from fastnet.formats.exporting import FORMATS
from fastnet.formats.loading import is_model
from tests.formats import bombs
from tests.helpers import ROOT, samples


def models(folder: Path, also_heavy: bool) -> None:
    """Write small models in all formats that come in, too."""
    X = samples(40, 5)
    labels = fastnet.train(X, X[:, 0] > 0, hidden=(4,), activation="relu", epochs=1)
    numbers = fastnet.train(X, X[:, 0], hidden=(4, 3), activation="tanh", epochs=1, encode="table")
    labels.save(folder / "labels.npz")
    labels.save(folder / "few.npz", weights="int8")
    for name, row in FORMATS.items():
        if name == "torch" and not also_heavy:  # it takes long to import; reading needs it not
            shutil.copy(ROOT / "tests" / "files" / "torch_fastnet.pt", folder)
            continue
        for model, of in ((labels, "labels"), (numbers, "numbers")):
            path = folder / f"{of}_{name}{row.suffix}"
            try:
                export(model, name, path)
            except ValueError:  # the format does not have it
                continue
            if not is_model(path):
                path.unlink()
    foreign(folder, X)


def foreign(folder: Path, X: np.ndarray) -> None:
    """Write models of other libraries that say nothing of their meaning."""
    rng = np.random.default_rng(0)
    state = {"0.weight": rng.normal(size=(4, 5)), "0.bias": rng.normal(size=4)}
    state |= {"2.weight": rng.normal(size=(3, 4)), "2.bias": rng.normal(size=3)}
    save_file(state, folder / "state.safetensors")
    mlp = MLPClassifier((4,), max_iter=300, tol=1).fit(X, np.arange(40) % 3)
    skops.io.dump(mlp, folder / "mlp.skops")
    shutil.copy(ROOT / "tests" / "files" / "torch_state.pt", folder)
    gemms = [("X", "0", "a"), ("b", "2", "c")]
    nodes = [
        helper.make_node("Gemm", [x, f"{k}.weight", f"{k}.bias"], [z], transB=1)
        for x, k, z in gemms
    ]
    nodes.insert(1, helper.make_node("Tanh", ["a"], ["b"]))
    nodes.append(helper.make_node("Softmax", ["c"], ["Y"], axis=1))
    ends = [
        helper.make_tensor_value_info(name, TensorProto.DOUBLE, [None, n])
        for name, n in (("X", 5), ("Y", 3))
    ]
    tensors = [numpy_helper.from_array(array, name) for name, array in state.items()]
    graph = helper.make_graph(nodes, "g", ends[:1], ends[1:], tensors)
    onnx.save(helper.make_model(graph), folder / "graph.onnx")


@pytest.mark.parametrize(
    ("seed", "times"), [(0, 12), pytest.param(1, 500, marks=pytest.mark.heavy)]
)
def test_damaged_and_hostile_files(tmp_path: Path, seed: int, times: int) -> None:
    heavy, folders = times > 100, [tmp_path / "bombs", tmp_path / "models"]
    for folder in folders:
        folder.mkdir()
    made = bombs.everywhere(tmp_path) | bombs.of_onnx() | (bombs.of_torch() if heavy else {})
    bombs.write(folders[0], made)
    models(folders[1], also_heavy=heavy)
    done = subprocess.run(
        [sys.executable, "-m", "tests.formats.hostile", *map(str, [*folders, seed, times])],
        cwd=ROOT, env={**os.environ, "OMP_NUM_THREADS": "1"}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    lines = done.stdout.splitlines()
    assert len(lines) == len(made) + len([*folders[1].iterdir()])
    assert [line for line in lines if line.endswith(": loaded")] == []
    assert not (tmp_path / "canary").exists()
    for line in lines[len(made) :]:
        name, _, refused = line.split()
        assert int(refused) > times / 4, name
