"""Wrong usage, warnings, and signals: a line each."""

import contextlib
import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import termios

import numpy as np
import pytest

from fastnet.cli.errors import Ended, ended_by_signals
from fastnet.cli.progress import ERASE
from tests.cli.helpers import events, fails, rest_of, start
from tests.helpers import NOT_ROOT

USAGE = {
    "no such option": (["train", "--hidn", "3"], "--hidn"),
    "no such command": (["trian"], "trian"),
    "a bad size": (["train", "--hidden", "64,x"], r"--hidden.*'64,x'.*64,32"),
    "no size": (["train", "--hidden", "64,,32"], r"--hidden.*'64,,32'"),
    "a size of zero": (["train", "--hidden", "0"], r"--hidden.*'0'"),
    "no threads": (["train", "--threads", "0"], r"--threads.*'0', wanted a number"),
    "many threads": (["train", "--threads", "all"], r"--threads.*'all', wanted.*or auto"),
    "a negative size": (["train", "--hidden", "8,-1"], r"--hidden.*'8,-1'"),
    "an unknown activation": (["train", "--activation", "elu"], r"--activation.*'elu'.*relu"),
    "an unknown loss": (["train", "--loss", "hinge"], r"--loss.*'hinge'.*quadratic"),
    "a negative rate": (["train", "--learning-rate", "-1"], "--learning-rate.*-1"),
    "a rate that is no number": (["train", "--learning-rate", "x"], "--learning-rate.*'x'"),
    "negative epochs": (["train", "--epochs", "-1"], "--epochs.*-1"),
    "an unknown schedule": (["train", "--schedule", "cosine"], "--schedule.*'cosine'.*1/t"),
    "a long warm-up": (["train", "--warm-up", "1.5"], "--warm-up.*1.5"),
    "no patience": (["train", "--patience", "0"], "--patience.*0"),
    "nothing held out": (["train", "--validation-fraction", "0"], "--validation-fraction.*0"),
    "a target beyond all": (["train", "--target-accuracy", "95"], "--target-accuracy.*95"),
    "negative seconds": (["train", "--max-seconds", "-1"], "--max-seconds.*-1"),
    "a history like nothing": (["train", "--history", "h.txt"], r"--history.*\.csv or \.json"),
    "a broken seed": (["train", "--seed", "1.5"], "--seed.*1.5"),
    "an unknown dtype": (["train", "--dtype", "float16"], "--dtype.*'float16'.*float64"),
    "unknown data": (["train", "--data", "mnsit"], r"--data.*'mnsit'.*did you mean 'mnist'"),
    "data like nothing": (["evaluate", __file__, "--data", "zzz"], r"'zzz'.*wanted digits, mnist"),
    "no folder": (["train", "--out", "no/such/folder/m"], "--out.*no folder.*no/such/folder"),
    "a folder as a file": (["train", "--out", "."], "--out.*'.' is not a file"),
    "no model": (["info"], "MODEL"),
    "a model that is not there": (["evaluate", "no-such-model"], "MODEL.*no-such-model"),
    "no data": (["predict", __file__], "--data"),
    "an ending": (["predict", __file__, "--data", __file__, "--out", "x.xls"], r"\.csv or \.npy"),
    "a data set to fetch": (["fetch", "fashion"], "'fashion'.*did you mean 'fashion-mnist'"),
    "nothing to fetch": (["fetch"], "DATASET"),
    "too much": (["warmup", "now"], "now"),
    "classes": (["train", "-", "--classes", "a,b,a"], "--classes.*'a,b,a'.*each once"),
    "another source": (["train", "data.csv"], r"DATA.*'data.csv', wanted digits, mnist"),
    "two sources": (["train", "digits", "--data", "mnist"], "--data: given, but so is digits"),
    "no model among files": (["evaluate", "digits"], "digits: no model, wanted MODEL first"),
    "a near file": (["train", f"{__file__}x"], "did you mean .*test_errors.py'"),
    "a word for missing": (["train", "--missing", '"a"b'], "--missing.*wanted names with commas"),
    "two delimiters": (["train", "--delimiter", ";;"], "--delimiter.*';;', wanted one character"),
}


@pytest.mark.parametrize(("args", "said"), USAGE.values(), ids=USAGE)
def test_wrong_usage_is_one_line_and_exit_code_2(args, said):
    assert re.search(said, fails(2, *args))


@NOT_ROOT
def test_a_folder_without_permission_is_noticed_before_the_work(tmp_path):
    tmp_path.chmod(0o500)
    assert "no permission" in fails(2, "train", "--out", tmp_path / "model")


class TestWarnings:
    """A LearningWarning is one line on stderr, once; what is said on stdout stays what it is."""

    BYTES = "X: values up to 255, wanted about 1: they saturate sigmoid units; divide by 255, or "

    @pytest.fixture
    def unscaled(self, tmp_path):
        """Pixels as floats."""
        rng = np.random.default_rng(0)
        X = rng.integers(0, 256, (60, 20)).astype(float)
        path = tmp_path / "unscaled.npz"
        np.savez(path, X=X, y=X[:, 0] > 127)
        return path

    def said(self, *args, stdin=None):
        """What a command that works prints on stdout, and its warnings without their beginning."""
        process = start(*args, stdin=subprocess.PIPE)
        out, err = process.communicate(stdin, timeout=60)
        assert process.returncode == 0, err
        beginning = "fastnet: warning: "
        assert all(line.startswith(beginning) for line in err.splitlines()), err
        return out, [line.removeprefix(beginning) for line in err.splitlines()]

    @pytest.mark.parametrize("options", [[], ["--seeds", 2]])
    def test_unscaled_inputs(self, unscaled, options):
        out, (line,) = self.said("train", "--data", unscaled, "--epochs", 2, *options)
        assert line.startswith(f"{unscaled}: {self.BYTES}") and "warning" not in out
        out, (again,) = self.said("train", "--data", unscaled, "--epochs", 2, "--json", *options)
        assert again == line and events(out)

    def test_a_stream(self):
        rng = np.random.default_rng(0)
        pixels = rng.integers(0, 256, (300, 20))
        prices = "".join(f"{k % 7},{k % 5},{200_000 + 7 * k}\n" for k in range(300))
        rows = "".join(",".join(map(str, [*x, int(x[0] > 127)])) + "\n" for x in pixels)
        out, (line,) = self.said("train", "-", "--json", stdin=rows)
        assert line.startswith(f"standard input: {self.BYTES}") and events(out)
        assert self.said("train", "-", "--pixels", stdin=rows)[1] == []
        out, (line,) = self.said("train", "-", stdin=prices)
        said = "standard input: y: 300 classes among 300 samples; for a regression give"
        assert line.startswith(said)

    @pytest.mark.compiled  # thousands of samples
    def test_patience(self):
        options = ["--validation-fraction", 0.2, "--patience", 1, "--learning-rate", 3]
        options += ["--schedule", "linear"]
        _, (line,) = self.said("train", *options)
        assert line.startswith("patience: ended the run after ")
        assert self.said("train", *options, "--schedule", "constant")[1] == []

    @pytest.mark.compiled  # thousands of samples
    def test_nothing_is_said_of_the_digits(self):
        assert self.said("train", "--epochs", 2)[1] == []

    def test_as_errors(self, unscaled):
        """By the filter of these tests."""
        assert self.BYTES in fails(1, "train", "--data", unscaled)

    @pytest.mark.heavy
    def test_a_bar_makes_way(self, unscaled):
        """A rate that ends learning after a while: what is said then has a line of its own."""
        reader, writer = pty.openpty()
        fcntl.ioctl(writer, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 400, 0, 0))
        options = ["--seeds", 1, "--learning-rate", 20, "--epochs", 60, "--hidden", "200,200"]
        process = start("train", *options, stdout=writer, stderr=writer)
        os.close(writer)
        written = rest_of(reader)
        assert process.wait(timeout=60) == 0
        lines = re.split(f"\r?\n|{re.escape(ERASE)}", written)
        (line,) = [line for line in lines if "fastnet: warning:" in line]
        assert line.startswith("fastnet: warning: seed 0: ")
        assert any("nets are ready [" in line for line in lines)


def test_a_signal_that_something_swallows_is_not_the_last():
    seen = []
    with ended_by_signals():
        for name in ("SIGINT", "SIGTERM", "SIGINT"):
            try:
                signal.raise_signal(signal.Signals[name])
            except Ended as error:
                seen.append((name, error.args[0]))
                signal.raise_signal(signal.SIGINT)  # not while the first is handled
                with contextlib.suppress(ValueError):
                    raise ValueError from None
                signal.raise_signal(signal.SIGTERM)
    assert [name for name, _ in seen] == ["SIGINT", "SIGTERM", "SIGINT"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_signals_that_somebody_else_handles_are_left_alone():
    usual = signal.signal(signal.SIGINT, lambda number, frame: None)
    try:
        with ended_by_signals():
            assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
            signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, usual)
