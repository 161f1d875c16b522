"""What a page says on how to repeat a run gives the same bits."""

import re
import shlex
from html import unescape
from pathlib import Path

import numpy as np
import pytest

import fastnet
from fastnet.report.repeat import repeat
from fastnet.report.subject import subject_of
from tests.cli.helpers import ok
from tests.helpers import ROOT, needed
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
    assert told[0][:16] in lines  # the digest stands beside
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
    assert digest_of(without_data(lines), X=X, y=y, test=test) == net.digest()


def without_data(lines):
    """Lines of Python without those in which people write what is theirs."""
    return re.sub(r"^(X, y|test|\w+) = \.\.\..*\n", "", lines, flags=re.MULTILINE)


@pytest.mark.parametrize(
    "options",
    [
        {"class_weight": {0: 2.0, 3: 0.5}},
        {"preset": "table"},
        {"encode": "table"},
        {"encode": "none", "preset": "table"},
        {"l2": 1e-4, "average": 0.3},
        {"patience": 1, "seed": 3},
        {"target_accuracy": 0.3, "start": (-0.1, 0.1), "activation": ("relu", "tanh")},
        {"epochs": 0},
        {"schedule": lambda p: 1 - p / 2},
        {"sample_weight": [0, 1, 2] * 100},
        {"augment": "affine,shift=2"},
        {"augment": {"alpha": 30, "shape": (14, 56)}},
    ],
)
def test_lines_of_python_of_other_options(options, digits):
    X, y = digits[0][0][:300], digits[0][1][:300]
    net = fastnet.train(X, y, **({"hidden": (4,), "epochs": 1} | options))
    _, lines = blocks(said(net))
    assert digest_of(without_data(lines), X=X, y=y, **options) == net.digest()


def test_only_what_is_not_the_default_is_said(digits, people, tmp_path):
    (X, y), _ = digits
    lines = blocks(said(fastnet.train(X, y, epochs=1)))[1].splitlines()
    assert lines[-2] == "net = fastnet.train(X, y, epochs=1)"
    table = people.drop(columns="owner")
    for options in ({}, {"activation": "sigmoid"}, {"hidden": (5,), "l2": 0.5}, {"encode": "none"}):
        table = table if options.get("encode") != "none" else table[["income"]] / 5e4
        net = fastnet.train(table[:300], people["owner"][:300], **options)
        words = "".join(f", {name}={value!r}" for name, value in options.items())
        assert blocks(said(net))[1].splitlines()[-2] == f"net = fastnet.train(X, y{words})"
    path = str(tmp_path / "net.npz")
    ok("train", PEOPLE, "--drop", "name", "--epochs", 2, "--out", path)
    (command,), lines = blocks(said(fastnet.load(path)))
    assert shlex.split(command.replace("\\\n", " "))[3:] == [
        "--drop", "name", "--epochs", "2", "--out", "again.npz"]  # fmt: skip
    assert "train(X, y, epochs=2, validation_fraction=0.1)" in lines


def test_what_the_terminal_cannot_say_is_in_python_only(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = "".join(f"{k % 7},{k % 2}\n" for k in range(100))
    Path("a\nb.csv").write_text("x,y\n" + rows)
    ok("train", "a\nb.csv", "--epochs", 1, "--out", "net.npz")
    commands, lines = blocks(said(fastnet.load("net.npz")))
    assert commands == []
    assert digest_of(lines) == fastnet.load("net.npz").digest()
    labels = np.where(np.arange(100) % 2, "a, b", "c")
    np.savez("x.npz", X=np.arange(100.0)[:, None] / 100, y=labels)
    net = fastnet.train(*fastnet.datasets.read("x.npz")[0], epochs=1, classes=["c", "a, b"])
    net.run["source"] = "x.npz"
    commands, lines = blocks(said(net))
    assert commands == []
    assert digest_of(lines) == net.digest()


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
        (PEOPLE, "--drop", "name", "--epochs", "1", "--seeds", "2", "--keep", "together",
         "--seed", "4"),
        ("--data", "- $HOME `ls` 'x'.csv", "--target", "t'a,r", "--drop", '"a, ""b"""',
         "--epochs", "1"),
        ("plain.csv", "--epochs", "1"),
        ("words.npz", "--epochs", "1", "--preset", "table", "--validation-fraction", "0.1"),
        ("digits", "--hidden", "8", "--epochs", "2", "--patience", "1", "--learning-rate", "0.3"),
        ("digits", "--hidden", "8", "--epochs", "1", "--augment", "alpha=30,shape=14x56,flip"),
    ],
)  # fmt: skip
def test_the_command_and_the_lines_of_python(words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lines = [f"{k % 7},5;{'?' if k % 5 == 0 else k};{1 + k % 3};{1 + k % 2}" for k in range(200)]
    Path("own, odd.csv").write_text("\n".join(["a b;c;w;it's", *lines]))
    rows = "".join(f'{k % 5},{k % 7},"{"y,es" if k % 2 else "no; not"}"\n' for k in range(100))
    Path("- $HOME `ls` 'x'.csv").write_text('"a, ""b""",it\'s $x,"t\'a,r"\n' + rows)
    Path("plain.csv").write_text("".join(f"{k % 5},{k % 7 / 3},{k % 2}\n" for k in range(100)))
    np.savez("words.npz", X=np.arange(200.0).reshape(100, 2), y=["a, b", "it's"] * 50)
    path = tmp_path / "net.npz"
    ok("train", *map(str, words), "--out", path)
    net = fastnet.load(path)
    (command,), lines = blocks(said(net))
    assert repeated(command, tmp_path) == net.digest()
    assert digest_of(lines) == net.digest()


def test_what_cannot_be_repeated(net, digits):
    (X, y), _ = digits
    stream = fastnet.train_stream(zip(X[:50], y[:50], strict=True), hidden=(4,))
    assert "the net learned a stream" in said(stream).note
    watched = fastnet.train(X[:50], y[:50], epochs=1, on_epoch=lambda net, record: None)
    assert "a callback" in said(watched).note
    stopped = net.copy()
    stopped.stopped = None
    assert "its run was broken off" in said(stopped).note
    rounded = net.copy()
    rounded.rounding = {"weights": "float16"}
    assert "rounded after its run" in said(rounded).note


def test_a_record_of_another_version_is_shown_as_it_is(digits):
    net = fastnet.train(digits[0][0][:50], digits[0][1][:50], hidden=(4,), epochs=1)
    net.run["options"] |= {"schedule": "cosine", "momentum": 0.9}
    net.run["source"] = "digits"
    commands, lines = blocks(said(net))
    assert commands == []
    assert "schedule='cosine'" in lines
    assert "momentum=0.9" in lines
    del net.run["options"]["l2"], net.run["options"]["learning_rate"]
    assert "momentum=0.9" in blocks(said(net))[1]


def test_numbers_of_a_table_are_for_the_terminal_only(tmp_path):
    path = str(tmp_path / "net.npz")
    ok("train", ROOT / "docs" / "iris.csv", "--encode", "none", "--epochs", 1, "--out", path)
    _, command = blocks(said(fastnet.load(path)))
    assert repeated(command, tmp_path) == fastnet.load(path).digest()


@pytest.mark.heavy
def test_an_estimator_is_fitted_again(digits):
    sklearn = needed("fastnet.sklearn")
    X, y = digits[0][0][:50], digits[0][1][:50]
    found = said(sklearn.FastNetClassifier(max_iter=1, random_state=0).fit(X, y))
    assert "Fitted again on the same rows" in found.note
    assert found.html == ""
