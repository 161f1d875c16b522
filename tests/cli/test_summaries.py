"""What `evaluate` and `info` print fits 80 columns, whatever the net."""

import pytest

from fastnet.cli.summaries import evaluation, model_summary
from tests.cli.examples import MANY, SHA, epoch, info, run
from tests.cli.helpers import longest


@pytest.mark.parametrize("many", [1, 30])
def test_info_tells_the_run(many):
    names = [f"an_option_{i}" for i in range(many)]
    options = {
        "hidden": [64] * many,
        "start": [SHA] * many,
        "class_weight": dict.fromkeys(names, 1),
    }
    text = model_summary(info(0, run=run(**options, **dict.fromkeys(names))))
    assert max(map(len, text.splitlines())) <= 80
    for said in ("epochs               20\n", SHA[:23] + "...,", "an_option_0: 1", "1234.567.89"):
        assert said in text
    assert SHA not in text and "a.module.a_function" in text
    assert text.split("not given")[1].replace(",", "").split()[:many] == names


@pytest.mark.parametrize("rounds", [0, 11])
def test_info_fits_a_narrow_terminal(rounds, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    about = run(hidden=[64] * 20, start=[SHA] * 3, learning_rate=0.123456789012345)
    text = model_summary(info(rounds, **MANY, run=about, classes=["a long class"] * 30))
    assert longest(text.splitlines()) <= 40
    figures = ["    #10", "    84.21%    91.40%    0.2301       0.1"]
    assert rounds == 0 or text.splitlines()[-3:-1] == figures


@pytest.mark.parametrize("rounds", [0, 1, 10, 11, 1000])
def test_info_shows_the_last_rounds(rounds):
    text = model_summary(info(rounds, **MANY, classes=[f"class {i}" for i in range(1000)]))
    assert max(map(len, text.splitlines())) <= 80
    assert text.count("84.21%") == min(rounds, 10)
    assert (f"#{rounds - 1} " in text) == (rounds > 0)
    assert "(1000 in all)" in text
    assert "the outputs are numbers" in model_summary(info(rounds, classes=None))


def test_evaluation_by_class():
    rows = [
        {"label": "a", "samples": 4, "recognized": 3, "taken_for": "b", "times": 1},
        {"label": "b", "samples": 2, "recognized": 2, "taken_for": None, "times": 0},
    ]
    event = {"samples": 6, "part": "test", "noun": "samples", "data": "file.npz"}
    event |= {"score": 5 / 6, "classes": rows, "rmse": None}
    first, _, header, *lines = evaluation(event).splitlines()
    assert first == "correctly recognized: 83.33% of 6 test samples of file.npz"
    assert lines[0].split() == ["a", "4", "75.00%", "b", "(1)"]
    assert lines[1].split() == ["b", "2", "100.00%", "-"]
    assert header.index("samples") + len("samples") == lines[0].index("4") + 1


def test_evaluation_of_many_classes_shows_the_worst():
    rows = [
        {"label": f"class {i}", "samples": 100, "recognized": i, "taken_for": 0, "times": 1}
        for i in reversed(range(100))
    ]
    event = {"samples": 6, "part": "test", "noun": "samples", "data": "file.npz"}
    event["rmse"] = None
    lines = evaluation(event | {"score": 0.5, "classes": rows}).splitlines()
    assert len(lines) == 24
    assert lines[-20].startswith("class 0 ") and lines[-1].startswith("class 19 ")


def test_evaluation_without_classes():
    event = {"samples": 6, "part": "test", "noun": "samples", "data": "d", "classes": None}
    several = evaluation(event | {"score": 0.5, "rmse": None})
    assert several == "correctly recognized: 50.00% of 6 test samples of d"
    values = evaluation(event | {"score": 0.5, "rmse": 0.25})
    assert values == "R^2: 0.5, root mean square error: 0.25, 6 test samples of d"


def test_info_of_a_stream():
    history = [epoch(epoch=0, samples=100), epoch(epoch=1, samples=1_000)]
    text = model_summary(info(0, stopped="end", history=history))
    assert (
        "a stream, 2 records" in text
        and "    1,000 " in text
        and "round" not in text
        and "test" not in text
    )


@pytest.mark.parametrize("stopped", ["end", None])
def test_a_stream_has_records_and_a_run_has_rounds(stopped):
    """Those that were broken off, too."""
    history = [epoch(epoch=k, samples=100) for k in range(3)]
    text = model_summary(info(3, stopped=stopped, history=history))
    assert "a stream, 3 records in" in text and "rows" in text and "round" not in text
    if stopped is None:
        text = model_summary(info(3, stopped=None, run=run()))
        assert "3 rounds in" in text and "rows" not in text and "training        test" in text
        text = model_summary(info(3, run=run(validation_fraction=0.1)))
        assert "training    held out" in text
    assert "3 rounds in" in model_summary(info(3)), "of a version without records of runs"
