"""Damaged and hostile files of all formats: one clear error, in bounded time and memory."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import fastnet
from fastnet.formats import export
from fastnet.formats.exporting import FORMATS
from fastnet.formats.loading import is_model
from tests.helpers import ROOT, samples


def models(folder: Path) -> None:
    """Write small models in all formats that come in, too."""
    X = samples(40, 5)
    labels = fastnet.train(X, X[:, 0] > 0, hidden=(4,), activation="relu", epochs=1)
    numbers = fastnet.train(X, X[:, 0], hidden=(4, 3), activation="tanh", epochs=1, encode="table")
    labels.save(folder / "labels.npz")
    labels.save(folder / "few.npz", weights="int8")
    for name, row in FORMATS.items():
        for model, of in ((labels, "labels"), (numbers, "numbers")):
            path = folder / f"{of}_{name}{row.suffix}"
            try:
                export(model, name, path)
            except ValueError:  # the format does not have it
                continue
            if not is_model(path):
                path.unlink()


@pytest.mark.parametrize(
    ("seed", "times"), [(0, 30), pytest.param(1, 1500, marks=pytest.mark.heavy)]
)
def test_mutated_files(tmp_path: Path, seed: int, times: int) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    models(folder)
    done = subprocess.run(
        [sys.executable, "-m", "tests.formats.hostile", str(seed), str(times), str(folder)],
        cwd=ROOT, env={**os.environ, "OMP_NUM_THREADS": "1"}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    lines = [line.split() for line in done.stdout.splitlines()]
    assert len(lines) == len([*folder.iterdir()])
    for name, _, refused, *_ in lines:
        assert int(refused) > times / 4, name
