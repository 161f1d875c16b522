"""What is told of a run fits 80 or 40 columns, whatever the net; in JSON there is never a NaN."""

import json

import pytest

from fastnet.cli.events import as_text, rounds_header
from fastnet.cli.text import as_json
from tests.cli.examples import (
    BIG,
    MANY,
    REGRESSION,
    end,
    epoch,
    initial,
    record,
    start,
    stream,
    stream_end,
)
from tests.cli.helpers import longest


@pytest.mark.parametrize(
    "event",
    [
        start(),
        start(**MANY, classes=None, training=BIG, test=BIG, data="a/path/" * 5 + "file.npz"),
        start(test=0),
        start(held_out=BIG, judging=["--patience", "--target-accuracy", "--keep best"]),
        start(held_out=1, judging=[], seeds=[0, 1]),
        stream(classes=["a long name for a class"] * 99),
        stream(classes=None, regression=True),
        {"event": "warmup", "seconds": 123.4, "compiled": True},
        {"event": "warmup", "seconds": 0.1, "compiled": False},
        initial(),
        initial(output=[-123.456] * 1000, label="a long label" * 2, real_label="another label"),
        initial(**REGRESSION),
        initial(**REGRESSION | {"output": [-1.0] * 500, "real_label": [1e6] * 500}),
        epoch(),
        epoch(epoch=99_999, seconds=12_345.6789, loss=1.23456e-12, accuracy=1.0),
        epoch(accuracy=None, val_accuracy=None, loss=-1.23456e-12),
        {k: v for k, v in epoch().items() if not k.startswith("val")},
        {"event": "repeat", "model": "m", "differences": []},
        {"event": "repeat", "model": "m", "differences": [f"{'word ' * 50}has other values"] * 3},
        {"event": "repeated", "model": "m", "digest": "a" * 64, "wanted": "a" * 64},
        {"event": "repeated", "model": "m", "digest": "a" * 64, "wanted": "b" * 64},
        end(),
        end(rounds=0, regression=True, score=-12.3, seconds=0.0, learning_rate=None),
        end(rounds=BIG, seconds=123_456.7),
        end(last_score=0.1234),
        end(last_score=-1.2345e-12, regression=True),
        {"event": "resumed", "rounds": 3, "checkpoint": "run.npz"},
        stream(),
        stream(**MANY, classes=None, format="jsonl", regression=True),
        record(),
        record(rows=10**15, rows_per_second=1e7, accuracy=None, mean_loss=-1.2345e-12, loss=1e-12),
        {"event": "label", "label": "a long label" * 9, "outputs": BIG},
        stream_end(),
        stream_end(rows=10**15, seconds_so_far=1e9, mean_accuracy=None, mean_loss=1.2345e-12),
        *(end(stopped=reason) for reason in ("patience", "target", "max_seconds", "on_epoch")),
    ],
)
def test_events_fit_the_terminal_and_are_json(event, monkeypatch):
    for columns in (80, 40):
        monkeypatch.setenv("COLUMNS", str(columns))
        lines = as_text(event).splitlines()
        assert lines and longest(lines) <= columns, lines
    assert json.loads(as_json(event)) == event
    assert "\n" not in as_json(event)


@pytest.mark.parametrize("noun", ["images", "samples"])
@pytest.mark.parametrize("regression", [False, True])
@pytest.mark.parametrize("held_out", [False, True])
def test_the_rounds_stand_under_their_header(noun, regression, held_out):
    *first, header = rounds_header(noun, regression, held_out).splitlines()
    other = "held out" if held_out else "test"
    assert f" {other} " in header and f"{other}: never learned" in first[-1]
    row = as_text(epoch(accuracy=None, val_accuracy=None) if regression else epoch())
    assert len(header) == len(row) <= 80
    assert len(header.split()[-4:]) == 4
    assert max(map(len, first)) <= 80


def test_in_a_narrow_terminal_the_figures_stand_under_their_titles(monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    header, row = rounds_header("images", False).splitlines()[-2:], as_text(epoch()).splitlines()
    assert header == ["correctly recognized images", "  training      test      loss   seconds"]
    assert row == ["round #0 of learning...", "    84.21%    91.40%    0.2301     0.042"]


def test_a_round_tells_training_and_test_apart():
    row = as_text(epoch()).split()
    assert row == ["round", "#0", "of", "learning...", "84.21%", "91.40%", "0.2301", "0.042"]
    without_test = {"event": "epoch", "epoch": 1, "seconds": 1.0, "loss": 0.5, "accuracy": 0.25}
    assert as_text(without_test).split()[4:] == ["25.00%", "-", "0.5", "1.000"]


def test_what_a_sample_took_is_told_by_the_samples_that_were_learned():
    assert "5.00 us for each image" in as_text(end(seconds=0.5, samples=100_000))


def test_a_run_that_ended_early_says_why():
    assert "stopped" not in as_text(end())
    assert "stopped early: the validation loss fell no further" in as_text(end(stopped="patience"))


def test_missing_test_data_is_said():
    assert "10,000 training images, no test images" in as_text(start(test=0))
    assert "2,000 test images" in as_text(start())
