"""The line that says that kernels are being compiled: when it is said, and when it is not."""

import contextlib
import io
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import fastnet
from fastnet import train
from fastnet.kernels.entries import FORMS
from fastnet.model import compiling
from fastnet.options import Options, StreamOptions
from fastnet.training import streams
from fastnet.training.prepare import prepare
from tests.helpers import ROOT, python

WARM_UP = """
import sys
import fastnet
seconds, compiled = fastnet.warmup(sys.argv[1])
assert seconds > 0
print(compiled)
"""
QUIETLY = """
import fastnet.model.compiling
fastnet.train([[0, 1], [1, 0]], [0, 1], hidden=(), dtype="float64", verbose=False)
print(fastnet.model.compiling.seconds() > 0)
"""
PREDICT = """
from fastnet import Network
Network.from_weights([[[1.0]]], [[0.0]]).predict([[1.0]])
"""
TOGETHER = """
import sys
from concurrent.futures import ThreadPoolExecutor
import numpy as np
import fastnet.model.compiling
net = fastnet.Network.from_weights([[[1.0]]], [[0.0]])
X = np.ones((5, 1))
with ThreadPoolExecutor(int(sys.argv[1])) as pool:
    assert len({tuple(answers) for answers in pool.map(net.predict, [X, X])}) == 1
print(fastnet.model.compiling.seconds())
"""


@pytest.mark.heavy
@pytest.mark.compiled
def test_it_is_said_once_where_the_cache_is_cold(tmp_path):
    def run(code: str, *arguments: str) -> tuple[list[str], str]:
        # without checks of bounds, and not optimised: only to take less time
        quick = {"NUMBA_BOUNDSCHECK": "0", "NUMBA_OPT": "1"}
        done = python(code, *arguments, NUMBA_CACHE_DIR=str(tmp_path), **quick)
        return done.stdout.split(), done.stderr

    with ThreadPoolExecutor(2) as threads:
        loud = threads.submit(run, WARM_UP + WARM_UP, "float32")
        assert run(QUIETLY) == (["True"], "")
        compiled, lines = loud.result()
        assert compiled == ["True", "False"]
        names = [*(f"{form.__name__}_float32" for form in FORMS.values()), "deform"]
        for name, line in zip(names, lines.splitlines(), strict=True):
            told = re.escape(compiling.notice(name))
            assert re.fullmatch(rf"{told} \d+\.\d s", line)
    assert run(WARM_UP, "float32") == (["False"], "")
    assert run(QUIETLY) == (["False"], "")
    assert run(PREDICT) == ([], "")


@pytest.mark.heavy
@pytest.mark.compiled
@pytest.mark.parametrize("threads", [1, 2])
def test_of_processes_that_want_a_kernel_at_once_one_compiles_it(tmp_path, threads):
    quick = {"NUMBA_BOUNDSCHECK": "0", "NUMBA_OPT": "1", "NUMBA_CACHE_DIR": str(tmp_path)}
    with ThreadPoolExecutor(3) as pool:
        each = [pool.submit(python, TOGETHER, str(threads), **quick) for _ in range(3)]
    compiled = [float(done.result().stdout) > 0 for done in each]
    lines = "".join(done.result().stderr for done in each).splitlines()
    assert sorted(compiled) == [False, False, True]
    told = [line for line in lines if line.startswith(compiling.notice("narrow_float64"))]
    others = [line for line in lines if line not in told]
    waits = compiling.WAITING.format(**compiling.words("narrow_float64"))
    assert len(told) == 1 and len(others) <= 2 and {*others} <= {waits}


@pytest.mark.compiled
def test_a_prediction_says_so_too(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", PREDICT],
        env={**os.environ, "PYTHONPATH": str(ROOT), "NUMBA_CACHE_DIR": str(tmp_path)},
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        notice = compiling.notice("narrow_float64")
        assert process.stderr.read(len(notice)) == notice
        process.kill()  # no need to wait for the kernels


def test_warming_up():
    for dtype in ("float32", "float64", np.float64):
        seconds, _ = fastnet.warmup(dtype)
        assert seconds > 0
        assert fastnet.warmup(dtype)[1] is False  # since this process has it now
    with pytest.raises(ValueError, match="dtype: 'int8', wanted one of float32, float64"):
        fastnet.warmup("int8")


def test_a_run_or_stream_gets_ready_what_it_needs_and_no_more(monkeypatch):
    names: list[str] = []
    monkeypatch.setattr(compiling, "direct", lambda entry, *_: names.append(entry.__name__))
    X, y = np.random.default_rng(0).random((40, 100)), np.arange(40) % 2
    for hidden, form, learning in (
        ((200,), "pass_by_rows", "pass_by_blocks"), ((40,), "pass_by_rows", ""),
        ((9,), "narrow", ""), ((9, 30), "two_groups", ""),
    ):  # fmt: skip
        run = prepare(X, y, Options(hidden=hidden, epochs=1, verbose=False))
        run.chunks  # noqa: B018  # before the clock starts
        assert names == [f"{learning or form}_float32"]
        run.ready()
        assert [*dict.fromkeys(names[1:])] == [f"{f}_float32" for f in (form, learning) if f]
        names.clear()
        streams.ready(StreamOptions(hidden=hidden, dtype="float64"))
        assert names == [f"{form}_float64"]
        names.clear()
    fastnet.warmup("float64")
    assert len({*names}) == len(FORMS) + 1  # and the deformation of images


def test_a_line_for_each_epoch(capsys):
    X, y = np.eye(4), [0, 1, 0, 1]
    fastnet.warmup()
    capsys.readouterr()
    train(X, y, epochs=2, verbose=True)
    train(X, y, epochs=1, verbose=True, validation_data=(X, y))
    train(X, X, epochs=1, verbose=True, validation_data=(X, X))
    said = capsys.readouterr()
    assert said.out == ""
    first, second, validated, regression = said.err.splitlines()
    assert first.startswith("epoch 0: loss ") and second.startswith("epoch 1: loss ")
    assert first.count("accuracy") == 1 and "validation" not in first
    assert validated.count("accuracy") == 2 and validated.count("validation loss") == 1
    assert regression.count("accuracy") == 0 and regression.count("validation loss") == 1


@pytest.mark.parametrize("verbose", [None, False])
def test_nothing_is_said_otherwise(verbose, capsys):
    fastnet.warmup()
    capsys.readouterr()
    train(np.eye(4), [0, 1, 0, 1], epochs=2, verbose=verbose)
    said = capsys.readouterr()
    assert said.out == said.err == ""


def stop(done: int, total: int) -> None:
    assert compiling.quiet.get() is True
    if total > 2:
        raise InterruptedError


def test_silence_ends_with_the_run_even_if_it_fails():
    for epochs in (1, 10**9):
        with contextlib.suppress(InterruptedError):
            train(np.eye(2), [0, 1], epochs=epochs, verbose=False, on_progress=stop)
        assert compiling.quiet.get() is False


def test_there_may_be_no_stderr(monkeypatch):
    """As under pythonw, where sys.stderr is None, and with a replaced stream."""
    for stream in (None, io.StringIO()):
        monkeypatch.setattr(sys, "stderr", stream)
        train(np.eye(2), [0, 1], epochs=1, verbose=True)
