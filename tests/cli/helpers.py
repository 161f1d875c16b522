"""The command line in this process and in real ones, and what it says."""

import contextlib
import json
import os
import re
import subprocess
import sys
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor

import pytest
from click.testing import CliRunner

import fastnet
from fastnet.cli import main
from tests.helpers import ROOT

OLD = ROOT / "tests" / "files" / "version_1.npz"  # a model of a version without records
OPTIONS = ["--hidden", "8", "--learning-rate", "0.2", "--activation", "tanh", "--seed", "3"]
STREAM = ("--hidden", 4, "--learning-rate", 0.3, "--seed", 2)
READS_TOML = pytest.mark.skipif(sys.version_info < (3, 11), reason="Python reads no TOML")


def run(*args, stdin=None):
    return CliRunner().invoke(main, [str(arg) for arg in args], input=stdin)


def ok(*args, stdin=None):
    """What a command that works prints."""
    result = run(*args, stdin=stdin)
    assert (result.exit_code, result.stderr) == (0, ""), result.output
    return result.stdout


def fails(code, *args, stdin=None):
    """The one line that a command which fails leaves on stderr."""
    result = run(*args, stdin=stdin)
    assert result.exit_code == code, result.output
    assert len(result.stderr.splitlines()) == 1, result.stderr
    assert result.stderr.startswith("Error: ")
    return result.stderr


def warned(told, *args):
    """What a command that works leaves, with one warning on stderr."""
    with warnings.catch_warnings():
        warnings.simplefilter("always", fastnet.LearningWarning)
        result = run(*args)
    assert result.exit_code == 0, result.output
    (line,) = result.stderr.splitlines()
    assert line.startswith("fastnet: warning: ") and re.search(told, line)
    return result


def events(text):
    """The objects of JSON lines, in which no NaN is allowed."""

    def refuse(constant):
        raise AssertionError(f"{constant} in JSON")

    return [json.loads(line, parse_constant=refuse) for line in text.splitlines()]


class Process(subprocess.Popen):
    """One whose first lines may be read alone; Popen would lose what came along with them."""

    def communicate(self, input=None, timeout=120):
        watch = threading.Timer(timeout, self.kill)
        watch.start()
        with ThreadPoolExecutor(1) as pool:
            err = pool.submit(rest_and_close, self.stderr)
            if self.stdin and not self.stdin.closed:
                with contextlib.suppress(BrokenPipeError):
                    self.stdin.write(input or "")
                    self.stdin.close()
            out = rest_and_close(self.stdout)
            self.wait()
            watch.cancel()
            return out, err.result()


def rest_and_close(pipe):
    if pipe is None or pipe.closed:
        return None
    with pipe:
        return pipe.read()


def start(*args, **kwargs):
    """A real process."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": ""}
    env |= kwargs.pop("env", {})
    command = [sys.executable, "-m", "fastnet", *map(str, args)]
    kwargs = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True} | kwargs
    return Process(command, env=env, **kwargs)


def longest(lines):
    """The length of the longest line, without those of one word: paths and digests are whole."""
    return max((len(line) for line in lines if " " in line.strip()), default=0)


def train(data, folder, *options):
    return ok("train", "--data", folder / data, *options)


def rest_of(terminal):
    """What a process writes to a terminal until it ends."""
    written = ""
    while True:
        try:
            written += os.read(terminal, 100_000).decode()
        except OSError:  # the other end is closed
            os.close(terminal)
            return written


def learned(rows, n=None, **options):
    """The judge: what fastnet.train_stream makes of the rows."""
    _, X, names = rows
    options = {"hidden": (4,), "learning_rate": 0.3, "seed": 2} | options
    return fastnet.train_stream(zip(X[:n], names[:n], strict=True), **options)
