"""What a page says on how to repeat a run gives the same bits."""

import re
import shlex
from html import unescape
from pathlib import Path

import pytest

import fastnet
from fastnet.report.repeat import repeat
from fastnet.report.subject import subject_of
from tests.cli.helpers import ok
from tests.report.conftest import PEOPLE

pytestmark = pytest.mark.compiled


def said(net):
    """The section on a net, without data."""
    subject = subject_of(net, None, None, learned=None, data="", part="", why="", shape=None,
                         most=None, seed=0, replay=None)  # fmt: skip
    return repeat(subject)


def blocks(found):
    """The blocks of code in a section: the command if there is one, and the lines of Python."""
    code = re.findall(r"<code>(.*?)</code>", found.html, re.DOTALL)
    *commands, lines = map(unescape, code)
    return commands, lines


def digest_of(lines, **names):
    """Run lines of Python, and return the digest of the net that they make."""
    told = []
    exec(lines, {**names, "print": told.append})
    return told[0]


def repeated(command, folder):
    """Run a command of the page in a folder, and return the digest of what it saves."""
    words = shlex.split(command.replace("\\\n", " "))
    assert words[0] == "fastnet"
    assert words[-2:] == ["--out", "again.npz"]
    ok(*words[1:-1], folder / "again.npz")
    return fastnet.load(folder / "again.npz").digest()


def test_lines_of_python_of_a_net_of_arrays(net, digits):
    commands, lines = blocks(said(net))
    assert commands == []
    (X, y), test = digits
    lines = re.sub(r"^(X, y|test) = \.\.\..*\n", "", lines, flags=re.MULTILINE)
    assert digest_of(lines, X=X, y=y, test=test) == net.digest()


@pytest.mark.parametrize(
    "words",
    [
        ("digits", "--hidden", "8", "--epochs", "1", "--seed", "3", "--no-shuffle"),
        (PEOPLE, "--target", "owner", "--drop", "name", "--epochs", "3"),
        (PEOPLE, "--target", "income", "--drop", "name,job", "--patience", "2", "--l2", "0"),
        ("own, odd.csv", "--target", "it's", "--weight", "w", "--delimiter", ";", "--decimal", ",",
         "--missing", "?,none", "--epochs", "2", "--hidden", "none", "--classes", "1,2"),
        ("own, odd.csv", "--target", "it's", "--drop", "w", "--test", "own, odd.csv",
         "--epochs", "1"),
        ("digits", "--hidden", "4,4", "--epochs", "1", "--seeds", "2", "--keep", "together"),
        ("digits", "--hidden", "8", "--epochs", "2", "--patience", "1", "--learning-rate", "0.3"),
    ],
)  # fmt: skip
def test_the_command_and_the_lines_of_python(words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lines = [f"{k % 7},5;{'?' if k % 5 == 0 else k};{1 + k % 3};{1 + k % 2}" for k in range(200)]
    Path("own, odd.csv").write_text("\n".join(["a b;c;w;it's", *lines]))
    path = tmp_path / "net.npz"
    ok("train", *map(str, words), "--out", path)
    net = fastnet.load(path)
    (command,), lines = blocks(said(net))
    assert repeated(command, tmp_path) == net.digest()
    assert digest_of(lines) == net.digest()


def test_what_cannot_be_repeated(net, digits):
    (X, y), _ = digits
    stream = fastnet.train_stream(zip(X[:50], y[:50], strict=True), hidden=(4,))
    assert "it learned a stream" in said(stream).note
    watched = fastnet.train(X[:50], y[:50], epochs=1, on_epoch=lambda net, record: None)
    assert "a callback" in said(watched).note
    stopped = net.copy()
    stopped.stopped = None
    assert "it was broken off" in said(stopped).note
