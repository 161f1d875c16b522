"""The result of a sweep: the best net, tables, files."""

import csv

import numpy as np
import pytest

import fastnet
from fastnet import train
from fastnet.sweeps.space import options_of
from tests.helpers import python
from tests.sweeps.helpers import SHARED, X, Y, swept


def falling(progress):
    return 1 - np.sqrt(progress)


@pytest.fixture(scope="module")
def found():
    space = {
        "learning_rate": (0.01, 1.0), "hidden": [(4,), (6, 3), ()], "l2": [0, 1 / 3],
        "patience": [None, 3],
    }  # fmt: skip
    return swept(space=space, trials=8, seeds=[5, 2], dtype="float64", schedule=falling)


def test_the_best_net_is_learned_from_all_rows_with_the_first_seed(found):
    net = found.refit()
    options = {**SHARED, "dtype": "float64", "schedule": falling, **found.best}
    assert net.digest() == train(X, Y, seed=5, **options).digest()
    assert found.options == {**options, "seed": 5}
    assert found.refit(seed=2).digest() == train(X, Y, seed=2, **options).digest()


def test_given_validation_data_judge_the_best_net_too():
    found = swept(validation_data=(X[:9], Y[:9]), trials=2)
    assert found.refit().history[-1]["val_accuracy"] is not None


def test_the_trials_stand_best_first(found):
    values = [trial["value"] for trial in found.ranked if trial["state"] == "complete"]
    assert values == sorted(values, reverse=True) and found.score == values[0]
    assert sorted(trial["number"] for trial in found.ranked) == [*range(8)]
    lines = str(found).splitlines()
    assert lines[0].split() == ["trial", "score", "deviation", "epochs", *found.space]
    assert [int(line.split()[0]) for line in lines[1:]] == [t["number"] for t in found.ranked]
    assert repr(found).startswith(f"Sweep(8 trials, best score {found.score:.4g} with ")
    page = found._repr_html_()
    assert page.count("<tr>") == 9 and "learning_rate" in page


def test_a_table_as_csv_keeps_all_digits(found, tmp_path):
    found.to_csv(tmp_path / "trials.csv")
    with open(tmp_path / "trials.csv", newline="") as file:
        rows = [*csv.DictReader(file)]
    assert len(rows) == 8
    for row, trial in zip(rows, found.ranked, strict=True):
        assert int(row["number"]) == trial["number"] and row["state"] == trial["state"]
        if trial["value"] is not None:
            assert float(row["value"]) == trial["value"]
        assert float(row["learning_rate"]) == trial["options"]["learning_rate"]
        assert float(row["l2"]) == trial["options"]["l2"]
        params = found.study.trials[trial["number"]].params
        assert options_of({**params, "hidden": row["hidden"]}, found.space) == trial["options"]


def test_the_best_options_as_toml_keep_all_digits(found, tmp_path):
    path = tmp_path / "best.toml"
    found.to_toml(path, target="income")
    text = path.read_text()
    known = pytest.importorskip("tomllib").loads(text)  # of Python 3.11 and later
    assert "# schedule = falling: only Python has this\n" in text
    wanted = {**found.options, "target": "income", "hidden": [*found.best["hidden"]]}
    del wanted["schedule"]
    assert known == {name: value for name, value in wanted.items() if value is not None}


def test_the_terminal_trains_with_the_toml(tmp_path):
    pytest.importorskip("tomllib")
    (X_all, y_all), _ = fastnet.datasets.load("digits")
    space = {"learning_rate": (0.1, 1.0), "augment": ["affine,shift=2"], "hidden": [(4,)]}
    best = fastnet.sweep(X_all[:300], y_all[:300], space, trials=1, epochs=1, dtype="float64")
    best.to_toml(tmp_path / "best.toml")
    code = "import sys; from fastnet.__main__ import main; sys.exit(main())"
    out = tmp_path / "net.npz"
    python(code, "train", "--config", str(tmp_path / "best.toml"), "--out", str(out))
    options = fastnet.load(out).run["options"]
    for name, value in best.options.items():
        known = options[name]
        wanted = value.to_dict() if name == "augment" else value
        if name == "augment":
            known, wanted = known["shift"], wanted["shift"]
        assert known == (list(wanted) if name == "hidden" else wanted), name


def test_a_sweep_without_a_complete_trial_has_no_best(monkeypatch):
    with pytest.raises(ValueError) as caught:
        swept(trials=2, space={"learning_rate": (1e30, 1e31)}, activation="relu")
    sweep = caught.value.sweep
    assert sweep.best is None and sweep.score is None and "diverged" in str(sweep)
    for use in (sweep.refit, lambda: sweep.to_toml("best.toml")):
        with pytest.raises(ValueError, match="sweep: none of 2 trials is complete, wanted one"):
            use()
