"""The two files of a history: what they hold, and that other programs can read them."""

import copy
import csv
import json
import math
import os
import pickle
import sys

import numpy as np
import pytest

import fastnet
from fastnet import train
from fastnet.model.history import History, together

RECORDS = [
    {"epoch": 0, "loss": 0.1 + 0.2, "accuracy": None},
    {"epoch": 1, "loss": math.inf, "accuracy": None, "val_loss": np.float32(0.5)},
]


def test_csv_is_a_table_with_every_column(tmp_path):
    History(RECORDS).to_csv(tmp_path / "h.csv")
    with open(tmp_path / "h.csv", newline="", encoding="utf-8") as file:
        first, second = csv.DictReader(file)
    assert list(first) == ["epoch", "loss", "accuracy", "val_loss"]
    assert float(first["loss"]) == 0.1 + 0.2 and first["accuracy"] == first["val_loss"] == ""
    assert float(second["loss"]) == math.inf and float(second["val_loss"]) == 0.5


def test_json_is_the_records_without_infinity(tmp_path):
    def refuse(constant):
        raise AssertionError(f"{constant} in JSON")

    History(RECORDS).to_json(str(tmp_path / "h.json"))
    read = json.loads((tmp_path / "h.json").read_text(), parse_constant=refuse)
    assert read == [RECORDS[0], {**RECORDS[1], "loss": None}]


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_no_epochs_make_an_empty_file(tmp_path, kind):
    getattr(History(), f"to_{kind}")(tmp_path / "h")
    assert (tmp_path / "h").read_text().strip() == ("[]" if kind == "json" else "")


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_what_cannot_be_written_leaves_the_old_file(tmp_path, kind):
    (tmp_path / "h").write_text("old")
    with pytest.raises((AttributeError, TypeError)):
        getattr(History([{"loss": object()}, None]), f"to_{kind}")(tmp_path / "h")
    assert (tmp_path / "h").read_text() == "old" and os.listdir(tmp_path) == ["h"]


def test_a_network_keeps_its_kind_of_history(tmp_path):
    net = train(np.eye(2), [0, 1], hidden=(), epochs=2)
    net.save(tmp_path / "net")
    twins = [
        net,
        net.copy(),
        copy.deepcopy(net),
        pickle.loads(pickle.dumps(net)),
        fastnet.load(tmp_path / "net"),
        train(np.eye(2), [0, 1], init=net, epochs=0),
    ]
    for twin in twins:
        assert type(twin.history) is History
        assert twin.history == net.history and twin.stopped == "epochs"


@pytest.mark.parametrize("y", [np.arange(40) % 3, np.linspace(0, 1, 40)], ids=["labels", "numbers"])
def test_records_together_are_one_of_all_samples(y):
    X = np.random.default_rng(0).normal(size=(40, 3))
    history = fastnet.train_stream([(X[:9], y[:9]), (X[9:], y[9:])], hidden=(4,)).history
    history += [{**history[0], "samples": 120, "loss": 0.25, "seconds": 2.0}]
    whole = together(history)
    assert whole["samples"] == 160 and whole["seconds"] == 2 + history[0]["seconds"]
    assert whole["samples_per_second"] == 160 / whole["seconds"]
    assert whole["loss"] == pytest.approx((40 * history[0]["loss"] + 30) / 160, rel=1e-12)
    accuracy = history[0]["accuracy"]
    assert whole["accuracy"] == (accuracy and pytest.approx(accuracy, rel=1e-12))


class TestFrames:
    def test_of_pandas(self):
        frame = History(RECORDS).to_frame()
        assert [*frame.columns] == ["epoch", "loss", "accuracy", "val_loss"]
        assert frame["loss"].tolist() == [0.1 + 0.2, math.inf]
        assert frame["accuracy"].isna().all() and frame["accuracy"].dtype == float
        assert math.isnan(frame["val_loss"][0]) and frame["val_loss"][1] == 0.5
        assert frame["epoch"].dtype.kind == "i"

    def test_of_polars(self):
        frame = History(RECORDS).to_frame("polars")
        assert frame.columns == ["epoch", "loss", "accuracy", "val_loss"]
        assert frame["accuracy"].to_list() == [None, None]
        assert frame["val_loss"].to_list() == [None, 0.5]

    def test_of_no_record(self):
        assert History().to_frame().shape == History().to_frame("polars").shape == (0, 0)

    def test_of_what_is_not_there(self, monkeypatch):
        with pytest.raises(ValueError, match=r"^library: 'dask', wanted one of pandas, polars$"):
            History(RECORDS).to_frame("dask")
        monkeypatch.setitem(sys.modules, "polars", None)
        with pytest.raises(ImportError, match=r"^library: polars is missing: pip install polars$"):
            History(RECORDS).to_frame("polars")
