"""What `info` prints fits 80 columns, whatever the net."""

import pytest

from fastnet.cli.summaries import model_summary
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
