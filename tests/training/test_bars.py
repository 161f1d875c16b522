"""The progress in a notebook: a bar, lines without tqdm, and silence elsewhere."""

import re
import sys
from typing import Any

import numpy as np
import pytest

import fastnet
from fastnet.model.history import History
from fastnet.training import bars, learner
from tests.helpers import ROOT, needed, samples

X, Y = samples(400, 6), np.arange(400) % 3
OPTIONS: dict[str, Any] = {"hidden": (5,), "epochs": 4, "schedule": "constant", "on_epoch": print}


def stream(**options: Any) -> Any:
    """A net of examples one by one."""
    return fastnet.train_stream(zip(X, Y, strict=True), hidden=(5,), classes=range(3), **options)


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a notebook, from the first moment on; a heavy test has a real one."""
    monkeypatch.setattr(bars, "in_notebook", lambda: True)
    monkeypatch.setattr(bars, "DELAY", 0.0)
    monkeypatch.setattr(bars, "PAUSE", 0.0)


def test_here_is_no_notebook(capsys):
    assert bars.in_notebook() is False
    fastnet.train(X, Y, **OPTIONS | {"on_epoch": None})
    said = capsys.readouterr()
    assert said.err == said.out == ""


@pytest.mark.filterwarnings("ignore::fastnet.LearningWarning")  # there is nothing to learn
@pytest.mark.usefixtures("notebook")
class TestShowing:
    def test_lines_without_tqdm(self, monkeypatch, capsys):
        monkeypatch.setitem(sys.modules, "tqdm", None)
        seen = []
        net = fastnet.train(X, Y, **OPTIONS, on_progress=lambda *both: seen.append(both))
        lines = capsys.readouterr().err.splitlines()
        assert len(lines) == len(seen) and seen[-1] == (1600, 1600)
        assert lines[0].startswith("fastnet: ") and ", epoch 0" in lines[0]
        record = net.history[2]
        assert f"100%, epoch 2: loss {record['loss']:.4f}, accuracy" in lines[-1]
        assert lines[-1].endswith("; about 0 s left")

    def test_the_bits_are_the_same_and_verbose_decides(self, capsys):
        shown = fastnet.train(X, Y, **OPTIONS)
        assert "".join(capsys.readouterr())
        hidden = fastnet.train(X, Y, **OPTIONS, verbose=False)
        assert capsys.readouterr().err == "" and hidden.digest() == shown.digest()
        fastnet.train(X, Y, **OPTIONS, verbose=True)
        assert len(capsys.readouterr().err.splitlines()) == 4

    def test_several_networks(self, monkeypatch, capsys):
        monkeypatch.setitem(sys.modules, "tqdm", None)
        ready: list[Any] = []
        fastnet.train_seeds(X, Y, 2, **OPTIONS, threads=1, on_net=ready.append)
        assert [net.seed for net in ready] == [0, 1]
        assert "2 of 2 networks are ready" in capsys.readouterr().err.splitlines()[-1]

    def test_a_bar_of_tqdm(self, capsys):
        """Without a kernel, IPython prints what it would show in place."""
        needed("tqdm"), needed("IPython")
        net = fastnet.train(X, Y, **OPTIONS)
        said = capsys.readouterr()
        last = said.out.splitlines()[-1]
        assert "1.60k/1.60k" in last and "100%" in last
        assert f"epoch 3: loss {net.history[3]['loss']:.4f}, accuracy" in last
        assert said.err == ""  # which a notebook shows as errors

    def test_an_error_leaves_the_bar_where_it_was(self, capsys):
        needed("tqdm"), needed("IPython")
        with pytest.raises(ZeroDivisionError):
            fastnet.train(X, Y, **OPTIONS | {"on_epoch": lambda net, record: 1 // 0})
        assert "/1.60k" in capsys.readouterr().out.splitlines()[-1]

    def test_a_stream(self, monkeypatch, capsys):
        monkeypatch.setitem(sys.modules, "tqdm", None)
        monkeypatch.setattr(learner, "SEEN", 0.0)
        seen = []
        shown = stream(on_progress=lambda net, record: seen.append(record))
        lines = capsys.readouterr().err.splitlines()
        assert len(lines) == len(seen) > 0
        assert re.search(r"^fastnet: loss [\d.]+, accuracy [\d.]+%; \d+ examples, [\d,]+ a second$",
                         lines[-1])  # fmt: skip
        hidden = stream(verbose=False)
        assert capsys.readouterr().err == "" and hidden.digest() == shown.digest()

    def test_a_stream_has_a_bar_too(self, monkeypatch, capsys):
        needed("tqdm"), needed("IPython")
        monkeypatch.setattr(learner, "SEEN", 0.0)
        net = stream()
        last = capsys.readouterr().out.splitlines()[-1]
        assert "400 examples [" in last
        record = net.history[-1]
        assert f"loss {record['loss']:.4f}, accuracy {record['accuracy']:.2%}" in last

    def test_estimators_are_silent(self, capsys):
        """A cross-validation would leave many bars."""
        estimators = needed("fastnet.sklearn")
        for options in ({}, {"n_nets": 2}):
            estimators.FastNetClassifier(hidden_layer_sizes=(5,), max_iter=4, **options).fit(X, Y)
        said = capsys.readouterr()
        assert said.out == said.err == ""


def test_words():
    assert bars.figures(History()) == "epoch 0"
    record = {"epoch": 1, "loss": 0.5, "accuracy": None}
    assert bars.figures(History([record])) == "epoch 1: loss 0.5000"
    line = bars.line(10, None, "epoch 0", None, 5.4, " samples")
    assert line == "fastnet: epoch 0; 10 samples, 5 a second"


def test_the_records_of_a_stream_as_lines(capsys):
    net = stream(verbose=True)
    first, *_, last = capsys.readouterr().err.splitlines()
    assert first.startswith(f"100 examples: loss {net.history[0]['loss']:.4f}, accuracy ")
    assert last.startswith("400 examples: ")


def test_false_silences_a_stream(capsys):
    rows = [({"size": float(k % 3), "colour": "red"}, k % 3) for k in range(300)]
    fastnet.train_stream(iter(rows), hidden=())
    assert "are encoded" in capsys.readouterr().err
    fastnet.train_stream(iter(rows), hidden=(), verbose=False)
    assert capsys.readouterr().err == ""


CELL = """
import sys
sys.path.insert(0, {root!r})
import numpy as np, fastnet
from fastnet.training import bars
bars.DELAY = 0.0
assert bars.in_notebook()
X = np.random.default_rng(0).normal(3 * np.eye(3, 6)[np.arange(400) % 3])
net = fastnet.train(X, np.arange(400) % 3, hidden=(5,), epochs=3)
quiet = fastnet.train(X, np.arange(400) % 3, hidden=(5,), epochs=3, verbose=False)
assert net.digest() == quiet.digest()
net
"""
STREAM = """
import itertools, os, signal, threading
examples = itertools.cycle(zip(X, np.arange(400) % 3))
threading.Timer(2, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
try:
    fastnet.train_stream(examples, hidden=(5,))
except KeyboardInterrupt as error:
    stopped = error.network
stopped.history
"""
SCORES = """
from sklearn.model_selection import cross_val_score
from fastnet.sklearn import FastNetClassifier
cross_val_score(FastNetClassifier(max_iter=20), X, np.arange(400) % 3)
"""


@pytest.mark.heavy
@pytest.mark.filterwarnings("ignore")  # those of Jupyter's packages
def test_a_real_notebook():
    needed("ipykernel")
    nbclient, nbformat = needed("nbclient"), needed("nbformat")
    cells = map(nbformat.v4.new_code_cell, (CELL.format(root=str(ROOT)), STREAM, SCORES))
    book = nbformat.v4.new_notebook(cells=[*cells])
    nbclient.NotebookClient(book, timeout=300, kernel_name="python3").execute()
    *shown, result = book.cells[0].outputs
    assert "Network 6-5-3" in result["data"]["text/html"]
    (bar,) = [one for one in shown if one["output_type"] == "display_data"]  # in one place
    assert "1.20k/1.20k" in bar["data"]["text/plain"] and "<pre" in bar["data"]["text/html"]
    bar, result = book.cells[1].outputs
    assert re.search(r"examples \[.*, loss [\d.]+, accuracy [\d.]+%", bar["data"]["text/plain"])
    assert "History of" in result["data"]["text/html"]
    (scores,) = book.cells[2].outputs
    assert "array" in scores["data"]["text/plain"]
