"""What is said fits 80 columns, whatever the net; and there is never a NaN in JSON."""

import json
import math

import numpy as np
import pytest

from fastnet.cli import text as report

BIG = 10**6


def start(**fields):
    event = {
        "event": "start",
        "data": "digits",
        "unit": "images",
        "training": 10_000,
        "test": 2_000,
        "sizes": [784, 64, 32, 10],
        "activations": ["sigmoid"] * 3,
        "classes": list(range(10)),
        "loss": "quadratic",
        "dtype": "float32",
        "parameters": 52_650,
        "seed": 0,
        "version": "0.1.0",
    }
    return event | fields


def initial(**fields):
    event = {
        "event": "initial",
        "unit": "images",
        "part": "test",
        "output": [0.5] * 10,
        "label": 3,
        "confidence": 0.5,
        "real_label": 5,
        "score": 0.1,
        "regression": False,
    }
    return event | fields


def epoch(**fields):
    event = {"event": "epoch", "epoch": 0, "seconds": 0.0421, "learning_rate": 0.1, "loss": 0.2301}
    return event | {"accuracy": 0.8421, "val_loss": 0.1, "val_accuracy": 0.914} | fields


def end(**fields):
    event = {"event": "end", "unit": "images", "part": "test", "training": 10_000, "rounds": 10}
    event |= {"seconds": 0.5, "score": 0.945, "regression": False, "learning_rate": 0.1}
    event |= {"model": None, "stopped": "epochs", "samples": 100_000, "last_score": None}
    event |= {"schedule": "linear"}
    return event | fields


def stream(**fields):
    event = start(event="stream", format="csv", regression=False)
    for absent in ("data", "training", "test", "unit"):
        del event[absent]
    return event | fields


def record(**fields):
    event = {"event": "record", "epoch": 0, "samples": 100, "loss": 0.2301, "accuracy": 0.8421}
    event |= {"rows": 1_200, "mean_loss": 0.3, "mean_accuracy": 0.75, "rows_per_second": 4e5}
    return event | fields


def stream_end(**fields):
    event = record(event="stream_end", seconds_so_far=0.003, learning_rate=0.1, model=None)
    return event | fields


SHA = f"sha256:{'0123456789abcdef' * 4}"


def info(rounds, **fields):
    history = [epoch(epoch=i) for i in range(rounds)]
    more = {"run": None, "event": "info", "stopped": "epochs"}
    return start(model="m", history=history, **more) | fields


def run(**options):
    return {
        "options": {"epochs": 20, **options},
        "data": {"samples": BIG, "features": BIG, "dtype": "float64", "X": SHA, "y": SHA},
        "versions": dict.fromkeys(["fastnet", "python", "numpy", "numba"], "1234.567.89+local"),
        "on_epoch": "a.module.a_function",
    }


REGRESSION = {"regression": True, "label": None, "real_label": 0.25, "output": [0.5]}
MANY = {"sizes": [BIG] * 30, "activations": ["identity", "sigmoid"] * 15, "parameters": BIG**2}


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
def test_events_fit_80_columns_and_are_json(event):
    lines = report.as_text(event).splitlines()
    assert lines and max(map(len, lines)) <= 80, lines
    assert json.loads(report.as_json(event)) == event
    assert "\n" not in report.as_json(event)


@pytest.mark.parametrize("unit", ["images", "samples"])
@pytest.mark.parametrize("regression", [False, True])
@pytest.mark.parametrize("held_out", [False, True])
def test_the_rounds_stand_under_their_header(unit, regression, held_out):
    *first, header = report.rounds_header(unit, regression, held_out).splitlines()
    other = "held out" if held_out else "test"
    assert f" {other} " in header and f"{other}: never learned" in first[-1]
    row = report.as_text(epoch(accuracy=None, val_accuracy=None) if regression else epoch())
    assert len(header) == len(row) <= 80
    assert len(header.split()[-4:]) == 4
    assert max(map(len, first)) <= 80


@pytest.mark.parametrize("accuracy", [None, 0.5])
def test_the_records_of_a_stream_stand_under_their_header(accuracy):
    *_, first, header = report.as_text(stream(regression=accuracy is None)).splitlines()
    row = report.as_text(record(accuracy=accuracy, mean_accuracy=accuracy))
    assert "lately" in first and "lately" in header
    assert len(header) == len(row) <= 80
    wanted = ["50.00%", "50.00%", "0.2301"] if accuracy else ["0.3", "0.2301"]
    assert row.split() == ["1,200", "rows", *wanted, "400,000"]
    assert len(header.split()) == (6 if accuracy else 5)


def test_how_far_a_stream_is():
    said = report.so_far(record())
    assert said == "1,200 rows, 75.00% right, lately 84.21%, 400,000 rows/s"
    said = report.so_far(record(accuracy=None))
    assert said == "1,200 rows, mean loss 0.3, lately 0.2301, 400,000 rows/s"


def test_a_round_tells_training_and_test_apart():
    row = report.as_text(epoch()).split()
    assert row == ["round", "#0", "of", "learning...", "84.21%", "91.40%", "0.2301", "0.042"]
    without_test = {"event": "epoch", "epoch": 1, "seconds": 1.0, "loss": 0.5, "accuracy": 0.25}
    assert report.as_text(without_test).split()[4:] == ["25.00%", "-", "0.5", "1.000"]


def test_what_a_sample_took_is_told_by_the_samples_that_were_learned():
    assert "5.00 us for each image" in report.as_text(end(seconds=0.5, samples=100_000))


def test_a_run_that_ended_early_says_why():
    assert "stopped" not in report.as_text(end())
    assert "stopped early: the loss grew no smaller" in report.as_text(end(stopped="patience"))


def test_missing_test_data_is_said():
    assert "10,000 training images, no test images" in report.as_text(start(test=0))
    assert "2,000 test images" in report.as_text(start())


@pytest.mark.parametrize("many", [1, 30])
def test_info_tells_the_run(many):
    names = [f"an_option_{i}" for i in range(many)]
    options = {
        "hidden": [64] * many,
        "start": [SHA] * many,
        "class_weight": dict.fromkeys(names, 1),
    }
    text = report.model(info(0, run=run(**options, **dict.fromkeys(names))))
    assert max(map(len, text.splitlines())) <= 80
    for said in ("epochs               20\n", SHA[:23] + "...,", "an_option_0: 1", "1234.567.89"):
        assert said in text
    assert SHA not in text and "a.module.a_function" in text
    assert text.split("not given")[1].replace(",", "").split()[:many] == names


def test_toml_is_what_tomllib_reads():
    tomllib = pytest.importorskip("tomllib")  # of Python 3.11 and later
    options = {
        "data": 'né "\\日本\U0001f600\t\n',
        "rate": 1e-300,
        "n": 2**40,
        "b": False,
        "h": [3, 2],
    }
    assert tomllib.loads(report.as_toml(options | {"none": []})) == options | {"none": []}


@pytest.mark.parametrize("rounds", [0, 1, 10, 11, 1000])
def test_info_shows_the_last_rounds(rounds):
    text = report.model(info(rounds, **MANY, classes=[f"class {i}" for i in range(1000)]))
    assert max(map(len, text.splitlines())) <= 80
    assert text.count("84.21%") == min(rounds, 10)
    assert (f"#{rounds - 1} " in text) == (rounds > 0)
    assert "(1000 in all)" in text
    assert "the outputs are numbers" in report.model(info(rounds, classes=None))


def test_evaluation_by_class():
    rows = [
        {"label": "a", "samples": 4, "recognized": 3, "taken_for": "b", "times": 1},
        {"label": "b", "samples": 2, "recognized": 2, "taken_for": None, "times": 0},
    ]
    event = {"samples": 6, "part": "test", "unit": "samples", "data": "file.npz"}
    event |= {"score": 5 / 6, "classes": rows, "rmse": None}
    first, _, header, *lines = report.evaluation(event).splitlines()
    assert first == "correctly recognized: 83.33% of 6 test samples of file.npz"
    assert lines[0].split() == ["a", "4", "75.00%", "b", "(1)"]
    assert lines[1].split() == ["b", "2", "100.00%", "-"]
    assert header.index("samples") + len("samples") == lines[0].index("4") + 1


def test_evaluation_of_many_classes_shows_the_worst():
    rows = [
        {"label": f"class {i}", "samples": 100, "recognized": i, "taken_for": 0, "times": 1}
        for i in reversed(range(100))
    ]
    event = {"samples": 6, "part": "test", "unit": "samples", "data": "file.npz"}
    event["rmse"] = None
    lines = report.evaluation(event | {"score": 0.5, "classes": rows}).splitlines()
    assert len(lines) == 24
    assert lines[-20].startswith("class 0 ") and lines[-1].startswith("class 19 ")


def test_evaluation_without_classes():
    event = {"samples": 6, "part": "test", "unit": "samples", "data": "d", "classes": None}
    several = report.evaluation(event | {"score": 0.5, "rmse": None})
    assert several == "correctly recognized: 50.00% of 6 test samples of d"
    values = report.evaluation(event | {"score": 0.5, "rmse": 0.25})
    assert values == "R^2: 0.5, root mean square error: 0.25, 6 test samples of d"


def test_plain_values():
    value = {
        "a": np.float32(0.5),
        "b": np.array([1, 2]),
        "c": np.array(["x"]),
        "d": math.nan,
        "e": [np.inf, -math.inf, 1.0],
        "f": (np.bool_(True), np.int64(3), None),
        "g": np.array([b"x"]),
    }
    assert report.plain(value) == {
        "a": 0.5,
        "b": [1, 2],
        "c": ["x"],
        "d": None,
        "e": [None, None, 1.0],
        "f": [True, 3, None],
        "g": ["b'x'"],
    }
    json.dumps(report.plain(value), allow_nan=False)


def test_info_of_a_stream():
    history = [epoch(epoch=0, samples=100), epoch(epoch=1, samples=1_000)]
    text = report.model(info(0, stopped="end", history=history))
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
    text = report.model(info(3, stopped=stopped, history=history))
    assert "a stream, 3 records in" in text and "rows" in text and "round" not in text
    if stopped is None:
        text = report.model(info(3, stopped=None, run=run()))
        assert "3 rounds in" in text and "rows" not in text and "training        test" in text
        text = report.model(info(3, run=run(validation_fraction=0.1)))
        assert "training    held out" in text
    assert "3 rounds in" in report.model(info(3)), "of a version without records of runs"
