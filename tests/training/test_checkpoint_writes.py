"""Checkpoints whose writing is killed or fails: the file before stays, and nothing is lost."""

import errno
import os
import platform
import random
import resource
import signal
import time
from typing import Any

import numpy as np
import pytest

import fastnet
from fastnet import load, train
from fastnet.model import archive
from tests.helpers import NOT_ROOT, samples
from tests.kernels.helpers import python
from tests.training.checkpoints import KILLED_IN_A_WRITE, WAYS, Killed, after, learn, outcome

pytestmark = pytest.mark.usefixtures("many_chunks")

SCRIPT = """
import sys, numpy as np, fastnet
from tests.helpers import samples
X, y = samples(3000, 60), np.arange(3000) % 3
net = fastnet.train(
    X, y, hidden=(90, 40), epochs=10, schedule="linear", l2=1e-3, average=0.4,
    checkpoint=sys.argv[1], every=sys.argv[2], resume=True, verbose=False,
)
print(net.digest(), net.last.digest())
"""


@pytest.mark.heavy
@pytest.mark.compiled
@pytest.mark.parametrize(
    "every",
    ["0.001 seconds", "500 samples", "1 epoch"],
)
@pytest.mark.filterwarnings("ignore::fastnet.LearningWarning")  # labels by chance
def test_sigkill_at_any_moment(every, tmp_path):
    """Most of the time goes into writing the file here, so that most kills come within it."""
    path = tmp_path / "run.npz"
    X, y = samples(3000, 60), np.arange(3000) % 3
    options: dict[str, Any] = {"hidden": (90, 40), "epochs": 10, "schedule": "linear", "l2": 1e-3}
    wanted = train(X, y, average=0.4, verbose=False, **options)
    chance = random.Random(0)
    kills = within = 0
    while True:
        process = python("-c", SCRIPT, str(path), every)
        if kills < 12:
            seen = path.stat().st_mtime_ns if path.exists() else 0
            while process.poll() is None:  # it has come to write, which takes it a second
                if path.exists() and path.stat().st_mtime_ns != seen:
                    break
                time.sleep(0.001)
            time.sleep(chance.uniform(0, 0.05))
            process.kill()
        out, err = process.communicate(timeout=120)
        if process.returncode == 0:
            break
        assert process.returncode == -signal.SIGKILL, err
        kills += 1
        within += any(name.endswith(".tmp") for name in os.listdir(tmp_path))
        assert load(path).sizes == (60, 90, 40, 3)
    assert kills > 1
    assert out.split() == [wanted.digest(), wanted.last.digest()]  # type: ignore[union-attr]
    assert os.listdir(tmp_path) == ["run.npz"]
    print(f"{every}: {kills} kills, {within} of them while the file was written")


def test_a_kill_in_the_midst_of_a_write_leaves_the_file_before(tmp_path):
    path, wanted = tmp_path / "run.npz", outcome(learn())
    with pytest.raises(Killed):
        learn(checkpoint=path, every="16 samples", on_progress=after(4))
    before = path.read_bytes()
    script = KILLED_IN_A_WRITE + "learn(checkpoint=sys.argv[1], every='16 samples', resume=True)\n"
    process = python("-c", script, str(path))
    process.communicate(timeout=120)
    assert process.returncode == -signal.SIGKILL
    assert path.read_bytes() == before
    assert len(os.listdir(tmp_path)) == 2, "a part of a file beside it"
    with pytest.raises(FileExistsError):
        learn(checkpoint=path)
    assert len(os.listdir(tmp_path)) == 2, "who is refused cleans nothing"
    assert outcome(learn(checkpoint=path, resume=True)) == wanted
    assert os.listdir(tmp_path) == ["run.npz"]


def test_what_others_write_stays(tmp_path):
    """A living process's temporary file, and files of other names."""
    path = tmp_path / "run.npz"
    learn(checkpoint=path)
    others = [f".run.npz-{platform.node()}-{os.getppid()}-{'0' * 16}.tmp", ".run.npz-mine.tmp"]
    for name in others:
        (tmp_path / name).touch()
    learn(checkpoint=path, resume=True)
    assert set(os.listdir(tmp_path)) == {"run.npz", *others}


def test_a_file_that_cannot_be_written_loses_nothing(tmp_path):
    """The limit on the size of files stands for a full disk: writing fails half way."""
    path, wanted = tmp_path / "run.npz", outcome(learn())
    with pytest.raises(Killed):
        learn(checkpoint=path, every="1 epoch", on_progress=after(4))
    before, limits = path.read_bytes(), resource.getrlimit(resource.RLIMIT_FSIZE)
    usual = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) // 2, limits[1]))
        with pytest.raises(OSError, match="File too large") as error:
            learn(checkpoint=path, every="16 samples", resume=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, usual)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["run.npz"]
    assert error.value.network.is_finite()  # type: ignore[attr-defined]
    assert outcome(learn(checkpoint=path, resume=True)) == wanted


def test_a_folder_that_takes_no_file_is_found_before_anything_is_learned(tmp_path):
    learned: list[int] = []
    with pytest.raises(FileNotFoundError, match="nowhere"):
        learn(
            checkpoint=tmp_path / "nowhere" / "run.npz",
            on_progress=lambda done, total: learned.append(done),
        )
    assert not learned


def test_a_last_write_that_fails_loses_nothing(tmp_path, monkeypatch):
    way = WAYS["the best of all"]
    wanted, write = learn(**way), archive.write

    def full(path, about, arrays):
        if about["stopped"]:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write(path, about, arrays)

    monkeypatch.setattr(archive, "write", full)
    with pytest.raises(OSError, match=r"the checkpoint is not written.*No space left") as error:
        learn(checkpoint=tmp_path / "run.npz", **way)
    assert error.value.filename == str(tmp_path / "run.npz")
    assert error.value.network.digest() == wanted.digest()  # type: ignore[attr-defined]


@NOT_ROOT
def test_a_folder_that_is_read_only(tmp_path):
    path, wanted = tmp_path / "run.npz", outcome(learn())
    with pytest.raises(Killed):
        learn(checkpoint=path, every="1 epoch", on_progress=after(4))
    os.chmod(tmp_path, 0o500)
    try:
        with pytest.raises(PermissionError, match="the checkpoint is not written"):
            learn(checkpoint=path, every="16 samples", resume=True)
    finally:
        os.chmod(tmp_path, 0o700)
    assert outcome(learn(checkpoint=path, resume=True)) == wanted


@pytest.mark.parametrize("limit", [0, 300])
def test_a_first_write_that_fails_keeps_nothing(limit, tmp_path):
    """Nor is it said that there is a file before."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    usual = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limits[1]))
        with pytest.raises(OSError, match="the checkpoint is not written: File too large"):
            learn(checkpoint=tmp_path / "run.npz")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, usual)
    assert not os.listdir(tmp_path)
    with pytest.raises(FileNotFoundError, match="the checkpoint is not written: No such file"):
        learn(checkpoint=tmp_path / "no" / "run.npz")


def test_what_a_kill_in_the_very_first_write_leaves_is_removed(tmp_path):
    path = tmp_path / "run.npz"
    script = KILLED_IN_A_WRITE + "learn(checkpoint=sys.argv[1])\n"
    for resume in (False, True):
        process = python("-c", script, str(path))
        process.communicate(timeout=120)
        assert process.returncode == -signal.SIGKILL
        [left] = os.listdir(tmp_path)
        assert left.endswith(".tmp")
        learn(checkpoint=path, resume=resume)
        assert os.listdir(tmp_path) == ["run.npz"]
        path.unlink()


def test_weights_that_are_not_finite_are_not_written(tmp_path):
    """What load refuses; the file before stays."""
    path, wanted = tmp_path / "run.npz", outcome(learn())

    def spoil(net: fastnet.Network, record: dict[str, Any]) -> None:
        if record["epoch"] == 1:
            net.weights[0][0, 0] = np.nan

    with pytest.raises(ValueError, match=r"weights\[0\]: NaN or infinite"):
        learn(checkpoint=path, every="1 epoch", on_epoch=spoil)
    assert load(path).is_finite() and len(load(path).history) == 1
    assert outcome(learn(checkpoint=path, resume=True)) == wanted
