"""A run that is killed, at whatever moment, goes on to the same bits."""

import contextlib
import errno
import os
import platform
import random
import resource
import signal
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fastnet
from fastnet import archive, load, train, trainer
from fastnet import run as run_module
from fastnet.checkpoint import Checkpoint
from fastnet.kernels.jit import code_digest
from tests.helpers import COMPILED, NOT_ROOT, samples
from tests.kernels.helpers import python

N = 150 if COMPILED else 40
WAYS: dict[str, dict[str, Any]] = {
    "plain": {},
    "a falling rate, warmed up": {"schedule": "linear", "warm_up": 0.3},
    "l2": {"l2": 2.0, "schedule": "1/t"},
    "l2, averaged": {"l2": 2.0, "average": 0.7},
    "early stopping": {"validation_fraction": 0.2, "patience": 1},
    "the best of all": {"validation_fraction": 0.2, "patience": 9},
    "weights": {"sample_weight": np.linspace(0, 2.5, N), "class_weight": "balanced"},
    "in the order given, float64": {"shuffle": False, "dtype": "float64"},
    "in blocks": {"hidden": (130,), "l2": 0.5},
    "two threads": {"hidden": (130, 40), "threads": 2},
}


@pytest.fixture(autouse=True)
def _many_chunks(monkeypatch):
    monkeypatch.setattr(run_module, "SEEN", 1e-9)


class Killed(BaseException):
    """What a test ends a run by."""


def learn(features: int = 20, **options: Any) -> fastnet.Network:
    """Learn from some samples; of a net in blocks, from many features."""
    features = 200 if "hidden" in options else features
    X, y = samples(N, features), np.arange(N) % 3
    return train(X, y, **{"epochs": 3, "learning_rate": 0.1, "verbose": False, **options})


def outcome(net: fastnet.Network) -> tuple[Any, ...]:
    """All that must be the same, to the bit."""
    timeless = [
        {name: value for name, value in record.items() if "second" not in name}
        for record in net.history
    ]
    return net.digest(), net.last and net.last.digest(), net.stopped, timeless


def after(chunks: int) -> Any:
    """An on_progress that kills the run after so many chunks."""
    left = [chunks]

    def on_progress(done: int, total: int) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise Killed

    return on_progress


@pytest.mark.parametrize("every", ["1 epoch", "16 samples", "70 samples", "0.000001 seconds"])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.filterwarnings("ignore::fastnet.LearningWarning")  # patience
def test_a_resumed_run_comes_to_the_same_bits(way, every, tmp_path):
    wanted = outcome(learn(**WAYS[way]))
    where = {"checkpoint": tmp_path / "run.npz", "every": every, **WAYS[way]}
    kills = 0
    for chunks in (2, 0, 3, 1, 4, 1, 1000):
        try:
            net = learn(**where, resume=True, on_progress=after(chunks))
            break
        except Killed:
            kills += 1
            assert load(tmp_path / "run.npz").is_finite()
    assert kills > 2 or not COMPILED
    assert outcome(net) == wanted
    assert outcome(learn(**where, resume=True, on_progress=after(0))) == wanted, "it has ended"


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


@pytest.mark.compiled
@pytest.mark.parametrize(
    "every",
    [
        "0.001 seconds",
        pytest.param("500 samples", marks=pytest.mark.heavy),
        pytest.param("1 epoch", marks=pytest.mark.heavy),
    ],
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


# A process that a kill ends in the midst of the first write.
KILLED_IN_A_WRITE = """
import os, signal, sys, numpy as np
write_array = np.lib.format.write_array
def killed(file, array, **options):
    write_array(file, array, **options)
    os.kill(os.getpid(), signal.SIGKILL)
np.lib.format.write_array = killed
from tests.test_checkpoint import learn
"""


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


def test_ctrl_c_writes_the_checkpoint(tmp_path):
    path, wanted = tmp_path / "run.npz", outcome(learn())

    def on_progress(done: int, total: int) -> None:
        if done > N + 40:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt) as error:
        learn(checkpoint=path, every="1000 seconds", on_progress=on_progress)
    assert load(path).digest() == error.value.network.digest()  # type: ignore[attr-defined]
    learned = []
    net = learn(checkpoint=path, resume=True, on_progress=lambda done, total: learned.append(done))
    assert learned[0] > N + 40
    assert outcome(net) == wanted


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


OTHERS: list[tuple[dict[str, Any], str]] = [
    ({"epochs": 4}, "epochs was 3 and is 4"),
    ({"learning_rate": 0.2}, "learning_rate was 0.1 and is 0.2"),
    ({"seed": 1}, "seed was 0 and is 1"),
    ({"hidden": (5,), "features": 20}, "features was 20 and is 200|hidden was"),
    ({"features": 21}, "the data's features was 20 and is 21"),
    ({"l2": 0.1}, "l2 was 0.0 and is 0.1"),
]


@pytest.mark.parametrize(("options", "message"), OTHERS, ids=[str(o) for o, _ in OTHERS])
def test_a_checkpoint_of_another_run_is_refused(options, message, tmp_path):
    path = tmp_path / "run.npz"
    with pytest.raises(Killed):
        learn(checkpoint=path, on_progress=after(1))
    before = path.read_bytes()
    with pytest.raises(ValueError, match=f"run.npz holds another run: ({message})"):
        learn(checkpoint=path, resume=True, **options)
    assert path.read_bytes() == before


def test_other_data_are_refused(tmp_path):
    X, y = samples(N, 20), np.arange(N) % 3
    train(X, y, epochs=1, checkpoint=tmp_path / "run.npz")
    with pytest.raises(ValueError, match="another run: the data's X has other values"):
        train(X * 2, y, epochs=1, checkpoint=tmp_path / "run.npz", resume=True)


def test_files_that_are_no_checkpoints_are_refused_and_kept(tmp_path):
    path = tmp_path / "run.npz"
    learn(epochs=0).save(path)
    with pytest.raises(ValueError, match=r"checkpoint: .*run.npz holds a network, wanted a run"):
        learn(checkpoint=path, resume=True)
    path.write_bytes(b"my thesis")
    with pytest.raises(ValueError, match=r"run.npz: not an intact fastnet model"):
        learn(checkpoint=path, resume=True)
    assert path.read_bytes() == b"my thesis"


def test_no_file_is_written_over_without_resume(tmp_path):
    path = tmp_path / "run.npz"
    for kill in (after(1), None):  # a run that has not ended, and one that has
        with contextlib.suppress(Killed):
            learn(checkpoint=path, resume=True, on_progress=kill)
        before = path.read_bytes()
        for options in ({}, {"l2": 6.0}, {"seed": 1}):
            with pytest.raises((FileExistsError, ValueError), match=r"is there already|l2: 6"):
                learn(checkpoint=path, **options)
        assert path.read_bytes() == before


def test_a_run_that_cannot_begin_leaves_no_file(tmp_path):
    with pytest.raises(ValueError, match="l2: 6 at a learning rate"):
        learn(checkpoint=tmp_path / "run.npz", l2=6.0)
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize("way", ["l2, averaged", "early stopping", "plain"])
@pytest.mark.filterwarnings("ignore::fastnet.LearningWarning")  # patience
def test_the_file_of_an_ended_run_is_the_network_returned(way, tmp_path):
    path = tmp_path / "run.npz"
    net = learn(checkpoint=path, **WAYS[way])
    assert load(path).digest() == net.digest()
    assert load(path).history == net.history
    before = os.stat(path)
    os.chmod(path, 0o400)
    assert outcome(learn(checkpoint=path, resume=True, **WAYS[way])) == outcome(net)
    assert os.stat(path).st_ino == before.st_ino, "nothing was learned, nothing is written"


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


@pytest.mark.parametrize("where", ["in validation", "in on_epoch", "in a write"])
def test_ctrl_c_anywhere_is_resumed(where, tmp_path, monkeypatch):
    path, way = tmp_path / "run.npz", {"validation_fraction": 0.2, "average": 0.7, "l2": 0.5}
    wanted, calls, pressed = outcome(learn(**way)), [0], []

    def press(*arguments: Any) -> None:
        calls[0] += 1
        if calls[0] == 2:
            pressed.append(signal.raise_signal(signal.SIGINT))

    def pressing(function: Any) -> Any:
        return lambda *arguments: (press(), function(*arguments))[1]

    options: dict[str, Any] = {"checkpoint": path, "every": "1 epoch", **way}
    with monkeypatch.context() as patch:
        if where == "in validation":
            patch.setattr(trainer, "evaluate", pressing(trainer.evaluate))
        elif where == "in a write":
            patch.setattr(archive, "_sha256", pressing(archive._sha256))
        else:
            options["on_epoch"] = press
        with pytest.raises(KeyboardInterrupt) as error:
            learn(**options)
    assert pressed == [None] or where != "in a write"
    assert load(path).digest() == error.value.network.digest()  # type: ignore[attr-defined]
    options.pop("on_epoch", None)
    resumed = learn(resume=True, **options)
    assert outcome(resumed)[0] == wanted[0] and outcome(resumed)[3] == wanted[3]


def test_a_record_that_json_has_not_is_named(tmp_path):
    def on_epoch(net, record):
        record["confusion"] = np.eye(2) if record["epoch"] == 0 else {1, 2}

    with pytest.raises(TypeError, match="history: a set in a record, wanted what JSON has"):
        learn(checkpoint=tmp_path / "run.npz", every="1 epoch", on_epoch=on_epoch)
    assert load(tmp_path / "run.npz").history[0]["confusion"] == [[1.0, 0.0], [0.0, 1.0]]


def test_a_relative_path_stays_where_it_was(tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    learn(checkpoint="run.npz", on_epoch=lambda net, record: os.chdir(tmp_path / "elsewhere"))
    assert load(tmp_path / "run.npz").stopped == "epochs"


@pytest.mark.parametrize(
    "every",
    ["", "often", "5", "5 minutes", "0 epochs", "-1 samples", 3, "1e3 s", "0.5 epochs", "9" * 400],
)
def test_every_is_a_number_and_a_unit(every, tmp_path):
    with pytest.raises(
        ValueError, match=r"every: .*, wanted a number of epochs, samples or seconds"
    ):
        learn(checkpoint=tmp_path / "run.npz", every=every)
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize("path", [5, b"run.npz", ""])
def test_a_checkpoint_is_a_path(path):
    with pytest.raises(TypeError, match=r"checkpoint: .*, wanted a path"):
        learn(checkpoint=path)


def test_resume_wants_a_checkpoint():
    with pytest.raises(ValueError, match="resume: True, but there is no checkpoint"):
        learn(resume=True)


def test_a_checkpoint_is_written_as_often_as_it_says(tmp_path, monkeypatch):
    monkeypatch.setattr(run_module, "SEEN", 1e9)
    for every, times in (("1 epoch", 5), ("2 epochs", 3), ("80 samples", 2 + 3 * N // 80)):
        marked: list[int] = []
        mark = Checkpoint.mark

        def counted(self, epochs, samples, marked=marked, mark=mark):
            marked.append(samples)
            mark(self, epochs, samples)

        with monkeypatch.context() as patch:
            patch.setattr(Checkpoint, "mark", counted)
            learn(checkpoint=tmp_path / f"{every}.npz", every=every)
        assert abs(len(marked) - times) <= 1
        assert marked[0] == 0
        assert marked[-1] == 3 * N


# Versions, first writes, and files of others ---------------------------------------------------


def changed(path: Path, change: Any) -> None:
    """Change what a checkpoint's JSON says, with the checksum that belongs to it."""
    about, arrays = archive.read(path)
    arrays.pop("about")
    change(about)
    archive.write(path, about, arrays)


@pytest.mark.parametrize(
    ("versions", "message"),
    [
        ({"kernels": "0123456789abcdef"}, f"of kernels 0123456789abcdef, this is {code_digest()}"),
        ({"kernels": None}, f"of kernels not recorded, this is {code_digest()}"),
        ({"fastnet": "0.1.0"}, f"of fastnet 0.1.0, this is {fastnet.__version__}"),
        ({"fastnet": "0.1.0", "kernels": None}, "of fastnet 0.1.0, "),
    ],
)
def test_a_checkpoint_of_other_arithmetic_is_refused(versions, message, tmp_path):
    path = tmp_path / "run.npz"
    with pytest.raises(Killed):
        learn(checkpoint=path, on_progress=after(3))

    def change(about: dict[str, Any]) -> None:
        about["run"]["versions"] |= versions
        for name in [name for name, version in versions.items() if version is None]:
            del about["run"]["versions"][name]

    changed(path, change)
    before = path.read_bytes()
    with pytest.raises(ValueError, match=f"run.npz holds another run: {message}"):
        learn(checkpoint=path, resume=True)
    assert path.read_bytes() == before


def test_other_versions_of_python_are_no_other_run(tmp_path):
    path, wanted = tmp_path / "run.npz", outcome(learn())
    with pytest.raises(Killed):
        learn(checkpoint=path, on_progress=after(3))
    changed(path, lambda about: about["run"]["versions"].update(python="3.99.0", numpy="9.0"))
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
