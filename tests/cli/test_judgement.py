"""What `evaluate` prints: it fits the terminal, and says no more than is so."""

import pytest

from fastnet.cli.columns import columns
from fastnet.cli.judgement import evaluation

WIDTHS = pytest.mark.parametrize("room", [80, 60, 40])


def event(rows, matrix=None, pairs=(), **more):
    """The event of an evaluation; rows are (label, samples, recognized, answered)."""
    classes = [
        {
            "label": label, "samples": n, "recognized": right, "answered": said, "taken_for": None,
            "times": 0, "recall": right / n if n else None,
            "precision": right / said if said else None,
            "f1": 2 * right / (n + said) if n + said else None,
        }
        for label, n, right, said in rows
    ]  # fmt: skip
    for label, taken_for, times in reversed(pairs):
        of = next(of for of in classes if of["label"] == label)
        of.update(taken_for=taken_for, times=times)
    named = ("label", "taken_for", "times")
    return {
        "samples": 6, "part": "test", "noun": "samples", "data": "file.npz", "score": 5 / 6,
        "rmse": None, "classes": classes, "confusion": matrix, "confused_pairs": len(pairs),
        "confused": [dict(zip(named, pair, strict=True)) for pair in pairs], "macro_f1": 0.5,
        "task": "classification",
    } | more  # fmt: skip


AB = [("a", 4, 3, 3), ("b", 2, 2, 3)]
SMALL = event(AB, [[3, 1], [0, 2]], [("a", "b", 1)])


def test_two_classes():
    first, figures, _, header, a, b, _, said, *matrix = evaluation(SMALL).splitlines()
    assert first == "correctly recognized: 83.33% of 6 test samples of file.npz"
    assert figures == "macro F1: 50.00%"
    assert a.split() == ["a", "4", "75.00%", "100.00%", "85.71%", "b", "(1)"]
    assert b.split() == ["b", "2", "100.00%", "66.67%", "80.00%", "-"]
    assert header.index("samples") + len("samples") == a.index("4") + 1
    assert said == "confusion: a row for each class, a column for each answer"
    assert matrix == ["  a b", "a 3 1", "b . 2"]


def test_figures_and_why_some_are_left_out():
    why = {"log_loss": "relu outputs are no probabilities"}
    more = {"log_loss": None, "auc": 0.9876, "calibration_error": 0.012, "left_out": why}
    lines = evaluation(SMALL | more).splitlines()
    assert lines[1] == "macro F1: 50.00%, AUC: 0.9876, calibration error: 1.20%"
    assert lines[2] == "no log loss: relu outputs are no probabilities"
    why |= {"calibration_error": why["log_loss"]}
    lines = evaluation(SMALL | more).splitlines()
    assert lines[2] == "no log loss, no calibration error: relu outputs are no probabilities"


def large(k, times, labels=None):
    labels = [f"{j}" for j in range(k)] if labels is None else labels
    pairs = [(labels[j], labels[j - 1], k - j) for j in range(k)]
    matrix = [[0] * k for _ in range(k)]
    for j in range(k):
        matrix[j][j], matrix[j][j - 1] = times, k - j
    return event([(label, times, times, times) for label in labels], matrix, pairs)


LABELS = {
    "digits": [*range(10)],
    "words": ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Bag"],
    "wide": ["猫はとても可愛い動物です", "犬", "é\tb", "a very long label indeed"],
    "one": ["only", "other"],
}


@WIDTHS
@pytest.mark.parametrize("name", LABELS)
@pytest.mark.parametrize("times", [1, 987, 1_234_567])
def test_a_matrix_fits_or_else_the_mistakes_do(room, name, times, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(room))
    text = evaluation(large(len(LABELS[name]), times, LABELS[name]))
    assert max(map(columns, text.splitlines())) <= room
    last = text.split("\n\n")[-1].splitlines()
    if last[0].startswith("the 10 most confused") or last[0] == "mistakes":
        assert "taken for" in last[1] and times > 987
    else:
        k = len(LABELS[name])
        assert len({columns(line) for line in last[-k - 1 :]}) == 1, "aligned"
        assert ("-" in last[-1].split()[-1]) == last[0].startswith("mistakes:")


def test_ten_digits_have_a_matrix_in_forty_columns(monkeypatch):
    text = evaluation(large(10, 222))
    assert "\nconfusion: a row for each class" in text and "\n9   .   .   ." in text
    monkeypatch.setenv("COLUMNS", "40")
    *_, row = evaluation(large(10, 222)).splitlines()
    assert row == "9  .  .  .  .  .  .  .  .  1  -", "the right answers are too wide"


def test_long_names_are_cut_where_the_matrix_then_fits(monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    text = evaluation(large(10, 222, [f"a long name, number {k}" for k in range(10)]))
    assert "\nmistakes: a row for each class" in text and "\n10 a...r 9  .  ." in text


@WIDTHS
def test_many_classes_show_the_worst(room, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(room))
    rows = [(f"class {i}", 100, i % 100, 100) for i in reversed(range(1000))]
    pairs = [(f"class {i}", "class 0", 100 - i) for i in range(1, 100)]
    text = evaluation(event([*rows, ("never seen", 0, 0, 0)], None, pairs))
    assert max(map(columns, text.splitlines())) <= room
    _, worst, most = text.split("\n\n")
    worst, most = worst.splitlines(), most.splitlines()
    assert worst[0] == "the 20 worst of 1,000 classes" and len(worst) == 22
    assert {line.split()[3] for line in worst[2:12]} == {"0.00%"} and "never seen" not in text
    assert most[0] == "the 10 most confused of 99 pairs" and len(most) == 12
    assert most[2].split() == ["class", "1", "class", "0", "99"]


def test_nothing_is_wrong():
    text = evaluation(event([("a", 6, 6, 6)], [[6]]))
    assert text.endswith("\n\nno class is taken for another")


def of_label(k, **more):
    shares = {"recall": 0.5, "precision": None, "f1": 0.1 + k / 100}
    return {"label": k, "samples": 3, **shares, "auc": 0.9, "log_loss": 0.1} | more


@WIDTHS
def test_several_labels_at_once(room, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(room))
    rows = [of_label(k, calibration_error=0.25) for k in reversed(range(30))]
    several = event([]) | {"classes": None, "labels": rows[-2:], "task": "multilabel"}
    lines = evaluation(several).splitlines()
    assert max(map(columns, lines)) <= room and lines[-1].split()[:4] == ["0", "3", "50.00%", "-"]
    assert room < 80 or lines[-1].split()[4:] == ["10.00%", "0.9", "0.1", "25.00%"]
    lines = evaluation(several | {"labels": rows}).splitlines()
    assert "the 20 worst of 30 labels" in lines and lines[-20].startswith("0 ")


@WIDTHS
def test_numbers(room, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(room))
    of = {"rmse": 0.25, "mae": 0.2, "spread": 1.25}
    numbers = event([], task="regression", outputs=[]) | {"classes": None, "score": 0.5, **of}
    text = evaluation(numbers)
    assert max(map(columns, text.splitlines())) <= room
    assert " ".join(text.split()) == (
        "R^2: 0.5, root mean square error: 0.25, 6 test samples of file.npz mean absolute error: "
        "0.2, spread of the targets: 1.25"
    )
    assert evaluation(numbers | {"rmse": None}).split()[:2] == ["R^2:", "0.5,"], "it overflows"
    outputs = [{"output": k, "r_squared": 0.5, **of} for k in range(25)]
    lines = evaluation(numbers | {"outputs": outputs}).splitlines()
    assert lines[-2].split() == ["19", "0.5", "0.25", "0.2", "1.25"]
    assert lines[-1] == "... (25 outputs in all)"


@WIDTHS
def test_several_models(room, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(room))
    figures = {"score": 0.9, "macro_f1": 0.8, "log_loss": 0.3, "auc": None}
    figures |= {"calibration_error": 0.1}
    models = [{"model": f"a/rather/long/path/to/{k}.npz", **figures} for k in "ab"]
    models[1]["log_loss"] = None
    together = figures | {"log_loss": None, "models": models}
    text = evaluation(SMALL | together)
    assert max(map(columns, text.splitlines())) <= room
    heads, *rows = (line.split() for line in text.split("\n\n")[1].splitlines())
    assert heads[:3] == ["model", "recognized", "macro"] and "AUC" not in heads
    assert [row[0][-5:] for row in rows] == ["a.npz", "b.npz", "ether"]
    assert [row[1] for row in rows] == ["90.00%"] * 3
    assert [row[3] for row in rows] == ["0.3", "-", "-"] or room < 80
    of = {"score": 0.5, "rmse": 0.25, "mae": 0.2}
    models = [{"model": k, **of} for k in "ab"]
    numbers = event([], task="regression", outputs=[], models=models, spread=1.0)
    numbers |= {"classes": None, **of}
    assert evaluation(numbers).splitlines()[-1].split() == ["together", "0.5", "0.25", "0.2"]


@WIDTHS
def test_long_labels_that_look_alike_are_told_apart(room, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(room))
    names = [f"the temperature of room {k}, in kelvin" for k in "abc"]
    for count in (3, 50):  # a matrix, and the mistakes of many classes
        lines = evaluation(large(count, 3, [*names, *map(str, range(count - 3))])).splitlines()
        for k in "abc":
            assert sum(line.startswith(f"...{k}, in") for line in lines) == (1 if count == 3 else 2)
            assert not any("the temp" in line for line in lines)
        assert max(map(len, lines)) <= room
