"""The record of a run is completed beside the learning: it is whole wherever it can be seen."""

import contextlib
import os
import pickle
import signal
import threading
from typing import Any

import numpy as np
import pytest

import fastnet
from fastnet import train
from fastnet.data import fingerprint
from fastnet.data.fingerprint import Hash, sha256
from fastnet.training import record

Y = np.arange(300) % 3
X = np.random.default_rng(0).integers(0, 256, (300, 40), np.uint8)
OPTIONS: dict[str, Any] = {"hidden": (4,), "epochs": 3, "learning_rate": 0.1, "verbose": False}


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch):
    """Many chunks, which take a while: learning begins before they are hashed."""
    monkeypatch.setattr(fingerprint, "HASHED", 400)
    monkeypatch.setattr(record, "cores", lambda: 2)
    yield
    assert not at_work()


def at_work() -> list[str]:
    return [t.name for t in threading.enumerate() if t.name == "fastnet-hash"]


def whole(**more: Any) -> dict[str, Any]:
    """The record of a run that hashes its data first."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(record, "cores", lambda: 1)
        run = train(X, Y, **{**OPTIONS, **more}).run
    assert run is not None and run["data"]["X"] == sha256(X)
    return run


@pytest.fixture
def held(monkeypatch):
    """Threads hash only when this is set; the run's own thread always does."""
    go, digest = threading.Event(), fingerprint._Chunk.digest

    def slow(chunk: Any) -> bytes:
        if threading.current_thread().name == "fastnet-hash":
            go.wait(60)
        return digest(chunk)

    monkeypatch.setattr(fingerprint._Chunk, "digest", slow)
    yield go
    go.set()


@pytest.mark.parametrize("cores", [1, 2, 5])
def test_the_record_is_the_same_with_any_number_of_cores(cores, monkeypatch):
    more = {"validation_data": (X[:200], Y[:200])}
    wanted = whole(**more)
    monkeypatch.setattr(record, "cores", lambda: cores)
    net = train(X, Y, **OPTIONS, **more)
    assert net.run == wanted and list(net.run) == list(wanted)
    assert wanted["options"]["validation_data"] == [sha256(X[:200]), sha256(Y[:200])]


def test_a_callback_sees_the_whole_record_and_may_change_the_data(tmp_path, monkeypatch):
    x, seen = X.copy(), []

    def on_epoch(net: fastnet.Network, _: Any) -> None:
        net.save(tmp_path / "net.npz")
        copies = net.copy(), pickle.loads(pickle.dumps(net)), fastnet.load(tmp_path / "net.npz")
        seen.extend([net.run, *(copy.run for copy in copies)])
        x[:] = 0

    net = train(x, Y, **OPTIONS, on_epoch=on_epoch)
    assert len(seen) == 12 and all(run == net.run for run in seen)
    assert net.run["data"] == whole()["data"]


def test_learning_does_not_wait_for_the_record(held):
    runs = []

    def on_progress(done: int, total: int) -> None:
        runs.append((done, len(at_work())))
        held.set()

    net = train(X, Y, **OPTIONS, on_progress=on_progress)
    assert runs[0][0] > 0 and runs[0][1] == 1, "some is learned, and the thread is at work"
    assert net.run == whole()


def fail(*_: Any) -> None:
    raise ZeroDivisionError


def interrupt(*_: Any) -> None:
    os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.parametrize("callback", [fail, interrupt])
def test_an_error_leaves_a_whole_record_and_no_thread(callback, held):
    def on_progress(*_: Any) -> None:
        held.set()
        callback()

    with pytest.raises((ZeroDivisionError, KeyboardInterrupt)) as caught:
        train(X, Y, **OPTIONS, on_progress=on_progress)
    assert caught.value.network.run == whole() and not at_work()


def test_a_run_that_diverges_has_its_record():
    wild = {"activation": "relu", "loss": "quadratic", "learning_rate": 1e30}
    with pytest.raises(fastnet.Diverged) as caught, contextlib.ExitStack() as stack:
        stack.enter_context(pytest.warns(fastnet.LearningWarning))
        train(X, Y, **{**OPTIONS, **wild})
    assert caught.value.network.run["data"] == whole()["data"]


def test_ctrl_c_while_the_record_is_completed_leaves_none_rather_than_half(monkeypatch, held):
    real = Hash.text

    def interrupted(self: Hash) -> str:
        held.set()
        interrupt()
        return real(self)

    monkeypatch.setattr(Hash, "text", interrupted)
    with pytest.raises(KeyboardInterrupt) as caught:
        train(X, Y, **OPTIONS)
    net = caught.value.network
    assert net.run is None and len(net.history) == 3 and not at_work()


def test_a_checkpoint_has_the_whole_record_and_other_data_are_refused_at_once(tmp_path):
    path = tmp_path / "run.npz"
    options = {**OPTIONS, "checkpoint": path, "every": "1 samples"}

    def on_progress(done: int, total: int) -> None:
        assert fastnet.load(path).run["data"]["X"] == sha256(X)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        train(X, Y, **options, on_progress=on_progress)
    other = X.copy()
    other[-1, -1] ^= 1
    with pytest.raises(ValueError, match="the data's X has other values") as caught:
        train(other, Y, **options, resume=True, on_progress=fail)
    assert caught.value.network.history == []
    assert train(X, Y, **options, resume=True).digest() == train(X, Y, **OPTIONS).digest()


@pytest.mark.parametrize("cores", [1, 2])
def test_a_team_on_all_cores_learns_after_the_record(cores, monkeypatch, held):
    monkeypatch.setattr(record, "cores", lambda: cores)
    held.set()
    seen = []
    options = {**OPTIONS, "hidden": (130, 70)}
    net = train(X, Y, **options, threads=cores, on_progress=lambda *_: seen.append(at_work()))
    assert net.run == whole(hidden=(130, 70)) and seen and not any(seen)


def test_small_data_start_no_thread(monkeypatch):
    monkeypatch.setattr(fingerprint, "HASHED", 1 << 18)
    monkeypatch.setattr(fingerprint.threading, "Thread", fail)
    assert train(X, Y, **OPTIONS).run["data"]["X"] == sha256(X)


def test_a_system_without_more_threads(monkeypatch):
    def start(self: Any) -> None:
        raise RuntimeError("can't start new thread")

    wanted = whole()
    monkeypatch.setattr(threading.Thread, "start", start)
    assert train(X, Y, **OPTIONS).run == wanted


def test_what_a_lost_thread_had_begun_is_hashed_again():
    """As after a fork, which keeps one thread: the others leave what they were at."""
    lost = Hash(X)
    assert [next(lost._next) for _ in range(5)] == [0, 1, 2, 3, 4]
    assert lost.text() == sha256(X)
    half = Hash(X)
    next(half._next)
    half.stop()
    assert half.text() == sha256(X)
    assert pickle.loads(pickle.dumps(half)).text() == sha256(X)


def test_an_error_of_a_thread_is_raised_by_the_run(monkeypatch):
    digest = fingerprint._Chunk.digest

    def fails(chunk: Any) -> bytes:
        if chunk.start == 0:
            raise MemoryError
        return digest(chunk)

    monkeypatch.setattr(fingerprint._Chunk, "digest", fails)
    with pytest.raises(MemoryError):
        train(X, Y, **OPTIONS)
    assert not at_work()
