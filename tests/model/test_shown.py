"""What a notebook shows of nets, histories and encodings: short, escaped, and well-formed."""

import math
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

import fastnet
from fastnet.html import LONGEST, figure
from fastnet.model.history import History

EVIL = "<script>alert('&')</script>"


class Page(HTMLParser):
    """The tags, attributes and texts of a piece of HTML, whose tags must be closed in order."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.texts = [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.open.append(tag)
        self.tags.append(tag)
        assert {name for name, _ in attributes} <= {"style", "scope"}

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


def page(thing):
    text = thing._repr_html_()
    shown = Page(text)
    assert {*shown.tags} <= {"div", "table", "caption", "b", "thead", "tbody", "tr", "th", "td"}
    assert len(text) < 20_000
    return shown.texts


@pytest.fixture(scope="module")
def net():
    y = np.arange(60) % 3
    X = np.random.default_rng(0).normal(3 * np.eye(3, 4)[y])
    return fastnet.train(X, y, hidden=(5,), epochs=30, validation_data=(X, y))


@pytest.fixture(scope="module")
def table_net():
    X = pd.DataFrame(
        {EVIL: [1.0, 2.0, math.nan, 4.0] * 10, "word": ["a", EVIL, "c, d", "a"] * 10,
         "day": pd.date_range("2020-01-01", periods=40), "same": [1] * 40}
    )  # fmt: skip
    return fastnet.train(X, ["x", EVIL] * 20, epochs=2, hidden=(3,), verbose=False)


def test_a_network(net):
    said = page(net)
    assert said[0] == "Network 4-5-3"
    assert "classification, 3 classes: 0, 1, 2" in said
    assert "43" in said  # parameters: 5 * 5 + 6 * 3
    last = net.history[-1]
    assert f"loss {last['loss']:.4g}, accuracy {last['accuracy']:.2%}, " in said[-1]
    assert f"validation accuracy {last['val_accuracy']:.2%}" in said[-1]


def test_a_network_that_has_learned_nothing_and_one_of_numbers():
    assert page(fastnet.Network.from_weights([[[1.0]]], [[0.0]]))[-2:] == ["history", "none"]
    X = np.random.default_rng(0).random((20, 4))
    said = page(fastnet.train(X, X[:, 0], hidden=(), epochs=1))
    assert "regression" in said and said[-1].startswith("loss ") and "accuracy" not in said[-1]


def test_an_ensemble_has_a_row_for_each_network(net):
    X = np.random.default_rng(0).random((60, 4))
    said = page(fastnet.train_seeds(X, np.arange(60) % 3, [7, 9], hidden=(5,), epochs=2))
    assert said[0] == "Ensemble of 2 networks that answer together"
    k = said.index("its networks")
    assert said[k + 1 : k + 6] == ["net", "seed", "epochs", "loss", "accuracy"]
    assert said[k + 6 : k + 9] == ["0", "7", "2"] and said[k + 11 : k + 14] == ["1", "9", "2"]
    assert "its networks, the first 20" in page(fastnet.Ensemble([net] * 21))


def test_a_history_shows_its_first_and_last_records(net):
    said = page(net.history)
    assert said[:2] == ["History of 30 records", "epoch"]
    n = 8  # columns
    epochs = said[1:][::n]
    assert epochs == ["epoch", "0", "1", "…", *map(str, range(20, 30))]
    assert page(History()) == ["History of 0 records"]


def test_an_encoding_has_a_row_for_each_column(table_net):
    said = page(table_net.encoding)
    assert said[0].startswith("Encoding: 4 columns, ")
    k = said.index(EVIL)
    assert said[k + 1 : k + 3] == ["number", "2"] and said[k + 3].endswith("; gaps")
    k = said.index("word")
    assert said[k + 1 : k + 4] == ["word", "3", f"{EVIL}, a, 'c, d'"]
    k = said.index("day")
    assert said[k + 1] == "time" and "centre 2020-01-" in said[k + 3] and " days" in said[k + 3]
    assert said[said.index("same") + 1] == "left out"


def test_a_stream_and_what_a_file_may_hold():
    rows = [({"a": float(k), "b": "xy"[k % 2]}, k % 2) for k in range(200)]
    net = fastnet.train_stream(rows, preset="table", hidden=(3,))
    assert page(net)[0].startswith("Network ") and page(net.history) and page(net.encoding)
    said = page(History([{EVIL: EVIL, "epoch": None, "loss": math.nan}, {"note": "long" * 99}]))
    assert EVIL in said and max(map(len, said)) == LONGEST


def test_names_of_classes_are_escaped(table_net):
    assert any(EVIL in text for text in page(table_net))
    assert EVIL not in table_net._repr_html_()


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [("accuracy", 0.5, "50.00%"), ("loss", 0.123456, "0.1235"), ("samples", 10_000, "10,000"),
     ("rate", 123456.7, "123,457"), ("loss", math.nan, "-"), ("loss", None, "-"),
     ("loss", math.inf, "inf"), ("done", True, "True")],
)  # fmt: skip
def test_figures(name, value, text):
    assert figure(name, value) == text
