"""The progress in a notebook: a bar, lines without tqdm, and silence elsewhere."""

import io
import os
import sys
from typing import Any

import numpy as np
import pytest

import fastnet
from fastnet.model.history import History
from fastnet.training import bars
from tests.helpers import ROOT, samples

X, Y = samples(400, 6), np.arange(400) % 3
OPTIONS: dict[str, Any] = {"hidden": (5,), "epochs": 4, "schedule": "constant", "on_epoch": print}


def needed(name: str) -> Any:
    return __import__(name) if os.environ.get("CI") else pytest.importorskip(name)


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
        assert capsys.readouterr().err
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

    def test_a_bar_of_tqdm(self, monkeypatch):
        needed("tqdm")
        monkeypatch.setattr(sys, "stderr", io.StringIO())
        net = fastnet.train(X, Y, **OPTIONS)
        last = sys.stderr.getvalue().split("\r")[-1]
        assert "1.60k/1.60k" in last and "100%" in last
        assert f"epoch 3: loss {net.history[3]['loss']:.4f}, accuracy" in last

    def test_an_error_ends_the_bar(self, monkeypatch):
        needed("tqdm")
        monkeypatch.setattr(sys, "stderr", io.StringIO())
        with pytest.raises(ZeroDivisionError):
            fastnet.train(X, Y, **OPTIONS | {"on_epoch": lambda net, record: 1 // 0})
        assert sys.stderr.getvalue().endswith("\n")


def test_words():
    assert bars.figures(History()) == "epoch 0"
    record = {"epoch": 1, "loss": 0.5, "accuracy": None}
    assert bars.figures(History([record])) == "epoch 1: loss 0.5000"
    assert bars.line(10, None, "epoch 0", None) == "fastnet: epoch 0; 10 samples"


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


@pytest.mark.heavy
@pytest.mark.filterwarnings("ignore")  # those of Jupyter's packages
def test_a_real_notebook():
    needed("ipykernel")
    nbclient, nbformat = needed("nbclient"), needed("nbformat")
    cell = nbformat.v4.new_code_cell(CELL.format(root=str(ROOT)))
    book = nbformat.v4.new_notebook(cells=[cell])
    nbclient.NotebookClient(book, timeout=300, kernel_name="python3").execute()
    *shown, result = book.cells[0].outputs
    assert "samples" in str(shown)  # a bar, or its text
    assert "Network 6-5-3" in result["data"]["text/html"]
