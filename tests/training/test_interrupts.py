"""Runs that leave early: by Ctrl-C, by an error of a callback, and since they diverge."""

import os
import pickle
import signal
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import fastnet
from fastnet import train
from fastnet.kernels.listed import SAMPLES
from fastnet.model import layout
from fastnet.training import streams, teams
from tests.helpers import ROOT, python, samples


def test_any_error_of_a_callback_has_the_network_so_far():
    X, y = samples(30, 6), np.arange(30) % 3
    with pytest.raises(ZeroDivisionError) as caught:
        train(
            X, y, epochs=3, schedule="constant",
            on_epoch=lambda net, record: 1 // (1 - record["epoch"]),
        )  # fmt: skip
    net = caught.value.network  # type: ignore[attr-defined]
    assert net.digest() == train(X, y, epochs=2, schedule="constant").digest()


class Pressed:
    """Data that are being read when Ctrl-C comes."""

    def __array__(self, *args: Any, **options: Any) -> Any:
        raise KeyboardInterrupt


@pytest.mark.parametrize("learn", [train, fastnet.train_seeds])
def test_ctrl_c_before_there_is_a_network(learn: Any):
    y = np.arange(4) % 2
    with pytest.raises(KeyboardInterrupt) as caught:
        learn(Pressed(), y)
    error: Any = caught.value
    found = [error.network] if learn is train else [*error.networks, *error.unfinished, None]
    assert found == [None]


def test_ctrl_c_while_a_stream_compiles(monkeypatch):
    def pressed(*args: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(streams, "ready", pressed)
    with pytest.raises(KeyboardInterrupt) as caught:
        fastnet.train_stream([([1.0], 1)], classes=[0, 1])
    assert caught.value.network is None  # type: ignore[attr-defined]


def test_ctrl_c_while_a_teams_weights_are_copied_back_leaves_them_whole(monkeypatch):
    X, y = samples(SAMPLES, 6), np.arange(SAMPLES) % 3
    options: dict[str, Any] = {"hidden": (130, 70), "seed": 1}
    parts, calls = layout.Layout.parts, []
    monkeypatch.setattr(teams, "teams", lambda most, threads: [threads])  # whatever is faster

    def interrupted(self: Any, params: np.ndarray, team: int) -> Any:
        calls.append(self)
        for place, part in enumerate(parts(self, params, team)):
            if len(calls) == 4 and place == 1:  # the first epoch: one part is back
                os.kill(os.getpid(), signal.SIGINT)
            yield part

    monkeypatch.setattr(layout.Layout, "parts", interrupted)
    net = train(X, y, **options, epochs=0)
    with pytest.raises(KeyboardInterrupt) as caught:
        train(X, y, init=net, epochs=3, schedule="constant", threads=2)
    monkeypatch.undo()
    left = caught.value.network  # type: ignore[attr-defined]
    assert len(calls) == 4
    assert left.digest() == train(X, y, init=net, epochs=1, schedule="constant").digest()


@pytest.mark.parametrize("callback", ["on_epoch", "on_progress"])
def test_an_interrupt_leaves_cleanly(callback, capsys):
    X, y = samples(40, 6), np.arange(40) % 3
    start = train(X, y, hidden=(5,), epochs=1)
    digest, history = start.digest(), list(start.history)

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as caught:
        train(
            X, y, init=start, epochs=3, schedule="constant", verbose=False, **{callback: interrupt}
        )  # fmt: skip
    so_far = caught.value.network  # type: ignore[attr-defined]
    assert so_far.digest() == train(X, y, init=start, epochs=1, schedule="constant").digest()
    assert [record["epoch"] for record in so_far.history] == [0, 1]
    assert [record["samples"] for record in so_far.history] == [40, 40]
    assert (start.digest(), start.history) == (digest, history)
    again = train(X, y, init=start, epochs=1)
    assert again.digest() == train(X, y, init=start, epochs=1).digest() != digest
    assert capsys.readouterr().err == ""


def test_the_part_of_an_epoch_has_a_record_and_the_checkpoint_has_none(tmp_path):
    """The part is judged sample by sample, as ever; resuming has the bits of a run in one go."""
    X, y = samples(40, 6), np.arange(40) % 3
    options: dict[str, Any] = {"hidden": (5,), "epochs": 3, "validation_data": (X, y)}
    kept = {"checkpoint": str(tmp_path / "run.npz"), "every": "16 samples"}

    def interrupt(done: int, total: int) -> None:
        if done > 40:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as caught:
        train(X, y, **options, **kept, on_progress=interrupt)
    whole, part = caught.value.network.history  # type: ignore[attr-defined]
    assert 0 < part["samples"] < whole["samples"] == 40
    assert part["epoch"] == 1 and part["seconds"] > 0
    assert "val_loss" in whole and "val_loss" not in part

    def figures(history: Any) -> list[tuple[Any, ...]]:
        return [(r["epoch"], r["samples"], r["loss"], r["accuracy"]) for r in history]

    n, at_once = part["samples"], train(X, y, **options)
    assert figures([whole]) == figures(at_once.history[:1])
    assert fastnet.load(tmp_path / "run.npz").history == [whole]
    resumed = train(X, y, **options, **kept, resume=True)
    assert resumed.digest() == at_once.digest()
    assert figures(resumed.history) == figures(at_once.history)
    assert part["loss"] * n <= at_once.history[1]["loss"] * 40  # of the same samples, and more


@pytest.mark.filterwarnings("ignore::fastnet.LearningWarning")  # nothing is learned
def test_the_record_of_a_part_is_that_of_an_epoch_of_these_samples_alone():
    X, y = samples(3000, 6), np.arange(3000) % 3
    options: dict[str, Any] = {"hidden": (5,), "schedule": "constant", "shuffle": False}

    def fail(done: int, total: int) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError) as caught:
        train(X, y, **options, on_progress=fail)
    (part,) = caught.value.network.history  # type: ignore[attr-defined]
    n = part["samples"]
    (alone,) = train(X[:n], y[:n], **options, epochs=1).history
    assert [part[name] for name in ("samples", "loss", "accuracy", "learning_rate")] == [
        alone[name] for name in ("samples", "loss", "accuracy", "learning_rate")
    ]


PRESSED = """
import os
import subprocess
import sys
import threading
import numpy as np
from fastnet import train
PRESS = '''
import os, random, signal, sys, time
moments = random.Random(0)
for k, _ in enumerate(sys.stdin):
    time.sleep(moments.uniform(0.0001, 0.004))
    os.kill(int(sys.argv[1]), signal.SIGINT)
    print(k, flush=True)
'''
X, y = np.ones((64, 5)), np.arange(64) % 3
start = train(X, y, hidden=(30,), epochs=1)
presser = subprocess.Popen(
    [sys.executable, "-c", PRESS, str(os.getpid())],
    stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
)
pressed = [-1]
def listen():
    for line in presser.stdout:
        pressed[0] = int(line)
threading.Thread(target=listen, daemon=True).start()
for k in range(150):
    late = []
    def progress(done, total):
        late.extend([done] * (pressed[0] == k))
        assert len(late) < 100, "Ctrl-C was lost"
    try:
        presser.stdin.write("now\\n")
        train(X, y, init=start, epochs=10**9, on_progress=progress)
    except KeyboardInterrupt:
        pass
presser.kill()
"""


@pytest.mark.compiled
@pytest.mark.skipif(os.name == "nt", reason="sends SIGINT")
def test_no_ctrl_c_is_lost():
    """Whatever of Python's is called from C, as by Numba's dispatch, may swallow an exception."""
    python(PRESSED)


ENDLESS = """
import numpy as np
from fastnet import datasets, train
(X, y), _ = datasets.load("digits")
train(X, y, hidden=(100,), epochs=10**6, on_progress=lambda *_: print("at it", flush=True))
"""

INTERRUPTED = """
import os
import queue
import random
import signal
import threading
import time
import numpy as np
from fastnet import train
from fastnet.training import teams
teams.teams = lambda most, threads: [threads]  # whatever is faster
X, y = np.ones((64, 5)), np.arange(64) % 3
start = train(X, y, hidden=(130,), epochs=1, threads=2)
digest = start.digest()
go = queue.SimpleQueue()
def press():
    moments = random.Random(0)
    while go.get():
        time.sleep(moments.uniform(0.0001, 0.004))
        os.kill(os.getpid(), signal.SIGINT)
threading.Thread(target=press, daemon=True).start()
for _ in range(100):
    try:
        go.put(True)
        train(X, y, init=start, epochs=10**9, threads=2)
    except KeyboardInterrupt:
        pass
assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
assert start.digest() == digest
assert train(X, y, hidden=(130,), epochs=1, threads=2).digest() == digest
assert threading.active_count() < 10, "threads are left over"
"""


@pytest.mark.compiled
@pytest.mark.skipif(os.name == "nt", reason="sends SIGINT")
def test_ctrl_c_at_any_moment_leaves_no_thread_waiting():
    """A team whose other member never comes would wait for ever."""
    python(INTERRUPTED)


@pytest.mark.skipif(os.name == "nt", reason="sends SIGINT")
def test_ctrl_c_ends_a_long_run():
    with subprocess.Popen(
        [sys.executable, "-c", ENDLESS],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "at it\n"
            process.send_signal(signal.SIGINT)
            error = process.communicate(timeout=60)[1]
        finally:
            process.kill()
    assert process.returncode == -signal.SIGINT
    assert error.splitlines()[-1] == "KeyboardInterrupt"


@pytest.mark.filterwarnings("ignore::fastnet.LearningWarning")  # it does
def test_a_run_that_diverges_says_so_and_keeps_the_last_finite_weights():
    X = samples(300, 6)
    start = train(X, X[:, 0], hidden=(5,), activation="relu", epochs=1)
    digest = start.digest()
    with pytest.raises(fastnet.Diverged, match=r"epoch 1 at learning rate 1e\+06: ") as caught:
        train(X, X[:, 0], init=start, learning_rate=1e6, epochs=3)
    assert isinstance(caught.value, FloatingPointError)
    assert "\n" not in str(caught.value)
    assert caught.value.network.is_finite()
    assert caught.value.network.digest() == start.digest() == digest  # it was in the first chunk
    assert caught.value.network.history == start.history


@pytest.mark.filterwarnings("ignore::fastnet.LearningWarning")  # it does
def test_what_was_learned_before_the_chunk_that_diverged_is_kept():
    X = np.where(np.arange(300)[:, None] == 200, 1e30, samples(300, 6))
    options: dict[str, Any] = {
        "hidden": (5,), "activation": "relu", "learning_rate": 0.001, "schedule": "constant",
        "shuffle": False, "epochs": 1,
    }  # fmt: skip
    done = [0]
    with pytest.raises(fastnet.Diverged, match=r"epoch 0 at learning rate 0.001: ") as caught:
        train(X, X[:, 1] / 1e30, on_progress=lambda n, total: done.append(n), **options)
    n = done[-1]
    assert 0 < n <= 200
    wanted = train(X[:n], X[:n, 1] / 1e30, **options)
    assert caught.value.network.digest() == wanted.digest()


def test_diverged_comes_through_a_process_pool():
    """As nets are trained in many processes, an exception must survive being pickled."""
    error = pickle.loads(pickle.dumps(fastnet.Diverged("gone", train(np.eye(2), [0, 1], epochs=0))))
    assert str(error) == "gone"
    assert error.network.sizes == (2, 64, 32, 2)
