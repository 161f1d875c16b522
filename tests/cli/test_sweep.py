"""`fastnet sweep`: values of options, trials, what is told, and the files."""

import csv
import re
import sys

import click
import numpy as np
import pytest
from matplotlib import image

import fastnet
from fastnet.cli import main
from fastnet.cli.sweep_events import as_typed
from fastnet.cli.sweep_options import SWEPT
from tests.cli.helpers import READS_TOML, events, fails, longest, ok, run
from tests.helpers import ROOT

pytestmark = pytest.mark.compiled
SWEEP = main.commands["sweep"]
MAIN = click.Context(main, **main.context_settings)  # click keeps a command's first option for help
SHORT = ("--epochs", 2, "--trials", 3, "--jobs", 1)
RATES = ("--learning-rate", "0.05..0.5")
OF_BOTH = {"hidden": [(8,), (5, 4)], "learning_rate": (0.05, 0.5)}  # in the order of the options
BOTH = (*RATES, "--hidden", 8, "--hidden", "5,4")


def space_in(*args):
    """The space and the other options that a command line says."""
    from fastnet.cli.sweep_options import settings

    context = SWEEP.make_context("sweep", [*map(str, args)], parent=MAIN)
    with context:
        return settings(context)


class TestValues:
    @pytest.mark.parametrize(
        ("args", "space"),
        [
            (RATES, {"learning_rate": (0.05, 0.5)}),
            (("--epochs", "2..9"), {"epochs": (2, 9)}),
            (("--l2", "0,1e-4"), {"l2": [0, 1e-4]}),
            (("--l2", 0, "--l2", "1e-4,1e-3"), {"l2": [0, 1e-4, 1e-3]}),
            (("--hidden", 32, "--hidden", "128,64", "--hidden", "none"),
             {"hidden": [(32,), (128, 64), ()]}),
            (("--activation", "relu, tanh"), {"activation": ["relu", "tanh"]}),
            (("--activation", "relu", "--activation", "tanh"), {"activation": ["relu", "tanh"]}),
            (("--shuffle", "--no-shuffle"), {"shuffle": [True, False]}),
            (("--augment", "none", "--augment", "affine"),
             {"augment": [None, fastnet.Elastic.of("affine").to_dict()]}),
        ],
    )  # fmt: skip
    def test_several_values_are_those_of_python(self, args, space):
        assert space_in(*args) == (space, {})

    def test_one_value_is_the_same_in_all_trials(self):
        args = ("--epochs", 5, "--hidden", "8,4", "--activation", "relu", "--no-shuffle")
        options = {"epochs": 5, "hidden": (8, 4), "activation": "relu", "shuffle": False}
        assert space_in(*RATES, *args) == ({"learning_rate": (0.05, 0.5)}, options)

    @pytest.mark.parametrize(
        ("args", "told"),
        [
            (("--learning-rate", "0.5..0.05"), "'--learning-rate': 0.5..0.05, wanted a range"),
            (("--learning-rate", "0.5..0.5"), "wanted a range from its smaller end"),
            (("--learning-rate", "..0.5"), "'--learning-rate': '..0.5', wanted a range such as"),
            (("--learning-rate", "fast"), "'fast', wanted a range such as 0.003..0.3, or numbers"),
            (("--learning-rate", "-1..3"), "'--learning-rate': -1, wanted a number >= 0"),
            (("--l2", "0..1", "--l2", 3), "'--l2': 0..1 and 3, wanted one range, or numbers only"),
            (("--epochs", "1..2.5"), "'--epochs': 2.5, wanted a whole number >= 0"),
            (("--hidden", "8,x"), "'--hidden': '8,x', wanted sizes of layers such as 64,32"),
            (("--hidden", 8, "--hidden", 8), "wanted some choices, each of them once"),
            (("--activation", "relu,tan"), "'--activation': 'tan', wanted one of sigmoid, tanh"),
            (("--augment", "elastc", "--augment", "none"), "did you mean 'elastic'?"),
            (("--epochs", 3), "no option has several values, wanted a range"),
            (("--lr", "0.1..1"), "there is no option --lr; did you mean --learning-rate?"),
            (("--n-trials", "3"), "did you mean --trials?"),
            (("--checkpoint", "x", *RATES), "there is no option --checkpoint"),
            (("--init", "x", *RATES), "there is no option --init"),
            (("--trials", 0, *RATES), "0 is not in the range x>=1"),
            (("--folds", 1, *RATES), "1 is not in the range x>=2"),
            (("--folds", 3, "--validation-fraction", 0.2, *RATES), "give one of them"),
            (("--best", "best.txt", *RATES), "'best.txt' does not end in .toml"),
            (("--csv", "/no/t.csv", *RATES), "there is no folder '/no'"),
            (("--target", "x", *RATES), "--target/--label: for a table only"),
        ],
    )  # fmt: skip
    def test_wrong_ones_are_refused_before_any_work(self, args, told):
        assert told in fails(2, "sweep", *args)

    @pytest.mark.parametrize(
        ("args", "told"),
        [
            (("--sampler", "grid", *RATES), "the options of the nets: learning_rate has a range"),
            (
                ("--metric", "loss", "--loss", "quadratic,cross-entropy"),
                "the options of the nets: the value of a trial is quadratic loss with loss=",
            ),
            (("--storage", "/no/such/trials", *RATES), "/no/such/trials"),
            (("--storage", "foo://trials", *RATES), "storage: foo://trials"),
            (("--storage", ROOT / "README.md", *RATES), "README.md is no journal of Optuna"),
            (("--folds", 999, *RATES), "folds: 999 of 60 samples, wanted at most one for each"),
            (("--validation-fraction", 0.001, *RATES), "wanted at least one to hold out"),
        ],
    )
    def test_others_are_refused_before_anything_is_told(self, folder, args, told):
        result = run("sweep", folder / "data.npz", *args)
        assert (result.exit_code, result.stdout) == (1, ""), result.output
        assert told in result.stderr and len(result.stderr.splitlines()) == 1

    @pytest.mark.parametrize(
        ("module", "args", "extra"),
        [
            ("optuna", (), "sweep"),
            ("matplotlib", ("--plot", "p.png"), "plot"),
            ("distributed", ("--scheduler", "tcp://127.0.0.1:9"), "dask"),
        ],
    )
    def test_a_missing_extra_is_named(self, folder, monkeypatch, module, args, extra):
        monkeypatch.setitem(sys.modules, module, None)
        monkeypatch.delitem(vars(fastnet.plot), "sweep", raising=False)
        said = fails(1, "sweep", folder / "data.npz", *RATES, *args)
        assert said.endswith(f": pip install 'fastnet-sgd[{extra}]'\n")
        assert not said.startswith("Error: storage")

    def test_one_file_is_not_two(self, folder, tmp_path):
        data = tmp_path / "data.csv"
        data.write_text("a,b\n1,x\n2,y\n")
        told = fails(2, "sweep", data, "--csv", data, *RATES)
        assert "--csv" in told and "wanted another" in told
        assert "a model, wanted data (see" in fails(2, "sweep", folder / "model.npz", *RATES)

    def test_a_test_part_that_does_not_fit_is_an_error_before_the_first_trial(self, tmp_path):
        for name, heads in ("data", "a,c,b"), ("test", "a,b"):
            rows = [",".join([str(k % 2)] * (len(heads) // 2)) for k in range(40)]
            text = "\n".join([heads, *(f"{row},{'xy'[int(row[0])]}" for row in rows)])
            (tmp_path / f"{name}.csv").write_text(f"{text}\n")
        test = ("--test", tmp_path / "test.csv", "--out", tmp_path / "net.npz")
        result = run("sweep", tmp_path / "data.csv", *test, *RATES)
        assert (result.exit_code, result.stdout) == (1, "")
        assert result.stderr == f"Error: {tmp_path}/test.csv: no column 'c', wanted a, c\n"
        storage = ("--storage", tmp_path / "trials")
        ok("sweep", tmp_path / "data.csv", *storage, "--trials", 1, *RATES)
        assert fails(1, "sweep", tmp_path / "data.csv", *storage, *test, *RATES) == result.stderr

    def test_the_heading_counts_the_trials_that_there_are(self, folder):
        out = ok("sweep", folder / "data.npz", "--hidden", 4, "--hidden", 5, "--epochs", 1)
        assert "\n  2 trials (tpe)" in out and "2 trials: 2 complete" in out

    def test_a_table_is_read_by_one_encoding(self, folder, tmp_path):
        data = tmp_path / "data.csv"
        data.write_text("a,b\n1,x\n2,y\n")
        each = "--encode", "none", "--encode", "table"
        assert "--encode: several values, wanted one" in fails(2, "sweep", data, *each)
        assert "2 trials: 2 complete" in ok("sweep", folder / "data.npz", *each, "--epochs", 1)

    def test_the_options_of_the_nets_are_those_of_train(self):
        own = {param.name for param in SWEEP.params}
        train = {param.name for param in main.commands["train"].params}
        assert {*SWEPT} <= own & train
        words = SWEEP.get_help(click.Context(SWEEP, MAIN))
        titles = re.findall(r"^Options of the (\w+)", words, re.M)
        assert titles == ["sweep", "data", "nets"]
        places = [words.index(f"\n  --{name}") for name in ("trials", "target", "learning-rate")]
        assert places == sorted(places)


class TestTrials:
    def test_they_are_those_of_python(self, folder, flowers):
        (X, y), (X_test, y_test) = flowers
        *told, last = events(
            ok("sweep", folder / "data.npz", *BOTH, *SHORT, "--seeds", 2, "--seed", 3, "--json")
        )
        assert [event["event"] for event in told] == ["sweep", "trial", "trial", "trial"]
        found = fastnet.sweep(
            X, y, OF_BOTH, trials=3, epochs=2, threads=1, seeds=(3, 4), seed=3, verbose=False
        )
        for event, trial in zip(told[1:], found.trials, strict=True):
            for name in ("number", "state", "value", "deviation", "epochs", "reason"):
                assert event[name] == trial[name], name
            assert event["options"] == {
                n: [*v] if isinstance(v, tuple) else v for n, v in trial["options"].items()
            }
        for k, event in enumerate(told[1:]):  # the next trial may have ended before this is told
            so_far = [trial["value"] for trial in found.trials[: k + 1]]
            assert max(so_far) <= event["best"] <= found.score
        first = told[0]
        assert (first["training"], first["test"], first["nets"], first["trials"]) == (60, 30, 2, 3)
        rate = {"low": 0.05, "high": 0.5, "logarithmic": True}
        assert first["space"] == {"hidden": [[8], [5, 4]], "learning_rate": rate}
        assert first["options"] == {"epochs": 2}
        assert last["states"] == {"complete": 3}
        assert last["test_score"] == found.refit(verbose=False).score(X_test, y_test)
        ranked = [trial["number"] for trial in found.ranked]
        assert [trial["number"] for trial in last["best_trials"]] == ranked

    def test_as_text(self, folder):
        text = ok("sweep", folder / "data.npz", *BOTH, *SHORT, "--folds", 2, "--seeds", 2)
        assert text.startswith(
            f"{folder / 'data.npz'}: 60 training samples, 30\n  test samples\n"
        ) or text.startswith(f"{folder / 'data.npz'}: 60 training samples")
        assert "\n  3 trials (tpe), each of 4 nets: accuracy on 2 folds\n" in text
        assert "\n  hidden: 8 | 5,4\n  learning-rate: 0.05 to 0.5, logarithmic\n" in text
        assert "\n  in all trials: epochs 2\n" in text
        assert re.search(r"^trial +accuracy +best +seconds +hidden +learning-rate$", text, re.M)
        rows = re.findall(r"^ +\d +(\S+%) +(\S+%) +\d+\.\d\d +(8|5,4) +(0\.\d+)$", text, re.M)
        assert len(rows) >= 3
        assert re.search(r"^trial +accuracy +deviation +seconds +hidden", text, re.M)
        assert "accuracy, deviation: of 4 nets in each trial\n" in text
        assert re.search(r"^best: hidden (8|5,4), learning-rate 0\.\d+$", text, re.M)
        assert re.search(r"has accuracy \d+\.\d\d%\s+on the\s+test\s+samples", text)
        assert text.endswith("--best FILE.toml would keep them for fastnet train --config\n")
        assert longest(text.splitlines()) <= 80

    @pytest.mark.parametrize("columns", [40, 60])
    def test_in_a_narrow_terminal(self, folder, monkeypatch, columns):
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.chdir(folder)
        text = ok("sweep", "data.npz", *BOTH, *SHORT, "--seeds", 2)
        assert longest(text.splitlines()) <= columns
        assert "learning-rate: 0.05 to 0.5" in text

    def test_quiet(self, folder):
        text = ok("sweep", folder / "data.npz", *BOTH, *SHORT, "-q")
        assert text.startswith("3 trials: 3 complete\ntrial  accuracy  seconds  hidden")

    def test_values_of_a_loss_and_of_a_regression(self, folder):
        out = ok("sweep", folder / "values.npz", *RATES, *SHORT, "--metric", "loss", "--json")
        *told, last = events(out)
        assert told[0]["measure"] == "loss"
        values = [event["value"] for event in told[1:]]
        assert last["best_trials"][0]["value"] == min(values)
        text = ok("sweep", folder / "values.npz", *RATES, *SHORT)
        assert re.search(r"^trial +R\^2 +best", text, re.M) and "%" not in text.split("trial")[3]

    def test_a_table_and_its_test_part(self, tables):
        about = ("--target", "city", "--drop", "id,income", "--epochs", 2, "--jobs", 1)
        grid = (*about, "--sampler", "grid", "--activation", "relu,tanh")
        people = tables / "people.csv"
        first, *trials, last = events(ok("sweep", people, *grid, "--json"))
        assert (first["target"], first["test"], first["trials"]) == ("city", 0, 2)
        assert last["test_score"] is None
        assert {event["options"]["activation"] for event in trials} == {"relu", "tanh"}
        first, *_, last = events(ok("sweep", people, *grid, "--test", people, "--json"))
        assert first["test"] == first["training"] and last["test_score"] > 0
        piped = events(ok("sweep", "-", *grid, "--json", stdin=people.read_text()))
        assert [event["value"] for event in piped[1:-1]] == [event["value"] for event in trials]

    @pytest.mark.parametrize(
        ("args", "words"),
        [
            (("--l2", "0,1e-5", "--epochs", 3), "all 10,000"),
            (("--patience", "1,2", "--epochs", 3), "9,000 of the 10,000"),
            (("--l2", "0,1e-5", "--epochs", 0), "0 of the 10,000"),
        ],
    )
    def test_what_the_best_net_learned(self, args, words):
        text = ok("sweep", *args, "--hidden", 4, "--jobs", 1)
        words = f"a net that learned {words} training images so has accuracy"
        assert words in " ".join(text.split())

    def test_trials_that_fail_are_told_and_all_of_them_are_an_error(self, folder, tmp_path):
        bad = ("--activation", "identity", "--hidden", 8, "--jobs", 1, "--epochs", 3)
        grid = (*bad, "--sampler", "grid")
        data = folder / "data.npz"
        text = ok("sweep", data, *grid, "--learning-rate", "0.01,1e30")
        assert "2 trials: 1 complete, 1 failed\n" in text
        assert re.search(r"failed +\S+ +\S+ +1e\+30\n +diverged in epoch 0 at learning rate", text)
        table = tmp_path / "t.csv"
        result = run("sweep", data, *grid, "--learning-rate", "1e29,1e30", "--csv", table)
        assert result.exit_code == 1
        assert "the options of the nets: all 2 trials failed, the first with" in result.stderr
        assert f"; saved {table}" in result.stderr
        reasons = [row["reason"] for row in csv.DictReader(table.read_text().splitlines())]
        assert len(reasons) == 2 and all("diverged" in reason for reason in reasons)


class TestFiles:
    @READS_TOML
    def test_all_of_them(self, folder, tmp_path):
        files = {f"--{n}": str(tmp_path / f) for n, f in
                 (("csv", "t.csv"), ("plot", "t.png"), ("best", "b.toml"), ("out", "m.npz"))}
        args = [word for pair in files.items() for word in pair]
        *_, last = events(ok("sweep", folder / "data.npz", *BOTH, *SHORT, *args, "--json"))
        assert last["files"] == list(files.values()) and last["config"] == files["--best"]
        rows = [*csv.DictReader((tmp_path / "t.csv").read_text().splitlines())]
        assert [int(row["number"]) for row in rows] == [t["number"] for t in last["best_trials"]]
        for row, trial in zip(rows, last["best_trials"], strict=True):
            assert float(row["value"]) == trial["value"]
            assert float(row["learning_rate"]) == trial["options"]["learning_rate"]
        assert image.imread(tmp_path / "t.png").shape[1] == 1280
        (X, y), test = fastnet.datasets.read(folder / "data.npz")
        net = fastnet.load(files["--out"])
        best = {name: tuple(value) if isinstance(value, list) else value
                for name, value in last["best"].items()}
        assert net.digest() == fastnet.train(X, y, **best, epochs=2, seed=0).digest()
        assert last["test_score"] == net.score(*test)
        again = tmp_path / "again.npz"
        ok("train", "--config", files["--best"], "--out", again)
        assert fastnet.load(again).digest() == net.digest()
        assert "the bits are the same" in ok("train", "--repeat", files["--out"])

    @READS_TOML
    def test_best_settings_tell_how_a_table_is_read(self, tables, tmp_path, monkeypatch):
        monkeypatch.chdir(tables)
        best = tmp_path / "b.toml"
        about = ("--target", "city", "--drop", "id,income")
        text = ok("sweep", "people.csv", *about, *SHORT, *RATES, "--best", best)
        words = " ".join(text.split())
        assert words.endswith(f"saved {best} fastnet train --config {best} trains with them")
        assert "target: city, 3 classes: Oslo, 'Paris, TX', Rome" in words and "\xa0" not in text
        assert 'target = "city"\ndrop = ["id", "income"]\n' in best.read_text()
        assert "target: city" in ok("train", "--config", best)
        piped = (tables / "people.csv").read_text()
        text = ok("sweep", "-", *about, *SHORT, *RATES, "--best", best, stdin=piped)
        assert f"fastnet train DATA --config {best}" in " ".join(text.split())
        assert "data =" not in best.read_text()
        assert text.startswith("standard input: ")

    def test_deformed_images(self, pixels):
        options = ("--augment", "none", "--augment", "affine", "--epochs", 1, "--sampler", "grid")
        first, *trials, _ = events(ok("sweep", pixels, "--jobs", 1, *options, "--json"))
        assert first["space"] == {"augment": [None, "affine"]}
        assert {trial["options"]["augment"] for trial in trials} == {None, "affine"}


def test_help_loads_neither_numpy_nor_optuna():
    import subprocess

    code = "import sys, fastnet.cli as c; c.main(['sweep', '-h'], standalone_mode=False)"
    code += "; print('loaded', {'numpy', 'numba', 'optuna', 'matplotlib'} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.endswith("loaded set()\n"), done.stderr


@pytest.mark.parametrize(
    ("value", "typed"),
    [(0.0123456, "0.01235"), (1e-4, "0.0001"), (7, "7"), ((8, 4), "8,4"), ([], "none"),
     (None, "none"), (True, "yes"), ("relu", "relu"), (np.float64(0.5), "0.5")],
)  # fmt: skip
def test_values_are_told_as_they_are_typed(value, typed):
    assert as_typed(value) == typed
